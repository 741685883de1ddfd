//! The fault campaign. Processes are killed at the Nth write, at every flush, between commit and ack,
//! during recovery and while they copy the log into the database. Calls are made to fail, too. The
//! oracle of `aftermath.rs` must find no fault after any of them. It must find faults in ingests built
//! the wrong way (`controls.rs`).
//!
//! `ATTEND_CAMPAIGN=full` injects faults at every call instead of a selection.

use std::path::Path;

use serde_json::Value;

use crate::common::aftermath::{Case, converse, copy, lost};
use crate::common::fault_controls::{self, Control};
use crate::common::harness::{School, Stream, has, seen, text, words};
use crate::common::limit::output;
use crate::common::strace_kill::{
    DATABASE, EIO, ENOSPC, FILES, FLUSH, Fault, KILL, LOG, attend, has_struck, nths, tell,
};

/// Lets a program ingest the lines of a case with a fault. Returns the acks that arrived, and its exit code.
fn ingest(
    case: &Case,
    school: &School,
    program: &[impl AsRef<str>],
    fault: Fault,
    nth: usize,
) -> (Vec<Value>, Option<i32>) {
    converse(Stream::start(&mut fault.strikes(school, program, nth)), &case.lines)
}

/// The faults injected into a running ingest.
const FAULTS: [Fault; 14] = [
    Fault::new("pwrite64", KILL),
    Fault::new(FLUSH, KILL),
    Fault::new("ftruncate", KILL),
    Fault::new("?unlink,unlinkat", KILL),
    // In WAL mode the database itself is written by checkpoints only.
    Fault::new("pwrite64,fdatasync,fsync,ftruncate", KILL).of(DATABASE),
    Fault::new("pwrite64", EIO),
    Fault::new("pwrite64", ENOSPC),
    // Only flushes of the log: SQLite ignores errors when it flushes a folder.
    Fault::new(FLUSH, EIO).of(LOG),
    Fault::new("ftruncate", EIO),
    Fault::new("pread64", EIO).of(FILES),
    Fault::new("openat", ENOSPC).of(LOG),
    Fault::new("pwrite64", EIO).of(DATABASE),
    Fault::new("pwrite64", ENOSPC).of(DATABASE),
    Fault::new(FLUSH, EIO).of(DATABASE),
];

#[test]
fn an_ingest_killed_or_failing_at_any_call_loses_and_repeats_nothing() {
    if !has("strace") {
        return;
    }
    let case = Case::example(240);
    for fault in FAULTS {
        let mut struck = 0;
        for nth in fault.nths() {
            let school = case.school();
            let (acks, code) = ingest(&case, &school, &attend(&["ingest"]), fault, nth);
            if !has_struck(&school) {
                break;
            }
            struck += 1;
            assert_eq!(case.complaints(&school, &acks), [""; 0], "{fault:?} at {nth}");
            // If only a checkpoint fails, the log still has everything, so no error is due.
            let ends = match code {
                Some(0) => acks.len() == case.lines.len(),
                code => matches!(code, None | Some(74)),
            };
            assert!(ends, "{fault:?} at {nth}: {code:?} after {} acks", acks.len());
        }
        tell(format_args!("{struck} ingests struck by {fault:?}"));
        assert!(struck > 0, "{fault:?} never happened");
    }
}

#[test]
fn lines_killed_between_commit_and_ack_are_stored_and_recognised() {
    if !has("strace") {
        return;
    }
    let case = Case::example(240);
    let mut unheard = 0;
    for nth in nths() {
        let school = case.school();
        let (acks, _) = ingest(&case, &school, &attend(&["ingest"]), Fault::new("write", KILL), nth);
        if !has_struck(&school) {
            break;
        }
        let stored = school.stored().len();
        assert!(stored > acks.len(), "write {nth}: {stored} stored, {} acknowledged", acks.len());
        unheard += stored - acks.len();
        assert_eq!(case.complaints(&school, &acks), [""; 0], "write {nth}");
    }
    tell(format_args!("{unheard} lines stored and not acknowledged"));
    assert!(unheard > 50, "only {unheard} lines were stored and not acknowledged");
    // The control: an ingest that acknowledges first has acks without stored lines.
    let (school, early) = (case.school(), fault_controls::words(Control::AcknowledgesEarly));
    let (acks, _) = ingest(&case, &school, &early, Fault::new("write", KILL), 20);
    assert!(has_struck(&school) && school.stored().len() < acks.len());
}

/// The control: an ingest that acknowledges first and commits later has acks without stored lines.
#[test]
fn the_campaign_finds_an_ingest_that_acknowledges_too_early() {
    if !has("strace") {
        return;
    }
    let case = Case::example(240);
    for (control, fault, nth, wrong) in [
        (Control::AcknowledgesEarly, Fault::new(FLUSH, KILL), 1, true),
        (Control::AcknowledgesEarly, Fault::new("pwrite64", EIO).of(LOG), 2, true),
        (Control::AcknowledgesEarly, Fault::new("pwrite64", ENOSPC).of(LOG), 2, true),
        (Control::CommitsAndSyncs, Fault::new(FLUSH, KILL), 20, false),
    ] {
        let school = case.school();
        let (acks, _) = ingest(&case, &school, &fault_controls::words(control), fault, nth);
        assert!(has_struck(&school) && !acks.is_empty());
        assert_eq!(!lost(&school, &case.lines, &acks).is_empty(), wrong, "{control:?} {fault:?}");
    }
}

/// A school whose last ingest was killed before it copied the nth page of its log: that holds everything, the
/// database next to nothing.
fn wounded(case: &Case, nth: usize) -> (School, Vec<Value>) {
    let school = case.school();
    let copied_page = Fault::new("pwrite64", KILL).of(DATABASE);
    let (acks, code) = ingest(case, &school, &attend(&["ingest"]), copied_page, nth);
    assert_eq!((acks.len(), code), (case.lines.len(), None));
    (school, acks)
}

/// A copy of every file of a database, as a crash left them.
fn copy_all(from: &School) -> School {
    let school = School::empty();
    for file in FILES {
        if Path::exists(&from.path(file)) {
            std::fs::copy(from.path(file), school.path(file)).unwrap();
        }
    }
    school
}

#[test]
fn a_recovery_that_is_killed_succeeds_the_next_time() {
    if !has("strace") {
        return;
    }
    let case = Case::example(240);
    let (wounded, acks) = wounded(&case, 1);
    assert!(wounded.path("school.db-wal").metadata().unwrap().len() > 100_000);
    let at_any_call = Fault::new("%file,%desc", KILL).of(FILES);
    let again = copy_all(&wounded);
    let mut struck = 0;
    for nth in nths() {
        let school = copy_all(&wounded);
        for school in [&school, &again] {
            output(&mut at_any_call.strikes(school, &attend(&["settings", "get", "timezone"]), nth));
        }
        // A process that is killed repeatedly gets further each time.
        if !has_struck(&school) {
            break;
        }
        struck += 1;
        assert_eq!(lost(&copy_all(&school), &case.lines, &acks), [""; 0], "at call {nth}");
        assert_eq!(case.complaints(&school, &acks), [""; 0], "at call {nth}");
    }
    tell(format_args!("{struck} recoveries struck"));
    assert!(struck > 10, "only {struck} recoveries were struck");
    assert_eq!(case.complaints(&again, &acks), [""; 0], "killed {struck} times");
}

/// The control: the content of the log is really needed, before a checkpoint and in the middle of one.
#[test]
fn without_its_log_a_killed_database_has_lost_lines_or_is_damaged() {
    if !has("strace") {
        return;
    }
    let case = Case::example(60);
    for nth in [1, 3] {
        let (wounded, acks) = wounded(&case, nth);
        std::fs::remove_file(wounded.path("school.db-wal")).unwrap();
        let damaged = !wounded.feed(&["db", "check"], "").status.success();
        assert!(damaged || !lost(&wounded, &case.lines, &acks).is_empty(), "{nth} pages");
    }
}

/// How many lines of the quarantine contain a word.
fn kept(school: &School, word: &str) -> usize {
    let kept = school.ok(&["quarantine", "list", "--format", "jsonl"]);
    kept.lines().filter(|line| line.contains(word)).count()
}

/// A flood of garbage fills the share of its runner and is killed. Then the lines of another runner are all
/// there, no share exceeds its limit, and each count is right.
#[test]
fn a_flood_killed_at_any_write_does_not_touch_the_quarantine_of_others() {
    if !has("strace") {
        return;
    }
    let template = School::example();
    template.ok(&["settings", "set", "quarantine_limit", "100"]);
    for runner in ["hall", "door"] {
        template.ok(&["key", "create", runner, "-o", &format!("{runner}.key")]);
    }
    let strangers: String =
        (0..90).map(|n| seen(&format!("N{n:05}"), 0.9, "2026-09-07T09:36:00+03:00", "hall-1")).collect();
    template.feed(&["ingest", "--key-file", "hall.key"], strangers);
    let flood: Vec<String> = (0..3_000).map(|n| format!("garbage {n}\n")).collect();
    let mut struck = 0;
    for nth in nths() {
        let school = copy(&template);
        std::fs::copy(template.path("door.key"), school.path("door.key")).unwrap();
        let program = attend(&["ingest", "--key-file", "door.key"]);
        converse(Stream::start(&mut Fault::new("pwrite64", KILL).strikes(&school, &program, nth)), &flood);
        if !has_struck(&school) {
            break;
        }
        struck += 1;
        assert_eq!(kept(&school, "hall-1"), 90, "write {nth}");
        assert!(kept(&school, "garbage") <= 100, "write {nth}");
        let conn = rusqlite::Connection::open(school.path("school.db")).unwrap();
        let wrong = "SELECT count(*) FROM share s
                     WHERE lines <> (SELECT count(*) FROM quarantine q WHERE q.runner = s.runner AND q.camera = s.camera)";
        assert_eq!(conn.query_row(wrong, [], |row| row.get::<_, u32>(0)).unwrap(), 0, "write {nth}");
        // Memory stays bounded after the crash, too.
        school.feed(&["ingest", "--key-file", "door.key"], flood.concat());
        assert_eq!((kept(&school, "hall-1"), kept(&school, "garbage")), (90, 100), "write {nth}");
    }
    tell(format_args!("{struck} floods struck"));
    assert!(struck > 5, "only {struck} floods were struck");
}

/// The state that must be equal.
fn told(school: &School) -> (Vec<String>, Vec<Value>, String) {
    let lists = ["student list --all", "schedule list --days 9", "quarantine list --format csv"];
    (school.stored(), school.records("2026-09-07", "2026-09-07"), school.session(&lists))
}

#[test]
fn commands_killed_at_any_write_complete_when_run_again() {
    if !has("strace") {
        return;
    }
    let template = School::example();
    template.ingest(crate::faults::interruptions::lines()[..900].concat());
    template.ok(&["settings", "set", "min_score", "0.9"]);
    let start = || {
        let school = copy(&template);
        school.write("more.csv", "code,name,group\nH000101,Zoë,G8\nH000300,New One,G9\n");
        school
    };
    let (mut struck, mut interrupted) = (0, 0);
    for line in [
        "student import more.csv",
        "schedule generate --days 30",
        "recompute --from 2026-09-07 --to 2026-09-07",
        "student erase H000123 --reason asked",
        "--now 2026-09-20T12:00:00+03:00 prune --older-than 1d --all",
        "mark H000140 excused --reason dentist",
    ] {
        let args = words(line);
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let undisturbed = start();
        undisturbed.ok(&args);
        let expected = told(&undisturbed);
        for nth in nths() {
            let school = start();
            let what = [KILL, EIO, ENOSPC][struck % 3];
            output(&mut Fault::new("pwrite64", what).strikes(&school, &attend(&args), nth));
            if !has_struck(&school) {
                break;
            }
            struck += 1;
            // An unfinished prune or erasure is allowed. Damage is not.
            let checked = school.session(&["db check"]);
            assert!(!checked.contains("damaged"), "{line}, {what} at write {nth}: {checked}");
            interrupted += usize::from(nth < 3 && told(&school) != expected);
            // Either it was complete before the kill, or it is complete now.
            school.session(&[line]);
            assert!(told(&school) == expected, "{line}, {what} at write {nth}");
            school.ok(&["db", "check"]);
        }
    }
    tell(format_args!("{struck} commands struck"));
    assert!(struck > 30, "only {struck} runs were struck");
    // The control: some were not complete before, so running them again changed something.
    assert!(interrupted > 6, "only {interrupted} runs were interrupted");
}

/// Left-over files, which belong to no database and no lock.
fn left_behind(school: &School) -> Vec<String> {
    let files = std::fs::read_dir(school.path("")).unwrap();
    let mut names: Vec<String> = files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| name.contains("part"));
    names
}

#[test]
fn a_killed_backup_keeps_the_older_copy_and_the_next_one_cleans_up() {
    if !has("strace") {
        return;
    }
    let school = School::example();
    school.ingest(crate::faults::interruptions::lines()[..300].concat());
    school.ok(&["db", "backup", "copy.db"]);
    let older = std::fs::read(school.path("copy.db")).unwrap();
    let backup = ["db", "backup", "copy.db"];
    let mut left = 0;
    for (what, nth) in [(KILL, 40), (KILL, 60), (KILL, 70), (EIO, 40), (ENOSPC, 60)] {
        let output = output(&mut Fault::new("pwrite64", what).strikes(&school, &attend(&backup), nth));
        assert!(has_struck(&school) && !output.status.success(), "{what} at {nth}");
        assert_eq!(left_behind(&school).is_empty(), what != KILL, "{what} at {nth}");
        left += left_behind(&school).len();
        assert!(std::fs::read(school.path("copy.db")).unwrap() == older, "{what} at {nth}");
        school.ok(&["db", "check"]);
    }
    assert!(left >= 3, "the control: something was there to be cleared up");
    school.ok(&backup);
    school.ok(&["--db", "copy.db", "db", "check"]);
    assert_eq!(left_behind(&school), [""; 0]);
}

#[test]
fn an_interrupted_init_succeeds_when_repeated() {
    if !has("strace") {
        return;
    }
    let init = ["init", "--timezone", "Asia/Baghdad", "-v"];
    let at_any_call = Fault::new("%file,%desc", KILL).of(FILES);
    let (mut struck, mut made) = (0, 0);
    for nth in nths() {
        let school = School::empty();
        output(&mut at_any_call.strikes(&school, &attend(&init), nth));
        if !has_struck(&school) {
            break;
        }
        struck += 1;
        // Killed once more, while it rolls back the journal of the first.
        output(&mut at_any_call.strikes(&school, &attend(&init), nth.min(20)));
        let output = school.feed(&init, "");
        assert!(output.status.success(), "at call {nth}: {}", text(&output.stderr));
        made += usize::from(text(&output.stderr).starts_with("made "));
        school.ok(&["db", "check"]);
        assert_eq!(school.ok(&["settings", "get", "timezone"]), "Asia/Baghdad\n");
    }
    tell(format_args!("{struck} makings struck"));
    assert!(struck > 10, "only {struck} runs were struck");
    assert!((1..=struck).contains(&made), "{made} of {struck} were made only when asked again");
}
