//! The district's side of feeds, with a real PostgreSQL: schools send what changed, and it holds what they hold.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::PathBuf;
use std::process::Command;

use crate::common::harness::{School, has, root, seen, text};

/// A PostgreSQL that listens on a socket in a folder of its own.
struct Postgres {
    folder: PathBuf,
    programs: PathBuf,
    _kept: tempfile::TempDir,
}

impl Postgres {
    /// Starts one, if it is installed.
    fn start() -> Option<Self> {
        let programs = programs()?;
        let kept = tempfile::Builder::new().permissions(fs::Permissions::from_mode(0o755)).tempdir().unwrap();
        let folder = kept.path().join("pg");
        fs::create_dir(&folder).unwrap();
        let postgres = Self { folder, programs, _kept: kept };
        if is_root() {
            let id = |flag: &str| {
                let found = Command::new("id").args([flag, "postgres"]).output().unwrap();
                text(&found.stdout).trim().parse::<u32>().ok()
            };
            chown(&postgres.folder, id("-u"), id("-g")).unwrap();
        }
        let data = postgres.folder.join("data");
        let data = data.to_str().unwrap();
        postgres.own(&[
            "initdb",
            "-D",
            data,
            "-A",
            "trust",
            "-U",
            "owner",
            "-E",
            "UTF8",
            "--locale=C",
            "--no-sync",
        ]);
        let options = format!("-k {} -c listen_addresses= -c fsync=off", postgres.folder.display());
        postgres.own(&["pg_ctl", "-D", data, "-o", &options, "-l", &format!("{data}/log"), "-w", "start"]);
        Some(postgres)
    }

    /// Runs one of its programs, not as root, which the server refuses.
    fn own(&self, args: &[&str]) {
        let program = self.programs.join(args[0]);
        let mut command = match is_root() {
            true => {
                let mut command = Command::new("runuser");
                command.args(["-u", "postgres", "--"]).arg(program);
                command
            }
            false => Command::new(program),
        };
        let output = command.args(&args[1..]).current_dir(&self.folder).env("LC_ALL", "C").output().unwrap();
        assert!(output.status.success(), "{args:?}: {}{}", text(&output.stdout), text(&output.stderr));
    }

    /// The answer to a query, without a heading.
    fn ask(&self, user: &str, sql: &str) -> Result<String, String> {
        let mut command = Command::new("psql");
        command.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-U", user, "-d", "postgres", "-h"]);
        let output = command.arg(&self.folder).args(["-c", sql]).output().unwrap();
        if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
    }

    fn owner(&self, sql: &str) -> String {
        self.ask("owner", sql).unwrap()
    }

    /// Runs a school's job. Whether it succeeded.
    fn load(&self, school: &School, role: &str) -> bool {
        let mut job = school.program("sh");
        job.arg(root().join("examples/district/load.sh")).env("TMPDIR", school.path(""));
        job.env("PGHOST", &self.folder).env("PGUSER", role).env("PGDATABASE", "postgres");
        job.env("TZDIR", school.path("")).output().unwrap().status.success()
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let data = self.folder.join("data");
        self.own(&["pg_ctl", "-D", data.to_str().unwrap(), "-m", "immediate", "stop"]);
    }
}

/// The folder of the server's programs, which Debian keeps off the path.
fn programs() -> Option<PathBuf> {
    let installed = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let debian = installed.map(|version| version.path().join("bin")).find(|bin| bin.join("initdb").is_file());
    debian.or_else(|| has("initdb").then(PathBuf::new))
}

fn is_root() -> bool {
    fs::metadata("/proc/self").unwrap().uid() == 0
}

/// A school of two students whose first period is over.
fn school(id: &str) -> School {
    let mut school = School::empty();
    school.at("2026-09-07T07:00:00+03:00");
    school.ok(&["init", "--timezone", "Asia/Baghdad"]);
    school.write("roll.csv", "code,name,group\nA,\"O'Neil, ژیان\",G7\nB,Bob,\n");
    school.ok(&["student", "import", "roll.csv"]);
    for (name, start, end) in [("P1", "08:00", "08:45"), ("P2", "10:00", "10:45")] {
        school.ok(&["period", "add", name, "--start", start, "--end", end, "--days", "daily"]);
    }
    school.ok(&["schedule", "generate", "--days", "1"]);
    school.ok(&["settings", "set", "school_id", id]);
    school.at("2026-09-07T09:00:00+03:00");
    school.ingest(seen("A", 0.9, "2026-09-07T08:05:00+03:00", "gate"));
    school
}

/// The rows of a school as its own export has them.
fn held(school: &School) -> String {
    let columns = "date,period,student,name,group,status,minutes_late,reason";
    let sheet =
        school.ok(&["export", "records", "--date", "2026-09-07", "--dialect", "plain", "--columns", columns]);
    sheet.replace('\r', "").split_once('\n').unwrap().1.to_owned()
}

/// The same rows as the district has them.
fn received(postgres: &Postgres, role: &str) -> String {
    let rows = "COPY (SELECT school_id, date, period, student, name, \"group\", status, minutes_late, reason FROM record
                ORDER BY date, period, student) TO STDOUT WITH (FORMAT csv)";
    postgres.ask(role, rows).unwrap()
}

#[test]
fn a_district_holds_what_its_schools_hold() {
    let Some(postgres) = Postgres::start() else { return };
    postgres.owner(&fs::read_to_string(root().join("examples/district/schema.sql")).unwrap());
    for id in ["0101", "0102"] {
        postgres.owner(&format!("CREATE ROLE school_{id} LOGIN IN ROLE attend_school"));
        postgres.owner(&format!("INSERT INTO school VALUES ('{id}', 'School {id}', 'school_{id}')"));
    }
    let (mut north, south) = (school("0101"), school("0102"));
    let agrees = |school: &School, role: &str| assert_eq!(received(&postgres, role), held(school), "{role}");

    assert!(postgres.load(&north, "school_0101") && postgres.load(&south, "school_0102"));
    agrees(&north, "school_0101");
    agrees(&south, "school_0102");
    assert_eq!(postgres.owner("SELECT count(*) FROM record"), "4\n");

    // An edition that the database refuses is not confirmed: the next one has the same registers.
    north.ingest(seen("B", 0.9, "2026-09-07T08:20:00+03:00", "gate"));
    assert!(!postgres.load(&north, "school_0102"), "a school that writes for another one");
    assert!(postgres.load(&north, "school_0101"));
    agrees(&north, "school_0101");

    // Corrections of the past, a period that is no longer held, and nothing at all.
    north.at("2026-09-07T12:00:00+03:00");
    north.ok(&["mark", "B", "excused", "--period", "P1", "--reason", "dentist, \"again\""]);
    assert!(postgres.load(&north, "school_0101"));
    agrees(&north, "school_0101");
    north.ok(&["schedule", "cancel", "P2", "--reason", "trip", "--yes"]);
    assert!(postgres.load(&north, "school_0101") && postgres.load(&north, "school_0101"));
    agrees(&north, "school_0101");
    assert_eq!(
        postgres.owner("SELECT count(*) FROM register WHERE school_id = '0101'"),
        "2\n",
        "P2 is known to be empty"
    );
}

#[test]
fn an_older_edition_does_no_harm() {
    let Some(postgres) = Postgres::start() else { return };
    postgres.owner(&fs::read_to_string(root().join("examples/district/schema.sql")).unwrap());
    postgres.owner("INSERT INTO school VALUES ('0101', 'North', 'owner')");
    let row = |minute: u32, status: &str| {
        format!(
            "CREATE TEMP TABLE e (LIKE edition); INSERT INTO e (school_id, register_version, as_of, date, period, student, name, status)
             VALUES ('0101', {minute}, '2026-09-07 12:{minute}Z', '2026-09-07', 'P1', 'A', 'Ada', '{status}'); SELECT take_edition('e')"
        )
    };
    assert_eq!(postgres.owner(&row(20, "present")), "1\n");
    assert_eq!(postgres.owner(&row(10, "absent")), "0\n", "an older edition that comes later");
    assert_eq!(postgres.owner(&row(20, "present")), "1\n", "the same once more");
    assert_eq!(postgres.owner("SELECT status FROM record"), "present\n");
}
