//! `roster`, `mark`, `history`, `panel`, `recompute`.

pub mod history;
mod lists;
pub mod mark;
pub mod panel;
pub mod recompute;
pub mod review;
pub mod roster;
