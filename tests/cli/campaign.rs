//! The fault campaign: processes killed at the Nth write, at a flush and at the cut of the log, and writes
//! that fail. Whatever is cut off where: what was acknowledged is stored once, the database is sound, and
//! doing the same again ends where an undisturbed run ends.

use std::io::Write;
use std::process::{Output, Stdio};

use serde_json::Value;

use crate::faults::{lines, lost};
use crate::harness::{School, has, text};

/// At which of the calls something happens: every early one, then ever fewer.
const NTH: [usize; 14] = [1, 2, 3, 4, 5, 7, 10, 14, 20, 29, 42, 61, 97, 160];

/// A school of which copies are made.
fn copy(template: &School) -> School {
    let school = School::empty();
    std::fs::copy(template.path("school.db"), school.path("school.db")).unwrap();
    school
}

/// Runs `attend` and lets something happen at the nth call of a kind: `signal=KILL`, `error=EIO`.
fn disturbed(school: &School, args: &[&str], input: &str, call: &str, nth: usize, what: &str) -> Output {
    let inject = format!("inject={call}:{what}:when={nth}");
    let mut strace = school.program("strace");
    strace.args(["-f", "-o", "/dev/null", "-e", &format!("trace={call}"), "-e", &inject]);
    strace.arg(env!("CARGO_BIN_EXE_attend")).args(args);
    let mut child =
        strace.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    let feeder = std::thread::spawn(move || drop(stdin.write_all(input.as_bytes())));
    let output = child.wait_with_output().unwrap();
    feeder.join().unwrap();
    output
}

/// Everything that has to come out the same.
fn truth(school: &School) -> (Vec<String>, Vec<Value>, String) {
    let lists = ["student list --all", "schedule list --days 9", "quarantine list --format csv"];
    (school.stored(), school.records("2026-09-07", "2026-09-07"), school.session(&lists))
}

#[test]
fn an_ingest_cut_off_at_any_write_loses_and_doubles_nothing() {
    if !has("strace") {
        return;
    }
    let (template, lines) = (School::example(), lines());
    let undisturbed = copy(&template);
    undisturbed.ingest(lines.concat());
    let expected = truth(&undisturbed);
    let mut hit = 0;
    for (call, what) in [
        ("pwrite64", "signal=KILL"),
        ("fdatasync,fsync", "signal=KILL"),
        ("ftruncate", "signal=KILL"),
        ("pwrite64", "error=EIO"),
        ("pwrite64", "error=ENOSPC"),
        ("fdatasync,fsync", "error=EIO"),
    ] {
        for nth in NTH {
            let school = copy(&template);
            let output = disturbed(&school, &["ingest"], &lines.concat(), call, nth, what);
            if output.status.success() {
                break; // There are fewer calls than that.
            }
            hit += 1;
            let acks: Vec<Value> =
                text(&output.stdout).lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
            let told = format!("{call} {what} {nth}: {}", text(&output.stderr));
            assert_eq!(lost(&school, &lines, &acks), [""; 0], "{told}");
            school.ok(&["db", "check"]);
            for _ in 0..2 {
                school.ingest(lines.concat());
                assert!(truth(&school) == expected, "{told}");
            }
        }
    }
    assert!(hit > 30, "only {hit} runs were disturbed");
}

#[test]
fn commands_cut_off_at_any_write_end_where_they_would_have_when_run_again() {
    if !has("strace") {
        return;
    }
    let template = School::example();
    template.ingest(lines()[..900].concat());
    template.ok(&["settings", "set", "min_score", "0.9"]);
    template.write("more.csv", "code,name,group\nH000101,Zoë,G8\nH000300,New One,G9\n");
    let mut hit = 0;
    for line in [
        "student import more.csv",
        "schedule generate --days 30",
        "recompute --from 2026-09-07 --to 2026-09-07",
        "student erase H000123 --reason asked",
        "--now 2026-09-20T12:00:00+03:00 prune --older-than 1d --all",
        "mark H000140 excused --reason dentist",
    ] {
        let args = crate::harness::words(line);
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let start = || {
            let school = copy(&template);
            std::fs::copy(template.path("more.csv"), school.path("more.csv")).unwrap();
            school
        };
        let undisturbed = start();
        undisturbed.ok(&args);
        let expected = truth(&undisturbed);
        for nth in NTH {
            let school = start();
            if disturbed(&school, &args, "", "pwrite64", nth, "signal=KILL").status.success() {
                break;
            }
            hit += 1;
            // Half a prune or half an erasure may be there to be finished, damage may not.
            let checked = school.session(&["db check"]);
            assert!(!checked.contains("damaged"), "{line}, cut off at write {nth}: {checked}");
            // Either it was done before it was cut off, or it is done now.
            school.session(&[line]);
            assert!(truth(&school) == expected, "{line}, cut off at write {nth}");
            school.ok(&["db", "check"]);
        }
    }
    assert!(hit > 30, "only {hit} runs were disturbed");
}

#[test]
fn a_database_whose_making_was_cut_off_is_made_by_asking_again() {
    if !has("strace") {
        return;
    }
    let init = ["init", "--timezone", "Asia/Baghdad"];
    let mut hit = 0;
    for nth in NTH {
        let school = School::empty();
        if disturbed(&school, &init, "", "pwrite64", nth, "signal=KILL").status.success() {
            break;
        }
        hit += 1;
        school.ok(&init);
        school.ok(&["db", "check"]);
        assert_eq!(school.ok(&["settings", "get", "timezone"]), "Asia/Baghdad\n");
    }
    assert!(hit > 3, "only {hit} runs were disturbed");
}
