//! Results of pruning, erasing and checking as rows.

pub mod audit;
pub mod db;
pub mod dossier;
pub mod erasure;
pub mod prune;
