//! The schedule as rows.

pub mod schedule;
