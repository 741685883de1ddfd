//! Every number that a page shows is that of the JSON report of the same instant: one test walks all pages.

use serde_json::Value;

use super::class_register::register_numbers;
use super::pages::{board_numbers, json, school};
use super::report_page::{evacuation_numbers, report_numbers};
use super::sheets::heading;
use crate::common::browser::{Browser, WALL};
use crate::common::harness::{School, words};

/// Compares the lines above rows with a report.
type Lines = fn(&[String], &Value);

/// The pages that are rows below lines, each with the check of its lines.
const ROWS: [(&str, Lines); 14] = [
    ("roster now", registers),
    ("roster show --period \"Block 1\"", registers),
    ("roster day", whereabouts),
    ("history H000101", results),
    ("history N3", results),
    ("summary --from 2026-09-06 --to 2026-09-07", sums),
    ("summary --by group", no_numbers),
    ("summary --by student --date 2026-09-07", no_numbers),
    ("export roster", titles),
    ("export records", titles),
    ("export recognitions --last 3h", no_numbers),
    ("export sessions", no_numbers),
    ("export absences", no_numbers),
    ("export changes", no_numbers),
];

/// Lines above the tables, and rows, each cell with its heading.
const SHOWN: &str = "({
    lines: [...document.querySelectorAll('main > p:not(.faint), main > h2')].map(n => n.textContent.replace(/\\s+/g, ' ').trim()),
    rows: [...document.querySelectorAll('main table')].flatMap(table => {
        const heads = [...table.querySelectorAll('thead th')].map(n => n.textContent);
        return [...table.querySelectorAll('tbody tr')].map(row =>
            heads.map((head, nth) => [head, row.cells[nth]?.textContent ?? '']));
    }),
})";

#[derive(serde::Deserialize)]
struct Shown {
    lines: Vec<String>,
    rows: Vec<Vec<(String, String)>>,
}

#[test]
fn every_number_of_every_page_is_that_of_the_json_report_of_the_same_instant() {
    let Some(mut browser) = Browser::start() else { return };
    report_numbers(&mut browser, school().at("2026-09-07T11:30:00+03:00"));
    let school = school();
    school.ok(&["session", "add", "AM", "--periods", "Block 1,Block 2", "--rule", "first"]);
    school.ok(&["mark", "H000102", "left", "--at", "09:50", "--reason", "fetched by <her> father"]);
    for (command, lines) in ROWS {
        rows(&mut browser, &school, command, lines);
    }
    board_numbers(&mut browser, &school);
    evacuation_numbers(&mut browser, &school);
    register_numbers(&mut browser, &school);
}

/// Compares a page of rows with its report, cell by cell.
fn rows(browser: &mut Browser, school: &School, command: &str, lines: Lines) {
    let args = words(command);
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    school.ok(&[&args[..], &["-o", "page.html"]].concat());
    browser.open_file(&school.path("page.html"), WALL);
    let shown: Shown = serde_json::from_value(browser.eval(SHOWN)).unwrap();
    let report = json(school, &args);
    let told = report["rows"].as_array().unwrap();
    assert!(!told.is_empty(), "{command} has rows");
    assert_eq!(shown.rows.len(), told.len(), "{command}");
    for (cells, row) in shown.rows.iter().zip(told) {
        for (head, text) in cells {
            let key = row.as_object().unwrap().keys().find(|key| heading(key) == *head);
            let key = key.unwrap_or_else(|| panic!("{command}: {head}"));
            let expected = expected(key, row);
            assert!(expected.contains(text), "{command}: {key} is {text:?}, not {expected:?}: {row}");
        }
    }
    lines(&shown.lines, &report);
}

/// The texts that a cell may have.
fn expected(key: &str, row: &Value) -> Vec<String> {
    let value = &row[key];
    let one = |text: String| vec![text];
    match (key, value) {
        ("status", Value::String(_)) if row["minutes_late"].is_number() => {
            one(format!("✓ late {} min", row["minutes_late"]))
        }
        ("status" | "whereabouts", Value::String(word)) => with_symbols(word),
        ("first_seen" | "last_seen", Value::Null) => one(clock(&row[format!("low_{key}")])),
        ("first_seen" | "last_seen" | "ts", at) => one(clock(at)),
        ("at", Value::String(at)) if row["event"].is_string() => one(at[11..19].to_owned()),
        ("at" | "from" | "until", Value::String(at)) => {
            one(format!("{} Sep {}", at[8..10].trim_start_matches('0'), &at[11..16]))
        }
        ("date", Value::String(date)) => {
            let day: chrono::NaiveDate = date.parse().unwrap();
            vec![day.format("%a %-d %b %Y").to_string(), date.clone()]
        }
        ("present", present) if row["cap"].is_number() => one(format!("{present}/{}", row["cap"])),
        ("sessions_present", present) => one(format!("{present}/{}", row["sessions_expected"])),
        ("missed_percent", Value::Number(share)) => one(format!("{:.1} %", share.as_f64().unwrap())),
        ("present_percent", Value::Number(share)) => one(format!("{:.1}", share.as_f64().unwrap())),
        ("reason", reason) if row.get("marked_by").is_some() => {
            let said: Vec<&str> = [&row["marked_by"], reason].into_iter().filter_map(Value::as_str).collect();
            one(said.join(": "))
        }
        ("reason", Value::String(reason)) if row["whereabouts"] == "left" => {
            one(format!("left 2026-09-07 from 09:50: {reason}"))
        }
        ("group", Value::Null) => vec![String::new(), "none".to_owned()],
        (_, Value::Null) => one(String::new()),
        (_, Value::String(text)) => vec![text.clone(), text.replace('_', " ")],
        (_, Value::Bool(yes)) => one(if *yes { "yes" } else { "no" }.to_owned()),
        (_, Value::Number(number)) if number.is_f64() => one(format!("{:.2}", number.as_f64().unwrap())),
        (_, other) => one(other.to_string()),
    }
}

/// A status alone, and behind its symbol; marks say that they are marks.
fn with_symbols(word: &str) -> Vec<String> {
    let words = match word {
        "expected" => "not yet seen".to_owned(),
        word => word.replace('_', " "),
    };
    let symbols = ["✓", "✗", "?", "–", "◌", "·", "→"].into_iter();
    symbols.map(|symbol| format!("{symbol} {words}")).chain([words.clone()]).collect()
}

/// `09:36`
fn clock(at: &Value) -> String {
    at.as_str().map(|at| at[11..16].to_owned()).unwrap_or_default()
}

/// Compares `183/300 present · 12 late`, or `late 12`, with counts, and returns how many there were.
fn tally(line: &str, counts: &Value) -> usize {
    let parts = line.split(" · ").filter_map(|part| {
        let (number, words) = match part.split_once(' ')? {
            (number, words) if number.starts_with(|c: char| c.is_ascii_digit()) => (number, words),
            _ => part.rsplit_once(' ').map(|(words, number)| (number, words))?,
        };
        let key = match words {
            "not yet seen" => "pending".to_owned(),
            "after the register closed" => "after_close".to_owned(),
            words => words.replace(' ', "_"),
        };
        let (number, whole) = number.split_once('/').map_or((number, None), |(n, of)| (n, Some(of)));
        let whole = whole.map(|whole| (whole.to_owned(), ["expected", "students"]));
        (!counts[&key].is_null()).then(|| (number.replace(',', ""), key, whole))
    });
    let parts = parts.map(|(number, key, whole)| {
        assert_eq!(number, counts[&key].to_string(), "{key} in {line}");
        if let Some((whole, keys)) = whole {
            let whole: u64 = whole.parse().unwrap();
            assert!(keys.iter().any(|key| counts[*key] == whole), "{line}: {counts}");
        }
    });
    parts.count()
}

/// The lines of a roster: a title and a tally for each register.
fn registers(lines: &[String], report: &Value) {
    titles(lines, report);
    for (period, line) in report["periods"].as_array().unwrap().iter().zip(lines.iter().skip(1).step_by(3)) {
        assert!(tally(line, period) >= 2, "{line}");
        let coverage = period["coverage_percent"].as_f64().unwrap();
        assert!(line.contains(&format!("coverage {coverage:.0} %")), "{line}");
    }
}

/// Each register has a title with its hours.
fn titles(lines: &[String], report: &Value) {
    for period in report["periods"].as_array().unwrap() {
        let hours = format!("{}–{}", clock(&period["starts_at"]), clock(&period["ends_at"]));
        let name = period["period"].as_str().unwrap();
        assert!(lines.iter().any(|line| line.starts_with(name) && line.contains(&hours)), "{lines:?}");
    }
}

/// The tallies of the day: of the school, and of each class.
fn whereabouts(lines: &[String], report: &Value) {
    assert!(lines.iter().any(|line| tally(line, report) >= 3), "{lines:?}");
    for class in ["G7", "G8", "G9"] {
        let rows = report["rows"].as_array().unwrap().iter().filter(|row| row["group"] == class);
        let mut counts = serde_json::json!({"students": rows.clone().count()});
        for row in rows {
            let count = &mut counts[row["whereabouts"].as_str().unwrap()];
            *count = (count.as_u64().unwrap_or_default() + 1).into();
        }
        let line = lines.iter().find(|line| line.starts_with(&format!("{class} · "))).unwrap();
        assert!(tally(line, &counts) >= 1, "{line}");
    }
}

/// The results of a history, by period.
fn results(lines: &[String], report: &Value) {
    for period in report["periods"].as_array().unwrap() {
        let name = period["period"].as_str().unwrap();
        let line = lines.iter().find(|line| line.starts_with(name)).unwrap();
        if period["first_seen"].is_string() {
            let hours = format!("{}–{}", clock(&period["first_seen"]), clock(&period["last_seen"]));
            let best = period["best_score"].as_f64().unwrap();
            let camera = period["best_camera"].as_str().unwrap();
            let seen = format!("{hours} best {best:.2} {camera} {} sighting", period["sightings"]);
            assert!(line.contains(&seen), "{line}, not {seen}");
        }
        assert_eq!(line.contains(" min"), period["minutes_late"].is_number(), "{line}");
    }
}

/// The heading of a range: students, days, the share and the counts.
fn sums(lines: &[String], report: &Value) {
    assert!(lines[0].contains(&format!("{} students · {} school day", report["students"], report["days"])));
    let percent = report["present_percent"].as_f64().unwrap();
    let share = format!("Present {percent:.1} % ({} of {})", report["present"], report["judged"]);
    assert!(lines[1].starts_with(&share), "{}", lines[1]);
    assert!(tally(&lines[1], report) >= 2, "{}", lines[1]);
}

/// Nothing but the dates.
fn no_numbers(lines: &[String], _: &Value) {
    assert!(lines.iter().all(|line| line.contains("2026") || line.starts_with("unknown: ")), "{lines:?}");
}
