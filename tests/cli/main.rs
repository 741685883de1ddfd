//! Tests of the program as people use it: each reads like a terminal session.

mod architecture;
mod benches;
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
mod period;
mod quarantine;
mod roster;
mod runner;
mod schedule;
mod settings;
mod shuffle;
mod simulate;
mod student;
