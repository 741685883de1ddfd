//! `attend settings`.

use std::io::{self, Write};

use anyhow::Result;
use clap::{Args, Subcommand};

use super::{Session, args};
use crate::commands::settings;
use crate::exit::Code;
use crate::report::listing;

/// The school's policy
#[derive(Debug, Args)]
pub struct Settings {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Every setting with its value, default, unit, range and meaning
    #[command(after_help = "Example:\n  attend settings list")]
    List,
    /// Print the value in force
    #[command(after_help = "Example:\n  attend settings get min_score")]
    Get {
        /// Its name
        setting: String,
    },
    /// Set a value
    #[command(after_help = "Example:\n  attend settings set min_score 0.8")]
    Set {
        /// Its name
        setting: String,
        /// Its new value
        #[arg(allow_hyphen_values = true)]
        value: String,
        #[command(flatten)]
        by: args::By,
    },
    /// Let the default hold again
    #[command(after_help = "Example:\n  attend settings unset min_score")]
    Unset {
        /// Its name
        setting: String,
    },
}

impl Settings {
    pub fn run(self, session: &Session) -> Result<Code> {
        let mut store = session.store()?;
        match self.command {
            Command::List => {
                let settings = settings::load(&mut store)?;
                session.show(&listing::settings(&settings, session.clock.now()))?;
            }
            Command::Get { setting } => {
                if let Some(value) = settings::get(&mut store, &setting)? {
                    writeln!(io::stdout(), "{value}")?;
                }
            }
            Command::Set { setting, value, by } => {
                settings::set(&mut store, &setting, &value, &session.caller(by.name()))?;
            }
            Command::Unset { setting } => settings::unset(&mut store, &setting)?,
        }
        Ok(Code::Done)
    }
}
