//! Rows as a workbook: a first sheet that sums them up, then typed cells below a bold header that stays in place, with a
//! filter, and columns as wide as their content.
//!
//! Rows go to a temporary file that other users cannot open. A workbook therefore takes no more memory
//! than a sheet of CSV.

use std::collections::BTreeMap;
use std::io::{self, Write};

use chrono::SubsecRound;
use rust_xlsxwriter::{
    ConditionalFormatCell, ConditionalFormatCellRule, DocProperties, Format, Workbook, Worksheet, XlsxError,
    utility,
};
use smol_str::SmolStr;

use super::cover::{self, Total};
use super::{on_paper, save, spooled};
use crate::domain::register::status::Status;
use crate::domain::time::Zone;
use crate::render::Sink;
use crate::render::html::Frame;
use crate::render::json::Head;
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
    frame: Frame<'a>,
    workbook: Workbook,
    columns: Vec<Heading>,
    widths: Vec<usize>,
    /// The number of sheets, of rows in the last one, and the most rows of a sheet.
    sheets: usize,
    rows: u32,
    room: u32,
    looks: Looks,
    /// The place of the statuses, and how many rows have each.
    status: Option<u16>,
    statuses: BTreeMap<SmolStr, u64>,
    /// Ranges of rows, a sheet each: its name, and its last row.
    ended: Vec<(String, u32)>,
}

/// How cells look.
struct Looks {
    header: Format,
    instant: Format,
    date: Format,
}

impl<'a, W: Write + Send> Xlsx<'a, W> {
    /// Writes to `out` when it ends.
    pub(crate) fn new(out: W, head: Head<'a>, school: &'a str) -> Self {
        let mut workbook = Workbook::new();
        let made = DocProperties::new().set_title(head.report).set_creation_datetime(&head.as_of.to_utc());
        workbook.set_properties(&made);
        let looks = Looks {
            header: Format::new().set_bold(),
            instant: Format::new().set_num_format("yyyy-mm-dd hh:mm:ss"),
            date: Format::new().set_num_format("yyyy-mm-dd"),
        };
        let (columns, widths, sheets, rows, status, statuses, ended) = Default::default();
        let frame = Frame::of(head, school);
        Self {
            out,
            frame,
            workbook,
            columns,
            widths,
            sheets,
            rows,
            room: ROWS,
            looks,
            status,
            statuses,
            ended,
        }
    }

    fn sheet(&mut self) -> Result<&mut Worksheet, XlsxError> {
        // The first sheet is the cover.
        self.workbook.worksheet_from_index(self.sheets)
    }

    /// The name of the nth sheet of rows, from 1.
    fn name(&self, nth: usize) -> String {
        if nth == 1 { self.frame.title.clone() } else { format!("{} {nth}", self.frame.title) }
    }

    fn begin_sheet(&mut self) -> Result<(), XlsxError> {
        let nth = self.sheets + 1;
        let name = self.name(nth);
        let sheet = self.workbook.add_worksheet_with_constant_memory()?;
        sheet.set_name(name)?.set_freeze_panes(1, 0)?;
        for (place, column) in (0..).zip(&self.columns) {
            sheet.write_string_with_format(0, place, column.words(), &self.looks.header)?;
        }
        (self.sheets, self.rows) = (nth, 0);
        Ok(())
    }

    fn end_sheet(&mut self) -> Result<(), XlsxError> {
        let (rows, widths) = (self.rows, self.widths.clone());
        self.ended.push((self.name(self.sheets), rows));
        let sheet = self.sheet()?;
        for (place, width) in (0..).zip(&widths) {
            sheet.set_column_width(place, u32::try_from(*width.min(&WIDEST)).unwrap_or_default())?;
        }
        let last = u16::try_from(widths.len().saturating_sub(1)).unwrap_or(u16::MAX);
        sheet.autofilter(0, 0, rows, last)?;
        if rows > 0 {
            colour_statuses(sheet, (1, 0, rows, last))?;
        }
        on_paper(sheet, 0, (0, rows), last)
    }

    fn write_row(&mut self, row: &[Value]) -> Result<(), XlsxError> {
        if self.rows == self.room {
            self.end_sheet()?;
            self.begin_sheet()?;
        }
        self.rows += 1;
        let at = self.rows;
        if let Some(Value::Text(word)) = self.status.and_then(|place| row.get(usize::from(place))) {
            *self.statuses.entry(word.clone()).or_default() += 1;
        }
        let sheet = self.workbook.worksheet_from_index(self.sheets)?;
        for ((place, value), width) in (0..).zip(row).zip(&mut self.widths) {
            *width = (*width).max(write_cell(sheet, (at, place), value, &self.looks, self.frame.zone)? + 1);
        }
        Ok(())
    }
}

impl<W: Write + Send> Xlsx<'_, W> {
    /// Fills the first sheet, now that the rows are counted.
    fn cover(&mut self) -> Result<(), XlsxError> {
        let filled = self.ended.iter().filter(|(_, rows)| *rows > 0);
        let sum = |of_sheet: &dyn Fn(&str, u32) -> String| {
            let parts: Vec<String> = filled.clone().map(|(name, rows)| of_sheet(name, *rows)).collect();
            if parts.is_empty() { "=0".to_owned() } else { format!("={}", parts.join("+")) }
        };
        let rows = Total {
            name: "Rows".to_owned(),
            formula: sum(&|name, rows| format!("ROWS('{name}'!A2:A{})", rows + 1)),
            count: self.ended.iter().map(|(_, rows)| u64::from(*rows)).sum(),
        };
        let column = self.status.map(utility::column_number_to_name).unwrap_or_default();
        let statuses = self.statuses.iter().map(|(word, count)| Total {
            name: word.to_string(),
            formula: sum(&|name, rows| {
                format!("COUNTIF('{name}'!{column}2:{column}{},\"{word}\")", rows + 1)
            }),
            count: *count,
        });
        let statuses: Vec<Total> = statuses.collect();
        cover::fill(self.workbook.worksheet_from_index(0)?, &self.frame, &rows, &statuses)
    }
}

/// Colours the words for a status, wherever they stand. The word says what the colour says.
fn colour_statuses(
    sheet: &mut Worksheet,
    (first, left, last, right): (u32, u16, u32, u16),
) -> Result<(), XlsxError> {
    for (word, ink, paper) in [
        (Status::Absent, 0x00A4_0E26, 0x00FC_E4E7),
        (Status::Unknown, 0x004B_535C, 0x00DF_E3E8),
        (Status::LowScore, 0x007A_4A00, 0x00FD_F3D7),
        (Status::Present, 0x0011_6329, 0x00E6_F4EA),
    ] {
        let look = Format::new().set_font_color(ink).set_background_color(paper);
        let rule = ConditionalFormatCellRule::EqualTo(word.word());
        let rule = ConditionalFormatCell::new().set_rule(rule).set_format(look);
        sheet.add_conditional_format(first, left, last, right, &rule)?;
    }
    Ok(())
}

/// Writes a cell, and returns its width in characters.
fn write_cell(
    sheet: &mut Worksheet,
    (row, column): (u32, u16),
    value: &Value,
    looks: &Looks,
    zone: Zone,
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
            let local = zone.local(*at).naive_local().trunc_subsecs(0);
            sheet.write_datetime_with_format(row, column, local, &looks.instant)?;
            return Ok("2026-09-07 08:03:11".len());
        }
        Value::Date(date) => {
            sheet.write_datetime_with_format(row, column, date, &looks.date)?;
            return Ok("2026-09-07".len());
        }
        Value::List(_) | Value::Object(_) => unreachable!("rows are flat"),
        Value::Shown(value, _) => return write_cell(sheet, (row, column), value, looks, zone),
    };
    Ok(6)
}

impl<W: Write + Send> Sink for Xlsx<'_, W> {
    fn begin(&mut self, columns: &[Heading], _: &[(&'static str, Value)]) -> io::Result<()> {
        self.columns = columns.to_vec();
        self.widths = columns.iter().map(|column| width(&column.words()) + ARROW).collect();
        self.status =
            columns.iter().position(|column| column.key == "status").and_then(|at| at.try_into().ok());
        self.workbook.add_worksheet();
        spooled(|| self.begin_sheet())
    }

    fn row(&mut self, row: &[Value]) -> io::Result<()> {
        spooled(|| self.write_row(row))
    }

    fn end(&mut self) -> io::Result<()> {
        spooled(|| self.end_sheet())?;
        spooled(|| self.cover())?;
        save(&mut self.workbook, &mut self.out)
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
        let at = "2026-09-07T08:00:00Z".parse().unwrap();
        let head = Head::new("records", at, crate::domain::time::Zone::UTC);
        let mut sink = Xlsx { room, ..Xlsx::new(file.as_file(), head, "School") };
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
            let found = &found.as_array().unwrap()[1..];
            assert_eq!(found.len(), sheets.len());
            let mut next = 0;
            for (nth, (sheet, held)) in found.iter().zip(sheets).enumerate() {
                let name = if nth == 0 { "Records".to_owned() } else { format!("Records {}", nth + 1) };
                assert_eq!((&sheet["name"], &sheet["frozen"]), (&name.into(), &1.into()));
                assert_eq!(
                    (&sheet["bold"], &sheet["filter"]),
                    (&true.into(), &format!("A1:B{}", held + 1).into())
                );
                assert_eq!(sheet["widths"], found[0]["widths"]);
                let rows = sheet["rows"].as_array().unwrap();
                assert_eq!(rows.len(), held + 1, "{rows:?}");
                assert_eq!(rows[0], serde_json::json!([["text", "N"], ["text", "Word"]]));
                for row in &rows[1..] {
                    assert_eq!(row[0], serde_json::json!(["number", next.to_string()]));
                    next += 1;
                }
            }
        }
    }
}
