//! `prune`, `audit`, `db`.

pub mod audit;
pub mod db;
pub mod prune;
