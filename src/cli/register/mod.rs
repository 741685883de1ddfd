//! `roster`, `mark`, `history`, `panel`, `recompute`.

pub(crate) mod history;
mod lists;
pub(crate) mod mark;
pub(crate) mod panel;
pub(crate) mod recompute;
pub(crate) mod review;
pub(crate) mod roster;
