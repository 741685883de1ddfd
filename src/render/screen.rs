//! A screen that is redrawn in place: only the lines that changed are written.

use std::io::{self, Write};

use crossterm::cursor::MoveTo;
use crossterm::queue;
use crossterm::style::Print;
use crossterm::terminal::{BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate};

/// The last frame.
#[derive(Debug, Default)]
pub(crate) struct Screen {
    shown: Vec<String>,
    height: usize,
}

impl Screen {
    /// Drops the last frame, so that the next drawing writes every line.
    pub(crate) fn forget(&mut self) {
        self.shown.clear();
        self.height = 0;
    }

    /// Draws `lines`, styled and no wider than the screen, from the top. Clears the lines below.
    pub(crate) fn draw(&mut self, lines: Vec<String>, height: usize, out: &mut impl Write) -> io::Result<()> {
        queue!(out, BeginSynchronizedUpdate)?;
        if self.height != height {
            self.shown.clear();
            self.height = height;
            queue!(out, Clear(ClearType::All))?;
        }
        for row in 0..height {
            let (now, before) = (lines.get(row), self.shown.get(row));
            if now.map_or("", String::as_str) != before.map_or("", String::as_str) {
                let text = now.map_or("", String::as_str);
                let at = u16::try_from(row).unwrap_or(u16::MAX);
                // Cleared first, because after a line as wide as the screen the cursor is still on its last character.
                queue!(out, MoveTo(0, at), Clear(ClearType::UntilNewLine), Print(text))?;
            }
        }
        self.shown = lines;
        queue!(out, EndSynchronizedUpdate)?;
        out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(screen: &mut Screen, lines: &[&str]) -> String {
        let mut out = Vec::new();
        let lines = lines.iter().map(|line| (*line).to_owned()).collect();
        screen.draw(lines, 3, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn only_lines_that_changed_are_written() {
        let mut screen = Screen::default();
        let first = drawn(&mut screen, &["one", "two"]);
        assert!(first.contains("one") && first.contains("two") && first.contains("\u{1b}[2J"));
        let second = drawn(&mut screen, &["one", "2"]);
        assert!(
            !second.contains("one")
                && second.contains("\u{1b}[2;1H\u{1b}[K2")
                && !second.contains("\u{1b}[2J")
        );
        let third = drawn(&mut screen, &["one"]);
        assert!(third.contains("\u{1b}[2;1H\u{1b}[K"), "{third:?}");
        screen.forget();
        assert!(drawn(&mut screen, &["one"]).contains("one"));
    }
}
