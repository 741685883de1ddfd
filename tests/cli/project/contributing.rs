//! The lists of docs/contributing.md lead to files and names that are there.

use std::fs;

use super::architecture::sources;
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

/// The names of functions in a pattern of mutants.
fn functions(pattern: &str) -> impl Iterator<Item = &str> {
    let after = ["::", "in ", "replace "].into_iter().flat_map(|mark| pattern.split(mark).skip(1));
    let names =
        after.map(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default());
    names.filter(|name| name.starts_with(char::is_lowercase) && *name != "default" && *name != "match")
}

#[test]
fn excluded_mutants_name_existing_functions() {
    let settings = fs::read_to_string(root().join(".cargo/mutants.toml")).unwrap();
    let (_, excluded) = settings.split_once("\nexclude_re = [\n").expect("the list has its name");
    let patterns: Vec<&str> = excluded.lines().filter_map(|line| line.trim().strip_prefix('"')).collect();
    assert!(patterns.len() > 10, "the patterns are seen");
    let sources = sources(&root().join("src"));
    for pattern in patterns {
        let (file, _) = pattern.split_once(".rs").unwrap_or_else(|| panic!("no file in {pattern}"));
        let named = sources.iter().filter(|path| path.file_stem() == Some(file.as_ref()));
        let text: String = named.map(|path| fs::read_to_string(path).unwrap()).collect();
        assert!(!text.is_empty(), "no file for {pattern}");
        for name in functions(pattern) {
            let is_there = ["(", "<"].iter().any(|end| text.contains(&format!("fn {name}{end}")));
            assert!(is_there, "{file}.rs has no function {name}: {pattern}");
        }
    }
}
