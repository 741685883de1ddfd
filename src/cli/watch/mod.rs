//! `health`, `alert`, `notify`, `job`.

pub mod alert;
pub mod health;
pub mod job;
pub mod notify;
