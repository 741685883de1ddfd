//! A full or failing disk: lines are answered with 503 and the stream stops with 74. No acknowledged line is lost,
//! and once there is space, sending everything again stores the rest.

use std::process::{Command, Stdio};

use serde_json::Value;

use crate::common::aftermath::{Case, lost};
use crate::common::fault_controls::{self, Control};
use crate::common::harness::{School, Stream, has, text};
use crate::common::limit::Limited;

/// `attend ingest` as words.
fn ours() -> Vec<String> {
    [env!("CARGO_BIN_EXE_attend"), "ingest"].map(str::to_owned).to_vec()
}

/// Enough lines for the log to outgrow the remaining space.
fn case() -> Case {
    Case::new(School::example(), crate::faults::interruptions::lines())
}

/// Runs a program with a limit on file sizes, which makes writes fail.
fn limited(case: &Case, school: &School, program: &[String]) -> (Vec<Value>, Option<i32>) {
    let mut shell = school.program("sh");
    shell.args(["-c", "trap '' XFSZ; ulimit -f 300; exec \"$@\"", "sh"]).args(program);
    let mut stream = Stream::start(shell.stderr(Stdio::null()));
    // One alone first: it is stored before the failure.
    let mut acks = Vec::from_iter(stream.send(&case.lines[0]).ok().and_then(|()| stream.next_json()));
    let (rest, code) = stream.send_and_end(&case.lines[1..].concat());
    acks.extend(rest);
    (acks, code)
}

#[test]
fn a_disk_that_fails_answers_503_and_stops() {
    let case = case();
    let school = case.school();
    let (acks, code) = limited(&case, &school, &ours());
    assert_eq!(code, Some(74));
    let last = acks.last().unwrap();
    assert_eq!((last["status"].as_u64(), last["reason"].as_str()), (Some(503), Some("io_error")), "{last}");
    assert!(last["retry_after_ms"].as_u64().unwrap() >= 30_000);
    assert_eq!(case.complaints(&school, &acks), [""; 0]);
}

/// A small file system of our own, visible to these processes only, on which other files leave little space.
const SMALL: &str = r#"
    set -e
    mount -t tmpfs -o size=$(($(stat -c %s school.db) / 1024 + 4120))k tmpfs small
    cp school.db small/
    export ATTEND_DB=$PWD/small/school.db
    head -c 4096000 /dev/zero > small/other
    code=0; "$@" || code=$?
    echo "{\"code\":$code}"
    if [ "$AGAIN" ]; then
        rm small/other
        "$AGAIN" ingest all.jsonl
    fi
    cp small/school.db* .
"#;

/// Runs a program on it with all lines. With `again`, runs it once more when there is space. Returns the output and the
/// exit code of the first run.
fn on_a_full_disk(case: &Case, school: &School, program: &[String], again: &str) -> (Vec<Value>, i64) {
    std::fs::create_dir(school.path("small")).unwrap();
    let all = std::fs::File::open(school.write("all.jsonl", case.lines.concat())).unwrap();
    let mut command: Command = school.program("unshare");
    command.args(["--user", "--map-root-user", "--mount", "sh", "-c", SMALL, "sh"]).args(program);
    command.env("AGAIN", again).stdin(all).stdout(Stdio::piped()).stderr(Stdio::piped());
    let output = Limited::start(&mut command).output();
    assert!(output.status.success(), "{}", text(&output.stderr));
    let said = text(&output.stdout);
    let mut said: Vec<Value> = said.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    said.retain(Value::is_object);
    let end = said.iter().position(|said| said["code"].is_i64()).unwrap();
    let code = said[end]["code"].as_i64().unwrap();
    said.truncate(end);
    (said, code)
}

#[test]
fn a_full_disk_answers_503_and_stops_until_there_is_space() {
    if !has("unshare") {
        return;
    }
    let case = case();
    let school = case.school();
    let (acks, code) = on_a_full_disk(&case, &school, &ours(), env!("CARGO_BIN_EXE_attend"));
    assert_eq!((code, &acks.last().unwrap()["reason"]), (74, &"disk_full".into()));
    // Sent again on the same disk; a third and fourth time where there is space enough.
    assert_eq!(school.stored().len(), case.lines.len());
    assert_eq!(case.complaints(&school, &acks), [""; 0]);

    let school = case.school();
    let (acks, code) = on_a_full_disk(&case, &school, &ours(), "");
    assert_eq!(code, 74);
    assert!(school.stored().len() < case.lines.len(), "the disk was really full");
    assert_eq!(lost(&school, &case.lines, &acks), [""; 0]);
}

/// The control: an ingest that acknowledges before it commits loses lines on either disk.
#[test]
fn a_full_disk_finds_an_ingest_that_acknowledges_too_early() {
    if !has("unshare") {
        return;
    }
    let (case, early) = (case(), fault_controls::words(Control::AcknowledgesEarly));
    let school = case.school();
    let (acks, code) = limited(&case, &school, &early);
    assert_ne!(code, Some(0));
    assert!(lost(&school, &case.lines, &acks).len() >= 50, "{acks:?}");
    let school = case.school();
    let (acks, code) = on_a_full_disk(&case, &school, &early, "");
    assert_ne!(code, 0);
    assert!(lost(&school, &case.lines, &acks).len() >= 50, "{acks:?}");
}
