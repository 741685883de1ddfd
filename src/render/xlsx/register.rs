//! Class registers as a workbook: a sheet for each class, made to be typed into and to be read back.

use std::io::{self, Write};

use rust_xlsxwriter::{
    DataValidation, Format, FormatAlign, FormatBorder, Formula, Workbook, Worksheet, XlsxError,
};

use super::{SheetNames, on_paper, save, spooled};
use crate::domain::register::class::LETTERS;
use crate::render::html::Frame;
use crate::report::register::class::{
    BLANK_LEGEND, ClassSheet, LEGEND, SESSION_SUMS, SUMS, Shade, SheetDay, SheetRow,
};
use crate::report::text::local;

/// The row of the header, behind the title, the dates and the legend.
const HEADER: u32 = 3;
/// Columns before the first period: number, code, name.
const FIXED: u16 = 3;

pub(crate) fn register(sheets: &[ClassSheet], frame: &Frame, out: &mut (dyn Write + Send)) -> io::Result<()> {
    let (mut workbook, mut names) = (Workbook::new(), SheetNames::default());
    for sheet in sheets {
        let name = names.take(&sheet.class);
        spooled(|| class(workbook.add_worksheet().set_name(name)?, sheet, frame))?;
    }
    save(&mut workbook, out)
}

/// How cells look.
struct Looks {
    title: Format,
    header: Format,
    upright: Format,
    letter: Format,
    outlined: Format,
    grey: Format,
}

impl Looks {
    fn new() -> Self {
        let cell = Format::new().set_border(FormatBorder::Thin).set_align(FormatAlign::Center);
        let header = cell.clone().set_bold().set_text_wrap();
        Self {
            title: Format::new().set_bold().set_font_size(16),
            upright: header.clone().set_rotation(90),
            header,
            outlined: cell.clone().set_border(FormatBorder::Medium),
            grey: cell.clone().set_background_color(0x00C9_CED4),
            letter: cell,
        }
    }

    fn of(&self, shade: Shade) -> &Format {
        match shade {
            Shade::Plain => &self.letter,
            Shade::Outlined => &self.outlined,
            Shade::Grey => &self.grey,
        }
    }
}

fn class(sheet: &mut Worksheet, class: &ClassSheet, frame: &Frame) -> Result<(), XlsxError> {
    let looks = Looks::new();
    sheet.write_string_with_format(0, 0, &class.class, &looks.title)?;
    let as_of = local(frame.as_of, frame.zone, "%a %-d %b %Y, %H:%M");
    sheet.write_string(1, 0, format!("{}, {}, as of {as_of}", frame.school, class.dates))?;
    sheet.write_string(2, 0, if class.blank { BLANK_LEGEND } else { LEGEND })?;
    let sums = header(sheet, class, &looks)?;
    for (row, student) in (HEADER + 1..).zip(&class.rows) {
        write_row(sheet, (row, sums), student, class, &looks)?;
    }
    let last = HEADER + u32::try_from(class.rows.len()).unwrap_or_default();
    if sums > FIXED && last > HEADER {
        let letters = LETTERS.map(|(letter, _)| letter);
        let allowed = DataValidation::new().allow_list_strings(&letters)?;
        let allowed = allowed.set_error_message("Write P present, L late, A absent or E excused.")?;
        sheet.add_data_validation(HEADER + 1, FIXED, last, sums - 1, &allowed)?;
    }
    sheet.set_freeze_panes(HEADER + 1, FIXED)?;
    let end = sessions(sheet, class, sums + u16::try_from(SUMS.len()).unwrap_or_default(), &looks)?;
    on_paper(sheet, HEADER, (0, last), end - 1)
}

/// Writes the sessions from a column on, with their sums; gives the column behind them. Their headings do not begin with the
/// date, so that they are not read back: they follow from the periods.
fn sessions(sheet: &mut Worksheet, class: &ClassSheet, first: u16, looks: &Looks) -> Result<u16, XlsxError> {
    if !class.has_sessions() {
        return Ok(first);
    }
    let of_day = |day: &SheetDay| {
        let date = day.date;
        day.sessions.iter().map(move |name| format!("{name} {date}")).collect::<Vec<_>>()
    };
    let headings = class.days.iter().flat_map(of_day);
    let headings = headings.chain(SESSION_SUMS.iter().map(|(sum, _)| (*sum).to_owned()));
    let mut end = first;
    for heading in headings {
        sheet.write_string_with_format(HEADER, end, heading, &looks.upright)?;
        sheet.set_column_width(end, 3.5)?;
        end += 1;
    }
    for (row, student) in (HEADER + 1..).zip(&class.rows) {
        let mut place = first;
        for (letter, shade) in student.sessions.iter().flatten() {
            sheet.write_string_with_format(row, place, *letter, looks.of(*shade))?;
            place += 1;
        }
        for sum in student.session_sums {
            sheet.write_number_with_format(row, place, sum as f64, &looks.letter)?;
            place += 1;
        }
    }
    Ok(end)
}

/// Writes the header; gives the first column of the sums. A heading such as `2026-09-07 Block 1` is read back.
fn header(sheet: &mut Worksheet, class: &ClassSheet, looks: &Looks) -> Result<u16, XlsxError> {
    for (place, (name, width)) in (0..).zip([("No", 4.0), ("Code", 11.0), ("Name", 26.0)]) {
        sheet.write_string_with_format(HEADER, place, name, &looks.header)?;
        sheet.set_column_width(place, width)?;
    }
    let mut place = FIXED;
    for day in &class.days {
        let closed = day.closure.iter().map(|reason| format!("{} closed: {reason}", day.date));
        let periods = day.periods.iter().map(|(name, _)| format!("{} {name}", day.date));
        for heading in closed.chain(periods) {
            sheet.write_string_with_format(HEADER, place, heading, &looks.upright)?;
            sheet.set_column_width(place, 3.5)?;
            place += 1;
        }
    }
    for (nth, (name, _)) in (0..).zip(SUMS) {
        sheet.write_string_with_format(HEADER, place + nth, name, &looks.header)?;
    }
    sheet.set_row_height(HEADER, 110)?;
    Ok(place)
}

fn write_row(
    sheet: &mut Worksheet,
    (row, sums): (u32, u16),
    student: &SheetRow,
    class: &ClassSheet,
    looks: &Looks,
) -> Result<(), XlsxError> {
    sheet.write_number(row, 0, f64::from(row - HEADER))?;
    sheet.write_string(row, 1, &student.code)?;
    sheet.write_string(row, 2, &student.name)?;
    let mut place = FIXED;
    for (day, cells) in class.days.iter().zip(&student.cells) {
        if day.closure.is_some() {
            sheet.write_blank(row, place, &looks.grey)?;
            place += 1;
        }
        for (letter, shade) in cells {
            match *letter {
                "" => sheet.write_blank(row, place, looks.of(*shade))?,
                letter => sheet.write_string_with_format(row, place, letter, looks.of(*shade))?,
            };
            place += 1;
        }
    }
    let cells = format!("{}:{}", cell_name(row, FIXED), cell_name(row, sums.saturating_sub(1)));
    let count = |letter: &str| format!("COUNTIF({cells},\"{letter}\")");
    let formulas =
        [format!("={}+{}", count("P"), count("L")), format!("={}", count("A")), format!("={}", count("L"))];
    for (nth, formula) in (0..).zip(formulas) {
        let stated = if class.blank { 0 } else { student.sums[usize::from(nth)] };
        let formula = Formula::new(formula).set_result(stated.to_string());
        sheet.write_formula_with_format(row, sums + nth, formula, &looks.letter)?;
    }
    let minutes = if class.blank { 0 } else { student.sums[3] };
    sheet.write_number_with_format(row, sums + 3, minutes as f64, &looks.letter)?;
    Ok(())
}

/// `D5`
fn cell_name(row: u32, column: u16) -> String {
    rust_xlsxwriter::utility::row_col_to_cell(row, column)
}
