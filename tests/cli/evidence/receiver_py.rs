//! `examples/receiver.py` with the real `attend` behind it.

use std::fs;
use std::process::{Child, Stdio};

use crate::common::harness::{School, root, text};

/// Test classes run in parallel, because they mostly wait.
#[test]
fn the_receivers_own_tests_pass() {
    let file = root().join("tests/runner/test_receiver.py");
    let source = fs::read_to_string(&file).unwrap();
    let classes =
        source.lines().filter_map(|line| line.strip_prefix("class ")?.strip_suffix("(ReceiverTest):"));
    let school = School::empty();
    let running: Vec<(&str, Child)> = classes
        .map(|class| {
            let mut python = school.program("python3");
            python.arg(&file).arg(class).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
            (class, python.spawn().unwrap())
        })
        .collect();
    assert_eq!(running.len(), 2);
    for (class, child) in running {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{class}: {}", text(&output.stderr));
    }
}
