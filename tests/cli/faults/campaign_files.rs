//! The part of the fault campaign about files: exports that are struck, and a database that is moved or replaced at any
//! write of a stream.

use std::fs;
use std::process::Command;
use std::thread;

use serde_json::Value;

use crate::common::aftermath::{Case, converse, copy, lost};
use crate::common::harness::{School, Stream, has, text, wait_until};
use crate::common::limit::{ok, output};
use crate::common::strace_kill::{EIO, ENOSPC, Fault, KILL, attend, has_struck, nths, tell};
use crate::faults::interruptions::lines;

/// Files of writers that did not finish.
fn parts(school: &School) -> Vec<String> {
    let files = fs::read_dir(school.path("")).unwrap();
    let mut names: Vec<String> = files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| name.contains("part"));
    names
}

#[test]
fn an_export_struck_at_any_call_leaves_the_older_file_or_the_new_one_and_the_next_one_clears_up() {
    if !has("strace") {
        return;
    }
    let template = School::example();
    template.ingest(lines()[..300].concat());
    let export = ["export", "recognitions", "--date", "2026-09-07", "--dialect", "plain", "-o", "sheet.csv"];
    template.ok(&export);
    let older = fs::read(template.path("sheet.csv")).unwrap();
    template.ingest(lines()[300..400].concat());
    template.ok(&export);
    let newer = fs::read(template.path("sheet.csv")).unwrap();
    assert_ne!(older, newer);
    let (mut struck, mut left) = (0, 0);
    // The whole of the file goes out by few calls, of several kinds.
    for calls in ["write", "fsync,fdatasync", "rename,renameat,renameat2,link,linkat", "fchmod,fchown"] {
        for what in [KILL, EIO, ENOSPC] {
            for nth in nths() {
                let school = copy(&template);
                fs::write(school.path("sheet.csv"), &older).unwrap();
                output(&mut Fault::new(calls, what).strikes(&school, &attend(&export), nth));
                if !has_struck(&school) {
                    break;
                }
                struck += 1;
                left += parts(&school).len();
                let sheet = fs::read(school.path("sheet.csv")).unwrap();
                assert!(sheet == older || sheet == newer, "{what} at {calls} {nth}: a file that is neither");
                school.ok(&["db", "check"]);
                school.ok(&export);
                assert!(fs::read(school.path("sheet.csv")).unwrap() == newer, "{what} at {calls} {nth}");
                assert_eq!(parts(&school), [""; 0], "{what} at {calls} {nth}");
            }
        }
    }
    tell(format_args!("{struck} exports struck, {left} parts left"));
    assert!(struck > 6 && left > 0, "{struck} struck, {left} left");
}

/// Onto the database itself: refused before anything is written, so there is nothing to strike.
#[test]
fn an_export_onto_the_database_writes_nothing_that_could_be_struck() {
    if !has("strace") {
        return;
    }
    let template = School::example();
    template.ingest(lines()[..100].concat());
    for target in ["school.db", "./school.db", "link.db"] {
        let school = copy(&template);
        std::os::unix::fs::symlink("school.db", school.path("link.db")).unwrap();
        let program = attend(&["export", "recognitions", "-o", target]);
        let fault = Fault::new("rename,renameat,renameat2,link,linkat,unlink,unlinkat,truncate", KILL)
            .of(&["school.db", "link.db"]);
        let output = output(&mut fault.strikes(&school, &program, 1));
        assert!(!has_struck(&school) && !output.status.success(), "{target}: {}", text(&output.stderr));
        assert_eq!(school.stored(), template.stored(), "{target}");
    }
}

/// Changes that people make to a database in use. `copy.db` is a backup of it.
const DEEDS: [&str; 3] = ["mv school.db away.db", "rm school.db", "cp copy.db new.db; mv new.db school.db"];

/// The process that strace has stopped, once it has.
fn stopped(school: &School) -> Option<String> {
    let trace = fs::read_to_string(school.path("trace")).ok()?;
    let line = trace.lines().find(|line| line.contains("--- stopped by SIGSTOP ---"))?;
    Some(line.split_whitespace().next()?.to_owned())
}

#[test]
fn a_database_moved_at_any_write_of_a_stream_takes_no_acknowledged_line_with_it() {
    if !has("strace") {
        return;
    }
    let case = Case::example(120);
    let mut struck = 0;
    for (nth, deed) in nths().zip(DEEDS.into_iter().cycle()) {
        let school = case.school();
        school.ok(&["db", "backup", "copy.db"]);
        let program = attend(&["ingest"]);
        let fault = Fault::new("pwrite64", "signal=STOP");
        let stream = Stream::start(&mut fault.strikes(&school, &program, nth));
        let ((acks, code), then) = thread::scope(|scope| {
            let talk = scope.spawn(|| converse(stream, &case.lines));
            wait_until("stopped, or over", || talk.is_finished() || stopped(&school).is_some());
            let then = stopped(&school).map(|process| {
                let then = copy(&school);
                drop(fs::copy(school.path("school.db-wal"), then.path("school.db-wal")));
                ok(school.program("sh").args(["-ec", deed]));
                ok(Command::new("kill").args(["-CONT", &process]));
                then
            });
            (talk.join().unwrap(), then)
        });
        let Some(then) = then else { break };
        struck += 1;
        assert_eq!(lost(&then, &case.lines, &acks), [""; 0], "{deed} at write {nth}");
        let refused = |ack: &Value| ack["status"] == 503 && ack["reason"] == "database_gone";
        assert!(acks.is_empty() || acks.iter().any(refused), "{deed} at write {nth}: the sender is told");
        assert_eq!(code, Some(74), "{deed} at write {nth}");
    }
    tell(format_args!("{struck} databases moved"));
    assert!(struck > 5, "only {struck} databases were moved");
}
