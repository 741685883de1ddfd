//! `-o` of compressed files.

use std::fs::File;
use std::io::{Read, read_to_string};

use crate::common::harness::School;

/// The text of a compressed file.
fn unpacked(school: &School, name: &str) -> String {
    let file = File::open(school.path(name)).unwrap();
    let reader: Box<dyn Read> = match name.ends_with(".gz") {
        true => Box::new(flate2::read::GzDecoder::new(file)),
        false => Box::new(zstd::Decoder::new(file).unwrap()),
    };
    read_to_string(reader).unwrap()
}

#[test]
fn every_export_of_rows_can_be_compressed() {
    let school = School::example();
    for (export, format) in [
        ("export records --date 2026-09-07", "csv"),
        ("export recognitions --last 24h", "jsonl"),
        ("export absences --date 2026-09-07", "json"),
        ("summary --date 2026-09-07", "csv"),
        ("roster day", "csv"),
    ] {
        let words = crate::common::harness::words(export);
        let to = |name: &str| {
            let args: Vec<&str> = words.iter().map(String::as_str).chain(["-q", "-o", name]).collect();
            school.ok(&args);
        };
        to(&format!("plain.{format}"));
        let plain = std::fs::read_to_string(school.path(&format!("plain.{format}"))).unwrap();
        for compression in ["gz", "zst"] {
            let name = format!("small.{format}.{compression}");
            to(&name);
            assert_eq!(unpacked(&school, &name), plain, "{export} as {name}");
        }
    }
}

#[test]
fn an_ending_without_a_format_or_of_another_compression_names_the_way_on() {
    let school = School::example();
    let told = ["records.gz", "records.xlsx.gz", "records.html.zst", "records.csv.xz", "records.txt.gz"]
        .map(|name| school.session(&[&format!("export records -o {name}")]));
    insta::assert_snapshot!(told.concat(), @"
    $ attend export records -o records.gz
    ! attend: records.gz: the format is missing
    ! hint: write it before the compression: .csv.gz, .jsonl.gz, .json.zst
    [2]
    $ attend export records -o records.xlsx.gz
    ! attend: records.xlsx.gz: only rows are compressed
    ! hint: leave out .gz and .zst, or write rows such as -o day.csv.gz
    [2]
    $ attend export records -o records.html.zst
    ! attend: records.html.zst: only rows are compressed
    ! hint: leave out .gz and .zst, or write rows such as -o day.csv.gz
    [2]
    $ attend export records -o records.csv.xz
    ! attend: records.csv.xz: attend writes no .xz files
    ! hint: compress with .gz or .zst, such as -o day.csv.gz
    [2]
    $ attend export records -o records.txt.gz
    ! attend: records.txt.gz: the format is missing
    ! hint: write it before the compression: .csv.gz, .jsonl.gz, .json.zst
    [2]
    ");
}
