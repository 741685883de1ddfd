//! Documentation that cannot lie.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use attend::domain::evidence::reason::Reason;
use rusqlite::{Connection, TransactionBehavior};

use super::architecture::sources;
use crate::common::harness::{NOW, School, root, run, text};
use crate::common::limit::{ok, output};

fn readme() -> String {
    fs::read_to_string(root().join("README.md")).unwrap()
}

/// The output of the quickstart with this build.
fn quickstart() -> String {
    let mut command = Command::new(root().join("examples/quickstart.sh"));
    let path = std::env::var_os("PATH").unwrap();
    command.env_clear().env("PATH", path).env("ATTEND", env!("CARGO_BIN_EXE_attend"));
    ok(&mut command)
}

#[test]
fn the_pages_show_what_the_quickstart_prints() {
    let printed = quickstart();
    let (_, roster) = printed.split_once("$ attend roster now\n").unwrap();
    for status in ["✓ present", "✗ absent", "? low score"] {
        assert!(roster.contains(status), "no {status} in\n{roster}");
    }
    let (_, panel) = printed.split_once("$ attend panel --recent 5\n").unwrap();
    let (panel, _) = panel.split_once("\n$ attend roster now").unwrap();
    let index = fs::read_to_string(root().join("docs/README.md")).unwrap();
    for (page, command, shown) in [(index, "roster now", roster), (readme(), "panel --recent 5", panel)] {
        let block = format!("```text\n$ attend {command}\n{shown}```");
        assert!(page.contains(&block), "the page should show\n{block}");
    }
}

/// The cells of the rows of Markdown tables, without the line below each head.
fn rows<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<Vec<&'a str>> {
    lines
        .filter(|line| line.starts_with('|') && !line.starts_with("| -"))
        .map(|row| row.trim_matches('|').split('|').map(str::trim).collect())
        .collect()
}

/// The rows of the table at the beginning of a text that are not in the last run of its benchmark. A page may leave
/// out rows of the run.
fn not_measured(shown: &str, run: &str) -> Vec<String> {
    let (shown, run) = (rows(shown.lines().take_while(|line| line.starts_with('|'))), rows(run.lines()));
    assert!(shown.len() > 1, "there is a table");
    shown.iter().filter(|row| !run.contains(row)).map(|row| row.join(" | ")).collect()
}

#[test]
fn the_figures_of_the_docs_are_those_of_the_last_run() {
    let mut checked = 0;
    for page in ["README.md", "docs/performance.md"] {
        let text = fs::read_to_string(root().join(page)).unwrap();
        for part in text.split("<!-- benches/results/").skip(1) {
            let (name, shown) = part.split_once(" -->\n").unwrap();
            let run = fs::read_to_string(root().join("benches/results").join(name)).unwrap();
            assert_eq!(
                not_measured(shown, &run),
                [""; 0],
                "{page} shows other figures than benches/results/{name}"
            );
            checked += 1;
        }
    }
    assert!(checked >= 4, "{checked} tables name their run");
}

#[test]
fn a_figure_that_was_not_measured_is_found() {
    let run = "| | a |\n| --- | --: |\n| lines | 5 |\n| ms | 7 |\n";
    assert_eq!(not_measured("|     | a |\n| --- | --: |\n| ms    | 7 |\n\n| another |", run), [""; 0]);
    assert_eq!(not_measured("| | a |\n| --- | --: |\n| ms | 6 |\n", run), ["ms | 6"]);
}

#[test]
fn the_readme_takes_two_minutes() {
    assert!(readme().lines().count() <= 200);
}

#[test]
fn the_gate_runs_the_test_command_of_the_readme() {
    let gate = fs::read_to_string(root().join(".ci/run")).unwrap();
    let readme = readme();
    let (_, after) = readme.split_once("To run the tests:\n\n```sh\n").unwrap();
    let (command, _) = after.split_once("\n```").unwrap();
    assert!(gate.lines().any(|line| line == command), "{command}");
}

// docs/runners.md: input is marked ```jsonl in, with a word that names the state of the school. Its output
// follows, marked ```jsonl acks. Blocks marked ```sh runs are run unchanged.

/// A fenced block with its label and text.
struct Block<'a> {
    label: &'a str,
    text: &'a str,
}

fn blocks(page: &str) -> Vec<Block<'_>> {
    let mut rest = page;
    let mut blocks = Vec::new();
    while let Some((_, block)) = rest.split_once("\n```") {
        let (label, block) = block.split_once('\n').unwrap();
        let end = if block.starts_with("```") { 0 } else { block.find("\n```").unwrap() + 1 };
        blocks.push(Block { label, text: &block[..end] });
        rest = &block[end + 3..];
    }
    blocks
}

fn page() -> String {
    fs::read_to_string(root().join("docs/runners.md")).unwrap()
}

/// The answers of `attend ingest` in a school with the fault `matter`.
fn answers(matter: &str, input: &str) -> String {
    let mut school = School::example();
    let mut input = input.to_owned();
    let mut present_key = |school: &School, options: &[&str]| {
        let key = school.ok(&[&["key", "create", "gate-1"], options].concat());
        input = input.replace("atk_…", key.trim());
    };
    match matter {
        "hello" => present_key(&school, &[]),
        "other cameras" => present_key(&school, &["--cameras", "gate-1"]),
        "keyed" => drop(school.ok(&["key", "create", "gate-1"])),
        "revoked" => {
            present_key(&school, &[]);
            school.ok(&["key", "revoke", "gate-1"]);
        }
        "expired" => {
            school.at("2026-09-06T08:00:00+03:00");
            present_key(&school, &["--expires", "1d"]);
            school.at(NOW);
        }
        "inactive" => drop(school.ok(&["student", "deactivate", "H000177", "--from", "2026-09-07", "--yes"])),
        "erased" => drop(school.ok(&["student", "erase", "H000177", "--reason", "asked"])),
        "crowded" => {
            school.ok(&["camera", "add", "gate-1"]);
            school.ok(&["settings", "set", "max_cameras", "1"]);
            school.ok(&["settings", "set", "max_jobs", "1"]);
        }
        "limited" => drop(school.ok(&["settings", "set", "rate_limit", "1"])),
        "pruned" => {
            let spring = chrono::DateTime::parse_from_rfc3339("2026-04-01T00:00:00Z").unwrap();
            let conn = Connection::open(school.path("school.db")).unwrap();
            let changed = conn.execute("UPDATE revision SET watermark = ?1", [spring.timestamp_micros()]);
            assert_eq!(changed, Ok(1));
        }
        "torn" => assert_eq!(input.pop(), Some('\n')),
        "locked" => {
            let mut other = Connection::open(school.path("school.db")).unwrap();
            let _lock = other.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
            return text(&school.feed(&["ingest", "--max-wait", "50ms"], input).stdout);
        }
        "full" => return shell(&school, FULL, &["unshare", "--user", "--map-root-user", "--mount"], &input),
        "failing" => {
            // Leaves a log that is longer than a file of that process may become.
            let conn = Connection::open(school.path("school.db")).unwrap();
            let many = "WITH RECURSIVE n(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM n LIMIT 3000)
                        INSERT INTO camera (name, added_at) SELECT 'spare-' || n, 0 FROM n";
            conn.execute(many, []).unwrap();
            let script = "trap '' XFSZ; ulimit -f 66; attend ingest || test $? = 74";
            return shell(&school, script, &[], &input);
        }
        "gone" => {
            let script = r#"mkfifo lines; attend ingest < lines > acks & exec 3> lines
                read -r first; printf '%s\n' "$first" >&3; until [ -s acks ]; do sleep 0.05; done
                mv school.db away.db; cat >&3; exec 3>&-; wait; cat acks"#;
            return shell(&school, script, &[], &input);
        }
        other => assert_eq!(other, "", "a matter that this test knows"),
    }
    text(&school.feed(&["ingest"], input.replace('…', &"x".repeat(70_000))).stdout)
}

/// A separate small disk that is filled up once the first line is answered.
const FULL: &str = "mkdir small; mount -t tmpfs -o size=2m tmpfs small; cp school.db small/; mkfifo lines
    ATTEND_DB=small/school.db attend ingest <lines >acks & exec 3>lines
    read -r first; echo \"$first\" >&3; until test -s acks; do sleep 0.01; done
    cat /dev/zero >small/filler 2>/dev/null || cat >&3; exec 3>&-
    wait $! || test $? = 74; cat acks";

fn shell(school: &School, script: &str, within: &[&str], input: &str) -> String {
    let words = [within, &["sh", "-euc", script]].concat();
    let mut command = school.program(words[0]);
    let output = run(command.args(&words[1..]), input);
    assert!(output.status.success(), "{script}\n{}", text(&output.stderr));
    text(&output.stdout)
}

/// An ack with its random part taken out, if that is within the bounds.
fn without_jitter(ack: &str) -> String {
    let Some((before, after)) = ack.split_once("\"retry_after_ms\":") else {
        return ack.to_owned();
    };
    let (milliseconds, after) = after.split_at(after.find(|c: char| !c.is_ascii_digit()).unwrap());
    let least = if ack.contains("\"status\":503") { 30_000 } else { 1_000 };
    assert!((least..=2 * least + 2).contains(&milliseconds.parse().unwrap()), "{ack}");
    format!("{before}\"retry_after_ms\":{least}{after}")
}

#[test]
fn every_ack_on_the_page_for_runners_is_real() {
    let page = page();
    let mut seen = BTreeSet::new();
    let mut blocks = blocks(&page).into_iter().filter(|block| block.label.starts_with("jsonl"));
    while let Some(lines) = blocks.next() {
        let matter =
            lines.label.strip_prefix("jsonl in").unwrap_or_else(|| panic!("no lines: {}", lines.text));
        let acks = blocks.next().filter(|block| block.label == "jsonl acks");
        let acks = acks.unwrap_or_else(|| panic!("no acks after {}", lines.text));
        let answers = answers(matter.trim(), lines.text);
        let real: Vec<String> = answers.lines().map(without_jitter).collect();
        let shown: Vec<String> = acks.text.lines().map(without_jitter).collect();
        assert_eq!(shown, real, "{}{}should show\n{answers}", lines.label, lines.text);
        seen.extend(answers.lines().map(|ack| {
            let ack: serde_json::Value = serde_json::from_str(ack).unwrap();
            format!("{} {}", ack["status"], ack["reason"].as_str().unwrap_or("–"))
        }));
    }
    let (_, table) = page.split_once("## Every answer\n").unwrap();
    let rows =
        table.lines().skip_while(|line| !line.starts_with("| 2")).take_while(|line| line.starts_with('|'));
    let listed: BTreeSet<String> = rows
        .flat_map(|row| {
            let cells: Vec<&str> = row.split('|').map(str::trim).collect();
            let reasons = cells[2].split(", ").map(|reason| reason.trim_matches('`').to_owned());
            reasons.map(|reason| format!("{} {reason}", cells[1])).collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(listed.len(), 1 + Reason::ALL.len());
    assert_eq!(seen, listed, "every answer of the table has an example, and the other way round");
}

#[test]
fn the_commands_of_the_page_for_runners_run() {
    let page = page();
    let scripts: Vec<&str> =
        blocks(&page).iter().filter(|block| block.label == "sh runs").map(|block| block.text).collect();
    assert_eq!(scripts.len(), 3);
    let school = School::example();
    for (script, runner) in scripts.into_iter().zip(["gate-1", "gate-2", "hall"]) {
        let shown = shell(&school, script, &[], "");
        assert!(shown.contains(&format!(" {runner}  ")), "{shown}");
    }
}

#[test]
fn the_smallest_runner_runs() {
    let page = page();
    let script = blocks(&page).iter().find(|block| block.label == "python").unwrap().text;
    assert!(script.lines().count() <= 16);
    let lines = "{\"student\":\"H000123\",\"score\":0.83,\"camera\":1}\n?\n";
    let school = School::example();
    school.write("smallest.py", script);
    let printed = shell(&school, "python3 smallest.py", &[], lines);
    assert_eq!(printed, "200 {\"student\":\"H000123\",\"score\":0.83,\"camera\":1}\n400 ?\n");
}

// docs/operations.md: blocks marked ```sh runs are run unchanged, in a school with a week of data.

fn operations() -> String {
    fs::read_to_string(root().join("docs/operations.md")).unwrap()
}

/// The text under a heading of the page.
pub fn section(heading: &str) -> String {
    let page = operations();
    let (_, after) = page.split_once(&format!("\n## {heading}\n")).unwrap();
    after.split_once("\n## ").map_or(after, |(section, _)| section).to_owned()
}

/// The blocks of a section with a label.
pub fn scripts(heading: &str, label: &str) -> Vec<String> {
    let section = section(heading);
    let found = blocks(&section).into_iter().filter(|block| block.label == label);
    found.map(|block| block.text.to_owned()).collect()
}

#[test]
fn the_commands_about_retention_and_backups_run() {
    for (heading, number) in [("Retention", 2), ("Backups and replication", 2)] {
        let scripts = scripts(heading, "sh runs");
        assert_eq!(scripts.len(), number, "{heading}");
        for script in scripts {
            shell(&School::example(), &script, &[], "");
        }
    }
}

/// Every `attend …` of a page, in blocks and within lines, without pipes and redirections.
fn commands(page: &str) -> Vec<String> {
    let spans = page.split('`').skip(1).step_by(2).filter(|span| !span.contains('\n'));
    let lines = page.lines().map(|line| line.trim_start().trim_start_matches("$ "));
    let all = lines.chain(spans).filter(|text| text.starts_with("attend "));
    let plain = all.map(|text| text.split(['|', '>', ';', '#', '…', '<']).next().unwrap().trim().to_owned());
    plain.filter(|text| !["COMMAND", "JOB", " = "].iter().any(|no| text.contains(no))).collect()
}

#[test]
fn the_index_leads_to_every_page() {
    let index = fs::read_to_string(root().join("docs/README.md")).unwrap();
    for entry in fs::read_dir(root().join("docs")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(name == "README.md" || name == "board.png" || index.contains(&format!("({name})")), "{name}");
    }
}

#[test]
fn every_file_that_the_map_of_the_code_names_exists() {
    let folders =
        ["src", "tests", "benches", "examples"].iter().flat_map(|folder| sources(&root().join(folder)));
    let files: Vec<PathBuf> = folders.chain([root().join("build.rs")]).collect();
    let page = fs::read_to_string(root().join("docs/architecture.md")).unwrap();
    let named =
        page.split('`').skip(1).step_by(2).filter(|name| name.ends_with(".rs") && !name.contains(' '));
    let missing: Vec<&str> = named.filter(|name| !files.iter().any(|file| file.ends_with(name))).collect();
    assert_eq!(missing, [""; 0]);
}

#[test]
fn every_command_in_the_docs_exists() {
    let school = School::example();
    let mut seen = BTreeSet::new();
    for name in [
        "README.md",
        "docs/README.md",
        "docs/architecture.md",
        "docs/connect.md",
        "docs/contributing.md",
        "docs/district.md",
        "docs/office.md",
        "docs/operations.md",
        "docs/privacy.md",
        "docs/runners.md",
    ] {
        for command in commands(&fs::read_to_string(root().join(name)).unwrap()) {
            if !seen.insert(command.clone()) {
                continue;
            }
            let mut args = crate::common::harness::words(&command);
            args.push("--help".to_owned());
            let args: Vec<&str> = args[1..].iter().map(String::as_str).collect();
            let said = text(&school.feed(&args, "").stderr);
            let wrong = ["unexpected argument", "unrecognized subcommand", "cannot be used"];
            assert!(!wrong.iter().any(|wrong| said.contains(wrong)), "{name}: {command}\n{said}");
        }
    }
    assert!(seen.len() > 60, "only {} commands found", seen.len());
}

#[test]
fn every_command_of_the_readme_runs() {
    let mut school = School::empty();
    school.at("2026-09-07T09:00:00+03:00");
    school.write("roll.csv", "code,name,group\nH000103,Ada Karim,G7\nH000101,Zoë O'Neil,G7\n");
    let line = crate::common::harness::seen("H000103", 0.9, "2026-09-07T08:30:00+03:00", "gate-1");
    school.write("line.jsonl", line);
    let readme = readme();
    let (_, after) = readme.split_once("## Five things to do").unwrap();
    let (five, _) = after.split_once("## How runners connect").unwrap();
    let mut run = 0;
    for text_ in five.lines().flat_map(|line| {
        let spans: Vec<&str> = line.split('`').skip(1).step_by(2).collect();
        if line.starts_with("attend ") || line.starts_with("runner ") { vec![line] } else { spans }
    }) {
        let starts = text_.starts_with("attend ") || text_.starts_with("runner ");
        if !starts || text_.contains("COMMAND") {
            continue;
        }
        let script = text_.replace("/mnt/backup/", "").replace("runner |", "cat line.jsonl |");
        let output = output(school.program("sh").args(["-c", &script]));
        // health exits with its findings, and with an error where no recipient is configured.
        let fine = output.status.success() || script.starts_with("attend health");
        assert!(fine, "{script}\n{}", text(&output.stderr));
        run += 1;
    }
    assert!(run > 25, "only {run} commands were run");
}
