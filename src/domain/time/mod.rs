//! Instants, spans and zones.

pub mod calendar;
pub(crate) mod day;
pub(crate) mod instant;
pub(crate) mod stamp;
pub mod zone;

pub use instant::{Instant, Span};
pub use stamp::Stamp;
pub use zone::Zone;
