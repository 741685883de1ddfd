//! Commands that only read, on a copy that cannot be written.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output};

use rusqlite::Connection;

use crate::common::harness::{School, has, run, text};

const READERS: [&[&str]; 15] = [
    &["roster", "show", "--period", "Block 1"],
    &["panel"],
    &["history", "H000101"],
    &["summary"],
    &["health"],
    &["student", "list"],
    &["student", "export", "H000101"],
    &["schedule", "list"],
    &["settings", "list"],
    &["export", "records", "--date", "2026-09-07"],
    &["export", "records", "--changed-since", "0@0", "-q"],
    &["export", "recognitions", "--date", "2026-09-07"],
    &["audit"],
    &["db", "check"],
    &["db", "stats"],
];

/// A copy in a read-only folder with a read-only mode.
fn copy(school: &School, log: bool) -> std::path::PathBuf {
    let folder = school.path("copies?%20#");
    fs::create_dir_all(&folder).unwrap();
    let copy = folder.join("copy.db");
    school.ok(&["db", "backup", copy.to_str().unwrap()]);
    if log {
        // The header says that it keeps a log, as that of a copied live database does.
        Connection::open(&copy).unwrap().pragma_update(None, "journal_mode", "WAL").unwrap();
    }
    fs::set_permissions(&copy, Permissions::from_mode(0o444)).unwrap();
    fs::set_permissions(&folder, Permissions::from_mode(0o555)).unwrap();
    fs::set_permissions(school.path("."), Permissions::from_mode(0o755)).unwrap();
    copy
}

/// As a user without rights to write: root may write everywhere.
fn as_reader(school: &School, copy: &std::path::Path, args: &[&str]) -> Output {
    let attend = school.command(args);
    let mut command = Command::new("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(attend.get_program()).args(args);
    command
        .env_clear()
        .env("ATTEND_DB", copy)
        .env("ATTEND_NOW", "2026-09-07T09:00:00+03:00")
        .env("PATH", "/usr/bin:/bin");
    run(&mut command, "")
}

#[test]
fn a_read_only_copy_serves_every_reading_command() {
    if !has("setpriv") || !is_root() {
        return;
    }
    for log in [false, true] {
        let school = School::example();
        let copy = copy(&school, log);
        for args in READERS {
            let output = as_reader(&school, &copy, args);
            let said = text(&output.stderr);
            assert!(said.is_empty() && output.status.code() != Some(74), "log {log}: {args:?}: {said}");
        }
        let refused = as_reader(&school, &copy, &["student", "add", "X1", "--name", "X"]);
        assert!(!refused.status.success(), "a change is refused");
        fs::set_permissions(copy.parent().unwrap(), Permissions::from_mode(0o755)).unwrap();
        let beside = fs::read_dir(copy.parent().unwrap()).unwrap().count();
        assert_eq!(beside, 1, "nothing is left beside the copy");
    }
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|process| std::os::unix::fs::MetadataExt::uid(&process) == 0)
}
