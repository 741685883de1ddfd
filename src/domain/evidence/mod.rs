//! Data from cameras and runners: recognitions, records, coverage, keys, refused lines.

pub mod camera;
pub mod coverage;
pub mod key;
pub mod quarantine;
pub mod rate;
pub mod reason;
pub mod recognition;
pub mod record;
pub mod runner;
pub mod sight;
pub mod suggest;
pub(crate) mod timeline;
pub mod visit;
