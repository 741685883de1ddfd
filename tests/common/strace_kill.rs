//! Fault injection by strace: kills a program, or fails a call, at the nth of some system calls.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::common::harness::School;

pub const FLUSH: &str = "fdatasync,fsync";
pub const KILL: &str = "signal=KILL";
pub const EIO: &str = "error=EIO";
pub const ENOSPC: &str = "error=ENOSPC";

pub const DATABASE: &[&str] = &["school.db"];
pub const LOG: &[&str] = &["school.db-wal"];
pub const FILES: &[&str] = &["school.db", "school.db-wal", "school.db-shm", "school.db-journal"];

/// Whether the long campaign was asked for.
pub fn full() -> bool {
    std::env::var("ATTEND_CAMPAIGN").is_ok_and(|campaign| campaign == "full")
}

/// Tells what the long campaign came to.
pub fn tell(words: std::fmt::Arguments) {
    if full() {
        let _ = writeln!(std::io::stderr(), "{words}");
    }
}

/// The indexes of the calls at which a fault is injected: all early ones, then fewer and fewer.
const NTH: [usize; 14] = [1, 2, 3, 4, 5, 7, 10, 14, 20, 29, 42, 61, 97, 160];

/// The indexes of the calls with a fault. A sweep ends when the program makes fewer calls.
pub fn nths() -> Box<dyn Iterator<Item = usize>> {
    if full() { every() } else { Box::new(NTH.into_iter()) }
}

fn every() -> Box<dyn Iterator<Item = usize>> {
    Box::new(1..)
}

/// A fault, the calls it affects, and the files of the school (all, if none is named).
#[derive(Debug, Clone, Copy)]
pub struct Fault<'a> {
    pub calls: &'a str,
    pub what: &'a str,
    pub files: &'a [&'a str],
}

impl<'a> Fault<'a> {
    pub const fn new(calls: &'a str, what: &'a str) -> Self {
        Self { calls, what, files: &[] }
    }

    pub const fn of(self, files: &'a [&'a str]) -> Self {
        Self { files, ..self }
    }

    /// Flushes are few and everything depends on them, so each one gets a fault.
    pub fn nths(&self) -> Box<dyn Iterator<Item = usize>> {
        if self.calls == FLUSH && self.what == KILL { every() } else { nths() }
    }

    /// A program with the fault at the nth of these calls.
    pub fn strikes(self, school: &School, program: &[impl AsRef<str>], nth: usize) -> Command {
        let Self { calls, what, files } = self;
        let mut strace = school.program("strace");
        strace.arg("-f").arg("-o").arg(school.path("trace"));
        strace.args(["-e", &format!("trace={calls}"), "-e", &format!("inject={calls}:{what}:when={nth}")]);
        for file in files {
            strace.arg("-P").arg(school.path(file));
        }
        strace.args(program.iter().map(AsRef::as_ref)).stderr(Stdio::piped());
        strace
    }
}

/// Whether the program made enough calls for the fault to happen.
pub fn has_struck(school: &School) -> bool {
    let trace = std::fs::read_to_string(school.path("trace")).unwrap();
    trace.contains("(INJECTED)") || trace.contains("+++ killed by SIGKILL +++")
}

/// `attend` with some arguments.
pub fn attend<'a>(args: &[&'a str]) -> Vec<&'a str> {
    [&[env!("CARGO_BIN_EXE_attend")], args].concat()
}
