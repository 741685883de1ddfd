//! The district's side of feeds, with a real PostgreSQL: schools send what changed, and it holds what they hold.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;
use std::thread;

use crate::common::harness::{School, root, seen, text, wait_until};
use crate::common::limit::{Limited, ok, output};
use crate::common::postgres::Postgres;

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

/// Makes the district's tables, and the roles of some schools.
fn district<I: AsRef<str>>(postgres: &Postgres, schools: impl IntoIterator<Item = I>) {
    postgres.owner(&fs::read_to_string(root().join("examples/district/schema.sql")).unwrap());
    for id in schools {
        let id = id.as_ref();
        postgres.owner(&format!("SELECT add_school('{id}', 'School {id}', 'school_{id}')"));
    }
}

#[test]
fn a_district_holds_what_its_schools_hold() {
    let Some(postgres) = Postgres::start() else { return };
    district(&postgres, ["0101", "0102"]);
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

    // Corrections of the past, a cancelled period, and an edition without changes.
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

    // An erased student is gone there, too. The other school is not touched.
    north.ok(&["student", "erase", "A", "--reason", "asked"]);
    assert!(postgres.load(&north, "school_0101"));
    agrees(&north, "school_0101");
    agrees(&south, "school_0102");
    let left = postgres.owner("SELECT count(*) FROM record WHERE school_id = '0101' AND student = 'A'");
    assert_eq!(left, "0\n");
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

/// How a load is killed. The program stands before `psql` on the path of the job.
const KILLED: [(&str, &str); 3] = [
    ("before the database has anything", "kill -9 $PPID"),
    ("while the transaction is open", "PGAPPNAME=held REAL \"$@\" -c 'SELECT pg_sleep(600)'"),
    ("after the commit, before the confirmation", "REAL \"$@\"; kill -9 $PPID"),
];

#[test]
fn a_load_that_is_killed_anywhere_loses_and_doubles_nothing() {
    let Some(postgres) = Postgres::start() else { return };
    district(&postgres, ["0101"]);
    let mut school = school("0101");
    let real = text(&output(Command::new("sh").args(["-c", "command -v psql"])).stdout);
    for (nth, (when, script)) in KILLED.into_iter().enumerate() {
        fs::create_dir_all(school.path("bin")).unwrap();
        let shim = school.write("bin/psql", format!("#!/bin/sh\n{}\n", script.replace("REAL", real.trim())));
        fs::set_permissions(&shim, fs::Permissions::from_mode(0o755)).unwrap();
        school.at(&format!("2026-09-07T09:{:02}:00+03:00", 10 + nth));
        school.ok(&["mark", "B", ["present", "absent", "excused"][nth], "--period", "P1"]);
        let before = received(&postgres, "owner");

        let mut job = postgres.job(&school, "school_0101");
        let path = job.get_envs().find(|(key, _)| *key == "PATH").unwrap().1.unwrap().to_owned();
        let path = format!("{}:{}", school.path("bin").display(), path.display());
        let mut job = Limited::start(job.env("PATH", path));
        if script.contains("pg_sleep") {
            let held = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'held' AND query LIKE '%pg_sleep%'";
            wait_until("the load is in its transaction", || postgres.owner(held) == "1\n");
            ok(Command::new("kill").args(["-9", "--", &format!("-{}", job.id())]));
            postgres.owner(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'held'",
            );
            wait_until("its transaction is gone", || postgres.owner(held) == "0\n");
        }
        assert!(!job.wait().unwrap().success(), "{when}");
        if !when.starts_with("after") {
            assert_eq!(received(&postgres, "owner"), before, "{when}: nothing of it is there");
        }
        assert!(postgres.load(&school, "school_0101"), "{when}");
        assert_eq!(received(&postgres, "owner"), held(&school), "{when}");
        assert!(postgres.load(&school, "school_0101"), "{when}: the same once more");
        assert_eq!(received(&postgres, "owner"), held(&school), "{when}");
    }
}

/// How many schools of a district send at once.
const SENDERS: usize = 4;

#[test]
fn fifty_schools_send_at_once_and_correct_what_they_sent() {
    let Some(postgres) = Postgres::start() else { return };
    let ids: Vec<String> = (1..=50).map(|n| format!("{n:04}")).collect();
    district(&postgres, &ids);
    postgres.owner("SELECT add_school('0051', 'Silent', 'school_0051')");
    let first = school("0001");
    let mut schools: Vec<School> = ids.iter().map(|id| another(&first, id)).collect();
    let load = |schools: &[School]| {
        thread::scope(|scope| {
            for part in schools.chunks(schools.len().div_ceil(SENDERS)) {
                scope.spawn(|| part.iter().for_each(|school| assert!(postgres.load(school, &role(school)))));
            }
        });
    };
    load(&schools);
    // Two runs of one school at once, as cron may start them.
    load(&[another(&first, "0001"), another(&first, "0001")]);
    for (nth, school) in schools.iter_mut().enumerate() {
        school.at("2026-09-07T09:20:00+03:00");
        match nth % 3 {
            0 => drop(school.ingest(seen("B", 0.9, "2026-09-07T08:20:00+03:00", "gate"))),
            1 => drop(school.ok(&["mark", "B", "excused", "--period", "P1", "--reason", "dentist"])),
            _ => {}
        }
    }
    load(&schools);
    let all = "COPY (SELECT school_id, date, period, student, name, \"group\", status, minutes_late, reason FROM record
               ORDER BY school_id, date, period, student) TO STDOUT WITH (FORMAT csv)";
    assert_eq!(postgres.ask("owner", all).unwrap(), schools.iter().map(held).collect::<String>());

    // The district's questions.
    postgres.owner("CREATE ROLE ms_lee LOGIN IN ROLE attend_district");
    let answer = |sql: &str| postgres.ask("ms_lee", sql).unwrap();
    let by_day = "SELECT present, absent, excused, open, percent_present, count(*) FROM attendance_by_day
                  GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2";
    assert_eq!(answer(by_day), "1|0|1|0|50.0|17\n1|1|0|0|50.0|16\n2|0|0|0|100.0|17\n");
    assert_eq!(answer("SELECT count(*) FROM chronic_absence"), "0\n", "twenty judged periods are needed");
    assert_eq!(answer("SELECT school_id FROM silence LIMIT 1"), "0051\n");
    assert_eq!(answer("SELECT count(*) FROM unjudged_register"), "0\n");
    postgres.owner(
        "INSERT INTO record SELECT '0001', '2026-09-08', 'P' || n, 'B', 'Bob', NULL,
           CASE WHEN n % 10 < 3 THEN 'absent' ELSE 'present' END FROM generate_series(1, 19) n;
         INSERT INTO record VALUES ('0001', '2026-09-09', 'P1', 'B', 'Bob', NULL, 'unknown')",
    );
    let chronic = "SELECT student, judged, missed, percent_missed FROM chronic_absence";
    assert_eq!(answer(chronic), "B|20|5|25.0\n");
    assert_eq!(answer("SELECT * FROM unjudged_register"), "0001|2026-09-09|P1|1\n");

    // A school sees and writes its own rows, and no school's rows can be written by the district's readers.
    assert_eq!(postgres.ask("school_0002", "SELECT DISTINCT school_id FROM record").unwrap(), "0002\n");
    assert_eq!(postgres.ask("school_0002", "SELECT school_id FROM school").unwrap(), "0002\n");
    for (user, sql) in [
        ("school_0002", "INSERT INTO register VALUES ('0003', '2026-09-07', 'P9', now(), 1)"),
        ("school_0002", "SELECT * FROM record_2026_09"),
        ("school_0002", "SELECT * FROM attendance_by_day"),
        ("school_0002", "SELECT add_school('0060', 'x', 'x')"),
        ("ms_lee", "DELETE FROM record"),
    ] {
        assert!(postgres.ask(user, sql).is_err(), "{user}: {sql}");
    }
    assert_eq!(postgres.ask("school_0002", "DELETE FROM record WHERE school_id = '0003'"), Ok(String::new()));
    assert_eq!(answer("SELECT count(*) FROM record WHERE school_id = '0003'"), "2\n", "of another school");
}

/// A copy of a school with another identity.
fn another(first: &School, id: &str) -> School {
    let mut school = School::empty();
    school.at("2026-09-07T09:00:00+03:00");
    fs::copy(first.path("school.db"), school.path("school.db")).unwrap();
    school.ok(&["settings", "set", "school_id", id]);
    school
}

/// The role that sends for a school.
fn role(school: &School) -> String {
    format!("school_{}", school.ok(&["settings", "get", "school_id"]).trim())
}

/// The blocks of docs/district.md with a label.
fn blocks(label: &str) -> Vec<String> {
    let page = fs::read_to_string(root().join("docs/district.md")).unwrap();
    let begin = format!("\n```{label}\n");
    page.split(&begin).skip(1).map(|block| block.split("\n```").next().unwrap().to_owned()).collect()
}

#[test]
fn a_new_district_is_up_by_the_ten_commands_of_its_page() {
    let Some(postgres) = Postgres::start() else { return };
    let school = school("0999");
    for file in ["schema.sql", "load.sh"] {
        fs::copy(root().join("examples/district").join(file), school.path(file)).unwrap();
    }
    let commands = blocks("sh runs").join("\n");
    assert_eq!(commands.lines().count(), 10);
    // The administrator of the page is the user that the system names.
    let script = commands.replace("unset PGUSER", "export PGUSER=owner");
    let mut shell = postgres.client(&school, "sh", "owner");
    let answer = output(shell.args(["-euc", &script]));
    let shown = text(&answer.stdout);
    assert!(answer.status.success(), "{shown}{}", text(&answer.stderr));
    assert!(shown.contains(" 0101      | 2026-09-07 |       1 |      1 |"), "{shown}");
    assert!(shown.contains(" 0101      | North School | "), "{shown}");
}

#[test]
fn duckdb_reads_the_compressed_exports_of_the_schools() {
    let found = output(Command::new("python3").args(["-c", "import duckdb"])).status.success();
    assert!(found || std::env::var_os("ATTEND_TEST_FULL").is_none(), "duckdb is not installed");
    if !found {
        return;
    }
    let north = school("0101");
    let south = another(&north, "0102");
    fs::create_dir(north.path("exports")).unwrap();
    for (school, name) in [(&north, "0101.csv.zst"), (&south, "0102.csv.gz")] {
        let path = north.path("exports").join(name);
        school.ok(&["export", "records", "--dialect", "plain", "-o", path.to_str().unwrap()]);
    }
    let [sql] = &blocks("sql duckdb")[..] else { panic!("one block of SQL") };
    let script = "import duckdb, sys; [print(*map(str, row)) for row in duckdb.sql(sys.argv[1]).fetchall()]";
    let (copy, select) = sql.split_once("\n\n").unwrap();
    let python = "import duckdb, sys; duckdb.execute(sys.argv[2])";
    for (python, answer) in [(python, ""), (script, "0101 2026-09-07 1 1 0\n0102 2026-09-07 1 1 0\n")] {
        let mut program = Command::new("python3");
        let printed = output(program.args(["-c", python, select, copy]).current_dir(north.path("")));
        assert_eq!(text(&printed.stdout), answer, "{}", text(&printed.stderr));
    }
}
