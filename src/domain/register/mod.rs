//! The register: the status of every expected student, and every view of it.

pub mod history;
pub mod mark;
pub mod panel;
pub mod recompute;
pub mod status;
pub mod summary;
