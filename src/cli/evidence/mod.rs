//! `ingest`, `camera`, `runner`, `key`, `map`, `quarantine`, `simulate`.

pub(crate) mod camera;
pub(crate) mod ingest;
pub(crate) mod key;
pub(crate) mod map;
pub(crate) mod quarantine;
pub(crate) mod runner;
pub(crate) mod simulate;
