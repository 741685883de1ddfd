//! Sessions about recognitions, runners, keys and refused lines.

mod blind;
mod blind_views;
mod broker;
pub mod camera;
pub mod crowd;
pub mod ingest;
pub mod key;
mod line_cost;
mod map;
mod masking;
pub mod oracle;
pub mod quarantine;
mod receiver_py;
pub mod remote;
pub mod runner;
pub mod runner_py;
pub mod shuffle;
pub mod simulate;
