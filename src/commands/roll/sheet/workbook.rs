//! Workbooks (`.xlsx`, `.ods`): one sheet as delimited text, a line for each row.

use std::io::{self, Cursor, Read};

use calamine::{Data, Range, Reader, Sheets, open_workbook_auto_from_rs};
use zip::ZipArchive;

use super::{HEADER_WITHIN, MAX_COLUMNS, Sheet};
use crate::domain::Invalid;
use crate::domain::roll::header::Columns;

/// The most that a workbook may unpack to, in bytes.
const MAX_UNPACKED: u64 = 512 << 20;

/// Whether a file is an archive, as workbooks are.
pub(super) fn is_workbook(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04")
}

/// Reads the sheet called `wanted`, else the first with a header.
pub(super) fn read(bytes: Vec<u8>, wanted: Option<&str>) -> Result<Sheet, Invalid> {
    check_unpacked(&bytes)?;
    let mut book = open_workbook_auto_from_rs(Cursor::new(bytes)).map_err(|_| unreadable())?;
    let names = book.sheet_names();
    let name = match wanted {
        Some(wanted) => {
            names.iter().find(|name| *name == wanted).ok_or_else(|| no_sheet(wanted, &names))?.clone()
        }
        None => with_header(&mut book, &names).or_else(|| names.first().cloned()).ok_or_else(unreadable)?,
    };
    let range = book.worksheet_range(&name).map_err(|_| unreadable())?;
    if range.width() > MAX_COLUMNS {
        return Err(Invalid::new(format!("the sheet {name:?} has more than {MAX_COLUMNS} columns"))
            .hint("delete the columns that the roll does not need; nothing was imported"));
    }
    let told = (names.len() > 1).then(|| format!("sheet {name:?}"));
    Ok(Sheet { text: delimited(&range)?, delimiter: b',', begins: 0, read_as: told })
}

/// Measures the unpacked size without keeping it. An archive of a few kilobytes can unpack to more than any memory
/// holds.
fn check_unpacked(bytes: &[u8]) -> Result<(), Invalid> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| unreadable())?;
    let mut left = MAX_UNPACKED;
    for nth in 0..archive.len() {
        let entry = archive.by_index(nth).map_err(|_| unreadable())?;
        let unpacked = io::copy(&mut entry.take(left + 1), &mut io::sink()).map_err(|_| unreadable())?;
        left = left.checked_sub(unpacked).ok_or_else(|| {
            Invalid::new("the workbook unpacks to more than 512 MiB, too large for a roll")
                .hint("export the students alone; nothing was imported")
        })?;
    }
    Ok(())
}

fn with_header(book: &mut Sheets<Cursor<Vec<u8>>>, names: &[String]) -> Option<String> {
    let has_header = |range: Range<Data>| {
        range.rows().take(HEADER_WITHIN).any(|row| {
            let cells: Vec<String> = row.iter().map(shown).collect();
            Columns::is_header(&cells.iter().map(String::as_str).collect::<Vec<_>>())
        })
    };
    names.iter().find(|name| book.worksheet_range(name).is_ok_and(has_header)).cloned()
}

/// Line n of the text is row n of the sheet.
fn delimited(range: &Range<Data>) -> Result<Vec<u8>, Invalid> {
    let above = range.start().map_or(0, |(row, _)| row as usize);
    let mut text = vec![b'\n'; above];
    for row in range.rows() {
        if row.iter().all(|cell| *cell == Data::Empty) {
            text.push(b'\n');
            continue;
        }
        let mut line = csv::Writer::from_writer(text);
        line.write_record(row.iter().map(shown)).map_err(|_| unreadable())?;
        text = line.into_inner().map_err(|_| unreadable())?;
    }
    Ok(text)
}

/// The text of a cell on one line. Whole numbers have no decimals.
fn shown(cell: &Data) -> String {
    match cell {
        Data::Float(number) if number.fract() == 0.0 && number.abs() < 1e15 => format!("{number:.0}"),
        Data::Empty | Data::Error(_) => String::new(),
        other => other.to_string().replace(['\r', '\n'], " "),
    }
}

fn unreadable() -> Invalid {
    Invalid::new("the file is not a workbook that attend can read")
        .hint("save it as .xlsx, .ods or \"CSV UTF-8\" without a password; nothing was imported")
}

fn no_sheet(wanted: &str, names: &[String]) -> Invalid {
    let names: Vec<String> = names.iter().map(|name| format!("{name:?}")).collect();
    Invalid::new(format!("the workbook has no sheet {wanted:?}"))
        .hint(format!("its sheets are {}; nothing was imported", names.join(", ")))
}
