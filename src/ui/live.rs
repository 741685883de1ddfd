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

/// How often signals are looked for while nothing else happens.
const LOOK: Duration = Duration::from_millis(100);

/// The size of a terminal that does not tell.
const SMALLEST: (u16, u16) = (80, 24);

/// The content of one refresh.
#[derive(Debug)]
pub(crate) struct Frame {
    /// Styled lines, no wider than the screen.
    pub lines: Vec<String>,
    /// How many of them stay at the top while the others are scrolled.
    pub fixed: usize,
}

/// The size of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Size {
    /// Columns.
    pub columns: u16,
    /// Lines.
    pub rows: u16,
}

/// Draws every `every`, and at once when the screen changes its size, until `q`, Esc, Ctrl-C or a
/// signal. Arrows and page keys scroll what does not fit.
///
/// # Errors
/// Those of `draw`, and of the terminal. It is left as it was in any case.
pub(crate) fn watch(every: Duration, mut draw: impl FnMut(Size) -> Result<Frame>) -> Result<()> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGTERM, signal_hook::consts::SIGINT] {
        // The first one ends the watch and gives the terminal back, a second one ends the process. A
        // hang-up is left to the system, because the terminal is gone.
        signal_hook::flag::register_conditional_default(signal, Arc::clone(&stop))?;
        signal_hook::flag::register(signal, Arc::clone(&stop))?;
    }
    let mut terminal = Terminal::enter()?;
    let mut offset = 0;
    while !stop.load(Ordering::Relaxed) {
        let (columns, rows) = size().ok().filter(|size| size.0 > 0 && size.1 > 0).unwrap_or(SMALLEST);
        let frame = draw(Size { columns, rows })?;
        let last = terminal.show(frame, usize::from(rows), offset)?;
        let until = Instant::now() + every;
        loop {
            match next_wish(until, &stop)? {
                Wish::Leave => return Ok(()),
                Wish::Redraw => break,
                Wish::Scroll(lines) => {
                    let wanted = offset.saturating_add_signed(lines).min(last);
                    if wanted != offset {
                        offset = wanted;
                        break;
                    }
                }
                Wish::Resize => {
                    terminal.screen.forget();
                    break;
                }
            }
        }
        offset = offset.min(last);
    }
    Ok(())
}

/// The next event from the user, the terminal or the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    Leave,
    Redraw,
    Resize,
    Scroll(isize),
}

fn next_wish(until: Instant, stop: &AtomicBool) -> io::Result<Wish> {
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
                Event::Key(key) if key.kind != KeyEventKind::Release => {
                    if let Some(wish) = wish(key) {
                        return Ok(wish);
                    }
                }
                _ => {}
            }
        }
    }
}

fn wish(key: KeyEvent) -> Option<Wish> {
    Some(match key.code {
        KeyCode::Char('c') if key.modifiers.contains(KeyModifiers::CONTROL) => Wish::Leave,
        KeyCode::Char('q') | KeyCode::Esc => Wish::Leave,
        KeyCode::Char('j') | KeyCode::Down => Wish::Scroll(1),
        KeyCode::Char('k') | KeyCode::Up => Wish::Scroll(-1),
        KeyCode::Char(' ') | KeyCode::PageDown => Wish::Scroll(10),
        KeyCode::PageUp => Wish::Scroll(-10),
        KeyCode::Home => Wish::Scroll(isize::MIN),
        KeyCode::End => Wish::Scroll(isize::MAX),
        _ => return None,
    })
}

/// A terminal that was taken over, and is given back when this is dropped.
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

    /// Shows a frame from `offset` lines below its fixed ones; gives the largest offset that makes sense.
    fn show(&mut self, frame: Frame, rows: usize, offset: usize) -> io::Result<usize> {
        let room = rows.saturating_sub(frame.fixed).max(1);
        let last = frame.lines.len().saturating_sub(frame.fixed + room);
        let mut lines = frame.lines;
        lines.drain(frame.fixed.min(lines.len())..(frame.fixed + offset.min(last)).min(lines.len()));
        lines.truncate(rows);
        self.screen.draw(lines, rows, &mut self.out)?;
        Ok(last)
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = execute!(self.out, EnableLineWrap, Show, LeaveAlternateScreen);
        let _ = self.out.flush();
        let _ = disable_raw_mode();
    }
}
