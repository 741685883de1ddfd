//! Reading, marking and refolding the register.

pub(crate) mod calls;
pub(crate) mod class;
pub(crate) mod coverage;
pub(crate) mod day;
pub(crate) mod entries;
pub mod history;
pub(crate) mod mark;
pub(crate) mod month;
pub mod panel;
pub mod plan;
pub(crate) mod reasons;
pub mod recompute;
pub(crate) mod refold;
pub(crate) mod review;
pub mod roster;
pub(crate) mod sessions;
