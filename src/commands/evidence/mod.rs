//! Cameras, runners, keys, refused lines, simulated days.

pub mod camera;
pub mod key;
pub mod map;
pub mod quarantine;
pub mod runner;
pub mod simulate;
