//! Runs the properties on the inputs that the fuzzer kept, and on variations of them.

use std::collections::BTreeSet;
use std::fs;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::common::harness::root;

#[path = "../../properties/mod.rs"]
mod properties;

use properties::ALL;

/// The kept inputs of a target as `tests/fuzz/corpus.py` writes them: one a line, each byte that is no
/// printable ASCII as `\x` and two digits.
fn kept_inputs(target: &str) -> Vec<Vec<u8>> {
    let text = fs::read_to_string(root().join(format!("tests/data/fuzz/{target}.txt"))).unwrap();
    text.lines().filter(|line| !line.is_empty()).map(input).collect()
}

fn input(line: &str) -> Vec<u8> {
    let mut parts = line.split("\\x");
    let mut input = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let (code, plain) = part.split_at(2);
        input.push(u8::from_str_radix(code, 16).unwrap());
        input.extend(plain.bytes());
    }
    input
}

/// A kept input that continues as another one from some offset, with some bytes changed.
fn near(kept: Vec<Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    let one = || select(kept.clone());
    let changes = vec((any::<Index>(), any::<u8>(), 0..3usize), 0..5);
    (one(), one(), any::<Index>(), any::<Index>(), changes).prop_map(|(one, other, cut, from, changes)| {
        let cut = cut.index(one.len() + 1);
        let mut input = [&one[..cut], &other[from.index(other.len() + 1)..]].concat();
        for (place, byte, removed) in changes {
            let place = place.index(input.len() + 1);
            let end = input.len().min(place + removed);
            input.splice(place..end, (removed < 2).then_some(byte));
        }
        input
    })
}

fn holds(target: &str) {
    let (_, hold) = ALL.iter().find(|(name, _)| *name == target).unwrap();
    let kept = kept_inputs(target);
    kept.iter().for_each(|input| hold(input));
    // Without this, shrinking would print everything again with every step.
    let max_shrink_iters = 300;
    let config = ProptestConfig {
        cases: 512,
        max_shrink_iters,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    proptest!(config, |(input in near(kept))| hold(&input));
}

#[test]
fn the_fold_follows_the_rules() {
    holds("fold");
}

#[test]
fn parsed_lines_agree_with_their_json() {
    holds("line");
}

#[test]
fn a_written_roll_reads_back_the_same() {
    holds("roll");
}

#[test]
fn the_schedule_follows_the_periods() {
    holds("schedule");
}

#[test]
fn any_sheet_is_read_or_refused_with_words() {
    holds("sheet");
}

#[test]
fn typed_values_are_shown_as_read() {
    holds("syntax");
}

#[test]
fn every_property_has_its_target_and_its_inputs() {
    let names = |folder: &str| -> BTreeSet<String> {
        let files = fs::read_dir(root().join(folder)).unwrap();
        files.map(|file| file.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned()).collect()
    };
    let all: BTreeSet<String> = ALL.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!((names("tests/fuzz/targets"), names("tests/data/fuzz")), (all.clone(), all));
}
