//! The rights of a student: a copy of all data, and erasure.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use crate::cli::formats::{self, Spelling};
use crate::cli::output::Output;
use crate::cli::{Session, args};
use crate::commands::problem::{Kind, Problem};
use crate::commands::upkeep::erase::{Request, Witness};
use crate::commands::{self, settings};
use crate::domain::upkeep::erasure::Strikes;
use crate::failure::Result;
use crate::render::{Format, json};
use crate::report::upkeep;
use crate::store::Store;
use crate::ui::progress::Progress;
use crate::ui::{ask, can_ask};

#[derive(Debug, Args)]
pub(super) struct Erase {
    /// Code of the student
    code: String,
    /// Reason, which is kept, so it must not name the student
    #[arg(long, value_parser = args::line)]
    reason: String,
    /// Write the paths of the student's crops to a file, so that you can delete them on the runners
    #[arg(long, value_name = "FILE")]
    crops: Option<PathBuf>,
    /// Remove a text that may mention the student, by its place on the receipt; all: all of them
    #[arg(long, value_name = "PLACE")]
    strike: Vec<String>,
    /// Erase without asking on a terminal
    #[arg(long)]
    yes: bool,
    /// Show what would be erased, and erase nothing
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,
    #[command(flatten)]
    by: args::By,
}

#[derive(Debug, Args)]
pub(super) struct Export {
    /// Code of the student
    code: String,
    /// Write to a file that only its owner can read
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    by: args::By,
}

impl Erase {
    /// Erases a student and prints the receipt.
    pub(super) fn run(self, session: &Session, store: &mut Store) -> Result<()> {
        let Self { code, reason, crops, strike, yes, dry_run, by } = self;
        let request = Request { code: &code, reason: &reason, strikes: Strikes(&strike), dry_run };
        let caller = session.caller(by.name());
        let crops = crops.map(|path| Output::new(session, &path)).transpose()?;
        let progress = Progress::share(session.ui.progress && !dry_run);
        let mut hand = Hand { asks: !yes && can_ask(), crops, progress };
        let done = commands::upkeep::erase::run(store, &request, &caller, &mut hand);
        hand.progress.done();
        let receipt = done?;
        let zone = settings::load(store)?.zone;
        session.show(&upkeep::erasure::receipt(
            &code,
            receipt.number,
            &receipt.removed,
            (&receipt.doubts, &receipt.names),
            receipt.effect.as_ref(),
            caller.now,
            zone,
        ))?;
        if receipt.rewritten? {
            session
                .ui
                .note("the file was rewritten, because something about the student may have been left in it");
        }
        Ok(())
    }
}

/// The question, the file for the crops and the progress bar of an erasure.
struct Hand {
    asks: bool,
    crops: Option<Output>,
    progress: Progress,
}

impl Witness for Hand {
    fn agree(&mut self, code: &str, name: Option<&str>) -> Result<()> {
        let whom = name.map_or_else(|| format!("{code:?}"), |name| format!("{name} ({code})"));
        if self.asks && !ask(&format!("Erase everything about {whom}? This cannot be undone."))? {
            return Err(Problem::new(Kind::Refused, "the erasure was not confirmed")
                .hint("--dry-run shows what would be erased")
                .into());
        }
        Ok(())
    }

    fn takes_crops(&self) -> bool {
        self.crops.is_some()
    }

    fn crops(&mut self, paths: &[String]) -> Result<()> {
        match &self.crops {
            Some(file) => file
                .write(|out| paths.iter().try_for_each(|path| Ok(writeln!(out, "{path}")?)))
                .map_err(|failure| {
                    failure.context("the student is erased, and the same command goes on from here")
                }),
            None => Ok(()),
        }
    }

    fn progress(&mut self, done: u64, total: u64) -> Result<()> {
        self.progress.set_share(done as f64 / total as f64);
        Ok(())
    }
}

/// The only format of all data about a student.
const JSON: Spelling = Spelling::Rows(Format::Json);

impl Export {
    /// Writes all data about a student.
    pub(super) fn run(self, session: &Session, store: &mut Store) -> Result<()> {
        if !matches!(session.format, None | Some(Format::Json)) {
            return Err(Problem::new(Kind::Usage, "student export writes only JSON")
                .hint("attend history CODE, attend export records: rows in every format")
                .into());
        }
        let caller = session.caller(self.by.name());
        let output = self.output.as_deref().map(|path| Output::new(session, path)).transpose()?;
        if let Some(path) = &self.output
            && formats::of_output(path, session.format.map(Spelling::Rows), Some(JSON))? != Some(JSON)
        {
            let words = format!("{}: student export writes only JSON", path.display());
            return Err(Problem::new(Kind::Usage, words).hint("end it in .json").into());
        }
        let target = if output.is_some() { "to a file" } else { "to standard output" };
        let (dossier, zone) = commands::upkeep::dossier::read(store, &self.code, target, &caller)?;
        let mut members = upkeep::dossier::members(&dossier, caller.now, zone);
        if let Some(school_id) = settings::load(store)?.school_id {
            members.push(("school_id", school_id.into()));
        }
        match output {
            Some(file) => file.write(|out| Ok(json::object(out, members, zone)?)),
            None => {
                let mut out = session.ui.data_out();
                json::object(&mut *out, members, zone)?;
                Ok(out.flush()?)
            }
        }
    }
}
