//! Reading, marking and refolding the register.

pub mod calls;
pub mod class;
pub mod coverage;
pub mod day;
pub mod entries;
pub mod history;
pub mod mark;
pub mod month;
pub mod panel;
pub mod plan;
pub(crate) mod reasons;
pub mod recompute;
pub mod refold;
pub mod review;
pub mod roster;
pub(crate) mod sessions;
