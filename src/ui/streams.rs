//! The streams of the process. On a thread inside [`captured`], memory takes their place, so that a test can run
//! many commands without starting a process for each.

use std::cell::RefCell;
use std::io::{self, IsTerminal, Read, Write};
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes that are written to one stream.
#[derive(Clone, Default)]
struct Memory(Arc<Mutex<Vec<u8>>>);

impl Memory {
    fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Write for Memory {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[derive(Clone, Default)]
struct Captured {
    out: Memory,
    err: Memory,
}

thread_local! {
    static CAPTURED: RefCell<Option<Captured>> = const { RefCell::new(None) };
}

fn here() -> Option<Captured> {
    CAPTURED.with_borrow(Clone::clone)
}

/// Standard output.
pub(crate) fn out() -> Box<dyn Write + Send> {
    match here() {
        Some(captured) => Box::new(captured.out),
        None => Box::new(io::stdout()),
    }
}

/// Standard error.
pub(crate) fn err() -> Box<dyn Write + Send> {
    match here() {
        Some(captured) => Box::new(captured.err),
        None => Box::new(io::stderr()),
    }
}

/// Standard input. It is empty while captured.
pub(crate) fn input() -> Box<dyn Read + Send> {
    match here() {
        Some(_) => Box::new(io::empty()),
        None => Box::new(io::stdin()),
    }
}

/// Whether a person reads standard output.
pub(crate) fn out_is_terminal() -> bool {
    here().is_none() && io::stdout().is_terminal()
}

/// Whether a person reads standard error.
pub(crate) fn err_is_terminal() -> bool {
    here().is_none() && io::stderr().is_terminal()
}

/// Whether a person types standard input.
pub(crate) fn input_is_terminal() -> bool {
    here().is_none() && io::stdin().is_terminal()
}

/// Runs `task` with memory in the place of the streams. Returns its result, standard output and standard error.
pub(crate) fn captured<T>(task: impl FnOnce() -> T) -> (T, Vec<u8>, Vec<u8>) {
    let captured = Captured::default();
    let outer = CAPTURED.replace(Some(captured.clone()));
    let done = task();
    CAPTURED.set(outer);
    (done, captured.out.bytes(), captured.err.bytes())
}
