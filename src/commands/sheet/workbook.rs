//! Workbooks (`.xlsx`, `.ods`): one sheet as delimited text, a line for each row.
//!
//! A file of a few kilobytes can claim to hold a cell in the last corner of a sheet, or one cell a billion times. Cells
//! are therefore read one after the other, and never laid out as a whole sheet before they are counted.

use std::borrow::Cow;
use std::io::{self, BufRead, BufReader, Cursor, Read};

use calamine::{Data, ExcelDateTime, Ods, Reader as _, Sheets, Xlsx, open_workbook_auto_from_rs};
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use zip::ZipArchive;

use super::{HEADER_WITHIN, MAX_COLUMNS, MAX_FILE, Sheet};
use crate::domain::Invalid;
use crate::domain::roll::header::Columns;

/// The most that a workbook may unpack to, in bytes.
const MAX_UNPACKED: u64 = 512 << 20;
/// The most cells of an OpenDocument sheet, counting those that are repeated.
const MAX_CELLS: usize = 20_000_000;

type Book = Sheets<Cursor<Vec<u8>>>;

/// Whether a file is an archive, as workbooks are.
pub(super) fn is_workbook(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04")
}

/// The names of its sheets.
pub(super) fn names(bytes: &[u8]) -> Result<Vec<String>, Invalid> {
    check_unpacked(bytes)?;
    check_cells(bytes)?;
    Ok(open_workbook_auto_from_rs(Cursor::new(bytes)).map_err(|_| unreadable())?.sheet_names())
}

/// Reads the sheet called `wanted`, else the first that has a header.
pub(super) fn read(bytes: Vec<u8>, wanted: Option<&str>) -> Result<Sheet, Invalid> {
    check_unpacked(&bytes)?;
    check_cells(&bytes)?;
    let mut book = open_workbook_auto_from_rs(Cursor::new(bytes)).map_err(|_| unreadable())?;
    let names = book.sheet_names();
    let name = match wanted {
        Some(wanted) => {
            names.iter().find(|name| *name == wanted).ok_or_else(|| no_sheet(wanted, &names))?.clone()
        }
        None => with_header(&mut book, &names).or_else(|| names.first().cloned()).ok_or_else(unreadable)?,
    };
    let mut lines = Lines::default();
    each_row(&mut book, &name, &mut |row, cells| lines.push(row, cells).map(|()| true))?;
    let told = (names.len() > 1).then(|| format!("sheet {name:?}"));
    Ok(Sheet { text: lines.text, delimiter: b',', begins: 0, read_as: told, typed: true, feed: false })
}

/// An archive of a few kilobytes can unpack to more than any memory holds. Sizes that it admits are added up, then it is
/// unpacked without keeping the data, since the stated sizes may be wrong.
fn check_unpacked(bytes: &[u8]) -> Result<(), Invalid> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| unreadable())?;
    let mut admitted = 0_u64;
    for nth in 0..archive.len() {
        let entry = archive.by_index(nth).map_err(|_| unreadable())?;
        admitted = admitted.saturating_add(entry.size());
    }
    if admitted > MAX_UNPACKED {
        return Err(too_large());
    }
    let mut left = MAX_UNPACKED;
    for nth in 0..archive.len() {
        let entry = archive.by_index(nth).map_err(|_| unreadable())?;
        let unpacked = io::copy(&mut entry.take(left + 1), &mut io::sink()).map_err(|_| unreadable())?;
        left = left.checked_sub(unpacked).ok_or_else(too_large)?;
    }
    Ok(())
}

/// Checks what the reader of cells takes for granted.
fn check_cells(bytes: &[u8]) -> Result<(), Invalid> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| unreadable())?;
    for nth in 0..archive.len() {
        let entry = archive.by_index(nth).map_err(|_| unreadable())?;
        let name = entry.name().map_err(|_| unreadable())?.into_owned();
        let xml = Reader::from_reader(BufReader::new(entry));
        match name.as_str() {
            "content.xml" => check_repeats(xml)?,
            name if name.ends_with(".xml") => check_positions(xml)?,
            _ => {}
        }
    }
    Ok(())
}

/// An OpenDocument sheet is laid out as a whole when it is read, so its repeated cells are counted before.
fn check_repeats(mut xml: Reader<impl BufRead>) -> Result<(), Invalid> {
    let (mut buffer, mut cells, mut row, mut width, mut at) = (Vec::new(), 0_usize, 1, 0, 0_usize);
    loop {
        match xml.read_event_into(&mut buffer).map_err(|_| unreadable())? {
            Event::Start(tag) if tag.name().as_ref() == "table:table-row" => {
                (row, width, at) = (repeats(&tag, "table:number-rows-repeated"), 0, 0);
            }
            // A cell without content has no elements of its own.
            Event::Empty(tag) if tag.name().as_ref() == "table:table-cell" => {
                at = at.saturating_add(repeats(&tag, "table:number-columns-repeated"));
            }
            Event::Start(tag) if tag.name().as_ref() == "table:table-cell" => {
                at = at.saturating_add(repeats(&tag, "table:number-columns-repeated"));
                width = at;
            }
            Event::End(tag) if tag.name().as_ref() == "table:table-row" => {
                if width > MAX_COLUMNS {
                    return Err(too_wide());
                }
                cells = cells.saturating_add(row.saturating_mul(width));
            }
            Event::Eof => return Ok(()),
            _ => {}
        }
        if cells > MAX_CELLS {
            return Err(too_large());
        }
        buffer.clear();
    }
}

fn repeats(tag: &BytesStart, name: &str) -> usize {
    attribute(tag, name).and_then(|value| value.parse().ok()).unwrap_or(1)
}

fn attribute<'t>(tag: &'t BytesStart, name: &str) -> Option<Cow<'t, str>> {
    tag.attributes().flatten().find(|attribute| attribute.key.as_ref() == name).map(|found| found.value)
}

/// The reader of cells calculates with positions without looking whether the numbers are too large for it.
fn check_positions(mut xml: Reader<impl BufRead>) -> Result<(), Invalid> {
    // As the reader of cells has it, so that both see the same cells.
    xml.config_mut().check_end_names = false;
    let mut buffer = Vec::new();
    // Where this is not XML, the reader of cells ends as well, if it reads this file at all.
    while let Ok(event) = xml.read_event_into(&mut buffer) {
        match event {
            Event::Start(tag) | Event::Empty(tag) => check_position(&tag)?,
            Event::Eof => break,
            _ => {}
        }
        buffer.clear();
    }
    Ok(())
}

fn check_position(tag: &BytesStart) -> Result<(), Invalid> {
    let named = match tag.local_name().as_ref() {
        "c" | "row" => attribute(tag, "r"),
        "dimension" => attribute(tag, "ref"),
        _ => None,
    };
    if named.is_none_or(|named| is_range(&named)) { Ok(()) } else { Err(unreadable()) }
}

/// Whether a text is a position or a range of a sheet, such as `B2`, `7` or `A1:D40`.
fn is_range(text: &str) -> bool {
    let (first, last) = text.split_once(':').unwrap_or((text, text));
    match (position(first), position(last)) {
        (Some(first), Some(last)) => first.0 <= last.0 && first.1 <= last.1,
        _ => false,
    }
}

/// The row, from 1, and the column, from 1 or 0 for none, up to the three letters and seven digits of the last cell
/// that a sheet can have: `XFD1048576`.
fn position(text: &str) -> Option<(u32, u32)> {
    let letters = text.bytes().take_while(u8::is_ascii_alphabetic).count();
    let (letters, digits) = text.split_at(letters);
    if letters.len() > 3 || digits.len() > 7 {
        return None;
    }
    let column = letters.bytes().fold(0, |sum, letter| sum * 26 + u32::from(letter & 0x1f));
    Some((digits.parse().ok()?, column))
}

fn with_header(book: &mut Book, names: &[String]) -> Option<String> {
    let mut has_header = |name: &&String| {
        let mut rows = 0;
        let mut found = false;
        let read = each_row(book, name, &mut |_, cells| {
            rows += 1;
            found = Columns::is_header(&cells.iter().map(String::as_str).collect::<Vec<_>>());
            Ok(!found && rows < HEADER_WITHIN)
        });
        read.is_ok() && found
    };
    names.iter().find(|name| has_header(name)).cloned()
}

/// Takes a row with its number from 0, and says whether to go on.
type EachRow<'e> = dyn FnMut(u32, &[String]) -> Result<bool, Invalid> + 'e;

/// Passes the rows that hold anything to `each`, with their number from 0, until it returns false.
fn each_row(book: &mut Book, name: &str, each: &mut EachRow) -> Result<(), Invalid> {
    match book {
        Sheets::Xlsx(book) => each_row_of_xlsx(book, name, each),
        Sheets::Ods(book) => each_row_of_ods(book, name, each),
        Sheets::Xls(_) | Sheets::Xlsb(_) => Err(unreadable()),
    }
}

fn each_row_of_xlsx(book: &mut Xlsx<Cursor<Vec<u8>>>, name: &str, each: &mut EachRow) -> Result<(), Invalid> {
    let mut reader = book.worksheet_cells_reader(name).map_err(|_| unreadable())?;
    let (mut at, mut cells) = (0, Vec::new());
    while let Some(cell) = reader.next_cell().map_err(|_| unreadable())? {
        let (row, column) = cell.get_position();
        let text = shown(&Data::from(cell.get_value().clone()));
        if text.is_empty() {
            continue;
        }
        if row < at {
            return Err(unreadable());
        }
        if row > at {
            if !cells.is_empty() && !each(at, &cells)? {
                return Ok(());
            }
            cells.clear();
            at = row;
        }
        let column = column as usize;
        if column >= MAX_COLUMNS {
            return Err(too_wide());
        }
        cells.resize(cells.len().max(column + 1), String::new());
        cells[column] = text;
    }
    if !cells.is_empty() {
        each(at, &cells)?;
    }
    Ok(())
}

fn each_row_of_ods(book: &mut Ods<Cursor<Vec<u8>>>, name: &str, each: &mut EachRow) -> Result<(), Invalid> {
    let range = book.worksheet_range(name).map_err(|_| unreadable())?;
    let first = range.start().map_or(0, |(row, _)| row);
    for (row, cells) in (first..).zip(range.rows()) {
        let cells: Vec<String> = cells.iter().map(shown).collect();
        if cells.iter().any(|cell| !cell.is_empty()) && !each(row, &cells)? {
            return Ok(());
        }
    }
    Ok(())
}

/// Rows as text. Line n is row n of the sheet.
#[derive(Default)]
struct Lines {
    text: Vec<u8>,
    /// Lines that are written.
    written: u32,
    /// Cells of the widest row: shorter ones are filled up.
    width: usize,
}

impl Lines {
    fn push(&mut self, row: u32, cells: &[String]) -> Result<(), Invalid> {
        self.text.resize(self.text.len() + row.saturating_sub(self.written) as usize, b'\n');
        self.width = self.width.max(cells.len());
        let filled = cells.iter().map(String::as_str).chain(std::iter::repeat(""));
        let mut line = csv::Writer::from_writer(std::mem::take(&mut self.text));
        line.write_record(filled.take(self.width)).map_err(|_| unreadable())?;
        self.text = line.into_inner().map_err(|_| unreadable())?;
        self.written = row + 1;
        if self.text.len() as u64 > MAX_FILE { Err(too_large()) } else { Ok(()) }
    }
}

/// From here on a spreadsheet does not keep every digit of a number.
const INEXACT: f64 = 1e15;

/// The text of a cell on one line. Whole numbers have no decimals. Those that have lost digits are written `1.2E+15`, as a
/// spreadsheet shows them.
fn shown(cell: &Data) -> String {
    match cell {
        Data::Float(number) if number.abs() >= INEXACT => format!("{number:E}").replace('E', "E+"),
        Data::Int(number) if number.unsigned_abs() >= INEXACT as u64 => {
            format!("{:E}", *number as f64).replace('E', "E+")
        }
        Data::Float(number) if number.fract() == 0.0 => format!("{number:.0}"),
        Data::DateTime(at) => time_of_day(*at).unwrap_or_else(|| date(*at)),
        Data::DateTimeIso(at) => at.strip_suffix("T00:00:00").unwrap_or(at).to_owned(),
        Data::Empty | Data::Error(_) => String::new(),
        other => other.to_string().replace(['\r', '\n'], " "),
    }
}

/// A time without a date, as timetables have them.
fn time_of_day(at: ExcelDateTime) -> Option<String> {
    let minutes = (at.as_f64() * 1440.0).round();
    let is_time = (0.0..1440.0).contains(&minutes);
    is_time.then(|| format!("{:02}:{:02}", (minutes / 60.0).floor(), minutes % 60.0))
}

/// A date, `2026-07-01`, with its time unless that is midnight.
fn date(at: ExcelDateTime) -> String {
    let (year, month, day, hour, minute, second, _) = at.to_ymd_hms_milli();
    match (hour, minute, second) {
        (0, 0, 0) => format!("{year:04}-{month:02}-{day:02}"),
        _ => format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}"),
    }
}

fn unreadable() -> Invalid {
    Invalid::new("the file is not a workbook that attend can read")
        .hint("save it as .xlsx, .ods or \"CSV UTF-8\" without a password; nothing was imported")
}

fn too_large() -> Invalid {
    Invalid::new("the workbook unpacks to more than 512 MiB or 20 million cells, too large to be read")
        .hint("export the table alone; nothing was imported")
}

fn too_wide() -> Invalid {
    Invalid::new(format!("a sheet has more than {MAX_COLUMNS} columns"))
        .hint("delete the columns that the table does not need; nothing was imported")
}

fn no_sheet(wanted: &str, names: &[String]) -> Invalid {
    let names: Vec<String> = names.iter().map(|name| format!("{name:?}")).collect();
    Invalid::new(format!("the workbook has no sheet {wanted:?}"))
        .hint(format!("its sheets are {}; nothing was imported", names.join(", ")))
}
