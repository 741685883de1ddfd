//! Sessions about retention, the audit log and the database file.

pub mod audit;
pub mod db;
pub mod live_upgrade;
pub mod own_clock;
pub mod own_files;
pub mod plans;
pub mod prune;
pub mod read_only;
pub mod upgrade;
