//! Cameras, runners, keys, refused lines, simulated days.

pub mod camera;
pub mod key;
pub mod quarantine;
pub mod runner;
pub mod simulate;
