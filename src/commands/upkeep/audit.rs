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

/// A selection of entries. By default it selects all.
#[derive(Debug, Default)]
pub struct Request {
    /// Local dates, both ends included.
    pub dates: Option<RangeInclusive<NaiveDate>>,
    /// Only those of this person.
    pub by: Option<String>,
    /// Only entries about the student with this code.
    pub about: Option<String>,
    /// At most this many entries, newest first.
    pub limit: Option<u32>,
}

/// The selected entries, newest first, and the zone for showing them.
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

/// Adds an audit entry for an export. Call it before the first row is written, so that no export is unrecorded.
/// `action` is the command, such as `export records`. `detail` names the dates and the kind of target, and no
/// student.
pub fn exported(
    store: &mut Store,
    action: &'static str,
    detail: impl Into<String>,
    caller: &Caller,
) -> Result<()> {
    note(store, |conn| Ok(audit::add(conn, &caller.deed(action, detail))?))
}

/// Does `work`, which adds the audit entry of an export. On a read-only copy it is skipped, because a reader of the
/// copy could copy the whole file anyway.
pub fn note(store: &mut Store, work: impl FnOnce(&Connection) -> Result<()>) -> Result<()> {
    let noted = store.write(work);
    let refused =
        |error: &Failure| matches!(error.cause(), Cause::Store(StoreError::ReadOnly(_) | StoreError::Io(_)));
    match noted {
        Err(error) if refused(&error) && store.is_read_only() => Ok(()),
        noted => noted,
    }
}
