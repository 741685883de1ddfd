//! Results of pruning, erasing and checking as rows.

pub(crate) mod audit;
pub(crate) mod db;
pub(crate) mod dossier;
pub(crate) mod erasure;
pub(crate) mod prune;
