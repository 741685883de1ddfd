//! The register as rows: roster, history, panel, records, recompute.

pub(crate) mod announcements;
pub mod blind;
pub mod board;
pub mod calls;
pub(crate) mod changes;
pub mod class;
pub mod day;
pub(crate) mod days;
pub mod effect;
pub mod evacuation;
pub mod history;
pub(crate) mod lists;
pub mod mark;
pub mod month;
pub mod panel;
pub mod recompute;
pub mod records;
pub mod roster;
