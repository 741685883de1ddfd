//! Jobs, alerts and the outbox.

pub mod alerts;
pub mod jobs;
pub mod outbox;
