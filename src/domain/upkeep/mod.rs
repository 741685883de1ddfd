//! Retention, erasure, the audit log, the state of the database.

pub mod audit;
pub mod database;
pub mod dossier;
pub mod erasure;
pub mod own_clock;
pub mod retention;
