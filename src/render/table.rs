//! Tables for people: white space instead of boxes, the answer first, colour never alone.

use std::io::{self, Write};

use chrono_tz::Tz;
use comfy_table::{
    Attribute, Cell, CellAlignment, Color, ColumnConstraint, ContentArrangement, Row, Table, Width,
};
use crossterm::style::{StyledContent, Stylize};
use unicode_width::UnicodeWidthChar;

use crate::report::text::{cut, day, local, safe, two_decimals, width};
use crate::report::{Column, Report, Section, Tone, Value, Words};

/// Columns that a name keeps on a narrow screen.
const NAME: u16 = 16;

/// What the terminal allows.
#[derive(Debug, Clone, Copy, Default)]
pub struct Look {
    /// Colours may be used.
    pub color: bool,
    /// Columns on the screen; `None`: not a terminal, so nothing is folded.
    pub width: Option<u16>,
}

/// Writes every section with its heading, or the words for an empty report.
pub fn write(report: &Report, look: Look, out: &mut dyn Write) -> io::Result<()> {
    for (index, section) in report.sections.iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        write_section(report, section, look, out)?;
    }
    if report.sections.iter().all(|section| section.rows.is_empty()) && !report.empty.is_empty() {
        writeln!(out, "{}", safe(&report.empty))?;
    }
    Ok(())
}

fn write_section(report: &Report, section: &Section, look: Look, out: &mut dyn Write) -> io::Result<()> {
    for line in &section.heading {
        writeln!(out, "{}", styled_line(line, look))?;
    }
    if section.rows.is_empty() {
        return Ok(());
    }
    if !section.heading.is_empty() {
        writeln!(out)?;
    }
    let room = look.width.map_or(usize::MAX, usize::from);
    for line in table(report, section, look).lines() {
        writeln!(out, "{}", cut_line(line.trim_end(), room))?;
    }
    Ok(())
}

/// A line of a table, cut where the screen ends: columns that need more room than there is cannot be read
/// once they wrap. Escapes that colour it take no room and stay.
fn cut_line(line: &str, room: usize) -> String {
    let mut escape = false;
    let chars = line.chars().map(|c| {
        let inside = escape || c == '\u{1b}';
        escape = inside && c != 'm';
        (c, if inside { None } else { Some(c.width().unwrap_or_default()) })
    });
    let chars: Vec<(char, Option<usize>)> = chars.collect();
    if chars.iter().filter_map(|(_, wide)| *wide).sum::<usize>() <= room {
        return line.to_owned();
    }
    let (mut kept, mut left, mut full) = (String::with_capacity(line.len()), room.saturating_sub(1), false);
    for (c, wide) in chars {
        match wide {
            None => kept.push(c),
            Some(_) if full => {}
            Some(wide) if wide <= left => {
                kept.push(c);
                left -= wide;
            }
            Some(_) => {
                kept.push('…');
                full = true;
            }
        }
    }
    kept
}

/// A line as a terminal shows it, cut where the screen ends.
pub fn styled_line(line: &[Words], look: Look) -> String {
    let mut room = look.width.map_or(usize::MAX, usize::from);
    let styled = line.iter().map(|words| {
        let text = cut(&words.text, room);
        room -= width(&text);
        styled(&Words { text, tone: words.tone }, look.color)
    });
    styled.collect()
}

/// Words as a terminal shows them.
pub fn styled(words: &Words, color: bool) -> String {
    let text = safe(&words.text).into_owned();
    if !color {
        return text;
    }
    let text: StyledContent<String> = text.stylize();
    match words.tone {
        Tone::Plain => text,
        Tone::Strong => text.bold(),
        Tone::Good => text.green(),
        Tone::Warn => text.yellow(),
        Tone::Bad => text.red(),
        Tone::Faint => text.dim(),
    }
    .to_string()
}

fn table(report: &Report, section: &Section, look: Look) -> Table {
    let shown: Vec<(usize, &Column)> =
        report.columns.iter().enumerate().filter(|(_, column)| column.heading.is_some()).collect();
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    let header = shown.iter().map(|(_, column)| {
        Cell::new(safe(column.heading.as_deref().unwrap_or_default()))
            .add_attribute(Attribute::Dim)
            .set_alignment(alignment(column))
    });
    table.set_header(one_line(header));
    for row in &section.rows {
        let cells = shown
            .iter()
            .map(|(index, column)| cell(&row[*index], report.zone).set_alignment(alignment(column)));
        table.add_row(one_line(cells));
    }
    arrange(&mut table, &shown, look);
    table
}

/// One line, whatever is in its cells: a screen is read along its columns.
fn one_line(cells: impl Iterator<Item = Cell>) -> Row {
    let mut row = Row::from(cells.collect::<Vec<Cell>>());
    row.max_height(1);
    row
}

fn arrange(table: &mut Table, shown: &[(usize, &Column)], look: Look) {
    if look.color {
        table.enforce_styling();
    } else {
        table.force_no_tty();
    }
    table.set_truncation_indicator("…");
    match look.width {
        Some(width) => table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width),
        None => table.set_content_arrangement(ContentArrangement::Disabled),
    };
    let widths = table.column_max_content_widths();
    let mut names = true;
    for ((column, (_, described)), content) in table.column_iter_mut().zip(shown).zip(widths) {
        column.set_padding((1, 1));
        let constraint = match (described.elastic, std::mem::take(&mut names)) {
            (false, first) => {
                names = first;
                ColumnConstraint::ContentWidth
            }
            // The first one that gives way is a name: it keeps enough to be told from others.
            (true, true) => ColumnConstraint::LowerBoundary(Width::Fixed(content.min(NAME) + 2)),
            (true, false) => continue,
        };
        column.set_constraint(constraint);
    }
}

fn alignment(column: &Column) -> CellAlignment {
    if column.right { CellAlignment::Right } else { CellAlignment::Left }
}

fn cell(value: &Value, zone: Tz) -> Cell {
    let words = match value {
        Value::Shown(_, words) => words,
        plain => &Words::new(plain_text(plain, zone), Tone::Plain),
    };
    let cell = Cell::new(safe(&words.text));
    match words.tone {
        Tone::Plain => cell,
        Tone::Strong => cell.add_attribute(Attribute::Bold),
        Tone::Good => cell.fg(Color::Green),
        Tone::Warn => cell.fg(Color::Yellow),
        Tone::Bad => cell.fg(Color::Red),
        Tone::Faint => cell.add_attribute(Attribute::Dim),
    }
}

fn plain_text(value: &Value, zone: Tz) -> String {
    match value {
        Value::Null | Value::List(_) | Value::Object(_) | Value::Shown(..) => String::new(),
        Value::Text(text) => text.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) => two_decimals(*number),
        Value::Bool(yes) => if *yes { "yes" } else { "no" }.to_owned(),
        Value::Instant(at) => local(*at, zone, "%H:%M"),
        Value::Date(date) => day(*date),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Instant;

    #[test]
    fn a_line_ends_where_the_screen_does() {
        for (line, room, cut) in [
            (" A   B", 6, " A   B"),
            (" A   B", 5, " A  …"),
            (" A   王", 7, " A   王"),
            (" A   王", 6, " A   …"),
            ("\u{1b}[1m A\u{1b}[0m \u{1b}[31mB\u{1b}[0m", 4, "\u{1b}[1m A\u{1b}[0m \u{1b}[31mB\u{1b}[0m"),
            ("\u{1b}[1m A\u{1b}[0m \u{1b}[31mBB\u{1b}[0m", 4, "\u{1b}[1m A\u{1b}[0m \u{1b}[31m…\u{1b}[0m"),
        ] {
            assert_eq!(cut_line(line, room), cut, "{line:?}");
        }
    }

    #[test]
    fn no_table_is_wider_than_the_screen() {
        let columns: &'static [Column] = Box::leak(Box::new([
            Column::text("job", "JOB"),
            Column::text("state", "STATE"),
            Column::long("error", ""),
        ]));
        let row = || vec!["a name that takes all of the screen".into(), "failed".into(), "no route".into()];
        let report = Report::list("jobs", columns, vec![row(), row()], Instant::from_micros(0), Tz::UTC, "");
        for (color, columns) in [(false, 40), (true, 40), (false, 20), (true, 20)] {
            let mut out = Vec::new();
            write(&report, Look { color, width: Some(columns) }, &mut out).unwrap();
            let out = String::from_utf8(out).unwrap();
            assert_eq!(out.lines().count(), 3, "{out}");
            for line in out.lines() {
                assert!(color || width(line) <= columns.into(), "{line:?}");
            }
        }
    }
}
