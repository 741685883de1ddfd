//! Health, alerts, the outbox, runs of jobs.

pub mod alert;
pub mod health;
pub mod job;
pub mod notify;
pub mod outbox;
