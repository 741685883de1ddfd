//! Pruning, erasing, exporting one student, the audit log, the database.

pub mod audit;
pub mod db;
pub mod dossier;
pub mod erase;
pub mod own_clock;
pub mod prune;
