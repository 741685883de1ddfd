//! Power cuts, replayed: a run is recorded (`disk_recording.rs`), and after each of its calls the disk may lose unflushed
//! writes (`disk.rs`). Lines acknowledged before the cut must be stored, and the database must be sound.
//!
//! The controls: `synchronous=NORMAL`, and our own run on a disk that flushes nothing, must lose.
//! `ATTEND_CAMPAIGN=full` cuts after every call, with many seeds.

use std::fs;
use std::process::Stdio;

use serde_json::Value;

use crate::common::aftermath::{Case, converse, lost};
use crate::common::disk::{Dice, Disk, Event};
use crate::common::disk_recording::{Recorder, Recording};
use crate::common::fault_controls::{self, Control};
use crate::common::harness::{School, Stream, has, text};
use crate::common::limit::ok;
use crate::common::strace_kill::{full, tell};

const ATTEND: &str = env!("CARGO_BIN_EXE_attend");

/// Counts over all cuts of one recording.
#[derive(Debug, Default)]
struct Cuts {
    made: usize,
    /// Cuts after which an acknowledged line was not stored exactly once.
    losing: Vec<String>,
    /// Cuts after which the database was not sound.
    damaging: Vec<String>,
}

/// Cuts the power about this many times in all, at instants that depend on the seed.
fn cut(
    recording: &Recording,
    wanted: usize,
    seed: u64,
    mut judge: impl FnMut(&School, &str, &str, &mut Cuts),
) -> Cuts {
    let (mut cuts, mut dice) = (Cuts::default(), Dice::new(seed));
    let mut disk = Disk::new(recording.before.clone());
    let mut heard = Vec::new();
    for (nth, event) in recording.events.iter().enumerate() {
        disk.apply(event);
        if let Event::Said(words) = event {
            heard.extend_from_slice(words);
        }
        // Also after all of it.
        if dice.below(recording.events.len() as u64) >= wanted as u64 && nth + 1 < recording.events.len() {
            continue;
        }
        let school = School::empty();
        for (name, content) in disk.after_a_cut(&mut dice) {
            fs::write(school.path(&name), content).unwrap();
        }
        // Memory before the cut may hold any bytes after it.
        if dice.below(2) == 0 && school.path("school.db-wal").exists() {
            let garbage: Vec<u8> = (0..32_768).map(|_| dice.below(256) as u8).collect();
            fs::write(school.path("school.db-shm"), garbage).unwrap();
        }
        cuts.made += 1;
        judge(
            &school,
            &text(&heard),
            &format!("seed {seed}, after call {nth} ({})", brief(event)),
            &mut cuts,
        );
    }
    cuts
}

fn brief(event: &Event) -> String {
    match event {
        Event::Written { name, at, bytes } => format!("{} bytes of {name} at {at}", bytes.len()),
        Event::Said(words) => text(words),
        event => format!("{event:?}"),
    }
}

/// The acks in the output. The last one may be incomplete.
fn acks(heard: &str) -> Vec<Value> {
    heard.lines().filter_map(|line| serde_json::from_str(line).ok()).filter(Value::is_object).collect()
}

/// Cuts a recorded ingest. At regular intervals everything is sent again.
fn cut_ingest(case: &Case, recording: &Recording, wanted: usize, seed: u64, resend_every: usize) -> Cuts {
    cut(recording, wanted, seed, |school, heard, at, cuts| {
        let acks = &acks(heard);
        let checked = school.feed(&["db", "check"], "");
        if !checked.status.success() {
            cuts.damaging.push(format!("{at}: {}{}", text(&checked.stdout), text(&checked.stderr)));
            return;
        }
        let lost = lost(school, &case.lines, acks);
        if !lost.is_empty() {
            cuts.losing.push(format!("{at}: {lost:?}"));
        } else if cuts.made.is_multiple_of(resend_every) {
            let complaints = case.complaints(school, acks);
            if !complaints.is_empty() {
                cuts.losing.push(format!("{at}: {complaints:?}"));
            }
        }
    })
}

/// Two streams one after the other; while the second one is open another process empties the log, so that it is
/// written again from its start.
fn recorded(case: &Case) -> Recording {
    let school = case.school();
    let mut recorder = Recorder::new(&school);
    let half = case.lines.len() / 2;
    let ingest = [ATTEND, "ingest"];
    let first = Stream::start(recorder.command(&ingest).stderr(Stdio::null()));
    assert_eq!(converse(first, &case.lines[..half]).1, Some(0));
    let mut second = Stream::start(recorder.command(&ingest).stderr(Stdio::null()));
    for line in &case.lines[half..half + 5] {
        second.ask(line);
    }
    ok(&mut recorder.command(&[ATTEND, "prune"]));
    let (acks, code) = converse(second, &case.lines[half + 5..]);
    assert_eq!((acks.len(), code), (case.lines.len() - half - 5, Some(0)));
    let mut recording = recorder.end();
    let emptied = |event: &Event| matches!(event, Event::Sized { name, size: 0 } if name == "school.db-wal");
    assert!(recording.events.iter().any(emptied), "the log was not emptied");
    renumber(&mut recording, half);
    recording
}

/// Acks of the second stream by the number of the line in the case.
fn renumber(recording: &mut Recording, half: usize) {
    let mut heard = 0;
    for event in &mut recording.events {
        if let Event::Said(words) = event {
            let acks = acks(&text(words)).into_iter().map(|mut ack| {
                heard += 1;
                let number = ack["line"].as_u64().unwrap();
                let first = heard <= half;
                ack["line"] = (number + if first { 0 } else { half as u64 }).into();
                format!("{ack}\n")
            });
            *words = acks.collect::<String>().into_bytes();
        }
    }
}

#[test]
fn a_power_cut_loses_no_acknowledged_line() {
    if !has("strace") {
        return;
    }
    let case = Case::example(240);
    let recording = recorded(&case);
    let cuts = match full() {
        true => (1..=5).map(|seed| cut_ingest(&case, &recording, usize::MAX, seed, 100)).collect::<Vec<_>>(),
        false => vec![cut_ingest(&case, &recording, 200, 1, 20)],
    };
    for cuts in &cuts {
        assert_eq!((&cuts.losing, &cuts.damaging), (&Vec::new(), &Vec::new()));
        tell(format_args!("{} power cuts", cuts.made));
        assert!(cuts.made > 100, "{cuts:?}");
    }
    // The control: the same run, on a disk that flushes nothing.
    let cuts = cut_ingest(&case, &unflushed(recording), 30, 1, 1_000);
    let found = cuts.losing.len() + cuts.damaging.len();
    assert!(found > cuts.made / 2, "only {found} of {} cuts were found out", cuts.made);
}

/// The same recording without its flushes.
fn unflushed(recording: Recording) -> Recording {
    let Recording { before, mut events } = recording;
    events.retain(|event| !matches!(event, Event::Flushed(_) | Event::FolderFlushed));
    Recording { before, events }
}

#[test]
fn the_replay_finds_synchronous_normal_and_lets_full_pass() {
    if !has("strace") {
        return;
    }
    let case = Case::example(60);
    for (control, loses) in [(Control::CommitsWithoutSync, true), (Control::CommitsAndSyncs, false)] {
        let school = case.school();
        let mut recorder = Recorder::new(&school);
        let program = fault_controls::words(control);
        let stream = Stream::start(recorder.command(&program).stderr(Stdio::null()));
        assert_eq!(converse(stream, &case.lines).0.len(), case.lines.len());
        let cuts = cut_ingest(&case, &recorder.end(), if full() { usize::MAX } else { 40 }, 1, 1_000);
        let losing = cuts.losing.len();
        tell(format_args!("{losing} of {} power cuts lose with {control:?}", cuts.made));
        assert!(cuts.damaging.is_empty(), "{:?}", cuts.damaging);
        assert!(if loses { losing > cuts.made / 4 } else { losing == 0 }, "{control:?}: {cuts:?}");
    }
}

#[test]
fn a_power_cut_during_init_leaves_no_database_or_a_complete_one() {
    if !has("strace") {
        return;
    }
    let school = School::empty();
    let mut recorder = Recorder::new(&school);
    let init = ["init", "--timezone", "Asia/Baghdad", "-v"];
    ok(&mut recorder.command(&[&[ATTEND], &init[..]].concat()));
    let recording = recorder.end();
    let cut = |recording: &Recording, wanted, seed| {
        cut(recording, wanted, seed, |school, heard, at, cuts| {
            let output = school.feed(&init, "");
            let checked = school.feed(&["db", "check"], "");
            let kept = !heard.contains("made ") || text(&output.stderr).contains("already exists");
            if !kept || !output.status.success() || !checked.status.success() {
                cuts.damaging.push(format!("{at}: {}{}", text(&output.stderr), text(&checked.stdout)));
            }
        })
    };
    let (seeds, wanted) = if full() { (5, usize::MAX) } else { (1, 60) };
    for seed in 1..=seeds {
        let cuts = cut(&recording, wanted, seed);
        assert_eq!(cuts.damaging, [""; 0]);
        tell(format_args!("{} power cuts while it was made", cuts.made));
        assert!(cuts.made > 30, "{cuts:?}");
    }
    // The control: the same on a disk that flushes nothing.
    assert!(!cut(&unflushed(recording), 20, 1).damaging.is_empty());
}
