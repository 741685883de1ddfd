//! Sessions about health, alerts, jobs and messages.

pub mod alert;
pub mod health;
pub mod job;
pub mod notify;
pub mod outbox;
mod webhook;
