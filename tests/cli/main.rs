//! Tests of the program as people use it: each reads like a terminal session.

mod architecture;
mod docs;
mod export;
mod harness;
mod ingest;
mod init;
mod mark;
mod oracle;
mod period;
mod roster;
mod schedule;
mod settings;
mod shuffle;
mod simulate;
mod student;
