//! `examples/receiver.py` with the real `attend` behind it.

use std::fs;
use std::process::Stdio;

use crate::common::harness::{School, root, text};
use crate::common::limit::{LONG_PATIENCE, Limited};

/// Test classes run in parallel, because they mostly wait.
#[test]
fn the_receivers_own_tests_pass() {
    let file = root().join("tests/runner/test_receiver.py");
    let source = fs::read_to_string(&file).unwrap();
    let classes =
        source.lines().filter_map(|line| line.strip_prefix("class ")?.strip_suffix("(ReceiverTest):"));
    let school = School::empty();
    let running: Vec<(&str, Limited)> = classes
        .map(|class| {
            let mut python = school.program("python3");
            python.arg(&file).arg(class).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
            (class, Limited::within(LONG_PATIENCE, &mut python))
        })
        .collect();
    assert_eq!(running.len(), 2);
    for (class, child) in running {
        let output = child.output();
        assert!(output.status.success(), "{class}: {}", text(&output.stderr));
    }
}
