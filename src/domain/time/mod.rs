//! Instants, spans and zones.

pub mod calendar;
pub mod day;
pub mod instant;
pub mod stamp;
pub mod zone;

pub use instant::{Instant, Span};
pub use stamp::Stamp;
pub use zone::Zone;
