//! Files and folders that cannot be written, or belong to another user. Every command says so in one
//! line with the next step, and changes no file.
//!
//! Root may write everything, so if the tests run as root, the program runs without its powers: in a user
//! namespace without mapped users it is an ordinary owner of its files.

use std::fs::{self, Permissions};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::Path;

use attend::store::Store;

use crate::common::aftermath::Case;
use crate::common::harness::{self, School, has, text};

/// Not us.
const SOMEBODY: u32 = 12_345;

/// Commands that only read, and commands that write.
const LOOKING: [&[&str]; 5] = [
    &["roster", "now"],
    &["panel"],
    &["health"],
    &["student", "list"],
    &["export", "recognitions", "--format", "csv"],
];
const CHANGING: [&[&str]; 5] = [
    &["ingest"],
    &["student", "add", "H000900", "New One"],
    &["mark", "H000101", "present"],
    &["settings", "set", "min_score", "0.8"],
    &["prune"],
];

fn is_root(school: &School) -> bool {
    fs::metadata(school.path("")).unwrap().uid() == 0
}

/// A case. `None` if permissions have no effect on these tests.
fn case() -> Option<Case> {
    let case = Case::example(60);
    (!is_root(&case.school()) || has("unshare")).then_some(case)
}

/// Exit code and error of a command without the powers of root.
fn run(school: &School, args: &[&str], input: &str) -> (Option<i32>, String) {
    let attend = env!("CARGO_BIN_EXE_attend");
    let program = if is_root(school) { &["unshare", "--user", attend][..] } else { &[attend] };
    let output = harness::run(school.program(program[0]).args(&program[1..]).args(args), input);
    (output.status.code(), text(&output.stderr).replace(school.path("").to_str().unwrap(), "~/"))
}

fn set_mode(school: &School, name: &str, mode: u32) {
    fs::set_permissions(school.path(name), Permissions::from_mode(mode)).unwrap();
}

/// The locks of POSIX that this process holds on a file. They are read from its open files one by one: the list of the
/// whole system is read in pieces, between which it changes.
fn own_locks(path: &Path) -> Vec<String> {
    let inode = fs::metadata(path).unwrap().ino().to_string();
    let handles = fs::read_dir("/proc/self/fdinfo").unwrap();
    // A handle of another test may be closed by now.
    let told = handles.filter_map(|handle| fs::read_to_string(handle.unwrap().path()).ok());
    let mut locks: Vec<String> = Vec::new();
    for told in told {
        let words = told.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
        let is_own = |place: &str| place.rsplit(':').next() == Some(&inode);
        let own = words
            .filter(|words| matches!(words[..], ["lock:", _, "POSIX", _, _, _, place, ..] if is_own(place)));
        locks.extend(own.map(|words| words[2..].join(" ")));
    }
    locks.sort();
    locks
}

/// Every file of the folder with what is in it; the index of the log is memory, and a lock holds a process id.
fn content(school: &School) -> Vec<(String, Vec<u8>)> {
    let files = fs::read_dir(school.path("")).unwrap().map(|file| file.unwrap());
    let files = files.map(|file| (file.file_name().into_string().unwrap(), fs::read(file.path()).unwrap()));
    let mut files: Vec<_> =
        files.filter(|(name, _)| !name.ends_with("-shm") && !name.ends_with(".lock")).collect();
    files.sort();
    files
}

const NOT_WRITTEN: &str =
    "attend: ~/school.db: the database is not writable: attempt to write a readonly database
hint: attend needs to write the file and its folder: check who owns them
";

#[test]
fn a_read_only_file_can_be_read_and_later_written_again() {
    let Some(case) = case() else { return };
    let school = case.school();
    set_mode(&school, "school.db", 0o444);
    let before = fs::read(school.path("school.db")).unwrap();
    for args in LOOKING {
        assert_eq!(run(&school, args, ""), (Some(0), String::new()), "{args:?}");
    }
    for args in CHANGING {
        assert_eq!(run(&school, args, &case.lines[0]), (Some(74), NOT_WRITTEN.to_owned()), "{args:?}");
    }
    assert_eq!(fs::read(school.path("school.db")).unwrap(), before);
    // The control: with the old mode everything works again.
    set_mode(&school, "school.db", 0o600);
    for args in CHANGING {
        assert_eq!(run(&school, args, &case.lines[0]), (Some(0), String::new()), "{args:?}");
    }
}

/// All lines are stored silently, as if there had been no obstacle.
fn assert_taken(case: &Case, school: &School) {
    assert_eq!(run(school, &["ingest"], &case.lines.concat()), (Some(0), String::new()));
    assert_eq!(case.complaints(school, &[]), [""; 0]);
}

#[test]
fn lines_refused_by_a_read_only_database_are_accepted_later() {
    let Some(case) = case() else { return };
    let school = case.school();
    set_mode(&school, "school.db", 0o444);
    assert_eq!(run(&school, &["roster", "now"], "").0, Some(0));
    assert_eq!(run(&school, &["ingest"], &case.lines.concat()).0, Some(74));
    set_mode(&school, "school.db", 0o600);
    assert_taken(&case, &school);
}

#[test]
fn reading_a_database_in_a_read_only_folder_leaves_no_files() {
    let Some(case) = case() else { return };
    let school = case.school();
    set_mode(&school, "", 0o555);
    let before = content(&school);
    for args in LOOKING {
        assert_eq!(run(&school, args, ""), (Some(0), String::new()), "{args:?}");
    }
    for args in CHANGING {
        let (code, said) = run(&school, args, &case.lines[0]);
        // A job meets its lock before the database.
        let locked = args == ["prune"] && said.contains(".prune.lock: Permission denied");
        assert!(code == Some(74) && (locked || said == NOT_WRITTEN), "{args:?}: {said}");
    }
    let init = ["init", "--timezone", "Asia/Baghdad"];
    let (code, said) = run(&school, &[&["--db", "new.db"], &init[..]].concat(), "");
    assert_eq!(
        (code, said.as_str()),
        (
            Some(74),
            "attend: cannot open new.db: Permission denied (os error 13)\nhint: run attend as the user who owns it\n"
        )
    );
    assert_eq!(content(&school), before);
    set_mode(&school, "", 0o700);
    assert_taken(&case, &school);
}

#[test]
fn a_database_of_another_owner_is_refused_and_not_changed() {
    let Some(case) = case() else { return };
    let school = case.school();
    let path = school.path("school.db");
    // Without root a file cannot be given to another user. A file that its owner cannot read has the same
    // effect.
    let mode = if chown(&path, Some(SOMEBODY), Some(SOMEBODY)).is_ok() { 0o600 } else { 0o000 };
    set_mode(&school, "school.db", mode);
    for args in LOOKING.into_iter().chain(CHANGING).chain([&["init", "--timezone", "Asia/Baghdad"][..]]) {
        let (code, said) = run(&school, args, &case.lines[0]);
        let expected = "attend: cannot open ~/school.db: Permission denied (os error 13)\nhint: run attend as the user who owns it\n";
        let health = args == ["health"];
        assert_eq!(code, Some(if health { 3 } else { 74 }), "{args:?}: {said}");
        assert!(health || said == expected, "{args:?}: {said}");
    }
    let names: Vec<String> = fs::read_dir(school.path(""))
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(names, ["school.db"], "nothing is left behind");
    let owner = fs::metadata(school.path("")).unwrap();
    chown(&path, Some(owner.uid()), Some(owner.gid())).unwrap();
    set_mode(&school, "school.db", 0o600);
    assert_taken(&case, &school);
}

#[test]
fn jobs_run_by_root_can_be_run_by_the_owner() {
    let case = Case::example(10);
    let school = case.school();
    if !is_root(&school) {
        assert!(std::env::var_os("ATTEND_TEST_ALL").is_none(), "not root");
        let _ = writeln!(std::io::stderr(), "skipped: only root can create files of another user");
        return;
    }
    chown(school.path("school.db"), Some(SOMEBODY), Some(SOMEBODY)).unwrap();
    let mut stream = school.stream(&[]);
    stream.ask(&case.lines[0]);
    school.ok(&["prune"]);
    let mut names = Vec::new();
    for file in fs::read_dir(school.path("")).unwrap() {
        let file = file.unwrap();
        assert_eq!(file.metadata().unwrap().uid(), SOMEBODY, "{:?}", file.file_name());
        names.push(file.file_name().into_string().unwrap());
    }
    names.sort();
    assert_eq!(names, [".school.db.prune.lock", "school.db", "school.db-shm", "school.db-wal"]);
    stream.end();
}

/// POSIX releases all locks of a process on a file when the process closes any handle of it. Another process that
/// finds no lock on the index of the log truncates it, and a reader of the first dies by SIGBUS.
#[test]
fn opening_a_database_again_keeps_the_locks_of_the_process() {
    let school = School::new();
    let [database, index] = ["school.db", "school.db-shm"].map(|name| school.path(name));
    let mut reader = Store::open(&database).unwrap();
    let read = |store: &mut Store| -> attend::store::Result<i64> { store.read(Store::data_version) };
    read(&mut reader).unwrap();
    let snapshot = reader.connection().unchecked_transaction().unwrap();
    snapshot.query_row("SELECT count(*) FROM student", [], |row| row.get::<_, i64>(0)).unwrap();
    let held = [&database, &index].map(|file| own_locks(file));
    assert!(held.iter().all(|locks| !locks.is_empty()), "{held:?}");
    drop(Store::open(&database).unwrap());
    assert_eq!([&database, &index].map(|file| own_locks(file)), held);
}
