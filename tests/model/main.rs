//! The register against an independent model, which is naive, written from the rules alone, and derives everything from
//! scratch each time. Random schools live a few days in the program and in the model, and every view of both
//! must be the same after every step.

#[path = "../common/harness.rs"]
#[allow(dead_code, reason = "the sessions in tests/cli use the rest")]
mod harness;
#[path = "../common/limit.rs"]
#[allow(dead_code, reason = "the sessions in tests/cli use the rest")]
mod limit;

mod aliases;
mod by_hand;
mod coverage;
mod facts;
mod machine;
mod operations;
mod register;
mod views;
mod zones;

use chrono::NaiveDate;
use proptest::prelude::*;
use proptest::test_runner::{
    Config, FileFailurePersistence, RngAlgorithm, TestCaseError, TestRng, TestRunner,
};

use machine::{Machine, Through};
use operations::{Step, step};
use zones::Zone;

/// Seeds of sequences that failed once; they are tried first.
const SEEDS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/model/proptest-regressions.txt");

/// Sequences per test in the gate, which tries the same ones every time. `ATTEND_MODEL_CASES` searches: it tries that
/// many through the library, and others each time.
const fn gate(through: Through) -> u32 {
    match through {
        Through::Library => 100,
        Through::Program => 20,
    }
}

fn live(zone: Zone, date: &str, through: Through) {
    let date: NaiveDate = date.parse().unwrap();
    let searched = match through {
        Through::Library => std::env::var("ATTEND_MODEL_CASES").ok().map(|cases| cases.parse().unwrap()),
        Through::Program => None,
    };
    let cases = searched.unwrap_or_else(|| gate(through));
    let seeds = FileFailurePersistence::Direct(SEEDS);
    let config = Config {
        cases,
        max_shrink_time: 90_000,
        failure_persistence: Some(Box::new(seeds)),
        ..Config::default()
    };
    let steps = prop::collection::vec(step(), 1..24);
    let school = Machine::new(zone, date, through);
    let mut runner = match searched {
        Some(_) => TestRunner::new(config),
        None => TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha)),
    };
    let result = runner.run(&steps, |steps| agree(school.copy(), &steps));
    if let Err(error) = result {
        panic!("{error}");
    }
}

fn agree(mut machine: Machine, steps: &[Step]) -> Result<(), TestCaseError> {
    for step in steps {
        if let Err(disagreement) = machine.step(step) {
            let story = format!("{}\n{disagreement}", machine.transcript());
            return Err(TestCaseError::fail(story));
        }
    }
    Ok(())
}

#[test]
fn a_school_without_clock_changes_agrees_with_the_model() {
    live(Zone::Baghdad, "2026-09-07", Through::Library);
}

#[test]
fn a_school_that_loses_an_hour_agrees_with_the_model() {
    live(Zone::Berlin, "2026-03-28", Through::Library);
}

#[test]
fn a_school_that_gains_an_hour_agrees_with_the_model() {
    live(Zone::Berlin, "2026-10-24", Through::Library);
}

#[test]
fn processes_of_a_school_without_clock_changes_agree_with_the_model() {
    live(Zone::Baghdad, "2026-09-07", Through::Program);
}

#[test]
fn processes_of_a_school_that_loses_an_hour_agree_with_the_model() {
    live(Zone::Berlin, "2026-03-28", Through::Program);
}

#[test]
fn processes_of_a_school_that_gains_an_hour_agree_with_the_model() {
    live(Zone::Berlin, "2026-10-24", Through::Program);
}
