//! Retention, erasure, the audit log, backups and integrity.

pub mod audit;
pub mod backup;
pub mod chunked;
pub mod erasure;
pub mod integrity;
pub mod retention;
pub mod secure_delete;
pub mod sizes;
