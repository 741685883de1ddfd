//! Sessions about the register and every view of it.

pub mod absence_feed;
pub mod answers;
pub mod bulk;
pub mod class_register;
pub mod closing;
pub mod compressed;
pub mod early_marks;
pub mod export;
pub mod feed;
pub mod history;
pub mod lists;
pub mod mark;
mod page_cost;
mod page_numbers;
pub mod pages;
pub mod panel;
pub mod profiles;
pub mod reasons;
pub mod recompute;
pub mod redecide;
pub mod report_page;
pub mod review;
pub mod roster;
pub mod sessions;
pub mod sheets;
pub mod summary;
pub mod summary_mail;
