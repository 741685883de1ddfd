//! The project itself: layers, documentation, completions, packages, settings.

pub mod architecture;
pub mod benches;
pub mod complete;
pub mod contract;
pub mod contributing;
pub mod district;
pub mod docs;
pub mod examples;
pub mod generated;
pub mod init;
pub mod office;
pub mod package;
pub mod settings;
pub mod terminal;
