//! `attend quarantine`.

use clap::{Args, Subcommand};

use crate::cli::{Session, args};
use crate::commands::evidence::quarantine;
use crate::domain::evidence::quarantine::QuarantineSelection;
use crate::domain::evidence::reason::Reason;
use crate::exit::Code;
use crate::failure::Result;
use crate::report::evidence::quarantine::lines;
use crate::report::text::counted;

#[derive(Debug, Args)]
pub(crate) struct QuarantineArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List refused lines, the oldest first
    #[command(
        after_help = "Examples:\n  attend quarantine list\n  attend quarantine list --reason unknown_student"
    )]
    List {
        #[command(flatten)]
        which: Which,
    },
    /// Ingest lines again, as if they had been valid when they arrived
    #[command(
        after_help = "Examples:\n  attend quarantine retry\n  attend quarantine retry --reason future\n\nWithout ID or --reason it retries the lines of students who were not on the roll. Import the roll first. Lines that are refused again stay in quarantine."
    )]
    Retry {
        #[command(flatten)]
        which: Which,
    },
    /// Drop lines for good
    #[command(
        after_help = "Examples:\n  attend quarantine drop 12\n  attend quarantine drop --reason malformed"
    )]
    Drop {
        #[command(flatten)]
        which: Which,
        /// All of them
        #[arg(long, conflicts_with_all = ["id", "reason"], required_unless_present_any = ["id", "reason"])]
        all: bool,
    },
}

#[derive(Debug, Args)]
struct Which {
    /// Only the line of this ID
    #[arg(value_name = "ID")]
    id: Option<i64>,
    /// Only lines refused for this reason
    #[arg(long, value_name = "REASON", value_parser = args::kept_reason())]
    reason: Option<Reason>,
}

impl From<Which> for QuarantineSelection {
    fn from(which: Which) -> Self {
        Self { id: which.id, reason: which.reason }
    }
}

impl QuarantineArgs {
    pub(crate) fn run(self, session: &Session) -> Result<Code> {
        let mut store = session.store()?;
        match self.command {
            Command::List { which } => {
                let zone = quarantine::zone(&mut store)?;
                let mut all = Vec::new();
                quarantine::list(&mut store, &which.into(), |kept| {
                    all.push(kept.clone());
                    Ok(())
                })?;
                let names = quarantine::unknown_names(&all);
                session.show(&lines(all, &names, session.clock.now(), zone))?;
            }
            Command::Retry { which } => {
                let retried = quarantine::retry(&mut store, &which.into(), &session.caller(None))?;
                let stored = counted(retried.stored, "line");
                session.ui.note(&format!("{stored} taken in, {} refused again", retried.kept));
            }
            Command::Drop { which, .. } => {
                let dropped = quarantine::drop(&mut store, &which.into(), &session.caller(None))?;
                session.ui.note(&format!("{} dropped", counted(dropped, "line")));
            }
        }
        Ok(Code::Done)
    }
}
