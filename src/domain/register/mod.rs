//! The register: the status of every expected student, and every view of it.

pub mod absence;
pub mod act;
pub(crate) mod announcement;
pub mod briefing;
pub mod calls;
pub(crate) mod changes;
pub mod class;
pub(crate) mod codes;
pub(crate) mod day_rule;
pub mod effect;
pub mod excuse;
pub mod feed;
pub mod gap;
pub mod history;
pub mod mark;
pub mod month;
pub mod panel;
pub mod reason;
pub mod recompute;
pub mod review;
pub mod session;
pub mod status;
pub mod summary;
pub mod sums;
pub mod tally;
pub mod whereabouts;
