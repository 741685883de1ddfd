//! Types the commands of docs/office.md and compares their output. A block marked ```text office INSTANT holds commands,
//! each with its output. A block marked ```text answers INSTANT holds further questions, which are not part of the week.
//! A block marked ```text keys INSTANT holds a command that a person at a terminal leaves with `q`.
//! `ATTEND_BLESS=1` writes the output again: review it before you commit.

use std::fs;

use crate::common::harness::{School, root, seen, text, words};

/// The sightings and heartbeats of the week, by time.
struct Week {
    lines: Vec<(String, String)>,
}

impl Week {
    fn new() -> Self {
        let mut lines = Vec::new();
        for day in 7..=10 {
            for minute in 7 * 60 + 50..15 * 60 {
                for camera in ["gate-1", "hall-1"] {
                    let at = format!("2026-09-{day:02}T{:02}:{:02}:00+03:00", minute / 60, minute % 60);
                    let beat = format!(
                        "{{\"type\":\"heartbeat\",\"camera\":\"{camera}\",\"ts\":\"{at}\",\"snapshot_every\":30}}\n"
                    );
                    lines.push((at, beat));
                }
            }
        }
        let mut see = |code: &str, score: f64, at: &str, camera: &str| {
            let at = format!("2026-09-{at}+03:00");
            lines.push((at.clone(), seen(code, score, &at, camera)));
        };
        for day in ["07", "08", "10"] {
            for time in ["07:58:00", "08:22:00", "09:34:00", "10:36:00"] {
                see("H000101", 0.93, &format!("{day}T{time}"), "gate-1");
                see("H000123", 0.88, &format!("{day}T{time}"), "gate-1");
            }
            see("H000102", 0.91, &format!("{day}T08:23:00"), "gate-1");
            see("H000177", 0.9, &format!("{day}T08:24:00"), "gate-1");
        }
        see("H000123", 0.8, "07T09:34:02", "hall-1");
        see("H000177", 0.71, "07T09:40:00", "gate-1");
        see("H000177", 0.9, "10T12:01:00", "hall-1");
        lines.sort_by(|a, b| a.0.cmp(&b.0));
        Self { lines }
    }

    /// Sends everything that happened by an instant.
    fn send(&mut self, school: &School, now: &str) {
        let due = self.lines.partition_point(|(at, _)| at.as_str() <= now);
        let input: String = self.lines.drain(..due).map(|(_, line)| line).collect();
        if !input.is_empty() {
            school.ingest(input);
        }
    }
}

fn school() -> School {
    let mut school = School::example();
    school.at("2026-09-07T06:00:00+03:00");
    for (camera, options) in
        [("gate-1", &["--place", "gate", "--door"][..]), ("hall-1", &["--place", "hall"])]
    {
        school.ok(&["camera", "add", camera]);
        school.ok(&[&["camera", "edit", camera], options].concat());
    }
    school.write("trip.txt", "H000101\nH000140\n");
    school.write("parents.csv", "code,telephone\nH000102,0770 123 4567\nH000177,0750 765 4321\n");
    school.write(
        "holidays.ics",
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example//EN\r\n\
         BEGIN:VEVENT\r\nUID:autumn@example.org\r\nDTSTART;VALUE=DATE:20261005\r\nDTEND;VALUE=DATE:20261010\r\n\
         SUMMARY:Autumn holiday\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
    );
    let plan = school.ok(&["period", "export", "--dialect", "plain"]);
    school.write("new-plan.csv", plan.replace("10:35", "10:40"));
    school.write(
        "typed.csv",
        "No,Code,Name,2026-09-10 Block 1,2026-09-10 Block 3\n1,H000101,,P,L\n2,H000102,,P,A\n",
    );
    school
}

/// The kind of a block of commands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Block {
    Week,
    Answers,
    Keys,
}

/// The kind and the instant of the block that a line begins.
fn begins(line: &str) -> Option<(Block, &str)> {
    let kinds = [(Block::Week, "office"), (Block::Answers, "answers"), (Block::Keys, "keys")];
    let rest = line.strip_prefix("```text ")?;
    kinds.into_iter().find_map(|(block, word)| Some((block, rest.strip_prefix(word)?.strip_prefix(' ')?)))
}

/// The page with the output of every command of its blocks.
fn typed(page: &str) -> (String, usize) {
    let (mut school, mut week) = (school(), Week::new());
    let (mut out, mut within, mut commands) = (String::new(), None, 0);
    for line in page.lines() {
        if let Some((block, now)) = begins(line) {
            let now = format!("{now}:00+03:00");
            school.at(&now);
            week.send(&school, &now);
            within = Some(block);
        } else if line == "```" {
            within = None;
        }
        match within.zip(line.strip_prefix("$ attend ")) {
            Some((block, command)) => {
                commands += usize::from(block == Block::Week);
                out += &format!("{line}\n");
                out += &match block {
                    Block::Keys => shown(&school, command),
                    Block::Week | Block::Answers => printed(&school, command),
                };
            }
            None if within.is_some() && !line.starts_with("```") => {}
            None => out += &format!("{line}\n"),
        }
    }
    (out, commands)
}

/// The output that a person at a terminal sees of a command that succeeds.
fn printed(school: &School, command: &str) -> String {
    let mut args = words(command);
    args.push("-v".to_owned());
    let output = school.feed(&args.iter().map(String::as_str).collect::<Vec<_>>(), "");
    let said = text(&output.stdout) + &text(&output.stderr);
    assert!(output.status.success(), "{command}\n{said}");
    said.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

/// The screen on which a command waits for a key.
fn shown(school: &School, command: &str) -> String {
    let args = words(command);
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let screen = school.at_terminal(&args, LEAVE, "q", &[]);
    let end = screen.find(LEAVE).unwrap_or_else(|| panic!("{screen}")) + LEAVE.len();
    screen[..end].trim_start().lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

/// The end of a screen that waits for a key.
const LEAVE: &str = "q  leave";

#[test]
fn the_commands_of_the_office_page_print_what_it_shows() {
    let file = root().join("docs/office.md");
    let page = fs::read_to_string(&file).unwrap();
    let (typed, commands) = typed(&page);
    if std::env::var_os("ATTEND_BLESS").is_some() {
        fs::write(file, &typed).unwrap();
    } else {
        assert_eq!(typed, page, "docs/office.md shows other output; ATTEND_BLESS=1 writes it anew");
    }
    assert!((13..=15).contains(&commands), "a week takes at most 15 commands, not {commands}");
}
