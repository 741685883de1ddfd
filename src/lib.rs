//! `attend` is a function: (facts, policy, instant) → report.
//!
//! Side effects stay in the outer layers: the command line, the clock, the files, the network and the
//! terminal. Each layer has one task, and dependencies point one way:
//!
//! ```text
//! main → cli → commands → domain            cli       the command line (clap lives only here)
//!         │       ├─────→ store ─→ domain   commands  the operations
//!         │       ├─────→ wire ──→ domain   domain    the rules (pure)
//!         │       ├─────→ map ───→ domain   map       other programs' messages become lines
//!         │       └─────→ notify → domain   store     the database (SQLite)
//!         ├→ report → domain                wire      JSON lines in, acks out
//!         ├→ render → report                notify    mail, Slack and webhooks
//!         └→ ui ────→ render                report    the content: typed columns, or a bulletin
//!                                           render    the formats: table, CSV, workbook, JSON, HTML …
//!                                           ui        the two streams, colour, progress, the picker
//! ```
#![warn(missing_docs, unreachable_pub)]
pub mod cli;
pub mod clock;
pub mod commands;
pub mod domain;
mod exit;
pub mod failure;
mod files;
#[cfg(test)]
#[allow(dead_code, unreachable_pub, reason = "the sessions in tests/cli use the rest")]
#[path = "../tests/common/limit.rs"]
mod limit;
mod map;
pub mod notify;
mod render;
pub mod report;
pub mod store;
mod ui;
pub mod wire;
mod zoneinfo;
