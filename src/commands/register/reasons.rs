//! The school's list of reasons for absence.

use crate::commands::Caller;
use crate::commands::problem::Problem;
use crate::domain::register::reason::{FormerWords, ListedReason, Reasons};
use crate::failure::Result;
use crate::store::register::reasons;
use crate::store::upkeep::audit;
use crate::store::{Connection, Store};

/// The list by key.
pub(crate) fn list(store: &mut Store) -> Result<Reasons> {
    store.read(|conn| Ok(reasons::list(conn)?))
}

/// Adds a reason, or changes the one with its key.
pub(crate) fn add(store: &mut Store, listed: ListedReason, caller: &Caller) -> Result<()> {
    let listed = listed.check()?;
    store.write(|conn| {
        let known = reasons::list(conn)?;
        if known.listed.contains(&listed) {
            return Ok(());
        }
        if let Some(known) = known.keyed(&listed.key).filter(|known| known.words != listed.words) {
            keep_words(conn, known)?;
        }
        reasons::save(conn, &listed)?;
        Ok(audit::add(conn, &caller.deed("reason add", told(&listed)))?)
    })
}

/// Keeps the words of an entry that changes, because marks and excuses hold them.
fn keep_words(conn: &Connection, listed: &ListedReason) -> Result<()> {
    let ListedReason { words, key, .. } = listed.clone();
    Ok(reasons::keep_words(conn, &FormerWords { words, key })?)
}

/// Takes a reason off the list. Marks and excuses keep its words.
pub(crate) fn remove(store: &mut Store, key: &str, caller: &Caller) -> Result<()> {
    store.write(|conn| {
        let all = reasons::list(conn)?;
        let Some(listed) = all.keyed(key) else {
            let keys = all.listed.iter().map(|listed| listed.key.as_str());
            return Err(Problem::not_found("reason", key, keys, "attend reason list").into());
        };
        keep_words(conn, listed)?;
        reasons::remove(conn, &listed.key)?;
        Ok(audit::add(conn, &caller.deed("reason remove", told(listed)))?)
    })
}

/// `ILL Illness (I)`
fn told(listed: &ListedReason) -> String {
    let code = listed.code.as_ref().map(|code| format!(" ({code})")).unwrap_or_default();
    format!("{} {}{code}", listed.key, listed.words)
}
