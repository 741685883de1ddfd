//! Sheets: whatever a text, a workbook, an export of a school system or a calendar holds, it is read or refused with
//! words, and reading it again says the same.

use std::io::{Cursor, Write};

use attend::commands::timetable::calendar::Holidays;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::roll::planned_with;

/// The first byte says what the rest is a part of.
pub fn hold(input: &[u8]) {
    match input.split_first() {
        None => {}
        Some((0..64, text)) => same_twice(text),
        Some((64..112, sheet)) => same_twice(&workbook(sheet)),
        Some((112..160, content)) => same_twice(&archive(&[("content.xml", content)])),
        Some((160..208, tables)) => same_twice(&export(tables)),
        Some((208.., calendar)) => a_calendar(&String::from_utf8_lossy(calendar)),
    }
}

fn same_twice(file: &[u8]) {
    let told = || planned_with(file, false, true).map(|planned| planned.changes);
    assert_eq!(told(), told());
}

fn a_calendar(text: &str) {
    match Holidays::read(text, &[]) {
        Ok(holidays) => {
            for closure in holidays.closures() {
                assert!(
                    closure.dates.start() <= closure.dates.end()
                        && !closure.reason.contains(char::is_control)
                );
            }
        }
        Err(invalid) => assert!(!invalid.message.is_empty() && invalid.hint.is_some()),
    }
}

/// A workbook with these rows.
fn workbook(rows: &[u8]) -> Vec<u8> {
    let names = "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"";
    let relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let book = format!(
        "<workbook {names} xmlns:r=\"{relations}\"><sheets><sheet name=\"Roll\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>"
    );
    let links = format!(
        "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"r1\" Type=\"{relations}/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>"
    );
    let root = format!(
        "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"r1\" Type=\"{relations}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
    );
    let sheet =
        [format!("<worksheet {names}><sheetData>").as_bytes(), rows, b"</sheetData></worksheet>"].concat();
    archive(&[
        ("_rels/.rels", root.as_bytes()),
        ("xl/workbook.xml", book.as_bytes()),
        ("xl/_rels/workbook.xml.rels", links.as_bytes()),
        ("xl/worksheets/sheet1.xml", &sheet),
    ])
}

/// The tables of an export, with a zero byte between them.
fn export(tables: &[u8]) -> Vec<u8> {
    let names = ["users.csv", "enrollments.csv", "classes.csv", "manifest.csv", "orgs.csv", "roles.csv"];
    archive(&names.into_iter().zip(tables.split(|byte| *byte == 0)).collect::<Vec<_>>())
}

fn archive(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        archive.start_file(*name, SimpleFileOptions::default()).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}
