//! The words of `--format`: what every report can be, and what only sheets and `health` are beyond that.

use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::render::Format;

/// Every value of `--format`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spelling {
    /// A format that every report has.
    Rows(Format),
    /// A workbook, of an export or a summary.
    Xlsx,
    /// The line of a monitoring plugin, of `health`.
    Nagios,
    /// Metrics for a textfile collector, of `health`.
    Prometheus,
}

const ROWS: [(&str, Spelling); 4] = [
    ("table", Spelling::Rows(Format::Table)),
    ("csv", Spelling::Rows(Format::Csv)),
    ("json", Spelling::Rows(Format::Json)),
    ("jsonl", Spelling::Rows(Format::Jsonl)),
];
const SHEETS: [(&str, Spelling); 1] = [("xlsx", Spelling::Xlsx)];
const MONITORING: [(&str, Spelling); 2] =
    [("nagios", Spelling::Nagios), ("prometheus", Spelling::Prometheus)];

impl Spelling {
    /// As every report can be; `None` for what only some are.
    pub(crate) fn rows(self) -> Option<Format> {
        match self {
            Self::Rows(format) => Some(format),
            Self::Xlsx | Self::Nagios | Self::Prometheus => None,
        }
    }

    /// The word itself.
    pub(crate) fn word(self) -> &'static str {
        let all = [&ROWS[..], &SHEETS, &MONITORING].concat();
        all.iter().find(|(_, spelling)| *spelling == self).map_or("", |(word, _)| word)
    }
}

/// `--format` of every report.
pub(crate) fn rows() -> impl TypedValueParser<Value = Spelling> {
    spellings(ROWS.to_vec())
}

/// `--format` of exports and summaries, in place of the global one.
pub(crate) fn sheets() -> impl TypedValueParser<Value = Spelling> {
    spellings([&ROWS[..], &SHEETS].concat())
}

/// `--format` of `health`, in place of the global one.
pub(crate) fn checks() -> impl TypedValueParser<Value = Spelling> {
    spellings([&ROWS[..], &MONITORING].concat())
}

fn spellings(known: Vec<(&'static str, Spelling)>) -> impl TypedValueParser<Value = Spelling> {
    let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
    PossibleValuesParser::new(names).map(move |name| {
        let found = known.iter().find(|(known, _)| *known == name);
        found.expect("the parser lets only these through").1
    })
}
