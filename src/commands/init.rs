//! `attend init`: creates the database.

use std::path::Path;

use super::Caller;
use crate::domain::time::Zone;
use crate::failure::{Context, Result};
use crate::store::upkeep::audit;
use crate::store::{Store, settings};

/// The state of the database that `init` found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InitOutcome {
    /// There is a new database.
    Made,
    /// It existed already and keeps its zone.
    AlreadyThere {
        /// Its zone.
        zone: Zone,
    },
}

/// Creates a database with its zone and name. An existing one is not changed.
pub fn run(path: &Path, zone: Zone, school: Option<&str>, caller: &Caller) -> Result<InitOutcome> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    }
    let made = Store::create(path, |tx| {
        settings::set(tx, "timezone", zone.name(), &caller.by, caller.now)?;
        if let Some(school) = school {
            settings::set(tx, "school", school, &caller.by, caller.now)?;
        }
        audit::add(tx, &caller.deed("init", zone.name()))
    })?;
    if made {
        return Ok(InitOutcome::Made);
    }
    let zone = Store::open(path)?.read(settings::load)?.zone;
    Ok(InitOutcome::AlreadyThere { zone })
}
