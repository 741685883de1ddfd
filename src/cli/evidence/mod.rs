//! `ingest`, `camera`, `runner`, `key`, `map`, `quarantine`, `simulate`.

pub mod camera;
pub mod ingest;
pub mod key;
pub mod map;
pub mod quarantine;
pub mod runner;
pub mod simulate;
