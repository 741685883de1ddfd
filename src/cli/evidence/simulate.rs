//! `attend simulate`.

use std::io::{self, BufWriter};

use clap::Args;

use crate::cli::{Session, args};
use crate::commands::evidence::simulate::{Request, run};
use crate::domain::time::Instant;
use crate::domain::time::day::Day;
use crate::exit::Code;
use crate::failure::Result;

/// JSON lines as the school's runners would send them on a day
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  attend simulate --date 2026-09-07 --seed 7 | attend ingest --acks errors\n\nThe same seed gives the same lines. Where the day is today, lines end now."
)]
pub(crate) struct Simulate {
    /// The day
    #[arg(long, value_name = "DATE", value_parser = args::date)]
    date: Day,
    /// Seed of the random numbers
    #[arg(long, value_name = "N", default_value = "1")]
    seed: u64,
    /// How often students are seen: 1 is a usual day
    #[arg(long, value_name = "X", default_value = "1", value_parser = rate)]
    rate: f64,
    /// Leave out what comes later
    #[arg(long, value_name = "INSTANT", value_parser = args::instant)]
    until: Option<Instant>,
}

fn rate(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|rate| (0.0..=1000.0).contains(rate))
        .ok_or_else(|| "a rate is a number from 0 to 1000".to_owned())
}

impl Simulate {
    pub(crate) fn run(self, session: &Session) -> Result<Code> {
        let mut store = session.store()?;
        let date = self.date.date(session.today(&mut store)?);
        let request = Request { date, seed: self.seed, rate: self.rate, until: self.until };
        let mut out = BufWriter::new(io::stdout().lock());
        let lines = run(&mut store, &request, &mut out, &session.caller(None))?;
        session.ui.note(&format!("{lines} lines"));
        Ok(Code::Done)
    }
}
