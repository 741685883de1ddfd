//! `attend simulate`.

use std::io::BufWriter;
use std::path::PathBuf;

use clap::Args;

use crate::cli::output::Output;
use crate::cli::{Session, args};
use crate::commands::evidence::simulate::{Blind, Request, Simulated, simulate};
use crate::domain::time::Instant;
use crate::domain::time::day::Day;
use crate::exit::Code;
use crate::failure::Result;
use crate::render::table::Look;
use crate::render::{Format, write};
use crate::report::evidence::visit::truth;
use crate::report::text::counted;
use crate::ui::streams;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  attend simulate --date 2026-09-07 --seed 7 | attend ingest --acks errors\n  attend simulate --date 2026-09-07 --blind gate-1:10:00-12:00 \\\n      --truth truth.csv > day.jsonl\n\nIf places are named for a class, the cameras there see its students. The same seed gives the same lines. If the day is today, the lines end now."
)]
pub(crate) struct SimulateArgs {
    /// The day
    #[arg(long, value_name = "DATE", value_parser = args::date)]
    date: Day,
    /// Seed of the random numbers
    #[arg(long, value_name = "N", default_value = "1")]
    seed: u64,
    /// How often students are seen: 1 is a usual day
    #[arg(long, value_name = "X", default_value = "1", value_parser = rate)]
    rate: f64,
    /// Let a camera send nothing in these hours; repeat it for more
    #[arg(long, value_name = "CAMERA:HH:MM-HH:MM", value_parser = blind)]
    blind: Vec<Blind>,
    /// Write the students who were really there on the whole day, as CSV
    #[arg(long, value_name = "FILE")]
    truth: Option<PathBuf>,
    /// Leave out lines after this instant
    #[arg(long, value_name = "INSTANT", value_parser = args::instant)]
    until: Option<Instant>,
}

fn rate(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|rate| (0.0..=1000.0).contains(rate))
        .ok_or_else(|| "a rate is a number from 0 to 1000".to_owned())
}

/// `gate-1:10:00-12:00`. The name of a camera may hold colons and dashes itself.
fn blind(text: &str) -> Result<Blind, String> {
    let parts = text.rsplit_once('-').and_then(|(left, until)| {
        let hour = left.rfind(':').and_then(|minutes| left[..minutes].rfind(':'))?;
        Some((&left[..hour], &left[hour + 1..], until))
    });
    let (camera, from, until) = parts.ok_or("write CAMERA:10:00-12:00")?;
    Ok(Blind { camera: args::camera(camera)?, from: args::time(from)?, until: args::time(until)? })
}

impl SimulateArgs {
    pub(crate) fn run(self, session: &Session) -> Result<Code> {
        let Self { date, seed, rate, blind, truth, until } = self;
        let truth = truth.map(|path| Output::new(session, &path)).transpose()?;
        let mut store = session.store()?;
        let date = date.date(session.today(&mut store)?);
        let request = Request { date, seed, rate, blind, until };
        let caller = session.caller(None);
        let day = simulate(&mut store, &request, &caller)?;
        if let Some(file) = truth {
            write_truth(&day, &file, caller.now)?;
        }
        let lines = day.write(&mut BufWriter::new(streams::out()))?;
        session.ui.note(&counted(lines, "line"));
        Ok(Code::Done)
    }
}

fn write_truth(day: &Simulated, file: &Output, now: Instant) -> Result<()> {
    let report = truth(&day.visits, now, day.zone);
    file.write(|out| Ok(write(&report, None, Format::Csv, Look::default(), out)?))
}
