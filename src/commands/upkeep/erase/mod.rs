//! `attend student erase`: removes a student and all mentions, in steps short enough for a running ingest.
//!
//! It can be interrupted at any point and repeated: the names are stored until the search is complete. Texts that may
//! mean something else with the same name stay until a person decides.

mod places;
mod search;

use std::collections::BTreeSet;

use crate::commands::problem::{Kind, Problem};
use crate::commands::register::plan::{self, Consent, Edited, Entry, PlannedDeed};
use crate::commands::register::refold::Touched;
use crate::commands::{Caller, lookup};
use crate::domain::register::effect::Effect;
use crate::domain::roll::student::StudentId;
use crate::domain::time::Instant;
use crate::domain::upkeep::erasure::{Called, DoubtfulPlace, Removed, Strikes, Tombstone, tombstone};
use crate::failure::{Failure, Result};
use crate::store::evidence::reviews;
use crate::store::roll::aliases;
use crate::store::upkeep::erasure::{self, Erasing, Place, SharedText};
use crate::store::upkeep::{audit, secure_delete};
use crate::store::{Connection, Store, StoreError};

use places::{Mentions, look_everywhere};
use search::search;

/// Options of an erasure.
#[derive(Debug)]
pub struct Request<'a> {
    /// The code.
    pub code: &'a str,
    /// The reason. It is kept in the audit log, so it must not name the student.
    pub reason: &'a str,
    /// The doubtful places to strike.
    pub strikes: Strikes<'a>,
    /// Only count.
    pub dry_run: bool,
}

/// Agrees to an erasure, and receives its crops and its progress.
pub trait Witness {
    /// Agrees to the erasure of a student, once nothing is in its way. The name is unknown if it is erased already. An
    /// error refuses.
    fn agree(&mut self, code: &str, name: Option<&str>) -> Result<()>;
    /// Whether there is a target for the paths of crops.
    fn takes_crops(&self) -> bool;
    /// Takes the paths of all crops. After this they are deleted from the database.
    fn crops(&mut self, paths: &[String]) -> Result<()>;
    /// Takes the number of finished steps and of all steps. An error interrupts the erasure.
    fn progress(&mut self, done: u64, total: u64) -> Result<()>;
}

/// Counts of erased rows.
#[derive(Debug)]
pub struct Receipt {
    /// Its number. `None` if nothing was erased.
    pub number: Option<u32>,
    /// By kind.
    pub removed: Removed,
    /// The doubtful places, which stay until a person decides.
    pub doubts: Vec<DoubtfulPlace>,
    /// Names of periods, cameras and others that may name the student. They stay until a person changes them.
    pub names: Vec<DoubtfulPlace>,
    /// The effect on registers of other students. `None` if it was told when the erasure began.
    pub effect: Option<Effect>,
    /// Whether the file was rewritten because it still contained deleted bytes, or the error of cleaning the
    /// files.
    pub rewritten: Result<bool, StoreError>,
}

/// Erases a student. A dry run only counts.
pub fn run(
    store: &mut Store,
    request: &Request,
    caller: &Caller,
    witness: &mut dyn Witness,
) -> Result<Receipt> {
    let (mark, who) = store.read(|conn| find(conn, request.code, caller))?;
    let asked = Erasure { mark: &mark, request, caller };
    match who {
        Who::Student(student, code, name) => erase(store, student, (&code, &name), asked, witness),
        Who::UnderWay(erasing) => resume(store, &erasing, asked, witness),
        Who::Erased => strike_later(store, asked, witness),
    }
}

/// An erasure as it was asked for, with the fingerprint of its code.
#[derive(Clone, Copy)]
struct Erasure<'w> {
    mark: &'w Tombstone,
    request: &'w Request<'w>,
    caller: &'w Caller,
}

/// Erases a student on the roll.
fn erase(
    store: &mut Store,
    student: StudentId,
    named: (&str, &str),
    asked: Erasure,
    witness: &mut dyn Witness,
) -> Result<Receipt> {
    let Erasure { mark, request, caller } = asked;
    let (code, name) = named;
    let aliases = store.read(|conn| aliases::own(conn, student))?;
    let called = Called::new(code, name).or(aliases);
    check(store, student, &called, Removed::default(), request, witness)?;
    let begin = |conn: &Connection| match erasure::under_way(conn, mark)? {
        Some(_) => Ok(Edited { done: (), effect: Effect::default() }), // Another process has begun meanwhile.
        None => begin(conn, student, (code, name, called.aliases()), mark, caller),
    };
    if request.dry_run {
        // Without a sighting that others have, nothing is tried, so the write lock is not needed.
        let reviews = store.read(reviews::all)?;
        let effect = match reviews.given_away(student).next() {
            Some(_) => plan::carry_out(store, Consent::DryRun, begin)?.effect,
            None => Effect::default(),
        };
        let counted = counted(store, student, &called, request.strikes, Removed::default())?;
        return Ok(Receipt { effect: Some(effect), ..counted });
    }
    witness.agree(code, Some(name))?;
    let effect = plan::carry_out(store, Consent::Given, begin)?.effect;
    let receipt = complete(store, &Erasing { student, called, removed: Removed::default() }, asked, witness)?;
    Ok(Receipt { effect: Some(effect), ..receipt })
}

/// Continues an erasure that was interrupted.
fn resume(
    store: &mut Store,
    erasing: &Erasing,
    asked: Erasure,
    witness: &mut dyn Witness,
) -> Result<Receipt> {
    let Erasing { student, called, removed } = erasing;
    check(store, *student, called, *removed, asked.request, witness)?;
    if asked.request.dry_run {
        return counted(store, *student, called, asked.request.strikes, *removed);
    }
    witness.agree(asked.request.code, None)?;
    complete(store, erasing, asked, witness)
}

/// Searches for mentions, hands the crops over, and removes the names last.
fn complete(
    store: &mut Store,
    erasing: &Erasing,
    asked: Erasure,
    witness: &mut dyn Witness,
) -> Result<Receipt> {
    let Erasure { mark, request, caller } = asked;
    let mut progress = |done, total| witness.progress(done, total);
    let Mentions { doubts, names } = search(store, erasing, mark, request.strikes, &mut progress)?;
    let crops = store.read(|conn| erasure::crops(conn, erasing.student))?;
    if !crops.is_empty() {
        witness.crops(&crops)?;
    }
    store.read(erasure::list::update)?;
    let (number, removed) = store.write(|conn| finish(conn, erasing, mark, request, caller))?;
    let rewritten = settle(store, &erasing.called);
    Ok(Receipt { number: Some(number), removed, doubts, names, effect: None, rewritten })
}

/// Begins an erasure. Sightings of the student that a person had given to others go with it, so the registers of
/// those follow, and each of them gets a row in the audit log.
fn begin(
    conn: &Connection,
    student: StudentId,
    named: (&str, &str, &[String]),
    mark: &Tombstone,
    caller: &Caller,
) -> Result<Edited<()>> {
    let given: Vec<(Instant, StudentId)> = reviews::all(conn)?.given_away(student).collect();
    let others: BTreeSet<StudentId> = given.iter().map(|(_, to)| *to).collect();
    let deed = PlannedDeed { action: "student erase", reason: None, caller };
    let effect = plan::edit(conn, &Touched::of_sightings(given), deed, || {
        erasure::begin(conn, student, named, mark, caller.now)?;
        let detail = "a sighting reassigned to this student was erased";
        Ok(others.into_iter().map(|to| Entry { about: Some(to), detail: detail.to_owned() }).collect())
    })?;
    Ok(Edited { done: (), effect })
}

/// The owner of a code.
enum Who {
    /// A student on the roll, with code and name.
    Student(StudentId, String, String),
    /// A student whose erasure was interrupted.
    UnderWay(Erasing),
    /// The owner was erased.
    Erased,
}

fn find(conn: &Connection, code: &str, caller: &Caller) -> Result<(Tombstone, Who)> {
    let mark = tombstone(&erasure::key(conn)?, code);
    if let Some(erasing) = erasure::under_way(conn, &mark)? {
        return Ok((mark, Who::UnderWay(erasing)));
    }
    if erasure::erased_at(conn, &mark)?.is_some() {
        return Ok((mark, Who::Erased));
    }
    // A name may be that of another student, and nothing brings an erased one back.
    let stored = lookup::known_student(conn, code, caller.now)?;
    let mark = tombstone(&erasure::key(conn)?, &stored.student.code);
    Ok((mark, Who::Student(stored.id, stored.student.code, stored.student.name)))
}

/// Checks for obstacles before anything is changed.
fn check(
    store: &mut Store,
    student: StudentId,
    called: &Called,
    removed: Removed,
    request: &Request,
    witness: &dyn Witness,
) -> Result<()> {
    if called.mentioned_in(request.reason) {
        return Err(Problem::new(Kind::Refused, "the reason names the student, and it is kept")
            .hint("write it without the code and the name; nothing was erased")
            .into());
    }
    refuse_unknown_places(store, (student, called), request.strikes)?;
    if request.dry_run || witness.takes_crops() {
        return Ok(());
    }
    let crops = store.read(|conn| erasure::count(conn, student))?.crops;
    if crops > 0 {
        let begun = if removed == Removed::default() { "nothing was erased" } else { "the rest waits" };
        let files =
            if crops == 1 { "1 image file shows".to_owned() } else { format!("{crops} image files show") };
        let message = format!("{files} this student, and only you can delete them");
        let hint = format!("--crops crops.txt writes their paths to a file; {begun}");
        return Err(Problem::new(Kind::Refused, message).hint(hint).into());
    }
    Ok(())
}

/// Refuses to strike a place that does not mention the student.
fn refuse_unknown_places(store: &mut Store, whom: (StudentId, &Called), strikes: Strikes) -> Result<()> {
    if strikes.named().next().is_none() {
        return Ok(());
    }
    let (_, Mentions { doubts, .. }) = look_everywhere(store, whom)?;
    match strikes.named().find(|place| !doubts.iter().any(|doubt| doubt.place == *place)) {
        Some(place) => Err(unknown_place(place)),
        None => Ok(()),
    }
}

fn unknown_place(place: &str) -> Failure {
    if Place::is_name(place) {
        return Problem::new(Kind::Refused, format!("{place} is a name, so it cannot be removed"))
            .hint("change it with its own command, such as attend period edit or attend camera edit")
            .into();
    }
    Problem::new(Kind::Refused, format!("the receipt lists no text at {place}"))
        .hint("the receipt of attend student erase lists the places, also with --dry-run")
        .into()
}

/// Counts the rows that an erasure would remove, and those already removed.
fn counted(
    store: &mut Store,
    student: StudentId,
    called: &Called,
    strikes: Strikes,
    gone: Removed,
) -> Result<Receipt> {
    let mut removed = store.read(|conn| erasure::count(conn, student))?;
    let (certain, Mentions { doubts, names }) = look_everywhere(store, (student, called))?;
    removed.add(&certain);
    removed.add(&gone);
    let (struck, doubts): (Vec<DoubtfulPlace>, Vec<DoubtfulPlace>) =
        doubts.into_iter().partition(|doubt| strikes.holds(&doubt.place));
    for doubt in struck {
        match Place::named(&doubt.place) {
            Some((place, _)) => place.count(&mut removed, 1),
            None => removed.texts += 1,
        }
    }
    Ok(Receipt { number: None, removed, doubts, names, effect: None, rewritten: Ok(false) })
}

/// Deletes the names, and adds the receipt to the audit log.
fn finish(
    conn: &Connection,
    erasing: &Erasing,
    mark: &Tombstone,
    request: &Request,
    caller: &Caller,
) -> Result<(u32, Removed)> {
    let crops = erasure::crops(conn, erasing.student)?.len();
    let gone = erasure::under_way(conn, mark)?.map_or_else(Removed::default, |erasing| erasing.removed);
    let removed = Removed { crops: u32::try_from(crops).unwrap_or(u32::MAX), ..gone };
    erasure::finish(conn, erasing.student)?;
    let number = erasure::list::number(conn, mark)?;
    audit::add(conn, &caller.deed("student erase", detail(number, request, &removed)))?;
    Ok((number, removed))
}

fn detail(receipt: u32, request: &Request, removed: &Removed) -> String {
    format!("receipt {receipt}: {}: {}", request.reason, removed.told())
}

/// Cleans the files. The log holds old pages until it is emptied, and a page may keep a copy of cells that
/// were moved to another page. Returns whether the file was rewritten.
fn settle(store: &mut Store, called: &Called) -> Result<bool, StoreError> {
    let conn = store.connection();
    secure_delete::empty_log(conn)?;
    let found = secure_delete::any_in_file(conn, &called.spellings())?;
    if found {
        secure_delete::rewrite(conn)?;
    }
    Ok(found)
}

/// Repeats the erasure of a student: strikes doubtful places that are now named with `--strike`. The name
/// was deleted, so the file cannot be searched for it and is rewritten.
fn strike_later(store: &mut Store, asked: Erasure, witness: &mut dyn Witness) -> Result<Receipt> {
    let Erasure { mark, request, caller } = asked;
    let places = store.read(|conn| decided(conn, mark, request.strikes))?;
    let mut removed = Removed::default();
    if request.dry_run {
        let (doubts, names) = Default::default();
        return Ok(Receipt { number: None, removed, doubts, names, effect: None, rewritten: Ok(false) });
    }
    witness.agree(request.code, None)?;
    store.read(erasure::list::update)?;
    let number = store.write(|conn| -> Result<u32> {
        let number = erasure::list::number(conn, mark)?;
        for name in &places {
            if let Some((place, key)) = Place::named(name) {
                place.count(&mut removed, place.strike(conn, key)?);
            } else if let Some((kind, text)) = SharedText::named(name) {
                removed.texts += u32::try_from(kind.strike(conn, text)?).unwrap_or(u32::MAX);
            }
            erasure::settle_doubt(conn, mark, name)?;
        }
        if removed != Removed::default() {
            audit::add(conn, &caller.deed("student erase", detail(number, request, &removed)))?;
        }
        Ok(number)
    })?;
    let rewritten = secure_delete::rewrite(store.connection()).map(|()| true);
    let (doubts, names) = Default::default();
    Ok(Receipt { number: Some(number), removed, doubts, names, effect: None, rewritten })
}

/// The places to strike of a student who is erased already: those that were stored as doubtful, and those that tell
/// their text and so are never stored. Refuses any other.
fn decided(conn: &Connection, mark: &Tombstone, strikes: Strikes) -> Result<Vec<String>> {
    let stored = erasure::doubts(conn, mark)?;
    let tells_text = |place: &str| {
        SharedText::named(place).is_some() || Place::named(place).is_some_and(|(place, _)| place.tells_text())
    };
    let is_known = |place: &str| {
        !Place::is_name(place) && (tells_text(place) || stored.iter().any(|known| known == place))
    };
    if let Some(place) = strikes.named().find(|place| !is_known(place)) {
        return Err(unknown_place(place));
    }
    let unstored = strikes.named().filter(|place| tells_text(place)).map(str::to_owned);
    let unstored: Vec<String> = unstored.collect();
    Ok(stored.into_iter().filter(|place| strikes.holds(place)).chain(unstored).collect())
}

/// Refuses codes whose student was erased.
pub fn refuse_erased<'a>(conn: &Connection, codes: impl IntoIterator<Item = &'a str>) -> Result<()> {
    if !erasure::any(conn)? {
        return Ok(());
    }
    let key = erasure::key(conn)?;
    for code in codes {
        if erasure::erased_at(conn, &tombstone(&key, code))?.is_some() {
            return Err(Problem::new(Kind::Refused, format!("student {code:?} was erased"))
                .hint(format!("if the same code is to be used again: attend student add {code} NAME --again"))
                .into());
        }
    }
    Ok(())
}

/// Allows the code of an erased student to be used again.
pub fn lift(conn: &Connection, code: &str) -> Result<()> {
    let mark = tombstone(&erasure::key(conn)?, code);
    if erasure::under_way(conn, &mark)?.is_some() {
        return Err(Problem::new(Kind::Refused, format!("the erasure of {code:?} was interrupted"))
            .hint(format!("attend student erase {code} --reason R completes it"))
            .into());
    }
    Ok(erasure::lift(conn, &mark)?)
}
