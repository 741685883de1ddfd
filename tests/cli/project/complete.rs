//! Tab: the offered words, and their insertion by real shells without evaluation.

use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::common::harness::{School, has, root, text};
use crate::common::limit::ok;

/// The words that fish would offer, without descriptions. `files` if the shell is to complete file
/// names.
fn offered(school: &School, words: &[&str]) -> Vec<String> {
    let printed = school.ok(&[&["complete", "fish", "--"], words].concat());
    let mut lines = printed.lines().map(|line| line.split('\t').next().unwrap().to_owned());
    match lines.next().as_deref() {
        Some("names") => lines.collect(),
        first => first.map(str::to_owned).into_iter().collect(),
    }
}

#[test]
fn names_come_from_the_database() {
    let school = School::example();
    school.ok(&["camera", "add", "gate-1", "--place", "main gate"]);
    school.ok(&["key", "create", "hall-2"]);
    for (words, expected) in [
        (&["mark", "H00012"][..], &["H000123"][..]),
        (&["mark", "H000123", "H000101", "p"], &["present"]),
        (&["unmark", "H00010"], &["H000101", "H000102"]),
        (&["student", "deactivate", "H000123", "H00017"], &["H000177"]),
        (&["student", "add", "H"], &[]),
        (&["mark", "H000123", "absent", "--period", "Block"], &["Block\\ 1", "Block\\ 2", "Block\\ 3"]),
        (&["roster", "now", "--period=Ass"], &["--period=Assembly"]),
        (&["period", "edit", "A"], &["Assembly"]),
        (&["period", "add", "X", "--groups", "G7,G"], &["G7,G7", "G7,G8"]),
        (&["camera", "edit", ""], &["gate-1"]),
        (&["key", "rotate", ""], &["hall-2", "gate-1"]),
        (&["export", "records", "--status", "absent,un"], &["absent,unknown"]),
        (&["-q", "settings", "set", "min_p"], &["min_periods"]),
        (&["--db", "nothere.db", "mark", "H"], &[]),
        (&["init", "--timezone", "Asia/Bagh"], &["Asia/Baghdad"]),
        (&["roster", "now", "--wat"], &["--watch"]),
        (&["roster", "now", "--watch", "--so"], &["--sort"]),
        (&["roster", "now", "--sort", "na", "--so"], &[]),
        (&["--format", "js"], &["json", "jsonl"]),
        (&["st"], &["student"]),
        (&["comp"], &[]),
        (&["mark", "--", "-"], &[]),
        (&["ingest", "x"], &["files"]),
        (&["export", "roster", "-o", "x"], &["files"]),
        (&["export", "roster", "--output=x"], &["files"]),
        (&["nonsense", "--nonsense=", "x"], &[]),
    ] {
        let expected: Vec<String> = expected.iter().map(|name| name.replace('\\', "")).collect();
        assert_eq!(offered(&school, words), expected, "{words:?}");
    }
    insta::assert_snapshot!(school.ok(&["complete", "zsh", "--", "mark", "H00010"]), @"
    names
    H000101	Zoë O'Neil
    H000102	ژیان ئەحمەد
    ");
}

#[test]
fn every_word_of_every_command_is_offered_where_it_belongs() {
    let school = School::empty();
    let top = offered(&school, &[""]);
    assert!(top.len() > 20 && top.contains(&"roster".into()), "{top:?}");
    for noun in &top {
        let help = school.ok(&[noun, "--help"]);
        let options = offered(&school, &[noun, "--"]);
        let long = help.lines().filter_map(|line| line.trim_start().split_once("--").map(|(_, rest)| rest));
        for option in help.lines().filter(|line| line.starts_with("      --") || line.starts_with("  -")) {
            let option = option.split_whitespace().find(|word| word.starts_with("--")).unwrap();
            assert!(options.contains(&option.to_owned()), "{noun} {option}: {options:?}");
        }
        assert!(long.count() > 0);
        for verb in offered(&school, &[noun, ""]).iter().filter(|_| help.contains("<COMMAND>")) {
            assert!(help.contains(&format!("\n  {verb}")), "{noun} {verb}");
        }
    }
}

#[test]
fn tab_prints_no_message_and_does_not_wait_for_locks() {
    let school = School::empty();
    for db in ["nothere.db", "damaged.db"] {
        school.write("damaged.db", "not a database");
        let output = school.feed(&["--db", db, "complete", "bash", "--", " =", "attend mark H"], "");
        assert_eq!((text(&output.stdout).as_str(), text(&output.stderr).as_str()), ("names\n", ""));
        assert!(output.status.success());
    }
    assert!(!school.path("nothere.db").exists());

    let school = School::example();
    let other = rusqlite::Connection::open(school.path("school.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(offered(&school, &["mark", "H000123"]), ["H000123"], "a writer is not waited for");
}

#[test]
fn control_characters_and_options_are_not_completed() {
    let school = School::example();
    let conn = rusqlite::Connection::open(school.path("school.db")).unwrap();
    conn.execute("UPDATE student SET code = 'H' || char(27) || '[2J' WHERE code = 'H000101'", []).unwrap();
    conn.execute("UPDATE student SET code = '--db=/tmp/x' WHERE code = 'H000102'", []).unwrap();
    conn.execute("UPDATE student SET name = 'Ada' || char(10) || 'names' WHERE code = 'H000123'", [])
        .unwrap();
    assert_eq!(offered(&school, &["mark", ""])[..4], ["list", "H000123", "H000140", "H000177"]);
    let printed = school.ok(&["complete", "zsh", "--", "mark", ""]);
    assert!(!printed.contains('\x1b') && printed.contains("Ada\\nnames"), "{printed}");
}

/// Names that a shell could evaluate, with the typed beginning and the expected quoting of each.
const CODE: &str = "Z;$(touch${IFS}pwned)`touch${IFS}pwned`&|<>*?[a]{b,c}'\"\\!~#=:%s";
const PERIODS: [&str; 3] = [
    "Evil $(touch pwned) `touch pwned` ; touch pwned & 'x' \"y\" \\ !! * ~ =a:b %d",
    "In $(touch pwned) `touch pwned` ; 'x' \"y\" \\ * $HOME =a:b %d",
    "Only $(touch pwned) `touch pwned` ; 'x' \"y\" \\ * $HOME =a:b %d",
];

/// A school with them.
fn hostile() -> School {
    let school = School::example();
    school.ok(&["student", "add", CODE, "$(touch pwned) %B`touch pwned`"]);
    for name in PERIODS {
        school.ok(&["period", "add", name, "--start", "12:00", "--end", "13:00", "--days", "daily"]);
    }
    school
}

/// Types into a shell that has loaded the script, and leaves it.
fn typed(school: &School, shell: &str, keys: &str) -> String {
    let scripts = root().join("completions");
    let scripts = scripts.display();
    let bash = format!("PS1='ready>'; source {scripts}/attend.bash\n");
    let zsh = format!("fpath=({scripts} $fpath); autoload -Uz compinit; compinit -u -D; PS1='ready>'\n");
    let fish = format!("function fish_prompt; echo 'ready>'; end; source {scripts}/attend.fish\n");
    let (bash, _) = (school.write("rc.bash", bash), school.write(".zshrc", zsh));
    let start = match shell {
        "bash" => vec!["bash", "--noprofile", "--rcfile", bash.to_str().unwrap(), "-i"],
        "zsh" => vec!["zsh", "-i"],
        _ => vec!["fish", "--no-config", "-i", "-C", &fish],
    };
    let home = school.path("").to_str().unwrap().to_owned();
    let env = [("HOME", &*home), ("ZDOTDIR", &*home), ("LANG", "C.UTF-8")];
    school.at_program("/usr/bin/env", &start, "ready>", &format!("{keys}\\nexit 0\\n"), &env)
}

#[test]
fn shells_put_hostile_names_onto_the_line_as_one_word() {
    for shell in ["bash", "zsh", "fish"].into_iter().filter(|shell| has(shell)) {
        let school = hostile();
        for keys in [
            "attend student deactivate Z\\t",
            "attend period disable E\\t",
            "attend period disable \\\"I\\t",
            "attend period disable 'O\\t",
        ] {
            let screen = typed(&school, shell, keys);
            assert!(!school.path("pwned").exists(), "{shell}: {screen}");
        }
        let roll = school.ok(&["student", "list", "--all", "--format", "jsonl"]);
        let student: Value = serde_json::from_str(roll.lines().last().unwrap()).unwrap();
        assert_eq!((&student["code"], &student["active"]), (&CODE.into(), &false.into()), "{shell}");
        let periods = school.ok(&["period", "list", "--format", "jsonl"]);
        let periods = periods.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let disabled: Vec<Value> = periods.filter(|period| period["enabled"] == false).collect();
        let disabled: Vec<&str> = disabled.iter().map(|period| period["name"].as_str().unwrap()).collect();
        assert_eq!(disabled, PERIODS, "{shell}");
    }
}

#[test]
fn shells_complete_commands_options_names_and_files() {
    for (keys, expected) in [
        ("attend sett\\tge\\tmin_sc\\t", "0.75"),
        ("attend student show H00012\\t", "Ada Karim"),
        ("attend roster show --period=Ass\\t", "Assembly"),
        ("attend roster show --peri\\t Ass\\t", "Assembly"),
        ("attend student import --dry-run ne\\t", "H000300"),
    ] {
        for shell in ["bash", "zsh", "fish"].into_iter().filter(|shell| has(shell)) {
            let school = School::example();
            school.write("new roll.csv", "code,name\nH000300,New One\n");
            let screen = typed(&school, shell, keys);
            assert!(screen.contains(expected), "{shell} {keys}: {screen}");
        }
    }
}

#[test]
fn the_scripts_are_sound() {
    let scripts = root().join("completions");
    for (shell, file) in [("bash", "attend.bash"), ("zsh", "_attend"), ("fish", "attend.fish")] {
        let script = fs::read_to_string(scripts.join(file)).unwrap();
        assert_eq!(School::empty().ok(&["completions", shell]), script);
        if has(shell) {
            ok(Command::new(shell).arg("-n").arg(scripts.join(file)));
        }
    }
    if has("shellcheck") {
        ok(Command::new("shellcheck").args(["-s", "bash"]).arg(scripts.join("attend.bash")));
    }
}
