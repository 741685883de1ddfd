//! Cameras, runners, keys, refused lines, simulated days.

pub(crate) mod camera;
pub(crate) mod key;
pub(crate) mod map;
pub(crate) mod quarantine;
pub mod runner;
pub(crate) mod simulate;
