//! Messages of other programs become lines: a jq program for each message, and the readers of what devices send.
//!
//! ```text
//! bytes → framing → message (JSON, XML or text; out of its MQTT envelope) → program → lines
//! ```
//!
//! A message that cannot be understood is a [`Fault`], never the end of the stream.

pub(crate) mod framing;
mod json;
pub(crate) mod message;
pub(crate) mod presets;
pub(crate) mod program;
mod xml;

use std::fmt;

/// Why a message became no line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It is neither JSON nor anything else that is read.
    NotJson,
    /// It begins like XML but is not.
    NotXml,
    /// It is longer than [`framing::MAX_MESSAGE`].
    TooLong,
    /// Arrays, objects or elements are nested deeper than [`json::MAX_DEPTH`].
    TooDeep,
    /// The program reports an error, in its own words.
    Program(String),
    /// The program's result cannot be a line, which is a JSON object.
    NotALine,
}

impl Fault {
    /// Faults of one kind are reported once. The errors of a program are grouped by their beginning: what follows
    /// quotes the message.
    pub(crate) fn kind(&self) -> String {
        match self {
            Self::Program(words) => words.split(' ').take(2).collect::<Vec<_>>().join(" "),
            other => other.to_string(),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::NotJson => f.write_str("not JSON"),
            Self::NotXml => f.write_str("not XML"),
            Self::TooLong => write!(f, "longer than {} MiB", framing::MAX_MESSAGE >> 20),
            Self::TooDeep => write!(f, "nested deeper than {}", json::MAX_DEPTH),
            Self::Program(words) => f.write_str(words),
            Self::NotALine => f.write_str("the program's result is not a JSON object"),
        }
    }
}
