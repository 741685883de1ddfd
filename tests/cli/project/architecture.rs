//! The direction of dependencies, held by reading the sources.

use std::fs;
use std::path::{Path, PathBuf};

use crate::common::harness::root;

/// What a layer must not know, and why.
const RULES: [(&str, &[&str], &str); 9] = [
    (
        "domain",
        &[
            "crate::store",
            "crate::wire",
            "crate::notify",
            "crate::commands",
            "crate::cli",
            "crate::report",
            "crate::render",
            "crate::ui",
            "rusqlite",
            "clap",
            "std::env",
            "std::fs",
            "std::io",
            "anyhow",
            "crossterm",
            "Utc::now",
        ],
        "the domain is pure",
    ),
    (
        "store",
        &[
            "crate::wire",
            "crate::notify",
            "crate::commands",
            "crate::cli",
            "crate::report",
            "crate::render",
            "crate::ui",
            "clap",
            "anyhow",
        ],
        "the store knows facts and the domain's words for them",
    ),
    (
        "wire",
        &[
            "crate::store",
            "crate::notify",
            "crate::commands",
            "crate::cli",
            "crate::report",
            "crate::render",
            "crate::ui",
            "rusqlite",
            "clap",
        ],
        "the wire knows what a line may look like",
    ),
    (
        "commands",
        &[
            "crate::cli",
            "crate::report",
            "crate::render",
            "crate::ui",
            "rusqlite",
            "clap",
            "println!",
            "comfy_table",
        ],
        "commands give values and print nothing",
    ),
    (
        "notify",
        &[
            "crate::store",
            "crate::wire",
            "crate::commands",
            "crate::cli",
            "crate::report",
            "crate::render",
            "crate::ui",
            "rusqlite",
            "clap",
            "anyhow",
            "std::env",
            "Utc::now",
        ],
        "notify writes and sends messages, and remembers none",
    ),
    (
        "report",
        &[
            "crate::store",
            "crate::wire",
            "crate::notify",
            "crate::commands",
            "crate::cli",
            "crate::render",
            "crate::ui",
            "rusqlite",
            "clap",
            "comfy_table",
        ],
        "reports depend on the domain alone",
    ),
    (
        "render",
        &[
            "crate::store",
            "crate::wire",
            "crate::notify",
            "crate::commands",
            "crate::cli",
            "crate::ui",
            "rusqlite",
            "clap",
        ],
        "rendering knows reports, not what they mean",
    ),
    (
        "ui",
        &[
            "crate::store",
            "crate::wire",
            "crate::notify",
            "crate::commands",
            "crate::cli",
            "rusqlite",
            "clap",
        ],
        "the terminal knows no rules",
    ),
    ("cli", &["rusqlite", "crate::wire", "comfy_table"], "the command line goes through commands"),
];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

/// The places in `text` that break a rule, as line numbers with the forbidden name.
fn offences<'a>(text: &str, forbidden: &[&'a str]) -> Vec<(usize, &'a str)> {
    let code = text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"));
    code.flat_map(|(nth, line)| {
        forbidden.iter().filter(move |name| knows(line, name)).map(move |name| (nth + 1, *name))
    })
    .collect()
}

/// Whether a line of code uses a name: the whole path, not a part of a longer word.
fn knows(line: &str, name: &str) -> bool {
    line.match_indices(name).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + name.len()..].chars().next();
        let word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        !word(before) && !word(after)
    })
}

#[test]
fn dependencies_point_one_way() {
    let mut broken = Vec::new();
    for (layer, forbidden, why) in RULES {
        for path in sources(&root().join("src").join(layer)) {
            let text = fs::read_to_string(&path).unwrap();
            let shown = path.strip_prefix(root()).unwrap().display();
            broken.extend(
                offences(&text, forbidden)
                    .iter()
                    .map(|(line, name)| format!("{shown}:{line}: {name} ({why})")),
            );
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn only_notify_talks_to_other_machines() {
    let notify = root().join("src/notify");
    for path in sources(&root().join("src")).iter().filter(|path| !path.starts_with(&notify)) {
        let text = fs::read_to_string(path).unwrap();
        assert_eq!(offences(&text, &["lettre", "ureq", "std::net"]), [], "{}", path.display());
    }
}

/// Every name leads to a file of the database for some user, so that one door looks at it.
#[test]
fn only_one_door_writes_files() {
    // The database itself, the locks, and the manual pages, which only `cargo run -- man` writes.
    let doors = ["files.rs", "store/mod.rs", "store/lock.rs", "cli/manual.rs"];
    let writing =
        ["File::create", "OpenOptions::new", "fs::write", "fs::rename", "fs::copy", "File::options"];
    let src = root().join("src");
    for path in sources(&src) {
        let text = fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap();
        let name = path.strip_prefix(&src).unwrap().to_str().unwrap();
        if !doors.contains(&name) && name != "store/killed.rs" {
            assert_eq!(offences(code, &writing), [], "{name}");
        }
        if name != "cli/output.rs" && name != "files.rs" {
            assert_eq!(offences(code, &["files::replace"]), [], "{name}");
        }
    }
}

#[test]
fn the_rule_sees_what_it_should() {
    let text = "//! rusqlite in prose\nuse rusqlite::Row;\nlet rusqlites = 1;\nuse crate::store::Store;";
    assert_eq!(offences(text, &["rusqlite", "crate::store"]), [(2, "rusqlite"), (4, "crate::store")]);
}

#[test]
fn every_layer_has_its_rule_and_every_file_says_what_it_is() {
    for entry in fs::read_dir(root().join("src")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        assert!(!path.is_dir() || RULES.iter().any(|(layer, ..)| *layer == name), "src/{name} has no rule");
    }
    for path in sources(&root().join("src")) {
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("//! "), "{} does not say what it is", path.display());
    }
}
