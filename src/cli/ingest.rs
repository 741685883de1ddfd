//! `attend ingest`.

use std::fs;
use std::io::{self, IsTerminal};
use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, ValueEnum};

use super::{Session, args};
use crate::commands::ingest::{Acks, Request, Tally, run};
use crate::exit::Code;
use crate::report::text::counted;
use crate::ui::progress::Progress;

/// Take in JSON lines from runners, and answer each with an ack
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  runner | attend ingest\n  attend ingest monday.jsonl tuesday.jsonl\n  attend ingest --acks all lines.jsonl > acks.jsonl\n\nAn ack is written only when what it acknowledges is on the disk. The protocol: docs/runners.md."
)]
pub struct Ingest {
    /// Files of JSON lines [default: standard input]
    files: Vec<PathBuf>,
    /// Which acks to write [default: all; errors on a terminal or with FILES]
    #[arg(long, value_enum, value_name = "WHICH")]
    acks: Option<AcksArg>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum AcksArg {
    All,
    Errors,
    None,
}

impl Ingest {
    pub fn run(self, session: &Session) -> Result<Code> {
        let bulk = !self.files.is_empty();
        let acks = match self.acks {
            Some(AcksArg::All) => Acks::All,
            Some(AcksArg::Errors) => Acks::Errors,
            Some(AcksArg::None) => Acks::None,
            None if bulk || io::stdout().is_terminal() => Acks::Errors,
            None => Acks::All,
        };
        let sizes = self
            .files
            .iter()
            .map(|file| fs::metadata(file).ok().map(|file| file.len()));
        let total = sizes.sum::<Option<u64>>().filter(|_| bulk);
        let progress = Progress::bytes(
            session.ui.progress && (bulk || !io::stdin().is_terminal()),
            total,
        );
        let request = Request {
            files: self.files,
            acks,
            runner: "local".to_owned(),
        };
        let mut out = io::stdout().lock();
        let tally = run(
            &session.store()?,
            &request,
            session.clock,
            &mut out,
            &|bytes| progress.set(bytes),
        );
        progress.done();
        let tally = tally?;
        session.ui.note(&said(&tally));
        Ok(if tally.refused > 0 {
            Code::Refused
        } else {
            Code::Done
        })
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
    ]);
    format!("{}: {parts}", counted(tally.lines, "line"))
}
