//! Health checks, alerts, messages and jobs.

pub mod alerts;
pub mod checks;
pub mod health;
pub mod job;
pub mod message;
