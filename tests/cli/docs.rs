//! Documentation that cannot lie.

use std::fs;
use std::process::Command;

use crate::harness::{root, text};

fn readme() -> String {
    fs::read_to_string(root().join("README.md")).unwrap()
}

/// What the quickstart prints, on this very build.
fn quickstart() -> String {
    let mut command = Command::new(root().join("examples/quickstart.sh"));
    let path = std::env::var_os("PATH").unwrap();
    command.env_clear().env("PATH", path).env("ATTEND", env!("CARGO_BIN_EXE_attend"));
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

#[test]
fn the_readme_shows_what_the_quickstart_prints() {
    let printed = quickstart();
    let (_, roster) = printed.split_once("$ attend roster now\n").unwrap();
    for status in ["✓ present", "✗ absent", "? low score"] {
        assert!(roster.contains(status), "no {status} in\n{roster}");
    }
    let (_, panel) = printed.split_once("$ attend panel --recent 5\n").unwrap();
    let (panel, _) = panel.split_once("\n$ attend roster now").unwrap();
    for (command, shown) in [("roster now", roster), ("panel --recent 5", panel)] {
        let block = format!("```text\n$ attend {command}\n{shown}```");
        assert!(readme().contains(&block), "the README should show\n{block}");
    }
}

#[test]
fn the_gate_runs_the_test_command_of_the_readme() {
    let gate = fs::read_to_string(root().join(".ci/run")).unwrap();
    let readme = readme();
    let (_, after) = readme.split_once("The other command passes the tests:\n\n```sh\n").unwrap();
    let (command, _) = after.split_once("\n```").unwrap();
    assert!(gate.lines().any(|line| line == command), "{command}");
}
