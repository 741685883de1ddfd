//! The principal's report and the evacuation list: every number is that of the JSON reports of the same instant.

use serde_json::{Value, json};

use super::pages::{counts, json as told, printed, school};
use crate::common::browser::{Browser, PHONE, WALL};
use crate::common::harness::{School, has};

/// The pairs that a script gives on the open page.
fn pairs(browser: &mut Browser, script: &str) -> Vec<(String, Value)> {
    serde_json::from_value(browser.eval(script)).unwrap()
}

/// The row of a report with a key.
fn row<'r>(report: &'r Value, key: &str, wanted: &str) -> &'r Value {
    let rows = report["rows"].as_array().unwrap();
    rows.iter().find(|row| row[key].as_str().unwrap_or("no group") == wanted).unwrap()
}

/// The principal's report: figures, calls, classes, the map and the days.
pub fn report_numbers(browser: &mut Browser, school: &School) {
    school.ok(&["summary", "-o", "report.html"]);
    browser.open_file(&school.path("report.html"), WALL);
    let summary = told(school, &["summary"]);
    let figures = pairs(
        browser,
        "[...document.querySelectorAll('.figures [data-count]')].map(n => [n.dataset.count, Number(n.textContent.replace(',', ''))])",
    );
    assert!(figures.len() >= 3, "{figures:?}");
    for (key, count) in figures {
        assert_eq!(count, summary[&key], "{key}");
    }
    let list = told(school, &["roster", "unexplained", "--max-percent", "100"]);
    let list = list["rows"].as_array().unwrap();
    let certain = list.iter().filter(|row| row["check_first"] == false).count();
    let answer = browser.eval("document.querySelector('.answer').textContent");
    let percent = summary["present_percent"].as_f64().unwrap();
    assert_eq!(
        answer,
        format!(
            "{percent:.1} % present; {certain} unexplained; Assembly, Block 3 not judged; Block 1 mostly not judged"
        )
    );
    let called = pairs(
        browser,
        "[...document.querySelectorAll('tr[data-call]')].map(r => [r.dataset.call, r.cells[3].textContent])",
    );
    assert!(!called.is_empty());
    for (code, missed) in called {
        let row = list.iter().find(|row| row["student"] == *code).unwrap();
        let n = if row["check_first"] == true { &row["unsure"] } else { &row["absent"] };
        assert!(
            missed.as_str().unwrap().starts_with(&format!("{n} of {}", row["expected"])),
            "{code}: {missed}"
        );
    }
    classes(browser, school);
    let days = told(school, &["summary", "--by", "date", "--from", "2026-07-09", "--to", "2026-09-07"]);
    for (day, shown) in pairs(
        browser,
        "[...document.querySelectorAll('td[data-day]')].map(n => [n.dataset.day, n.textContent])",
    ) {
        assert_eq!(day, "Mon 7 Sep");
        let percent = row(&days, "date", "2026-09-07")["present_percent"].as_f64().unwrap();
        assert_eq!(shown, format!("{percent:.1} %"));
    }
}

/// The shares of classes, and of classes in each period.
fn classes(browser: &mut Browser, school: &School) {
    let groups = told(school, &["summary", "--by", "group"]);
    let shares = pairs(
        browser,
        "[...document.querySelectorAll('tr[data-class]')].map(r => [r.dataset.class, Number(r.querySelector('[data-percent]').dataset.percent)])",
    );
    assert_eq!(shares.len(), 3);
    for (class, percent) in shares {
        let told = row(&groups, "group", &class)["present_percent"].as_f64();
        assert_eq!(percent.as_f64(), told, "{class}");
    }
    let map = pairs(
        browser,
        "[...document.querySelectorAll('tr[data-map]')].map(r => [r.dataset.map, [...r.cells].slice(1).map(c => c.textContent)])",
    );
    for (class, cells) in map {
        let periods = told(school, &["summary", "--by", "period", "--group", &class]);
        for (cell, period) in
            cells.as_array().unwrap().iter().zip(["Assembly", "Block 1", "Block 2", "Block 3"])
        {
            let percent = row(&periods, "period", period)["present_percent"].as_f64();
            assert_eq!(
                *cell,
                percent.map_or("–".to_owned(), |percent| format!("{percent:.0}")),
                "{class} {period}"
            );
        }
    }
}

#[test]
fn the_report_fits_every_screen_and_says_which_edition_it_is() {
    let Some(mut browser) = Browser::start() else { return };
    let mut school = school();
    for (now, edition) in
        [("2026-09-07T09:59:12+03:00", "Provisional"), ("2026-09-07T20:00:00+03:00", "Final")]
    {
        school.at(now);
        school.ok(&["summary", "-o", "report.html"]);
        browser.open_file(&school.path("report.html"), PHONE);
        let shown = browser.eval("document.querySelector('.edition').textContent");
        assert!(shown.as_str().unwrap().starts_with(edition), "{shown}");
    }
}

#[test]
fn a_range_and_sums_are_pages_of_rows() {
    let school = school();
    for args in [
        &["summary", "--from", "2026-09-06", "-o", "range.html"][..],
        &["summary", "--by", "group", "-o", "groups.html"],
        &["export", "records", "-o", "records.html"],
    ] {
        school.ok(args);
        let page = std::fs::read_to_string(school.path(args.last().unwrap())).unwrap();
        assert!(page.contains("</table>") && page.ends_with("</html>\n"), "{args:?}");
    }
}

/// The evacuation list of a school in which one student has left: in all, and by class.
pub fn evacuation_numbers(browser: &mut Browser, school: &School) {
    school.ok(&["roster", "day", "--evacuation", "-o", "evac.html"]);
    let day = told(school, &["roster", "day"]);
    let number = |key: &str| day[key].as_u64().unwrap();
    browser.open_file(&school.path("evac.html"), PHONE);
    let all = counts(browser, "tr[data-total=\"\"]", "total");
    let inside = number("absent") + number("unknown") + number("not_expected");
    let out = number("excused") + number("left");
    assert_eq!(all[""], json!({"seen": number("seen"), "inside": inside, "out": out}));
    assert_eq!(number("left"), 1);
    let classes = counts(browser, "section[data-class]", "class");
    let of = |class: &str, whereabouts: &[&str]| {
        let rows = day["rows"].as_array().unwrap().iter();
        rows.filter(|row| {
            row["group"] == class && whereabouts.contains(&row["whereabouts"].as_str().unwrap())
        })
        .count()
    };
    for (class, counts) in &classes {
        assert_eq!(counts["seen"], of(class, &["seen"]), "{class}");
        assert_eq!(counts["inside"], of(class, &["absent", "unknown", "not_expected"]), "{class}");
    }
}

#[test]
fn the_evacuation_list_names_blind_cameras_and_has_a_sheet_for_each_class() {
    let Some(mut browser) = Browser::start() else { return };
    let school = school();
    school.ok(&["roster", "day", "--evacuation", "-o", "evac.html"]);
    browser.open_file(&school.path("evac.html"), PHONE);
    assert!(
        browser.eval("document.querySelector('.alert').textContent").as_str().unwrap().contains("hall-2")
    );
    if has("pdftotext") {
        let sheets = printed(&mut browser, &school, "evac.html");
        assert_eq!(sheets.len(), 4, "a page for each class, and one for all: {sheets:?}");
        assert!(sheets[3].contains("All classes") && sheets[0].contains("page 1 of 4"));
    }
    insta::assert_snapshot!(school.session(&["roster day --evacuation", "roster day --evacuation -o evac.csv"]), @"
    $ attend roster day --evacuation
    ! error: the following required arguments were not provided:
    !   --output <FILE>
    !
    ! Usage: attend roster day [OPTIONS]
    !
    ! For more information, try '--help'.
    [2]
    $ attend roster day --evacuation -o evac.csv
    ! attend: an evacuation list is a page
    ! hint: name it with -o, such as -o evac.html
    [2]
    ");
}

/// A school of 2,000 students in 90 classes with 8 periods, in the second of them.
pub fn large() -> School {
    let mut school = School::new();
    let roll: String =
        (0..2000).map(|nth| format!("H{nth:06},Student Name {nth:04},G{:02}\n", nth % 90)).collect();
    school.write("roll.csv", format!("code,name,group\n{roll}"));
    school.ok(&["student", "import", "roll.csv"]);
    for nth in 0..8 {
        let (start, end) = (format!("{:02}:00", 8 + nth), format!("{:02}:45", 8 + nth));
        school.ok(&[
            "period",
            "add",
            &format!("Block {}", nth + 1),
            "--start",
            &start,
            "--end",
            &end,
            "--days",
            "daily",
        ]);
    }
    school.ok(&["camera", "add", "gate-1"]);
    school.ok(&["schedule", "generate", "--from", "2026-09-07", "--days", "7", "--yes"]);
    school.at("2026-09-07T09:20:00+03:00");
    let lines = school.ok(&["simulate", "--date", "2026-09-07"]);
    school.ingest(lines);
    school
}

#[test]
fn a_large_school_fits_into_every_page() {
    let school = large();
    for args in [
        &["panel", "-o", "board.html"][..],
        &["panel", "--names", "-o", "office.html"],
        &["roster", "now", "-o", "now.html"],
        &["roster", "day", "-o", "day.html"],
        &["roster", "day", "--evacuation", "-o", "evac.html"],
        &["summary", "-o", "report.html"],
        &["register", "--group", "G07", "--week", "2026-09-07", "-o", "class.html"],
    ] {
        school.ok(args);
        let size = std::fs::metadata(school.path(args.last().unwrap())).unwrap().len();
        assert!(size < 300_000, "{args:?}: {size} bytes");
    }
    let Some(mut browser) = Browser::start() else { return };
    browser.open_file(&school.path("board.html"), WALL);
    let tall = browser.eval("document.documentElement.scrollHeight");
    assert!(tall.as_u64().unwrap() <= 1080, "one screen, not {tall} pixels");
}
