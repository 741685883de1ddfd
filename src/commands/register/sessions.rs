//! Sessions: half days and days out of periods.

use crate::commands::problem::Problem;
use crate::commands::{Caller, lookup};
use crate::domain::register::session::{HeldSession, SchoolSession};
use crate::domain::time::Instant;
use crate::domain::timetable::occurrence::Occurrence;
use crate::failure::Result;
use crate::store::register::sessions;
use crate::store::upkeep::audit;
use crate::store::{Connection, Store};

/// All sessions in the order they were added.
pub(crate) fn list(store: &mut Store) -> Result<Vec<SchoolSession>> {
    store.read(|conn| Ok(sessions::list(conn)?))
}

/// Adds a session, or changes the one with its name. Its periods must be in the weekly plan.
pub(crate) fn add(store: &mut Store, mut session: SchoolSession, caller: &Caller) -> Result<()> {
    store.write(|conn| {
        for name in &mut session.periods {
            *name = lookup::period(conn, name)?.period.name;
        }
        if sessions::list(conn)?.contains(&session) {
            return Ok(());
        }
        sessions::save(conn, &session)?;
        Ok(audit::add(conn, &caller.deed("session add", told(&session)))?)
    })
}

/// Removes a session.
pub(crate) fn remove(store: &mut Store, name: &str, caller: &Caller) -> Result<()> {
    store.write(|conn| {
        let all = sessions::list(conn)?;
        let Some(found) = all.iter().find(|known| known.name.to_lowercase() == name.to_lowercase()) else {
            let names = all.iter().map(|known| known.name.as_str());
            return Err(Problem::not_found("session", name, names, "attend session list").into());
        };
        sessions::remove(conn, &found.name)?;
        Ok(audit::add(conn, &caller.deed("session remove", told(found)))?)
    })
}

/// The sessions of each date on which some occurrences are held. These are in the order of dates and starts.
pub(crate) fn held(conn: &Connection, occurrences: &[Occurrence], now: Instant) -> Result<Vec<HeldSession>> {
    let sessions = sessions::list(conn)?;
    let places: Vec<(usize, &Occurrence)> = occurrences.iter().enumerate().collect();
    let dates = places.chunk_by(|(_, a), (_, b)| a.date == b.date);
    let all = dates
        .flat_map(|of_date| sessions.iter().map(|session| session.clone().on(of_date.iter().copied(), now)));
    Ok(all.collect())
}

/// Adds the new name of a period beside the old one, which earlier dates keep.
pub(crate) fn follow_rename(conn: &Connection, before: &str, after: &str) -> Result<()> {
    for mut session in sessions::list(conn)? {
        if session.holds(before) && !session.holds(after) {
            session.periods.push(after.to_owned());
            sessions::save(conn, &session)?;
        }
    }
    Ok(())
}

/// `AM: Block 1, Block 2 (first)`
fn told(session: &SchoolSession) -> String {
    format!("{}: {} ({})", session.name, session.periods.join(", "), session.rule)
}
