//! The weekday picker: seven checkboxes, with the mask beside them as it changes.

use std::io::{self, Write};

use crossterm::cursor::{Hide, MoveToColumn, MoveUp, Show};
use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, read};
use crossterm::style::Print;
use crossterm::terminal::{Clear, ClearType, disable_raw_mode, enable_raw_mode};
use crossterm::{execute, queue};

use crate::domain::timetable::weekdays::{EXAMPLES, WEEK, Weekdays};

/// The selection so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Picker {
    mask: u8,
    cursor: usize,
}

/// The effect of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Go(Picker),
    Accept,
    Leave,
}

/// Lets a person choose days of the week. `None` if the person left without choosing.
///
/// # Errors
/// The terminal cannot be read or written. It is restored in any case.
pub(crate) fn pick(title: &str, days: Weekdays) -> io::Result<Option<Weekdays>> {
    let mut out = io::stderr();
    enable_raw_mode()?;
    let picked = run(title, Picker { mask: days.mask(), cursor: 0 }, &mut out);
    let _ = execute!(out, Show);
    disable_raw_mode()?;
    picked
}

fn run(title: &str, start: Picker, out: &mut impl Write) -> io::Result<Option<Weekdays>> {
    let (mut picker, mut left) = (start, false);
    queue!(out, Hide)?;
    loop {
        let lines = picker.draw(title);
        for line in &lines {
            queue!(out, Clear(ClearType::CurrentLine), Print(line), Print("\r\n"))?;
        }
        if left {
            queue!(out, Print("unchanged\r\n"))?;
        }
        out.flush()?;
        if left {
            return Ok(None);
        }
        let step = match read()? {
            Event::Key(key) if key.kind != KeyEventKind::Release => picker.step(key),
            _ => Step::Go(picker),
        };
        match (step, Weekdays::from_mask(picker.mask)) {
            (Step::Go(next), _) => picker = next,
            (Step::Accept, Ok(days)) => return Ok(Some(days)),
            (Step::Accept, Err(_)) => {}
            (Step::Leave, _) => {
                picker = start;
                left = true;
            }
        }
        let height = u16::try_from(lines.len()).unwrap_or_default();
        queue!(out, MoveUp(height), MoveToColumn(0))?;
    }
}

impl Picker {
    fn step(mut self, key: KeyEvent) -> Step {
        match key.code {
            KeyCode::Char('c') if key.modifiers.contains(KeyModifiers::CONTROL) => {
                return Step::Leave;
            }
            KeyCode::Left | KeyCode::Up | KeyCode::Char('h' | 'k') => {
                self.cursor = (self.cursor + 6) % 7;
            }
            KeyCode::Right | KeyCode::Down | KeyCode::Char('l' | 'j') | KeyCode::Tab => {
                self.cursor = (self.cursor + 1) % 7;
            }
            KeyCode::Char(' ' | 'x') => self.mask ^= 1 << self.cursor,
            KeyCode::Char(digit @ '1'..='7') => {
                self.cursor = usize::from(digit as u8 - b'1');
                self.mask ^= 1 << self.cursor;
            }
            KeyCode::Enter => return Step::Accept,
            KeyCode::Esc | KeyCode::Char('q') => return Step::Leave,
            _ => {}
        }
        Step::Go(self)
    }

    fn draw(self, title: &str) -> Vec<String> {
        let boxes: Vec<String> = WEEK
            .into_iter()
            .enumerate()
            .map(|(index, day)| {
                let mark = if self.mask & (1 << index) == 0 { ' ' } else { 'x' };
                let (open, close) = if index == self.cursor { ('›', '‹') } else { (' ', ' ') };
                format!("{open}[{mark}] {day}{close}")
            })
            .collect();
        let sum = match Weekdays::from_mask(self.mask) {
            Ok(days) => format!("mask {:>3}   {days}", self.mask),
            Err(_) => "mask   0   choose at least one day".to_owned(),
        };
        let examples: Vec<String> = EXAMPLES.iter().map(|(name, mask)| format!("{name} {mask}")).collect();
        vec![
            title.to_owned(),
            String::new(),
            format!(" {}", boxes.join(" ")),
            String::new(),
            format!("  {sum}"),
            format!("  for reference: {}", examples.join(" · ")),
            "  ← → move · space toggles · enter accepts · esc leaves it as it was".to_owned(),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(picker: Picker, code: KeyCode) -> Step {
        picker.step(KeyEvent::new(code, KeyModifiers::NONE))
    }

    #[test]
    fn keys_move_and_toggle() {
        let start = Picker { mask: 31, cursor: 0 };
        for (code, mask, cursor) in [
            (KeyCode::Left, 31, 6),
            (KeyCode::Right, 31, 1),
            (KeyCode::Char(' '), 30, 0),
            (KeyCode::Char('7'), 95, 6),
            (KeyCode::Char('?'), 31, 0),
        ] {
            assert_eq!(press(start, code), Step::Go(Picker { mask, cursor }), "{code:?}");
        }
        assert_eq!(press(start, KeyCode::Enter), Step::Accept);
        assert_eq!(press(start, KeyCode::Esc), Step::Leave);
        assert_eq!(start.step(KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL)), Step::Leave);
    }

    #[test]
    fn the_mask_stands_beside_the_boxes() {
        let lines = Picker { mask: 79, cursor: 4 }.draw("Days of \"Block 1\"");
        assert_eq!(lines[2], "  [x] Mon   [x] Tue   [x] Wed   [x] Thu  ›[ ] Fri‹  [ ] Sat   [x] Sun ");
        assert_eq!(lines[4], "  mask  79   mon-thu,sun");
        assert!(Picker { mask: 0, cursor: 0 }.draw("")[4].contains("at least one"));
    }
}
