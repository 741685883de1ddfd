//! What needs a person: health checks, alerts, messages, jobs.

pub mod alerts;
pub mod checks;
pub mod health;
pub mod job;
pub mod message;
