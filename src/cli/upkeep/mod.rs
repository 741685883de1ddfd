//! `prune`, `audit`, `db`.

pub(crate) mod audit;
pub(crate) mod db;
pub(crate) mod prune;
