//! Lines of runners and their acks.

use std::fmt::Write as _;

use chrono::Duration;

use super::typing::{pick, words};
use super::{Commands, Disagreement, Machine};
use crate::coverage::{Place, Sight};
use crate::facts::{Identity, Line, Occurrence, School, Seen};
use crate::operations::{Beat, Operation, Pick, RawLine};
use crate::register::Taken;

const SCORES: [f64; 7] = [0.74, 0.75, 0.76, 0.765, 0.8, 0.9, 0.95];
const CAMERAS: [&str; 3] = ["gate-1", "gate-2", "hall-1"];

/// So far beside a window lines are sent, too.
const BESIDE: Duration = Duration::minutes(10);

impl Machine {
    pub(super) fn tend_camera(&self, after: &mut School, operation: &Operation) -> Option<Commands> {
        let (Operation::Place { camera, .. } | Operation::Rest { camera, .. } | Operation::Retire { camera }) =
            operation
        else {
            return None;
        };
        let in_use: Vec<_> =
            after.cameras.keys().filter(|name| after.cameras[*name].retired.is_none()).collect();
        let name = (*pick(&in_use, *camera)?).clone();
        let camera = after.cameras.get_mut(&name)?;
        let command = match operation {
            Operation::Place { place, .. } => {
                let (place, door) = *pick(&[("gate", true), ("lab", false), ("none", false)], *place)?;
                let at = (place != "none").then(|| Place { name: place.into(), door });
                camera.places.push((self.now, at));
                let kind = if door { "--door" } else { "--room" };
                let kind = if place == "none" { vec![] } else { vec![kind] };
                words(&[&["camera", "edit", &name, "--place", place], &kind[..]].concat())
            }
            Operation::Rest { minutes, .. } => {
                let until = self.now + Duration::minutes(*minutes);
                camera.rests.push((self.now, until));
                words(&["camera", "rest", &name, "--until", &self.zone().rfc3339(until)])
            }
            _ => {
                camera.retired = Some(self.now);
                words(&["camera", "retire", &name])
            }
        };
        Some(vec![command])
    }

    pub(super) fn beat(
        &mut self,
        camera: Pick,
        ago: i64,
        minutes: i64,
        beat: Beat,
    ) -> Result<(), Disagreement> {
        let camera = CAMERAS[usize::from(camera) % CAMERAS.len()];
        let from = self.now - Duration::minutes(ago);
        if self.model.watermark.is_some_and(|watermark| from < watermark) {
            return Ok(());
        }
        let (member, sight) = match beat {
            Beat::Seeing => ("", Sight::Seeing),
            Beat::Error => (r#","last_error":"camera: offline""#, Sight::Blind),
            Beat::Blind => (r#","blind":true"#, Sight::Blind),
            Beat::Resting => (r#","resting":true"#, Sight::Resting),
        };
        let mut lines = String::new();
        for half_minute in 0..minutes * 2 {
            let at = from + Duration::seconds(30 * half_minute);
            if at > self.now {
                break;
            }
            let known = self.model.cameras.entry(camera.into()).or_default();
            if known.beats.contains_key(&at) {
                continue;
            }
            known.beats.insert(at, sight);
            let ts = self.model.zone.rfc3339(at);
            writeln!(lines, r#"{{"type":"heartbeat","camera":"{camera}","ts":"{ts}"{member}}}"#).unwrap();
        }
        self.program.write("beats.jsonl", &lines);
        let written =
            format!("{beat:?} heartbeats of {camera} from {} on, every 30 s", self.model.zone.rfc3339(from));
        writeln!(self.transcript, "# {written}, {} lines", lines.lines().count()).unwrap();
        self.must(&["ingest", &self.path("beats.jsonl")]).map(drop)
    }

    /// Usually a student who is or was on the roll, or an alias; sometimes an unknown code.
    fn seen(&self, student: Pick, alias: Option<Pick>) -> Option<String> {
        if let Some(alias) = alias {
            return self.sent_alias(alias);
        }
        let codes = if student.is_multiple_of(4) {
            self.codes()
        } else {
            self.model.students.iter().map(|student| student.code.clone()).collect()
        };
        pick(&codes, student / 4).cloned()
    }

    fn line(&self, raw: &RawLine) -> Option<Line> {
        let started = |o: &&Occurrence| o.opens_at() - BESIDE <= self.now;
        let started: Vec<_> = self.model.occurrences.iter().filter(started).collect();
        let occurrence = *pick(&started, raw.occurrence)?;
        let (from, to) = (occurrence.opens_at(), occurrence.closes_at());
        let on_camera = usize::from(raw.camera) % CAMERAS.len();
        let at = match raw.place {
            -1 => from,
            101 => to,
            place => {
                let (from, to) = (from - BESIDE, self.now.min(to + BESIDE));
                // Cameras never see a student at the same instant, because the order of such sightings is not visible.
                let apart = Duration::milliseconds(i64::try_from(on_camera).unwrap());
                from + (to - from) / 100 * i32::try_from(place).unwrap()
                    + Duration::seconds(raw.seconds)
                    + apart
            }
        };
        let id =
            Identity { at, student: self.seen(raw.student, raw.alias)?, camera: CAMERAS[on_camera].into() };
        let seen = self.model.resolved(&id);
        let same_instant = |other: &Identity| {
            (other.at, &other.student) == (at, &seen.student) && other.camera != seen.camera
        };
        if at > self.now || self.stayed(&id) || self.model.recognitions.keys().any(same_instant) {
            return None;
        }
        let score = SCORES[usize::from(raw.score) % SCORES.len()];
        let crop = raw.crop.then(|| format!("{score}.jpg"));
        Some(Line { id, seen: Seen { score, crop } })
    }

    pub(super) fn send(&mut self, raw: &[RawLine], at_once: bool) -> Result<(), Disagreement> {
        let mut lines: Vec<Line> = Vec::new();
        for raw in raw {
            let Some(line) = self.line(raw) else { continue };
            let id = self.model.resolved(&line.id);
            let clash = |other: &Line| {
                let other = self.model.resolved(&other.id);
                (other.at, &other.student) == (id.at, &id.student) && other.camera != id.camera
            };
            if lines.iter().any(clash) {
                continue;
            }
            if raw.repeated {
                let other = SCORES[usize::from(raw.score).wrapping_mul(3) % SCORES.len()];
                lines.push(Line { seen: Seen { score: other, crop: None }, ..line.clone() });
            }
            lines.push(line);
        }
        let fresh: Vec<bool> = lines
            .iter()
            .map(|line| !self.model.recognitions.contains_key(&self.model.resolved(&line.id)))
            .collect();
        let taken: Vec<Taken> = lines.iter().map(|line| self.model.take(line, self.now)).collect();
        let text: Vec<String> = lines.iter().map(|line| self.wire(line)).collect();
        for line in &text {
            writeln!(self.transcript, "attend ingest <<< '{}'", line.trim_end()).unwrap();
        }
        if at_once {
            let (one, other) = text.split_at(text.len() / 2);
            let (one, other) = (one.concat(), other.concat());
            let machine = &*self;
            std::thread::scope(|scope| {
                scope.spawn(|| machine.ingest("one.jsonl", &one));
                scope.spawn(|| machine.ingest("other.jsonl", &other));
            });
            return Ok(());
        }
        let acks = self.ingest("lines.jsonl", &text.concat());
        for (index, ack) in acks.iter().enumerate() {
            let id = self.model.resolved(&lines[index].id);
            let repeats = lines.iter().filter(|line| self.model.resolved(&line.id) == id).count() > 1;
            if fresh[index] && !repeats {
                self.compare_ack(&lines[index], taken[index], ack)?;
            }
        }
        Ok(())
    }

    fn compare_ack(&self, line: &Line, taken: Taken, ack: &serde_json::Value) -> Result<(), Disagreement> {
        let student = self.model.named(&line.id.student, line.id.at);
        let matched = student.and_then(|student| self.model.matched(student, line.id.at));
        let (status, reason) = match taken {
            Taken::Unknown => (202, Some("unknown_student")),
            Taken::Inactive => (202, Some("inactive_student")),
            Taken::Future => (422, Some("future")),
            Taken::TooOld => (422, Some("older_than_retention")),
            Taken::Stored if matched.is_none() => (202, Some("no_active_period")),
            Taken::Stored if line.seen.score < self.model.settings.min_score => {
                (202, Some("below_min_score"))
            }
            Taken::Stored => (200, None),
        };
        let period = matched.filter(|_| taken == Taken::Stored).map(|o| o.name.as_str());
        let agrees =
            ack["status"] == status && ack["reason"].as_str() == reason && ack["period"].as_str() == period;
        if agrees {
            Ok(())
        } else {
            Err(format!("{line:?}: the model says {status} {reason:?} {period:?}, the ack {ack}"))
        }
    }

    fn wire(&self, line: &Line) -> String {
        let Line { id, seen } = line;
        let crop = seen.crop.as_ref().map_or(String::new(), |crop| format!(r#","crop":"{crop}""#));
        let (ts, score) = (self.zone().rfc3339(id.at), seen.score);
        format!(
            "{{\"student\":\"{}\",\"score\":{score},\"ts\":\"{ts}\",\"camera\":\"{}\"{crop}}}\n",
            id.student, id.camera
        )
    }
}
