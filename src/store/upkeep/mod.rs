//! Retention, erasure, the audit log, backups and integrity.

pub(crate) mod audit;
pub(crate) mod backup;
pub(crate) mod chunked;
pub(crate) mod erasure;
pub(crate) mod integrity;
pub mod retention;
pub(crate) mod secure_delete;
pub(crate) mod sizes;
