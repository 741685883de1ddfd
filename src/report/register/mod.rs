//! The register as rows: roster, history, panel, records, recompute.

pub(crate) mod announcements;
pub(crate) mod blind;
pub(crate) mod board;
pub(crate) mod calls;
pub(crate) mod changes;
pub(crate) mod class;
pub(crate) mod day;
pub(crate) mod days;
pub(crate) mod effect;
pub(crate) mod evacuation;
pub(crate) mod history;
pub(crate) mod lists;
pub(crate) mod mark;
pub(crate) mod month;
pub(crate) mod panel;
pub(crate) mod recompute;
pub(crate) mod records;
pub(crate) mod roster;
