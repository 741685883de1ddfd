//! Tells the program when it was built (a clock that is earlier cannot be right) and, in a release, from which commit.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

#[expect(clippy::disallowed_methods, reason = "a build has no --now")]
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// The output of git in this folder, without its line end. `None` if git fails.
#[expect(clippy::disallowed_methods, reason = "tests do not wait for it")]
fn git(args: &[&str]) -> Option<String> {
    let output = Command::new("git").args(args).output().ok().filter(|output| output.status.success())?;
    String::from_utf8(output.stdout).ok().map(|said| said.trim().to_owned())
}

/// The commit that `cargo package` notes in the packages it makes.
fn packaged() -> Option<String> {
    let noted = fs::read_to_string(".cargo_vcs_info.json").ok()?;
    let (_, commit) = noted.split_once("\"sha1\": \"")?;
    commit.get(..12).map(str::to_owned)
}

/// The commit of this folder. An unpacked source within another project's repository has none.
fn checked_out() -> Option<String> {
    let top = git(&["rev-parse", "--show-toplevel"])?;
    if Path::new(&top).canonicalize().ok() != Path::new(".").canonicalize().ok() {
        return None;
    }
    let log = git(&["rev-parse", "--git-path", "logs/HEAD"])?;
    if Path::new(&log).exists() {
        println!("cargo:rerun-if-changed={log}");
    }
    git(&["describe", "--always", "--dirty", "--abbrev=12", "--exclude", "*"])
}

/// A debug build does not name its commit, so that a commit alone compiles nothing again.
fn commit() -> String {
    if env::var("PROFILE").is_ok_and(|profile| profile == "debug") {
        return "not recorded in debug builds".to_owned();
    }
    packaged().or_else(checked_out).unwrap_or_else(|| "unknown".to_owned())
}

fn main() {
    // Packagers build the same bytes at any time.
    let fixed = env::var("SOURCE_DATE_EPOCH").ok().and_then(|seconds| seconds.parse().ok());
    println!("cargo:rerun-if-env-changed=SOURCE_DATE_EPOCH");
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rustc-env=ATTEND_BUILT_AT={}", fixed.unwrap_or_else(now));
    println!("cargo:rustc-env=ATTEND_COMMIT={}", commit());
}
