//! Checks the direction of dependencies by reading the sources.

use std::fs;
use std::path::{Path, PathBuf};

use crate::common::harness::root;

/// The names that a layer must not use, and why.
const RULES: [(&str, &[&str], &str); 10] = [
    (
        "domain",
        &[
            "crate::store",
            "crate::wire",
            "crate::map",
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
            "crate::failure",
            "crossterm",
            "Utc::now",
        ],
        "the domain is pure",
    ),
    (
        "store",
        &[
            "crate::map",
            "crate::wire",
            "crate::notify",
            "crate::commands",
            "crate::cli",
            "crate::report",
            "crate::render",
            "crate::ui",
            "clap",
            "crate::failure",
        ],
        "the store knows facts and the domain's words for them",
    ),
    (
        "wire",
        &[
            "crate::map",
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
        "map",
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
            "crate::failure",
            "std::env",
            "std::fs",
            "std::io",
            "Utc::now",
        ],
        "a message and its program are all that a line is made of",
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
            "crate::map",
            "crate::store",
            "crate::wire",
            "crate::commands",
            "crate::cli",
            "crate::report",
            "crate::render",
            "crate::ui",
            "rusqlite",
            "clap",
            "crate::failure",
            "std::env",
            "Utc::now",
        ],
        "notify writes and sends messages, and remembers none",
    ),
    (
        "report",
        &[
            "crate::map",
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
            "crate::map",
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
            "crate::map",
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
    (
        "cli",
        &["rusqlite", "crate::wire", "crate::map", "comfy_table"],
        "the command line goes through commands",
    ),
];

/// Every source file below a folder.
pub(super) fn sources(folder: &Path) -> Vec<PathBuf> {
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

/// Any name may lead to a file of a database, so all writes go through one module that checks it.
#[test]
fn files_are_written_only_through_one_module() {
    // The database itself, the locks, and the manual pages, which only `cargo run -- man` writes.
    let doors = ["files.rs", "store/mod.rs", "store/lock.rs", "cli/manual.rs"];
    let writing =
        ["File::create", "OpenOptions::new", "fs::write", "fs::rename", "fs::copy", "File::options"];
    let src = root().join("src");
    for path in sources(&src) {
        let text = fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap();
        let name = path.strip_prefix(&src).unwrap().to_str().unwrap();
        if !doors.contains(&name) && name != "store/migration_kills.rs" {
            assert_eq!(offences(code, &writing), [], "{name}");
        }
        if name != "cli/output.rs" && name != "files.rs" {
            assert_eq!(offences(code, &["files::replace"]), [], "{name}");
        }
    }
}

#[test]
fn the_architecture_rule_finds_violations() {
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

/// The subjects of the domain: each knows only those after it; subjects of one floor do not know each other.
const SUBJECTS: [&[&str]; 7] =
    [&["settings"], &["watch"], &["upkeep"], &["register"], &["evidence", "roll"], &["timetable"], &["time"]];

#[test]
fn the_subjects_of_the_domain_rest_on_those_below_them() {
    let floor = |subject: &str| SUBJECTS.iter().position(|floor| floor.contains(&subject));
    let mut broken = Vec::new();
    for file in files() {
        let ["domain", own, ..] = file.module.iter().map(String::as_str).collect::<Vec<_>>()[..] else {
            continue;
        };
        let Some(here) = floor(own) else { continue };
        for used in &file.uses {
            let ["domain", other, ..] = used.iter().map(String::as_str).collect::<Vec<_>>()[..] else {
                continue;
            };
            if other != own && floor(other).is_some_and(|there| there <= here) {
                broken.push(format!("{} uses {}", file.module.join("::"), used.join("::")));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// A file of the sources: the module it is, and the paths it uses outside of its tests.
struct Source {
    module: Vec<String>,
    uses: Vec<Vec<String>>,
}

fn files() -> Vec<Source> {
    let base = root().join("src");
    let read = |path: PathBuf| {
        let mut module: Vec<String> = path
            .strip_prefix(&base)
            .unwrap()
            .with_extension("")
            .iter()
            .map(|part| part.to_string_lossy().into_owned())
            .collect();
        module.pop_if(|last| last == "mod");
        let text = fs::read_to_string(&path).unwrap();
        let text = text.split("#[cfg(test)]\nmod ").next().unwrap();
        Source { uses: uses(text, &module, path.ends_with("mod.rs")), module }
    };
    sources(&base).into_iter().map(read).collect()
}

/// The paths that `use` lines name, from the root of the crate.
fn uses(text: &str, module: &[String], is_front: bool) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let code: String =
        text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    for statement in code.split(';').filter_map(|part| part.rsplit_once("use ").map(|(_, path)| path)) {
        let parent = if is_front { module } else { &module[..module.len() - 1] };
        let above = &parent[..parent.len().saturating_sub(1)];
        let base: &[String] = match statement.split("::").next().unwrap_or_default().trim() {
            "crate" => &[],
            "self" => module,
            "super" if statement.starts_with("super::super::") => {
                if is_front {
                    &above[..above.len().saturating_sub(1)]
                } else {
                    above
                }
            }
            "super" => {
                if is_front {
                    above
                } else {
                    parent
                }
            }
            _ => continue,
        };
        let path = statement
            .trim_start_matches("crate::")
            .trim_start_matches("self::")
            .trim_start_matches("super::");
        for leaf in leaves(path) {
            found.push(base.iter().cloned().chain(leaf).collect());
        }
    }
    found
}

/// `a::{b, c::d}`: `a::b` and `a::c::d`.
fn leaves(path: &str) -> Vec<Vec<String>> {
    let path = path.trim();
    let Some((before, inside)) = path.split_once('{') else {
        return vec![path.split("::").map(|part| part.trim().to_owned()).collect()];
    };
    let inside = inside.strip_suffix('}').unwrap_or(inside);
    let before: Vec<String> =
        before.split("::").map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect();
    let (mut depth, mut parts) = (0, vec![String::new()]);
    for c in inside.chars() {
        match c {
            ',' if depth == 0 => parts.push(String::new()),
            c => {
                depth += i32::from(c == '{') - i32::from(c == '}');
                parts.last_mut().unwrap().push(c);
            }
        }
    }
    let parts = parts.iter().filter(|part| !part.trim().is_empty());
    parts.flat_map(|part| leaves(part)).map(|leaf| [before.clone(), leaf].concat()).collect()
}

/// Files that import each other cannot be read one after the other. A folder's `mod.rs` is its front: it and the files
/// below it may know each other.
#[test]
fn files_do_not_import_each_other_in_a_circle() {
    let files = files();
    let place = |path: &[String]| {
        (1..=path.len()).rev().find_map(|length| files.iter().position(|file| file.module == path[..length]))
    };
    let below = |front: &Source, other: &Source| other.module.starts_with(&front.module);
    let edges: Vec<Vec<usize>> = files
        .iter()
        .enumerate()
        .map(|(here, file)| {
            let there = file.uses.iter().filter_map(|path| place(path)).filter(|there| *there != here);
            there.filter(|there| !below(file, &files[*there]) && !below(&files[*there], file)).collect()
        })
        .collect();
    assert!(edges.iter().map(Vec::len).sum::<usize>() > files.len(), "uses are seen");
    let mut left: Vec<usize> = (0..files.len()).collect();
    loop {
        let before = left.len();
        let kept = left.clone();
        left.retain(|file| edges[*file].iter().any(|used| kept.contains(used)));
        let kept = left.clone();
        left.retain(|file| kept.iter().any(|user| edges[*user].contains(file)));
        if left.len() == before {
            break;
        }
    }
    let circle: Vec<String> = left.iter().map(|file| files[*file].module.join("::")).collect();
    assert_eq!(circle, [""; 0], "these use each other, or lie between files that do");
}

/// A type of ours that is imported under another name has a name that another type already has.
#[test]
fn no_import_renames_a_type_of_ours() {
    for path in sources(&root().join("src")) {
        let text = fs::read_to_string(&path).unwrap();
        let ours = text.split("use crate::").skip(1).filter_map(|rest| rest.split_once(';'));
        let renamed: Vec<&str> = ours.map(|(path, _)| path).filter(|path| renames_a_type(path)).collect();
        assert_eq!(renamed, [""; 0], "{}", path.display());
    }
    assert!(renames_a_type("domain::a::{Line as Row, other}"));
    assert!(!renames_a_type("store::audit as stored"), "a module may be told from its namesake");
}

/// Whether a path holds `Name as Other`, both with a capital.
fn renames_a_type(path: &str) -> bool {
    let capital = |word: &str| word.chars().next().is_some_and(char::is_uppercase);
    path.match_indices(" as ").any(|(at, found)| {
        let before = path[..at].rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
        capital(before) && capital(&path[at + found.len()..])
    })
}

#[test]
fn a_use_is_read_in_all_its_spellings() {
    let module = ["wire".to_owned(), "line".to_owned()];
    let text = "use super::redaction::biometric;\npub use crate::domain::{Invalid, time::{Instant, Span}};\nuse std::fmt;";
    let found: Vec<String> = uses(text, &module, false).iter().map(|path| path.join("::")).collect();
    assert_eq!(
        found,
        ["wire::redaction::biometric", "domain::Invalid", "domain::time::Instant", "domain::time::Span"]
    );
}
