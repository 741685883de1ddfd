//! `attend student alias`: gives cards, PINs and names in face libraries to students, and takes them away.

use crate::commands::lookup;
use crate::commands::problem::{Kind, Problem};
use crate::commands::register::plan::{self, Consent, Edited, Entry, PlannedDeed};
use crate::commands::register::refold::Touched;
use crate::commands::roll::handover;
use crate::commands::roll::start::Start;
use crate::domain::roll::alias::{Alias, AliasKind};
use crate::domain::roll::enrolment::{EnrolmentSource, Stretch};
use crate::domain::roll::holder::Held;
use crate::domain::roll::student::StudentId;
use crate::domain::time::Instant;
use crate::domain::time::calendar::When;
use crate::failure::Result;
use crate::store::roll::{aliases, enrolments, students};
use crate::store::{Connection, Store};

/// Changes of the aliases of one student.
#[derive(Debug)]
pub(crate) struct Edit {
    /// Given to the student.
    pub give: Vec<Alias>,
    /// Taken from the student.
    pub remove: Vec<Alias>,
    /// When it takes effect. `None`: now. An alias that no student ever had takes effect for all time, so that lines in
    /// quarantine count, unless its value named another student.
    pub from: Option<When>,
    /// Whether an alias is taken from a holder who is on the roll.
    pub take_over: bool,
}

/// Changes the aliases of a student. Returns a warning for each whose value also names another student.
pub(crate) fn edit(
    store: &mut Store,
    code: &str,
    edit: &Edit,
    consent: Consent,
    deed: PlannedDeed,
) -> Result<Edited<Vec<String>>> {
    plan::carry_out(store, consent, |conn| {
        let start = Start::read(conn, edit.from, deed.caller)?;
        let student = lookup::student(conn, code, start.at)?;
        let mut warnings = Vec::new();
        let changed: Vec<&Alias> = edit.give.iter().chain(&edit.remove).collect();
        let past = start.is_past();
        let touched = match past {
            true => handover::touched(conn, &changed, student.id, start.at)?,
            false => Touched::default(),
        };
        let effect = plan::edit(conn, &touched, deed, || {
            let mut told = Vec::new();
            for alias in &edit.remove {
                remove(conn, student.id, alias, start.at)?;
                told.push(format!("without {}", alias.kind.word()));
            }
            for alias in &edit.give {
                let at = begins(conn, student.id, alias, start)?;
                if edit.take_over {
                    end_others(conn, student.id, alias, at)?;
                }
                if let Some(held) = give(conn, student.id, alias, at, EnrolmentSource::Hand)? {
                    let hint = |code: &str| {
                        format!("--take-over takes it from {code}, with --from if it changed hands before")
                    };
                    return Err(taken(conn, &held, hint)?.into());
                }
                let shared = Shared::find(conn, student.id, alias)?.filter(|shared| shared.goes_on(at));
                warnings.extend(shared.map(|shared| shared.warning(alias)));
                told.push(format!("with {}", alias.kind.word()));
            }
            for alias in changed.iter().filter(|_| past) {
                handover::follow(conn, Some(&alias.value), start.at, deed.caller)?;
            }
            Ok(vec![Entry { about: Some(student.id), detail: start.told(told.join(", ")) }])
        })?;
        Ok(Edited { done: warnings, effect })
    })
}

/// Another student whom the value of an alias names, too.
enum Shared {
    /// It is the code of this student, and a code goes before an alias.
    Code(StudentId),
    /// It is an alias of another kind. While both hold, the value alone names nobody.
    Other(Held),
}

impl Shared {
    fn find(conn: &Connection, student: StudentId, alias: &Alias) -> Result<Option<Self>> {
        if alias.kind == AliasKind::Sis {
            return Ok(None);
        }
        if let Some(owner) = students::id(conn, &alias.value)?.filter(|owner| *owner != student) {
            return Ok(Some(Self::Code(owner)));
        }
        let mut others = held_by_others(conn, &alias.value, Some(student))?;
        Ok(others.find(|held| held.alias.kind != alias.kind).map(Self::Other))
    }

    /// Whether it still does after an instant.
    fn goes_on(&self, at: Instant) -> bool {
        match self {
            Self::Code(_) => true,
            Self::Other(held) => held.stretch.until > at,
        }
    }

    fn warning(&self, alias: &Alias) -> String {
        let (value, told) = (&alias.value, alias.to_string());
        match self {
            Self::Code(_) => {
                format!("{value:?} is the code of another student: only lines that say {told:?} count here")
            }
            Self::Other(held) => {
                let other = held.alias.to_string();
                format!(
                    "another student has {other:?}: only lines that say {told:?}, not {value:?}, count here"
                )
            }
        }
    }
}

/// The aliases that other students have or had, and that lines may name by this value alone.
fn held_by_others(
    conn: &Connection,
    value: &str,
    student: Option<StudentId>,
) -> Result<impl Iterator<Item = Held>> {
    let named = aliases::named(conn, value)?.into_iter();
    Ok(named.filter(move |held| Some(held.student) != student && held.alias.is_named_by(value)))
}

/// A warning if the code of a student who joins is the value of another's alias, because a code goes before an alias.
pub(super) fn code_is_alias(conn: &Connection, code: &str, start: Start) -> Result<Option<String>> {
    let mut others = held_by_others(conn, code, students::id(conn, code)?)?;
    Ok(others.find(|held| held.stretch.until > start.at).map(|held| {
        let alias = held.alias.to_string();
        let from = if start.is_asked() { "from then on" } else { "from now on" };
        format!(
            "another student has {alias:?}: {from} only lines that say {alias:?}, not {code:?}, count there"
        )
    }))
}

fn remove(conn: &Connection, student: StudentId, alias: &Alias, at: Instant) -> Result<()> {
    let held = aliases::holders(conn, alias)?.into_iter();
    let own: Vec<Held> = held.filter(|held| held.student == student && held.stretch.until > at).collect();
    if own.is_empty() {
        return Err(Problem::new(
            Kind::Refused,
            format!("the student does not have {:?} then", alias.to_string()),
        )
        .hint("attend student show CODE lists the aliases")
        .into());
    }
    Ok(own.iter().try_for_each(|held| aliases::end(conn, held, at))?)
}

/// Ends the stretches in which other students have an alias from an instant on.
fn end_others(conn: &Connection, student: StudentId, alias: &Alias, at: Instant) -> Result<()> {
    let held = aliases::holders(conn, alias)?.into_iter();
    let others: Vec<Held> = held.filter(|held| held.student != student && held.stretch.until > at).collect();
    Ok(others.iter().try_for_each(|held| aliases::end(conn, held, at))?)
}

/// When an alias takes effect. Without a requested instant, one that no student ever had takes effect for all time,
/// unless its value alone named another student at some time: earlier lines are about that one.
pub(super) fn begins(conn: &Connection, student: StudentId, alias: &Alias, start: Start) -> Result<Instant> {
    if start.is_asked() || !aliases::holders(conn, alias)?.is_empty() {
        return Ok(start.at);
    }
    let named_another = match Shared::find(conn, student, alias)? {
        None => false,
        Some(Shared::Code(owner)) => enrolments::of(conn, owner)?.first() != Some(Stretch::ALWAYS),
        Some(Shared::Other(_)) => true,
    };
    Ok(if named_another { start.at } else { Stretch::ALWAYS })
}

/// Gives an alias to a student from an instant on. A holder who is not on the roll then loses it. If the holder is on the
/// roll, changes nothing and returns the holder. An import leaves a student who has it already, and loses it as planned, alone.
pub(super) fn give(
    conn: &Connection,
    student: StudentId,
    alias: &Alias,
    at: Instant,
    source: EnrolmentSource,
) -> Result<Option<Held>> {
    let stretch = Stretch::since(at);
    let later: Vec<Held> =
        aliases::holders(conn, alias)?.into_iter().filter(|held| held.stretch.until > at).collect();
    let owns = |held: &&Held| held.student == student && held.stretch.from <= at;
    let stays = |held: &Held| source == EnrolmentSource::Import || held.stretch.until == Stretch::OPEN_END;
    if later.iter().any(|held| owns(&held) && stays(held)) {
        return Ok(None);
    }
    for held in &later {
        if held.student != student && is_enrolled(conn, held, stretch)? {
            return Ok(Some(held.clone()));
        }
    }
    later.iter().try_for_each(|held| aliases::end(conn, held, at))?;
    // If the student had it until then, the stretch continues, with its author.
    let before = later.iter().find(owns);
    let (from, source) = before.map_or((at, source), |held| (held.stretch.from, held.source));
    if let Some(before) = before {
        aliases::end(conn, before, before.stretch.from)?;
    }
    let held = Held { alias: alias.clone(), student, stretch: Stretch { from, ..stretch }, source };
    aliases::insert(conn, &held)?;
    Ok(None)
}

/// Whether the holder of an alias is on the roll while another student would have it.
fn is_enrolled(conn: &Connection, held: &Held, other: Stretch) -> Result<bool> {
    let (from, until) = (held.stretch.from.max(other.from), held.stretch.until.min(other.until));
    let enrolled = enrolments::of(conn, held.student)?;
    Ok(enrolled.stretches.iter().any(|stretch| stretch.from < until && from < stretch.until))
}

/// The refusal of an alias that another student has, with a hint about that student's code.
pub(super) fn taken(conn: &Connection, held: &Held, hint: impl FnOnce(&str) -> String) -> Result<Problem> {
    let code = students::named(conn, held.student)?.map_or_else(String::new, |(code, _)| code);
    let alias = held.alias.to_string();
    let message = format!("student {code:?} has {alias:?} then");
    Ok(Problem::new(Kind::Refused, message).hint(hint(&code)))
}
