//! A wrong clock of this machine stops commands that would delete, plan or report the wrong thing.

use std::path::PathBuf;
use std::process::Command;

use crate::common::harness::{School, seen, text};
use crate::common::limit::{ok, output};
use crate::common::servers::Server;
use crate::register::summary_mail::mail_to;

/// A system clock that stands at the second that `CLOCK` names, for programs that load it first.
const CLOCK: &str = r#"
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
int clock_gettime(clockid_t clock, struct timespec *at) {
    int done = syscall(SYS_clock_gettime, clock, at);
    if (clock == CLOCK_REALTIME) {
        at->tv_sec = atol(getenv("CLOCK"));
        at->tv_nsec = 0;
    }
    return done;
}
"#;

fn clock(school: &School) -> PathBuf {
    let (source, library) = (school.write("clock.c", CLOCK), school.path("clock.so"));
    ok(Command::new("cc").args(["-shared", "-fPIC", "-o"]).args([&library, &source]));
    library
}

/// Runs a command under a system clock. Returns its exit code and standard error.
fn at_clock(school: &School, clock: &PathBuf, seconds: i64, args: &[&str]) -> (Option<i32>, String) {
    let mut command = school.command(args);
    command.env_remove("ATTEND_NOW").env("LD_PRELOAD", clock).env("CLOCK", seconds.to_string());
    let output = output(&mut command);
    (output.status.code(), text(&output.stderr))
}

const MAIL: [&str; 6] = ["--config", "attend.toml", "summary", "--date", "2026-09-07", "--email"];
/// Days that begun long ago are planned, too, so it has to be confirmed.
const GENERATE: [&str; 3] = ["schedule", "generate", "--yes"];
const PRUNE: [&str; 1] = ["prune"];

#[test]
fn a_clock_before_the_build_stops_dangerous_commands() {
    let school = School::example();
    mail_to(&school, 9, "'head@school.example'");
    let library = clock(&school);
    let mark = ["mark", "H000101", "present", "--period", "Block 1", "--date", "2026-09-07"];
    let unmark = ["unmark", "H000101", "--period", "Block 1", "--date", "2026-09-07"];
    let before = school.ok(&["audit", "--format", "jsonl"]);
    for args in [&GENERATE[..], &PRUNE, &MAIL, &mark, &unmark] {
        let (code, said) = at_clock(&school, &library, 3600, args);
        assert_eq!(code, Some(1), "{args:?} {said}");
        let right = "attend: the clock of this machine says 1970-01-01T04:00:00+03:00, but this program was built at 2";
        assert!(said.starts_with(right), "{said}");
        assert!(said.ends_with("\nhint: set the clock, or tell the time with --now INSTANT\n"), "{said}");
    }
    assert_eq!(school.ok(&["audit", "--format", "jsonl"]), before);
    // Ingest and screens still work, and an instant given by `--now` is not checked.
    assert_eq!(at_clock(&school, &library, 3600, &["roster", "now"]).0, Some(0));
    assert_eq!(
        at_clock(&school, &library, 3600, &["--now", "2026-09-07T10:00:00+03:00", "prune"]).0,
        Some(0)
    );
    school.ok(&mark);
}

/// 1 February 2100, 00:00 in Greenwich: after any build.
const FEBRUARY: i64 = 4_105_123_200;

#[test]
fn a_clock_before_the_newest_fact_stops_dangerous_commands() {
    for line in [
        seen("H000101", 0.9, "2100-02-01T00:03:00Z", "gate-1"),
        "{\"type\":\"heartbeat\",\"camera\":\"gate-1\",\"ts\":\"2100-02-01T00:03:00Z\"}\n".to_owned(),
    ] {
        let mut school = School::example();
        let Some(smtp) = Server::smtp(&school, &[]) else { return };
        mail_to(&school, smtp.port, "'head@school.example'");
        let library = clock(&school);
        for args in [&GENERATE[..], &PRUNE, &MAIL] {
            let (code, said) = at_clock(&school, &library, FEBRUARY - 86_400, args);
            assert_eq!(code, Some(0), "a clock after every fact is right: {args:?} {said}");
        }
        school.at("2100-02-01T00:03:00Z").ingest(line);
        for args in [&GENERATE[..], &PRUNE, &MAIL] {
            let (code, said) = at_clock(&school, &library, FEBRUARY - 86_400, args);
            assert_eq!(code, Some(1), "{args:?} {said}");
            let right =
                "says 2100-01-31T03:00:00+03:00, but a camera's newest line is of 2100-02-01T03:03:00+03:00";
            assert!(said.contains(right), "{said}");
            // Two minutes are the tolerance for lines from the future.
            let (code, said) = at_clock(&school, &library, FEBRUARY + 60, args);
            assert_eq!(code, Some(0), "a clock within the tolerance is right: {args:?} {said}");
        }
    }
}
