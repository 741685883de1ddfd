//! A school in a temporary folder, and the terminal in front of it.
//!
//! Every process starts with an empty environment and a fixed instant, so that a session prints the same
//! today and in ten years.

use std::cell::OnceCell;
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, ChildStdout, Command, Output, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use super::limit::{self, Limited, wait};
pub use super::limit::{PATIENCE, run, wait_for, wait_until};

/// Monday 7 September 2026, 09:59:12 in Baghdad: within Block 2 of [`School::example`].
pub const NOW: &str = "2026-09-07T09:59:12+03:00";

/// A person at a pseudo-terminal: types once the words are on the screen, and shows the screen.
const PERSON: &str = r#"
import os, pty, sys, select, time
patience, wanted, keys, command = float(sys.argv[1]), sys.argv[2].encode(), sys.argv[3], sys.argv[4:]
keys = keys.encode().decode("unicode_escape").encode("latin-1")
child, terminal = pty.fork()
if child == 0:
    os.execv(command[0], command)
screen, deadline, typed = b"", time.monotonic() + patience, False
try:
    while select.select([terminal], [], [], max(0, deadline - time.monotonic()))[0]:
        more = os.read(terminal, 4096)
        if not more:
            break
        screen += more
        if not typed and wanted in screen:
            os.write(terminal, keys)
            typed = True
except OSError:
    pass
if time.monotonic() >= deadline:
    os.kill(child, 9)
sys.stdout.buffer.write(screen)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"#;

/// A folder with a database, and an instant.
pub struct School {
    folder: TempDir,
    now: String,
}

impl School {
    /// A folder without a database.
    pub fn empty() -> Self {
        Self { folder: TempDir::new().unwrap(), now: NOW.into() }
    }

    /// A new empty database in Baghdad.
    pub fn new() -> Self {
        let school = Self::empty();
        school.ok(&["init", "--timezone", "Asia/Baghdad", "--school", "Green Valley School"]);
        school
    }

    /// Five students in two groups, four periods, a week of schedule.
    pub fn example() -> Self {
        let school = Self::new();
        school.write(
            "roll.csv",
            "code,name,group\nH000101,Zoë O'Neil,G7\nH000102,ژیان ئەحمەد,G7\nH000123,Ada Karim,G7\n\
             H000140,王小明,G8\nH000177,Omar Haddad,G8\n",
        );
        school.ok(&["student", "import", "roll.csv"]);
        for (name, start, end) in [
            ("Assembly", "08:00", "08:15"),
            ("Block 1", "08:20", "09:30"),
            ("Block 2", "09:35", "10:20"),
            ("Block 3", "10:35", "11:20"),
        ] {
            let graces = ["--early-grace", "5m", "--late-grace", "0"];
            school.ok(&[
                &["period", "add", name, "--start", start, "--end", end, "--days", "sun-thu"],
                &graces[..],
            ]
            .concat());
        }
        school.ok(&["schedule", "generate"]);
        school
    }

    /// The same school at another instant.
    pub fn at(&mut self, now: &str) -> &Self {
        self.now = now.into();
        self
    }

    /// Where a file of the school lies.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, content).unwrap();
        path
    }

    /// A process that is about to start.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = self.program(env!("CARGO_BIN_EXE_attend"));
        // The school's folder holds no zone rules, so the compiled-in ones are used on every machine.
        command.args(args).env_remove("PATH").env("TZDIR", self.folder.path());
        command
    }

    /// Another program beside it, which finds `attend` on its path.
    pub fn program(&self, name: impl AsRef<OsStr>) -> Command {
        let attend = Path::new(env!("CARGO_BIN_EXE_attend")).parent().unwrap();
        let others = std::env::var_os("PATH").unwrap_or_default();
        let path = std::iter::once(attend.to_owned()).chain(std::env::split_paths(&others));
        let mut command = Command::new(name);
        command.current_dir(self.folder.path()).env_clear().env("PATH", std::env::join_paths(path).unwrap());
        command.env("ATTEND_DB", self.path("school.db")).env("ATTEND_NOW", &self.now).env("USER", "admin");
        command
    }

    /// Runs a command with `input`.
    pub fn feed(&self, args: &[&str], input: impl AsRef<[u8]>) -> Output {
        run(&mut self.command(args), input)
    }

    /// Runs a command whose reader has gone away before it starts.
    pub fn unread(&self, args: &[&str], input: impl AsRef<[u8]>) -> Output {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = self.command(args);
        command.stdin(Stdio::piped()).stdout(writer).stderr(Stdio::piped());
        let mut process = Limited::start(&mut command);
        let _ = process.stdin.take().unwrap().write_all(input.as_ref());
        process.output()
    }

    /// Runs a command on a terminal and types `keys` (with escapes such as `\x1b`) once it shows `wanted`.
    pub fn at_terminal(&self, args: &[&str], wanted: &str, keys: &str, env: &[(&str, &str)]) -> String {
        self.at_program(env!("CARGO_BIN_EXE_attend"), args, wanted, keys, env)
    }

    /// The same in front of another program, such as a shell.
    pub fn at_program(
        &self,
        program: &str,
        args: &[&str],
        wanted: &str,
        keys: &str,
        env: &[(&str, &str)],
    ) -> String {
        let mut person = self.program("python3");
        let patience = PATIENCE.as_secs().to_string();
        person.args(["-c", PERSON, &patience, wanted, keys, program]).args(args);
        person.env("TERM", "xterm").envs(env.iter().copied());
        let output = limit::output(&mut person);
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stdout)
    }

    /// Runs a command that must succeed. Returns its standard output.
    pub fn ok(&self, args: &[&str]) -> String {
        let output = self.feed(args, "");
        let said = (text(&output.stdout), text(&output.stderr));
        assert!(
            output.status.success(),
            "attend {}\n{}\n{}\n{}",
            args.join(" "),
            output.status,
            said.0,
            said.1
        );
        said.0
    }

    /// Ingests lines and gives the acks as JSON.
    pub fn ingest(&self, lines: impl AsRef<[u8]>) -> Vec<serde_json::Value> {
        let output = self.feed(&["ingest"], lines);
        let acks = text(&output.stdout);
        acks.lines().map(|ack| serde_json::from_str(ack).unwrap()).collect()
    }

    /// A running `ingest` to talk to.
    pub fn stream(&self, args: &[&str]) -> Stream {
        let mut command = self.command(&[&["ingest"], args].concat());
        Stream::start(command.stderr(Stdio::null()))
    }

    /// Every recognition on the disk, as `instant student camera score`.
    pub fn stored(&self) -> Vec<String> {
        let conn = rusqlite::Connection::open(self.path("school.db")).unwrap();
        let sql = "SELECT ts || ' ' || code || ' ' || c.name || ' ' || score FROM recognition r
                   JOIN student s ON s.id = r.student JOIN camera c ON c.id = r.camera ORDER BY ts, code, c.name";
        let mut stmt = conn.prepare(sql).unwrap();
        stmt.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
    }

    /// The records of some dates, as JSON.
    pub fn records(&self, from: &str, to: &str) -> Vec<serde_json::Value> {
        let rows = self.ok(&["export", "records", "--from", from, "--to", to, "--format", "jsonl"]);
        rows.lines().map(|row| serde_json::from_str(row).unwrap()).collect()
    }

    /// The screen of a person who runs some commands: the input, standard output, standard error (marked
    /// with `!`) and an exit code other than 0.
    pub fn session(&self, lines: &[&str]) -> String {
        let mut seen = String::new();
        for line in lines {
            let output = self.feed(&words(line).iter().map(String::as_str).collect::<Vec<_>>(), "");
            self.show(line, &output, &mut seen);
        }
        seen
    }

    /// The same for one command with input.
    pub fn session_with(&self, line: &str, input: impl AsRef<[u8]>) -> String {
        let output = self.feed(&words(line).iter().map(String::as_str).collect::<Vec<_>>(), input);
        let mut seen = String::new();
        self.show(line, &output, &mut seen);
        seen
    }

    fn show(&self, line: &str, output: &Output, seen: &mut String) {
        writeln!(seen, "$ attend {line}").unwrap();
        let folder = self.folder.path().to_str().unwrap();
        let hidden = |bytes: &[u8]| text(bytes).replace(folder, "~").replace('\r', "␍");
        seen.push_str(&hidden(&output.stdout));
        for line in hidden(&output.stderr).lines() {
            writeln!(seen, "{}", format!("! {line}").trim_end()).unwrap();
        }
        match output.status.code() {
            Some(0) => {}
            Some(code) => writeln!(seen, "[{code}]").unwrap(),
            None => writeln!(seen, "[killed]").unwrap(),
        }
    }
}

/// A process that reads lines and writes acks.
pub struct Stream {
    child: Limited,
    stdin: Option<ChildStdin>,
    acks: BufReader<ChildStdout>,
}

impl Stream {
    /// Starts a command with pipes on both sides.
    pub fn start(command: &mut Command) -> Self {
        let mut child = Limited::start(command.stdin(Stdio::piped()).stdout(Stdio::piped()));
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take().unwrap());
        Self { child, stdin, acks: BufReader::new(stdout) }
    }

    /// Sends lines that fit into a pipe together with their acks. More of them would fill both pipes, and neither
    /// process could go on: see [`send_and_end`](Self::send_and_end).
    pub fn send(&mut self, lines: &str) -> std::io::Result<()> {
        self.stdin.as_mut().unwrap().write_all(lines.as_bytes())
    }

    /// The next ack. `None` after the last one.
    pub fn ack(&mut self) -> Option<serde_json::Value> {
        let mut line = String::new();
        self.acks.read_line(&mut line).unwrap();
        line.ends_with('\n').then(|| serde_json::from_str(&line).unwrap())
    }

    /// The next line that is JSON.
    pub fn next_json(&mut self) -> Option<serde_json::Value> {
        loop {
            let mut line = String::new();
            if self.acks.read_line(&mut line).unwrap() == 0 {
                return None;
            }
            if let Ok(json) = serde_json::from_str::<serde_json::Value>(&line)
                && json.is_object()
            {
                return Some(json);
            }
        }
    }

    /// Sends a line and waits for its ack.
    pub fn ask(&mut self, line: &str) -> serde_json::Value {
        self.send(line).unwrap();
        self.ack().unwrap()
    }

    /// Sends a signal.
    pub fn signal(&self, name: &str) {
        limit::ok(Command::new("kill").args(["-s", name, &self.child.id().to_string()]));
    }

    /// Its peak memory in KiB.
    pub fn peak_memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        peak.trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// Stops listening to acks.
    pub fn go_away(self) -> (Limited, ChildStdin) {
        (self.child, self.stdin.unwrap())
    }

    /// Sends any number of lines while it reads the acks, then closes the input and waits for the end. Lines that the
    /// process does not take are lost. Returns the remaining acks and the exit code.
    pub fn send_and_end(mut self, lines: &str) -> (Vec<serde_json::Value>, Option<i32>) {
        let mut stdin = self.stdin.take().unwrap();
        std::thread::scope(|scope| {
            scope.spawn(move || stdin.write_all(lines.as_bytes()));
            self.end()
        })
    }

    /// Closes the input and waits for the end. Returns the remaining acks and the exit code.
    pub fn end(mut self) -> (Vec<serde_json::Value>, Option<i32>) {
        drop(self.stdin.take());
        let rest = std::iter::from_fn(|| self.next_json()).collect();
        (rest, self.child.wait().unwrap().code())
    }
}

/// Whether a program that only some tests need is installed. With `ATTEND_TEST_ALL` it must be.
pub fn has(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found =
        std::env::split_paths(&path).chain(["/usr/sbin".into()]).any(|folder| folder.join(program).is_file());
    assert!(found || std::env::var_os("ATTEND_TEST_ALL").is_none(), "{program} is not installed");
    if !found {
        let _ = writeln!(std::io::stderr(), "skipped: this test needs {program}");
    }
    found
}

/// A line of a recognition.
pub fn seen(student: &str, score: f64, ts: &str, camera: &str) -> String {
    format!("{{\"student\":\"{student}\",\"score\":{score},\"ts\":\"{ts}\",\"camera\":\"{camera}\"}}\n")
}

/// The words of a command line; double quotes keep several together.
pub fn words(line: &str) -> Vec<String> {
    let parts = line.split('"').enumerate();
    parts
        .flat_map(|(nth, part)| match nth % 2 {
            0 => part.split_whitespace().map(str::to_owned).collect(),
            _ => vec![part.to_owned()],
        })
        .collect()
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The root of the project.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A real terminal (tmux) with a program in it, so that tests see the same screen as a person.
pub struct Terminal {
    name: String,
    log: PathBuf,
    /// The screen at the end of the program.
    last: OnceCell<Vec<String>>,
}

/// Follows in the log on everything that the program wrote.
const THE_END: &str = "THE-END";

impl Terminal {
    /// Opens a terminal of a size and starts a command of `attend` in it.
    pub fn open(school: &School, args: &[&str], columns: u16, rows: u16) -> Self {
        let name = format!("attend-{}-{columns}-{}", std::process::id(), args.len() + school.now.len());
        let name = format!(
            "{name}-{}",
            school.folder.path().file_name().unwrap().to_str().unwrap().replace('.', "")
        );
        let log = school.path("terminal.log");
        let program = format!(
            "exec env -i TERM=xterm-256color LANG=C.UTF-8 ATTEND_DB={} ATTEND_NOW={} {} {}",
            school.path("school.db").display(),
            school.now,
            env!("CARGO_BIN_EXE_attend"),
            args.join(" ")
        );
        let _ = fs::remove_file(&log); // that of an earlier terminal
        let terminal = Self { name, log, last: OnceCell::new() };
        terminal.tmux(&[
            "-f",
            "/dev/null",
            "new-session",
            "-d",
            "-x",
            &columns.to_string(),
            "-y",
            &rows.to_string(),
            "sleep 600",
        ]);
        terminal.tmux(&["set", "-g", "remain-on-exit", "on"]);
        let pipe = format!("cat > {}", terminal.log.display());
        terminal.tmux(&["pipe-pane", &pipe]);
        terminal.tmux(&["respawn-pane", "-k", &program]);
        terminal
    }

    fn tmux(&self, args: &[&str]) -> String {
        let output = limit::output(Command::new("tmux").args(["-u", "-L", &self.name]).args(args));
        assert!(output.status.success(), "tmux {args:?}: {}", text(&output.stderr));
        text(&output.stdout)
    }

    /// The lines on the screen. After [`Self::ended`] they are those that the program left there.
    pub fn screen(&self) -> Vec<String> {
        if let Some(last) = self.last.get() {
            return last.clone();
        }
        self.tmux(&["capture-pane", "-p"]).lines().map(str::to_owned).collect()
    }

    /// Waits until some words are on the screen.
    pub fn wait_for(&self, words: &str) {
        let shown = wait(|| self.screen().into_iter().find(|line| line.contains(words)));
        assert!(shown.is_some(), "{words:?} never appeared:\n{}", self.screen().join("\n"));
    }

    /// Waits until the screen has been drawn again: its log grows.
    pub fn refresh(&self) {
        let size = || fs::metadata(&self.log).map_or(0, |log| log.len());
        let before = size();
        wait_until("another screen", || size() > before);
        std::thread::sleep(Duration::from_millis(150));
    }

    /// The columns at which the words of each line begin, to detect jumps. Rows below RECENT show
    /// other recognitions each time, but in the same columns.
    pub fn layout(&self) -> Vec<(usize, String)> {
        let fixed = [
            "Green Valley",
            "TODAY",
            "CAMERAS",
            "RECENT",
            "Assembly",
            "Block 3",
            "gate-1",
            "hall-2",
            "online",
            "present",
        ];
        let screen = self.screen();
        let above = screen.iter().position(|line| line.starts_with("RECENT")).unwrap();
        let found = screen[..=above].iter().enumerate();
        found
            .flat_map(|(row, line)| {
                fixed.iter().filter_map(move |word| {
                    line.find(word).map(|at| (row, format!("{word} at {}", line[..at].chars().count())))
                })
            })
            .collect()
    }

    /// The process in the terminal.
    pub fn process(&self) -> String {
        self.tmux(&["list-panes", "-F", "#{pane_pid}"]).trim().to_owned()
    }

    /// Presses keys.
    pub fn press(&self, keys: &str) {
        self.tmux(&["send-keys", keys]);
    }

    /// Waits for the program to end; gives everything it wrote to the terminal.
    ///
    /// That reaches the log through a process of its own, which may be behind. So another program sends a mark after
    /// it the same way.
    pub fn ended(&self) -> String {
        wait_until("its end", || self.tmux(&["list-panes", "-F", "#{pane_dead}"]).trim() == "1");
        let _ = self.last.set(self.screen());
        self.tmux(&["respawn-pane", &format!("printf {THE_END}; exec sleep 600")]);
        wait_for("the whole log", || {
            let log = text(&fs::read(&self.log).unwrap_or_default());
            log.split_once(THE_END).map(|(written, _)| written.to_owned())
        })
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        limit::output(Command::new("tmux").args(["-L", &self.name, "kill-server"]));
    }
}
