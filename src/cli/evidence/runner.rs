//! `attend runner`.

use clap::{Args, Subcommand};

use crate::cli::{Session, args};
use crate::commands::evidence::runner;
use crate::domain::time::Span;
use crate::exit::Code;
use crate::failure::Result;
use crate::report::evidence::runner as report;

#[derive(Debug, Args)]
pub(crate) struct RunnerArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Online, stale or offline, with rates and the last error
    #[command(
        after_help = "Examples:\n  attend runner list\n  attend runner list --window 1h\n\nA runner is stale when its last heartbeat is older than twice its interval, offline after twenty intervals, and silent when it never sent one. DETECTED and MATCHED count faces between the last two heartbeats."
    )]
    List {
        /// Count the recognitions of the last 15m, or another time
        #[arg(long, value_name = "TIME", default_value = "15m", value_parser = args::span)]
        window: Span,
    },
}

impl RunnerArgs {
    pub(crate) fn run(self, session: &Session) -> Result<Code> {
        let Command::List { window } = self.command;
        let caller = session.caller(None);
        let (listed, zone) = runner::list(&mut session.store()?, window, &caller)?;
        let rows = listed.iter().map(|camera| (&camera.runner, camera.total()));
        session.show(&report::runners(rows, window, caller.now, zone))?;
        Ok(Code::Done)
    }
}
