//! The writes of a program to the files of a database, and its output meanwhile, recorded by strace.
//!
//! The index of the log (`-shm`) is left out. It is memory, and made again when no process has it open.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::common::disk::Event;
use crate::common::harness::{School, text};

/// The calls that matter.
const CALLS: &str = "trace=openat,write,pwrite64,ftruncate,fsync,fdatasync,?unlink,unlinkat";

/// Records the programs that work on a school's database, one after the other or side by side.
pub struct Recorder<'a> {
    school: &'a School,
    before: BTreeMap<String, Vec<u8>>,
    traces: Vec<PathBuf>,
}

/// The files before, and everything that happened to them in its order.
pub struct Recording {
    pub before: BTreeMap<String, Vec<u8>>,
    pub events: Vec<Event>,
}

impl<'a> Recorder<'a> {
    pub fn new(school: &'a School) -> Self {
        let files = ["school.db", "school.db-wal", "school.db-journal"].map(str::to_owned).into_iter();
        let before =
            files.filter_map(|name| Some((name.clone(), fs::read(school.path(&name)).ok()?))).collect();
        Self { school, before, traces: Vec::new() }
    }

    /// A program that will be recorded.
    pub fn command(&mut self, program: &[impl AsRef<str>]) -> Command {
        let trace = self.school.path(&format!("trace.{}", self.traces.len()));
        let mut strace = self.school.program("strace");
        strace.args(["-f", "-y", "-ttt", "-xx", "-s", "1000000", "-e", CALLS, "-o"]).arg(&trace);
        strace.args(program.iter().map(AsRef::as_ref));
        self.traces.push(trace);
        strace
    }

    /// The finished recording.
    pub fn end(self) -> Recording {
        let folder = self.school.path("").canonicalize().unwrap().to_str().unwrap().to_owned();
        let mut events = Vec::new();
        for trace in &self.traces {
            let trace = fs::read_to_string(trace).unwrap();
            Reader { folder: &folder, begun: HashMap::new(), events: &mut events }.read(&trace);
        }
        events.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        Recording { before: self.before, events: events.into_iter().map(|(_, event)| event).collect() }
    }
}

/// Reads one trace.
struct Reader<'a> {
    folder: &'a str,
    /// Calls that have not returned, by thread.
    begun: HashMap<String, String>,
    events: &'a mut Vec<(f64, Event)>,
}

impl Reader<'_> {
    /// `PID SECONDS call(…) = result`, in two lines where another thread came in between.
    fn read(&mut self, trace: &str) {
        for line in trace.lines() {
            let (thread, rest) = line.split_once(' ').unwrap();
            let (time, call) = rest.trim_start().split_once(' ').unwrap();
            let time = time.parse().unwrap();
            if let Some(call) = call.strip_suffix(" <unfinished ...>") {
                self.begins(time, call);
                self.begun.insert(thread.to_owned(), call.to_owned());
            } else if call.starts_with("<... ") {
                let begun = self.begun.remove(thread).unwrap();
                self.returns(time, &begun, call);
            } else if !call.starts_with(['+', '-']) {
                self.begins(time, call);
                self.returns(time, call, call);
            }
        }
    }

    /// A write may be on the disk, and output may be read, as soon as the call begins.
    fn begins(&mut self, time: f64, call: &str) {
        let (verb, arguments) = call.split_once('(').unwrap();
        let event = match verb {
            "write" if arguments.starts_with("1<") || arguments.starts_with("2<") => {
                Some(Event::Said(quoted(arguments)))
            }
            "pwrite64" => self.opened(arguments).map(|name| Event::Written {
                name,
                at: last_number(arguments),
                bytes: quoted(arguments),
            }),
            "ftruncate" => {
                self.opened(arguments).map(|name| Event::Sized { name, size: last_number(arguments) })
            }
            "unlink" | "unlinkat" => self.named(&text(&quoted(arguments))).map(Event::Removed),
            _ => None,
        };
        self.events.extend(event.map(|event| (time, event)));
    }

    /// A flush has flushed, and a file is there, only once the call has returned.
    fn returns(&mut self, time: f64, call: &str, end: &str) {
        if end.rsplit(" = ").next().unwrap().starts_with('-') {
            return;
        }
        let (verb, arguments) = call.split_once('(').unwrap();
        let event = match verb {
            "openat" if arguments.contains("O_CREAT") => {
                self.named(&text(&quoted(arguments))).map(Event::Made)
            }
            "fsync" | "fdatasync" if path(arguments).as_deref() == Some(self.folder) => {
                Some(Event::FolderFlushed)
            }
            "fsync" | "fdatasync" => self.opened(arguments).map(Event::Flushed),
            _ => None,
        };
        self.events.extend(event.map(|event| (time, event)));
    }

    /// The name of the file of a call, if it belongs to the database and still has that name.
    fn opened(&self, arguments: &str) -> Option<String> {
        self.named(&path(arguments)?)
    }

    fn named(&self, path: &str) -> Option<String> {
        let name = path.strip_prefix(self.folder)?.strip_prefix('/')?;
        ["school.db", "school.db-wal", "school.db-journal"].contains(&name).then(|| name.to_owned())
    }
}

/// The path of an open file: `4<\x2f…>`.
fn path(arguments: &str) -> Option<String> {
    let (_, rest) = arguments.split_once('<')?;
    let (path, rest) = rest.split_once('>')?;
    (!rest.starts_with("(deleted)")).then(|| text(&bytes(path)))
}

/// The last argument, of a call that has returned or not: an offset, a size.
fn last_number(arguments: &str) -> usize {
    let last = arguments.rsplit(", ").next().unwrap();
    last.split(|c: char| !c.is_ascii_digit()).next().unwrap().parse().unwrap()
}

/// The first quoted argument.
fn quoted(arguments: &str) -> Vec<u8> {
    let mut parts = arguments.splitn(3, '"');
    bytes(parts.nth(1).unwrap_or_default())
}

/// `\x2f\x74…`
fn bytes(escaped: &str) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).unwrap() as u8;
    escaped.as_bytes().chunks(4).map(|four| digit(four[2]) << 4 | digit(four[3])).collect()
}

/// One after the other or two at once: the same calls are the same events.
#[test]
fn an_interrupted_call_is_read_whole() {
    let hex = |text: &str| text.bytes().map(|byte| format!("\\x{byte:02x}")).collect::<String>();
    let file = format!("4<{}>", hex("/s/school.db"));
    let (write, cut) =
        (format!("pwrite64({file}, \"{}\", 2, 8192", hex("ab")), format!("ftruncate({file}, 12288"));
    let read = |trace: String| {
        let mut events = Vec::new();
        Reader { folder: "/s", begun: HashMap::new(), events: &mut events }.read(&trace);
        format!("{:?}", events.iter().map(|(_, event)| event).collect::<Vec<_>>())
    };
    let in_turn = read(format!("7 1.0 {write}) = 2\n8 2.0 {cut}) = 0\n"));
    let at_once = read(format!(
        "7 1.0 {write} <unfinished ...>\n8 2.0 {cut} <unfinished ...>\n7 3.0 <... pwrite64 resumed>) = 2\n\
         8 4.0 <... ftruncate resumed>) = 0\n"
    ));
    assert_eq!(at_once, in_turn);
    assert!(in_turn.contains("at: 8192, bytes: [97, 98]") && in_turn.contains("size: 12288"), "{in_turn}");
}
