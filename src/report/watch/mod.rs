//! Health, alerts, jobs and messages as rows and words.

pub mod alert;
pub(crate) mod health;
pub(crate) mod job;
pub(crate) mod metrics;
pub(crate) mod notify;
