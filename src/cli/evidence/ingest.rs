//! `attend ingest`.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::cli::{Session, args};
use crate::commands::evidence::key;
use crate::commands::ingest::{Acks, Limits, Request, Tally, run};
use crate::domain::evidence::key::Key;
use crate::domain::time::Span;
use crate::exit::Code;
use crate::failure::Result;
use crate::report::text::counted;
use crate::ui::progress::Progress;
use crate::ui::streams;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  runner | attend ingest\n  attend ingest monday.jsonl tuesday.jsonl\n  attend ingest --acks all lines.jsonl > acks.jsonl\n\nAn ack is written after its line is on the disk. The protocol: docs/runners.md. The key may also be in the environment variable ATTEND_KEY or in a hello line, but not in an argument."
)]
pub(crate) struct IngestArgs {
    /// Files of JSON lines [default: standard input]
    files: Vec<PathBuf>,
    /// Which acks to write [default: all; errors on a terminal or with FILES]
    #[arg(long, value_enum, value_name = "WHICH")]
    acks: Option<AcksArg>,
    /// File with the sender's key, readable by its owner only
    #[arg(long, env = "ATTEND_KEY_FILE", value_name = "FILE", hide_env_values = true)]
    key_file: Option<PathBuf>,
    /// Wait this long for other writers before answering 429
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = args::span)]
    max_wait: Span,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum AcksArg {
    All,
    Errors,
    None,
}

impl IngestArgs {
    pub(crate) fn run(self, session: &Session) -> Result<Code> {
        let bulk = !self.files.is_empty();
        let sizes = self.files.iter().map(|file| fs::metadata(file).ok().map(|file| file.len()));
        let total = sizes.sum::<Option<u64>>().filter(|_| bulk);
        let progress = Progress::bytes(session.ui.progress && (bulk || !streams::input_is_terminal()), total);
        let mut store = session.store()?;
        let request = self.request()?;
        let mut out = streams::out();
        let tally = run(&mut store, request, session.clock, &mut *out, &|bytes| {
            progress.set(bytes);
        });
        progress.done();
        let tally = tally?;
        session.ui.note(&said(&tally));
        Ok(code(&tally))
    }

    fn request(self) -> Result<Request> {
        let acks = match self.acks {
            Some(AcksArg::All) => Acks::All,
            Some(AcksArg::Errors) => Acks::Errors,
            Some(AcksArg::None) => Acks::None,
            None if !self.files.is_empty() || streams::out_is_terminal() => Acks::Errors,
            None => Acks::All,
        };
        let key = match self.key_file {
            Some(path) => Some(key::read_file(&path)?),
            None => key_of_environment()?,
        };
        let max_wait = Duration::from_micros(self.max_wait.micros().unsigned_abs());
        Ok(Request { files: self.files, acks, key, max_wait, limits: Limits::default() })
    }
}

fn key_of_environment() -> Result<Option<Key>> {
    let text = env::var("ATTEND_KEY").ok().filter(|text| !text.is_empty());
    text.map(|text| key::parse(&text)).transpose()
}

/// A line that must be sent again outweighs one refused for good.
fn code(tally: &Tally) -> Code {
    if tally.turned_away {
        Code::KeyRefused
    } else if tally.put_off > 0 {
        Code::TryAgain
    } else if tally.refused > 0 {
        Code::Refused
    } else {
        Code::Done
    }
}

/// `12,034 lines: 11,020 counted, 960 not counted, 54 in quarantine`
fn said(tally: &Tally) -> String {
    let parts = args::tally([
        (tally.counted, "counted"),
        (tally.duplicates, "known already"),
        (tally.not_counted, "not counted"),
        (tally.quarantined, "in quarantine"),
        (tally.refused, "refused"),
        (tally.put_off, "to be sent again"),
    ]);
    format!("{}: {parts}", counted(tally.lines, "line"))
}
