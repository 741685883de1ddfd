//! One school twice: the program with its database, and the model. Everything happens to both.

mod aliases;
mod evidence;
mod excuses;
mod odd;
mod people;
mod roll;
mod timetable;
mod typing;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use chrono::{Duration, NaiveDate};

use crate::facts::{Identity, School, Seen};
use crate::harness;
use crate::operations::{Operation, Step};
use crate::register::{Entry, merged};
use crate::views;
use crate::zones::{Instant, Zone};

use typing::quoted;

/// A difference between program and model, in words.
pub type Disagreement = String;

/// How a machine reaches the program.
#[derive(Clone, Copy)]
pub enum Through {
    /// Commands run in the process of the test: quick.
    Library,
    /// Each command is a process, as in a school: slow, and locks and files are those of real life.
    Program,
}

pub struct Machine {
    through: Through,
    pub model: School,
    pub now: Instant,
    pub first: NaiveDate,
    pub program: harness::School,
    transcript: String,
    /// Codes that were erased and must not come back.
    gone: BTreeSet<String>,
    steps: usize,
    /// The receivers that are told only what changed.
    receiver: views::feed::Receiver,
}

/// Steps from one edition for the receiver to the next.
const EDITION_AFTER: usize = 3;

/// Commands as lists of words.
type Commands = Vec<Vec<String>>;

/// Commands to type, and the model after them.
struct Action {
    commands: Commands,
    after: School,
}

/// All rows of registers that have begun, by date, period and student.
type Rows = BTreeMap<(NaiveDate, String, String), Entry>;

impl Machine {
    /// A school at seven in the morning of a date, with a few students and periods.
    pub fn new(zone: Zone, date: NaiveDate, through: Through) -> Self {
        let mut machine = Self::empty(zone, date, through);
        machine.must(&["init", "--timezone", zone.name()]).unwrap();
        let rows = [(0, 0, 2), (1, 0, 7), (2, 1, 0), (3, 3, 0)].to_vec();
        machine.perform(&Operation::Import { rows, leavers: false, aliases: true }).unwrap();
        for (shape, groups) in [(0, 0), (1, 2), (2, 0), (6, 0)] {
            machine.perform(&Operation::PeriodAdd { shape, groups, places: 0 }).unwrap();
        }
        machine.perform(&Operation::Generate { days: 3 }).unwrap();
        machine
    }

    /// The same school in another folder.
    pub fn copy(&self) -> Self {
        let copy = Self {
            model: self.model.clone(),
            program: harness::School::empty(),
            transcript: self.transcript.clone(),
            gone: self.gone.clone(),
            receiver: self.receiver.clone(),
            ..*self
        };
        let backup = copy.program.path("school.db");
        let (code, _, said) = self.run(&["db", "backup", backup.to_str().unwrap()]);
        assert_eq!(code, 0, "the school could not be copied: {said}");
        copy
    }

    fn empty(zone: Zone, date: NaiveDate, through: Through) -> Self {
        let now = zone.instant(date.and_hms_opt(7, 0, 0).unwrap());
        let mut machine = Self {
            through,
            model: School::new(zone),
            now,
            first: date,
            program: harness::School::empty(),
            transcript: String::new(),
            gone: BTreeSet::new(),
            steps: 0,
            receiver: views::feed::Receiver::default(),
        };
        machine.at(now);
        machine
    }

    pub fn transcript(&self) -> &str {
        &self.transcript
    }

    pub fn zone(&self) -> Zone {
        self.model.zone
    }

    fn at(&mut self, now: Instant) {
        self.now = now;
        self.program.at(&self.model.zone.rfc3339(now));
        writeln!(self.transcript, "# {}", self.model.zone.rfc3339(now)).unwrap();
    }

    pub fn step(&mut self, step: &Step) -> Result<(), Disagreement> {
        self.at(self.now + Duration::minutes(step.pause));
        self.steps += 1;
        self.perform(&step.operation)?;
        views::compare(self, self.steps)?;
        if self.steps.is_multiple_of(EDITION_AFTER) {
            let mut receiver = std::mem::take(&mut self.receiver);
            receiver.receive(self)?;
            self.receiver = receiver;
        }
        Ok(())
    }

    /// Runs a command: its exit code, standard output and standard error.
    pub fn run(&self, args: &[&str]) -> (i32, String, String) {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        match self.through {
            Through::Library => {
                let (db, now) = (self.path("school.db"), self.model.zone.rfc3339(self.now));
                let ran = attend::cli::run_here(&[&["--db", &db, "--now", &now], args].concat(), "admin");
                (i32::from(ran.code), text(ran.out), text(ran.err))
            }
            Through::Program => {
                let output = self.program.feed(args, "");
                (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
            }
        }
    }

    /// The path of a file of the school.
    pub(super) fn path(&self, name: &str) -> String {
        self.program.path(name).to_str().unwrap().to_owned()
    }

    /// Ingests lines. Returns the acks.
    fn ingest(&self, name: &str, lines: &str) -> Vec<serde_json::Value> {
        let file = self.program.write(name, lines);
        let (_, acks, _) = self.run(&["ingest", "--acks", "all", file.to_str().unwrap()]);
        acks.lines().map(|ack| serde_json::from_str(ack).unwrap()).collect()
    }

    fn must(&mut self, args: &[&str]) -> Result<String, Disagreement> {
        let (code, out, err) = self.run(args);
        writeln!(self.transcript, "attend {}", quoted(args)).unwrap();
        if code == 0 { Ok(out) } else { Err(format!("attend {} ends with {code}: {out}{err}", quoted(args))) }
    }

    /// Begun rows of the model, without the groups: what a view tells of a student who is not expected is left open.
    fn rows(&self, school: &School) -> Rows {
        let begun = school.occurrences.iter().filter(|o| o.starts_at <= self.now);
        begun
            .flat_map(|o| school.register(o, self.now).into_iter().map(move |entry| (o, entry)))
            .map(|(o, entry)| {
                ((o.date, o.name.clone(), entry.student.clone()), Entry { group: None, ..entry })
            })
            .collect()
    }

    /// Applies it to both. An edit that changes more than one row of registers that have begun must have asked first.
    fn perform(&mut self, operation: &Operation) -> Result<(), Disagreement> {
        match operation {
            Operation::Lines { lines, at_once } => return self.send(lines, *at_once),
            Operation::Heartbeats { camera, ago, minutes, beat } => {
                return self.beat(*camera, *ago, *minutes, *beat);
            }
            Operation::BackupAndRestore => return self.restore_backup(),
            _ => {}
        }
        let Some(action) = self.action(operation) else { return Ok(()) };
        let (before, after) = (self.rows(&self.model), self.rows(&action.after));
        let keys: BTreeSet<_> = before.keys().chain(after.keys()).collect();
        let changed: Vec<_> = keys.into_iter().filter(|key| before.get(key) != after.get(key)).collect();
        let mut asked = false;
        for command in &action.commands {
            asked |= self.type_in(command)?;
        }
        let policy = matches!(
            operation,
            Operation::Setting { .. }
                | Operation::Erase { .. }
                | Operation::Rename { .. }
                | Operation::RetireCode { .. }
                | Operation::Rest { .. }
                | Operation::Place { .. }
                | Operation::Retire { .. }
                | Operation::Retry
                | Operation::Review { .. }
        );
        // Before the first period of a school nothing had begun that an edit could rewrite.
        let first = !self.model.occurrences.iter().any(|o| o.starts_at <= self.now);
        if !asked && !policy && !first && changed.len() > 1 {
            return Err(format!("{operation:?} changed {changed:?} and did not ask first"));
        }
        self.model = action.after;
        Ok(())
    }

    /// Types a command, and confirms its plan if it shows one. Returns whether it showed one.
    fn type_in(&mut self, command: &[String]) -> Result<bool, Disagreement> {
        let args: Vec<&str> = command.iter().map(String::as_str).collect();
        let (code, out, err) = self.run(&args);
        if code == 1 && err.contains("--yes") {
            views::records(self)
                .map_err(|error| format!("attend {} asks after the fact: {error}", quoted(&args)))?;
            self.must(&[&args[..], &["--yes"]].concat())?;
            return Ok(true);
        }
        writeln!(self.transcript, "attend {}", quoted(&args)).unwrap();
        if code == 0 {
            Ok(false)
        } else {
            Err(format!("attend {} ends with {code}: {out}{err}", quoted(&args)))
        }
    }

    /// The stored recognitions by identity.
    pub fn stored(&self) -> BTreeMap<Identity, Seen> {
        self.model.recognitions.iter().map(|(id, lines)| (id.clone(), merged(lines))).collect()
    }

    /// Commands and model for an operation. `None` if the operation makes no sense now.
    fn action(&mut self, operation: &Operation) -> Option<Action> {
        let mut after = self.model.clone();
        let commands = self
            .change_roll(&mut after, operation)
            .or_else(|| self.pass_alias(&mut after, operation))
            .or_else(|| self.change_timetable(&mut after, operation))
            .or_else(|| self.change_date(&mut after, operation))
            .or_else(|| self.decide_or_keep(&mut after, operation))
            .or_else(|| self.excuse(&mut after, operation))
            .or_else(|| self.tend_camera(&mut after, operation))?;
        Some(Action { commands, after })
    }
}
