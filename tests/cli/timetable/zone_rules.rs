//! Time zone rules: the system's if they are newer than the compiled-in ones, as `TZDIR` names them.

use std::fs;
use std::process::Command;

use attend::domain::time::zone::COMPILED_IN;

use crate::common::harness::{School, has, run, text};
use crate::common::limit::ok;

/// Clocks that changed after the compiled-in rules were written, and a zone whose rule has no end.
const NEWER: &str = "\
# version 9026a
Rule CA 2007 2025 - Nov Sun>=1 2:00 0 S
Rule CA 2007 max - Mar Sun>=8 2:00 1:00 D
Zone America/Vancouver -8:00 CA P%sT 2026 Mar 8 2:00
 -7:00 - MST
Zone America/Havana -5:00 CA C%sT 2026 Jun 1
 -4:00 - AST
Rule MA 2026 max - Jan 1 0:00 0 -
Zone Africa/Casablanca 0:00 - +00 2026 Jan 1
 0:00 MA +00
Rule SE 2020 max - Apr Sun>=15 1:00u 1:00 S
Rule SE 2020 max - Sep Sun>=15 1:00u 0 -
Zone Europe/Stockholm 1:00 SE CE%sT
";

/// A folder of rules, compiled by `zic`; `None`: the program is not installed.
fn compiled(school: &School, source: &str, style: &str) -> Option<String> {
    if !has("zic") {
        return None;
    }
    let folder = school.path("zoneinfo");
    fs::create_dir_all(&folder).unwrap();
    let source = school.write("zoneinfo/tzdata.zi", source);
    ok(Command::new("zic").args(["-b", style, "-d"]).arg(&folder).arg(source));
    Some(folder.to_str().unwrap().to_owned())
}

/// Output of a command that goes by the rules in a folder.
fn ok_under(folder: &str, school: &School, args: &[&str]) -> String {
    let output = run(school.command(args).env("TZDIR", folder), "");
    assert!(output.status.success(), "{args:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

/// When a period at `time` begins on `date`.
fn starts(zone: &str, date: &str, time: &str, source: &str, style: &str) -> Option<String> {
    let mut school = School::empty();
    let folder = compiled(&school, source, style)?;
    school.at(&format!("{date}T00:00:00Z"));
    school.ok(&["init", "--timezone", zone]);
    school.ok(&["period", "add", "P1", "--start", time, "--end", "23:00", "--days", "daily"]);
    ok_under(&folder, &school, &["schedule", "generate", "--from", date, "--days", "1"]);
    let list =
        ok_under(&folder, &school, &["schedule", "list", "--from", date, "--days", "1", "--format", "csv"]);
    list.lines().nth(1).map(|row| row.split(',').nth(2).unwrap_or_default().to_owned())
}

#[test]
fn newer_rules_of_the_system_are_in_force_for_decades() {
    for style in ["fat", "slim"] {
        for (zone, date, time, expected) in [
            ("America/Vancouver", "2025-12-01", "08:00", "2025-12-01T08:00:00-08:00"),
            ("America/Vancouver", "2026-11-30", "08:00", "2026-11-30T08:00:00-07:00"),
            ("America/Vancouver", "2061-01-10", "08:00", "2061-01-10T08:00:00-07:00"),
            ("America/Havana", "2026-12-01", "08:00", "2026-12-01T08:00:00-04:00"),
            ("Africa/Casablanca", "2026-12-01", "08:00", "2026-12-01T08:00:00+00:00"),
            // Spring in the middle of April: a rule without end.
            ("Europe/Stockholm", "2026-04-01", "08:00", "2026-04-01T08:00:00+01:00"),
            ("Europe/Stockholm", "2061-04-01", "08:00", "2061-04-01T08:00:00+01:00"),
            ("Europe/Stockholm", "2061-05-01", "08:00", "2061-05-01T08:00:00+02:00"),
            // The skipped hour gives the first instant after it, the repeated hour the first of the two.
            ("Europe/Stockholm", "2026-04-19", "02:30", "2026-04-19T03:00:00+02:00"),
            ("Europe/Stockholm", "2061-04-17", "02:30", "2061-04-17T03:00:00+02:00"),
            ("Europe/Stockholm", "2026-09-20", "02:30", "2026-09-20T02:30:00+02:00"),
            // A zone without a file keeps its compiled-in rules.
            ("Asia/Baghdad", "2026-12-01", "08:00", "2026-12-01T08:00:00+03:00"),
        ] {
            let Some(starts) = starts(zone, date, time, NEWER, style) else { return };
            assert_eq!(starts, expected, "{zone} ({style})");
        }
    }
}

#[test]
fn rules_that_are_not_newer_or_not_dated_are_not_used() {
    for first in ["# version 2020a", "# version unknown", "# redo"] {
        let source = NEWER.replace("# version 9026a", first);
        let Some(starts) = starts("America/Vancouver", "2026-12-01", "08:00", &source, "fat") else { return };
        assert_eq!(starts, "2026-12-01T08:00:00-08:00", "{first}");
    }
}

#[test]
fn damaged_rules_leave_the_compiled_in_ones_in_force() {
    let mut school = School::empty();
    school.at("2026-12-01T00:00:00Z");
    school.write("tzdata.zi", NEWER);
    fs::create_dir(school.path("America")).unwrap();
    school.write("America/Vancouver", b"TZif2 and then nothing");
    school.ok(&["init", "--timezone", "America/Vancouver"]);
    school.ok(&["period", "add", "P1", "--start", "08:00", "--end", "09:00", "--days", "daily"]);
    school.ok(&["schedule", "generate", "--days", "1"]);
    assert!(school.ok(&["schedule", "list", "--days", "2", "--format", "csv"]).contains("T08:00:00-08:00"));
}

/// A school in Vancouver on a Saturday, whose schedule of three weeks was generated by the compiled-in rules.
fn vancouver() -> School {
    let mut school = School::empty();
    school.at("2026-11-28T12:00:00-08:00");
    school.ok(&["init", "--timezone", "America/Vancouver"]);
    school.ok(&["period", "add", "P1", "--start", "08:00", "--end", "09:00", "--days", "mon"]);
    school.ok(&["schedule", "generate", "--days", "21"]);
    school
}

#[test]
fn new_rules_plan_untouched_future_occurrences_anew() {
    let school = vancouver();
    school.ok(&["schedule", "cancel", "P1", "--date", "2026-12-14", "--reason", "sports day"]);
    let Some(folder) = compiled(&school, NEWER, "fat") else { return };
    let health = ok_or_warned(&folder, &school);
    let warning = format!(
        "zones,warning,,time zone rules 9026a instead of {COMPILED_IN}: 1 period of the next school day would be at another time"
    );
    assert!(health.contains(&warning), "{health}");
    let plan = |more: &[&str]| {
        let args = [&["schedule", "generate", "--days", "1", "--format", "csv"], more].concat();
        ok_under(&folder, &school, &args)
    };
    let dry = plan(&["--dry-run"]);
    let planned = format!(
        "update,2026-11-30,P1,2026-11-30T08:00:00-07:00,2026-11-30T09:00:00-07:00,time zone rules 9026a instead of {COMPILED_IN}"
    );
    assert!(dry.contains(&planned), "{dry}");
    assert!(dry.contains("update,2026-12-07,P1,2026-12-07T08:00:00-07:00"), "{dry}");
    assert!(!dry.contains("2026-12-14"), "a person has changed it: {dry}");
    assert_eq!(plan(&["--dry-run"]), dry, "a dry run changes nothing");
    assert_eq!(plan(&[]), dry, "the plan is applied as it was shown");
    let list = ok_under(&folder, &school, &["schedule", "list", "--days", "21", "--format", "csv"]);
    assert!(
        list.contains("2026-12-07T08:00:00-07:00")
            && list.contains("2026-12-14,P1,2026-12-14T09:00:00-07:00")
    );
    let audit = school.ok(&["audit", "--format", "csv"]);
    let detail = format!("0 created, 2 updated, 0 removed; time zone rules 9026a instead of {COMPILED_IN}");
    assert!(audit.contains(&detail), "{audit}");
    assert!(!plan(&["--dry-run"]).contains("update"), "the version is remembered");
    assert!(ok_or_warned(&folder, &school).contains(&format!("zones,ok,,rules 9026a ({folder})")));
}

/// The rows of `attend health` under the rules in a folder. Other checks may complain.
fn ok_or_warned(folder: &str, school: &School) -> String {
    text(&run(school.command(&["health", "--format", "csv"]).env("TZDIR", folder), "").stdout)
}

#[test]
fn health_names_the_rules_and_warns_when_they_are_old() {
    let mut school = vancouver();
    let rows = |school: &School| ok_or_warned("no such folder", school);
    assert!(rows(&school).contains(&format!("zones,ok,,rules {COMPILED_IN} (compiled in)")));
    school.at("2031-01-01T00:00:00-08:00");
    let old = rows(&school);
    let warning =
        format!("zones,warning,,the time zone rules {COMPILED_IN} (compiled in) are more than a year old");
    assert!(old.contains(&warning), "{old}");
}

#[test]
fn the_version_names_the_rules_in_force() {
    let school = School::empty();
    assert!(school.ok(&["--version"]).contains(&format!("\ntime zone rules: {COMPILED_IN} (compiled in)\n")));
    let Some(folder) = compiled(&school, NEWER, "fat") else { return };
    let told = ok_under(&folder, &school, &["--version"]);
    assert!(told.ends_with(&format!("\ntime zone rules: 9026a ({folder})\n")), "{told}");
}
