//! `attend audit`: who did what.

use std::ops::RangeInclusive;

use chrono::NaiveDate;

use crate::commands::{Caller, lookup};
use crate::domain::time::Zone;
use crate::domain::time::calendar::days;
use crate::domain::upkeep::audit::{AuditSelection, Entry};
use crate::failure::{Cause, Failure, Result};
use crate::store::upkeep::audit;
use crate::store::{Connection, Store, StoreError, settings};

/// Which deeds are asked for; nothing set: all of them.
#[derive(Debug, Default)]
pub struct Request {
    /// Local dates, both ends included.
    pub dates: Option<RangeInclusive<NaiveDate>>,
    /// Only those of this person.
    pub by: Option<String>,
    /// Only those about the student of this code.
    pub about: Option<String>,
    /// At most this many entries, newest first.
    pub limit: Option<u32>,
}

/// The deeds asked for, the latest first, and the zone to tell them in.
pub fn list(store: &mut Store, request: &Request, caller: &Caller) -> Result<(Vec<Entry>, Zone)> {
    store.read(|conn| {
        let zone = settings::load(conn)?.zone;
        let about = match &request.about {
            Some(code) => Some(lookup::student(conn, code, caller.now)?.id),
            None => None,
        };
        let selection = AuditSelection {
            window: request.dates.as_ref().map(|dates| days(dates, zone)),
            by: request.by.clone(),
            about,
            limit: request.limit,
        };
        Ok((audit::list(conn, &selection)?, zone))
    })
}

/// Writes down that something left the house. Called before its first row does, so that nothing leaves
/// unnoted. `action` is the command, such as `export records`; `detail` says which dates went to which kind
/// of place, never whom they are about.
pub fn exported(
    store: &mut Store,
    action: &'static str,
    detail: impl Into<String>,
    caller: &Caller,
) -> Result<()> {
    note(store, |conn| Ok(audit::add(conn, &caller.deed(action, detail))?))
}

/// Does `work`, which notes that something is about to leave the house. On a read-only copy nothing can be noted;
/// those who can read it could copy the whole file as well.
pub fn note(store: &mut Store, work: impl FnOnce(&Connection) -> Result<()>) -> Result<()> {
    let noted = store.write(work);
    let refused =
        |error: &Failure| matches!(error.cause(), Cause::Store(StoreError::ReadOnly(_) | StoreError::Io(_)));
    match noted {
        Err(error) if refused(&error) && store.is_read_only() => Ok(()),
        noted => noted,
    }
}
