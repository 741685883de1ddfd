//! Recognitions, runners and refused lines as rows.

pub mod camera;
pub mod preset;
pub mod quarantine;
pub mod recognitions;
pub mod review;
pub mod runner;
pub mod visit;
