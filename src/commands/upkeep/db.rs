//! The database as a file: its integrity, copies and size.

use std::path::Path;

use crate::commands::Caller;
use crate::commands::problem::{Kind, Problem};
use crate::commands::upkeep::audit::exported;
use crate::commands::watch::job;
use crate::domain::time::Zone;
use crate::domain::upkeep::database::{Check, Sizes, failure};
use crate::domain::watch::job::Batch;
use crate::failure::{Cause, Failure, Result};
use crate::store::own_files::{Occupied, copy_occupied, export_occupied};
use crate::store::upkeep::{backup, integrity, sizes};
use crate::store::{Store, settings};

/// Checks all invariants, and stores the result for `health`.
///
/// # Errors
/// Another check is running.
pub(crate) fn check(store: &mut Store, caller: &Caller) -> Result<Vec<Check>> {
    let mut checks = None;
    let noted = job::run(store, Batch::DbCheck, caller, |store, run| {
        let found = store.read(integrity::checks)?;
        let failure = failure(&found);
        checks = Some(found);
        let Some((fault, words)) = failure else { return Ok(()) };
        run.fault = Some(fault);
        Err(Problem::new(Kind::Refused, words).into())
    });
    match (checks, noted) {
        (Some(checks), _) => Ok(checks),
        (None, Err(error)) if is_busy(&error) => Err(error),
        // A read-only database can still be checked.
        (None, _) => store.read(|conn| Ok(integrity::checks(conn)?)),
    }
}

fn is_busy(error: &Failure) -> bool {
    matches!(error.cause(), Cause::Problem(problem) if problem.kind == Kind::Busy)
}

/// Copies the database to `target` while others use it. Returns the number of bytes.
pub(crate) fn backup(store: &mut Store, target: &Path, caller: &Caller) -> Result<u64> {
    // A wrong name is not recorded as a failed run, because health would report it until the next run. The
    // path is the real one that SQLite uses, because the log is not beside a link.
    refuse(target, copy_occupied(&store.path(), target))?;
    refuse(target, store.read(|conn| backup::occupied(conn, target))?)?;
    job::run(store, Batch::DbBackup, caller, |store, _| {
        exported(store, "db backup", "the whole database", caller)?;
        Ok(backup::write(store, target)?)
    })
}

/// Refuses to write over a database, or a file that belongs to one.
pub(crate) fn refuse_database(database: &Path, target: &Path) -> Result<()> {
    refuse(target, export_occupied(database, target))
}

fn refuse(target: &Path, occupied: Option<Occupied>) -> Result<()> {
    let shown = target.display();
    match occupied {
        Some(Occupied::ByUs) => {
            Err(Problem::new(Kind::Refused, format!("{shown} is the database itself, or belongs to it"))
                .hint("name another file, preferably on another disk")
                .into())
        }
        Some(Occupied::ByDatabase) => {
            Err(Problem::new(Kind::Refused, format!("{shown} is another database, or belongs to one"))
                .hint("name another file")
                .into())
        }
        Some(Occupied::InUse) => Err(Problem::new(
            Kind::Refused,
            format!("{shown} has a log beside it: it is in use as a database"),
        )
        .hint("name another file; SQLite would apply the old log to the copy")
        .into()),
        Some(Occupied::NoFile) => {
            Err(Problem::new(Kind::Refused, format!("{shown} is a device or a pipe, not a file"))
                .hint("name a file, preferably on another disk")
                .into())
        }
        Some(Occupied::NoCopy) => Err(Problem::new(
            Kind::Refused,
            format!("{shown} is not a copy of this database"),
        )
        .hint("name another file, or move this one away; a backup replaces only a copy of the same database")
        .into()),
        None => Ok(()),
    }
}

/// Measures the database.
pub(crate) fn stats(store: &mut Store) -> Result<(Sizes, Zone)> {
    store.read(|conn| {
        let settings = settings::load(conn)?;
        let (file, free) = sizes::file(conn)?;
        let (log, tables) = (sizes::log(conn), sizes::tables(conn)?);
        Ok((Sizes { file, log, free, tables, horizon: settings.retention_days }, settings.zone))
    })
}
