//! Tests of the program as people use it: each reads like a terminal session.

#[path = "../common/mod.rs"]
mod common;
mod evidence;
mod faults;
mod project;
mod register;
mod roll;
mod timetable;
mod upkeep;
mod watch;
