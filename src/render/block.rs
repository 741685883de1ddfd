//! Rows of a table that wait to be laid out together.

use comfy_table::{
    Attribute, Cell, CellAlignment, Color, ColumnConstraint, ContentArrangement, Row, Table as Grid, Width,
};
use crossterm::style::{StyledContent, Stylize};
use unicode_width::UnicodeWidthStr;

use crate::report::text::safe;
use crate::report::{Heading, Tone};

/// The least width of a name on a narrow screen.
pub(super) const NAME: u16 = 16;

/// The least width of a group on a narrow screen.
const GROUP: u16 = 8;

/// The most cells that comfy-table lays out where nothing has to be cut. It takes several allocations for a cell,
/// which is most of the cost of a large school's roster.
const CELLS: usize = 500;

/// Cells, row by row. Their texts are in one string, because thousands of small ones cost more than the layout.
#[derive(Default)]
pub(super) struct Block {
    text: String,
    pieces: Vec<Piece>,
    /// The widest content of each column, at least 1.
    widths: Vec<u16>,
}

/// One cell.
#[derive(Clone, Copy)]
struct Piece {
    /// The end of its text.
    end: usize,
    width: u16,
    tone: Tone,
}

impl Block {
    /// No rows. Each column will be at least as wide as `widths` say, so that it stands in line with earlier rows.
    pub(super) fn new(widths: Vec<u16>) -> Self {
        Self { widths, ..Self::default() }
    }

    /// Appends the next cell of a row, in the column at a `place`.
    pub(super) fn push(&mut self, place: usize, text: &str, tone: Tone) {
        // Nearly all cells are printable ASCII, whose bytes are checked all at once.
        let wide = if text.bytes().fold(true, |all, byte| all & matches!(byte, b' '..=b'~')) {
            self.text.push_str(text);
            text.len()
        } else {
            let text = safe(text);
            self.text.push_str(&text);
            UnicodeWidthStr::width(&*text)
        };
        let width = u16::try_from(wide).unwrap_or(u16::MAX);
        self.widths[place] = self.widths[place].max(width);
        self.pieces.push(Piece { end: self.text.len(), width, tone });
    }

    pub(super) fn rows(&self) -> usize {
        self.pieces.len() / self.widths.len().max(1)
    }

    pub(super) fn widths(&self) -> &[u16] {
        &self.widths
    }

    /// The letters of a line in which nothing is cut.
    fn need(&self) -> usize {
        self.widths.iter().map(|width| usize::from(*width) + 2).sum()
    }

    /// The lines of the table, without spaces at their ends. On a screen with `room` for all of it, nothing is cut.
    pub(super) fn lines(&self, shown: &[&Heading], room: Option<u16>, color: bool) -> Vec<String> {
        let narrow = room.filter(|room| self.need() > usize::from(*room));
        if narrow.is_none() && self.pieces.len() > CELLS {
            return self.roomy(shown, color);
        }
        self.arranged(shown, narrow, color)
    }

    /// Each cell with its text.
    fn cells(&self) -> impl Iterator<Item = (&str, Piece)> {
        let mut from = 0;
        self.pieces.iter().map(move |piece| {
            let text = &self.text[from..piece.end];
            from = piece.end;
            (text, *piece)
        })
    }

    /// The lines where each column has the room that it needs.
    fn roomy(&self, shown: &[&Heading], color: bool) -> Vec<String> {
        let mut cells = self.cells();
        // One buffer for all lines, because some letters have more bytes than their width says.
        let mut line = String::new();
        let line = |_| {
            line.clear();
            for ((column, width), (text, piece)) in shown.iter().zip(&self.widths).zip(&mut cells) {
                put(&mut line, text, piece, *width, column.right, color);
            }
            // Nearly all that is trimmed are the spaces that fill columns.
            let filled = line.bytes().rposition(|byte| byte != b' ').map_or(0, |last| last + 1);
            line[..filled].trim_end().to_owned()
        };
        (0..self.rows()).map(line).collect()
    }

    /// The lines as comfy-table arranges them, cut to fit into `narrow` letters.
    fn arranged(&self, shown: &[&Heading], narrow: Option<u16>, color: bool) -> Vec<String> {
        let mut grid = Grid::new();
        let mut cells = self.cells();
        for _ in 0..self.rows() {
            let cells = shown.iter().zip(&mut cells).map(|(column, cell)| styled(cell, column));
            // One line, even if its cells contain line breaks.
            let mut row = Row::from(cells.collect::<Vec<Cell>>());
            row.max_height(1);
            grid.add_row(row);
        }
        grid.load_style(comfy_table::presets::NOTHING);
        if color {
            grid.enforce_styling();
        } else {
            grid.force_no_tty();
        }
        grid.set_truncation_indicator("…");
        match narrow {
            Some(width) => grid.set_content_arrangement(ContentArrangement::Dynamic).set_width(width),
            None => grid.set_content_arrangement(ContentArrangement::Disabled),
        };
        self.constrain(&mut grid, shown, narrow.is_some());
        grid.lines().map(|line| line.trim_end().to_owned()).collect()
    }

    /// Sets the widths of columns. On a narrow screen, elastic ones shrink.
    fn constrain(&self, grid: &mut Grid, shown: &[&Heading], narrow: bool) {
        let mut names = true;
        for ((column, described), content) in grid.column_iter_mut().zip(shown).zip(&self.widths) {
            column.set_padding((1, 1));
            let constraint = match (described.elastic, std::mem::take(&mut names)) {
                (false, first) => {
                    names = first;
                    ColumnConstraint::Absolute(Width::Fixed(content + 2))
                }
                // Names stay wide enough to be distinguished, groups wide enough to be recognised.
                (true, first) if narrow => match &*described.key {
                    "group" => ColumnConstraint::LowerBoundary(Width::Fixed(content.min(&GROUP) + 2)),
                    _ if first => ColumnConstraint::LowerBoundary(Width::Fixed(content.min(&NAME) + 2)),
                    _ => continue,
                },
                (true, _) => ColumnConstraint::LowerBoundary(Width::Fixed(content + 2)),
            };
            column.set_constraint(constraint);
        }
    }
}

/// Appends a cell to a line, between two spaces and filled to the width of its column.
fn put(line: &mut String, text: &str, piece: Piece, width: u16, right: bool, color: bool) {
    let fill = usize::from(width.saturating_sub(piece.width));
    let begin = line.len();
    let (before, after) = if right { (fill + 1, 1) } else { (1, fill + 1) };
    spaces(line, before);
    line.push_str(text);
    spaces(line, after);
    if color && piece.tone != Tone::Plain {
        let cell = line.split_off(begin);
        line.push_str(&styled_text(cell, piece.tone));
    }
}

fn spaces(line: &mut String, number: usize) {
    const SPACES: &str = "                                ";
    match SPACES.get(..number) {
        Some(spaces) => line.push_str(spaces),
        None => line.extend(std::iter::repeat_n(' ', number)),
    }
}

/// A text with the escapes of its tone.
pub(super) fn styled_text(text: String, tone: Tone) -> String {
    let text: StyledContent<String> = text.stylize();
    match tone {
        Tone::Plain => text,
        Tone::Strong => text.bold(),
        Tone::Good => text.green(),
        Tone::Warn => text.yellow(),
        Tone::Bad => text.red(),
        Tone::Faint => text.dim(),
    }
    .to_string()
}

fn styled((text, piece): (&str, Piece), column: &Heading) -> Cell {
    let alignment = if column.right { CellAlignment::Right } else { CellAlignment::Left };
    let cell = Cell::new(text).set_alignment(alignment);
    match piece.tone {
        Tone::Plain => cell,
        Tone::Strong => cell.add_attribute(Attribute::Bold),
        Tone::Good => cell.fg(Color::Green),
        Tone::Warn => cell.fg(Color::Yellow),
        Tone::Bad => cell.fg(Color::Red),
        Tone::Faint => cell.add_attribute(Attribute::Dim),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TONES: [Tone; 6] = [Tone::Plain, Tone::Strong, Tone::Good, Tone::Warn, Tone::Bad, Tone::Faint];

    proptest! {
        /// Where nothing has to be cut, a long table looks as comfy-table would lay it out.
        #[test]
        fn a_long_table_looks_as_a_short_one(
            columns in proptest::collection::vec((any::<bool>(), any::<bool>()), 1..5),
            cells in proptest::collection::vec(("[ab 王é\u{301}ژ]{0,20}", 0..6usize), 1..60),
            before in 0..9u16,
            (color, room) in (any::<bool>(), proptest::option::of(0..3u16)),
        ) {
            let headings: Vec<Heading> = columns.iter().map(|(right, elastic)| {
                Heading { right: *right, elastic: *elastic, ..Heading::of("column") }
            }).collect();
            let shown: Vec<&Heading> = headings.iter().collect();
            let mut block = Block::new(vec![before.max(1); columns.len()]);
            for row in cells.chunks_exact(columns.len()) {
                row.iter().enumerate().for_each(|(place, (text, tone))| block.push(place, text, TONES[*tone]));
            }
            let room = room.map(|room| u16::try_from(block.need()).unwrap() + room);
            prop_assert_eq!(block.roomy(&shown, color), block.lines(&shown, room, color));
        }
    }
}
