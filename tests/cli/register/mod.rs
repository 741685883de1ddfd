//! Sessions about the register and every view of it.

pub mod answers;
pub mod bulk;
pub mod export;
pub mod history;
pub mod lists;
pub mod mark;
pub mod pages;
pub mod panel;
pub mod recompute;
pub mod redecide;
pub mod review;
pub mod roster;
pub mod sheets;
pub mod summary;
pub mod summary_mail;
