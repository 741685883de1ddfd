//! `attend job`.

use clap::{Args, Subcommand};

use crate::cli::Session;
use crate::commands::watch::job;
use crate::exit::Code;
use crate::failure::Result;
use crate::report::watch::job::jobs;

#[derive(Debug, Args)]
pub(crate) struct JobArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Last run, last success and last error of every job
    #[command(
        after_help = "Examples:\n  attend job list\n  attend job list --format json | jq '.rows[] | select(.state != \"ok\")'\n\nlost: the run has no end and no process holds its lock, so it was killed. A job whose source is \"reported\" is another program that sends job lines (docs/runners.md)."
    )]
    List,
}

impl JobArgs {
    pub(crate) fn run(self, session: &Session) -> Result<Code> {
        let Command::List = self.command;
        let (listed, zone) = job::list(&mut session.store()?)?;
        session.show(&jobs(&listed, session.clock.now(), zone))?;
        Ok(Code::Done)
    }
}
