//! Single keys and short answers, read by event so that nothing typed ahead is lost between them.

use std::io::{self, Write};

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, read};
use crossterm::terminal::{disable_raw_mode, enable_raw_mode};

/// Waits for a key with a letter; `None`: Esc or Ctrl-C.
///
/// # Errors
/// When the terminal cannot be read. It is left as it was in any case.
pub(crate) fn letter() -> io::Result<Option<char>> {
    raw(|| {
        loop {
            match pressed()? {
                KeyCode::Char(letter) => return Ok(Some(letter)),
                KeyCode::Esc => return Ok(None),
                _ => {}
            }
        }
    })
}

/// Asks for a word; `None`: Esc, Ctrl-C, or nothing was typed.
///
/// # Errors
/// The terminal cannot be read or written. It is restored in any case.
pub(crate) fn word(question: &str) -> io::Result<Option<String>> {
    let mut out = io::stderr();
    write!(out, "{question} ")?;
    out.flush()?;
    let typed = raw(|| {
        let mut typed = String::new();
        loop {
            match pressed()? {
                KeyCode::Char(letter) => {
                    typed.push(letter);
                    write!(io::stderr(), "{letter}")?;
                }
                KeyCode::Backspace if typed.pop().is_some() => write!(io::stderr(), "\u{8} \u{8}")?,
                KeyCode::Enter => return Ok(Some(typed).filter(|typed| !typed.is_empty())),
                KeyCode::Esc => return Ok(None),
                _ => {}
            }
        }
    });
    writeln!(out)?;
    typed
}

fn raw<T>(work: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    enable_raw_mode()?;
    let done = work();
    disable_raw_mode()?;
    done
}

/// The next key; Ctrl-C counts as Esc.
fn pressed() -> io::Result<KeyCode> {
    loop {
        if let Event::Key(KeyEvent { code, modifiers, kind, .. }) = read()?
            && kind != KeyEventKind::Release
        {
            let interrupt = code == KeyCode::Char('c') && modifiers.contains(KeyModifiers::CONTROL);
            return Ok(if interrupt { KeyCode::Esc } else { code });
        }
    }
}
