//! The first sheet of a workbook: which school and report, as of when, how many of what, and what the words mean.

use std::collections::{BTreeMap, BTreeSet};

use rust_xlsxwriter::{Chart, ChartType, Format, FormatAlign, Formula, Worksheet, XlsxError, utility};

use crate::render::html::Frame;
use crate::render::spaced;
use crate::report::register::records::MEANINGS;
use crate::report::text::local;

/// The name of this sheet. `commands/sheet/mod.rs` knows it, too.
pub(super) const NAME: &str = "About";
/// The row of the first total, below the school, the report and the instant.
const TOTALS: u32 = 4;
/// Rows that the chart covers, with one to spare.
const CHART: u32 = 17;

/// A sheet of rows.
pub(super) struct Part {
    pub(super) name: String,
    /// Rows below its header.
    pub(super) rows: u32,
    /// How many of them have each status.
    pub(super) statuses: BTreeMap<&'static str, u64>,
}

impl Part {
    pub(super) fn new(name: String) -> Self {
        Self { name, rows: 0, statuses: BTreeMap::new() }
    }

    /// The formula that counts its rows, or those with a status, and the result.
    fn count(&self, counted: Counted, column: &str) -> (String, u64) {
        let (name, last) = (&self.name, self.rows + 1);
        match counted {
            _ if self.rows == 0 => ("=0".to_owned(), 0),
            Counted::Rows => (format!("=ROWS('{name}'!A2:A{last})"), self.rows.into()),
            Counted::Status(word) => {
                let formula = format!("=COUNTIF('{name}'!{column}2:{column}{last},\"{}\")", spaced(word));
                (formula, self.statuses.get(word).copied().unwrap_or_default())
            }
        }
    }
}

/// A number of the cover.
#[derive(Debug, Clone, Copy)]
enum Counted {
    Rows,
    Status(&'static str),
}

impl Counted {
    fn words(self) -> String {
        match self {
            Self::Rows => "Rows".to_owned(),
            Self::Status(word) => spaced(word),
        }
    }
}

/// Fills the cover. `column` are the letters of the column of the statuses.
pub(super) fn fill(
    sheet: &mut Worksheet,
    frame: &Frame,
    parts: &[Part],
    column: &str,
) -> Result<(), XlsxError> {
    title(sheet, frame)?;
    let words: BTreeSet<&'static str> = parts.iter().flat_map(|part| part.statuses.keys().copied()).collect();
    let counted: Vec<Counted> =
        std::iter::once(Counted::Rows).chain(words.into_iter().map(Counted::Status)).collect();
    let last = TOTALS + u32::try_from(counted.len()).unwrap_or_default() - 1;
    // Several sheets have a line each, which the totals add up.
    let header = last + if counted.len() > 1 { CHART + 2 } else { 2 };
    totals(sheet, &counted, parts, column, header)?;
    if counted.len() > 1 {
        chart(sheet, last)?;
    }
    if parts.len() > 1 {
        sheets(sheet, &counted, parts, column, header)?;
    }
    sheet.set_landscape().set_paper_size(super::A4).set_print_fit_to_pages(1, 0);
    Ok(())
}

fn title(sheet: &mut Worksheet, frame: &Frame) -> Result<(), XlsxError> {
    let (title, bold) = (Format::new().set_bold().set_font_size(18), Format::new().set_bold());
    sheet.set_name(NAME)?.set_column_width(0, 20)?.set_column_range_width(1, 8, 11)?;
    sheet.write_string_with_format(0, 0, frame.school, &title)?;
    sheet.write_string_with_format(1, 0, &frame.title, &bold)?;
    sheet.write_string(2, 0, format!("as of {}", local(frame.as_of, frame.zone, "%a %-d %b %Y, %H:%M")))?;
    Ok(())
}

/// The totals, each with its meaning.
fn totals(
    sheet: &mut Worksheet,
    counted: &[Counted],
    parts: &[Part],
    column: &str,
    header: u32,
) -> Result<(), XlsxError> {
    let bold = Format::new().set_bold();
    for ((row, place), each) in (TOTALS..).zip(1..).zip(counted) {
        sheet.write_string(row, 0, each.words())?;
        let counts = parts.iter().map(|part| part.count(*each, column));
        let (formula, count) = match parts {
            [only] => only.count(*each, column),
            _ => {
                let last = header + u32::try_from(parts.len()).unwrap_or_default();
                let cells = utility::cell_range(header + 1, place, last, place);
                (format!("=SUM({cells})"), counts.map(|(_, count)| count).sum())
            }
        };
        let formula = Formula::new(formula).set_result(count.to_string());
        sheet.write_formula_with_format(row, 1, formula, &bold)?;
        let meaning = MEANINGS.iter().find(|(status, _)| spaced(status.word()) == each.words());
        sheet.write_string(row, 2, meaning.map_or("", |(_, meaning)| meaning))?;
    }
    Ok(())
}

fn chart(sheet: &mut Worksheet, last: u32) -> Result<(), XlsxError> {
    let mut chart = Chart::new(ChartType::Bar);
    let series = chart.add_series();
    series.set_categories((NAME, TOTALS + 1, 0, last, 0)).set_values((NAME, TOTALS + 1, 1, last, 1));
    chart.title().set_name("Rows by status");
    chart.legend().set_hidden();
    sheet.insert_chart(last + 2, 0, &chart)?;
    Ok(())
}

/// A line for each sheet.
fn sheets(
    sheet: &mut Worksheet,
    counted: &[Counted],
    parts: &[Part],
    column: &str,
    header: u32,
) -> Result<(), XlsxError> {
    let bold = Format::new().set_bold();
    sheet.write_string_with_format(header, 0, "Sheet", &bold)?;
    let right = bold.clone().set_align(FormatAlign::Right);
    for (place, each) in (1..).zip(counted) {
        sheet.write_string_with_format(header, place, each.words(), &right)?;
    }
    for (row, part) in (header + 1..).zip(parts) {
        sheet.write_string(row, 0, &part.name)?;
        for (place, each) in (1..).zip(counted) {
            let (formula, count) = part.count(*each, column);
            sheet.write_formula(row, place, Formula::new(formula).set_result(count.to_string()))?;
        }
    }
    Ok(())
}
