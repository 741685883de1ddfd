//! Machinery that the sessions share: running the program, servers, faults and disks.

pub mod aftermath;
pub mod browser;
pub mod cost;
pub mod disk;
pub mod disk_recording;
pub mod fault_controls;
pub mod harness;
pub mod limit;
pub mod office;
pub mod postgres;
pub mod servers;
pub mod strace_kill;
