//! The values of `--format` and the file extensions: those of every report, and those of some only.

use std::path::Path;

use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::commands::problem::{Kind, Problem};
use crate::files::Compression;
use crate::render::Format;

/// Every value of `--format`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spelling {
    /// A format that every report has.
    Rows(Format),
    /// A workbook, of an export or a summary.
    Xlsx,
    /// A page for a browser or a printer.
    Html,
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
const SHEETS: [(&str, Spelling); 2] = [("xlsx", Spelling::Xlsx), ("html", Spelling::Html)];
const MONITORING: [(&str, Spelling); 2] =
    [("nagios", Spelling::Nagios), ("prometheus", Spelling::Prometheus)];

impl Spelling {
    /// The format, if every report has it.
    pub(crate) fn rows(self) -> Option<Format> {
        match self {
            Self::Rows(format) => Some(format),
            Self::Xlsx | Self::Html | Self::Nagios | Self::Prometheus => None,
        }
    }

    /// The word itself.
    pub(crate) fn word(self) -> &'static str {
        let all = [&ROWS[..], &SHEETS, &MONITORING].concat();
        all.iter().find(|(_, spelling)| *spelling == self).map_or("", |(word, _)| word)
    }
}

/// File extensions that attend does not write, each with a hint for another way.
const NOT_OURS: [(&[&str], &str); 4] = [
    (&["bz2", "xz", "zip", "7z", "lz4", "br"], "compress with .gz or .zst, such as -o day.csv.gz"),
    (&["pdf"], "write a page such as -o day.html, and let a browser print it to a PDF"),
    (&["ods", "xls", "numbers"], "write -o day.xlsx, which LibreOffice, Excel and Numbers open"),
    (&["doc", "docx", "odt", "rtf"], "write -o day.html, which word processors open, or -o day.xlsx"),
];

/// The format for the extension of a file. `None` if the extension is unknown.
///
/// The extension of a compressed file stands before .gz or .zst.
///
/// # Errors
/// The extension belongs to a format that attend does not write, or does not compress.
fn of_file(path: &Path) -> Result<Option<Spelling>, Problem> {
    if Compression::of(path).is_none() {
        return of_plain_file(path);
    }
    match of_plain_file(Path::new(path.file_stem().unwrap_or_default()))? {
        Some(rows @ Spelling::Rows(_)) => Ok(Some(rows)),
        Some(_) => Err(Problem::new(Kind::Usage, format!("{}: only rows are compressed", path.display()))
            .hint("leave out .gz and .zst, or write rows such as -o day.csv.gz")),
        None => Err(Problem::new(Kind::Usage, format!("{}: the format is missing", path.display()))
            .hint("write it before the compression: .csv.gz, .jsonl.gz, .json.zst")),
    }
}

/// The format of a file: `asked`, else the one of its extension. A file without one, or with .txt, has the format `plain`,
/// if the command has one for such files. `None` if the extension is unknown.
///
/// # Errors
/// The extension belongs to a format that attend does not write, or does not compress.
pub(crate) fn of_output(
    path: &Path,
    asked: Option<Spelling>,
    plain: Option<Spelling>,
) -> Result<Option<Spelling>, Problem> {
    let is_plain = path.extension().is_none_or(|ending| ending.eq_ignore_ascii_case("txt"));
    let named = of_file(path)?;
    Ok(asked.or(named).or(plain.filter(|_| is_plain)))
}

/// The refusal of a file whose extension names no format.
pub(crate) fn unknown(path: &Path) -> Problem {
    Problem::new(Kind::Usage, format!("{}: unknown file extension", path.display()))
        .hint("end it in .html for a page, or in .csv, .xlsx, .json or .jsonl for rows")
}

/// The format for the extension of a file of `health`.
///
/// # Errors
/// The extension belongs to another format.
pub(crate) fn of_checks(path: &Path) -> Result<Spelling, Problem> {
    if path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("prom")) {
        return Ok(Spelling::Prometheus);
    }
    match of_output(path, None, Some(Spelling::Rows(Format::Table)))? {
        Some(rows @ Spelling::Rows(_)) => Ok(rows),
        _ => Err(Problem::new(Kind::Usage, format!("{}: health does not write this kind of file", path.display()))
            .hint("end it in .txt, .csv, .json, .jsonl or .prom, or name a --format; a page is attend panel -o board.html")),
    }
}

fn of_plain_file(path: &Path) -> Result<Option<Spelling>, Problem> {
    let Some(ending) = path.extension().and_then(|ending| ending.to_str()) else { return Ok(None) };
    let ending = ending.to_ascii_lowercase();
    if let Some((_, hint)) = NOT_OURS.iter().find(|(endings, _)| endings.contains(&&*ending)) {
        let words = format!("{}: attend writes no .{ending} files", path.display());
        return Err(Problem::new(Kind::Usage, words).hint(*hint));
    }
    let ending = if ending == "htm" { "html" } else { &*ending };
    let all = [&ROWS[1..], &SHEETS].concat();
    Ok(all.iter().find(|(word, _)| *word == ending).map(|(_, spelling)| *spelling))
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
