//! `attend register`: the printable register of a class, and the way back of a sheet that was filled in.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use super::pages::{json, printed, school};
use crate::common::browser::{Browser, WALL};
use crate::common::harness::{School, has, seen};
use crate::common::office;
use crate::register::sheets::sheets;

/// The sums beside each student, by the headings of their columns.
fn sums(browser: &mut Browser) -> BTreeMap<String, Value> {
    let script = "Object.fromEntries([...document.querySelectorAll('tr[data-student]')].map(row => {
        const keys = [...row.closest('table').tHead.querySelectorAll('[data-count]')].map(head => head.dataset.count);
        const cells = [...row.cells].slice(-keys.length).map(cell => Number(cell.textContent));
        return [row.dataset.student, Object.fromEntries(keys.map((key, nth) => [key, cells[nth]]))] }))";
    serde_json::from_value(browser.eval(script)).unwrap()
}

/// The sums of each student, and the letters of one.
pub fn register_numbers(browser: &mut Browser, school: &School) {
    school.ok(&["register", "--group", "G*", "-o", "all.html"]);
    browser.open_file(&school.path("all.html"), WALL);
    let sums = sums(browser);
    assert_eq!(sums.len(), 11);
    let records = json(school, &["export", "records", "--date", "2026-09-07"]);
    for (code, sums) in &sums {
        let of = |status: &str| {
            let rows = records["rows"].as_array().unwrap().iter();
            rows.filter(|row| row["student"] == **code && row["status"] == status).count()
        };
        assert_eq!(
            (&sums["present"], &sums["absent"]),
            (&of("present").into(), &of("absent").into()),
            "{code}"
        );
    }
    let letters =
        browser.eval("[...document.querySelector('tr[data-student=H000101]').cells].map(c => c.textContent)");
    let letters: Vec<&str> = letters.as_array().unwrap().iter().map(|cell| cell.as_str().unwrap()).collect();
    assert!(letters[2..].starts_with(&["◌", "P", "P"]), "{letters:?}");
}

#[test]
fn a_sheet_on_paper_has_its_class_legend_and_signature() {
    let Some(mut browser) = Browser::start() else { return };
    if !has("pdftotext") {
        return;
    }
    let school = school();
    school.ok(&["schedule", "close", "2026-09-09", "--reason", "Founders' day", "--yes"]);
    school.ok(&["register", "--group", "G7,G8", "--week", "2026-09-07", "--blank", "-o", "blank.html"]);
    let sheets = printed(&mut browser, &school, "blank.html");
    assert_eq!(sheets.len(), 2, "a page for each class: {sheets:?}");
    for (sheet, class) in sheets.iter().zip(["G7", "G8"]) {
        for words in [class, "Founders' day", "P present", "Signature", "Comment"] {
            assert!(sheet.contains(words), "{words}: {sheet}");
        }
    }
    school.ok(&["register", "--group", "G7", "--month", "2026-09", "-o", "month.html"]);
    let sheets = printed(&mut browser, &school, "month.html");
    assert_eq!(sheets.len(), 1, "a month on one page: {sheets:?}");
}

#[test]
fn a_month_of_a_large_class_is_one_sheet_of_paper() {
    let Some(mut browser) = Browser::start() else { return };
    if !has("pdftotext") {
        return;
    }
    let mut school = School::new();
    school.at("2026-09-01T07:00:00+03:00");
    let long = |nth: usize| {
        [
            "Ada Mariam O'Neil-Fontaine",
            "\u{639}\u{627}\u{626}\u{634}\u{629} \u{628}\u{646}\u{62a} \u{645}\u{62d}\u{645}\u{62f}",
        ][nth % 2]
    };
    let roll: String = (0..25).map(|nth| format!("H{nth:06},{} {nth},7A\n", long(nth))).collect();
    school.write("roll.csv", format!("code,name,group\n{roll}"));
    school.ok(&["student", "import", "roll.csv"]);
    for nth in 0..8 {
        let (name, hour) = (format!("Block {}", nth + 1), 8 + nth);
        let (start, end) = (format!("{hour:02}:00"), format!("{hour:02}:45"));
        school.ok(&["period", "add", &name, "--start", &start, "--end", &end, "--days", "mon-fri"]);
    }
    school.ok(&["schedule", "generate", "--from", "2026-09-01", "--days", "30", "--yes"]);
    // Mixed days, which have a letter for each period.
    for (period, status) in [("Block 2", "late"), ("Block 5", "excused"), ("Block 7", "present")] {
        let date = "2026-09-01..2026-09-30";
        school.at("2026-09-30T18:00:00+03:00");
        school.ok(&["mark", "--group", "7A", status, "--period", period, "--date", date, "--yes"]);
    }
    school.ok(&["register", "--group", "7A", "--month", "2026-09", "-o", "month.html"]);
    let sheets = printed(&mut browser, &school, "month.html");
    assert_eq!(sheets.len(), 1, "{sheets:?}");
    assert!(sheets[0].contains("H000024") && sheets[0].contains("a letter for each period"), "{sheets:?}");
}

#[test]
fn a_class_with_a_long_name_has_a_page_with_a_shorter_one() {
    let school = School::example();
    let class = "Ω".repeat(125);
    school.ok(&["student", "edit", "H000101", "--group", &class]);
    school.ok(&["register", "--group", "*", "--week", "today", "-o", "pages/"]);
    let links = fs::read_to_string(school.path("pages/index.html")).unwrap();
    let page = format!("{}.html", "Ω".repeat(100));
    assert!(school.path("pages").join(&page).exists() && links.contains(&class), "{links}");
}

#[test]
fn a_folder_gets_a_page_for_each_class_and_one_that_links_to_them() {
    let school = school();
    school.ok(&["student", "add", "Z1", "Zed", "--group", "7/A", "--from", "2026-09-07", "--yes"]);
    school.ok(&["register", "--group", "*", "-o", "registers/"]);
    assert_eq!(fs::metadata(school.path("registers")).unwrap().permissions().mode() & 0o777, 0o700);
    let page = |name: &str| fs::read_to_string(school.path("registers").join(name)).unwrap();
    let index = page("index.html");
    let links: Vec<&str> =
        index.split("href=\"./").skip(1).map(|link| link.split('"').next().unwrap()).collect();
    assert!(links.starts_with(&["7_A.html", "G7.html"]) && index.contains(">7/A</a>"), "{index}");
    for link in &links {
        let page = page(link);
        assert_eq!(page.matches("<section").count(), 1, "{link}");
        assert!(page.len() < 30_000, "{link}: {} bytes", page.len());
    }
    assert_eq!(fs::read_dir(school.path("registers")).unwrap().count(), links.len() + 1);
    school.ok(&["student", "add", "Z2", "Zoe", "--group", "7_a", "--from", "2026-09-07", "--yes"]);
    insta::assert_snapshot!(school.session(&["register --group 7* -o registers"]), @r#"
    $ attend register --group 7* -o registers
    ! attend: the pages "7/A" and "7_a" would both be 7_a.html
    ! hint: write them one by one: -o g7a.html
    [1]
    "#);
}

#[test]
fn sessions_stand_beside_the_periods_as_the_summary_judges_them() {
    let Some(mut browser) = Browser::start() else { return };
    let school = school();
    school.ok(&["session", "add", "AM", "--periods", "Block 1,Block 2", "--rule", "first"]);
    school.ok(&[
        "session",
        "add",
        "Day",
        "--periods",
        "Assembly,Block 1,Block 2,Block 3",
        "--rule",
        "share:50%",
    ]);
    school.ok(&["register", "--group", "G*", "-o", "all.html"]);
    browser.open_file(&school.path("all.html"), WALL);
    let sums = sums(&mut browser);
    let sessions = json(&school, &["export", "sessions", "--date", "2026-09-07"]);
    let rows = sessions["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 2 * sums.len());
    for (code, sums) in &sums {
        let of = |statuses: &[&str]| {
            let of_student = rows.iter().filter(|row| row["student"] == **code);
            of_student.filter(|row| statuses.contains(&row["status"].as_str().unwrap())).count()
        };
        assert_eq!(sums["sessions_present"], of(&["present"]), "{code}");
        assert_eq!(sums["sessions_missed"], of(&["absent", "excused"]), "{code}");
    }
    let heading = browser.eval("[...document.querySelectorAll('thead th.session')].map(c => c.textContent)");
    assert_eq!(heading.as_array().unwrap()[..2], ["AM", "Day"]);
    school.ok(&["register", "--group", "G7", "--blank", "-o", "blank.html"]);
    browser.open_file(&school.path("blank.html"), WALL);
    assert_eq!(browser.eval("document.querySelectorAll('.session').length"), 0, "they are not filled in");
    // A workbook with sessions is read back as before.
    school.ok(&["register", "--group", "G7", "-o", "g7.xlsx"]);
    assert_eq!(school.ok(&["mark", "--from-file", "g7.xlsx", "--dry-run"]), "Nothing changes.\n");
}

/// The present and missed sessions of a student by the views of a group: the rows of an export, a summary and the register.
fn sessions_of(school: &School, browser: &mut Browser, code: &str, group: &str) -> [[u64; 2]; 3] {
    let added = |row: &Value, keys: [&str; 2]| keys.map(|key| row[key].as_u64().unwrap());
    let date = ["--date", "2026-09-07", "--group", group];
    let exported = json(school, &[&["export", "sessions"], &date[..]].concat());
    let of = |status: &str| {
        let rows = exported["rows"].as_array().unwrap().iter();
        rows.filter(|row| row["student"] == code && row["status"] == status).count() as u64
    };
    let summary = json(school, &[&["summary"], &date[..]].concat());
    let row = summary["rows"].as_array().unwrap().iter().find(|row| row["student"] == code);
    school.ok(&["register", "--group", group, "-o", "one.html"]);
    browser.open_file(&school.path("one.html"), WALL);
    let register = &sums(browser)[code];
    [
        [of("present"), of("absent")],
        row.map_or([0; 2], |row| added(row, ["sessions_present", "sessions_absent"])),
        added(register, ["sessions_present", "sessions_missed"]),
    ]
}

#[test]
fn a_session_of_a_student_who_moves_is_judged_from_all_its_periods_in_every_view() {
    let Some(mut browser) = Browser::start() else { return };
    let mut school = School::example();
    for (name, periods, rule) in [
        ("Morning", "Block 1,Block 2", "any"),
        ("Noon", "Block 2,Block 3", "any"),
        ("End", "Block 3", "first"),
    ] {
        school.ok(&["session", "add", name, "--periods", periods, "--rule", rule]);
    }
    school.at("2026-09-07T09:32:00+03:00");
    school.ok(&["student", "edit", "H000123", "--group", "G8"]);
    school.at("2026-09-07T12:00:00+03:00");
    school.ingest(seen("H000123", 0.9, "2026-09-07T08:25:00+03:00", "gate-1"));
    school.ok(&["mark", "H000123", "absent", "--period", "Block 2", "--period", "Block 3", "--yes"]);
    // The morning began in G7, and the other sessions began in G8.
    for (group, counts) in [("G7", [1, 0]), ("G8", [0, 2])] {
        assert_eq!(sessions_of(&school, &mut browser, "H000123", group), [counts; 3], "{group}");
        let by_session = json(&school, &["summary", "--by", "session", "--group", group]);
        assert_eq!(by_session["present"], counts[0], "{group}");
    }
}

#[test]
fn a_mark_for_a_period_that_has_not_begun_decides_no_session_in_any_view() {
    let Some(mut browser) = Browser::start() else { return };
    let mut school = School::example();
    school.ok(&["session", "add", "Any", "--periods", "Block 1,Block 2", "--rule", "any"]);
    school.ok(&["session", "add", "All", "--periods", "Block 1,Block 2", "--rule", "share:100%"]);
    school.at("2026-09-07T09:20:00+03:00");
    school.ok(&["mark", "H000123", "absent", "--period", "Block 1"]);
    school.ok(&["mark", "H000123", "present", "--period", "Block 2"]);
    for (now, counts) in [("2026-09-07T09:25:00+03:00", [0, 1]), ("2026-09-07T09:35:00+03:00", [1, 1])] {
        school.at(now);
        assert_eq!(sessions_of(&school, &mut browser, "H000123", "G7"), [counts; 3], "{now}");
    }
}

#[test]
fn a_workbook_goes_back_and_marks_only_what_was_changed() {
    let school = school();
    school.ok(&["register", "--group", "G7", "--week", "2026-09-07", "-o", "g7.xlsx"]);
    insta::assert_snapshot!(school.session(&["mark --from-file g7.xlsx --dry-run"]), @"
    $ attend mark --from-file g7.xlsx --dry-run
    Nothing changes.
    ");
    let sheet = &sheets(&school, &["g7.xlsx".to_owned()])["g7.xlsx"][0];
    let header: Vec<&str> = sheet.rows[3].iter().map(|cell| cell.1.as_str()).collect();
    assert!(header.starts_with(&["No", "Code", "Name", "2026-09-07 Assembly"]), "{header:?}");
    let typed = "Class register\n\nNo,Code,Name,2026-09-07 Block 1,2026-09-07 Block 2,2026-09-09 closed: holiday\n\
                 1,H000101,Zoë,P,A,\n2,H000102,,l,?,\n3,H000123,,,e,\n";
    school.write("typed.csv", typed);
    insta::assert_snapshot!(school.session(&[
        "mark --from-file typed.csv",
        "mark --from-file typed.csv --dry-run --by ms-lee",
        "mark --from-file typed.csv --yes --by ms-lee",
        "mark list",
        "mark --from-file typed.csv --dry-run",
    ]), @"
    $ attend mark --from-file typed.csv
    ! 2026-09-07 Block 1: 1 present with other details (H000102)
    ! 2026-09-07 Block 2: 1 unknown → excused, 1 present → absent (H000101, H000123)
    ! attend: not done: this would change 3 rows of 2 registers: 1 unknown → excused, 1 present → absent, 1 present with other details
    ! hint: --yes does it; --dry-run only shows it
    [1]
    $ attend mark --from-file typed.csv --dry-run --by ms-lee
     DATE            PERIOD   CODE     NAME         NOW      THEN
     Mon 7 Sep 2026  Block 1  H000102  ژیان ئەحمەد  present  late 6 min
     Mon 7 Sep 2026  Block 2  H000101  Zoë O'Neil   present  absent
     Mon 7 Sep 2026  Block 2  H000123  Ada Karim    unknown  excused
    $ attend mark --from-file typed.csv --yes --by ms-lee
    $ attend mark list
     WHEN        PERIOD   CODE     NAME         MARK     BY      REASON
     2026-09-07  Block 1  H000102  ژیان ئەحمەد  late     ms-lee
     2026-09-07  Block 2  H000101  Zoë O'Neil   absent   ms-lee
     2026-09-07  Block 2  H000123  Ada Karim    excused  ms-lee
     2026-09-07  Block 2  H000177  Omar Haddad  excused  admin   <b>dentist</b>
    $ attend mark --from-file typed.csv --dry-run
    Nothing changes.
    ");
}

#[test]
fn a_sheet_with_something_else_in_it_marks_nobody() {
    let school = school();
    school.write("odd.csv", "Code,Name,2026-09-07 Block 2\nH000101,Zoë,A\nH000102,,sick\n");
    school.write("list.txt", "H000101\n");
    insta::assert_snapshot!(school.session(&[
        "mark --from-file odd.csv --yes",
        "mark --from-file list.txt",
        "mark --from-file odd.csv --all-day",
        "mark list",
        "register --group G7 -o g7.csv",
        "register --group G7",
        "register --group G77 -o g77.html",
        "register --group G7 --month 2027-01 -o g7.html",
    ]), @r#"
    $ attend mark --from-file odd.csv --yes
    ! attend: odd.csv:3: "SICK" of H000102 in Block 2 on 2026-09-07 is not P, L, A or E
    ! hint: write P present, L late, A absent or E excused; nothing was marked
    [65]
    $ attend mark --from-file list.txt
    ! attend: list.txt is not a class register, and the mark is missing
    ! hint: attend register --blank -o g7a.xlsx makes one; a list of codes goes with a mark: attend mark excused --from-file trip.txt
    [65]
    $ attend mark --from-file odd.csv --all-day
    ! attend: a class register says itself which periods and dates it is about
    ! hint: leave --group, --period, --all-day and --date away
    [2]
    $ attend mark list
     WHEN        PERIOD   CODE     NAME         MARK     BY     REASON
     2026-09-07  Block 2  H000177  Omar Haddad  excused  admin  <b>dentist</b>
    $ attend register --group G7 -o g7.csv
    ! attend: a class register is .html or .xlsx
    ! hint: attend export records writes the same as rows
    [2]
    $ attend register --group G7
    ! attend: a class register is a file
    ! hint: name it with -o, such as -o g7a.html for paper or -o g7a.xlsx to type into
    [2]
    $ attend register --group G77 -o g77.html
    ! no student is in group "G77": did you mean "G7"?
    ! attend: no period is held for these classes on 2026-09-06..2026-09-12
    ! hint: attend schedule list --from 2026-09-06, or attend schedule generate --from 2026-09-06
    [1]
    $ attend register --group G7 --month 2027-01 -o g7.html
    ! attend: no period is held for these classes on 2027-01-01..2027-01-31
    ! hint: attend schedule list --from 2027-01-01, or attend schedule generate --from 2027-01-01
    [1]
    "#);
    assert!(fs::metadata(school.path("g7.csv")).is_err());
}

#[test]
fn libreoffice_counts_what_the_workbook_states() {
    let school = school();
    school.ok(&["register", "--group", "G9", "--week", "2026-09-07", "-o", "g9.xlsx"]);
    let before = sheets(&school, &["g9.xlsx".to_owned()]);
    if office::convert(&school, &["g9.xlsx"], "xlsx", &[]).is_none() {
        return;
    }
    let after = sheets(&school, &["seen/g9.xlsx".to_owned()]);
    let (stated, counted) = (&before["g9.xlsx"][0].rows, &after["seen/g9.xlsx"][0].rows);
    assert!(stated.len() > 9);
    for (stated, counted) in stated.iter().zip(counted).skip(4) {
        let sums = |row: &[(String, String)]| row[row.len().saturating_sub(4)..].to_vec();
        assert_eq!(sums(stated), sums(counted), "a formula equals the number that is stated");
    }
}

#[test]
fn classes_whose_names_a_workbook_takes_for_the_same_have_sheets_of_their_own() {
    let school = School::example();
    let faces = "😀".repeat(19);
    let classes = [
        "7/A",
        "7:A",
        "8A,8a",
        &faces,
        "Advanced Placement Mathematics - set 1",
        "Advanced Placement Mathematics - set 2",
    ];
    for (code, class) in ["H000101", "H000102", "H000123", "H000140", "H000177", "X1"].iter().zip(classes) {
        match code.strip_prefix('X') {
            Some(_) => {
                school.ok(&["student", "add", code, "Bob", "--from", "2026-09-01", "--yes", "--group", class])
            }
            None => school.ok(&["student", "edit", code, "--from", "2026-09-01", "--yes", "--group", class]),
        };
    }
    for command in [
        &["register", "--group", "*", "--week", "today"][..],
        &["export", "records", "--date", "today", "--group-sheets"],
    ] {
        school.ok(&[command, &["-o", "x.xlsx"]].concat());
        let file = std::fs::File::open(school.path("x.xlsx")).unwrap();
        let book =
            calamine::open_workbook_from_rs::<calamine::Xlsx<_>, _>(std::io::BufReader::new(file)).unwrap();
        let names = calamine::Reader::sheet_names(&book);
        let different: std::collections::BTreeSet<String> =
            names.iter().map(|name| name.to_lowercase()).collect();
        assert!(different.len() == names.len() && names.len() >= classes.len(), "{names:?}");
    }
}
