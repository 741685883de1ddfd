//! Runs everything in examples/, or lets its own program check it. (The quickstart is run by
//! docs.rs, runner.py by runner_py.rs, the socket and ssh by remote.rs.)

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Output;

use crate::common::harness::{School, has, root, seen, text};
use crate::common::limit::{ok, output};
use crate::common::servers::Server;
use crate::watch::notify::configure;

fn path(name: &str) -> PathBuf {
    root().join("examples").join(name)
}

fn example(name: &str) -> String {
    fs::read_to_string(path(name)).unwrap()
}

/// A school after its Monday, with a local mail server. `None` if a mail server cannot be run.
fn school() -> Option<(School, Server)> {
    let mut school = School::example();
    school.ingest(seen("H000123", 0.9, "2026-09-07T08:05:00+03:00", "gate-1"));
    school.ingest(seen("H000140", 0.9, "2026-09-07T08:34:00+03:00", "gate-1"));
    school.at("2026-09-07T20:00:00+03:00");
    let server = Server::smtp(&school, &[])?;
    let mail = format!("url = 'smtp://127.0.0.1:{}?tls=none'\nfrom = 'a@school.example'", server.port);
    let to = "summary_to = ['o@school.example']\nalerts_to = ['it@school.example']";
    configure(&school, &format!("[mail]\n{mail}\n{to}\n"));
    fs::create_dir(school.path("backup")).unwrap();
    Some((school, server))
}

/// Runs a shell line like cron and systemd, with a nearly empty environment.
fn run(school: &School, line: &str, env: &BTreeMap<String, String>) -> Output {
    output(school.program("sh").args(["-c", line]).envs(env))
}

/// The variables and the commands of a crontab, with those that a school switches on by removing the `#`.
fn crontab() -> (BTreeMap<String, String>, Vec<String>) {
    let text = example("crontab");
    let text = text.replace("\n#*", "\n*").replace("\n#30", "\n30");
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    let (mut env, mut commands) = (BTreeMap::new(), Vec::new());
    for line in lines {
        match line
            .split_once('=')
            .filter(|(name, _)| name.chars().all(|c| c.is_ascii_uppercase() || c == '_'))
        {
            Some((name, value)) => drop(env.insert(name.to_owned(), value.to_owned())),
            None => commands
                .push(line.split_whitespace().skip(5).collect::<Vec<_>>().join(" ").replace("\\%", "%")),
        }
    }
    (env, commands)
}

#[test]
fn the_commands_of_the_crontab_run_and_are_silent() {
    let Some((school, server)) = school() else { return };
    let (mut env, commands) = crontab();
    env.remove("PATH");
    env.insert("ATTEND_DB".into(), school.path("school.db").display().to_string());
    env.insert("ATTEND_CONFIG".into(), school.path("attend.toml").display().to_string());
    env.insert("BACKUPS".into(), school.path("backup").display().to_string());
    fs::remove_dir(school.path("backup")).unwrap();
    assert_eq!(commands.len(), 5);
    for command in &commands {
        let output = run(&school, command, &env);
        let said = text(&output.stdout) + &text(&output.stderr);
        assert_eq!(said, "", "{command}");
        assert!(output.status.success() || command.contains("health"), "{command}: {output:?}");
    }
    assert_eq!(server.arrived().len(), 1, "the summary");
    assert_eq!(fs::read_dir(school.path("backup")).unwrap().count(), 1);
    let jobs = school.ok(&["job", "list", "--format", "jsonl"]);
    for job in ["schedule-generate", "prune", "summary", "backup", "check"] {
        assert!(jobs.contains(job) || jobs.contains(&job.replace('-', " ")), "{job} is not a job:\n{jobs}");
    }
}

#[test]
fn cron_understands_the_crontab() {
    if has("crontab") {
        ok(School::empty().program("crontab").arg("-n").arg(path("crontab")));
        let broken = School::empty().write("crontab", "61 * * * * attend prune\n");
        let output = output(School::empty().program("crontab").arg("-n").arg(broken));
        assert!(!output.status.success(), "the control");
    }
}

/// The units beside the socket: services and the timers that start them.
const UNITS: [&str; 4] = ["health", "nightly", "schedule", "summary"];

/// All values of a key in a unit.
fn said(unit: &str, key: &str) -> Vec<String> {
    let lines = unit.lines().filter_map(|line| line.strip_prefix(key)?.strip_prefix('='));
    lines.map(str::to_owned).collect()
}

#[test]
fn the_commands_of_the_services_run() {
    let Some((school, server)) = school() else { return };
    let folder = school.path("").display().to_string();
    let env = [("ATTEND_CONFIG".to_owned(), format!("{folder}attend.toml"))].into();
    for unit in UNITS {
        let service = example(&format!("systemd/attend-{unit}.service"));
        let commands = said(&service, "ExecStart");
        assert!(!commands.is_empty());
        let accepted = said(&service, "SuccessExitStatus").join(" ");
        for command in commands {
            let here = command.replace("/var/lib/attend/", &folder).replace("$$", "$").replace("%%", "%");
            let output = run(&school, &here, &env);
            let code = output.status.code().unwrap().to_string();
            assert!(
                output.status.success() || accepted.split(' ').any(|one| one == code),
                "{here}: {output:?}"
            );
        }
    }
    assert_eq!(server.arrived().len(), 1, "the summary");
}

#[test]
fn systemd_understands_services_and_timers() {
    if !has("systemd-analyze") {
        return;
    }
    let school = School::empty();
    let objections = |change: &dyn Fn(String) -> String| -> Vec<String> {
        fs::create_dir_all(school.path("attend-.service.d")).unwrap();
        let hardening = change(example("systemd/attend-.service.d/hardening.conf"));
        school.write("attend-.service.d/hardening.conf", hardening);
        let units =
            UNITS.iter().flat_map(|unit| ["service", "timer"].map(|kind| format!("attend-{unit}.{kind}")));
        let files: Vec<PathBuf> = units
            .map(|name| {
                let unit = example(&format!("systemd/{name}"));
                let here = concat!("ExecStart=", env!("CARGO_BIN_EXE_attend"));
                school.write(&name, change(unit.replace("ExecStart=attend", here)))
            })
            .collect();
        let output = output(school.program("systemd-analyze").arg("verify").args(&files));
        let said = text(&output.stdout) + &text(&output.stderr);
        said.lines().filter(|line| line.contains("attend")).map(str::to_owned).collect()
    };
    assert_eq!(objections(&|unit| unit), [""; 0]);
    for (right, wrong) in
        [("OnCalendar=", "OnCalendar=at dawn "), ("ProtectHome=", "ProtectHouse="), ("Type=", "Typ=")]
    {
        assert_ne!(objections(&|unit| unit.replace(right, wrong)), [""; 0], "the control {wrong}");
    }
    for unit in UNITS {
        let timer = example(&format!("systemd/attend-{unit}.timer"));
        for when in said(&timer, "OnCalendar") {
            ok(school.program("systemd-analyze").args(["calendar", &when]));
        }
        assert!(
            unit == "health" || timer.contains("Persistent=true"),
            "{unit} is made up for after a night without power"
        );
    }
}

#[test]
fn the_recipes_give_their_answers() {
    if ["jq", "sqlite3"].iter().any(|program| !has(program)) {
        return;
    }
    let Some((school, _server)) = school() else { return };
    let recipe = |words: &[&str]| ok(school.program(path("recipes.sh")).args(words));
    let twice = "\"H000101\",\"Zoë O'Neil\",\"G7\",\"2\"\n\"H000102\",\"ژیان ئەحمەد\",\"G7\",\"2\"\n\
                 \"H000177\",\"Omar Haddad\",\"G8\",\"2\"\n";
    let day = ["2026-09-07", "2026-09-07"];
    assert_eq!(recipe(&["absent_twice", day[0], day[1]]), twice);
    assert_eq!(recipe(&["late", day[0], day[1]]), "\"H000140\",\"王小明\",1,14\n");
    assert!(recipe(&["class_list", "G8", day[0]]).contains("Omar Haddad"));
    recipe(&["workbook", day[0], "monday.xlsx"]);
    assert!(fs::read(school.path("monday.xlsx")).unwrap().starts_with(b"PK"));
    let query =
        "SELECT student, count(*) AS n FROM records WHERE status = 'absent' GROUP BY 1 ORDER BY 2 DESC, 1";
    assert_eq!(recipe(&["sql", day[0], day[1], query]).lines().nth(1), Some("H000101,2"));
    assert_eq!(recipe(&["runners_silent"]), "gate-1\n");
    let listed = output(&mut school.program(path("recipes.sh")));
    assert_eq!(listed.status.code(), Some(2));
    for name in ["absent_twice", "late", "class_list", "workbook", "sql", "runners_silent"] {
        assert!(text(&listed.stdout).contains(name), "{name}");
    }
}

#[test]
fn the_scripts_are_sound() {
    if has("shellcheck") {
        let files = ["recipes.sh", "quickstart.sh"].map(path);
        ok(School::empty().program("shellcheck").args(files));
    }
}
