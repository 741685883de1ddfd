//! `attend` is a function: (facts, policy, instant) → report.
//!
//! Everything impure stands at the rim: the command line, the clock, the file, the terminal. Each
//! layer knows one thing, and dependencies point one way:
//!
//! ```text
//! main → cli → commands → domain            cli       what can be typed (clap lives only here)
//!         │       ├─────→ store ─→ domain   commands  what is done
//!         │       ├─────→ wire ──→ domain   domain    what is true (pure)
//!         │       ├─────→ map ───→ domain   map       other programs' messages become lines
//!         │       └─────→ notify → domain   store     what is remembered (SQLite)
//!         ├→ report → domain                wire      JSON lines in, acks out
//!         ├→ render → report                notify    mail, Slack and webhooks
//!         └→ ui ────→ render                report    what is shown: typed columns, or a bulletin
//!                                           render    how it looks: table, CSV, workbook, JSON, HTML …
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
mod map;
pub mod notify;
mod render;
pub mod report;
pub mod store;
mod ui;
pub mod wire;
mod zoneinfo;
