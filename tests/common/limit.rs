//! A limit on everything that a test waits for. A process that hangs fails its test, and the others go on.
//!
//! Clippy refuses processes that are started in another way (`.clippy.toml`).

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::ops::{Deref, DerefMut};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{JoinHandle, sleep, spawn};
use std::time::{Duration, Instant};

/// A test fails if an expected event takes longer than this. No machine is that slow.
pub const PATIENCE: Duration = Duration::from_secs(300);

/// The limit of a process that does the work of many: a server, a suite of tests, a benchmark.
pub const LONG_PATIENCE: Duration = Duration::from_secs(4 * PATIENCE.as_secs());

/// A running process and its children, a process group. The group is killed after a limit, and when
/// this is dropped: no failure of a test leaves a browser behind.
pub struct Limited {
    child: Option<Child>,
    watchdog: Watchdog,
}

impl Limited {
    /// Starts a process whose limit is [`PATIENCE`].
    pub fn start(command: &mut Command) -> Self {
        Self::within(PATIENCE, command)
    }

    /// Starts a process with another limit.
    #[expect(clippy::disallowed_methods, reason = "this is the one place")]
    pub fn within(limit: Duration, command: &mut Command) -> Self {
        let child = command.process_group(0).spawn();
        let child = child.unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let watchdog = Watchdog::over(child.id(), limit);
        Self { child: Some(child), watchdog }
    }

    /// Waits for its end.
    pub fn output(mut self) -> Output {
        let output = self.child.take().unwrap().wait_with_output().unwrap();
        assert!(!self.watchdog.struck(), "killed because it took too long: {output:?}");
        output
    }
}

impl Deref for Limited {
    type Target = Child;

    fn deref(&self) -> &Child {
        self.child.as_ref().unwrap()
    }
}

impl DerefMut for Limited {
    fn deref_mut(&mut self) -> &mut Child {
        self.child.as_mut().unwrap()
    }
}

impl Drop for Limited {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child
            && let Ok(None) = child.try_wait()
        {
            kill_group(child.id());
            let _ = child.wait();
        }
    }
}

/// A thread that kills a process group if it is not told in time that the group has ended.
struct Watchdog {
    ended: Option<Sender<()>>,
    thread: Option<JoinHandle<bool>>,
}

impl Watchdog {
    fn over(group: u32, limit: Duration) -> Self {
        let (ended, waiting) = channel();
        let thread = spawn(move || {
            let late = waiting.recv_timeout(limit) == Err(RecvTimeoutError::Timeout);
            if late {
                kill_group(group);
            }
            late
        });
        Self { ended: Some(ended), thread: Some(thread) }
    }

    /// Ends it. Returns whether it has killed the group.
    fn struck(&mut self) -> bool {
        self.ended = None;
        self.thread.take().is_some_and(|thread| thread.join().unwrap())
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.struck();
    }
}

#[expect(clippy::disallowed_methods, reason = "it ends by itself, and it must work when a limit does not")]
fn kill_group(group: u32) {
    let _ =
        Command::new("kill").args(["-s", "KILL", "--", &format!("-{group}")]).stderr(Stdio::null()).status();
}

/// Runs a program to its end, without an input.
pub fn output(command: &mut Command) -> Output {
    output_within(PATIENCE, command)
}

/// The same with another limit.
pub fn output_within(limit: Duration, command: &mut Command) -> Output {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    Limited::within(limit, command).output()
}

/// Runs a program to its end with `input`.
pub fn run(command: &mut Command, input: impl AsRef<[u8]>) -> Output {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = Limited::start(command);
    let mut stdin = process.stdin.take().unwrap();
    let input = input.as_ref().to_vec();
    // On its own thread, because a program that answers while it reads must not block on us.
    let feeder = spawn(move || drop(stdin.write_all(&input)));
    let output = process.output();
    feeder.join().unwrap();
    output
}

/// Runs a program that must succeed, without an input. Returns its standard output.
pub fn ok(command: &mut Command) -> String {
    let output = output(command);
    let said = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    assert!(output.status.success(), "{command:?}: {}\n{}", output.status, said.join("\n"));
    let [printed, _] = said;
    printed
}

/// Waits until a condition holds.
pub fn wait_until(what: &str, mut happened: impl FnMut() -> bool) {
    wait_for(what, || happened().then_some(()));
}

/// Waits for something that must come.
pub fn wait_for<T>(what: &str, come: impl FnMut() -> Option<T>) -> T {
    wait(come).unwrap_or_else(|| panic!("never happened: {what}"))
}

/// Waits for something that may not come. `None`: it has not come in time.
pub fn wait<T>(mut come: impl FnMut() -> Option<T>) -> Option<T> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let found = come();
        if found.is_some() || Instant::now() > deadline {
            return found;
        }
        sleep(Duration::from_millis(5));
    }
}

/// A shell that waits for ever for a process that holds its output open.
fn endless() -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", "sleep 1000000 & echo $!; wait"]).stdin(Stdio::null()).stdout(Stdio::piped());
    shell
}

#[test]
#[should_panic(expected = "killed because it took too long")]
fn a_process_that_hangs_is_killed_with_its_children() {
    Limited::within(Duration::from_millis(200), &mut endless()).output();
}

#[test]
fn a_process_ends_with_its_test() {
    let mut shell = Limited::start(&mut endless());
    let mut line = String::new();
    BufReader::new(shell.stdout.take().unwrap()).read_line(&mut line).unwrap();
    // Empty for a process that has ended and was not yet waited for.
    let running = || fs::read(format!("/proc/{}/cmdline", line.trim())).is_ok_and(|words| !words.is_empty());
    // While a program takes the place of the shell, its words are empty for a moment.
    wait_until("the start of the child", running);
    drop(shell);
    wait_until("the end of the child", || !running());
}
