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

use super::cover::{self, Part};
use super::{SheetNames, on_paper, save, spooled};
use crate::domain::register::status::Status;
use crate::domain::register::sums::memberships;
use crate::domain::roll::group::GroupFilter;
use crate::domain::time::Zone;
use crate::render::html::Frame;
use crate::render::json::Head;
use crate::render::{Sink, spaced};
use crate::report::text::width;
use crate::report::{Heading, Value};

/// The most rows of a sheet below its header. Further rows go into the next sheet.
const ROWS: u32 = 1_048_575;
/// The most sheets. Each has a temporary file open, and systems often allow 1,024 open files.
const MOST_SHEETS: usize = 500;
/// The widest a column gets, in characters.
const WIDEST: usize = 60;
/// Room for the arrow of the filter.
const ARROW: usize = 3;

/// The column whose words name the sheets of [`Sheets::OfGroups`].
pub(crate) const GROUP: &str = "group";

/// How rows are spread over sheets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Sheets {
    /// All in one, in the order in which they come.
    One,
    /// A sheet for each of these groups. A row of several groups stands in the sheet of each.
    OfGroups(GroupFilter),
}

/// A sink of one workbook.
pub(crate) struct Xlsx<'a, W: Write + Send> {
    out: W,
    frame: Frame<'a>,
    workbook: Workbook,
    columns: Vec<Heading>,
    widths: Vec<usize>,
    spread: Sheets,
    /// The sheets of rows, in the order in which they began. The nth is that of the workbook after the cover.
    parts: Vec<Part>,
    names: SheetNames,
    /// The sheet that takes the next row of a group; the one of all rows is that of the group "".
    open: BTreeMap<SmolStr, usize>,
    /// The most rows of a sheet.
    room: u32,
    looks: Looks,
    /// The places of the status and of the groups.
    status: Option<usize>,
    group: Option<usize>,
}

/// How cells look.
struct Looks {
    header: Format,
    instant: Format,
    date: Format,
}

impl<'a, W: Write + Send> Xlsx<'a, W> {
    /// Writes to `out` when it ends.
    pub(crate) fn new(out: W, head: Head<'a>, school: &'a str, spread: Sheets) -> Self {
        let mut workbook = Workbook::new();
        let made = DocProperties::new().set_title(head.report).set_creation_datetime(&head.as_of.to_utc());
        workbook.set_properties(&made);
        let looks = Looks {
            header: Format::new().set_bold(),
            instant: Format::new().set_num_format("yyyy-mm-dd hh:mm:ss"),
            date: Format::new().set_num_format("yyyy-mm-dd"),
        };
        let (columns, widths, parts, open, status, group) = Default::default();
        let frame = Frame::of(head, school);
        let (room, names) = (ROWS, SheetNames::with(&[cover::NAME]));
        Self { out, frame, workbook, columns, widths, spread, parts, names, open, room, looks, status, group }
    }

    /// The sheet that takes the next row of a group.
    fn part(&mut self, group: &str) -> Result<usize, XlsxError> {
        match self.open.get(group) {
            Some(nth) if self.parts[*nth].rows < self.room => Ok(*nth),
            _ => self.begin_sheet(group),
        }
    }

    fn begin_sheet(&mut self, group: &str) -> Result<usize, XlsxError> {
        if self.parts.len() == MOST_SHEETS {
            let words =
                format!("a workbook holds {MOST_SHEETS} sheets of groups at most: choose some with --group");
            return Err(XlsxError::CustomError(words));
        }
        let wanted = match (&self.spread, group) {
            (Sheets::One, _) => &*self.frame.title,
            (Sheets::OfGroups(_), "") => "no group",
            (Sheets::OfGroups(_), group) => group,
        };
        let name = self.names.take(wanted);
        let sheet = self.workbook.add_worksheet_with_constant_memory()?;
        sheet.set_name(&name)?.set_freeze_panes(1, 0)?;
        for (place, column) in (0..).zip(&self.columns) {
            sheet.write_string_with_format(0, place, column.words(), &self.looks.header)?;
        }
        self.parts.push(Part::new(name));
        self.open.insert(group.into(), self.parts.len() - 1);
        Ok(self.parts.len() - 1)
    }

    fn end_sheet(&mut self, nth: usize) -> Result<(), XlsxError> {
        let rows = self.parts[nth].rows;
        let sheet = self.workbook.worksheet_from_index(nth + 1)?;
        for (place, width) in (0..).zip(&self.widths) {
            sheet.set_column_width(place, u32::try_from(*width.min(&WIDEST)).unwrap_or_default())?;
        }
        let last = u16::try_from(self.widths.len().saturating_sub(1)).unwrap_or(u16::MAX);
        sheet.autofilter(0, 0, rows, last)?;
        if rows > 0 {
            colour_statuses(sheet, (1, 0, rows, last))?;
        }
        on_paper(sheet, 0, (0, rows), last)
    }

    /// Writes a row into the sheet of each of its groups.
    fn write_row(&mut self, row: &[Value]) -> Result<(), XlsxError> {
        let (Some(place), Sheets::OfGroups(selected)) = (self.group, &self.spread) else {
            return self.write_into("", row);
        };
        let groups = match row[place].bare() {
            Value::Text(groups) => Some(&**groups),
            _ => None,
        };
        let groups: Vec<SmolStr> =
            memberships(groups, selected).map(|(_, group)| SmolStr::new(group)).collect();
        groups.iter().try_for_each(|group| self.write_into(group, row))
    }

    fn write_into(&mut self, group: &str, row: &[Value]) -> Result<(), XlsxError> {
        let nth = self.part(group)?;
        let part = &mut self.parts[nth];
        part.rows += 1;
        if let Some(Value::Word(word)) = self.status.map(|place| row[place].bare()) {
            *part.statuses.entry(word).or_default() += 1;
        }
        let at = part.rows;
        let sheet = self.workbook.worksheet_from_index(nth + 1)?;
        for ((place, value), width) in (0..).zip(row).zip(&mut self.widths) {
            *width = (*width).max(write_cell(sheet, (at, place), value, &self.looks, self.frame.zone)? + 1);
        }
        Ok(())
    }

    /// Finishes the sheets, by name if they are those of groups, and fills the cover.
    fn finish(&mut self) -> Result<(), XlsxError> {
        if self.parts.is_empty() {
            self.begin_sheet("")?;
        }
        (0..self.parts.len()).try_for_each(|nth| self.end_sheet(nth))?;
        if self.group.is_some() {
            self.workbook.worksheets_mut()[1..].sort_by_key(Worksheet::name);
            self.parts.sort_by(|a, b| a.name.cmp(&b.name));
        }
        let column = self.status.and_then(|place| u16::try_from(place).ok());
        let column = column.map(utility::column_number_to_name).unwrap_or_default();
        cover::fill(self.workbook.worksheet_from_index(0)?, &self.frame, &self.parts, &column)
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
        let rule = ConditionalFormatCellRule::EqualTo(spaced(word.word()));
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
        Value::Word(word) => {
            sheet.write_string(row, column, spaced(word))?;
            return Ok(width(word));
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
        let place = |key: &str| columns.iter().position(|column| column.key == key);
        self.status = place("status");
        self.group = place(GROUP).filter(|_| self.spread != Sheets::One);
        self.workbook.add_worksheet();
        Ok(())
    }

    fn row(&mut self, row: &[Value]) -> io::Result<()> {
        spooled(|| self.write_row(row))
    }

    fn end(&mut self) -> io::Result<()> {
        spooled(|| self.finish())?;
        save(&mut self.workbook, &mut self.out)
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;
    use crate::limit;

    /// The findings of `tests/cli/register/sheets.py` in a workbook with this many rows.
    fn written(rows: i64, room: u32) -> serde_json::Value {
        let columns = ["n", "word"].map(Heading::of);
        let file = tempfile::NamedTempFile::with_suffix(".xlsx").unwrap();
        let at = "2026-09-07T08:00:00Z".parse().unwrap();
        let head = Head::new("records", at, Zone::UTC);
        let mut sink = Xlsx { room, ..Xlsx::new(file.as_file(), head, "School", Sheets::One) };
        sink.begin(&columns, &[]).unwrap();
        (0..rows).for_each(|n| sink.row(&[Value::Int(n), "a word".into()]).unwrap());
        sink.end().unwrap();
        seen(&file)
    }

    /// The content of a workbook as `tests/cli/register/sheets.py` reads it.
    fn seen(file: &tempfile::NamedTempFile) -> serde_json::Value {
        let mut python = Command::new("python3");
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli/register/sheets.py");
        let printed = limit::ok(python.arg(script).arg(file.path()));
        let mut files: serde_json::Value = serde_json::from_str(&printed).unwrap();
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

    #[test]
    fn rows_go_to_the_sheets_of_their_groups_and_the_cover_counts_them() {
        let headings = ["name", "group", "status"].map(Heading::of);
        let file = tempfile::NamedTempFile::with_suffix(".xlsx").unwrap();
        let head = Head::new("records", "2026-09-07T08:00:00Z".parse().unwrap(), Zone::UTC);
        let everybody = Sheets::OfGroups(GroupFilter::default());
        let mut sink = Xlsx { room: 2, ..Xlsx::new(file.as_file(), head, "School", everybody) };
        sink.begin(&headings, &[]).unwrap();
        for (name, groups, status) in [
            ("Ada", Some("7B"), "absent"),
            ("Bob", Some("7A,Choir"), "low_score"),
            ("Eve", None, "present"),
            ("Zoë", Some("7B"), "absent"),
            ("Li", Some("7B"), "present"),
        ] {
            let group = groups.map_or(Value::Null, Value::from);
            sink.row(&[name.into(), group, Value::Word(status)]).unwrap();
        }
        sink.end().unwrap();
        let found = seen(&file);
        let names = |sheet: &serde_json::Value| {
            let rows = sheet["rows"].as_array().unwrap()[1..].iter();
            rows.map(|row| row[0][1].as_str().unwrap().to_owned()).collect::<Vec<_>>().join(" ")
        };
        let sheets = found.as_array().unwrap();
        let sheets: Vec<_> =
            sheets[1..].iter().map(|sheet| (sheet["name"].as_str().unwrap(), names(sheet))).collect();
        let sheets: Vec<_> = sheets.iter().map(|(name, rows)| (*name, rows.as_str())).collect();
        assert_eq!(
            sheets,
            [("7A", "Bob"), ("7B", "Ada Zoë"), ("7B 2", "Li"), ("Choir", "Bob"), ("no group", "Eve")]
        );
        let cover = found[0]["rows"].to_string();
        for row in [
            r#"[["text","Rows"],["number","6"]"#,
            r#"[["text","absent"],["number","2"]"#,
            r#"[["text","low score"],["number","2"]"#,
            r#"[["text","7B"],["number","2"],["number","2"],["number","0"],["number","0"]]"#,
            r#"[["text","Choir"],["number","1"],["number","0"],["number","1"],["number","0"]]"#,
        ] {
            assert!(cover.contains(row), "{row} in {cover}");
        }
    }
}
