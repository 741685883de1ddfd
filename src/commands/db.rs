//! The database as a file: whether it is sound, a copy of it, how large it is.

use std::path::Path;

use anyhow::Result;
use chrono_tz::Tz;

use super::problem::{Kind, Problem};
use crate::domain::database::{Check, Sizes};
use crate::store::backup::{self, Occupied};
use crate::store::{Store, integrity, settings, sizes};

/// Looks at everything that must be so.
pub fn check(store: &mut Store) -> Result<Vec<Check>> {
    store.read(|conn| Ok(integrity::checks(conn)?))
}

/// Copies the database at `database` to `target` while others use it. Says how many bytes.
pub fn backup(store: &mut Store, database: &Path, target: &Path) -> Result<u64> {
    let shown = target.display();
    match backup::occupied(database, target) {
        Some(Occupied::ByUs) => Err(Problem::new(Kind::Refused, format!("{shown} is the database itself"))
            .hint("name another file, best on another disk")
            .into()),
        Some(Occupied::InUse) => Err(Problem::new(
            Kind::Refused,
            format!("{shown} has a log beside it: somebody uses it as a database"),
        )
        .hint("name another file; a stale log would be taken for a part of the copy")
        .into()),
        None => Ok(backup::write(store, target)?),
    }
}

/// Measures the database.
pub fn stats(store: &mut Store) -> Result<(Sizes, Tz)> {
    store.read(|conn| {
        let settings = settings::load(conn)?;
        let (file, free) = sizes::file(conn)?;
        let (log, tables) = (sizes::log(conn), sizes::tables(conn)?);
        Ok((Sizes { file, log, free, tables, horizon: settings.retention_days }, settings.zone))
    })
}
