//! Instants, spans and zones.

pub mod calendar;
pub mod instant;
pub mod zone;

pub use instant::{Instant, Span};
pub use zone::Zone;
