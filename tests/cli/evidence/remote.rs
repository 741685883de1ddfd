//! Runners on other machines: the examples for systemd and ssh, run as far as a test machine can. Tests
//! that need a missing program are skipped, except in `.ci/run`.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::common::harness::{PATIENCE, School, has, root, run, seen, text, wait_for};
use crate::common::limit::{Limited, ok, output};

fn example(path: &str) -> String {
    fs::read_to_string(root().join("examples").join(path)).unwrap()
}

fn line(minute: u32, camera: &str) -> String {
    seen("H000123", 0.9, &format!("2026-09-07T09:{minute:02}:00+03:00"), camera)
}

fn hello(key: &str) -> String {
    format!("{{\"type\":\"hello\",\"key\":\"{}\"}}\n", key.trim())
}

// systemd

/// The units as they would be installed, except for the path of the program.
fn installed(school: &School, change: impl Fn(String) -> String) -> Vec<String> {
    ["attend-ingest.socket", "attend-ingest@.service"]
        .map(|name| {
            let unit = example(&format!("systemd/{name}"));
            let unit =
                change(unit.replace("ExecStart=attend", concat!("ExecStart=", env!("CARGO_BIN_EXE_attend"))));
            school.write(name, unit).display().to_string()
        })
        .to_vec()
}

fn systemd_analyze(args: &[&str], units: &[String]) -> Output {
    output(Command::new("systemd-analyze").args(args).args(units).env("SYSTEMD_COLORS", "0"))
}

/// The errors that systemd reports in our units. Its complaints about other units are ignored.
fn objections(units: &[String]) -> Vec<String> {
    let said = systemd_analyze(&["verify"], units);
    let said = text(&said.stdout) + &text(&said.stderr);
    said.lines().filter(|line| line.contains("attend")).map(str::to_owned).collect()
}

#[test]
fn systemd_finds_nothing_wrong_with_the_units() {
    if !has("systemd-analyze") {
        return;
    }
    let school = School::empty();
    assert_eq!(objections(&installed(&school, |unit| unit)), [""; 0]);
    let misspelt = installed(&school, |unit| unit.replace("ProtectHome=", "ProtectHouse="));
    assert_ne!(objections(&misspelt), [""; 0], "the control");
}

#[test]
fn the_service_is_sandboxed() {
    if !has("systemd-analyze") {
        return;
    }
    let school = School::empty();
    // In tenths, from 0 (nothing) to 100 (everything).
    let exposed = |units: &[String], at_most: &str| {
        let threshold = format!("--threshold={at_most}");
        !systemd_analyze(&["security", "--offline=true", &threshold], &units[1..]).status.success()
    };
    assert!(!exposed(&installed(&school, |unit| unit), "10"));
    let bare = installed(&school, |unit| unit.replace("ProtectSystem=", "#").replace("SystemCall", "#"));
    assert!(exposed(&bare, "10"), "the control");
}

/// A socket that starts the command of the service for every connection.
struct Listener {
    _processes: Limited,
    port: u16,
}

impl Listener {
    fn start(school: &School) -> Self {
        let service = example("systemd/attend-ingest@.service");
        let value = |key: &str| service.lines().find_map(|line| line.strip_prefix(key)).unwrap().to_owned();
        let (database, started) = (value("Environment="), value("ExecStart="));
        assert_eq!(database, "ATTEND_DB=/var/lib/attend/school.db");
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let mut command = school.program("systemd-socket-activate");
        command.args(["--accept", "--inetd", "--listen", &format!("127.0.0.1:{port}")]);
        // It passes on nothing of its own environment but this.
        for (name, value) in
            [("ATTEND_DB", school.path("school.db")), ("ATTEND_NOW", crate::common::harness::NOW.into())]
        {
            command.arg(format!("--setenv={name}={}", value.display()));
        }
        let mut words = started.split(' ');
        assert_eq!(words.next(), Some("attend"));
        command.arg(env!("CARGO_BIN_EXE_attend")).args(words);
        let processes = Limited::start(command.stdin(Stdio::null()).stderr(Stdio::null()));
        Self { _processes: processes, port }
    }

    fn connect(&self) -> Client {
        Client::new(wait_for("a connection", || TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).ok()))
    }
}

/// A runner on another machine.
struct Client {
    lines: TcpStream,
    acks: BufReader<TcpStream>,
}

impl Client {
    fn new(lines: TcpStream) -> Self {
        lines.set_read_timeout(Some(PATIENCE)).unwrap();
        let acks = BufReader::new(lines.try_clone().unwrap());
        Self { lines, acks }
    }

    fn ask(&mut self, line: &str) -> Option<(u64, u64, String)> {
        self.lines.write_all(line.as_bytes()).unwrap();
        self.ack()
    }

    /// Line, status and reason of the next ack. `None` once the connection is closed.
    fn ack(&mut self) -> Option<(u64, u64, String)> {
        let mut ack = String::new();
        if self.acks.read_line(&mut ack).unwrap() == 0 {
            return None;
        }
        let ack: Value = serde_json::from_str(&ack).unwrap();
        let reason = ack["reason"].as_str().unwrap_or_default().to_owned();
        Some((ack["line"].as_u64().unwrap(), ack["status"].as_u64().unwrap(), reason))
    }

    /// Closes the sending side, and waits until the other side has closed, too.
    fn end(mut self) {
        self.lines.shutdown(Shutdown::Write).unwrap();
        assert_eq!(self.ack(), None);
    }
}

fn stored(line: u64) -> Option<(u64, u64, String)> {
    Some((line, 200, String::new()))
}

fn refused(reason: &str) -> Option<(u64, u64, String)> {
    Some((1, 401, reason.to_owned()))
}

#[test]
fn runners_on_other_machines_talk_through_a_socket() {
    if !has("systemd-socket-activate") {
        return;
    }
    let school = School::example();
    let keys = ["gate-1", "gate-2"].map(|runner| school.ok(&["key", "create", runner]));
    let listener = Listener::start(&school);
    let (mut first, mut second) = (listener.connect(), listener.connect());
    assert_eq!(first.ask(&hello(&keys[0])), stored(1));
    assert_eq!(second.ask(&hello(&keys[1])), stored(1));
    for minute in 0..5 {
        let number = u64::from(minute) + 2;
        assert_eq!(second.ask(&line(40 + minute, "gate-2")), stored(number), "each has numbers of its own");
        assert_eq!(first.ask(&line(40 + minute, "gate-1")), stored(number));
    }
    second.end();
    first.lines.write_all((line(50, "gate-1") + "\n" + &line(51, "gate-1")).as_bytes()).unwrap();
    assert_eq!((first.ack(), first.ack()), (stored(7), Some((8, 400, "malformed".to_owned()))));
    assert_eq!(first.ack(), stored(9));
    first.end();
    assert_eq!(school.stored().len(), 12);
}

#[test]
fn without_the_right_key_the_socket_takes_no_line() {
    if !has("systemd-socket-activate") {
        return;
    }
    let school = School::example();
    let key = school.ok(&["key", "create", "gate-1"]);
    let listener = Listener::start(&school);
    let other = School::new().ok(&["key", "create", "gate-1"]);
    for (line, reason) in [(hello(&other), "key_invalid"), (line(40, "gate-1"), "key_required")] {
        let mut client = listener.connect();
        assert_eq!(client.ask(&line), refused(reason));
        assert_eq!(client.ack(), None, "and the connection is closed");
    }
    let mut client = listener.connect();
    assert_eq!(client.ask(&hello(&key)), stored(1));
    school.ok(&["key", "revoke", "gate-1"]);
    assert_eq!(client.ask(&line(40, "gate-1")), Some((2, 401, "key_revoked".to_owned())));
    assert_eq!(client.ack(), None);
    assert_eq!(school.stored(), [""; 0]);
}

// ssh and shell

#[test]
fn the_shell_scripts_are_clean() {
    if !has("shellcheck") {
        return;
    }
    let scripts =
        [".ci/run", ".ci/full", "examples/quickstart.sh", "tests/bare_machine.sh", "tests/flakes.sh"];
    ok(Command::new("shellcheck").args(scripts).current_dir(root()));
}

/// The forced commands of the example, as sshd reads them: up to a quote that no backslash precedes.
fn forced_commands() -> Vec<String> {
    let file = example("ssh/authorized_keys");
    let keys: Vec<&str> = file.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).collect();
    let command = |line: &&str| {
        let (_, quoted) = line.split_once("restrict,command=\"").expect("restricted, with a command");
        let end = quoted.match_indices('"').find(|(at, _)| !quoted[..*at].ends_with('\\')).unwrap().0;
        quoted[..end].replace("\\\"", "\"")
    };
    keys.iter().map(command).collect()
}

#[test]
fn ssh_can_read_the_authorized_keys() {
    if !has("ssh-keygen") {
        return;
    }
    let file = root().join("examples/ssh/authorized_keys");
    let keys = ok(Command::new("ssh-keygen").args(["-l", "-f"]).arg(file));
    assert_eq!(keys.lines().count(), forced_commands().len());
}

/// Runs a command like sshd: by the shell, in the user's home, with a nearly empty environment.
fn as_sshd(school: &School, command: &str, input: &str) -> (Vec<Value>, Option<i32>) {
    let mut shell = school.program("sh");
    shell.args(["-c", command]).env_remove("ATTEND_DB").env_remove("USER");
    // sshd sets it to the command that the runner asked for. attend ignores it.
    shell.env("SSH_ORIGINAL_COMMAND", "attend key list");
    let output = run(&mut shell, input);
    let acks = text(&output.stdout).lines().map(|ack| serde_json::from_str(ack).unwrap()).collect();
    (acks, output.status.code())
}

#[test]
fn the_forced_commands_take_lines() {
    let school = School::example();
    fs::create_dir(school.path("keys")).unwrap();
    school.ok(&["key", "create", "gate-1", "-o", "keys/gate-1"]);
    let own = school.ok(&["key", "create", "gate-2"]);
    let [kept_here, brought_along] = forced_commands().try_into().unwrap();

    let (acks, code) = as_sshd(&school, &kept_here, &line(40, "gate-1"));
    assert_eq!((acks.len(), &acks[0]["status"], code), (1, &200.into(), Some(0)));
    let (acks, code) = as_sshd(&school, &brought_along, &(hello(&own) + &line(40, "gate-2")));
    assert_eq!((acks.len(), &acks[1]["status"], code), (2, &200.into(), Some(0)));
    let (acks, code) = as_sshd(&school, &brought_along, &line(41, "gate-2"));
    assert_eq!((&acks[0]["reason"], code), (&"key_required".into(), Some(77)));

    school.ok(&["key", "revoke", "gate-1"]);
    let (acks, code) = as_sshd(&school, &kept_here, &line(41, "gate-1"));
    assert_eq!((&acks[0]["reason"], code), (&"key_revoked".into(), Some(77)));
    assert_eq!(school.stored().len(), 2);
}
