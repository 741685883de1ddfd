//! Files that are made to fill the memory, and cells that are no values.

use std::fs::File;
use std::io::{Cursor, Write};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::common::harness::School;

/// The most memory that a refusal may take, in KiB: a roll of a million students needs as much.
const BOUND: u64 = 900_000;

/// Imports a file; gives standard error and the exit code. Fails where it takes much memory.
fn refused(school: &School, file: &str) -> String {
    let script = format!("ulimit -v {}; exec \"$0\" student import {file}", BOUND * 4);
    let attend = school.command(&[]).get_program().to_owned();
    let mut command = school.program("sh");
    command.args(["-c", &script]).arg(attend);
    let output = crate::common::harness::run(&mut command, "");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    format!("{told}[{}]", output.status.code().unwrap_or(-1))
}

/// Writes the content of an entry.
type Entry<'e> = &'e dyn Fn(&mut ZipWriter<Cursor<Vec<u8>>>);

fn archive(entries: &[(&str, Entry)]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, write) in entries {
        archive.start_file(*name, SimpleFileOptions::default()).unwrap();
        write(&mut archive);
    }
    archive.finish().unwrap().into_inner()
}

/// An archive with an entry of 1 GiB, as far as it says.
fn bomb(name: &str) -> Vec<u8> {
    let mut bytes = archive(&[(name, &|archive| archive.write_all(&vec![0; 1 << 20]).unwrap())]);
    let size = (1_u32 << 20).to_le_bytes();
    for at in 0..bytes.len() - size.len() {
        if bytes[at..].starts_with(&size) {
            bytes[at..at + size.len()].copy_from_slice(&(1_u32 << 30).to_le_bytes());
        }
    }
    bytes
}

/// A workbook with this sheet.
fn xlsx(sheet: &str) -> Vec<u8> {
    let text = |text: &'static str| {
        move |archive: &mut ZipWriter<Cursor<Vec<u8>>>| archive.write_all(text.as_bytes()).unwrap()
    };
    let sheet = format!(
        "<?xml version=\"1.0\"?><worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData>{sheet}</sheetData></worksheet>"
    );
    archive(&[
        (
            "[Content_Types].xml",
            &text(
                "<?xml version=\"1.0\"?><Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Default Extension=\"xml\" ContentType=\"application/xml\"/></Types>",
            ),
        ),
        (
            "_rels/.rels",
            &text(
                "<?xml version=\"1.0\"?><Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>",
            ),
        ),
        (
            "xl/workbook.xml",
            &text(
                "<?xml version=\"1.0\"?><workbook xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"><sheets><sheet name=\"Roll\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>",
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            &text(
                "<?xml version=\"1.0\"?><Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>",
            ),
        ),
        ("xl/worksheets/sheet1.xml", &move |archive| archive.write_all(sheet.as_bytes()).unwrap()),
    ])
}

/// An OpenDocument sheet with these rows.
fn ods(rows: &str) -> Vec<u8> {
    let content = format!(
        "<?xml version=\"1.0\"?><office:document-content xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" xmlns:table=\"urn:oasis:names:tc:opendocument:xmlns:table:1.0\" xmlns:text=\"urn:oasis:names:tc:opendocument:xmlns:text:1.0\"><office:body><office:spreadsheet><table:table table:name=\"Roll\">{rows}</table:table></office:spreadsheet></office:body></office:document-content>"
    );
    archive(&[
        ("mimetype", &|archive| {
            archive.write_all(b"application/vnd.oasis.opendocument.spreadsheet").unwrap();
        }),
        ("content.xml", &move |archive| archive.write_all(content.as_bytes()).unwrap()),
    ])
}

#[test]
fn hostile_files_end_with_a_clear_error_in_bounded_memory() {
    let school = School::new();
    File::create(school.path("sparse.csv")).unwrap().set_len(1 << 30).unwrap();
    school.write("columns.csv", ",".repeat(10_000_000));
    school.write("line.csv", format!("code,name\nH1,{}\n", "x".repeat(2 << 20)));
    school.write("open.csv", format!("code,name\n\"H1,Ada\n{}", "H2,Bob\n".repeat(100_000)));
    school.write("bomb.xlsx", bomb("xl/workbook.xml"));
    school.write("bomb.zip", bomb("users.csv"));
    let cell = |at: &str, text: &str| format!("<c r=\"{at}\" t=\"inlineStr\"><is><t>{text}</t></is></c>");
    let corner = format!(
        "<row r=\"1\">{}</row><row r=\"1048576\">{}</row>",
        cell("A1", "code"),
        cell("XFD1048576", "H1")
    );
    school.write("corner.xlsx", xlsx(&corner));
    // Numbers of 32 bits hold neither: such a cell would turn up in column B or row 2.
    let beyond = |at: &str| xlsx(&corner.replace("XFD1048576", at));
    school.write("beyond.xlsx", beyond("MWLQKWX2"));
    school.write("below.xlsx", beyond("A4294967298"));
    let p = |text: &str| format!("<text:p>{text}</text:p>");
    school.write("wide.ods", ods(&format!("<table:table-row><table:table-cell table:number-columns-repeated=\"16000\">{}</table:table-cell></table:table-row>", p("x"))));
    school.write("tall.ods", ods(&format!("<table:table-row table:number-rows-repeated=\"1000000\"><table:table-cell table:number-columns-repeated=\"900\">{}</table:table-cell></table:table-row>", p("x"))));
    school.write("torn.xlsx", b"PK\x03\x04 and no more");
    let files = [
        "sparse.csv",
        "columns.csv",
        "line.csv",
        "open.csv",
        "bomb.xlsx",
        "bomb.zip",
        "corner.xlsx",
        "beyond.xlsx",
        "below.xlsx",
        "wide.ods",
        "tall.ods",
        "torn.xlsx",
    ];
    let told: Vec<String> = files.iter().map(|file| refused(&school, file)).collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    attend: sparse.csv: the file is larger than 256 MiB, too large to be read
    hint: export the table alone; nothing was imported
    [65]
    attend: columns.csv:1: the line is longer than 1 MiB, too long for a row of a table
    hint: export the table alone, as CSV; nothing was imported
    [65]
    attend: line.csv:2: the line is longer than 1 MiB, too long for a row of a table
    hint: export the table alone, as CSV; nothing was imported
    [65]
    attend: open.csv:2: 1 field, but the header has 2
    hint: quote fields that hold commas; nothing was imported
    [65]
    attend: bomb.xlsx: the workbook unpacks to more than 512 MiB or 20 million cells, too large to be read
    hint: export the table alone; nothing was imported
    [65]
    attend: bomb.zip/users.csv: the table is larger than 256 MiB, too large to be read
    hint: export fewer schools at once; nothing was imported
    [65]
    attend: corner.xlsx: a sheet has more than 1000 columns
    hint: delete the columns that the table does not need; nothing was imported
    [65]
    attend: beyond.xlsx: the file is not a workbook that attend can read
    hint: save it as .xlsx, .ods or "CSV UTF-8" without a password; nothing was imported
    [65]
    attend: below.xlsx: the file is not a workbook that attend can read
    hint: save it as .xlsx, .ods or "CSV UTF-8" without a password; nothing was imported
    [65]
    attend: wide.ods: a sheet has more than 1000 columns
    hint: delete the columns that the table does not need; nothing was imported
    [65]
    attend: tall.ods: the workbook unpacks to more than 512 MiB or 20 million cells, too large to be read
    hint: export the table alone; nothing was imported
    [65]
    attend: torn.xlsx: the file is not a workbook that attend can read
    hint: save it as .xlsx, .ods or "CSV UTF-8" without a password; nothing was imported
    [65]
    "#);
}

#[test]
fn formulas_count_by_their_results_and_not_as_texts() {
    let school = School::new();
    let cell = |at: &str, text: &str| format!("<c r=\"{at}\" t=\"inlineStr\"><is><t>{text}</t></is></c>");
    let header = format!("<row r=\"1\">{}{}</row>", cell("A1", "code"), cell("B1", "name"));
    let formula = |value: &str| format!("<c r=\"A2\" t=\"str\"><f>CONCATENATE(\"H\",1)</f>{value}</c>");
    let row = |code: &str| format!("{header}<row r=\"2\">{code}{}</row>", cell("B2", "Ada"));
    school.write("result.xlsx", xlsx(&row(&formula("<v>H1</v>"))));
    school.write("none.xlsx", xlsx(&row(&formula(""))));
    school.write("text.csv", "code,name\n=A2&B2,Ada\n");
    school.write("name.csv", "code,name\nH2,=A2&B2\n");
    insta::assert_snapshot!(school.session(&[
        "student import result.xlsx",
        "student import none.xlsx",
        "student import text.csv",
        "student import name.csv",
        "student list --format csv",
    ]), @r#"
    $ attend student import result.xlsx
    $ attend student import none.xlsx
    ! attend: none.xlsx:2: the code is empty
    ! hint: every student needs a unique code, such as H000123
    [65]
    $ attend student import text.csv
    ! attend: text.csv:2: code "=A2&B2" is a formula, not its result
    ! hint: in the spreadsheet, copy the column and paste its values; nothing was imported
    [65]
    $ attend student import name.csv
    $ attend student list --format csv
    code,name,group,active␍
    H1,Ada,,true␍
    H2,=A2&B2,,true␍
    "#);
}
