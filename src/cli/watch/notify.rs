//! `attend notify`.

use clap::{Args, Subcommand};

use crate::cli::Session;
use crate::commands::settings;
use crate::commands::watch::notify;
use crate::domain::watch::message::MessageId;
use crate::exit::Code;
use crate::failure::Result;
use crate::report::text::counted;
use crate::report::watch::notify as report;
use crate::ui::say;

#[derive(Debug, Args)]
#[command(
    after_help = "attend.toml says where messages go: docs/operations.md, \"Mail, Slack and webhooks\"."
)]
pub(crate) struct NotifyArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Send a test message to every mail recipient, Slack and every webhook
    #[command(after_help = "Example:\n  attend --config ./attend.toml notify test")]
    Test,
    /// List undelivered messages with their next attempt and error
    #[command(after_help = "Examples:\n  attend notify list\n  attend notify list --all")]
    List {
        /// Also list delivered messages
        #[arg(long)]
        all: bool,
    },
    /// Send all waiting messages now, due or not
    #[command(
        after_help = "Examples:\n  attend notify retry\n  attend notify retry 12\n\nMessages that failed for good are sent again only by their ID."
    )]
    Retry {
        /// Messages that failed for good, to send again as well
        #[arg(value_name = "ID")]
        ids: Vec<i64>,
    },
    /// Drop messages that were not delivered
    #[command(after_help = "Example:\n  attend notify drop 12")]
    Drop {
        /// Their IDs
        #[arg(value_name = "ID", required = true)]
        ids: Vec<i64>,
    },
}

impl NotifyArgs {
    pub(crate) fn run(self, session: &Session) -> Result<Code> {
        match self.command {
            Command::Test => notify::test(&session.config()?, session.clock.now(), |destination| {
                if !session.quiet {
                    say(&format!("sent: {destination}"));
                }
            })?,
            Command::List { all } => {
                let mut store = session.store()?;
                let zone = settings::load(&mut store)?.zone;
                session.show(&report::messages(
                    &notify::list(&mut store, all)?,
                    session.clock.now(),
                    zone,
                ))?;
            }
            Command::Retry { ids } => {
                let delivered =
                    notify::retry(&mut session.store()?, &session.config()?, &messages(&ids), session.clock)?;
                session.ui.note(&format!("{} sent", counted(delivered.sent, "message")));
            }
            Command::Drop { ids } => {
                notify::drop(&mut session.store()?, &messages(&ids), &session.caller(None))?;
                session.ui.note(&format!("{} dropped", counted(ids.len(), "message")));
            }
        }
        Ok(Code::Done)
    }
}

fn messages(ids: &[i64]) -> Vec<MessageId> {
    ids.iter().copied().map(MessageId).collect()
}
