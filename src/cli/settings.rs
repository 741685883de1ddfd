//! `attend settings`.

use std::io::Write;

use clap::{Args, Subcommand};

use super::{Session, args};
use crate::cli::consent::Confirmation;
use crate::commands::register::recompute;
use crate::commands::{Caller, settings};
use crate::domain::settings::setting as declared;
use crate::exit::Code;
use crate::failure::Result;
use crate::render::Format;
use crate::report::listing;
use crate::report::text::counted;
use crate::store::Store;

#[derive(Debug, Args)]
pub(crate) struct SettingsArgs {
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
        why: args::Why,
        #[command(flatten)]
        confirmation: Confirmation,
    },
    /// Restore the default
    #[command(after_help = "Example:\n  attend settings unset min_score")]
    Unset {
        /// Its name
        setting: String,
        #[command(flatten)]
        by: args::By,
    },
}

impl SettingsArgs {
    pub(crate) fn run(self, session: &Session) -> Result<Code> {
        let mut store = session.store()?;
        match self.command {
            Command::List => {
                let settings = settings::load(&mut store)?;
                match session.format {
                    None | Some(Format::Table) => session.ui.lines(&listing::settings_lines(&settings))?,
                    Some(_) => session.show(&listing::settings(&settings, session.clock.now()))?,
                }
            }
            Command::Get { setting } => {
                if let Some(value) = settings::get(&mut store, &setting)? {
                    let mut out = session.ui.report_out(Format::Csv);
                    writeln!(out, "{value}")?;
                    out.flush()?;
                }
            }
            Command::Set { setting, value, why, confirmation } => {
                let caller = session.caller(why.by.name());
                let deed = why.deed("settings set", &caller);
                confirmation.carry_out(session, |consent| {
                    settings::set(&mut store, &setting, &value, consent, deed)
                })?;
                if !confirmation.dry_run {
                    tell_stale(&mut store, &setting, &caller, session)?;
                }
            }
            Command::Unset { setting, by } => {
                let caller = session.caller(by.name());
                settings::unset(&mut store, &setting, &caller)?;
                tell_stale(&mut store, &setting, &caller, session)?;
            }
        }
        Ok(Code::Done)
    }
}

/// Says which records were decided under other settings. Skipped when output is quiet, because it reads
/// all records.
fn tell_stale(store: &mut Store, setting: &str, caller: &Caller, session: &Session) -> Result<()> {
    if declared(setting)?.judges_cameras() {
        session.ui.note("periods planned already are judged as before until attend recompute");
    }
    if declared(setting)?.folds()
        && session.ui.is_chatty()
        && let Some(affected) = recompute::stale(store, caller)?
    {
        let records = counted(affected.records, "record");
        session
            .ui
            .note(&format!("{records} decided under other settings; to fold anew: {}", affected.command()));
    }
    Ok(())
}
