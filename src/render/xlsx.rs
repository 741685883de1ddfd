//! Workbooks: typed cells, a bold header that stays in place, a filter, and columns as wide as their
//! content.
//!
//! Rows go to a temporary file that other users cannot open. A workbook therefore takes no more memory
//! than a sheet of CSV.

use std::env;
use std::io::{self, Write};
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

use chrono::SubsecRound;
use rust_xlsxwriter::{DocProperties, Format, Workbook, Worksheet, XlsxError};

use super::Sink;
use super::json::Head;
use crate::report::text::width;
use crate::report::{Heading, Value};

/// The most rows of a sheet below its header. Further rows go into the next sheet.
const ROWS: u32 = 1_048_575;
/// The widest a column gets, in characters.
const WIDEST: usize = 60;
/// Room for the arrow of the filter.
const ARROW: usize = 3;

/// A sink of one workbook.
pub(crate) struct Xlsx<'a, W: Write + Send> {
    out: W,
    head: Head<'a>,
    workbook: Workbook,
    columns: Vec<Heading>,
    widths: Vec<usize>,
    /// The number of sheets, of rows in the last one, and the most rows of a sheet.
    sheets: usize,
    rows: u32,
    room: u32,
    looks: Looks,
}

/// How cells look.
struct Looks {
    header: Format,
    instant: Format,
    date: Format,
}

impl<'a, W: Write + Send> Xlsx<'a, W> {
    /// Writes to `out` when it ends.
    pub(crate) fn new(out: W, head: Head<'a>) -> Self {
        let mut workbook = Workbook::new();
        let made = DocProperties::new().set_title(head.report).set_creation_datetime(&head.as_of.to_utc());
        workbook.set_properties(&made);
        let looks = Looks {
            header: Format::new().set_bold(),
            instant: Format::new().set_num_format("yyyy-mm-dd hh:mm:ss"),
            date: Format::new().set_num_format("yyyy-mm-dd"),
        };
        let (columns, widths, sheets, rows) = Default::default();
        Self { out, head, workbook, columns, widths, sheets, rows, room: ROWS, looks }
    }

    fn sheet(&mut self) -> Result<&mut Worksheet, XlsxError> {
        self.workbook.worksheet_from_index(self.sheets - 1)
    }

    fn begin_sheet(&mut self) -> Result<(), XlsxError> {
        let nth = self.sheets + 1;
        let name = if nth == 1 { self.head.report.to_owned() } else { format!("{} {nth}", self.head.report) };
        let sheet = self.workbook.add_worksheet_with_constant_memory()?;
        sheet.set_name(name)?.set_freeze_panes(1, 0)?;
        for (place, column) in (0..).zip(&self.columns) {
            sheet.write_string_with_format(0, place, &*column.key, &self.looks.header)?;
        }
        (self.sheets, self.rows) = (nth, 0);
        Ok(())
    }

    fn end_sheet(&mut self) -> Result<(), XlsxError> {
        let (rows, widths) = (self.rows, self.widths.clone());
        let sheet = self.sheet()?;
        for (place, width) in (0..).zip(&widths) {
            sheet.set_column_width(place, u32::try_from(*width.min(&WIDEST)).unwrap_or_default())?;
        }
        let last = u16::try_from(widths.len().saturating_sub(1)).unwrap_or(u16::MAX);
        sheet.autofilter(0, 0, rows, last)?;
        Ok(())
    }

    fn write_row(&mut self, row: &[Value]) -> Result<(), XlsxError> {
        if self.rows == self.room {
            self.end_sheet()?;
            self.begin_sheet()?;
        }
        self.rows += 1;
        let at = self.rows;
        let sheet = self.workbook.worksheet_from_index(self.sheets - 1)?;
        for ((place, value), width) in (0..).zip(row).zip(&mut self.widths) {
            *width = (*width).max(write_cell(sheet, (at, place), value, &self.looks, &self.head)? + 1);
        }
        Ok(())
    }
}

/// Writes a cell, and returns its width in characters.
fn write_cell(
    sheet: &mut Worksheet,
    (row, column): (u32, u16),
    value: &Value,
    looks: &Looks,
    head: &Head,
) -> Result<usize, XlsxError> {
    match value {
        Value::Null => return Ok(0),
        Value::Text(text) => {
            sheet.write_string(row, column, text.as_str())?;
            return Ok(width(text));
        }
        Value::Int(number) => sheet.write_number(row, column, *number as f64)?,
        Value::Float(number) => sheet.write_number(row, column, *number)?,
        Value::Bool(yes) => sheet.write_boolean(row, column, *yes)?,
        Value::Instant(at) => {
            let local = head.zone.local(*at).naive_local().trunc_subsecs(0);
            sheet.write_datetime_with_format(row, column, local, &looks.instant)?;
            return Ok("2026-09-07 08:03:11".len());
        }
        Value::Date(date) => {
            sheet.write_datetime_with_format(row, column, date, &looks.date)?;
            return Ok("2026-09-07".len());
        }
        Value::List(_) | Value::Object(_) => unreachable!("rows are flat"),
        Value::Shown(value, _) => return write_cell(sheet, (row, column), value, looks, head),
    };
    Ok(6)
}

impl<W: Write + Send> Sink for Xlsx<'_, W> {
    fn begin(&mut self, columns: &[Heading], _: &[(&'static str, Value)]) -> io::Result<()> {
        self.columns = columns.to_vec();
        self.widths = columns.iter().map(|column| width(&column.key) + ARROW).collect();
        spooled(|| self.begin_sheet())
    }

    fn row(&mut self, row: &[Value]) -> io::Result<()> {
        spooled(|| self.write_row(row))
    }

    fn end(&mut self) -> io::Result<()> {
        spooled(|| self.end_sheet())?;
        let mut out = Patient { out: &mut self.out, error: None };
        let saved = spooled(|| self.workbook.save_to_writer(&mut out));
        out.error.map_or(saved, Err)?;
        self.out.flush()
    }
}

/// Runs an action that may write to the temporary file. If the disk is full, the library panics. This turns
/// the panic into an error and prints nothing else.
fn spooled<T>(work: impl FnOnce() -> Result<T, XlsxError>) -> io::Result<T> {
    static SILENCE: Once = Once::new();
    SILENCE.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            let of_library = panic.location().is_some_and(|at| at.file().contains("rust_xlsxwriter"));
            if !of_library {
                usual(panic);
            }
        }));
    });
    match panic::catch_unwind(AssertUnwindSafe(work)) {
        Ok(done) => done.map_err(plain_error),
        Err(_) => {
            let folder = env::temp_dir();
            Err(io::Error::other(format!("no room for temporary files in {} (TMPDIR)", folder.display())))
        }
    }
}

/// Accepts every write and keeps the first error for the end. Otherwise an interrupted zip writer would
/// print its own message to standard error.
struct Patient<W> {
    out: W,
    error: Option<io::Error>,
}

impl<W: Write> Write for Patient<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.error.is_none() {
            self.error = self.out.write_all(bytes).err();
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.error.is_none() {
            self.error = self.out.flush().err();
        }
        Ok(())
    }
}

/// The error of the stream itself, so that a full disk is recognised.
fn plain_error(error: XlsxError) -> io::Error {
    match error {
        XlsxError::IoError(error) => error,
        other => io::Error::other(other),
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    /// The findings of `tests/cli/register/sheets.py` in a workbook with this many rows.
    fn written(rows: i64, room: u32) -> serde_json::Value {
        let columns = ["n", "word"].map(Heading::of);
        let file = tempfile::NamedTempFile::with_suffix(".xlsx").unwrap();
        let head = Head {
            report: "records",
            as_of: "2026-09-07T08:00:00Z".parse().unwrap(),
            zone: crate::domain::time::Zone::UTC,
        };
        let mut sink = Xlsx { room, ..Xlsx::new(file.as_file(), head) };
        sink.begin(&columns, &[]).unwrap();
        (0..rows).for_each(|n| sink.row(&[Value::Int(n), "a word".into()]).unwrap());
        sink.end().unwrap();
        let mut python = Command::new("python3");
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli/register/sheets.py");
        let output = python.arg(script).arg(file.path()).output().unwrap();
        let mut files: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        files.as_object_mut().unwrap().values_mut().next().unwrap().take()
    }

    #[test]
    fn rows_that_do_not_fit_continue_in_the_next_sheet() {
        for (rows, sheets) in [(0, &[0][..]), (3, &[3]), (4, &[3, 1]), (7, &[3, 3, 1])] {
            let found = written(rows, 3);
            let found = found.as_array().unwrap();
            assert_eq!(found.len(), sheets.len());
            let mut next = 0;
            for (nth, (sheet, held)) in found.iter().zip(sheets).enumerate() {
                let name = if nth == 0 { "records".to_owned() } else { format!("records {}", nth + 1) };
                assert_eq!((&sheet["name"], &sheet["frozen"]), (&name.into(), &1.into()));
                assert_eq!(
                    (&sheet["bold"], &sheet["filter"]),
                    (&true.into(), &format!("A1:B{}", held + 1).into())
                );
                assert_eq!(sheet["widths"], found[0]["widths"]);
                let rows = sheet["rows"].as_array().unwrap();
                assert_eq!(rows.len(), held + 1, "{rows:?}");
                assert_eq!(rows[0], serde_json::json!([["text", "n"], ["text", "word"]]));
                for row in &rows[1..] {
                    assert_eq!(row[0], serde_json::json!(["number", next.to_string()]));
                    next += 1;
                }
            }
        }
    }
}
