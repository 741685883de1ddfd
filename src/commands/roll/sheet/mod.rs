//! The file of a roll as UTF-8 rows, from any format that school systems and spreadsheets write.

pub(crate) mod decode;
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
}

/// Reads a file; `-` is standard input. `wanted` names a sheet of a workbook.
pub(crate) fn open(file: &Path, wanted: Option<&str>) -> Result<Sheet> {
    let name = file.display().to_string();
    Ok(read(&name, bytes(file, &name)?, wanted)?)
}

/// Reads the bytes of a file that is called `name`.
///
/// # Errors
/// The file is too large, its encoding is unknown, or the workbook cannot be read.
pub(crate) fn read(name: &str, bytes: Vec<u8>, wanted: Option<&str>) -> Result<Sheet, Problem> {
    let in_file = |invalid| Problem::in_file(name.to_owned(), invalid);
    if bytes.len() as u64 > MAX_FILE {
        let large = Invalid::new("the file is larger than 256 MiB, too large for a roll");
        return Err(in_file(large.hint("export the students alone; nothing was imported")));
    }
    if workbook::is_workbook(&bytes) {
        return workbook::read(bytes, wanted).map_err(in_file);
    }
    if let Some(wanted) = wanted {
        let plain = Invalid::new(format!("the file is not a workbook, so it has no sheet {wanted:?}"));
        return Err(in_file(plain.hint("leave out --sheet")));
    }
    let (text, read_as) = decode::text(bytes).map_err(in_file)?;
    let (delimiter, begins) = decode::delimiter(&text);
    Ok(Sheet { text, delimiter, begins, read_as: read_as.map(str::to_owned) })
}

fn bytes(file: &Path, name: &str) -> Result<Vec<u8>> {
    let source: Box<dyn Read> = if name == "-" {
        Box::new(io::stdin())
    } else {
        Box::new(File::open(file).with_context(|| format!("cannot open {name}"))?)
    };
    let mut bytes = Vec::new();
    source.take(MAX_FILE + 1).read_to_end(&mut bytes).with_context(|| format!("cannot read {name}"))?;
    Ok(bytes)
}
