//! `attend summary`: a date or a range, with the same content in all formats.

use std::fs;
use std::io::BufReader;

use proptest::prelude::*;
use serde_json::Value;

use crate::common::harness::{School, seen, text};
use crate::common::servers::CLOSED;
use crate::register::sheets::sheets;
use crate::register::summary_mail::{mail_to, parts};

fn at(student: &str, score: f64, time: &str) -> String {
    seen(student, score, &format!("2026-09-{time}:00+03:00"), "gate-1")
}

/// Monday at noon: no camera worked in Assembly. Students were late, badly seen, excused and away.
fn monday() -> School {
    let mut school = School::example();
    school.at("2026-09-07T12:00:00+03:00");
    let lines = [
        at("H000101", 0.9, "07T08:21"),
        at("H000102", 0.9, "07T08:45"),
        at("H000140", 0.7, "07T09:00"),
        at("H000101", 0.9, "07T09:36"),
        at("H000102", 0.7, "07T09:40"),
        at("H000101", 0.9, "07T10:50"),
    ];
    school.ingest(lines.concat());
    school.ok(&["mark", "H000123", "excused", "--period", "Block 2", "--reason", "dentist"]);
    school.ok(&["mark", "H000123", "present", "--period", "Block 1"]);
    school
}

/// The rows as JSON.
fn rows(school: &School, args: &[&str]) -> Vec<Value> {
    let rows = school.ok(&[&["summary", "--format", "jsonl"], args].concat());
    rows.lines().map(|row| serde_json::from_str(row).unwrap()).collect()
}

fn whole(school: &School, args: &[&str]) -> Value {
    serde_json::from_str(&school.ok(&[&["summary", "--format", "json"], args].concat())).unwrap()
}

/// Some members of every row, each as `code a b c`.
fn told(rows: &[Value], members: &[&str]) -> Vec<String> {
    let row = |row: &Value| {
        let members = members.iter().map(|member| match &row[member] {
            Value::String(word) => word.clone(),
            other => other.to_string(),
        });
        std::iter::once(row["student"].as_str().unwrap().to_owned())
            .chain(members)
            .collect::<Vec<_>>()
            .join(" ")
    };
    rows.iter().map(row).collect()
}

#[test]
fn csv_on_standard_output_is_for_programs_and_in_a_file_for_people() {
    let mut school = School::example();
    school.ok(&["settings", "set", "csv_delimiter", ";"]);
    school.ok(&["student", "add", "0012", "Bob Poe", "--group", "G9"]);
    school.at("2026-09-08T12:00:00+03:00");
    let second = |printed: &str| printed.lines().nth(1).unwrap().chars().take(16).collect::<String>();
    let summary =
        |args: &[&str]| school.ok(&[&["summary", "--group", "G9", "--format", "csv"], args].concat());
    for more in [&[][..], &["--from", "today"], &["--by", "student"]] {
        let printed = summary(more);
        assert!(printed.starts_with("student,") && second(&printed).starts_with("0012,"), "{printed}");
    }
    assert_eq!(second(&summary(&["--dialect", "excel"])), "\"=\"\"0012\"\"\";Bob ");
    assert_eq!(second(&summary(&["--delimiter", "tab"])), "\"=\"\"0012\"\"\"\tBob ");
    summary(&["-o", "x.csv"]);
    assert_eq!(second(&fs::read_to_string(school.path("x.csv")).unwrap()), "\"=\"\"0012\"\"\";Bob ");
}

#[test]
fn a_day_at_a_glance() {
    insta::assert_snapshot!(monday().session(&["summary", "summary --group G8 --format csv --dialect plain"]), @"
    $ attend summary
    Mon 7 Sep 2026 · 5 students · 4 periods, 3 judged (Assembly was blind)
    Present 33.3 % (5 of 15) · late 2 · excused 1 · low score 2 · absent 7 · unknown 5
    unknown: Assembly: no camera on duty 07:55–08:15

    NEEDS A PERSON
     never seen        H000177 Omar Haddad (G8)
     only low scores   H000140 王小明 (G8)

     CODE     NAME         GROUP  PRESENT  LATE  EXCUSED  ASM  B1      B2  B3
     H000101  Zoë O'Neil   G7         3/4     1        0  ◌    ✓       ✓   ✓ late
     H000102  ژیان ئەحمەد  G7         1/4     1        0  ◌    ✓ late  ?   ✗
     H000123  Ada Karim    G7         1/4     0        1  ◌    ✓       –   ✗
     H000140  王小明       G8         0/4     0        0  ◌    ?       ✗   ✗
     H000177  Omar Haddad  G8         0/4     0        0  ◌    ✗       ✗   ✗
    $ attend summary --group G8 --format csv --dialect plain
    student,name,group,present,cap,late,after_close,absent,excused,low_score,unknown,pending,expected,anomaly,blind,Assembly,Block 1,Block 2,Block 3␍
    H000140,王小明,G8,0,4,0,0,2,0,1,1,0,4,only_low_scores,Assembly: no camera on duty 07:55–08:15,unknown,low_score,absent,absent␍
    H000177,Omar Haddad,G8,0,4,0,0,3,0,0,1,0,4,never_seen,Assembly: no camera on duty 07:55–08:15,unknown,absent,absent,absent␍
    ");
}

#[test]
fn a_range_at_a_glance() {
    let mut school = monday();
    school.at("2026-09-08T12:00:00+03:00");
    school.ingest([at("H000101", 0.9, "08T08:25"), at("H000177", 0.9, "08T09:40")].concat());
    insta::assert_snapshot!(school.session(&["summary --from 2026-09-06"]), @"
    $ attend summary --from 2026-09-06
    Sun 6 Sep 2026 – Tue 8 Sep 2026 · 5 students · 2 school days
    Present 23.3 % (7 of 30) · late 2 · excused 1 · low score 2 · absent 20 · unknown 10
    unknown: Mon 7 Sep 2026, Assembly: no camera on duty 07:55–08:15
    unknown: Tue 8 Sep 2026, Block 3: gate-1 blind 10:30–11:20

    CLASSES, present day by day
     G7        ▄▁   33.3 %
     G8        ▁▂    8.3 %

    PERIODS, present
     Assembly  ░░░░░░░░░░░░░░░░░░░░    0.0 %
     Block 1   ████████░░░░░░░░░░░░   40.0 %
     Block 2   ████░░░░░░░░░░░░░░░░   20.0 %
     Block 3   ████░░░░░░░░░░░░░░░░   20.0 %

    NEEDS A PERSON
     missed ≥ 10 %     H000101 Zoë O'Neil (G7) 2/6 · H000102 ژیان ئەحمەد (G7) 4/6 · H000123 Ada Karim (G7) 5/6
                       H000177 Omar Haddad (G8) 5/6
     only low scores   H000140 王小明 (G8)

     CODE     NAME         GROUP  PRESENT  LATE  EXCUSED  DAYS  ABSENT  IN A ROW  MISSED
     H000101  Zoë O'Neil   G7         4/8     1        0     2       0         0  33.3 %
     H000102  ژیان ئەحمەد  G7         1/8     1        0     2       1         1  66.7 %
     H000123  Ada Karim    G7         1/8     0        1     2       1         1  83.3 %
     H000140  王小明       G8         0/8     0        0     2       1         1  83.3 %
     H000177  Omar Haddad  G8         1/8     0        0     2       1         1  83.3 %
    ");
}

#[test]
fn totals_for_programs() {
    let mut whole = whole(&monday(), &[]);
    whole["rows"] = whole["rows"][0].clone();
    whole["periods"] = whole["periods"][2].clone();
    insta::assert_snapshot!(serde_json::to_string_pretty(&whole).unwrap(), @r#"
    {
      "absent": 7,
      "after_close": 0,
      "anomalies": {
        "chronic_absence": 0,
        "few_periods": 0,
        "never_seen": 1,
        "not_judged": 0,
        "only_low_scores": 1
      },
      "as_of": "2026-09-07T12:00:00+03:00",
      "days": 1,
      "excused": 1,
      "expected": 20,
      "from": "2026-09-07",
      "judged": 15,
      "late": 2,
      "low_score": 2,
      "pending": 0,
      "periods": {
        "absent": 2,
        "after_close": 0,
        "blind": null,
        "coverage_percent": 100.0,
        "date": "2026-09-07",
        "ends_at": "2026-09-07T10:20:00+03:00",
        "excused": 1,
        "expected": 5,
        "late": 0,
        "low_score": 1,
        "pending": 0,
        "period": "Block 2",
        "present": 1,
        "starts_at": "2026-09-07T09:35:00+03:00",
        "unknown": 0
      },
      "present": 5,
      "present_percent": 33.3,
      "report": "summary",
      "rows": {
        "Assembly": "unknown",
        "Block 1": "present",
        "Block 2": "present",
        "Block 3": "present",
        "absent": 0,
        "after_close": 0,
        "anomaly": null,
        "blind": "Assembly: no camera on duty 07:55–08:15",
        "cap": 4,
        "excused": 0,
        "expected": 4,
        "group": "G7",
        "late": 1,
        "low_score": 0,
        "name": "Zoë O'Neil",
        "pending": 0,
        "present": 3,
        "student": "H000101",
        "unknown": 1
      },
      "students": 5,
      "to": "2026-09-07",
      "undecided": [
        {
          "blind": "no camera on duty 07:55–08:15",
          "date": "2026-09-07",
          "period": "Assembly"
        }
      ],
      "unknown": 5
    }
    "#);
}

/// The facts that every format gives about a student: code, name, group, present, cap, late, excused,
/// and the status in each period.
type Told = Vec<String>;

/// From rows of cells, of which the first names the columns.
fn from_cells(cells: &[Vec<String>]) -> Vec<Told> {
    let place = |name: &str| cells[0].iter().position(|column| column == name).unwrap();
    let periods = place("blind") + 1;
    let cell = |row: &Vec<String>, place: usize| row.get(place).cloned().unwrap_or_default();
    let row = |row: &Vec<String>| {
        let columns = ["student", "name", "group", "present", "cap", "late", "excused"];
        let told = columns.iter().map(|name| cell(row, place(name)));
        told.chain((periods..cells[0].len()).map(|place| cell(row, place))).collect()
    };
    cells[1..].iter().map(row).collect()
}

fn from_csv(school: &School) -> Vec<Told> {
    let text = school.ok(&["summary", "--format", "csv", "--dialect", "plain"]);
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    let rows = reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect());
    from_cells(&rows.collect::<Vec<_>>())
}

fn from_json(rows: &[Value]) -> Vec<Told> {
    let periods = ["Assembly", "Block 1", "Block 2", "Block 3"];
    let columns = [&["student", "name", "group", "present", "cap", "late", "excused"], &periods[..]].concat();
    let cell =
        |value: &Value| value.as_str().map_or_else(|| value.to_string().replace("null", ""), str::to_owned);
    rows.iter().map(|row| columns.iter().map(|column| cell(&row[column])).collect()).collect()
}

fn from_file(school: &School, file: &str) -> Vec<Told> {
    school.ok(&["summary", "-o", file]);
    from_sheet(school, file)
}

fn from_mail(school: &School) -> Vec<Told> {
    // The server does not answer, so the mail waits in the database.
    mail_to(school, CLOSED, "'head@school.example'");
    school.feed(&["--config", "attend.toml", "summary", "--email"], "");
    let conn = rusqlite::Connection::open(school.path("school.db")).unwrap();
    let mail: Vec<u8> = conn.query_row("SELECT body FROM message LIMIT 1", [], |row| row.get(0)).unwrap();
    let mail = parts(&text(&mail));
    school.write("mailed.csv", mail["files"][0]["content"].as_str().unwrap());
    from_sheet(school, "mailed.csv")
}

fn from_sheet(school: &School, file: &str) -> Vec<Told> {
    let sheets = sheets(school, &[file.to_owned()]);
    let rows = sheets[file].last().unwrap().rows.iter();
    let mut rows: Vec<Vec<String>> =
        rows.map(|row| row.iter().map(|cell| cell.1.clone()).collect()).collect();
    // A workbook has words as headers.
    let key = |words: &String| words.to_lowercase().replace(' ', "_").replace("code", "student");
    rows[0] = rows[0].iter().map(key).collect();
    from_cells(&rows)
}

fn from_table(school: &School) -> Vec<Told> {
    let table = school.ok(&["summary"]);
    let rows = table.lines().skip_while(|line| !line.starts_with(" CODE")).skip(1);
    let row = |line: &str| {
        let mut cells = line.split("  ").map(str::trim).filter(|cell| !cell.is_empty());
        let [code, name, group, present, late, excused] = std::array::from_fn(|_| cells.next().unwrap());
        let (present, cap) = present.split_once('/').unwrap();
        let marks = cells.map(|mark| match mark {
            "✓" | "✓ late" => "present",
            "✗" => "absent",
            "?" => "low_score",
            "–" => "excused",
            "◌" => "unknown",
            other => panic!("{other:?} in {line}"),
        });
        [code, name, group, present, cap, late, excused].into_iter().chain(marks).map(str::to_owned).collect()
    };
    rows.map(row).collect()
}

/// A workbook speaks to people: `low score`.
fn words_of_programs(rows: Vec<Vec<String>>) -> Vec<Vec<String>> {
    let word = |cell: String| if cell == "low score" { "low_score".to_owned() } else { cell };
    rows.into_iter().map(|row| row.into_iter().map(word).collect()).collect()
}

#[test]
fn every_format_of_a_summary_has_the_same_rows() {
    let school = monday();
    let truth = from_csv(&school);
    assert_eq!(truth.len(), 5);
    for (form, told) in [
        ("json", from_json(whole(&school, &[])["rows"].as_array().unwrap())),
        ("json lines", from_json(&rows(&school, &[]))),
        ("table", from_table(&school)),
        ("workbook", words_of_programs(from_file(&school, "monday.xlsx"))),
        ("sheet", from_file(&school, "monday.csv")),
        ("mail", from_mail(&school)),
    ] {
        assert_eq!(told, truth, "{form}");
    }
}

#[test]
fn a_file_has_the_same_content_as_the_terminal() {
    let school = monday();
    for args in [&[][..], &["--group", "G7"], &["--from", "2026-09-01"], &["--columns", "name,student"]] {
        for (format, file) in [("csv", "a.csv"), ("json", "a.json"), ("jsonl", "a.jsonl")] {
            let shown = ["summary", "--format", format, "--dialect", "excel"];
            let shown = school.ok(&[&shown[..], args].concat());
            assert_eq!(school.ok(&[&["summary", "-o", file], args].concat()), "");
            assert_eq!(std::fs::read_to_string(school.path(file)).unwrap(), shown, "{format} {args:?}");
        }
    }
}

const COUNTED: [&str; 6] = ["present", "absent", "excused", "low_score", "unknown", "late"];

/// The same counts from rows of the register; `of` says which rows count.
fn count(records: &[Value], of: impl Fn(&Value) -> bool) -> [u64; 6] {
    let mut counts = [0; 6];
    for row in records.iter().filter(|row| of(row)) {
        counts[COUNTED.iter().position(|status| row["status"] == *status).unwrap()] += 1;
        counts[5] += u64::from(!row["minutes_late"].is_null());
    }
    counts
}

fn counts(object: &Value) -> [u64; 6] {
    COUNTED.map(|member| object[member].as_u64().unwrap())
}

#[test]
fn totals_reconcile_with_the_register() {
    let sighting = (0..5usize, 7..9u32, 0..150u32, 0.5..1.0f64);
    let mark = (0..5usize, 0..3usize, 0..4usize, 7..9u32);
    let days = (
        proptest::collection::vec(sighting, 0..40),
        proptest::collection::vec(mark, 0..6),
        proptest::bool::ANY,
        proptest::option::of(0..5usize),
    );
    let config = ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() };
    let codes = ["H000101", "H000102", "H000123", "H000140", "H000177"];
    let periods = ["Assembly", "Block 1", "Block 2", "Block 3"];
    proptest!(config, |((sightings, marks, grouped, leaver) in days)| {
        let mut school = School::example();
        if grouped {
            school.ok(&["period", "edit", "Block 3", "--groups", "G8"]);
            school.ok(&["schedule", "generate"]);
        }
        let lines = sightings.iter().map(|(student, day, minute, score)| {
            at(codes[*student], *score, &format!("{day:02}T{:02}:{:02}", 8 + minute / 60, minute % 60))
        });
        school.at("2026-09-08T10:00:00+03:00");
        school.ingest(lines.collect::<String>());
        for (student, decision, period, day) in &marks {
            let decision = ["present", "absent", "excused"][*decision];
            let date = format!("2026-09-{day:02}");
            school.feed(&["mark", codes[*student], decision, "--period", periods[*period], "--date", &date], "");
        }
        if let Some(leaver) = leaver {
            school.ok(&["student", "deactivate", codes[leaver]]);
        }
        for (args, dates) in [
            (&["--date", "2026-09-07"][..], "2026-09-07".."2026-09-08"),
            (&[], "2026-09-08".."2026-09-09"),
            (&["--from", "2026-09-07"], "2026-09-07".."2026-09-09"),
        ] {
            let records = school.records("2026-09-07", "2026-09-08");
            let within = |row: &Value| dates.contains(&row["date"].as_str().unwrap());
            let summary = whole(&school, args);
            prop_assert_eq!(counts(&summary), count(&records, within), "{:?}", args);
            let rows = summary["rows"].as_array().unwrap();
            for row in rows {
                let own = |record: &Value| within(record) && record["student"] == row["student"];
                prop_assert_eq!(counts(row), count(&records, own), "{:?} {}", args, row);
                prop_assert_eq!(row["expected"].as_u64().unwrap(), counts(row)[..5].iter().sum::<u64>());
            }
            let known: Vec<&Value> = rows.iter().map(|row| &row["student"]).collect();
            prop_assert!(records.iter().filter(|row| within(row)).all(|row| known.contains(&&row["student"])));
            for period in summary["periods"].as_array().unwrap() {
                let name = period["period"].as_str().unwrap();
                let of = |record: &Value| within(record) && record["period"] == name;
                prop_assert_eq!(counts(period), count(&records, of), "{}", name);
                let (date, show) = (dates.start, ["roster", "show", "--format", "json", "--period", name, "--date"]);
                let roster: Value = serde_json::from_str(&school.ok(&[&show[..], &[date]].concat())).unwrap();
                // A summary counts what has begun, even where everybody was marked before.
                if !period["coverage_percent"].is_null() {
                    prop_assert_eq!(counts(period), counts(&roster), "{}", name);
                }
            }
        }
    });
}

#[test]
fn a_summary_is_repeatable_and_includes_late_lines() {
    let mut school = monday();
    let first = school.ok(&["summary"]);
    assert_eq!(school.ok(&["summary"]), first);
    assert_eq!(told(&rows(&school, &[]), &["present"])[4], "H000177 0");
    // The runner at the gate comes back to the network.
    let late = [at("H000177", 0.9, "07T08:05"), at("H000177", 0.9, "07T08:31")].concat();
    school.ingest(&late);
    let told_late = rows(&school, &[]);
    assert_eq!(
        told(&told_late, &["present", "late", "Assembly", "Block 1"])[3..],
        ["H000140 0 0 absent low_score", "H000177 2 1 present present"],
        "and Assembly is not blind any more"
    );
    school.ingest(&late);
    assert_eq!(rows(&school, &[]), told_late);
    // Weeks later, whatever has happened since.
    school.ok(&["student", "edit", "H000140", "--group", "G9"]);
    school.at("2026-10-01T12:00:00+03:00");
    school.ok(&["student", "deactivate", "H000177"]);
    let again = rows(&school, &["--date", "2026-09-07"]);
    assert_eq!(told(&again, &COUNTED), told(&told_late, &COUNTED));
    assert_eq!(again[4], told_late[4]);
}

#[test]
fn at_midday_only_begun_periods_count() {
    let mut school = monday();
    for (now, expected, cells) in [
        ("07:59:59", 0, "null null null null"),
        ("08:00:00", 1, "expected null null null"),
        ("08:20:00", 2, "unknown expected null null"),
        ("10:34:59", 3, "unknown absent absent null"),
        ("10:35:00", 4, "unknown absent absent expected"),
    ] {
        school.at(&format!("2026-09-07T{now}+03:00"));
        let rows = rows(&school, &[]);
        assert_eq!((&rows[4]["expected"], &rows[4]["cap"]), (&expected.into(), &4.into()), "{now}");
        let row = told(&rows, &["Assembly", "Block 1", "Block 2", "Block 3"]);
        assert_eq!(row[4], format!("H000177 {cells}"), "{now}");
    }
    insta::assert_snapshot!(school.at("2026-09-07T08:10:00+03:00").session(&["summary"]), @"
    $ attend summary
    Mon 7 Sep 2026 · 5 students · 4 periods, 1 begun, 0 judged (Assembly was blind)
    Nothing could be judged · unknown 5
    unknown: Assembly: no camera on duty 07:55–08:10

    NEEDS A PERSON
     not judged        H000101 Zoë O'Neil (G7) · H000102 ژیان ئەحمەد (G7) · H000123 Ada Karim (G7)
                       H000140 王小明 (G8) · H000177 Omar Haddad (G8)

     CODE     NAME         GROUP  PRESENT  LATE  EXCUSED  ASM  B1  B2  B3
     H000101  Zoë O'Neil   G7         0/4     0        0  ◌
     H000102  ژیان ئەحمەد  G7         0/4     0        0  ◌
     H000123  Ada Karim    G7         0/4     0        0  ◌
     H000140  王小明       G8         0/4     0        0  ◌
     H000177  Omar Haddad  G8         0/4     0        0  ◌
    ");
}

#[test]
fn unwatched_periods_are_not_judged() {
    let mut school = School::example();
    school.at("2026-09-07T12:00:00+03:00");
    let summary = whole(&school, &[]);
    assert_eq!(
        (&summary["unknown"], &summary["absent"], &summary["judged"]),
        (&20.into(), &0.into(), &0.into())
    );
    assert_eq!((&summary["present_percent"], &summary["anomalies"]["not_judged"]), (&Value::Null, &5.into()));
    assert!(summary["rows"].as_array().unwrap().iter().all(|row| row["anomaly"] == "not_judged"));
    insta::assert_snapshot!(school.session(&["summary"]), @"
    $ attend summary
    Mon 7 Sep 2026 · 5 students · 4 periods, 0 judged (Assembly, Block 1, Block 2, Block 3 were blind)
    Nothing could be judged · unknown 20
    unknown: Assembly: no camera on duty 07:55–08:15
    unknown: Block 1: no camera on duty 08:15–09:30
    unknown: Block 2: no camera on duty 09:30–10:20
    unknown: Block 3: no camera on duty 10:30–11:20

    NEEDS A PERSON
     not judged        H000101 Zoë O'Neil (G7) · H000102 ژیان ئەحمەد (G7) · H000123 Ada Karim (G7)
                       H000140 王小明 (G8) · H000177 Omar Haddad (G8)

     CODE     NAME         GROUP  PRESENT  LATE  EXCUSED  ASM  B1  B2  B3
     H000101  Zoë O'Neil   G7         0/4     0        0  ◌    ◌   ◌   ◌
     H000102  ژیان ئەحمەد  G7         0/4     0        0  ◌    ◌   ◌   ◌
     H000123  Ada Karim    G7         0/4     0        0  ◌    ◌   ◌   ◌
     H000140  王小明       G8         0/4     0        0  ◌    ◌   ◌   ◌
     H000177  Omar Haddad  G8         0/4     0        0  ◌    ◌   ◌   ◌
    ");
    // A range of such days misses nothing, and a mark is a judgement.
    let range = rows(&school, &["--from", "2026-09-07"]);
    assert_eq!(
        told(&range, &["days", "days_absent", "missed_percent", "anomaly"])[0],
        "H000101 0 0 null not_judged"
    );
    school.ok(&["mark", "H000101", "absent", "--period", "Block 1"]);
    assert_eq!(told(&rows(&school, &[]), &["absent", "unknown", "anomaly"])[0], "H000101 1 3 never_seen");
}

#[test]
fn a_period_may_be_called_like_a_column() {
    let school = monday();
    for (name, start, end) in
        [("present", "11:30", "11:40"), ("present (period)", "11:41", "11:50"), ("anomaly", "11:51", "11:55")]
    {
        school.ok(&[
            "period",
            "add",
            name,
            "--start",
            start,
            "--end",
            end,
            "--days",
            "daily",
            "--early-grace",
            "0",
            "--yes",
        ]);
    }
    school.ok(&["--now", "2026-09-07T11:00:00+03:00", "schedule", "generate"]);
    school.ingest(at("H000101", 0.9, "07T11:35"));
    let row = &rows(&school, &[])[0];
    assert_eq!((&row["present"], &row["present (period)"]), (&4.into(), &"present".into()), "{row}");
    assert_eq!(
        (&row["present (period) (period)"], &row["anomaly (period)"]),
        (&"absent".into(), &"unknown".into()),
        "the badge reader was last heard 16 minutes before the last of them"
    );
    assert_eq!(row["anomaly"], Value::Null);
    let two = school.ok(&[
        "summary",
        "--columns",
        "present (period),present",
        "--format",
        "csv",
        "--dialect",
        "plain",
    ]);
    assert!(two.starts_with("present (period),present\r\npresent,4\r\n"), "{two}");
}

#[test]
fn settings_decide_the_cap_and_the_anomalies() {
    let school = monday();
    let anomalies =
        |school: &School, args: &[&str]| told(&rows(school, args), &["present", "cap", "anomaly"]);
    assert_eq!(
        anomalies(&school, &[]),
        [
            "H000101 3 4 null",
            "H000102 1 4 null",
            "H000123 1 4 null",
            "H000140 0 4 only_low_scores",
            "H000177 0 4 never_seen",
        ]
    );
    school.ok(&["settings", "set", "max_periods_per_day", "3"]);
    school.ok(&["settings", "set", "min_periods", "2"]);
    assert_eq!(
        anomalies(&school, &[]),
        [
            "H000101 3 3 null",
            "H000102 1 3 few_periods",
            "H000123 1 3 null", // excused from another one
            "H000140 0 3 only_low_scores",
            "H000177 0 3 never_seen",
        ]
    );
    // Of three periods that could be judged, H000123 missed two, one of them excused; H000102 one.
    for (percent, expected) in [("33.3", "chronic_absence"), ("33.4", "null"), ("0", "chronic_absence")] {
        school.ok(&["settings", "set", "chronic_absence_percent", percent]);
        let told = told(&rows(&school, &["--from", "2026-09-07"]), &["missed_percent", "anomaly"]);
        assert_eq!(told[1], format!("H000102 33.3 {expected}"), "{percent}");
        assert_eq!(told[0], "H000101 0.0 null", "who missed nothing");
    }
}

#[test]
fn a_range_knows_closures_and_runs_of_days() {
    let mut school = School::example();
    school.at("2026-09-13T07:00:00+03:00");
    school.ok(&["schedule", "generate"]);
    // H000101 is there on Monday and Wednesday, H000102 on the next Sunday only; H000140 always.
    let mut lines = String::new();
    for day in ["07", "08", "09", "10", "13"] {
        for time in ["08:05", "08:25", "09:40", "10:40"] {
            lines += &at("H000140", 0.9, &format!("{day}T{time}"));
        }
    }
    lines +=
        &[at("H000101", 0.9, "07T08:05"), at("H000101", 0.9, "09T08:05"), at("H000102", 0.9, "13T08:05")]
            .concat();
    school.at("2026-09-13T12:00:00+03:00");
    school.ingest(lines);
    let range = |school: &School, from: &str, to: &str| {
        told(&rows(school, &["--from", from, "--to", to]), &["days", "days_absent", "absent_in_a_row", "cap"])
    };
    let of = |told: Vec<String>| told[..2].to_vec();
    assert_eq!(of(range(&school, "2026-09-01", "2026-09-30")), ["H000101 5 3 2 20", "H000102 5 4 4 20"]);
    assert_eq!(of(range(&school, "2026-09-08", "2026-09-10")), ["H000101 3 2 1 12", "H000102 3 3 3 12"]);
    // A free day is not an absence and does not end a run of absences. A cancelled period leaves the other
    // periods.
    school.ok(&["schedule", "close", "2026-09-09", "--reason", "Eid", "--yes"]);
    school.ok(&["schedule", "cancel", "Assembly", "--date", "2026-09-07", "--reason", "rain", "--yes"]);
    assert_eq!(of(range(&school, "2026-09-01", "2026-09-30")), ["H000101 4 4 4 15", "H000102 4 3 3 15"]);
    assert_eq!(whole(&school, &["--from", "2026-09-01", "--to", "2026-09-30"])["days"], 4);
    assert_eq!(told(&rows(&school, &["--date", "2026-09-07"]), &["cap"])[0], "H000101 3");
    assert!(rows(&school, &["--date", "2026-09-09"]).is_empty());
}

#[test]
fn a_group_and_those_who_leave_or_join_it() {
    let mut school = School::example();
    let lines = ["07", "08"].map(|day| {
        at("H000101", 0.9, &format!("{day}T08:05")) + &at("H000140", 0.9, &format!("{day}T08:06"))
    });
    school.at("2026-09-08T07:00:00+03:00");
    // On Tuesday H000102 has left, H000123 is in another group, and H000200 is new.
    school.ok(&["student", "deactivate", "H000102"]);
    school.ok(&["student", "edit", "H000123", "--group", "G8"]);
    school.ok(&["student", "add", "H000200", "New", "--group", "G7"]);
    school.at("2026-09-08T12:00:00+03:00");
    school.ingest(lines.concat());
    let g7 = |args: &[&str]| told(&rows(&school, &[&["--group", "G7"], args].concat()), &["cap"]);
    assert_eq!(g7(&["--date", "2026-09-07"]), ["H000101 4", "H000102 4", "H000123 4"]);
    assert_eq!(g7(&[]), ["H000101 4", "H000200 4"]);
    // Over both days, a student who left counts in the last group, and a student who moved counts in each group.
    assert_eq!(g7(&["--from", "2026-09-07"]), ["H000101 8", "H000102 4", "H000123 4", "H000200 4"]);
    let all = whole(&school, &["--from", "2026-09-07"]);
    let parts: Vec<Value> =
        ["G7", "G8"].map(|group| whole(&school, &["--from", "2026-09-07", "--group", group])).into();
    for member in ["expected", "absent", "present"] {
        let sum: u64 = parts.iter().map(|part| part[member].as_u64().unwrap()).sum();
        assert_eq!(Some(sum), all[member].as_u64(), "{member}");
    }
}

/// The counts of a group on Monday by each summary of it, and by the rows of each.
fn summaries_of(school: &School, group: &str) -> Vec<(String, [u64; 6])> {
    let added = |rows: &[Value]| {
        rows.iter().map(counts).fold([0; 6], |sum, row| std::array::from_fn(|nth| sum[nth] + row[nth]))
    };
    let mut told = Vec::new();
    for args in [
        &["--date", "2026-09-07"][..],
        &["--from", "2026-09-06", "--to", "2026-09-07"],
        &["--date", "2026-09-07", "--by", "student"],
        &["--date", "2026-09-07", "--by", "period"],
        &["--date", "2026-09-07", "--by", "date"],
    ] {
        let of_group = [args, &["--group", group]].concat();
        told.push((of_group.join(" "), counts(&whole(school, &of_group))));
        told.push((format!("rows of {}", of_group.join(" ")), added(&rows(school, &of_group))));
    }
    let periods = whole(school, &["--date", "2026-09-07", "--group", group]);
    told.push(("periods of the day".to_owned(), added(periods["periods"].as_array().unwrap())));
    let by_group = rows(school, &["--by", "group", "--date", "2026-09-07"]);
    let row = by_group.iter().find(|row| row["group"] == group).unwrap();
    told.push(("--by group".to_owned(), counts(row)));
    told
}

#[test]
fn a_student_who_moves_during_the_day_counts_in_the_group_of_each_period() {
    for (to, g7, g8) in [("G8", [2, 0], [0, 2]), ("+G8", [2, 2], [0, 2])] {
        let mut school = School::example();
        school.at("2026-09-07T09:32:00+03:00");
        school.ok(&["student", "edit", "H000123", "--group", to]);
        school.at("2026-09-07T12:00:00+03:00");
        school.ingest(at("H000123", 0.9, "07T08:05") + &at("H000140", 0.9, "07T10:40"));
        let records = school.records("2026-09-07", "2026-09-07");
        for (group, [before, after]) in [("G7", g7), ("G8", g8)] {
            let is_in = |row: &Value| row["group"].as_str().unwrap().split(',').any(|own| own == group);
            for (view, told) in summaries_of(&school, group) {
                assert_eq!(told, count(&records, is_in), "{view}, moved to {to}");
            }
            let caps = told(&rows(&school, &["--date", "2026-09-07", "--group", group]), &["cap"]);
            assert!(caps.contains(&format!("H000123 {}", before + after)), "{caps:?}");
            let odd = told(&rows(&school, &["--date", "2026-09-07", "--group", group]), &["anomaly"]);
            assert!(!odd.contains(&"H000123 never_seen".to_owned()), "seen in the other class: {odd:?}");
            for args in [&["--date", "2026-09-07"][..], &["--from", "2026-09-06", "--to", "2026-09-07"]] {
                let rows = rows(&school, &[args, &["--group", group]].concat());
                let blind = told(&rows, &["blind"]).into_iter().find(|row| row.starts_with("H000123"));
                assert_eq!(blind.unwrap().contains("Block 2"), after > 0, "nobody watched Block 2: {rows:?}");
            }
        }
        let all = rows(&school, &["--date", "2026-09-07"]);
        let latest = if to == "G8" { "H000123 G8 4" } else { "H000123 G7,G8 4" };
        assert!(told(&all, &["group", "cap"]).contains(&latest.to_owned()), "{all:?}");
    }
}

#[test]
fn an_empty_summary_says_so() {
    let school = monday();
    insta::assert_snapshot!(school.session(&[
        "summary --date 2026-09-05",
        "summary --date 2026-09-05 --format csv --dialect plain",
        "summary --from 2026-08-01 --to 2026-08-31",
        "summary --group Nope",
        "summary --date 2026-09-05 --format jsonl",
    ]), @r#"
    $ attend summary --date 2026-09-05
    Sat 5 Sep 2026 · 0 students · 0 periods
    Nothing could be judged
    No period was held.
    $ attend summary --date 2026-09-05 --format csv --dialect plain
    student,name,group,present,cap,late,after_close,absent,excused,low_score,unknown,pending,expected,anomaly,blind␍
    $ attend summary --from 2026-08-01 --to 2026-08-31
    Sat 1 Aug 2026 – Mon 31 Aug 2026 · 0 students · 0 school days
    Nothing could be judged
    No period was held.
    $ attend summary --group Nope
    Mon 7 Sep 2026 · 0 students · 4 periods
    Nothing could be judged
    No student was expected.
    ! no student is in group "Nope": groups are G7, G8
    $ attend summary --date 2026-09-05 --format jsonl
    "#);
    insta::assert_snapshot!(school.session(&[
        "summary --columns student",
        "summary --columns studnet --format csv",
        "summary --columns name,student,name --format csv",
        "summary --format table -o x.csv",
        "summary --format xlsx -o nowhere/x.xlsx",
        "summary --date 2026-09-05 --from 2026-09-01",
        "summary --from 2026-09-08 --to 2026-09-07",
    ]), @r#"
    $ attend summary --columns student
    ! attend: --columns chooses among those of csv, xlsx, html, json and jsonl
    ! hint: add --format csv, or name a file with -o
    [2]
    $ attend summary --columns studnet --format csv
    ! attend: no column "studnet"
    ! hint: did you mean "student"? (columns: student,name,group,present,cap,late,after_close,absent,excused,low_score,unknown,pending,expected,anomaly,blind,Assembly,Block 1,Block 2,Block 3)
    [2]
    $ attend summary --columns name,student,name --format csv
    ! attend: column "name" is asked for twice
    [2]
    $ attend summary --format table -o x.csv
    ! attend: an export is csv, xlsx, html, json or jsonl
    ! hint: attend roster show and attend summary print tables
    [2]
    $ attend summary --format xlsx -o nowhere/x.xlsx
    ! attend: cannot write nowhere/x.xlsx: No such file or directory (os error 2)
    [74]
    $ attend summary --date 2026-09-05 --from 2026-09-01
    ! error: the argument '--date <DATE[..DATE]>' cannot be used with '--from <DATE>'
    !
    ! Usage: attend summary [OPTIONS]
    !
    ! For more information, try '--help'.
    [2]
    $ attend summary --from 2026-09-08 --to 2026-09-07
    ! attend: --to 2026-09-07 is before --from 2026-09-08
    ! hint: write the earlier date first
    [2]
    "#);
}

#[test]
fn hostile_names_are_escaped_on_a_terminal() {
    let school = monday();
    school.ok(&["student", "edit", "H000177", "--name", "Omar\u{1b}]0;owned\u{7}"]);
    let shown = school.ok(&["summary"]);
    assert!(shown.contains("Omar") && !shown.contains(['\u{1b}', '\u{7}']), "{shown:?}");
}

#[test]
fn two_periods_of_one_name_are_one_row_in_every_view() {
    let mut school = monday();
    school.ok(&["period", "remove", "Block 1"]);
    school.ok(&["period", "add", "BLOCK 1", "--start", "13:00", "--end", "14:00", "--days", "mon-fri"]);
    school.ok(&["schedule", "generate", "--from", "2026-09-08", "--days", "1", "--yes"]);
    school.at("2026-09-08T18:00:00+03:00");
    school.ingest([at("H000101", 0.9, "08T08:25"), at("H000101", 0.9, "08T13:01")].concat());
    let dates = ["--from", "2026-09-07", "--to", "2026-09-08"];
    let by_period = rows(&school, &[&["--by", "period", "--sort", "name"], &dates[..]].concat());
    let keys: Vec<&str> = by_period.iter().map(|row| row["period"].as_str().unwrap()).collect();
    assert_eq!(keys, ["Assembly", "Block 2", "Block 3", "BLOCK 1"]);
    assert_eq!([&by_period[3]["expected"], &by_period[3]["present"]], [10, 4]);
    let table = school.ok(&[&["summary"], &dates[..]].concat());
    let of_periods = table.lines().skip_while(|line| !line.contains("PERIODS")).skip(1);
    let named: Vec<&str> = of_periods.take_while(|line| !line.is_empty()).map(|line| &line[1..8]).collect();
    assert_eq!(named, ["Assembl", "Block 2", "Block 3", "BLOCK 1"]);
    let month = school.ok(&[&["history", "H000101", "--format", "csv"], &dates[..]].concat());
    insta::assert_snapshot!(month.replace('\r', ""), @"
    date,Assembly,Block 2,Block 3,BLOCK 1,remarks,blind
    2026-09-07,unknown,present,present,present,,Assembly: no camera on duty 07:55–08:15
    2026-09-08,absent,unknown,unknown,present,,Block 2: gate-1 blind 09:30–10:20 · Block 3: gate-1 blind 10:30–11:20
    ");
    for export in ["records", "recognitions"] {
        let args = ["export", export, "--period", "block 1", "--student", "H000101", "--format", "jsonl"];
        assert_eq!(school.ok(&[&args, &dates[..]].concat()).lines().count(), 2, "{export}");
    }
}

#[test]
fn only_the_groups_that_are_asked_for_have_rows_and_sheets() {
    let mut school = School::example();
    school.ok(&["student", "edit", "H000101", "--group", "+Chess", "--yes"]);
    school.at("2026-09-08T12:00:00+03:00");
    school.ok(&["mark", "H000101", "present", "--period", "Block 1"]);
    school.ok(&["mark", "H000102", "H000123", "absent", "--period", "Block 1", "--yes"]);
    let rows = |args: &[&str]| {
        let printed = school.ok(&[&["summary", "--group", "Chess"], args].concat());
        printed.lines().skip(1).map(|line| line.split(',').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(rows(&["--by", "group", "--format", "csv"]), ["Chess"]);
    let range = school.ok(&["summary", "--from", "2026-09-07", "--group", "Chess"]);
    assert!(!range.contains("CLASSES") && range.contains("PERIODS"), "{range}");
    school.ok(&["summary", "--group", "Chess", "-o", "day.html"]);
    let page = fs::read_to_string(school.path("day.html")).unwrap();
    let classes: Vec<&str> =
        page.split("<th scope=\"row\">").skip(1).map(|cell| cell.split('<').next().unwrap()).collect();
    assert!(classes.contains(&"Chess") && !classes.contains(&"G7"), "{classes:?}");
    for command in [&["summary"][..], &["export", "records"]] {
        let file = ["--group", "Chess", "--group-sheets", "-o", "x.xlsx"];
        school.ok(&[command, &file].concat());
        let file = fs::File::open(school.path("x.xlsx")).unwrap();
        let book = calamine::open_workbook_from_rs::<calamine::Xlsx<_>, _>(BufReader::new(file)).unwrap();
        assert_eq!(calamine::Reader::sheet_names(&book), ["About", "Chess"], "{command:?}");
    }
}

#[test]
fn a_view_of_a_group_names_the_group_that_counted() {
    let mut school = monday();
    school.ok(&["student", "edit", "H000101", "--group", "G8", "--from", "2026-09-08"]);
    school.ok(&["student", "edit", "H000102", "--group", "+Chess", "--from", "2026-09-08"]);
    school.at("2026-09-08T18:00:00+03:00");
    for (dates, group, of_moved, of_joined) in [
        (["--from", "2026-09-07", "--to", "2026-09-08"], "G7", Some("G7"), Some("Chess,G7")),
        (["--from", "2026-09-07", "--to", "2026-09-08"], "G8", Some("G8"), None),
        (["--from", "2026-09-07", "--to", "2026-09-08"], "*", Some("G8"), Some("Chess,G7")),
        (["--from", "2026-09-07", "--to", "2026-09-07"], "G7", Some("G7"), Some("G7")),
    ] {
        let found = rows(&school, &[&["--group", group], &dates[..]].concat());
        let of =
            |code: &str| found.iter().find(|row| row["student"] == code).map(|row| row["group"].as_str());
        assert_eq!(
            [of("H000101"), of("H000102")],
            [of_moved.map(Some), of_joined.map(Some)],
            "{group} {dates:?}"
        );
    }
    school.ok(&[
        "student",
        "edit",
        "H000123",
        "--group",
        "G8",
        "--from",
        "2026-09-08T09:32:00+03:00",
        "--yes",
    ]);
    let found = rows(&school, &["--date", "2026-09-08", "--group", "G7"]);
    assert_eq!(told(&found, &["group"]), ["H000102 Chess,G7", "H000123 G7"]);
    school.ok(&["student", "edit", "H000102", "--group", "G9", "--from", "2026-09-09T20:00:00+03:00"]);
    school.at("2026-09-09T06:00:00+03:00");
    let found = rows(&school, &["--date", "2026-09-09", "--group", "G7"]);
    assert_eq!(told(&found, &["group"])[0], "H000102 Chess,G7", "also before the first lesson");
}

#[test]
fn a_range_counts_begun_periods_alone() {
    let school = School::example();
    school.ok(&["mark", "H000101", "present", "--all-day", "--yes"]);
    let row = |args: &[&str]| -> Value {
        let args = [&["summary", "--format", "json"], args].concat();
        let told: Value = serde_json::from_str(&school.ok(&args)).unwrap();
        let row = &told["rows"][0];
        serde_json::json!([row["student"], row["present"], row["cap"]])
    };
    assert_eq!(row(&["--from", "today", "--to", "today"]), serde_json::json!(["H000101", 3, 3]));
    assert_eq!(row(&[]), serde_json::json!(["H000101", 3, 4]));
}
