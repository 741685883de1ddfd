//! `attend reason`.

use clap::{Args, Subcommand};

use crate::cli::{Session, args};
use crate::commands::register::reasons;
use crate::commands::settings;
use crate::domain::register::reason::ListedReason;
use crate::exit::Code;
use crate::failure::Result;
use crate::report::register::lists;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  attend reason add ILL \"Illness\" --code I\n  attend mark H000123 excused --date today --reason ILL\n  attend summary --by reason --date mon..fri\n\nA reason on the list is typed by its key, in any case, and Tab completes it. The register keeps its words. Further words follow a colon: --reason \"ILL: fever\". Any other text is a reason, too. If you word a reason anew, marks with the old words keep its code and are counted with it."
)]
pub(crate) struct ReasonArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Add a reason, or change its words and code
    #[command(after_help = "Example:\n  attend reason add ILL \"Illness\" --code I")]
    Add {
        /// The word to type
        #[arg(value_name = "KEY", value_parser = args::line)]
        key: String,
        /// The words that the register shows
        #[arg(value_name = "WORDS", value_parser = args::line)]
        words: String,
        /// The code that other systems want [default: the key]
        #[arg(long, value_name = "TEXT", value_parser = args::line)]
        code: Option<String>,
    },
    /// List the reasons
    #[command(after_help = "Example:\n  attend reason list")]
    List,
    /// Take a reason off the list; the register keeps its words
    #[command(after_help = "Example:\n  attend reason remove ILL")]
    Remove {
        /// The word to type
        #[arg(value_name = "LISTED")]
        key: String,
    },
}

impl ReasonArgs {
    pub(crate) fn run(self, session: &Session) -> Result<Code> {
        let mut store = session.store()?;
        let caller = session.caller(None);
        match self.command {
            Command::Add { key, words, code } => {
                reasons::add(&mut store, ListedReason { key, words, code }, &caller)?;
            }
            Command::List => {
                let (listed, zone) = (reasons::list(&mut store)?, settings::load(&mut store)?.zone);
                session.show(&lists::reasons(&listed, caller.now, zone))?;
            }
            Command::Remove { key } => reasons::remove(&mut store, &key, &caller)?,
        }
        Ok(Code::Done)
    }
}
