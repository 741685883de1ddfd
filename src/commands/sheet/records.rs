//! The records of a sheet, each with the line it is on in the file.

use std::io::Cursor;

use csv::{Position, ReaderBuilder, StringRecord};

use super::Sheet;
use crate::commands::problem::Problem;
use crate::domain::Invalid;
use crate::domain::roll::code::tidy;

pub(crate) type TextReader<'a> = csv::Reader<Cursor<&'a [u8]>>;

pub(crate) fn reader(sheet: &Sheet) -> TextReader<'_> {
    let mut builder = ReaderBuilder::new();
    builder.delimiter(sheet.delimiter).has_headers(false).flexible(true);
    builder.from_reader(Cursor::new(&sheet.text[..]))
}

/// Seeks to a record. The reader skips a byte order mark wherever it is told to begin, so it begins at the
/// end of the line before.
pub(crate) fn seek(reader: &mut TextReader, at: u64) -> csv::Result<()> {
    let mut position = Position::new();
    position.set_byte(at);
    reader.seek(position)
}

/// Whether a row holds nothing that is seen.
pub(crate) fn is_blank(record: &StringRecord) -> bool {
    record.iter().all(|cell| tidy(cell).is_empty())
}

/// Passes every record of a sheet to `each`, with its line.
pub(crate) fn each_record(
    name: &str,
    sheet: &Sheet,
    each: &mut dyn FnMut(usize, &StringRecord) -> Result<(), Problem>,
) -> Result<(), Problem> {
    let mut reader = reader(sheet);
    let mut record = StringRecord::new();
    seek(&mut reader, sheet.begins as u64).map_err(|error| unreadable(name, sheet, &error))?;
    while reader.read_record(&mut record).map_err(|error| unreadable(name, sheet, &error))? {
        each(line_of(&sheet.text, beginning(record.position())), &record)?;
    }
    Ok(())
}

pub(crate) fn unreadable(name: &str, sheet: &Sheet, error: &csv::Error) -> Problem {
    let words = match error.kind() {
        csv::ErrorKind::Utf8 { .. } => "not UTF-8".to_owned(),
        _ => error.to_string(),
    };
    fault(name, sheet, beginning(error.position()), Invalid::new(words).hint("nothing was imported"))
}

pub(crate) fn fault(name: &str, sheet: &Sheet, at: usize, invalid: Invalid) -> Problem {
    Problem::in_file(format!("{name}:{}", line_of(&sheet.text, at)), invalid)
}

/// The byte where a record begins.
pub(crate) fn beginning(position: Option<&Position>) -> usize {
    position.map_or(0, |at| usize::try_from(at.byte()).unwrap_or(usize::MAX))
}

/// The line a record begins on. The reader's own count is behind after `\r\n` and after empty lines,
/// which it skips only with the next record.
pub(crate) fn line_of(text: &[u8], at: usize) -> usize {
    let (before, rest) = text.split_at(at.min(text.len()));
    let passed_over = rest.iter().take_while(|byte| b"\r\n".contains(byte));
    let ends = before.iter().chain(passed_over).filter(|byte| **byte == b'\n');
    ends.count() + 1
}
