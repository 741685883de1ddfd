//! Retention, erasure, the audit log, the state of the database.

pub(crate) mod audit;
pub(crate) mod database;
pub(crate) mod dossier;
pub mod erasure;
pub(crate) mod own_clock;
pub mod retention;
