//! The live screen: redrawn until the user ends it, then the terminal is restored.

use std::io::{self, BufWriter, Stdout, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crossterm::cursor::{Hide, Show};
use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, poll, read};
use crossterm::execute;
use crossterm::terminal::{
    DisableLineWrap, EnableLineWrap, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode,
    enable_raw_mode, size,
};

use crate::failure::Result;
use crate::render::screen::Screen;

/// The interval of checking for signals.
const LOOK: Duration = Duration::from_millis(100);

/// The size of a terminal that does not report one.
const SMALLEST: (u16, u16) = (80, 24);

/// The content of one refresh.
#[derive(Debug)]
pub(crate) struct Frame {
    /// Styled lines, no wider than the screen.
    pub lines: Vec<String>,
    /// The number of lines that stay at the top while the others are scrolled.
    pub fixed: usize,
}

/// The size of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Size {
    pub columns: u16,
    pub rows: u16,
}

/// Draws every `every`, and at once when the screen changes its size, until `q`, Esc, Ctrl-C or a
/// signal. Arrow and page keys scroll lines that do not fit.
///
/// # Errors
/// Errors of `draw` and of the terminal. The terminal is restored in any case.
pub(crate) fn watch(every: Duration, mut draw: impl FnMut(Size) -> Result<Frame>) -> Result<()> {
    run(every, View::default(), |size, _| draw(size))
}

/// The same with keys that narrow the rows down, and a last line that names them.
pub(crate) fn watch_rows(every: Duration, draw: impl FnMut(Size, &Narrow) -> Result<Frame>) -> Result<()> {
    run(every, View { narrow: Some(Narrow::default()), ..View::default() }, draw)
}

fn run(every: Duration, mut view: View, mut draw: impl FnMut(Size, &Narrow) -> Result<Frame>) -> Result<()> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGTERM, signal_hook::consts::SIGINT] {
        // The first signal ends the watch and restores the terminal, and a second one ends the process. A
        // hang-up is left to the system, because the terminal is gone.
        signal_hook::flag::register_conditional_default(signal, Arc::clone(&stop))?;
        signal_hook::flag::register(signal, Arc::clone(&stop))?;
    }
    let mut terminal = Terminal::enter()?;
    while !stop.load(Ordering::Relaxed) {
        let (columns, rows) = size().ok().filter(|size| size.0 > 0 && size.1 > 0).unwrap_or(SMALLEST);
        let frame = draw(Size { columns, rows }, view.narrow.as_ref().unwrap_or(&Narrow::default()))?;
        terminal.show(frame, usize::from(rows), &mut view)?;
        let until = Instant::now() + every;
        loop {
            match next_wish(until, &stop, &mut view)? {
                Wish::Leave => return Ok(()),
                Wish::Redraw => break,
                Wish::Nothing => {}
                Wish::Resize => {
                    terminal.screen.forget();
                    break;
                }
            }
        }
    }
    Ok(())
}

/// The rows that are asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Narrow {
    /// Part of a name or code, in any case; empty: all.
    pub text: String,
    /// Only students who are missing.
    pub missing: bool,
    /// Whether letters belong to the text.
    typing: bool,
}

impl Narrow {
    /// Whether a name or code holds the text.
    pub(crate) fn finds(&self, name: &str) -> bool {
        self.text.is_empty() || name.to_lowercase().contains(&self.text.to_lowercase())
    }

    /// The last line of the screen.
    fn footer(&self) -> String {
        let (text, missing) = (&self.text, if self.missing { "only missing students · " } else { "" });
        match (self.typing, text.is_empty()) {
            (true, _) => format!("/{text}▏  Enter keeps the search · Esc shows all"),
            (false, false) => format!("name or code: {text} · {missing}Esc shows all · q leaves"),
            (false, true) if self.missing => format!("{missing}m shows all · / search · q leaves"),
            (false, true) => "/ search · m only missing students · ↑ ↓ scroll · q leaves".to_owned(),
        }
    }
}

/// The part of the content that is on the screen.
#[derive(Debug, Default, PartialEq, Eq)]
struct View {
    /// How many lines below the fixed ones are scrolled away.
    offset: usize,
    /// The largest offset that makes sense.
    last: usize,
    /// The filter of the rows, or `None` if this list cannot be filtered.
    narrow: Option<Narrow>,
}

/// The consequence of a key, the terminal or the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    Leave,
    Redraw,
    Resize,
    Nothing,
}

impl View {
    fn press(&mut self, key: KeyEvent) -> Wish {
        if key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL) {
            return Wish::Leave;
        }
        if let Some(narrow) = &mut self.narrow {
            let before = narrow.clone();
            if narrow.press(key.code) {
                if *narrow != before {
                    self.offset = 0;
                }
                return Wish::Redraw;
            }
        }
        match key.code {
            KeyCode::Char('q') | KeyCode::Esc => Wish::Leave,
            KeyCode::Char('j') | KeyCode::Down => self.scroll(1),
            KeyCode::Char('k') | KeyCode::Up => self.scroll(-1),
            KeyCode::Char(' ') | KeyCode::PageDown => self.scroll(10),
            KeyCode::PageUp => self.scroll(-10),
            KeyCode::Home => self.scroll(isize::MIN),
            KeyCode::End => self.scroll(isize::MAX),
            _ => Wish::Nothing,
        }
    }

    fn scroll(&mut self, lines: isize) -> Wish {
        let wanted = self.offset.saturating_add_signed(lines).min(self.last);
        if std::mem::replace(&mut self.offset, wanted) == wanted { Wish::Nothing } else { Wish::Redraw }
    }
}

impl Narrow {
    /// Takes a key; says whether it was one of its own.
    fn press(&mut self, key: KeyCode) -> bool {
        match (self.typing, key) {
            (true, KeyCode::Enter) => self.typing = false,
            (true, KeyCode::Backspace) => drop(self.text.pop()),
            (true, KeyCode::Char(letter)) => self.text.push(letter),
            (false, KeyCode::Char('/')) => *self = Self { text: String::new(), typing: true, ..*self },
            (false, KeyCode::Char('m')) => self.missing = !self.missing,
            (typing, KeyCode::Esc) if typing || *self != Self::default() => *self = Self::default(),
            _ => return false,
        }
        true
    }
}

fn next_wish(until: Instant, stop: &AtomicBool, view: &mut View) -> io::Result<Wish> {
    loop {
        let left = until.saturating_duration_since(Instant::now());
        if stop.load(Ordering::Relaxed) {
            return Ok(Wish::Leave);
        }
        if left.is_zero() {
            return Ok(Wish::Redraw);
        }
        if poll(left.min(LOOK))? {
            match read()? {
                Event::Resize(..) => return Ok(Wish::Resize),
                Event::Key(key) if key.kind != KeyEventKind::Release => return Ok(view.press(key)),
                _ => {}
            }
        }
    }
}

/// A terminal that was taken over. Dropping this restores it.
struct Terminal {
    out: BufWriter<Stdout>,
    screen: Screen,
}

impl Terminal {
    fn enter() -> io::Result<Self> {
        enable_raw_mode()?;
        let mut terminal = Self { out: BufWriter::new(io::stdout()), screen: Screen::default() };
        execute!(terminal.out, EnterAlternateScreen, Hide, DisableLineWrap)?;
        Ok(terminal)
    }

    /// Shows the part of a frame that a view asks for.
    fn show(&mut self, frame: Frame, rows: usize, view: &mut View) -> io::Result<()> {
        let lines = cut(frame, rows, view);
        self.screen.draw(lines, rows, &mut self.out)
    }
}

/// The lines on a screen of some height: the fixed ones, those from the offset of the view on, and the last line.
fn cut(frame: Frame, rows: usize, view: &mut View) -> Vec<String> {
    let footer = view.narrow.as_ref().map(Narrow::footer);
    let height = rows - usize::from(footer.is_some()).min(rows);
    let fixed = frame.fixed.min(frame.lines.len());
    let room = height.saturating_sub(fixed).max(1);
    view.last = frame.lines.len().saturating_sub(fixed + room);
    view.offset = view.offset.min(view.last);
    let mut lines = frame.lines;
    lines.drain(fixed..fixed + view.offset);
    lines.truncate(height);
    if let Some(footer) = footer {
        lines.resize(height, String::new());
        lines.push(footer);
    }
    lines
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = execute!(self.out, EnableLineWrap, Show, LeaveAlternateScreen);
        let _ = self.out.flush();
        let _ = disable_raw_mode();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> View {
        View { last: 30, narrow: Some(Narrow::default()), ..View::default() }
    }

    fn press(view: &mut View, keys: &[KeyCode]) -> Wish {
        let pressed = keys.iter().map(|code| view.press(KeyEvent::new(*code, KeyModifiers::NONE)));
        pressed.last().unwrap()
    }

    const TYPED: [KeyCode; 3] = [KeyCode::Char('/'), KeyCode::Char('q'), KeyCode::Char('M')];

    #[test]
    fn letters_belong_to_a_search_until_enter() {
        let mut view = rows();
        assert_eq!(press(&mut view, &TYPED), Wish::Redraw);
        let narrow = view.narrow.as_ref().unwrap();
        assert!(narrow.finds("Qmran") && !narrow.finds("Ada"));
        assert!(!narrow.missing, "m is a letter");
        press(&mut view, &[KeyCode::Backspace, KeyCode::Enter, KeyCode::Char('m')]);
        let narrow = view.narrow.clone().unwrap();
        assert_eq!((narrow.text.as_str(), narrow.missing), ("q", true));
        assert_eq!(press(&mut view, &[KeyCode::Char('q')]), Wish::Leave);
    }

    #[test]
    fn escape_shows_all_before_it_leaves() {
        let mut view = rows();
        press(&mut view, &TYPED);
        assert_eq!(press(&mut view, &[KeyCode::Esc]), Wish::Redraw);
        assert_eq!(view.narrow, Some(Narrow::default()));
        assert_eq!(press(&mut view, &[KeyCode::Char('m'), KeyCode::Esc]), Wish::Redraw);
        assert_eq!(press(&mut view, &[KeyCode::Esc]), Wish::Leave);
    }

    #[test]
    fn content_without_rows_has_no_search() {
        let mut view = View { narrow: None, ..rows() };
        assert_eq!(press(&mut view, &[KeyCode::Char('/'), KeyCode::Char('m')]), Wish::Nothing);
        assert_eq!(press(&mut view, &[KeyCode::Char('q')]), Wish::Leave);
    }

    #[test]
    fn scrolling_keeps_the_fixed_lines_and_the_last_one() {
        let lines = |n: usize| (0..n).map(|line| line.to_string()).collect::<Vec<_>>();
        let mut view = rows();
        let shown = |view: &mut View| cut(Frame { lines: lines(9), fixed: 2 }, 6, view);
        assert_eq!(shown(&mut view)[..5], ["0", "1", "2", "3", "4"]);
        assert_eq!(press(&mut view, &[KeyCode::Down]), Wish::Redraw);
        let screen = shown(&mut view);
        assert_eq!(screen[..5], ["0", "1", "3", "4", "5"]);
        assert!(screen[5].starts_with("/ search"));
        press(&mut view, &[KeyCode::End]);
        assert_eq!(shown(&mut view)[..5], ["0", "1", "6", "7", "8"]);
        assert_eq!(press(&mut view, &[KeyCode::Down]), Wish::Nothing);
        press(&mut view, &[KeyCode::Char('m')]);
        assert_eq!(view.offset, 0, "other rows are read from the top");
        assert_eq!(cut(Frame { lines: lines(3), fixed: 4 }, 6, &mut view)[..3], ["0", "1", "2"]);
    }
}
