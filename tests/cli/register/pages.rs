//! Pages as people look at them: in a browser on a wall, on a phone and on paper.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;

use crate::common::browser::{Browser, PHONE, WALL};
use crate::common::harness::{School, has, root, seen, text, words};
use crate::common::limit;

/// Names that turn the direction of writing, want to be markup, or are long.
const NAMES: [&str; 6] = [
    "شيماء علي",
    "王小明",
    "<script>alert(1)</script>",
    "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogochaberystwythcaernarfonx",
    "Né\u{1eb9}\u{307} Zoë",
    "\"Bob\" & 'Ann'",
];

/// A school in Block 2: seen students, late ones, a low score, an excuse, a blind camera, and those of [`NAMES`].
pub fn school() -> School {
    let school = School::example();
    let mut roll = String::from("code,name,group\n");
    for (nth, name) in NAMES.iter().enumerate() {
        writeln!(roll, "N{nth},\"{}\",G9", name.replace('"', "\"\"")).unwrap();
    }
    school.write("names.csv", roll);
    school.ok(&["student", "import", "names.csv", "--from", "2026-09-01", "--yes"]);
    school.ok(&["period", "edit", "Block 2", "--late-after", "5m"]);
    school.ok(&["schedule", "generate", "--yes"]);
    let mut lines = String::new();
    for minute in 0..95 {
        let ts = format!("2026-09-07T{:02}:{:02}:30+03:00", 8 + (20 + minute) / 60, (20 + minute) % 60);
        for (camera, ends) in [("gate-1", 95), ("hall-2", 60)] {
            if minute < ends {
                let line = serde_json::json!({"type": "heartbeat", "camera": camera, "snapshot_every": 60, "ts": ts});
                writeln!(lines, "{line}").unwrap();
            }
        }
    }
    for (code, score, at) in [
        ("H000101", 0.9, "08:25"),
        ("H000102", 0.9, "08:26"),
        ("N0", 0.9, "08:27"),
        ("N1", 0.9, "09:36"),
        ("N2", 0.9, "09:50"),
        ("N3", 0.6, "09:40"),
        ("H000101", 0.93, "09:36"),
        ("H000140", 0.88, "09:45"),
    ] {
        lines += &seen(code, score, &format!("2026-09-07T{at}:00+03:00"), "gate-1");
    }
    school.ingest(lines);
    school.ok(&["mark", "H000177", "excused", "--period", "Block 2", "--reason", "<b>dentist</b>"]);
    school
}

/// The pages that the school writes, each with its command.
const PAGES: [(&str, &str); 12] = [
    ("report.html", "summary"),
    ("evac.html", "roster day --evacuation"),
    ("register.html", "register --group G*"),
    ("blank.html", "register --group G9 --week 2026-09-07 --blank"),
    ("board.html", "panel"),
    ("office.html", "panel --names"),
    ("now.html", "roster now"),
    ("day.html", "roster day"),
    ("history.html", "history N2"),
    ("records.html", "export records"),
    ("range.html", "summary --from 2026-09-06 --to 2026-09-07"),
    ("seen.html", "export recognitions"),
];

fn write_pages(school: &School) {
    for (file, command) in PAGES {
        let args: Vec<&str> = command.split(' ').chain(["-o", file]).collect();
        assert_eq!(school.ok(&args), "", "{command} is silent");
    }
}

/// The instant of the board, in milliseconds since 1970.
fn made(school: &School) -> i64 {
    let page = fs::read_to_string(school.path("board.html")).unwrap();
    page.split("data-made=\"").nth(1).unwrap().split('"').next().unwrap().parse().unwrap()
}

pub fn json(school: &School, args: &[&str]) -> Value {
    serde_json::from_str(&school.ok(&[args, &["--format", "json"]].concat())).unwrap()
}

/// The counts below each element that `rows` selects, by the attribute `name`: those of the last element win.
pub fn counts(browser: &mut Browser, rows: &str, name: &str) -> BTreeMap<String, Value> {
    let script = format!(
        "Object.fromEntries([...document.querySelectorAll('{rows}')].map(row => [row.dataset.{name},
            Object.fromEntries([...row.querySelectorAll('[data-count]')].map(n => [n.dataset.count, Number(n.textContent)]))]))"
    );
    serde_json::from_value(browser.eval(&script)).unwrap()
}

/// Every count that a page shows is that of the report, and a count that it leaves out is zero.
fn compare(shown: &BTreeMap<String, Value>, told: &Value, name: &str, keys: &[&str]) {
    let told = told.as_array().unwrap();
    assert!(!shown.is_empty());
    for (of, counts) in shown {
        let row = told.iter().find(|row| row[name].as_str().unwrap_or("no group") == of).unwrap();
        for key in keys {
            assert_eq!(counts.get(key).unwrap_or(&Value::from(0)), &row[key], "{key} of {of}");
        }
    }
}

#[test]
fn pages_fit_every_screen_load_nothing_and_can_be_read_by_everybody() {
    let Some(mut browser) = Browser::start() else { return };
    let school = school();
    write_pages(&school);
    browser.set_clock(made(&school));
    for (file, _) in PAGES {
        let path = school.path(file);
        for screen in [WALL, PHONE] {
            browser.open_file(&path, screen);
            let noise = browser.noise();
            assert_eq!(noise, [format!("file://{}", path.display())], "{file}: it asks for itself alone");
            let wide = browser.eval("document.documentElement.scrollWidth - innerWidth");
            assert!(wide.as_i64().unwrap() <= 0, "{file} is {wide} pixels wider than {screen:?}");
            if let Some(found) = browser.violations() {
                assert_eq!(found, serde_json::json!([]), "{file} on {screen:?}");
            }
        }
    }
}

#[test]
fn a_history_explains_its_words_below_its_rows_alone() {
    let school = school();
    write_pages(&school);
    let page = |file: &str| fs::read_to_string(school.path(file)).unwrap();
    let history = page("history.html");
    let (_, below) = history.split_once("</table>").unwrap();
    assert!(below.contains("<p class=\"faint\">Effect: first: present from this sighting on"), "{below}");
    assert!(!page("records.html").contains("Effect:"));
}

#[test]
fn names_of_any_script_are_shown_unchanged() {
    let Some(mut browser) = Browser::start() else { return };
    let school = school();
    write_pages(&school);
    for file in
        ["now.html", "day.html", "evac.html", "register.html", "blank.html", "records.html", "range.html"]
    {
        browser.open_file(&school.path(file), PHONE);
        // A register has the code behind the name.
        let cells = browser.eval(
            "[...document.querySelectorAll('tbody th')].map(n => n.textContent.replace(/ [HN][0-9]+$/, ''))",
        );
        let cells = cells.as_array().unwrap();
        for name in NAMES {
            assert!(cells.iter().any(|cell| cell == name), "{name} on {file}");
        }
        // Nothing of a long name is cut off.
        let cut = "[...document.querySelectorAll('tbody th')].filter(n => n.scrollWidth > n.clientWidth + 1).length";
        assert_eq!(browser.eval(cut), 0, "{file}");
        assert_eq!(browser.eval("document.scripts.length"), 0, "{file}");
        let way = "getComputedStyle([...document.querySelectorAll('bdi')].find(b => b.textContent.startsWith('\u{634}'))).direction";
        assert_eq!(browser.eval(way), "rtl", "{file}");
    }
}

/// The board: the active period, the day, the classes and the cameras.
pub fn board_numbers(browser: &mut Browser, school: &School) {
    school.ok(&["panel", "-o", "board.html"]);
    let panel = json(school, &["panel"]);
    browser.open_file(&school.path("board.html"), WALL);
    let all = ["present", "expected", "late", "absent", "unknown", "low_score", "excused", "pending"];
    compare(&counts(browser, "section.active", "period"), &panel["periods"], "period", &all);
    let few = ["present", "expected", "unknown"];
    let today = counts(browser, "tr[data-period]:has([data-count])", "period");
    assert_eq!(today.len(), 2, "Assembly was not judged, and Block 3 has not begun");
    compare(&today, &panel["periods"], "period", &few);
    let classes = counts(browser, "li[data-class]", "class");
    assert_eq!(classes.len(), 3);
    compare(&classes, &panel["classes"], "group", &few);
    compare(&counts(browser, "tr[data-camera]", "camera"), &panel["cameras"], "camera", &["events"]);
}

#[test]
fn the_board_of_the_hall_names_no_student() {
    let Some(mut browser) = Browser::start() else { return };
    let school = school();
    write_pages(&school);
    browser.open_file(&school.path("board.html"), WALL);
    let shown = browser.eval("document.body.textContent");
    for name in ["Zoë", "王小明", "H000101", "alert(1)"] {
        assert!(!shown.as_str().unwrap().contains(name), "{name} in a hall");
    }
    browser.open_file(&school.path("office.html"), WALL);
    assert!(browser.eval("document.body.textContent").as_str().unwrap().contains("王小明"));
}

#[test]
fn errors_that_may_name_a_student_are_not_on_the_public_board() {
    let school = School::example();
    school
        .ingest("{\"type\":\"job\",\"name\":\"enforcer\",\"ok\":false,\"error\":\"no face of Ada Karim\"}\n");
    school.ok(&["panel", "-o", "board.html"]);
    school.ok(&["panel", "--names", "-o", "office.html"]);
    let read = |file| fs::read_to_string(school.path(file)).unwrap();
    assert!(read("office.html").contains("no face of Ada Karim"));
    assert!(read("board.html").contains("enforcer reports an error") && !read("board.html").contains("Ada"));
}

#[test]
fn the_board_says_old_after_three_missed_refreshes_and_can_be_paused() {
    let Some(mut browser) = Browser::start() else { return };
    let school = school();
    write_pages(&school);
    let made = made(&school);
    for (age, old) in [(179, false), (181, true)] {
        // The clock of the browser stands still at that age.
        browser.set_clock(made + age * 1000);
        browser.open_file(&school.path("board.html"), WALL);
        assert_eq!(browser.eval("document.body.classList.contains('old')"), old, "{age} s");
        assert_eq!(browser.eval("document.getElementById('old').hidden"), !old, "{age} s");
    }
    assert_eq!(browser.eval("document.getElementById('age').textContent"), "3 min ago");
    let pause = "document.getElementById('pause').click(); document.getElementById('pause').ariaPressed";
    assert_eq!(browser.eval(pause), "true");
    assert_eq!(browser.eval(pause), "false");
}

#[test]
fn the_content_policy_blocks_foreign_scripts() {
    let Some(mut browser) = Browser::start() else { return };
    let school = school();
    write_pages(&school);
    for file in ["board.html", "now.html"] {
        let page = fs::read_to_string(school.path(file)).unwrap();
        let evil = "<script>document.title='taken'</script><p id=evil style='color:red'>x</p><img src=x onerror=\"document.title='taken'\">";
        school.write("evil.html", page.replace("</main>", &format!("{evil}</main>")));
        browser.open_file(&school.path("evil.html"), WALL);
        assert!(browser.eval("document.title").as_str().unwrap().contains("Green Valley"), "{file}");
        assert_ne!(browser.eval("getComputedStyle(document.getElementById('evil')).color"), "rgb(255, 0, 0)");
        assert!(browser.noise().iter().any(|said| said.contains("Content Security Policy")), "the control");
    }
}

/// How letters are drawn on the open page: whether two characters look different, and whether the letters of a word
/// are joined.
const DRAWN: &str = "(() => {
    const canvas = document.createElement('canvas'), pen = canvas.getContext('2d');
    pen.font = '40px ' + getComputedStyle(document.body).fontFamily;
    const drawn = text => { pen.clearRect(0, 0, 300, 150); pen.fillText(text, 10, 60); return canvas.toDataURL(); };
    const width = text => pen.measureText(text).width;
    const differ = (one, other) => drawn(one) !== drawn(other);
    return {
        chinese: differ('\u{738b}', '\u{5c0f}'),
        unknown: differ('\u{10fffd}', '\u{10fffc}'),
        joined: Math.abs(width('\u{634}\u{64a}') - width('\u{634}') - width('\u{64a}')) > 1,
        marked: width('e\u{323}\u{307}') === width('e') && differ('e\u{323}\u{307}', 'e'),
    };
})()";

/// Whether a language can be drawn here. With `ATTEND_TEST_ALL` it must be.
fn has_font(language: &str) -> bool {
    let school = School::empty();
    let found = has("fc-list")
        && !limit::output(school.program("fc-list").arg(format!(":lang={language}"))).stdout.is_empty();
    assert!(found || std::env::var_os("ATTEND_TEST_ALL").is_none(), "no font for {language}");
    found
}

#[test]
fn chinese_arabic_and_combining_marks_are_drawn_as_letters() {
    let Some(mut browser) = Browser::start() else { return };
    if !(has_font("zh") && has_font("ar")) {
        return;
    }
    let school = school();
    write_pages(&school);
    for file in ["now.html", "board.html", "report.html"] {
        browser.open_file(&school.path(file), WALL);
        let drawn = browser.eval(DRAWN);
        // A letter that no font has is drawn as an empty box, the same for all of them.
        let expected = serde_json::json!({"chinese": true, "unknown": false, "joined": true, "marked": true});
        assert_eq!(drawn, expected, "{file}");
    }
}

/// The text of a page as it is printed, sheet by sheet.
pub fn printed(browser: &mut Browser, school: &School, file: &str) -> Vec<String> {
    browser.open_file(&school.path(file), WALL);
    school.write("printed.pdf", browser.print());
    let output = limit::output(school.program("pdftotext").args(["-layout", "printed.pdf", "-"]));
    let all = text(&output.stdout);
    all.trim_end_matches('\u{c}').split('\u{c}').map(str::to_owned).collect()
}

#[test]
fn a_printed_roster_repeats_its_header_and_numbers_its_sheets() {
    let Some(mut browser) = Browser::start() else { return };
    if !has("pdftotext") {
        return;
    }
    let school = school();
    let roll: String = (0..90).map(|nth| format!("X{nth:02},Student {nth:02},G5\n")).collect();
    school.write("more.csv", format!("code,name,group\n{roll}"));
    school.ok(&["student", "import", "more.csv", "--from", "2026-09-01", "--yes", "--force"]);
    school.ok(&["roster", "now", "-o", "now.html"]);
    let sheets = printed(&mut browser, &school, "now.html");
    assert!(sheets.len() >= 2, "{sheets:?}");
    for (nth, sheet) in sheets.iter().enumerate() {
        assert!(sheet.contains("Status"), "sheet {nth}: {sheet}");
        assert!(sheet.contains(&format!("page {} of {}", nth + 1, sheets.len())), "{sheet}");
    }
    let all = sheets.concat();
    assert!((0..90).all(|nth| all.contains(&format!("Student {nth:02}"))));
}

#[test]
fn the_extension_chooses_the_format_and_unknown_ones_are_refused_with_a_hint() {
    let school = school();
    insta::assert_snapshot!(school.session(&[
        "roster now -o now.pdf",
        "export records -o records.ods",
        "summary -o day.docx",
        "panel -o board.txt",
        "history H000101 -o school.db",
        "export records -o records.foo",
        "summary --by group -o groups.foo",
        "student export H000101 -o ada.csv",
        "student export H000101 -o ada.foo",
        "health -o health.html",
        "health -o health.xlsx",
        "health -o health.pdf",
        "health -o health.foo",
    ]), @"
    $ attend roster now -o now.pdf
    ! attend: now.pdf: attend writes no .pdf files
    ! hint: write a page such as -o day.html, and let a browser print it to a PDF
    [2]
    $ attend export records -o records.ods
    ! attend: records.ods: attend writes no .ods files
    ! hint: write -o day.xlsx, which LibreOffice, Excel and Numbers open
    [2]
    $ attend summary -o day.docx
    ! attend: day.docx: attend writes no .docx files
    ! hint: write -o day.html, which word processors open, or -o day.xlsx
    [2]
    $ attend panel -o board.txt
    ! attend: board.txt: unknown file extension
    ! hint: end it in .html for a page, or in .csv, .xlsx, .json or .jsonl for rows
    [2]
    $ attend history H000101 -o school.db
    ! attend: school.db: unknown file extension
    ! hint: end it in .html for a page, or in .csv, .xlsx, .json or .jsonl for rows
    [2]
    $ attend export records -o records.foo
    ! attend: records.foo: unknown file extension
    ! hint: end it in .html for a page, or in .csv, .xlsx, .json or .jsonl for rows
    [2]
    $ attend summary --by group -o groups.foo
    ! attend: groups.foo: unknown file extension
    ! hint: end it in .html for a page, or in .csv, .xlsx, .json or .jsonl for rows
    [2]
    $ attend student export H000101 -o ada.csv
    ! attend: ada.csv: student export writes only JSON
    ! hint: end it in .json
    [2]
    $ attend student export H000101 -o ada.foo
    ! attend: ada.foo: student export writes only JSON
    ! hint: end it in .json
    [2]
    $ attend health -o health.html
    ! attend: health.html: health does not write this kind of file
    ! hint: end it in .txt, .csv, .json, .jsonl or .prom, or name a --format; a page is attend panel -o board.html
    [2]
    $ attend health -o health.xlsx
    ! attend: health.xlsx: health does not write this kind of file
    ! hint: end it in .txt, .csv, .json, .jsonl or .prom, or name a --format; a page is attend panel -o board.html
    [2]
    $ attend health -o health.pdf
    ! attend: health.pdf: attend writes no .pdf files
    ! hint: write a page such as -o day.html, and let a browser print it to a PDF
    [2]
    $ attend health -o health.foo
    ! attend: health.foo: health does not write this kind of file
    ! hint: end it in .txt, .csv, .json, .jsonl or .prom, or name a --format; a page is attend panel -o board.html
    [2]
    ");
    school.ok(&["roster", "now", "-o", "now.json"]);
    let told: Value = serde_json::from_str(&fs::read_to_string(school.path("now.json")).unwrap()).unwrap();
    assert_eq!(told, json(&school, &["roster", "now"]));
    school.ok(&["panel", "-o", "panel.json"]);
    let told: Value = serde_json::from_str(&fs::read_to_string(school.path("panel.json")).unwrap()).unwrap();
    assert_eq!(told, json(&school, &["panel"]));
    let names = fs::read_dir(school.path("")).unwrap().map(|file| file.unwrap().file_name());
    assert!(
        !names.into_iter().any(|name| [".pdf", ".ods", ".docx", ".txt"]
            .iter()
            .any(|e| name.to_str().unwrap().ends_with(e)))
    );
}

#[test]
fn pages_with_names_are_for_the_owner_or_the_group_of_a_shared_folder() {
    let school = school();
    fs::create_dir(school.path("shared")).unwrap();
    fs::set_permissions(school.path("shared"), fs::Permissions::from_mode(0o2750)).unwrap();
    for (args, mode) in [
        (&["panel", "-o", "board.html"][..], 0o644),
        (&["panel", "--names", "-o", "office.html"], 0o600),
        (&["panel", "--names", "-o", "shared/office.html"], 0o640),
        (&["roster", "day", "-o", "day.html"], 0o600),
        (&["roster", "day", "-o", "shared/day.html"], 0o640),
        (&["export", "records", "-o", "shared/day.csv"], 0o640),
    ] {
        school.ok(args);
        let file = fs::metadata(school.path(args.last().unwrap())).unwrap();
        assert_eq!(file.permissions().mode() & 0o7777, mode, "{args:?}");
    }
}

#[test]
fn the_crontab_of_the_pages_writes_every_page_that_the_index_links() {
    let school = school();
    for folder in ["pages", "pages/hall", "pages/office", "pages/office/registers"] {
        fs::create_dir(school.path(folder)).unwrap();
    }
    let crontab = fs::read_to_string(root().join("examples/pages/crontab")).unwrap();
    let jobs = crontab.lines().filter_map(|line| line.split_once(" attend "));
    for (_, job) in jobs.filter(|(when, _)| !when.starts_with('#')) {
        let args = words(&job.replace("$PAGES", "pages"));
        school.ok(&args.iter().map(String::as_str).collect::<Vec<_>>());
    }
    let index = fs::read_to_string(root().join("examples/pages/index.html")).unwrap();
    let links: Vec<&str> =
        index.split("href=\"").skip(1).map(|link| link.split('"').next().unwrap()).collect();
    assert_eq!(links.len(), 6);
    for link in links {
        assert!(school.path("pages").join(link).is_file(), "{link}");
    }
}
