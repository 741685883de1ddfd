//! The formats of reports: table, CSV, workbook, JSON, mail, numbers for monitoring. It does not know what reports
//! mean.

mod beside;
mod block;
pub(crate) mod csv;
pub(crate) mod html;
pub(crate) mod json;
pub(crate) mod plugin;
pub(crate) mod prometheus;
pub(crate) mod screen;
pub(crate) mod table;
mod wrap;
pub(crate) mod xlsx;

use std::borrow::Cow;
use std::io::{self, Write};

use self::csv::{Csv, Dialect};
use self::json::{Document, Head, Lines};
use self::table::{Look, Table};
use crate::domain::time::Zone;
use crate::domain::time::calendar::clock;
use crate::report::text::{day, grouped, two_decimals};
use crate::report::{Column, Heading, Report, Rows, Tone, Value, Words};

/// The formats of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Table,
    /// For programs that read CSV: the plain dialect.
    Csv,
    Json,
    /// One object a row.
    Jsonl,
}

/// A writer of rows one at a time, for reports of any length.
pub(crate) trait Sink {
    /// Begins with the columns and the facts about the whole, if the format has a place for them.
    /// Called once, even if no row follows.
    fn begin(&mut self, columns: &[Heading], totals: &[(&'static str, Value)]) -> io::Result<()>;
    /// Whether the format has a place for a column. Cells of other columns are not looked at.
    fn has(&self, _column: &Heading) -> bool {
        true
    }
    /// Lines above the rows that follow, for people. Programs find the same facts in the totals.
    fn section(&mut self, _heading: &[Vec<Words>]) -> io::Result<()> {
        Ok(())
    }
    /// One row, a value per column.
    fn row(&mut self, row: &[Value]) -> io::Result<()>;
    /// The text of an empty report. Call it before the end.
    fn nothing(&mut self, _words: &str) -> io::Result<()> {
        Ok(())
    }
    /// The meaning of the words, if the format has a place for it. Call it before the end.
    fn legend(&mut self, _words: &str) -> io::Result<()> {
        Ok(())
    }
    /// Ends the output.
    fn end(&mut self) -> io::Result<()>;
}

/// Writes a whole report of a school. `look` says how a table may use the terminal.
pub(crate) fn write(
    report: &Report,
    school_id: Option<&str>,
    format: Format,
    look: Look,
    out: &mut dyn Write,
) -> io::Result<()> {
    let head = Head::new(report.name, report.as_of, report.zone).of_school(school_id);
    let shown = if format == Format::Table { report.most } else { usize::MAX };
    let mut sink = rows(format, look, head, out);
    pour(report, shown, &mut *sink)?;
    sink.end()
}

/// Passes one row to a sink. Only the cells for which the format has a place are made.
pub(crate) fn put<'c, R: Rows + 'c>(
    sink: &mut dyn Sink,
    columns: impl IntoIterator<Item = &'c Column<R>>,
    row: &R::Row<'_>,
) -> io::Result<()> {
    let cell = |column: &Column<R>| match sink.has(column.heading()) {
        true => column.shown(row),
        false => Value::Null,
    };
    let cells: Vec<Value> = columns.into_iter().map(cell).collect();
    sink.row(&cells)
}

/// Passes a whole report to a sink; at most `shown` rows of each section.
pub(crate) fn pour(report: &Report, shown: usize, sink: &mut dyn Sink) -> io::Result<()> {
    sink.begin(&report.columns, &report.totals)?;
    report.legend.map_or(Ok(()), |legend| sink.legend(legend))?;
    for section in &report.sections {
        sink.section(&section.heading)?;
        section.rows.iter().take(shown).try_for_each(|row| sink.row(row))?;
        if let Some(more) = section.rows.len().checked_sub(shown).filter(|more| *more > 0) {
            sink.section(&[vec![format!("… {} more: --format csv lists all", grouped(more)).into()]])?;
        }
    }
    sink.nothing(&report.empty)
}

/// The sink of a report as commands print it.
pub(crate) fn rows<'a>(
    format: Format,
    look: Look,
    head: Head<'a>,
    out: &'a mut dyn Write,
) -> Box<dyn Sink + 'a> {
    match format {
        Format::Table => Box::new(Table::new(out, look, head.zone)),
        format => sink(format, Dialect::Plain, head, out),
    }
}

/// The sink of an export, which writes to `out`. Exports have no table format: CSV is used instead.
pub(crate) fn sink<'a>(
    format: Format,
    dialect: Dialect,
    head: Head<'a>,
    out: &'a mut dyn Write,
) -> Box<dyn Sink + 'a> {
    match format {
        Format::Table | Format::Csv => Box::new(Csv::new(out, dialect, head.zone)),
        Format::Json => Box::new(Document::new(out, head)),
        Format::Jsonl => Box::new(Lines::new(out, head.zone)),
    }
}

/// A word of programs for people: `low_score` is `low score`.
fn spaced(word: &str) -> String {
    word.replace('_', " ")
}

/// A value in words, as tables and pages show it.
fn plain(value: &Value, zone: Zone) -> (Cow<'_, str>, Tone) {
    let text = match value {
        Value::Shown(_, words) => return (Cow::Borrowed(&words.text), words.tone),
        Value::Null | Value::List(_) | Value::Object(_) => Cow::Borrowed(""),
        Value::Text(text) => Cow::Borrowed(text.as_str()),
        Value::Word(word) => spaced(word).into(),
        Value::Int(number) => number.to_string().into(),
        Value::Float(number) => two_decimals(*number).into(),
        Value::Bool(yes) => Cow::Borrowed(if *yes { "yes" } else { "no" }),
        Value::Instant(at) => clock(*at, zone).into(),
        Value::Date(date) => day(*date).into(),
    };
    (text, Tone::Plain)
}
