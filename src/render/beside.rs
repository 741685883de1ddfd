//! A long table of narrow rows as columns beside each other, on a screen with room for them.

use std::borrow::Cow;

use unicode_width::UnicodeWidthChar;

/// Letters between two columns.
const GAP: usize = 3;
/// Lines of the screen that headings take.
const HEAD: usize = 6;

/// How many columns `rows` take on a screen of some width and height, and their most letters. `need` are the fewest
/// letters of a row. `None`: the rows fit below each other, or a second column does not fit.
pub(super) fn columns(rows: usize, need: usize, (width, height): (u16, u16)) -> Option<(usize, usize)> {
    let width = usize::from(width) + GAP;
    let wanted = rows.div_ceil(usize::from(height).saturating_sub(HEAD).max(1));
    let columns = wanted.min(width / (need + GAP));
    (columns > 1).then(|| (columns, width / columns - GAP))
}

/// The lines of a table, of which the first is its header, as columns of equal length.
pub(super) fn lay(lines: &[String], columns: usize) -> Vec<String> {
    let Some((header, rows)) = lines.split_first() else { return Vec::new() };
    let width = lines.iter().map(|line| width(line)).max().unwrap_or_default();
    let long = rows.len().div_ceil(columns);
    let parts: Vec<&[String]> = rows.chunks(long.max(1)).collect();
    let joined = |line: &dyn Fn(&[String]) -> Option<String>| {
        let cells = parts.iter().map(|part| padded(line(part).unwrap_or_default(), width));
        cells.collect::<Vec<_>>().join(&" ".repeat(GAP)).trim_end().to_owned()
    };
    let header = joined(&|_| Some(header.clone()));
    std::iter::once(header).chain((0..long).map(|nth| joined(&|part| part.get(nth).cloned()))).collect()
}

fn padded(line: String, letters: usize) -> String {
    let missing = letters.saturating_sub(width(&line));
    line + &" ".repeat(missing)
}

/// The letters of a line, each with its width. Colour escapes have none.
fn letters(line: &str) -> impl Iterator<Item = (char, Option<usize>)> {
    let mut escape = false;
    line.chars().map(move |c| {
        let inside = escape || c == '\u{1b}';
        escape = inside && c != 'm';
        (c, if inside { None } else { Some(c.width().unwrap_or_default()) })
    })
}

fn width(line: &str) -> usize {
    letters(line).filter_map(|(_, wide)| wide).sum()
}

/// A line of a table, cut at the edge of the screen, because wrapped columns cannot be read. Colour escapes stay.
pub(super) fn cut_line(line: &str, room: usize) -> Cow<'_, str> {
    // A character is never wider than its number of bytes.
    if line.len() <= room || width(line) <= room {
        return Cow::Borrowed(line);
    }
    let (mut kept, mut left, mut full) = (String::with_capacity(line.len()), room.saturating_sub(1), false);
    for (c, wide) in letters(line) {
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
    Cow::Owned(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn rows_stand_beside_each_other_where_they_do_not_fit_below() {
        for (rows, need, screen, expected) in [
            (30, 40, (80, 40), None),
            (30, 40, (80, 24), None),
            (30, 38, (80, 24), Some((2, 38))),
            (30, 38, (200, 24), Some((2, 98))),
            (200, 38, (200, 24), Some((4, 47))),
            (200, 38, (200, 2), Some((4, 47))),
        ] {
            assert_eq!(columns(rows, need, screen), expected, "{rows} rows of {need} on {screen:?}");
        }
    }

    #[test]
    fn columns_are_read_downwards() {
        let lines = ["C", "a", "\u{1b}[31m王\u{1b}[0m", "c", "d", "e"].map(str::to_owned);
        assert_eq!(lay(&lines, 2), ["C    C", "a    d", "\u{1b}[31m王\u{1b}[0m   e", "c"]);
        assert_eq!(lay(&lines, 3), ["C    C    C", "a    c    e", "\u{1b}[31m王\u{1b}[0m   d"]);
        assert_eq!(lay(&lines[..1], 2), [""]);
    }
}
