//! All data about one student, as one object.

use crate::domain::evidence::camera::CameraName;
use crate::domain::evidence::quarantine::Kept;
use crate::domain::evidence::recognition::Recognition;
use crate::domain::register::excuse::Excuse;
use crate::domain::register::mark::{Mark, MarkDecision};
use crate::domain::register::review::ReviewDecision;
use crate::domain::roll::enrolment::{Spell, Stretch};
use crate::domain::roll::holder::Held;
use crate::domain::time::{Instant, Zone};
use crate::domain::timetable::occurrence::Occurrence;
use crate::domain::upkeep::audit;
use crate::domain::upkeep::dossier::{Announced, Dossier};
use crate::report::Value;
use crate::report::register::records::object;

/// Names of members, each with its value.
type Object = Vec<(&'static str, Value)>;

/// The whole as members of one object.
pub(crate) fn members(dossier: &Dossier, now: Instant, zone: Zone) -> Object {
    let student = &dossier.student;
    vec![
        ("report", "student".into()),
        ("as_of", now.into()),
        ("student", (&student.code).into()),
        ("name", (&student.name).into()),
        ("group", student.group.as_ref().into()),
        ("active", student.active.into()),
        ("enrolments", list(&dossier.enrolments, enrolment)),
        ("aliases", list(&dossier.aliases, alias)),
        ("records", list(&dossier.entries, |judged| object(judged, &SAID_ONCE, zone))),
        ("marks", list(&dossier.marks, mark)),
        ("excuses", list(&dossier.excuses, excuse)),
        ("reviews", list(&dossier.decisions, decision)),
        ("recognitions", list(&dossier.recognitions, recognition)),
        ("announced", list(&dossier.announced, announced)),
        ("quarantine", list(&dossier.quarantine, refused)),
        ("audit", list(&dossier.deeds, deed)),
    ]
}

/// Columns shown once, not with every record.
const SAID_ONCE: [&str; 2] = ["student", "name"];

fn list<T>(items: &[T], members: impl Fn(&T) -> Object) -> Value {
    Value::List(items.iter().map(|item| Value::Object(members(item))).collect())
}

fn enrolment(spell: &Spell) -> Object {
    let [from, until] = span(spell.stretch);
    vec![from, until, ("group", spell.group.as_ref().into())]
}

fn alias(held: &Held) -> Object {
    let [from, until] = span(held.stretch);
    vec![("alias", held.alias.to_string().into()), from, until]
}

/// `until` does not belong to it, and an open end is nothing.
fn span(Stretch { from, until }: Stretch) -> [(&'static str, Value); 2] {
    let from = (from != Stretch::ALWAYS).then_some(from);
    let until = (until != Stretch::OPEN_END).then_some(until);
    [("from", from.into()), ("until", until.into())]
}

fn mark((occurrence, mark): &(Occurrence, Mark)) -> Object {
    vec![
        ("at", mark.at.into()),
        ("date", occurrence.date.into()),
        ("period", (&occurrence.period).into()),
        ("decision", mark.decision.map(MarkDecision::word).into()),
        ("minutes", mark.decision.and_then(MarkDecision::minutes).into()),
        ("by", (&mark.by).into()),
        ("reason", mark.reason.as_ref().into()),
    ]
}

fn excuse(excuse: &Excuse) -> Object {
    let taken_back = excuse.taken_back.as_ref();
    vec![
        ("at", excuse.at.into()),
        ("excuse", excuse.kind.word().into()),
        ("from", excuse.stretch.from.into()),
        ("until", excuse.stretch.until.into()),
        ("by", (&excuse.by).into()),
        ("reason", excuse.reason.as_ref().into()),
        ("taken_back_by", taken_back.map(|(by, _)| by).into()),
        ("taken_back_at", taken_back.map(|(_, at)| *at).into()),
    ]
}

/// A decision about a sighting, without the other student it may be about.
fn decision((decision, camera): &(ReviewDecision, CameraName)) -> Object {
    vec![
        ("at", decision.at.into()),
        ("ts", decision.sighting.ts.into()),
        ("camera", camera.into()),
        ("decision", decision.verdict.word().into()),
        ("by", (&decision.by).into()),
        ("reason", decision.reason.as_ref().into()),
    ]
}

fn recognition(seen: &Recognition) -> Object {
    vec![
        ("ts", seen.ts.into()),
        ("camera", (&seen.camera.name).into()),
        ("score", seen.score.into()),
        ("crop", seen.crop.as_ref().into()),
    ]
}

fn announced(told: &Announced) -> Object {
    vec![
        ("feed", (&told.feed).into()),
        ("date", told.date.into()),
        ("period", (&told.period).into()),
        ("event", if told.retracted { "retracted" } else { "absent" }.into()),
    ]
}

fn refused(kept: &Kept) -> Object {
    vec![
        ("received_at", kept.received_at.into()),
        ("runner", (&kept.runner).into()),
        ("reason", kept.reason.word().into()),
        ("detail", (&kept.detail).into()),
        ("line", String::from_utf8_lossy(&kept.line).into_owned().into()),
    ]
}

fn deed(deed: &audit::Entry) -> Object {
    vec![
        ("at", deed.at.into()),
        ("by", (&deed.by).into()),
        ("action", (&deed.action).into()),
        ("detail", (&deed.detail).into()),
    ]
}
