//! Tests of the program as people use it: each reads like a terminal session.

mod architecture;
mod camera;
mod contract;
mod docs;
mod export;
mod faults;
mod harness;
mod history;
mod ingest;
mod init;
mod key;
mod mark;
mod oracle;
mod panel;
mod period;
mod plans;
mod quarantine;
mod remote;
mod roster;
mod runner;
mod runner_py;
mod schedule;
mod settings;
mod shuffle;
mod simulate;
mod student;
