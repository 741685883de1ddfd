//! Jobs, alerts and the outbox.

pub(crate) mod alerts;
pub(crate) mod jobs;
pub mod outbox;
