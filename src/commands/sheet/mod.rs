//! Sheets and texts from files, as UTF-8 rows, from any format that school systems and spreadsheets write.

pub(crate) mod decode;
pub(crate) mod records;
mod workbook;

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::commands::problem::Problem;
use crate::domain::Invalid;
use crate::failure::{Context, Result};

/// The largest file that is read, in bytes. The roll of a million students has a fifth of that.
const MAX_FILE: u64 = 256 << 20;

/// The most columns that are read. Real rolls have few.
pub(crate) const MAX_COLUMNS: usize = 1_000;
/// The longest line that is read, in bytes: a row of a table has a few hundred.
const LONGEST_LINE: usize = 1 << 20;
/// The number of rows in which the header is searched.
pub(crate) const HEADER_WITHIN: usize = 30;

/// Rows as delimited UTF-8 text.
#[derive(Debug)]
pub(crate) struct Sheet {
    /// The text. Line n is row n of a workbook.
    pub(crate) text: Vec<u8>,
    /// The delimiter between cells.
    pub(crate) delimiter: u8,
    /// The byte at which the rows begin, after a byte order mark and a `sep=` line.
    pub(crate) begins: usize,
    /// The encoding or the sheet of a workbook, if it is worth showing: `Windows-1252`.
    pub(crate) read_as: Option<String>,
    /// Its cells have types, as those of a workbook, so that a date is one.
    pub(crate) typed: bool,
    /// It was made from the tables of a school system.
    pub(crate) feed: bool,
}

/// Reads a file; `-` is standard input. `wanted` names a sheet of a workbook.
pub(crate) fn open(file: &Path, wanted: Option<&str>) -> Result<Sheet> {
    let name = file.display().to_string();
    Ok(read(&name, bytes(file, &name, MAX_FILE)?, wanted)?)
}

/// Reads every sheet of a file; `-` is standard input.
pub(crate) fn open_all(file: &Path) -> Result<Vec<Sheet>> {
    let name = file.display().to_string();
    let bytes = bytes(file, &name, MAX_FILE)?;
    if !workbook::is_workbook(&bytes) {
        return Ok(vec![read(&name, bytes, None)?]);
    }
    let names = workbook::names(&bytes).map_err(|invalid| in_file(&name, invalid))?;
    names.iter().map(|wanted| Ok(read(&name, bytes.clone(), Some(wanted))?)).collect()
}

/// Reads a text of at most `most` bytes in any encoding, without a byte order mark.
pub(crate) fn text(file: &Path, name: &str, most: u64) -> Result<String> {
    let text = decoded(name, bytes(file, name, most)?)?;
    Ok(String::from_utf8_lossy(text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text)).into_owned())
}

/// The bytes of a table of a file that is called `name`, as UTF-8.
///
/// # Errors
/// The encoding is unknown, or a line is longer than any row.
pub(crate) fn decoded(name: &str, bytes: Vec<u8>) -> Result<Vec<u8>, Problem> {
    let (text, _) = decode::text(bytes).map_err(|invalid| in_file(name, invalid))?;
    refuse_long_lines(name, &text)?;
    Ok(text)
}

/// Reads the bytes of a file that is called `name`.
///
/// # Errors
/// The file is too large, its encoding is unknown, or the workbook cannot be read.
pub(crate) fn read(name: &str, bytes: Vec<u8>, wanted: Option<&str>) -> Result<Sheet, Problem> {
    if workbook::is_workbook(&bytes) {
        return workbook::read(bytes, wanted).map_err(|invalid| in_file(name, invalid));
    }
    if let Some(wanted) = wanted {
        let plain = Invalid::new(format!("the file is not a workbook, so it has no sheet {wanted:?}"));
        return Err(in_file(name, plain.hint("leave out --sheet")));
    }
    let (text, read_as) = decode::text(bytes).map_err(|invalid| in_file(name, invalid))?;
    refuse_long_lines(name, &text)?;
    let (delimiter, begins) = decode::delimiter(&text);
    Ok(Sheet { text, delimiter, begins, read_as: read_as.map(str::to_owned), typed: false, feed: false })
}

fn in_file(name: &str, invalid: Invalid) -> Problem {
    Problem::in_file(name.to_owned(), invalid)
}

/// The name of the first sheet of attend's own workbooks, which `render/xlsx/cover.rs` writes.
const COVER: &str = "About";

/// Replaces the fault of a table that is the cover of a workbook: spreadsheets save the first sheet as CSV, if not told
/// otherwise.
pub(crate) fn unless_cover(name: &str, sheet: &Sheet, fault: Problem) -> Problem {
    let text = String::from_utf8_lossy(&sheet.text[sheet.begins..]);
    // The school, the report, and the instant.
    let is_cover =
        text.lines().nth(2).is_some_and(|line| line.trim_matches(['"', ' ']).starts_with("as of "));
    if !is_cover {
        return fault;
    }
    let cover = Invalid::new(format!("this is the sheet {COVER:?} of a workbook, which has no rows"));
    in_file(
        name,
        cover.hint("save the sheet with the rows as CSV, or name the workbook itself; nothing was imported"),
    )
}

/// A row of ten million cells would take many times its own room in memory.
fn refuse_long_lines(name: &str, text: &[u8]) -> Result<(), Problem> {
    let mut lines = text.split(|byte| *byte == b'\n');
    match lines.position(|line| line.len() > LONGEST_LINE) {
        None => Ok(()),
        Some(nth) => {
            let long = Invalid::new("the line is longer than 1 MiB, too long for a row of a table");
            let place = format!("{name}:{}", nth + 1);
            Err(in_file(&place, long.hint("export the table alone, as CSV; nothing was imported")))
        }
    }
}

/// The bytes of a file, of which there may be `most`. The size of a file that is too large is known before it is read.
pub(crate) fn bytes(file: &Path, name: &str, most: u64) -> Result<Vec<u8>> {
    let (source, known): (Box<dyn Read>, u64) = if name == "-" {
        (Box::new(io::stdin()), 0)
    } else {
        let file = File::open(file).with_context(|| format!("cannot open {name}"))?;
        let size = file.metadata().map_or(0, |metadata| metadata.len());
        (Box::new(file), size)
    };
    let mut bytes = Vec::new();
    if known <= most {
        let read = source.take(most + 1).read_to_end(&mut bytes);
        read.with_context(|| format!("cannot read {name}"))?;
    }
    if known > most || bytes.len() as u64 > most {
        let large = Invalid::new(format!("the file is larger than {} MiB, too large to be read", most >> 20));
        return Err(in_file(name, large.hint("export the table alone; nothing was imported")).into());
    }
    Ok(bytes)
}
