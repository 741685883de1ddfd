//! Sheets as a reader opens them: in Python's `csv`, and in LibreOffice, cell by cell.
//!
//! The expected cells are the rows as JSON lines. `sheets.py` reads the actual ones.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use unicode_width::UnicodeWidthStr;

use crate::common::harness::{School, root, text};
use crate::common::{limit, office};

/// Texts that a spreadsheet would convert, or that a careless writer would break.
const WORDS: [&str; 62] = [
    "0012",
    "1-2",
    "3E10",
    "MAR1",
    "1e5",
    "12:30",
    "2026-09-07",
    "9007199254740993",
    "TRUE",
    "false",
    "1/2",
    "$5",
    "(5)",
    "$-5",
    "50%",
    ".5",
    "1.",
    "00",
    "7A",
    "10PM",
    "DEC25",
    "Sept5",
    "1,000",
    "1 1/2",
    "Jan 5",
    "000000000000000000000000000000000000000000000000000000000012",
    "\u{a0}12",
    "1'000",
    "٠٠١٢",
    "１２",
    "=1+1",
    "=cmd|'/C calc'!A0",
    "+49",
    "-1",
    "@SUM(1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    " =1+1",
    "＝1+1",
    "＋1",
    "－1",
    "＠x",
    "'0012",
    "'",
    "\"",
    "\"\"=1+1",
    "a,b",
    "a;b",
    "a\nb",
    "say \"hi\", twice",
    "ژیان ئەحمەد",
    "شيماء علي",
    "王小明",
    "Zoë O'Neil",
    "😀",
    "\u{1b}[31mred",
    "_x000D_",
    "<&>]]>",
    "#N/A",
    "Sam  Two  Blanks",
    "\u{200f}=right to left",
];

/// A student, a group and a recognition for each of the words; periods called like formulas and columns.
fn school() -> School {
    let school = School::new();
    let mut roll = String::from("code,name,group\n");
    let mut lines = String::new();
    for (nth, word) in WORDS.iter().enumerate() {
        // As attend's own sheets guard it: an unguarded cell would be a formula.
        let guard = if word.starts_with('=') { "'" } else { "" };
        let quoted = format!("\"{guard}{}\"", word.replace('"', "\"\""));
        let one_word = !word.contains(|c: char| c.is_whitespace() || c.is_control());
        let code = if one_word { quoted.clone() } else { format!("S{nth}") };
        let group = if word.contains([',', '\n']) { "" } else { &quoted };
        roll += &format!("{code},{quoted},{group}\n");
        let line = serde_json::json!({
            "student": if one_word { (*word).to_owned() } else { code },
            "score": 0.7 + nth as f64 / 1000.0,
            "ts": format!("2026-09-07T09:{}:{:02}.999999+03:00", nth / 60 + 40, nth % 60),
            "camera": word.replace(char::is_control, "").trim(),
            "crop": nth.to_string(),
        });
        lines += &format!("{line}\n");
    }
    school.write("roll.csv", roll);
    school.ok(&["student", "import", "roll.csv"]);
    for (nth, name) in ["=1+1", "0012", "present", "present (period)", "Block 5"].into_iter().enumerate() {
        let (start, end) = (format!("09:{}", nth + 35), format!("10:{}", nth + 35));
        school.ok(&["period", "add", name, "--start", &start, "--end", &end, "--days", "daily"]);
    }
    school.ok(&["schedule", "generate"]);
    let acks = school.ingest(lines);
    let refused: Vec<_> = acks.iter().filter(|ack| ack["period"].is_null()).collect();
    assert!(refused.is_empty(), "{refused:?}");
    // A database may hold values that the wire refuses. Cells must not depend on how it was filled.
    let conn = rusqlite::Connection::open(school.path("school.db")).unwrap();
    for (nth, word) in WORDS.iter().enumerate() {
        let changed =
            conn.execute("UPDATE recognition SET crop = ?1 WHERE crop = ?2", [*word, &nth.to_string()]);
        assert_eq!(changed, Ok(1));
    }
    school.ok(&[
        "mark",
        "0012",
        "excused",
        "--period",
        "0012",
        "--reason",
        "=HYPERLINK(\"x\")",
        "--by",
        "1-2",
    ]);
    school
}

/// Every kind of export, with one that is empty.
const EXPORTS: [(&str, &[&str]); 6] = [
    ("records", &["export", "records"]),
    ("roster", &["export", "roster", "--period", "0012"]),
    ("recognitions", &["export", "recognitions"]),
    ("summary", &["summary"]),
    ("range", &["summary", "--from", "2026-09-06"]),
    ("empty", &["export", "records", "--date", "2026-09-01"]),
];

/// The expected sheet: column names and rows.
struct Truth {
    columns: Vec<String>,
    rows: Vec<Vec<Value>>,
}

fn truth(school: &School, export: &[&str]) -> Truth {
    let plain = school.ok(&[export, &["--format", "csv", "--dialect", "plain"]].concat());
    let header = plain.split_once("\r\n").unwrap().0;
    let columns: Vec<String> = header.split(',').map(str::to_owned).collect();
    let rows = school.ok(&[export, &["--format", "jsonl"]].concat());
    let row = |line: &str| {
        let row: Value = serde_json::from_str(line).unwrap();
        assert_eq!(row.as_object().unwrap().len(), columns.len(), "{line}");
        columns.iter().map(|column| row[column].clone()).collect()
    };
    let rows = rows.lines().map(row).collect();
    Truth { columns, rows }
}

/// A sheet from `sheets.py`: rows of cells, each with its kind and its shown text.
#[derive(Debug, Deserialize)]
pub struct Sheet {
    pub rows: Vec<Vec<(String, String)>>,
    #[serde(default)]
    name: String,
    frozen: Option<u32>,
    filter: Option<String>,
    #[serde(default)]
    bold: bool,
    #[serde(default)]
    widths: Vec<f64>,
}

/// Reads files, whatever they are.
pub fn sheets(school: &School, files: &[String]) -> BTreeMap<String, Vec<Sheet>> {
    let mut python = school.program("python3");
    let output = limit::output(python.arg(root().join("tests/cli/register/sheets.py")).args(files));
    assert!(output.status.success(), "{}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The expected forms of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reader {
    /// As letters, guards and all.
    Letters,
    /// Typed, text perhaps behind an apostrophe.
    FromCsv,
    /// Typed, to the letter.
    FromWorkbook,
}

/// The difference between a cell and its expected value, if any.
fn difference(reader: Reader, column: &str, truth: &Value, cell: &(String, String)) -> Option<String> {
    let (kind, shown) = (cell.0.as_str(), cell.1.as_str());
    let letters = reader == Reader::Letters;
    let right = match (truth, column) {
        (Value::Null, _) => shown.is_empty(),
        (
            Value::String(at),
            "ts" | "first_seen" | "last_seen" | "best_seen" | "low_first_seen" | "low_last_seen"
            | "low_best_seen",
        ) => shown == at[..19].replace('T', " ") && (letters || kind == "date"),
        (Value::String(word), _) if reader == Reader::FromWorkbook && CODE_WORDS.contains(&word.as_str()) => {
            kind == "text" && shown == word.replace('_', " ")
        }
        (Value::String(date), "date") => shown == date && (letters || kind == "date"),
        (Value::String(text), _) => {
            let guarded = shown == format!("'{text}") && reader != Reader::FromWorkbook;
            let number_like = letters && shown == format!("=\"{text}\"");
            // A program that reads a CSV sees no difference between line endings.
            let same = shown == text
                || reader == Reader::FromCsv && shown.trim_start_matches('\'') == text.replace('\r', "\n");
            kind == "text" && (same || guarded || number_like)
        }
        (Value::Number(number), _) => {
            // Spreadsheets keep fifteen digits.
            let near = |shown: f64| (shown - number.as_f64().unwrap()).abs() < 1e-14;
            (letters || kind == "number") && shown.parse().is_ok_and(near)
        }
        (Value::Bool(yes), _) => shown == yes.to_string() && (letters || kind == "bool"),
        other => unreachable!("{other:?}"),
    };
    (!right).then(|| format!("{column}: {truth} became {cell:?}"))
}

fn compare(what: &str, reader: Reader, truth: &Truth, sheet: &Sheet) {
    let mut wrong = Vec::new();
    assert_eq!(sheet.rows.len(), truth.rows.len() + 1, "{what}");
    let header = truth.columns.iter().map(|column| match reader {
        Reader::FromWorkbook => Value::from(heading(column)),
        Reader::Letters | Reader::FromCsv => Value::from(column.as_str()),
    });
    let header = header.collect();
    for (expected, row) in std::iter::once(&header).chain(&truth.rows).zip(&sheet.rows) {
        let blank = ("empty".to_owned(), String::new());
        assert!(row.len() <= expected.len(), "{what}: {row:?}");
        for (nth, (value, column)) in expected.iter().zip(&truth.columns).enumerate() {
            // The header is text, also above dates.
            let column = if std::ptr::eq(expected, &header) { "header" } else { column };
            wrong.extend(difference(reader, column, value, row.get(nth).unwrap_or(&blank)));
        }
    }
    assert!(wrong.is_empty(), "{what}:\n{}", wrong.join("\n"));
}

/// Words of programs that a person reads with spaces.
const CODE_WORDS: [&str; 6] =
    ["low_score", "never_seen", "few_periods", "only_low_scores", "not_judged", "chronic_absence"];

/// A column as pages and workbooks head it.
pub fn heading(column: &str) -> String {
    let words = match column {
        "student" => "code".to_owned(),
        "ts" => "time".to_owned(),
        column => column.replace('_', " "),
    };
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn written(school: &School, kind: &str) -> Vec<String> {
    EXPORTS
        .map(|(name, export)| {
            let file = format!("{name}.{kind}");
            assert_eq!(school.ok(&[export, &["-o", &file]].concat()), "");
            file
        })
        .to_vec()
}

#[test]
fn a_sheet_for_people_preserves_every_cell() {
    let school = school();
    let files = written(&school, "csv");
    let sheets = sheets(&school, &files);
    for ((name, export), file) in EXPORTS.iter().zip(&files) {
        compare(name, Reader::Letters, &truth(&school, export), &sheets[file][0]);
    }
}

#[test]
fn a_spreadsheet_shows_every_cell_and_runs_no_formula() {
    let school = school();
    let mut files = written(&school, "csv");
    school.ok(&["export", "recognitions", "--dialect", "plain", "-o", "plain.csv"]);
    files.push("plain.csv".into());
    // UTF-8, commas, American, "detect special numbers": the settings of a person who only clicks on the file.
    let clicked = ["--infilter=CSV:44,34,76,1,,1033,false,true"];
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    if office::convert(&school, &files, "xlsx", &clicked).is_none() {
        return;
    }
    let seen = files.iter().map(|file| format!("seen/{}", file.replace(".csv", ".xlsx")));
    let seen = sheets(&school, &seen.collect::<Vec<_>>());
    for (name, export) in EXPORTS {
        compare(name, Reader::FromCsv, &truth(&school, export), &seen[&format!("seen/{name}.xlsx")][0]);
    }
    let changed = changed(&truth(&school, &["export", "recognitions"]), &seen["seen/plain.xlsx"][0]);
    for word in ["0012", "3E10", "(5)", "=1+1", "TRUE"] {
        assert!(changed.iter().any(|changed| changed == word), "{word} in {changed:?}");
    }
}

/// The control: for names without guards the same check finds that the spreadsheet has converted them.
fn changed(truth: &Truth, sheet: &Sheet) -> Vec<String> {
    let name = truth.columns.iter().position(|column| column == "name").unwrap();
    let cells = truth.rows.iter().zip(&sheet.rows[1..]).map(|(row, shown)| (&row[name], &shown[name]));
    let changed = cells.filter(|(name, cell)| difference(Reader::FromCsv, "name", name, cell).is_some());
    changed.map(|(name, _)| name.as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_workbook_has_typed_cells_and_a_fixed_header() {
    let school = school();
    let files = written(&school, "xlsx");
    let sheets = sheets(&school, &files);
    for ((name, export), file) in EXPORTS.iter().zip(&files) {
        let (truth, sheet) = (truth(&school, export), &sheets[file][1]);
        compare(name, Reader::FromWorkbook, &truth, sheet);
        looks_right(name, &truth, sheet);
        let report = if export[0] == "summary" { "summary" } else { export[1] };
        assert_eq!((sheets[file].len(), sheet.name.to_lowercase().as_str()), (2, report));
        sums_up(name, &truth, &sheets[file][0]);
    }
}

/// The first sheet names the school and counts the rows, in all and by status: as stated, and as LibreOffice counts.
fn sums_up(name: &str, truth: &Truth, cover: &Sheet) {
    assert_eq!(cover.rows[0][0].1, "Green Valley School", "{name}");
    let count = |word: &str| {
        let row = cover.rows.iter().find(|row| row.first().is_some_and(|cell| cell.1 == word));
        row.map_or(0, |row| row[1].1.parse().unwrap())
    };
    assert_eq!(count("Rows"), truth.rows.len(), "{name}");
    if let Some(status) = truth.columns.iter().position(|column| column == "status") {
        for word in ["present", "absent", "excused", "low_score", "unknown", "expected"] {
            let rows = truth.rows.iter().filter(|row| row[status] == word).count();
            assert_eq!(count(&word.replace('_', " ")), rows, "{word} in {name}");
        }
    }
}

/// A bold frozen header, a filter over all cells, and columns as wide as their contents.
fn looks_right(name: &str, truth: &Truth, sheet: &Sheet) {
    let mut letters = vec![];
    let mut last = truth.columns.len();
    while last > 0 {
        letters.insert(0, char::from(b'A' + u8::try_from((last - 1) % 26).unwrap()));
        last = (last - 1) / 26;
    }
    let area = format!("A1:{}{}", letters.iter().collect::<String>(), truth.rows.len() + 1);
    assert_eq!((sheet.bold, sheet.frozen, sheet.filter.as_deref()), (true, Some(1), Some(&*area)), "{name}");
    assert_eq!(sheet.widths.len(), truth.columns.len(), "{name}");
    for (nth, width) in sheet.widths.iter().enumerate() {
        let words = sheet.rows.iter().filter_map(|row| row.get(nth)).filter(|cell| cell.0 != "number");
        let longest = words.map(|cell| cell.1.lines().map(UnicodeWidthStr::width).max().unwrap_or_default());
        let longest = longest.max().unwrap().min(60) as f64;
        assert!((longest..=62.0).contains(width), "{name}: {longest} in {width}: {}", truth.columns[nth]);
    }
}

#[test]
fn libreoffice_reads_the_same_cells_from_a_workbook() {
    let school = school();
    let files = written(&school, "xlsx");
    let names: Vec<&str> = files.iter().map(String::as_str).collect();
    if office::convert(&school, &names, "xlsx", &[]).is_none() {
        return;
    }
    let seen = sheets(&school, &files.iter().map(|file| format!("seen/{file}")).collect::<Vec<_>>());
    for (name, export) in EXPORTS {
        let sheets = &seen[&format!("seen/{name}.xlsx")];
        let (truth, sheet) = (truth(&school, export), &sheets[1]);
        sums_up(name, &truth, &sheets[0]);
        compare(name, Reader::FromWorkbook, &truth, sheet);
        // Frozen rows belong to a window, and LibreOffice has none without a screen.
        assert_eq!((sheet.bold, sheet.filter.is_some()), (true, true), "{name}");
    }
}

#[test]
fn the_plain_dialect_is_for_programs_and_changes_nothing() {
    let school = school();
    for (name, export) in EXPORTS {
        let file = format!("{name}.csv");
        school.ok(&[export, &["--dialect", "plain", "-o", &file]].concat());
        let truth = truth(&school, export);
        let sheet = &sheets(&school, std::slice::from_ref(&file))[&file][0];
        assert_eq!(sheet.rows.len(), truth.rows.len() + 1);
        for (row, truth) in sheet.rows[1..].iter().zip(&truth.rows) {
            for (cell, value) in row.iter().zip(truth) {
                let same = match value {
                    Value::Null => cell.1.is_empty(),
                    Value::String(text) => cell.1 == *text,
                    Value::Number(number) => cell.1.parse::<f64>().ok() == number.as_f64(),
                    Value::Bool(yes) => cell.1 == yes.to_string(),
                    other => panic!("{other} in a row"),
                };
                assert!(same, "{name}: {value} became {cell:?}");
            }
        }
    }
}

/// The students in the rows of a sheet, by the column of codes.
fn codes(sheet: &Sheet) -> Vec<&str> {
    let place = sheet.rows[0].iter().position(|cell| cell.1 == "Code").unwrap();
    sheet.rows[1..].iter().map(|row| row[place].1.as_str()).collect()
}

#[test]
fn a_sheet_for_each_class_holds_its_students_and_the_cover_adds_them_up() {
    let school = School::example();
    school.write("choir.csv", "code,name,group\nH000101,Zoë O'Neil,\"G7,Choir\"\n");
    school.ok(&["student", "import", "choir.csv", "--from", "2026-09-01", "--yes"]);
    school.ok(&["export", "records", "--group-sheets", "-o", "classes.xlsx"]);
    let rows = school.ok(&["export", "records", "--format", "jsonl"]);
    let rows: Vec<Value> = rows.lines().map(|row| serde_json::from_str(row).unwrap()).collect();
    let stated = sheets(&school, &["classes.xlsx".to_owned()]);
    let stated = &stated["classes.xlsx"];
    let names: Vec<&str> = stated.iter().map(|sheet| sheet.name.as_str()).collect();
    assert_eq!(names, ["About", "Choir", "G7", "G8"]);
    for sheet in &stated[1..] {
        let in_class = rows
            .iter()
            .filter(|row| row["group"].as_str().unwrap().split(',').any(|group| group == sheet.name));
        let expected: Vec<&str> = in_class.map(|row| row["student"].as_str().unwrap()).collect();
        assert_eq!(codes(sheet), expected, "{}", sheet.name);
        assert_eq!((sheet.bold, sheet.frozen), (true, Some(1)));
    }
    let Some(files) = office::convert(&school, &["classes.xlsx"], "xlsx", &[]) else { return };
    let counted = sheets(&school, &["seen/classes.xlsx".to_owned()]);
    let counted = &counted["seen/classes.xlsx"][0].rows;
    assert!(stated[0].rows.len() > 8, "totals and a line for each sheet");
    for row in &stated[0].rows {
        assert!(counted.contains(row), "{row:?}: a formula equals the number that is stated");
    }
    let book = zip::ZipArchive::new(std::fs::File::open(&files[0]).unwrap()).unwrap();
    assert!(
        book.file_names().any(|name| name.is_ok_and(|name| name.starts_with("xl/charts/chart"))),
        "LibreOffice draws the chart"
    );
    let pdf = office::convert(&school, &["classes.xlsx"], "pdf", &[]).unwrap();
    let printed = limit::output(school.program("pdftotext").arg("-layout").arg(&pdf[0]).arg("-"));
    let printed = text(&printed.stdout);
    let pages: Vec<&str> = printed.trim_end_matches('\u{c}').split('\u{c}').collect();
    assert_eq!(pages.len(), 4, "the cover and a page for each class: {printed}");
    assert!(pages[3].contains("Omar Haddad") && pages[3].contains("page 4 of 4"), "{}", pages[3]);
}

#[test]
fn sheets_of_groups_are_for_workbooks_of_rows_with_groups() {
    let school = School::example();
    insta::assert_snapshot!(school.session(&[
        "export records --group-sheets -o classes.csv",
        "export recognitions --group-sheets -o seen.xlsx",
        "export records --group-sheets --columns student,status -o classes.xlsx",
        "summary --group-sheets",
    ]), @"
    $ attend export records --group-sheets -o classes.csv
    ! attend: --group-sheets is about the sheets of a workbook
    ! hint: name one with -o, such as -o classes.xlsx
    [2]
    $ attend export recognitions --group-sheets -o seen.xlsx
    ! attend: rows without the column group have no sheets of groups
    ! hint: leave --group-sheets away
    [2]
    $ attend export records --group-sheets --columns student,status -o classes.xlsx
    ! attend: rows without the column group have no sheets of groups
    ! hint: leave --group-sheets away
    [2]
    $ attend summary --group-sheets
    ! attend: --group-sheets is about the sheets of a workbook
    ! hint: name one with -o, such as -o classes.xlsx
    [2]
    ");
}
