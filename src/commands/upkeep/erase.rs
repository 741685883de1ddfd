//! `attend student erase`: every trace of a student goes, in steps short enough for a running ingest.
//!
//! It can be cut short at any point and asked for again: whatever the first step has not removed is
//! remembered until it is gone.

use anyhow::Result;

use crate::commands::problem::{Kind, Problem};
use crate::commands::{Caller, lookup};
use crate::domain::time::{Instant, Span};
use crate::domain::upkeep::erasure::{Called, Removed, Tombstone, tombstone};
use crate::store::upkeep::erasure::{self, Erasing, PLACES, Place};
use crate::store::upkeep::{audit, secure_delete};
use crate::store::{Connection, Store, StoreError, Value};

/// Who is to be erased.
#[derive(Debug)]
pub struct Request<'a> {
    /// The code.
    pub code: &'a str,
    /// Why; kept in the audit log, so it must not name the student.
    pub reason: &'a str,
    /// Only count.
    pub dry_run: bool,
}

/// What an erasure hands over and hears while it goes on.
pub trait Witness {
    /// Whether there is somewhere to write the paths of crops to.
    fn takes_crops(&self) -> bool;
    /// Gets the paths of all crops. Once this returns, attend forgets them.
    fn crops(&mut self, paths: &[String]) -> Result<()>;
    /// Hears how many of how many steps are done. An error cuts the erasure short.
    fn progress(&mut self, done: u64, total: u64) -> Result<()>;
}

/// What is gone.
#[derive(Debug)]
pub struct Receipt {
    /// By kind.
    pub removed: Removed,
    /// Whether the file had to be written anew, since deleted rows had left traces; an error where the
    /// files could not be seen to.
    pub rewritten: Result<bool, StoreError>,
}

/// Erases a student. A dry run counts what would go.
pub fn run(
    store: &mut Store,
    request: &Request,
    caller: &Caller,
    witness: &mut dyn Witness,
) -> Result<Receipt> {
    let (mark, who) = store.read(|conn| find(conn, request.code, caller))?;
    let erasing = match who {
        Who::Erased => return resettle(store, request.dry_run),
        Who::Student(student, code, name) => {
            let called = Called::new(&code, &name);
            check(store, student, &called, Removed::default(), request, witness)?;
            if request.dry_run {
                return counted(store, student, &called, Removed::default());
            }
            store.write(|conn| match erasure::under_way(conn, &mark)? {
                Some(_) => Ok(()), // Somebody else has begun meanwhile.
                None => erasure::begin(conn, student, (&code, &name), &mark, caller.now),
            })?;
            Erasing { student, called, removed: Removed::default() }
        }
        Who::UnderWay(erasing) => {
            check(store, erasing.student, &erasing.called, erasing.removed, request, witness)?;
            if request.dry_run {
                return counted(store, erasing.student, &erasing.called, erasing.removed);
            }
            erasing
        }
    };
    search(store, &erasing, witness)?;
    let crops = store.read(|conn| erasure::crops(conn, erasing.student))?;
    if !crops.is_empty() {
        witness.crops(&crops)?;
    }
    let removed = store.write(|conn| finish(conn, &erasing, &mark, request, caller))?;
    Ok(Receipt { removed, rewritten: settle(store, &erasing.called) })
}

/// Who a code belongs to.
enum Who {
    /// A student on the roll, with code and name.
    Student(i64, String, String),
    /// One whose erasure was cut short.
    UnderWay(Erasing),
    /// Nobody any more.
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
    let stored = lookup::student(conn, code, lookup::today(conn, caller)?)?;
    Ok((mark, Who::Student(stored.id, stored.student.code, stored.student.name)))
}

/// What forbids to begin, found out before anything is done.
fn check(
    store: &mut Store,
    student: i64,
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
    if request.dry_run || witness.takes_crops() {
        return Ok(());
    }
    let crops = store.read(|conn| erasure::count(conn, student))?.crops;
    if crops > 0 {
        let begun = if removed == Removed::default() { "nothing was erased" } else { "the rest waits" };
        let files =
            if crops == 1 { "1 image file shows".to_owned() } else { format!("{crops} image files show") };
        let message = format!("{files} the student, and attend does not delete what it does not keep");
        let hint = format!("--crops FILE writes down their paths, so that they can be; {begun}");
        return Err(Problem::new(Kind::Refused, message).hint(hint).into());
    }
    Ok(())
}

/// What would go, and what is gone already.
fn counted(store: &mut Store, student: i64, called: &Called, gone: Removed) -> Result<Receipt> {
    let mut removed = store.read(|conn| erasure::count(conn, student))?;
    for place in &PLACES {
        walk(store, place, (student, called), &mut |_, found| {
            place.count(&mut removed, found);
            Ok(())
        })?;
    }
    removed.add(&gone);
    Ok(Receipt { removed, rewritten: Ok(false) })
}

/// Passes every page of a place with mentions to `each`.
fn walk(
    store: &mut Store,
    place: &Place,
    (student, called): (i64, &Called),
    each: &mut dyn FnMut(&mut Store, &[Value]) -> Result<()>,
) -> Result<()> {
    let mut after = Value::Null;
    loop {
        let page = store.read(|conn| place.look(conn, &after, student, called))?;
        if !page.found.is_empty() {
            each(store, &page.found)?;
        }
        match page.next {
            Some(next) => after = next,
            None => return Ok(()),
        }
    }
}

/// Searches the big table day by day, then every place of free text.
fn search(store: &mut Store, erasing: &Erasing, witness: &mut dyn Witness) -> Result<()> {
    let student = erasing.student;
    let days = store.read(erasure::span)?.map_or_else(Vec::new, |(first, last)| slices(first, last));
    let total = (days.len() + PLACES.len()) as u64;
    let mut done = 0;
    let mut step = |done: &mut u64| {
        *done += 1;
        witness.progress(*done, total)
    };
    for (from, to) in days {
        let found = store.read(|conn| erasure::find(conn, student, from, to))?;
        if !found.is_empty() {
            store.write(|conn| erasure::remove(conn, student, &found))?;
        }
        step(&mut done)?;
    }
    for place in &PLACES {
        walk(store, place, (student, &erasing.called), &mut |store, found| {
            Ok(store.write(|conn| place.strike(conn, student, found))?)
        })?;
        step(&mut done)?;
    }
    Ok(())
}

/// Days of 24 hours from one instant to another.
fn slices(first: Instant, last: Instant) -> Vec<(Instant, Instant)> {
    let mut slices = Vec::new();
    let mut from = first;
    while from <= last {
        let next = from + Span::days(1);
        slices.push((from, next - Span::from_micros(1)));
        from = next;
    }
    slices
}

/// Forgets who it was, and leaves the receipt in the audit log.
fn finish(
    conn: &Connection,
    erasing: &Erasing,
    mark: &Tombstone,
    request: &Request,
    caller: &Caller,
) -> Result<Removed> {
    let crops = erasure::crops(conn, erasing.student)?.len();
    let gone = erasure::under_way(conn, mark)?.map_or_else(Removed::default, |erasing| erasing.removed);
    let removed = Removed { crops: u32::try_from(crops).unwrap_or(u32::MAX), ..gone };
    erasure::finish(conn, erasing.student)?;
    let detail = format!("{}: {}", request.reason, removed.told());
    audit::add(conn, &caller.deed("student erase", detail))?;
    Ok(removed)
}

/// Sees to the files: the log holds old pages until it is emptied, and a page may keep a copy of what
/// was moved out of it. Says whether that was so.
fn settle(store: &mut Store, called: &Called) -> Result<bool, StoreError> {
    let conn = store.connection();
    secure_delete::empty_log(conn)?;
    let found = secure_delete::any_in_file(conn, &called.spellings())?;
    if found {
        secure_delete::rewrite(conn)?;
    }
    Ok(found)
}

/// Asked again for a student who is gone: perhaps it was cut short before the files were seen to. The name
/// is no longer known, so there is nothing to look for: the file is written anew.
fn resettle(store: &mut Store, dry_run: bool) -> Result<Receipt> {
    let rewritten =
        if dry_run { Ok(false) } else { secure_delete::rewrite(store.connection()).map(|()| true) };
    Ok(Receipt { removed: Removed::default(), rewritten })
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

/// Lets a code be used again whose student was erased.
pub fn lift(conn: &Connection, code: &str) -> Result<()> {
    let mark = tombstone(&erasure::key(conn)?, code);
    if erasure::under_way(conn, &mark)?.is_some() {
        return Err(Problem::new(Kind::Refused, format!("the erasure of {code:?} was cut short"))
            .hint(format!("attend student erase {code} --reason R completes it"))
            .into());
    }
    Ok(erasure::lift(conn, &mark)?)
}
