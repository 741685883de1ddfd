//! Health, alerts, the outbox, runs of jobs.

pub(crate) mod alert;
pub mod health;
pub(crate) mod job;
pub(crate) mod notify;
pub mod outbox;
