//! Pruning, erasing, exporting one student, the audit log, the database.

pub mod audit;
pub(crate) mod db;
pub(crate) mod dossier;
pub mod erase;
pub(crate) mod own_clock;
pub mod prune;
