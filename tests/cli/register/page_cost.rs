//! The cost of the pages and screens of a large school, in instructions and memory, which are the same on a busy machine.

use std::process::Command;

use super::report_page::large;
use crate::common::harness::{School, has, text};
use crate::common::{cost, limit};

/// The pages that cron writes, the list of a fire drill, and the most that each costs: as many instructions as this many
/// rows that SQLite stores and reads. Each costs about two thirds of it. A class register reads the 56 periods of its week
/// for its class alone: for the whole school it would take 140,000.
const PAGES: [(&str, f64); 8] = [
    ("panel -o page.html", 4_900.0),
    ("panel --names -o page.html", 4_900.0),
    ("roster now -o page.html", 14_000.0),
    ("roster day", 23_000.0),
    ("roster day -o page.html", 16_000.0),
    ("roster day --evacuation -o page.html", 12_000.0),
    ("summary -o page.html", 22_000.0),
    ("register --group G07 --week 2026-09-07 -o page.html", 10_000.0),
];

/// The same for the screens that people keep open.
const SCREENS: [(&str, f64); 4] = [
    ("roster now", 10_700.0),
    ("panel", 4_900.0),
    ("runner list", 1_250.0),
    ("export records --date 2026-09-07 --dialect plain -o day.csv", 22_500.0),
];

/// A page takes at most this much memory, in KiB. An empty school's takes half of it.
const MEMORY: u64 = 80 * 1024;

/// Runs a command, and prints its peak memory in KiB.
const PEAK: &str = "import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)";

#[test]
fn a_page_of_a_large_school_costs_little_more_than_reading_it() {
    let school = large();
    for (page, _) in PAGES {
        let peak = limit::output(python(&school).args(page.split(' ')));
        assert!(peak.status.success(), "{}", text(&peak.stderr));
        let peak: u64 = text(&peak.stdout).lines().last().unwrap().parse().unwrap();
        assert!(peak < MEMORY, "{page}: {peak} KiB");
    }
    if !has("valgrind") {
        return;
    }
    let fixed = cost::of_a_row(&school);
    for (page, most) in [PAGES.as_slice(), SCREENS.as_slice()].concat() {
        let args: Vec<&str> = page.split(' ').collect();
        let rows = cost::of(&school, &args) / fixed;
        assert!(rows < most, "{page} costs as much as {rows:.0} rows of {fixed:.0} instructions");
    }
}

fn python(school: &School) -> Command {
    let mut python = school.program("python3");
    python.env("TZDIR", school.path("")).args(["-c", PEAK, env!("CARGO_BIN_EXE_attend")]);
    python
}
