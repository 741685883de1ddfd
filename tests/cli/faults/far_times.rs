//! Lengths of time and dates that are as far away as can be typed: every option takes or refuses them.

use std::fs;

use crate::common::harness::{School, root, text, words};

/// Commands with every option of a length of time, a date or an instant. `TIME`, `DATE` and `INSTANT` stand for the value.
const COMMANDS: &[&str] = &[
    "audit --from DATE --to DATE",
    "camera edit gate-1 --place hall --from INSTANT",
    "camera rest gate-1 --until INSTANT",
    "camera retire gate-1 --from INSTANT",
    "export absences --from DATE --to DATE",
    "export absences --date DATE",
    "export changes --from DATE --to DATE",
    "export changes --date DATE",
    "export recognitions --last TIME",
    "export recognitions --from DATE --to DATE",
    "export recognitions --date DATE",
    "export records --from DATE --to DATE",
    "export records --date DATE",
    "export roster --date DATE --period Assembly",
    "export sessions --from DATE --to DATE",
    "export sessions --date DATE",
    "history H000101 --date DATE",
    "history H000101 --from DATE --to DATE",
    "ingest --max-wait TIME",
    "key create far --expires TIME",
    "key rotate far --expires TIME",
    "key rotate far --grace TIME",
    "mark list --date DATE",
    "mark H000101 excused --date DATE --yes",
    "mark H000101 present --all-day --date DATE --yes",
    "panel --window TIME",
    "panel -o far.html --refresh TIME",
    "period add Far --start 15:00 --end 16:00 --days daily --early-grace TIME --late-grace TIME --late-after TIME",
    "period add Far --start 15:00 --end 16:00 --days daily --closes-after TIME",
    "period edit Assembly --early-grace TIME --late-grace TIME --late-after TIME",
    "period edit Assembly --closes-after TIME",
    "prune --older-than TIME --dry-run",
    "prune --records-older-than DATE --dry-run",
    "recompute --from DATE --to DATE",
    "register --group G7 --week DATE",
    "review --date DATE",
    "review list --date DATE",
    "roster show --date DATE --period Assembly",
    "roster unexplained --date DATE",
    "roster unexplained --older-than TIME",
    "roster unexplained --date DATE --older-than TIME",
    "runner list --window TIME",
    "schedule list --from DATE --days 3660",
    "schedule generate --from DATE --days 3",
    "schedule generate --from DATE --days 3660 --dry-run",
    "schedule move Assembly --date DATE --start 10:00 --end 11:00",
    "schedule add Far --date DATE --start 10:00 --end 11:00 --late-after TIME",
    "schedule day DATE --until 08:30",
    "schedule day DATE --like mon",
    "schedule cancel Assembly --date DATE --reason far",
    "schedule restore --date DATE",
    "schedule close DATE --reason far",
    "schedule open DATE",
    "simulate --date DATE",
    "simulate --date today --until INSTANT",
    "student add F1 Far --from DATE",
    "student alias H000101 card:1 --from DATE --yes",
    "student edit H000101 --group G9 --from INSTANT --yes",
    "student deactivate H000101 --from DATE --yes",
    "student import far.csv --from DATE --yes",
    "student add F2 Far --from INSTANT",
    "summary --from DATE --to DATE",
    "summary --date DATE",
    "unmark H000101 --date DATE --yes",
    "settings set reregister_window TIME",
    "settings set future_tolerance TIME",
    "settings set max_blind TIME",
    "alert mute clock TIME",
    "--now INSTANT roster now",
    "--now INSTANT schedule generate",
    "--now INSTANT export recognitions --last TIME",
];

/// Options of other meanings, and those that never end.
const OTHERS: [&str; 2] = ["--color", "--watch"];

#[test]
fn no_length_of_time_and_no_date_is_too_far_away() {
    let school = School::example();
    school.write("far.csv", "code,name\nH000101,Zoë O'Neil\nF3,Far\n");
    let times = ["99999999d", "106751991d", "9223372036854775807ms", "0s"];
    let dates = ["9999-12-31", "9999-12-30", "0001-01-01", "1969-12-31"];
    let instants =
        ["9999-12-31T23:59:59Z", "9999-12-31T00:00:00-14:00", "1970-01-01T00:00:00Z", "9999-12-30T00:00:00Z"];
    let mut wrong = Vec::new();
    for command in COMMANDS {
        for (time, (date, instant)) in times.into_iter().zip(dates.into_iter().zip(instants)) {
            let typed = command.replace("INSTANT", instant).replace("DATE", date).replace("TIME", time);
            let args = words(&typed);
            let output = school.feed(&args.iter().map(String::as_str).collect::<Vec<_>>(), "");
            let said = text(&output.stderr);
            let code = output.status.code().unwrap_or(-1);
            let bad = ["panicked", "constraint failed", "unexpected argument", "unrecognized"];
            if ![0, 1, 2, 65].contains(&code) || bad.iter().any(|words| said.contains(words)) {
                wrong.push(format!("{typed}: {code} {said}"));
            }
        }
    }
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn every_option_of_a_time_or_a_date_is_tried() {
    let mut missing = Vec::new();
    for page in fs::read_dir(root().join("man")).unwrap().map(|page| page.unwrap().path()) {
        let command = page.file_stem().unwrap().to_string_lossy().replacen("attend", "", 1).replace('-', " ");
        for line in fs::read_to_string(&page).unwrap().lines() {
            let line = line.replace("\\-", "-").replace("\\fB", "").replace("\\fR", "").replace("\\fI", "");
            let values = ["<TIME>", "<DATE>", "<DATE[..DATE]>", "<WHEN>", "<INSTANT>", "<90d|12w|6mo>"];
            let option = line.split_whitespace().find(|word| word.starts_with("--"));
            let Some(option) = option.filter(|_| values.iter().any(|value| line.ends_with(value))) else {
                continue;
            };
            let tried = |tried: &&&str| {
                let own = tried.starts_with(command.trim());
                own && tried.split_whitespace().any(|word| word == option)
            };
            if !OTHERS.contains(&option) && !COMMANDS.iter().any(|command| tried(&command)) {
                missing.push(format!("{command} {option}"));
            }
        }
    }
    assert_eq!(missing, [""; 0]);
}
