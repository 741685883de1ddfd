//! Every view names the same blind places, at the same times, for the same students.

use std::collections::BTreeMap;

use serde_json::Value;

use super::blind::{at_once, beats, with_places};
use crate::common::harness::School;
use crate::common::servers::Server;
use crate::register::sheets::sheets;
use crate::register::summary_mail::{mail_to, parts};

/// The lab of G7 fails in Block 2, the gate in Assembly, and the hall of G8 is watched throughout.
fn school() -> School {
    with_places(&[
        beats("gate-1", "07:50".."08:05"),
        beats("gate-1", "08:12".."10:25"),
        beats("lab-1", "07:50".."09:45"),
        beats("lab-2", "07:50".."09:40"),
        beats("hall-1", "07:50".."10:25"),
        at_once("H000101", "08:01", "gate-1"),
        at_once("H000102", "09:33", "lab-1"),
    ])
}

fn json(school: &School, args: &[&str]) -> Value {
    serde_json::from_str(&school.ok(&[args, &["--format", "json"]].concat())).unwrap()
}

fn rows(report: &Value) -> &[Value] {
    report["rows"].as_array().unwrap()
}

fn string(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The blind places behind each unknown entry, by student and period.
type Blind = BTreeMap<(String, String), String>;

/// Of rows with a student and a status.
fn of_entries(rows: &[Value], period: impl Fn(&Value) -> String) -> Blind {
    let unknown = rows.iter().filter(|row| row["status"] == "unknown");
    unknown.map(|row| ((string(&row["student"]), period(row)), string(&row["blind"]))).collect()
}

/// The blind places as a row that sums up periods tells them, by student; `date` stands before each period.
fn summed_up(blind: &Blind, date: &str) -> BTreeMap<String, String> {
    let mut sums: BTreeMap<String, String> = BTreeMap::new();
    for ((student, period), places) in blind {
        let words = sums.entry(student.clone()).or_default();
        let between = if words.is_empty() { "" } else { " · " };
        *words += &format!("{between}{date}{period}: {places}");
    }
    sums
}

/// The same of rows with a code and the column `blind`.
fn told(rows: &[Value], code: &str) -> BTreeMap<String, String> {
    let blind = rows.iter().filter(|row| !row["blind"].is_null());
    blind.map(|row| (string(&row[code]), string(&row["blind"]))).collect()
}

const DATE: &str = "2026-09-07";

#[test]
fn every_view_names_the_same_blind_places_for_the_same_students() {
    let school = school();
    let records = json(&school, &["export", "records", "--date", DATE]);
    let truth = of_entries(rows(&records), |row| string(&row["period"]));
    let gate = |student: &str| {
        ((student.to_owned(), "Assembly".to_owned()), "gate (gate-1) blind 08:06–08:11".to_owned())
    };
    let lab = |student: &str| {
        ((student.to_owned(), "Block 2".to_owned()), "lab (lab-1, lab-2) blind 09:46–10:20".to_owned())
    };
    let gates = ["H000102", "H000123", "H000140", "H000177"].map(gate);
    let labs = ["H000101", "H000123"].map(lab);
    assert_eq!(truth, gates.into_iter().chain(labs).collect());

    for period in ["Assembly", "Block 1", "Block 2"] {
        let of_period: Blind =
            truth.iter().filter(|((_, of), _)| of == period).map(|(k, v)| (k.clone(), v.clone())).collect();
        for view in [&["roster", "show"][..], &["export", "roster"]] {
            let report = json(&school, &[view, &["--period", period, "--date", DATE]].concat());
            assert_eq!(of_entries(rows(&report), |_| period.to_owned()), of_period, "{view:?}");
        }
    }
    let mut histories = Blind::new();
    for student in ["H000101", "H000102", "H000123", "H000140", "H000177"] {
        let history = json(&school, &["history", student, "--date", DATE]);
        for period in history["periods"].as_array().unwrap() {
            if period["status"] == "unknown" {
                histories.insert((student.to_owned(), string(&period["period"])), string(&period["blind"]));
            }
        }
        let month = json(&school, &["history", student, "--from", DATE, "--to", "2026-09-08"]);
        let sums = summed_up(&truth, "");
        assert_eq!(
            string(&rows(&month).last().unwrap()["blind"]),
            sums.get(student).cloned().unwrap_or_default()
        );
    }
    assert_eq!(histories, truth);

    let (of_day, of_range) = (summed_up(&truth, ""), summed_up(&truth, "2026-09-07 "));
    let range = ["summary", "--from", DATE, "--to", "2026-09-08"];
    assert_eq!(told(rows(&json(&school, &["summary", "--date", DATE])), "student"), of_day);
    assert_eq!(told(rows(&json(&school, &range)), "student"), of_range);
    assert_eq!(
        told(rows(&json(&school, &["summary", "--date", DATE, "--by", "student"])), "student"),
        of_range
    );
    let unseen: BTreeMap<_, _> =
        of_day.iter().filter(|(student, _)| !["H000101", "H000102"].contains(&student.as_str())).collect();
    let day = json(&school, &["roster", "day"]);
    let unknown = rows(&day).iter().filter(|row| row["whereabouts"] == "unknown");
    assert_eq!(
        unknown.map(|row| string(&row["student"])).collect::<Vec<_>>().iter().collect::<Vec<_>>(),
        unseen.keys().copied().collect::<Vec<_>>()
    );
    assert_eq!(told(rows(&day), "student"), of_day);
}

/// The gaps of the school, as every report with a heading tells them above its rows.
#[test]
fn every_heading_names_what_was_blind_and_when() {
    let mut school = school();
    school.at("2026-09-07T20:00:00+03:00");
    let gaps = [
        ("Assembly", "gate (gate-1) blind 08:06–08:11"),
        ("Block 2", "lab (lab-1, lab-2) blind 09:46–10:20"),
        (
            "Block 3",
            "gate (gate-1) blind 10:30–11:20; hall (hall-1) blind 10:30–11:20; lab (lab-1, lab-2) blind 10:30–11:20",
        ),
    ];
    let members: Vec<Value> = gaps
        .iter()
        .map(|(period, blind)| serde_json::json!({"date": DATE, "period": period, "blind": blind}))
        .collect();
    let range = ["summary", "--from", DATE, "--to", "2026-09-08"];
    for report in [&["summary"][..], &range, &["summary", "--by", "group"], &["roster", "day"]] {
        assert_eq!(json(&school, report)["undecided"], Value::Array(members.clone()), "{report:?}");
        let table = school.ok(report);
        for (period, blind) in gaps {
            let date = if report.contains(&"--from") { "Mon 7 Sep 2026, " } else { "" };
            let line = format!("unknown: {date}{period}: {blind}\n");
            assert!(table.contains(&line), "{report:?} does not say {line}{table}");
        }
    }
    let panel = school.ok(&["panel"]);
    assert!(panel.contains("Block 2 cannot be judged: lab (lab-1, lab-2) blind 09:46–10:20"), "{panel}");
}

#[test]
fn workbook_sheet_and_mail_name_what_was_blind_for_each_student() {
    let school = school();
    let range = ["--from", DATE, "--to", "2026-09-08"];
    for (dates, name) in [(&["--date", DATE][..], "day"), (&range, "range")] {
        let truth = told(rows(&json(&school, &[&["summary"], dates].concat())), "student");
        assert_eq!(truth.len(), 5);
        let (book, sheet) = (format!("{name}.xlsx"), format!("{name}.csv"));
        for file in [&book, &sheet] {
            school.ok(&[&["summary"], dates, &["-o", file]].concat());
        }
        for (file, sheets) in sheets(&school, &[book, sheet]) {
            assert_eq!(blind_column(&sheets.last().unwrap().rows), truth, "{file}");
        }
        let Some(smtp) = Server::smtp(&school, &[]) else { continue };
        mail_to(&school, smtp.port, "'head@school.example'");
        school.ok(&[&["--config", "attend.toml", "summary", "--email", "--again"], dates].concat());
        let mail = parts(&smtp.arrived()[0]);
        let plain = string(&mail["plain"]).replace('\r', "");
        let date = if name == "range" { "Mon 7 Sep 2026, " } else { "" };
        assert!(
            plain.contains(&format!("\n  {date}Block 2: lab (lab-1, lab-2) blind 09:46–10:20\n")),
            "{plain}"
        );
        assert!(string(&mail["html"]).contains("lab (lab-1, lab-2) blind 09:46–10:20"));
        let attached = string(&mail["files"][0]["content"]);
        assert!(truth.values().all(|words| attached.contains(words)), "{attached}");
    }
}

/// The column `blind` of a sheet, by student. A workbook heads its columns with words.
fn blind_column(rows: &[Vec<(String, String)>]) -> BTreeMap<String, String> {
    let place = |names: [&str; 2]| rows[0].iter().position(|(_, cell)| names.contains(&&**cell)).unwrap();
    let (student, blind) = (place(["student", "Code"]), place(["blind", "Blind"]));
    let cell = |row: &[(String, String)], place: usize| {
        row.get(place).map(|(_, cell)| cell.clone()).unwrap_or_default()
    };
    let cells = rows[1..].iter().map(|row| (cell(row, student), cell(row, blind)));
    cells.filter(|(_, blind)| !blind.is_empty()).collect()
}
