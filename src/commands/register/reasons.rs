//! The school's list of reasons for absence.

use crate::commands::Caller;
use crate::commands::problem::Problem;
use crate::domain::register::reason::{ListedReason, Reasons};
use crate::failure::Result;
use crate::store::Store;
use crate::store::register::reasons;
use crate::store::upkeep::audit;

/// The list by key.
pub(crate) fn list(store: &mut Store) -> Result<Reasons> {
    store.read(|conn| Ok(reasons::list(conn)?))
}

/// Adds a reason, or changes the one with its key.
pub(crate) fn add(store: &mut Store, listed: ListedReason, caller: &Caller) -> Result<()> {
    let listed = listed.check()?;
    store.write(|conn| {
        if reasons::list(conn)?.0.contains(&listed) {
            return Ok(());
        }
        reasons::save(conn, &listed)?;
        Ok(audit::add(conn, &caller.deed("reason add", told(&listed)))?)
    })
}

/// Takes a reason off the list. Marks and excuses keep its words.
pub(crate) fn remove(store: &mut Store, key: &str, caller: &Caller) -> Result<()> {
    store.write(|conn| {
        let Reasons(all) = reasons::list(conn)?;
        let Some(listed) = all.iter().find(|listed| listed.key.to_lowercase() == key.to_lowercase()) else {
            let keys = all.iter().map(|listed| listed.key.as_str());
            return Err(Problem::not_found("reason", key, keys, "attend reason list").into());
        };
        reasons::remove(conn, &listed.key)?;
        Ok(audit::add(conn, &caller.deed("reason remove", told(listed)))?)
    })
}

/// `ILL Illness (I)`
fn told(listed: &ListedReason) -> String {
    let code = listed.code.as_ref().map(|code| format!(" ({code})")).unwrap_or_default();
    format!("{} {}{code}", listed.key, listed.words)
}
