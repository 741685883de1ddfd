//! Recognitions, runners and refused lines as rows.

pub(crate) mod camera;
pub(crate) mod preset;
pub(crate) mod quarantine;
pub(crate) mod recognitions;
pub(crate) mod review;
pub(crate) mod runner;
pub(crate) mod visit;
