//! `ingest`, `camera`, `runner`, `key`, `quarantine`, `simulate`.

pub mod camera;
pub mod ingest;
pub mod key;
pub mod quarantine;
pub mod runner;
pub mod simulate;
