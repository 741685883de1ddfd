//! Tables for people. They use white space instead of boxes, and words beside every colour.

use std::borrow::Cow;
use std::io::{self, Write};

use super::beside::{columns, cut_line, lay};
use super::block::{Block, NAME, styled_text};
use super::wrap::broken;
use super::{Sink, plain};
use crate::domain::time::Zone;
use crate::report::text::{cut, safe, width};
use crate::report::{Heading, Tone, Value, Words};

/// The number of rows that are laid out together at first. It is enough for a school's table.
const FIRST: usize = 5_000;

/// The number of rows laid out together after these. They fit into a processor's cache.
const BLOCK: usize = 500;

/// The abilities of the terminal.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Look {
    /// Colours may be used.
    pub color: bool,
    /// Width of the screen. `None` if it is not a terminal, so that nothing is cut.
    pub width: Option<u16>,
    /// Whether headings are broken at the edge of the screen. Those of a watched screen are cut there, so that nothing moves.
    pub wraps: bool,
    /// Height of the screen, if rows that do not fit below each other may stand beside each other.
    pub beside: Option<u16>,
}

/// A sink of tables, one below each heading.
///
/// Up to [`FIRST`] rows are laid out together. In a longer table each further [`BLOCK`] is at least as
/// wide as the rows before it, so a district's roster needs no more memory than a school's.
pub(crate) struct Table<'a> {
    out: &'a mut dyn Write,
    look: Look,
    zone: Zone,
    /// The columns that people see, each with its index.
    columns: Vec<(usize, Heading)>,
    /// Rows that are not written yet.
    block: Block,
    /// Whether the block begins its section, with the header.
    whole: bool,
    /// Whether to write an empty line before the next text.
    gap: bool,
    sections: usize,
    rows: usize,
    /// The text shown instead of rows.
    empty: String,
}

impl<'a> Table<'a> {
    /// Writes to `out`.
    pub(crate) fn new(out: &'a mut dyn Write, look: Look, zone: Zone) -> Self {
        let (columns, block, empty) = Default::default();
        Self { out, look, zone, columns, block, whole: true, gap: false, sections: 0, rows: 0, empty }
    }

    /// Writes the rows that wait.
    fn flush(&mut self) -> io::Result<()> {
        if self.block.rows() == 0 {
            return Ok(());
        }
        if std::mem::take(&mut self.gap) {
            writeln!(self.out)?;
        }
        let shown: Vec<&Heading> = self.columns.iter().map(|(_, column)| column).collect();
        let columns = self.columns_of(&shown);
        let room = columns.map(|(_, letters)| letters).or(self.look.width.map(usize::from));
        let width = room.map(|room| u16::try_from(room).unwrap_or(u16::MAX));
        let lines = self.block.lines(&shown, width, self.look.color);
        self.block = Block::new(self.block.widths().to_vec());
        self.whole = false;
        let room = room.unwrap_or(usize::MAX);
        let mut lines = lines.iter().map(|line| cut_line(line, room));
        let Some((columns, _)) = columns else {
            return lines.try_for_each(|line| write_line(self.out, &line));
        };
        let lines: Vec<String> = lines.map(Cow::into_owned).collect();
        lay(&lines, columns).iter().try_for_each(|line| write_line(self.out, line))
    }

    /// The columns beside each other that a whole section takes, and their letters.
    fn columns_of(&self, shown: &[&Heading]) -> Option<(usize, usize)> {
        let (width, height) = self.look.width.zip(self.look.beside)?;
        let rows = self.block.rows() - usize::from(self.whole);
        let need = self.block.widths().iter().zip(shown).map(|(content, column)| match column.elastic {
            true => usize::from(*content.min(&NAME)) + 2,
            false => usize::from(*content) + 2,
        });
        columns(rows, need.sum(), (width, height)).filter(|_| self.whole && rows < FIRST)
    }

    /// Begins a section with its header.
    fn begin_section(&mut self) {
        self.block = Block::new(self.columns.iter().map(|(_, column)| column.least).collect());
        for (place, (_, column)) in self.columns.iter().enumerate() {
            self.block.push(place, column.shown.as_deref().unwrap_or_default(), Tone::Faint);
        }
        self.whole = true;
    }
}

impl Sink for Table<'_> {
    fn begin(&mut self, columns: &[Heading], _: &[(&'static str, Value)]) -> io::Result<()> {
        let columns = columns.iter().cloned().enumerate();
        self.columns = columns.filter(|(_, column)| column.shown.is_some()).collect();
        Ok(())
    }

    fn has(&self, column: &Heading) -> bool {
        column.shown.is_some()
    }

    fn section(&mut self, heading: &[Vec<Words>]) -> io::Result<()> {
        self.flush()?;
        if self.sections > 0 {
            writeln!(self.out)?;
        }
        self.sections += 1;
        self.block = Block::default();
        self.gap = !heading.is_empty();
        let mut lines = heading.iter().flat_map(|line| styled_lines(line, self.look));
        lines.try_for_each(|line| write_line(self.out, &line))
    }

    fn row(&mut self, row: &[Value]) -> io::Result<()> {
        self.rows += 1;
        if self.block.widths().is_empty() {
            self.begin_section();
        }
        for (place, (index, _)) in self.columns.iter().enumerate() {
            let (text, tone) = plain(&row[*index], self.zone);
            self.block.push(place, &text, tone);
        }
        let most = if self.whole { FIRST + 1 } else { BLOCK };
        if self.block.rows() < most { Ok(()) } else { self.flush() }
    }

    fn nothing(&mut self, words: &str) -> io::Result<()> {
        words.clone_into(&mut self.empty);
        Ok(())
    }

    fn end(&mut self) -> io::Result<()> {
        self.flush()?;
        if self.rows == 0 && !self.empty.is_empty() {
            writeln!(self.out, "{}", safe(&self.empty))?;
        }
        self.out.flush()
    }
}

/// A styled line, broken at the edge of the screen if the look wraps, else cut there.
pub(crate) fn styled_lines(line: &[Words], look: Look) -> Vec<String> {
    match look.width {
        Some(room) if look.wraps => {
            broken(line, room.into()).iter().map(|line| styled_line(line, look)).collect()
        }
        _ => vec![styled_line(line, look)],
    }
}

/// Writes a line without the machinery of formatting.
fn write_line(out: &mut dyn Write, line: &str) -> io::Result<()> {
    out.write_all(line.as_bytes())?;
    out.write_all(b"\n")
}

/// A styled line, cut at the edge of the screen.
pub(crate) fn styled_line(line: &[Words], look: Look) -> String {
    let mut room = look.width.map_or(usize::MAX, usize::from);
    let styled = line.iter().map(|words| {
        let text = cut(&words.text, room);
        room -= width(&text);
        styled(&Words { text: text.into(), tone: words.tone }, look.color)
    });
    styled.collect()
}

/// Words with their colour escapes.
pub(crate) fn styled(words: &Words, color: bool) -> String {
    let text = safe(&words.text).into_owned();
    if color { styled_text(text, words.tone) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Instant;
    use crate::render::{self, Format};
    use crate::report::{Column, Report, Rows};

    struct Cells;

    impl Rows for Cells {
        type Row<'a> = [&'a str; 3];
    }

    struct Numbers;

    impl Rows for Numbers {
        type Row<'a> = usize;
    }

    #[test]
    fn no_table_is_wider_than_the_screen() {
        let columns: [Column<Cells>; 3] = [
            Column::text("job", "JOB", |row| row[0].into()),
            Column::text("state", "STATE", |row| row[1].into()),
            Column::long("error", "", |row| row[2].into()),
        ];
        let rows = [["a name that takes all of the screen", "failed", "no route"]; 2];
        let report = Report::list("jobs", &columns, rows, Instant::from_micros(0), Zone::UTC);
        for (color, columns) in [(false, 40), (true, 40), (false, 20), (true, 20)] {
            let mut out = Vec::new();
            let look = Look { color, width: Some(columns), ..Look::default() };
            render::write(&report, None, Format::Table, look, &mut out).unwrap();
            let out = String::from_utf8(out).unwrap();
            assert_eq!(out.lines().count(), 3, "{out}");
            for line in out.lines() {
                assert!(color || width(line) <= columns.into(), "{line:?}");
            }
        }
    }

    #[test]
    fn a_column_is_as_wide_as_it_says_though_its_cells_are_shorter() {
        let columns: [Column<Cells>; 2] = [
            Column::<Cells>::text("a", "A", |row| row[0].into()).at_least(6),
            Column::text("b", "B", |row| row[1].into()),
        ];
        for (cell, expected) in
            [("x", " A       B\n x       y\n"), ("x longer", " A         B\n x longer  y\n")]
        {
            let report =
                Report::list("wide", &columns, [[cell, "y", ""]], Instant::from_micros(0), Zone::UTC);
            let mut out = Vec::new();
            render::write(&report, None, Format::Table, Look::default(), &mut out).unwrap();
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        }
    }

    #[test]
    fn the_blocks_of_a_long_table_stand_in_line() {
        let columns: [Column<Numbers>; 3] = [
            Column::text("code", "CODE", |n| format!("{n:05}").into()),
            Column::long("name", "NAME", |n| {
                if *n == FIRST + 7 { "a longer name".into() } else { "a name".into() }
            }),
            Column::number("score", "SCORE", |_| 1.0.into()),
        ];
        let rows = 0..FIRST + BLOCK + 10;
        let report = Report::list("long", &columns, rows, Instant::from_micros(0), Zone::UTC);
        for columns in [None, Some(40)] {
            let mut out = Vec::new();
            let look = Look { width: columns, ..Look::default() };
            render::write(&report, None, Format::Table, look, &mut out).unwrap();
            let out = String::from_utf8(out).unwrap();
            let lines: Vec<&str> = out.lines().collect();
            assert_eq!(lines.len(), 1 + FIRST + BLOCK + 10, "one heading");
            let (first, second, third) = (lines[1], lines[FIRST + 1], lines[FIRST + BLOCK + 1]);
            assert_eq!(first.find("a name"), second.find("a name"));
            assert_eq!(second.len(), third.len(), "as wide as the widest before");
            assert!(lines[FIRST + 8].contains("a longer name"), "nothing is cut where there is room");
            assert!(first.len() < second.len(), "and no wider than it has to be");
        }
    }
}
