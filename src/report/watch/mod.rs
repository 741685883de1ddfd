//! Health, alerts, jobs and messages as rows and words.

pub mod alert;
pub mod health;
pub mod job;
pub mod metrics;
pub mod notify;
