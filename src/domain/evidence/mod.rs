//! Data from cameras and runners: recognitions, records, coverage, keys, refused lines.

pub mod camera;
pub(crate) mod coverage;
pub(crate) mod key;
pub(crate) mod quarantine;
pub(crate) mod rate;
pub mod reason;
pub mod recognition;
pub mod record;
pub mod runner;
pub(crate) mod sight;
pub(crate) mod step;
pub(crate) mod suggest;
pub(crate) mod timeline;
pub(crate) mod visit;
