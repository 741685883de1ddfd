//! `roster`, `mark`, `review`, `history`, `panel`, `reason`, `session`, `recompute`.

pub(crate) mod class;
pub(crate) mod history;
mod lists;
pub(crate) mod mark;
pub(crate) mod panel;
pub(crate) mod reason;
pub(crate) mod recompute;
pub(crate) mod review;
pub(crate) mod roster;
pub(crate) mod session;
