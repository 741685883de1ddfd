//! Files generated from the definitions of the commands are current: the manual in man/.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::common::harness::{School, has, root, text};
use crate::common::limit::output;

/// The files of a folder.
fn files(folder: &Path) -> BTreeMap<String, String> {
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
    entries
        .map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            (name, fs::read_to_string(entry.path()).unwrap())
        })
        .collect()
}

#[test]
fn the_manual_matches_the_help() {
    let school = School::empty();
    school.ok(&["man", "man"]);
    let (made, kept) = (files(&school.path("man")), files(&root().join("man")));
    for (name, page) in &made {
        assert!(kept.get(name) == Some(page), "man/{name} is not up to date: cargo bless");
    }
    for name in kept.keys() {
        assert!(made.contains_key(name), "man/{name} describes no command: git rm man/{name}");
    }
}

#[test]
fn every_page_has_every_part() {
    for (name, page) in files(&root().join("man")) {
        for part in [
            "NAME",
            "SYNOPSIS",
            "DESCRIPTION",
            "OPTIONS",
            "EXAMPLES",
            "EXIT STATUS",
            "ENVIRONMENT",
            "FILES",
            "SEE ALSO",
        ] {
            let heading =
                if part.contains(' ') { format!(".SH \"{part}\"\n") } else { format!(".SH {part}\n") };
            let (_, content) = page.split_once(&heading).unwrap_or_else(|| panic!("{name}: no {part}"));
            let content = content.trim_start_matches(".nf\n");
            assert!(!content.starts_with(".SH") && !content.starts_with(".fi"), "{name}: {part} is empty");
        }
        let top = page.split("\n.SH ").find(|part| part.starts_with("EXAMPLES\n")).unwrap();
        let of = name.trim_end_matches(".1").replace('-', " ");
        let command = of.split(' ').collect::<Vec<_>>();
        let shown = top.replace('\\', "");
        assert!(shown.contains(command.last().unwrap()), "{name} shows no example of {of}");
    }
}

#[test]
fn the_pages_are_sound() {
    let pages = root().join("man");
    if has("mandoc") {
        let names = files(&pages).into_keys().map(|name| pages.join(name));
        let output = output(Command::new("mandoc").args(["-Tlint", "-Wwarning"]).args(names));
        let found = text(&output.stdout);
        // A date would make the pages of one release differ.
        let found: Vec<&str> = found.lines().filter(|line| !line.contains("missing date")).collect();
        assert!(found.is_empty(), "{}", found.join("\n"));
    }
    if has("man") {
        for name in files(&pages).into_keys() {
            let mut man = Command::new("man");
            man.env("LC_ALL", "C.UTF-8").env("MANWIDTH", "100").args(["--warnings", "-l"]);
            let output = output(man.arg(pages.join(&name)));
            assert_eq!((text(&output.stderr).as_str(), output.status.success()), ("", true), "{name}");
            assert!(text(&output.stdout).contains("SEE ALSO"), "{name}");
        }
    }
}
