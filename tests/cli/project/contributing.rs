//! The lists of docs/contributing.md lead to files and names that are there.

use std::fs;

use crate::common::harness::root;

/// The steps of the lists below "Adding something", each on one line.
fn steps(page: &str) -> Vec<String> {
    let (_, lists) = page.split_once("\n## Adding something\n").expect("the lists have their heading");
    let lists = lists.split("\n## ").next().unwrap_or_default();
    let mut steps: Vec<String> = Vec::new();
    for line in lists.lines() {
        let numbered = line.split_once(". ").filter(|(number, _)| number.parse::<u32>().is_ok());
        match (numbered, steps.last_mut()) {
            (Some((_, step)), _) => steps.push(step.to_owned()),
            (None, Some(step)) if line.starts_with("   ") => *step += line,
            _ => {}
        }
    }
    steps
}

/// The words between backticks.
fn names(step: &str) -> Vec<&str> {
    step.split('`').skip(1).step_by(2).collect()
}

#[test]
fn every_step_names_an_existing_file_and_names_in_it() {
    let page = fs::read_to_string(root().join("docs/contributing.md")).unwrap();
    let steps = steps(&page);
    assert!(steps.len() > 30, "the steps are seen");
    for step in &steps {
        let names = names(step);
        let (file, words) = names.split_first().unwrap_or_else(|| panic!("no file in {step:?}"));
        let text = fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
        for word in words {
            assert!(text.contains(word), "{word} is not in {file}: {step}");
        }
    }
}

#[test]
fn every_frequent_addition_has_its_list() {
    let page = fs::read_to_string(root().join("docs/contributing.md")).unwrap();
    for what in ["column", "setting", "channel", "format", "profile", "check", "command"] {
        assert!(page.contains(&format!("\n### Adding a {what}")), "{what}");
    }
}
