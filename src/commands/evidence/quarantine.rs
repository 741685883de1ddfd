//! Quarantine: lists, retries and drops refused lines.

use std::collections::BTreeMap;

use crate::commands::Caller;
use crate::commands::ingest::answer::Incoming;
use crate::commands::ingest::batch::BatchWriter;
use crate::commands::problem::{Kind, Problem};
use crate::domain::count::counted;
use crate::domain::evidence::quarantine::{Kept, QuarantineSelection, UnknownName};
use crate::domain::evidence::reason::Reason;
use crate::domain::time::Zone;
use crate::failure::Result;
use crate::store::evidence::quarantine;
use crate::store::upkeep::audit;
use crate::store::{Connection, Store, StoreError, settings};
use crate::wire::line::{Message, parse};
use crate::wire::refusal::Refusal;

/// Lines read and tried at a time.
const BATCH: u32 = 1_000;

/// Passes every line of a selection to `each`, the oldest first.
pub(crate) fn list(
    store: &mut Store,
    selection: &QuarantineSelection,
    mut each: impl FnMut(&Kept) -> Result<()>,
) -> Result<()> {
    store.read(|conn| walk(conn, selection, &mut each))
}

/// The same within a transaction. Lines are read a few at a time.
pub(crate) fn walk(
    conn: &Connection,
    selection: &QuarantineSelection,
    mut each: impl FnMut(&Kept) -> Result<()>,
) -> Result<()> {
    let mut after = 0;
    loop {
        let batch = quarantine::list(conn, selection, after, BATCH)?;
        let Some(last) = batch.last() else {
            return Ok(());
        };
        after = last.id;
        batch.iter().try_for_each(&mut each)?;
    }
}

/// The identities of lines whose student is not on the roll, those with the most lines first.
pub(crate) fn unknown_names(kept: &[Kept]) -> Vec<UnknownName> {
    let mut names: BTreeMap<String, UnknownName> = BTreeMap::new();
    for kept in kept.iter().filter(|kept| kept.reason == Reason::UnknownStudent) {
        let Ok(Message::Recognition(sighting)) = parse(&kept.line) else { continue };
        let identity = sighting.student.to_string();
        let first = || UnknownName { identity: identity.clone(), lines: 0, last: kept.received_at };
        let name = names.entry(identity.clone()).or_insert_with(first);
        name.lines += 1;
        name.last = name.last.max(kept.received_at);
    }
    let mut names: Vec<UnknownName> = names.into_values().collect();
    names.sort_by_key(|name| std::cmp::Reverse(name.lines));
    names
}

/// The zone for showing arrivals.
pub(crate) fn zone(store: &mut Store) -> Result<Zone> {
    store.read(|conn| Ok(settings::load(conn)?.zone))
}

/// Drops the selected lines. Returns their number.
pub(crate) fn drop(store: &mut Store, selection: &QuarantineSelection, caller: &Caller) -> Result<usize> {
    let dropped = store.write(|conn| -> Result<usize, StoreError> {
        let dropped = quarantine::drop(conn, selection)?;
        if dropped > 0 {
            audit::add(conn, &caller.deed("quarantine drop", counted(dropped, "line")))?;
        }
        Ok(dropped)
    })?;
    refuse_unknown(selection, dropped)?;
    Ok(dropped)
}

/// It is an error if a line that was named by its id does not exist.
fn refuse_unknown(selection: &QuarantineSelection, found: usize) -> Result<()> {
    match selection.id {
        Some(id) if found == 0 => Err(Problem::new(Kind::Refused, format!("no line {id} is in quarantine"))
            .hint("attend quarantine list")
            .into()),
        _ => Ok(()),
    }
}

/// Counts of retried lines by outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Retried {
    /// Stored now, and removed from quarantine.
    pub stored: usize,
    /// Refused again, and still there.
    pub kept: usize,
}

/// Ingests lines again with their original arrival. By default it retries lines that wait for the roll.
pub(crate) fn retry(store: &mut Store, selection: &QuarantineSelection, caller: &Caller) -> Result<Retried> {
    let selections: Vec<QuarantineSelection> = if *selection == QuarantineSelection::default() {
        Reason::OF_THE_ROLL.map(QuarantineSelection::of).to_vec()
    } else {
        vec![selection.clone()]
    };
    let mut retried = Retried::default();
    for selection in &selections {
        retry_selection(store, selection, caller, &mut retried)?;
    }
    refuse_unknown(selection, retried.stored + retried.kept)?;
    Ok(retried)
}

fn retry_selection(
    store: &mut Store,
    selection: &QuarantineSelection,
    caller: &Caller,
    retried: &mut Retried,
) -> Result<()> {
    let mut after = 0;
    loop {
        let batch = store.read(|conn| quarantine::list(conn, selection, after, BATCH))?;
        let Some(last) = batch.last() else {
            return Ok(());
        };
        after = last.id;
        let settled = try_again(store, &batch, caller)?;
        // After a crash here, the next retry finds them stored already and drops them.
        store.write(|conn| remove(conn, &settled, caller))?;
        retried.stored += settled.len();
        retried.kept += batch.len() - settled.len();
    }
}

/// Ingests the lines. Returns the identities of stored ones.
fn try_again(store: &Store, batch: &[Kept], caller: &Caller) -> Result<Vec<i64>> {
    let messages: Vec<Result<Message, Refusal>> = batch.iter().map(|kept| parse(&kept.line)).collect();
    let lines: Vec<Incoming> = batch
        .iter()
        .zip(&messages)
        .map(|(kept, message)| Incoming { arrived: kept.received_at, raw: &kept.line, message })
        .collect();
    let answers = BatchWriter::for_retry(store).process(&lines, caller.now)?;
    let stored = batch.iter().zip(&answers).filter(|(_, answer)| answer.is_stored());
    Ok(stored.map(|(kept, _)| kept.id).collect())
}

fn remove(conn: &Connection, ids: &[i64], caller: &Caller) -> Result<()> {
    for id in ids {
        quarantine::drop(conn, &QuarantineSelection { id: Some(*id), reason: None })?;
    }
    if !ids.is_empty() {
        audit::add(
            conn,
            &caller.deed("quarantine retry", format!("{} taken in", counted(ids.len(), "line"))),
        )?;
    }
    Ok(())
}
