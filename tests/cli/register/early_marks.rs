//! Marks made before a period begins: no view counts them before the start, and every view counts them alike from then on.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::common::harness::School;

/// Monday 7 September 2026, 07:00: P1 begins at 08:00, and three of four students are marked for it.
fn school() -> School {
    let mut school = School::new();
    school.at("2026-09-07T07:00:00+03:00");
    school.write("r.csv", "code,name,group\nA,Ann,G7\nB,Bob,G7\nC,Cem,G7\nD,Dan,G8\n");
    school.ok(&["student", "import", "r.csv"]);
    school.ok(&["period", "add", "P1", "--start", "08:00", "--end", "09:00", "--days", "daily"]);
    school.ok(&["session", "add", "AM", "--periods", "P1", "--rule", "first"]);
    school.ok(&["schedule", "generate"]);
    school.ok(&["mark", "A", "present", "--period", "P1"]);
    school.ok(&["mark", "B", "absent", "--period", "P1"]);
    school.ok(&["mark", "C", "excused", "--date", "today"]);
    school
}

/// Present, absent and excused students.
type Counts = [u64; 3];
const KEYS: [&str; 3] = ["present", "absent", "excused"];

fn json(school: &School, command: &str) -> Value {
    let args: Vec<&str> = command.split(' ').chain(["--format", "json"]).collect();
    serde_json::from_str(&school.ok(&args)).unwrap()
}

/// The sums of a column over some rows.
fn summed(rows: &Value) -> Counts {
    let rows = rows.as_array().unwrap();
    KEYS.map(|key| rows.iter().map(|row| row[key].as_u64().unwrap_or_default()).sum())
}

/// The rows with each status.
fn counted(rows: &Value) -> Counts {
    let rows = rows.as_array().unwrap();
    KEYS.map(|key| rows.iter().filter(|row| row["status"] == key).count() as u64)
}

/// The counts of every view for the day, which has one period.
fn views(school: &School) -> BTreeMap<&'static str, Counts> {
    let mut views = BTreeMap::new();
    for by in ["summary --by group", "summary --by period", "summary --by date", "summary --by student"] {
        views.insert(by, summed(&json(school, by)["rows"]));
    }
    views.insert("summary --by session", summed(&json(school, "summary --by session")["rows"]));
    views.insert("summary", summed(&json(school, "summary")["rows"]));
    views.insert("summary of a range", summed(&json(school, "summary --from today --to today")["rows"]));
    views.insert("panel", summed(&json(school, "panel")["periods"]));
    views.insert("export records", counted(&json(school, "export records --date today")["rows"]));
    views.insert("export sessions", counted(&json(school, "export sessions --date today")["rows"]));
    let absences = summed(&json(school, "export absences --date today")["rows"]);
    let months = ["A", "B", "C", "D"].map(|code| {
        json(school, &format!("history {code} --from today --to today"))["present"]
            .as_u64()
            .unwrap_or_default()
    });
    let present = months.iter().sum();
    views.insert("history and export absences", [present, absences[1], absences[2]]);
    views
}

#[test]
fn a_period_marked_before_it_begins_counts_the_same_in_every_view() {
    let mut school = school();
    for (now, counts) in [
        ("2026-09-07T07:00:00+03:00", [0, 0, 0]),
        ("2026-09-07T07:54:59+03:00", [0, 0, 0]),
        ("2026-09-07T08:00:00+03:00", [1, 1, 1]),
        ("2026-09-07T08:30:00+03:00", [1, 1, 1]),
        ("2026-09-07T12:00:00+03:00", [1, 1, 1]),
    ] {
        school.at(now);
        for (view, told) in views(&school) {
            assert_eq!(told, counts, "{view} at {now}");
        }
        let roster = counted(&json(&school, "roster show --period P1")["rows"]);
        assert_eq!(roster, [1, 1, 1], "the roster of the period shows its marks at once");
    }
    school.at("2026-09-07T07:30:00+03:00");
    let screen = school.ok(&["panel"]);
    assert!(screen.lines().any(|line| line.contains("P1") && line.contains('–')), "{screen}");
}
