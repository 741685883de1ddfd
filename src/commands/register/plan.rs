//! Edits that can change registers that have begun. An edit is carried out, its effect is measured, and it is rolled
//! back unless a person agreed. So a plan cannot differ from the edit.

use crate::commands::Caller;
use crate::commands::register::coverage::Cameras;
use crate::commands::register::entries;
use crate::commands::register::refold::{self, Touched};
use crate::domain::register::effect::{Effect, RegisterRow, Registers, Rows, Unconfirmed};
use crate::domain::roll::expectation::{Expectations, Roll};
use crate::domain::roll::student::{ALWAYS, OPEN_END, StudentId};
use crate::domain::time::Instant;
use crate::domain::timetable::occurrence::{Occurrence, Timetable};
use crate::domain::upkeep::audit::Deed;
use crate::failure::{Failure, Result};
use crate::store::register::expected::{self, Whose};
use crate::store::roll::enrolments;
use crate::store::timetable::schedule;
use crate::store::upkeep::audit;
use crate::store::{Connection, Store, StoreError};

/// The effects that a person agrees to.
#[derive(Debug, Clone, Copy)]
pub enum Consent<'p> {
    /// No effect: the edit is only shown.
    DryRun,
    /// Effects that need no consent.
    Unasked,
    /// One that was shown.
    To(&'p Effect),
    /// Any.
    Given,
}

/// The author of an edit, and its entry in the audit log.
#[derive(Debug, Clone, Copy)]
pub struct PlannedDeed<'d> {
    /// The command.
    pub action: &'static str,
    /// Why, if it was said.
    pub reason: Option<&'d str>,
    /// The author and the instant.
    pub caller: &'d Caller,
}

/// An edit that was carried out, or only shown.
#[derive(Debug)]
pub struct Edited<T> {
    /// The result of the edit.
    pub done: T,
    /// The effect on registers that have begun.
    pub effect: Effect,
}

/// Does `work`, and commits it if `consent` covers its effect.
///
/// # Errors
/// [`Unconfirmed`] where it does not.
pub fn carry_out<T>(
    store: &mut Store,
    consent: Consent,
    work: impl FnOnce(&Connection) -> Result<Edited<T>>,
) -> Result<Edited<T>> {
    let kept = store.write(|conn| {
        let edited = work(conn).map_err(Undone::Failed)?;
        match consent {
            Consent::DryRun => Err(Undone::Shown(edited.into())),
            Consent::Unasked if edited.effect.must_be_shown() => Err(Undone::unconfirmed(edited)),
            Consent::To(shown) if *shown != edited.effect => Err(Undone::unconfirmed(edited)),
            Consent::Unasked | Consent::To(_) | Consent::Given => Ok(edited),
        }
    });
    match kept {
        Ok(edited) => Ok(edited),
        Err(Undone::Shown(edited)) => Ok(*edited),
        Err(Undone::Failed(error)) => Err(error),
    }
}

/// An edit that is rolled back.
enum Undone<T> {
    Shown(Box<Edited<T>>),
    Failed(Failure),
}

impl<T> Undone<T> {
    fn unconfirmed(edited: Edited<T>) -> Self {
        Self::Failed(Unconfirmed { effect: edited.effect.into() }.into())
    }
}

impl<T> From<StoreError> for Undone<T> {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

/// A future entry of the audit log.
#[derive(Debug)]
pub struct Entry {
    /// The student it is about.
    pub about: Option<StudentId>,
    /// The details.
    pub detail: String,
}

impl From<String> for Entry {
    fn from(detail: String) -> Self {
        Self { about: None, detail }
    }
}

/// Does `work`, folds the affected records again, and adds the returned entries to the audit log, with the reason and
/// the effect on registers that have begun.
pub fn edit(
    conn: &Connection,
    touched: &Touched,
    deed: PlannedDeed,
    work: impl FnOnce() -> Result<Vec<Entry>>,
) -> Result<Effect> {
    // The first schedule of a school does not ask, because no register had begun before it.
    let first = !schedule::any_started(conn, deed.caller.now)?;
    let before = registers(conn, touched, deed.caller)?;
    let mut entries = work()?;
    refold::touched(conn, touched, deed.caller)?;
    let after = if first { Registers::new() } else { registers(conn, touched, deed.caller)? };
    let effect = Effect::between(before, after);
    let mut more: Vec<String> = deed.reason.map(str::to_owned).into_iter().collect();
    if effect.rows() > 0 {
        more.push(format!("changed {}", effect.told()));
    }
    if entries.len() > 1 && !more.is_empty() {
        entries.push(Entry { about: None, detail: String::new() });
    }
    if let Some(last) = entries.last_mut() {
        let told = std::iter::once(std::mem::take(&mut last.detail)).chain(more);
        last.detail = told.filter(|words| !words.is_empty()).collect::<Vec<_>>().join("; ");
    }
    for Entry { about, detail } in entries {
        audit::add(conn, &Deed { student: about, ..deed.caller.deed(deed.action, detail) })?;
    }
    Ok(effect)
}

/// The rows of all registers that have begun and may be affected.
fn registers(conn: &Connection, touched: &Touched, caller: &Caller) -> Result<Registers> {
    let timetable = Timetable::new(schedule::occurrences(conn, ALWAYS..=OPEN_END)?);
    let begun = timetable.sharing(&touched.windows).filter(|o| o.has_begun(caller.now));
    let begun: Vec<Occurrence> = begun.cloned().collect();
    if begun.is_empty() {
        return Ok(Registers::new());
    }
    let single = touched.whom.as_ref().and_then(refold::Whom::single);
    let (roll, whose) = match single {
        Some(student) => (Roll::single(student, enrolments::of(conn, student)?), Whose::One(student)),
        None => (enrolments::roll(conn, &Instant::EVER)?, Whose::ByCode),
    };
    let expectations = Expectations::new(roll, timetable);
    let cameras = Cameras::read(conn)?;
    let mut registers = Registers::new();
    for occurrence in begun {
        let coverage = cameras.coverage(conn, &occurrence, caller.now)?;
        let mut rows = Rows::new();
        expected::each_expected(conn, &occurrence, &expectations, whose, |known| -> Result<()> {
            if touched.is_about(known.id) {
                let entry = entries::entry(&occurrence, caller.now, &coverage, known);
                let row = RegisterRow::from(&entry);
                rows.insert(entry.code, (entry.name, row));
            }
            Ok(())
        })?;
        registers.insert(occurrence.id, (occurrence, rows));
    }
    Ok(registers)
}
