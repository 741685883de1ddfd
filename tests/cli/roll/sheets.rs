//! Rolls as spreadsheets and school systems write them: each shape is imported without a flag.

use encoding_rs::{WINDOWS_1251, WINDOWS_1252, WINDOWS_1254, WINDOWS_1256};
use rust_xlsxwriter::{Format, Workbook};

use crate::common::harness::School;
use crate::common::limit::ok;

/// Imports a file into an empty school and lists the students.
fn imported(name: &str, bytes: &[u8]) -> String {
    let school = School::new();
    school.write(name, bytes);
    school.ok(&["student", "import", name]);
    school.ok(&["student", "list", "--format", "csv"]).replace("\r\n", "\n")
}

fn utf16(text: &str) -> Vec<u8> {
    format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn workbook(rows: &[&[&str]]) -> Vec<u8> {
    let mut book = Workbook::new();
    book.add_worksheet().set_name("Notes").unwrap().write(0, 0, "Printed for the office").unwrap();
    let sheet = book.add_worksheet().set_name("Pupils").unwrap();
    for (row, cells) in (0..).zip(rows) {
        for (column, cell) in (0..).zip(*cells) {
            match cell.parse::<f64>() {
                Ok(number) => sheet.write(row, column, number).unwrap(),
                Err(_) => sheet.write(row, column, *cell).unwrap(),
            };
        }
    }
    book.save_to_buffer().unwrap()
}

#[test]
fn twenty_shapes_of_rolls_are_imported_without_a_flag() {
    let two = "code,name,group,active\nH1,Ada Karim,7A,true\nH2,René Müller,7B,true\n";
    let turkish = "code,name,group,active\nH1,Ayşe Yıldız,7A,true\nH2,İbrahim Öğüt,7A,true\n";
    let rows = "Schülernummer;Name;Vorname;Klasse\nH1;Karim;Ada;7A\nH2;Müller;René;7B\n";
    let cells: [&[&str]; 5] = [
        &["Green Valley School, roll of 2026"],
        &[],
        &["Student ID", "First name", "Last name", "Class", "Phone"],
        &["H1", "Ada", "Karim", "7A", "0171"],
        &["H2", "René", "Müller", "7B", ""],
    ];
    let shapes: [(&str, &str, Vec<u8>, &str); 20] = [
        ("attend's own columns", "r.csv", b"code,name,group\nH1,Ada Karim,7A\nH2,Ren\xc3\xa9 M\xc3\xbcller,7B\n".to_vec(), two),
        ("Excel: CSV UTF-8", "r.csv", "\u{feff}code,name,group\r\nH1,Ada Karim,7A\r\nH2,René Müller,7B\r\n".into(), two),
        ("Excel: CSV, western Europe", "r.csv", WINDOWS_1252.encode(&rows.replace('\n', "\r\n")).0.into_owned(), two),
        ("Excel: CSV, Turkey", "r.csv", WINDOWS_1254.encode("Öğrenci No;Adı Soyadı;Sınıfı\r\nH1;Ayşe Yıldız;7A\r\nH2;İbrahim Öğüt;7A\r\n").0.into_owned(), turkish),
        ("Excel: CSV, Russia", "r.csv", WINDOWS_1251.encode("Код;ФИО;Класс\r\nH1;Анна Петрова;7А\r\n").0.into_owned(), "code,name,group,active\nH1,Анна Петрова,7А,true\n"),
        ("Excel: CSV, Arabic Windows", "r.csv", WINDOWS_1256.encode("رقم الطالب;الاسم;الصف\r\nH1;شيماء علي;السابع\r\nH2;عمر حداد;السابع\r\n").0.into_owned(), "code,name,group,active\nH1,شيماء علي,السابع,true\nH2,عمر حداد,السابع,true\n"),
        ("Excel: Unicode text", "r.txt", utf16("Matricule\tNom\tPrénom\tClasse\r\nH1\tKarim\tAda\t7A\r\nH2\tMüller\tRené\t7B\r\n"), two),
        ("a sep= line", "r.csv", "sep=;\r\ncode;name;group\r\nH1;Ada Karim;7A\r\nH2;René Müller;7B\r\n".into(), two),
        ("title rows, blank rows and empty columns", "r.csv", ",,\nRoll of 2026,,\n,,\ncode,name,group\nH1,Ada Karim,7A\n,,\nH2,René Müller,7B\n,,\n".into(), two),
        ("bars", "r.txt", "code|name|group\nH1|Ada Karim|7A\nH2|René Müller|7B\n".into(), two),
        ("extra columns of a school system", "r.csv", "UPN,Surname,Forename,DOB,Reg,Phone,Notes\nH1,Karim,Ada,2013-01-02,7A,,\"eats, sleeps\"\nH2,Müller,René,2013-02-03,7B,0171,\n".into(), two),
        ("Spanish columns", "r.csv", "Matrícula;Apellidos;Nombre;Grupo\nH1;Karim;Ada;7A\nH2;Müller;René;7B\n".into(), two),
        ("Portuguese columns", "r.csv", "Número do aluno;Nome completo;Turma\nH1;Ada Karim;7A\nH2;René Müller;7B\n".into(), two),
        ("Chinese columns", "r.csv", "学号,姓名,班级\nH1,王小明,七班\n".into(), "code,name,group,active\nH1,王小明,七班,true\n"),
        ("Kurdish columns", "r.csv", "ژمارەی قوتابی,ناو,پۆل\nH1,ژیان ئەحمەد,٧أ\n".into(), "code,name,group,active\nH1,ژیان ئەحمەد,٧أ,true\n"),
        ("German yes and no", "r.csv", "code;name;aktiv\nH1;Ada Karim;WAHR\nH2;René Müller;FALSCH\n".into(), "code,name,group,active\nH1,Ada Karim,,true\n"),
        ("non-breaking spaces and invisible marks", "r.csv", "\u{feff}code\u{a0};\u{a0}Name;group\n\u{200e}H1\u{200b};Ada Karim\u{a0};7A\n\u{feff}H2;Rene\u{301} Mu\u{308}ller;7B\n".into(), two),
        ("attend's own sheet for Excel", "r.csv", "\u{feff}code,name,group\r\n\"=\"\"0012\"\"\",'=Bob,7A\r\n".into(), "code,name,group,active\n0012,=Bob,7A,true\n"),
        (".xlsx with a title, on the second sheet", "r.xlsx", workbook(&cells), two),
        (".xlsx with codes as numbers", "r.xlsx", workbook(&[&["ID", "Name", "Grade"], &["1001", "Ada Karim", "7"]]), "code,name,group,active\n1001,Ada Karim,7,true\n"),
    ];
    for (shape, file, bytes, expected) in shapes {
        assert_eq!(imported(file, &bytes), expected, "{shape}");
    }
}

#[test]
fn recognised_columns_are_reported() {
    let school = School::new();
    school.write("r.csv", "Student ID;First name;Last name;Class;Phone\nH1;Ada;Karim;7A;0171\n");
    school.write("own.csv", "code,name\nH2,Bob\n");
    insta::assert_snapshot!(school.session(&["student import r.csv -v", "student import own.csv -v"]), @r#"
    $ attend student import r.csv -v
    ! code ← "Student ID", name ← "First name" + "Last name", group ← "Class", not used: "Phone"
    ! 1 added
    $ attend student import own.csv -v
    ! 1 added
    "#);
}

#[test]
fn columns_and_sheets_can_be_stated() {
    let school = School::new();
    school.write("r.csv", "Ref;Given;Family\nH1;Ada;Karim\n");
    school.write("b.xlsx", workbook(&[&["code", "name"], &["H2", "Bob"]]));
    insta::assert_snapshot!(school.session(&[
        "student import r.csv --columns code=Ref,name=Given+Family",
        "student import b.xlsx --sheet Pupils",
        "student import b.xlsx --sheet Pupil",
        "student import r.csv --columns code=Reff,name=Given",
        "student list --format csv",
    ]), @r#"
    $ attend student import r.csv --columns code=Ref,name=Given+Family
    $ attend student import b.xlsx --sheet Pupils
    $ attend student import b.xlsx --sheet Pupil
    ! attend: b.xlsx: the workbook has no sheet "Pupil"
    ! hint: its sheets are "Notes", "Pupils"; nothing was imported
    [65]
    $ attend student import r.csv --columns code=Reff,name=Given
    ! attend: r.csv:1: the file has no column "Reff"
    ! hint: did you mean "Ref"? write --columns 'code=Ref,name=Given'
    [65]
    $ attend student list --format csv
    code,name,group,active␍
    H1,AdaKarim,,true␍
    H2,Bob,,true␍
    "#);
}

#[test]
fn codes_and_groups_that_a_spreadsheet_changed_stop_the_import() {
    let school = School::new();
    let book = |code: Option<f64>, group: Option<f64>, date: bool| {
        let mut book = Workbook::new();
        let sheet = book.add_worksheet();
        sheet.write_row(0, 0, ["code", "name", "group"]).unwrap();
        sheet.write_row(1, 0, ["H1", "Ada Karim", "7A"]).unwrap();
        sheet.write_row(2, 0, ["H2", "Bob Poe", "7A"]).unwrap();
        let format = Format::new().set_num_format(if date { "yyyy-mm-dd" } else { "0" });
        for (column, number) in [(0, code), (2, group)] {
            if let Some(number) = number {
                sheet.write_number_with_format(2, column, number, &format).unwrap();
            }
        }
        book.save_to_buffer().unwrap()
    };
    school.write("long.xlsx", book(Some(1_234_567_890_123_450.0), None, false));
    school.write("date.xlsx", book(Some(46_204.0), None, true));
    school.write("long_group.xlsx", book(None, Some(1.2e15), false));
    school.write("date_group.xlsx", book(None, Some(46_204.0), true));
    school.write("whole.xlsx", book(Some(123_456_789_012_345.0), Some(7.0), false));
    school.write("r.csv", "code,name,group\nH1,Ada Karim,\"7A;1.2E+15\"\n");
    school.write("cards.csv", "code,name,aliases\nH1,Ada Karim,card:3.30881252800001E+15\n");
    insta::assert_snapshot!(school.session(&[
        "student import long.xlsx",
        "student import date.xlsx",
        "student import long_group.xlsx",
        "student import date_group.xlsx",
        "student import r.csv",
        "student import cards.csv",
        "student import whole.xlsx",
        "student list --format csv",
    ]), @r#"
    $ attend student import long.xlsx
    ! attend: long.xlsx:3: code "1.23456789012345E+15" is a number that a spreadsheet shortened, so most digits are lost
    ! hint: format the column as Text in the file it came from, and export it again; nothing was imported
    [65]
    $ attend student import date.xlsx
    ! attend: date.xlsx:3: code "2026-07-01" is a date that a spreadsheet made of another text
    ! hint: format the column as Text, and type the text again; nothing was imported
    [65]
    $ attend student import long_group.xlsx
    ! attend: long_group.xlsx:3: group "1.2E+15" is a number that a spreadsheet shortened, so most digits are lost
    ! hint: format the column as Text in the file it came from, and export it again; nothing was imported
    [65]
    $ attend student import date_group.xlsx
    ! attend: date_group.xlsx:3: group "2026-07-01" is a date that a spreadsheet made of another text
    ! hint: format the column as Text, and type the text again; nothing was imported
    [65]
    $ attend student import r.csv
    ! attend: r.csv:2: group "1.2E+15" is a number that a spreadsheet shortened, so most digits are lost
    ! hint: format the column as Text in the file it came from, and export it again; nothing was imported
    [65]
    $ attend student import cards.csv
    ! attend: cards.csv:2: alias "card:3.30881252800001E+15" is a number that a spreadsheet shortened, so most digits are lost
    ! hint: format the column as Text in the file it came from, and export it again; nothing was imported
    [65]
    $ attend student import whole.xlsx
    $ attend student list --format csv
    code,name,group,active␍
    123456789012345,Bob Poe,7,true␍
    H1,Ada Karim,7A,true␍
    "#);
}

#[test]
fn a_code_that_could_be_two_students_stops_the_import() {
    let school = School::new();
    school.ok(&["student", "add", "0001", "Ada Karim"]);
    school.ok(&["student", "add", "1", "Zed Quick"]);
    school.write("r.csv", "code,name\n01,Ada Karim\n");
    insta::assert_snapshot!(school.session(&[
        "student import r.csv",
        "student import r.csv --restore-zeros",
        "student import r.csv --force -v",
        "student list --format csv",
    ]), @r#"
    $ attend student import r.csv
    ! attend: r.csv:2: code "01" could be "0001" or "1" on the roll, which differ in leading zeros
    ! hint: write the code in the file as it is on the roll, or add the row as another student with --force; nothing was imported
    [1]
    $ attend student import r.csv --restore-zeros
    ! attend: r.csv:2: code "01" could be "0001" or "1" on the roll, which differ in leading zeros
    ! hint: write the code in the file as it is on the roll, or add the row as another student with --force; nothing was imported
    [1]
    $ attend student import r.csv --force -v
    ! 1 added
    $ attend student list --format csv
    code,name,group,active␍
    0001,Ada Karim,,true␍
    01,Ada Karim,,true␍
    1,Zed Quick,,true␍
    "#);
}

#[test]
fn the_cover_of_a_workbook_that_was_saved_as_csv_is_named() {
    let school = School::example();
    let cover = "\"Green Valley School\"\n\"Weekly plan\"\n\"as of Mon 7 Sep 2026, 09:59\"\n\nRows,4,\n";
    school.write("about.csv", cover);
    insta::assert_snapshot!(school.session(&["student import about.csv", "period import about.csv"]), @r#"
    $ attend student import about.csv
    ! attend: about.csv: this is the sheet "About" of a workbook, which has no rows
    ! hint: save the sheet with the rows as CSV, or name the workbook itself; nothing was imported
    [65]
    $ attend period import about.csv
    ! attend: about.csv: this is the sheet "About" of a workbook, which has no rows
    ! hint: save the sheet with the rows as CSV, or name the workbook itself; nothing was imported
    [65]
    "#);
}

#[test]
fn the_hint_about_columns_can_be_pasted() {
    let school = School::new();
    school.write("r.csv", "Kid's no,Given,Family,Set\n17,Ada,Karim,7A\n");
    school.write("gruop.csv", "Student ID,Name,gruop\nH1,Ada Karim,7A\n");
    let hint = |file: &str| {
        let said = school.session(&[&format!("student import {file}")]);
        let hint = said.lines().find(|line| line.contains("hint:")).unwrap();
        hint[hint.find("--columns").unwrap()..].trim_end_matches("; nothing was imported").to_owned()
    };
    for (file, written) in [
        ("r.csv", r#"--columns 'code="Kid'\''s no",name=Given'"#),
        ("gruop.csv", r#"--columns 'code="Student ID",name=Name,group=gruop'"#),
    ] {
        let hint = hint(file);
        assert_eq!(hint, written);
        let line = format!("attend student import {file} {hint} --dry-run");
        ok(school.program("sh").arg("-c").arg(line));
    }
}

#[test]
fn codes_that_lost_their_zeros_stop_the_import() {
    let school = School::new();
    let roll = |width: usize| -> String {
        let rows = (1..=30).map(|n| format!("{n:0width$},Student {n}\n"));
        format!("code,name\n{}", rows.collect::<String>())
    };
    school.write("r.csv", roll(4));
    school.write("excel.csv", roll(1));
    insta::assert_snapshot!(school.session(&[
        "student import r.csv -v",
        "student import excel.csv",
        "student import excel.csv --restore-zeros -v",
    ]), @r#"
    $ attend student import r.csv -v
    ! 30 added
    $ attend student import excel.csv
    ! attend: excel.csv:2: code "1" is "0001" on the roll, so its leading zeros are lost (and 29 more rows like it)
    ! hint: --restore-zeros takes them for the students on the roll, --force adds them as others; in the spreadsheet, format the column as Text; nothing was imported
    [1]
    $ attend student import excel.csv --restore-zeros -v
    ! 30 unchanged
    "#);
}

#[test]
fn codes_that_a_spreadsheet_damaged_stop_the_import() {
    let school = School::new();
    school.write("e.csv", "code,name\nH1,Ada\n1.23457E+15,Bob\n1.23458E+15,Cem\n");
    school.write("d.csv", "code,name\n12.0,Ada\n");
    school.write("case.csv", "code,name\nab12,Ada\nAB12,Ada\n");
    insta::assert_snapshot!(school.session(&[
        "student import e.csv",
        "student import d.csv",
        "student import case.csv",
        "student list",
    ]), @r#"
    $ attend student import e.csv
    ! attend: e.csv:3: code "1.23457E+15" is a number that a spreadsheet shortened, so most digits are lost (also in lines 4)
    ! hint: format the column as Text in the file it came from, and export it again; nothing was imported
    [65]
    $ attend student import d.csv
    ! attend: d.csv:2: code "12.0" is a number with decimals, not a code
    ! hint: format the column as Text, and save the file again; nothing was imported
    [65]
    $ attend student import case.csv
    ! attend: case.csv:3: codes "AB12" and "ab12" (line 2) differ only in case or in how letters are stored
    ! hint: a student has only one code, so remove one of the rows; nothing was imported
    [65]
    $ attend student list
    The roll is empty: attend student import roll.csv
    "#);
}

#[test]
fn a_code_in_another_case_is_the_student_on_the_roll() {
    let school = School::new();
    school.write("r.csv", "code,name\nAB12,Ada\nRen\u{e9},Bob\n");
    school.write("again.csv", "code,name\nab12,Ada Karim\nRENE\u{301},Bob\n");
    school.ok(&["student", "import", "r.csv"]);
    insta::assert_snapshot!(school.session(&["student import again.csv -v", "student list --format csv"]), @"
    $ attend student import again.csv -v
    ! 1 updated, 1 unchanged
    $ attend student list --format csv
    code,name,group,active␍
    AB12,Ada Karim,,true␍
    René,Bob,,true␍
    ");
}

#[test]
fn hostile_files_end_with_a_clear_error() {
    let school = School::new();
    school.write("picture.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\xff\xfe\0");
    school.write("broken.xlsx", b"PK\x03\x04 and nothing else");
    school.write("wide.csv", format!("code,name{}\n", ",x".repeat(200_000)));
    school.write("formula.csv", "code,name\n=1+1,Ada\n");
    insta::assert_snapshot!(school.session(&[
        "student import picture.csv",
        "student import broken.xlsx",
        "student import wide.csv",
        "student import formula.csv",
    ]), @r#"
    $ attend student import picture.csv
    ! attend: picture.csv: the file is not text in an encoding that attend knows
    ! hint: save it as "CSV UTF-8"; nothing was imported
    [65]
    $ attend student import broken.xlsx
    ! attend: broken.xlsx: the file is not a workbook that attend can read
    ! hint: save it as .xlsx, .ods or "CSV UTF-8" without a password; nothing was imported
    [65]
    $ attend student import wide.csv
    ! attend: wide.csv:1: the row has 200002 columns, too many for a roll
    ! hint: export the students alone; nothing was imported
    [65]
    $ attend student import formula.csv
    ! attend: formula.csv:2: code "=1+1" is a formula, not its result
    ! hint: in the spreadsheet, copy the column and paste its values; nothing was imported
    [65]
    "#);
}

#[test]
fn the_sheets_of_reports_are_read_back_as_rolls() {
    let mut school = School::example();
    school.ok(&["student", "add", "0012", "=Bob Poe", "--group", "G8"]);
    school.ok(&["session", "add", "AM", "--periods", "Assembly", "--rule", "first"]);
    school.at("2026-09-08T09:00:00+03:00");
    for report in [
        &["export", "roster", "--period", "Block 1"][..],
        &["export", "sessions", "--date", "today"],
        &["export", "records", "--period", "Block 1", "--date", "today"],
        &["summary"],
        &["roster", "day"],
    ] {
        for file in ["x.csv", "x.xlsx"] {
            school.ok(&[report, &["-o", file]].concat());
            let plan = school.ok(&["student", "import", file, "--dry-run"]);
            assert_eq!(plan, "The roll is as in the file already.\n", "{report:?} {file}");
        }
    }
}

#[test]
fn a_roll_may_have_a_period_beside_its_status() {
    let school = School::new();
    school.write(
        "roll.csv",
        "code,name,class,period,status\nH1,Ada Karim,G7,1,inactive\nH2,Bob Poe,G7,1,active\n",
    );
    school.ok(&["student", "import", "roll.csv"]);
    assert_eq!(
        school.ok(&["student", "list", "--all", "--format", "csv"]).replace('\r', ""),
        "code,name,group,active\nH1,Ada Karim,,false\nH2,Bob Poe,G7,true\n"
    );
}
