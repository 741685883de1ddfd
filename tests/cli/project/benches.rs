//! The benchmarks still run: `benches/whole.py`, small and without a network.

use std::process::Command;

use crate::common::harness::{has, root, text};
use crate::common::limit::{LONG_PATIENCE, output_within};

/// A quick run of one benchmark.
fn quick(bench: &str) -> String {
    let mut command = Command::new("python3");
    command.arg(root().join("benches/whole.py")).args([bench, "--quick"]);
    let output = output_within(LONG_PATIENCE, command.env("ATTEND", env!("CARGO_BIN_EXE_attend")));
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

#[test]
fn ingest() {
    // The benchmark itself counts rows and acks, and leaves out the tools that are not installed.
    assert!(quick("ingest").contains("| `attend ingest`, every rule, all acks"));
}

#[test]
fn live() {
    // Latencies on a busy machine say nothing, but every line is acknowledged.
    assert!(quick("live").contains("| 320   |"));
}

#[test]
fn prune() {
    // The duration is meaningless here, but the file must shrink.
    assert!(quick("prune").contains("| the file after it "));
}

#[test]
fn export() {
    // It counts the rows of every file itself.
    let table = quick("export");
    assert!(
        table.contains("| `attend export recognitions`, plain CSV |") && table.contains("a workbook"),
        "{table}"
    );
}

#[test]
fn district() {
    // It counts what is stored itself.
    let table = quick("district");
    assert!(table.contains("| `summary` as CSV ") && table.contains("| the last tenth "), "{table}");
}

#[test]
fn schools() {
    // It counts the rows of the database itself.
    assert!(!has("psql") || quick("schools").contains("| a day is exported and lands "));
}

#[test]
fn instructions() {
    assert!(!has("valgrind") || quick("instructions").contains("| `attend ingest`, a line "));
}

#[test]
fn truth() {
    // A few days of faults: no absence may be invented by a camera that did not see.
    let table = quick("truth");
    let row = |name: &str| {
        let line = table.lines().find(|line| line.contains(name)).unwrap_or_else(|| panic!("{table}"));
        line.split('|').skip(2).map(|cell| cell.trim().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(row("blind beyond its allowance")[..2], ["**0**", "**0**"], "{table}");
    assert_eq!(row("`unknown` without an outage")[..2], ["0", "0"], "{table}");
    assert!(table.contains("| faults: outage, 60 to 240 min "), "{table}");
}

#[test]
fn screens() {
    let table = quick("screens");
    assert!(table.contains("| `roster now`  |") && table.contains("| `runner list` |"), "{table}");
}

#[test]
fn map() {
    // Rates on a busy machine say nothing, but every preset reads its sample.
    let table = quick("map");
    for preset in
        ["frigate", "double-take", "compreface", "deepstack", "hikvision", "dahua", "zkteco", "badge"]
    {
        assert!(table.contains(&format!("| `{preset}` ")), "{table}");
    }
}

#[test]
fn year() {
    // It stops at the first entry that contradicts the truth, and at the first view that contradicts another.
    let table = quick("year");
    assert!(
        table.contains("where the place was blind for two minutes more than allowed** |   **0** |"),
        "{table}"
    );
    assert!(table.contains("| `db check` "), "{table}");
}
