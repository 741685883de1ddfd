//! `attend session`.

use clap::{Args, Subcommand};

use crate::cli::{Session, args};
use crate::commands::register::sessions;
use crate::commands::settings;
use crate::domain::register::session::{Rule, SchoolSession};
use crate::exit::Code;
use crate::failure::Result;
use crate::report::register::lists;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  attend session add AM --periods \"Block 1,Block 2\" --rule first\n  attend session add Day --periods \"Block 1,Block 2,Block 3\" --rule share:50%\n  attend summary --by session --date mon..fri\n  attend export sessions --from 2026-09-01 --to 2026-09-30 -o september.xlsx"
)]
pub(crate) struct SessionArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Add a session, or change its periods and rule
    #[command(
        after_help = "Example:\n  attend session add AM --periods \"Block 1,Block 2\" --rule any\n\nRules:\n  first      the first period that expects the student decides alone\n  any        one period with the student in it is enough\n  share:50%  the student must be present in this share of the periods\n\nExcused periods are not asked, except the first under the rule first. While evidence is missing that could change the answer, the session is unknown."
    )]
    Add {
        /// Its name
        #[arg(value_name = "NAME", value_parser = args::line)]
        name: String,
        /// Its periods, with commas between them
        #[arg(long, value_name = "PERIOD", value_delimiter = ',', required = true)]
        periods: Vec<String>,
        /// How the periods decide: first, any or share:N%
        #[arg(long, value_name = "RULE", value_parser = rule)]
        rule: Rule,
    },
    /// List the sessions
    #[command(after_help = "Example:\n  attend session list")]
    List,
    /// Remove a session; no register changes
    #[command(after_help = "Example:\n  attend session remove AM")]
    Remove {
        /// Its name
        #[arg(value_name = "SESSION")]
        name: String,
    },
}

fn rule(text: &str) -> Result<Rule, String> {
    args::read(text.parse())
}

impl SessionArgs {
    pub(crate) fn run(self, session: &Session) -> Result<Code> {
        let mut store = session.store()?;
        let caller = session.caller(None);
        match self.command {
            Command::Add { name, periods, rule } => {
                sessions::add(&mut store, SchoolSession { name, periods, rule }, &caller)?;
            }
            Command::List => {
                let (listed, zone) = (sessions::list(&mut store)?, settings::load(&mut store)?.zone);
                session.show(&lists::sessions(&listed, caller.now, zone))?;
            }
            Command::Remove { name } => sessions::remove(&mut store, &name, &caller)?,
        }
        Ok(Code::Done)
    }
}
