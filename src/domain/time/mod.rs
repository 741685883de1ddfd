//! Instants, spans and zones.

pub mod calendar;
pub mod instant;

pub use instant::{Instant, Span};
