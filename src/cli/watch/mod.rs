//! `health`, `alert`, `notify`, `job`.

pub(crate) mod alert;
pub(crate) mod health;
pub(crate) mod job;
pub(crate) mod notify;
