//! The first sheet of a workbook: which school and report, as of when, how many of what, and what the words mean.

use rust_xlsxwriter::{Chart, ChartType, Format, Formula, Worksheet, XlsxError};

use crate::render::html::Frame;
use crate::report::register::records::MEANINGS;
use crate::report::text::local;

/// A number of the cover: its name, the formula that counts it in the rows, and the result.
pub(super) struct Total {
    pub(super) name: String,
    pub(super) formula: String,
    pub(super) count: u64,
}

/// Fills the cover. `statuses` are the totals that belong to a status.
pub(super) fn fill(
    sheet: &mut Worksheet,
    frame: &Frame,
    rows: &Total,
    statuses: &[Total],
) -> Result<(), XlsxError> {
    let (title, bold) = (Format::new().set_bold().set_font_size(18), Format::new().set_bold());
    sheet.set_name("About")?.set_column_width(0, 20)?.set_column_width(1, 12)?.set_column_width(2, 70)?;
    sheet.write_string_with_format(0, 0, frame.school, &title)?;
    sheet.write_string_with_format(1, 0, &frame.title, &bold)?;
    sheet.write_string(2, 0, format!("as of {}", local(frame.as_of, frame.zone, "%a %-d %b %Y, %H:%M")))?;
    let mut at = 4;
    write_total(sheet, at, rows, &bold)?;
    for total in statuses {
        at += 1;
        write_total(sheet, at, total, &bold)?;
        let meaning = MEANINGS.iter().find(|(status, _)| status.word() == total.name);
        let meaning = meaning.map_or("", |(_, meaning)| meaning);
        sheet.write_string(at, 2, meaning)?;
    }
    if !statuses.is_empty() {
        let mut chart = Chart::new(ChartType::Bar);
        chart.add_series().set_categories(("About", 5, 0, at, 0)).set_values(("About", 5, 1, at, 1));
        chart.title().set_name("Rows by status");
        chart.legend().set_hidden();
        sheet.insert_chart(at + 2, 0, &chart)?;
    }
    sheet.set_landscape().set_paper_size(super::A4).set_print_fit_to_pages(1, 0);
    Ok(())
}

fn write_total(sheet: &mut Worksheet, row: u32, total: &Total, bold: &Format) -> Result<(), XlsxError> {
    sheet.write_string(row, 0, &total.name)?;
    let formula = Formula::new(&total.formula).set_result(total.count.to_string());
    sheet.write_formula_with_format(row, 1, formula, bold)?;
    Ok(())
}
