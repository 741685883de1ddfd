//! `attend db`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::cli::Session;
use crate::commands::settings;
use crate::commands::upkeep::db;
use crate::domain::time::Zone;
use crate::domain::upkeep::database::{Check, Verdict};
use crate::exit::Code;
use crate::failure::Result;
use crate::report::text::bytes;
use crate::report::upkeep::db as report;

#[derive(Debug, Args)]
pub(crate) struct DbArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check the file and its rows; exit code 0 when sound, 1 when rows contradict each other, 74 when damaged
    #[command(
        after_help = "Example:\n  attend -q db check || echo \"look at the database\"\n\nIt reads the whole file. Commands and runners can work meanwhile."
    )]
    Check,
    /// Write a copy while runners keep sending
    #[command(
        after_help = "Examples:\n  attend db backup /mnt/backup/attend.db\n  attend db backup \"/mnt/backup/attend-$(date +%a).db\"\n\nThe copy holds every line acknowledged before it began, and no deleted rows. It is verified, only its owner can read it, and it replaces a copy of the same database when it is complete. It replaces no other file.\n\nTo restore: stop all writers, move the database and its -wal and -shm files away, and put the copy in its place. More: docs/operations.md."
    )]
    Backup {
        /// File to write
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Size of the file by part, and its growth
    #[command(after_help = "Example:\n  attend db stats --format json | jq .bytes_at_horizon")]
    Stats,
}

impl DbArgs {
    pub(crate) fn run(self, session: &Session) -> Result<Code> {
        let mut store = session.store()?;
        let caller = session.caller(None);
        let now = caller.now;
        match self.command {
            Command::Check => {
                let checks = db::check(&mut store, &caller)?;
                if !session.quiet {
                    // A damaged file may not yield its zone, and this output shows no times.
                    let zone = settings::load(&mut store).map_or(Zone::UTC, |settings| settings.zone);
                    session.show(&report::checks(&checks, now, zone))?;
                }
                return Ok(code(&checks));
            }
            Command::Backup { file } => {
                let size = db::backup(&mut store, &file, &caller)?;
                session.ui.note(&format!("{} copied to {}", bytes(size), file.display()));
            }
            Command::Stats => {
                let (sizes, zone) = db::stats(&mut store)?;
                session.show(&report::sizes(&sizes, now, zone))?;
            }
        }
        Ok(Code::Done)
    }
}

fn code(checks: &[Check]) -> Code {
    let any = |wanted: fn(Verdict) -> bool| checks.iter().any(|check| wanted(check.verdict));
    if any(|verdict| verdict == Verdict::Damaged) {
        Code::Io
    } else if any(|verdict| verdict != Verdict::Good) {
        Code::Failed
    } else {
        Code::Done
    }
}
