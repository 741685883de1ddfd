//! The register: the status of every expected student, and every view of it.

pub(crate) mod absence;
pub(crate) mod act;
pub(crate) mod announcement;
pub(crate) mod briefing;
pub(crate) mod calls;
pub(crate) mod changes;
pub(crate) mod class;
pub(crate) mod codes;
pub(crate) mod day_rule;
pub(crate) mod effect;
pub(crate) mod excuse;
pub mod feed;
pub(crate) mod gap;
pub(crate) mod history;
pub(crate) mod mark;
pub(crate) mod month;
pub(crate) mod panel;
pub(crate) mod reason;
pub(crate) mod recompute;
pub mod review;
pub(crate) mod session;
pub mod status;
pub mod summary;
pub(crate) mod sums;
pub(crate) mod tally;
pub(crate) mod whereabouts;
