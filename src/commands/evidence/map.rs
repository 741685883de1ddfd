//! `attend map`: other programs' messages in, lines out, with no database.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind, Read, Write};
use std::path::Path;

use crate::commands::problem::{Kind, Problem};
use crate::domain::Invalid;
use crate::failure::{Context, Failure, Result};
use crate::map::framing::{Frame, Framer};
use crate::map::message::Message;
pub(crate) use crate::map::presets::{PRESETS, find};

use crate::map::Fault;
use crate::map::presets::Cut;
use crate::map::program::Program;

/// Bytes read at once. A pipe returns the bytes it has, so no message waits for more.
const PIECE: usize = 64 * 1024;
/// Kinds of faults that are counted separately. Further kinds count as the last.
const MOST_KINDS: usize = 50;
/// Characters of a message that are shown with its fault.
const SHOWN: usize = 80;

/// A program, and how its input is cut into messages.
pub(crate) struct Mapping {
    program: Program,
    cut: Cut,
}

impl Mapping {
    /// From a preset's name, or from the path of a file that ends in `.jq`. `raw`: each line is a text.
    ///
    /// # Errors
    /// An unknown preset, a file that cannot be read, a program with a mistake, and a preset without the camera it needs.
    pub(crate) fn load(source: &str, camera: Option<&str>, raw: bool) -> Result<Self> {
        let cut = |cut| if raw { Cut::Lines } else { cut };
        if Path::new(source).extension().is_some_and(|extension| extension == "jq") {
            let code = std::fs::read_to_string(source).with_context(|| format!("cannot read {source}"))?;
            let program =
                Program::compile(&code, camera).map_err(|invalid| Problem::in_file(source, invalid))?;
            return Ok(Self { program, cut: cut(Cut::Messages) });
        }
        let preset = find(source)?;
        if preset.needs_camera && camera.is_none() {
            let message = format!("messages of {source} name no camera");
            return Err(Invalid::new(message).hint(format!("attend map {source} --camera gate-1")).into());
        }
        Ok(Self { program: Program::compile(preset.program, camera)?, cut: cut(preset.cut) })
    }
}

/// Counts of messages by outcome.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// All of them.
    pub messages: u64,
    /// Lines written.
    pub lines: u64,
    /// Messages that were understood but are not about attendance.
    pub passed_over: u64,
    /// Messages that were not understood, by kind of fault.
    pub faults: BTreeMap<String, u64>,
}

impl Tally {
    /// Messages that were not understood.
    pub(crate) fn not_understood(&self) -> u64 {
        self.faults.values().sum()
    }

    /// Counts a fault. Returns whether it is the first of its kind.
    fn add(&mut self, fault: &Fault) -> bool {
        let kind = fault.kind();
        let room = self.faults.len() < MOST_KINDS || self.faults.contains_key(&kind);
        let count = self.faults.entry(if room { kind } else { "others".to_owned() }).or_default();
        *count += 1;
        *count == 1
    }
}

/// Reads messages to the end of `source` and writes their lines, each as soon as its message is complete. `told`
/// gets the first fault of each kind with the beginning of its message.
///
/// # Errors
/// The input fails, or the output is closed.
pub(crate) fn run(
    mapping: &Mapping,
    source: &mut dyn Read,
    out: &mut dyn Write,
    told: &mut dyn FnMut(&Fault, &str),
) -> Result<Tally> {
    let (mut framer, mut tally, mut lines) = (Framer::new(mapping.cut), Tally::default(), Vec::new());
    let mut piece = vec![0; PIECE];
    loop {
        let length = match source.read(&mut piece) {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) if error.kind() == ErrorKind::BrokenPipe => return Err(undelivered(&error)),
            read => read.context("cannot read standard input")?,
        };
        framer.push(&piece[..length]);
        while let Some(frame) = framer.next(length == 0) {
            lines.clear();
            if let Err(fault) = map(mapping, &frame, &mut lines, &mut tally)
                && tally.add(&fault)
            {
                told(&fault, &excerpt(&frame));
            }
            out.write_all(&lines).and_then(|()| out.flush()).map_err(|error| undelivered(&error))?;
        }
        if length == 0 {
            return Ok(tally);
        }
    }
}

fn map(mapping: &Mapping, frame: &Frame, lines: &mut Vec<u8>, tally: &mut Tally) -> Result<(), Fault> {
    tally.messages += 1;
    let (written, result) = mapping.program.lines(Message::read(frame)?, lines);
    tally.lines += written as u64;
    tally.passed_over += u64::from(written == 0 && result.is_ok());
    result
}

fn excerpt(frame: &Frame) -> String {
    let (Frame::Json(bytes) | Frame::Xml(bytes) | Frame::Text(bytes) | Frame::Fault(_, bytes)) = frame;
    String::from_utf8_lossy(&bytes[..bytes.len().min(4 * SHOWN)]).chars().take(SHOWN).collect()
}

fn undelivered(error: &io::Error) -> Failure {
    let message = format!("lines could not be delivered: {error}");
    let hint = "start the whole pipeline again: messages that come meanwhile are not read";
    Problem::new(Kind::Undelivered, message).hint(hint).into()
}
