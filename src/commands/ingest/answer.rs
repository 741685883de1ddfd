//! A line between its arrival and its ack, and its outcome.

use std::sync::Arc;

use smol_str::SmolStr;

use crate::domain::evidence::reason::Reason;
use crate::domain::evidence::recognition::Verdict;
use crate::domain::time::Instant;
use crate::wire::ack::Ack;
use crate::wire::line::Message;
use crate::wire::refusal::Refusal;

/// One line between its arrival and its ack.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Incoming<'a> {
    /// When it arrived.
    pub arrived: Instant,
    /// The line as it arrived.
    pub raw: &'a [u8],
    /// As it was read.
    pub message: &'a std::result::Result<Message, Refusal>,
}

/// The parts of a line that its ack repeats. The line itself is large, and is not kept until then.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    number: u64,
    /// The text that named the student of a recognition.
    student: Option<SmolStr>,
}

impl Asked {
    /// The parts of a line that its ack repeats.
    pub(crate) fn by(number: u64, message: &std::result::Result<Message, Refusal>) -> Self {
        let student = match message {
            Ok(Message::Recognition(sighting)) => Some(sighting.student.clone()),
            _ => None,
        };
        Self { number, student }
    }
}

/// Whether the stream continues.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flow {
    /// It does.
    Continue,
    /// The sender may not send, so nothing more is read.
    Stop,
}

/// The outcome of one line.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Answer {
    /// A heartbeat, a job line or a hello was accepted.
    Taken,
    /// The line is not stored, or it is kept in quarantine.
    Refused(Box<Refusal>),
    /// The recognition is stored.
    Stored {
        /// The effect on its record.
        verdict: Verdict,
        /// The best score of the record, if the recognition is accepted.
        best_score: Option<f64>,
        /// The period it counts in, or would count in with a better score.
        period: Option<Arc<str>>,
        /// Whether it was stored before.
        duplicate: bool,
    },
}

impl Answer {
    /// Whether the line need not be sent again.
    pub(crate) fn is_stored(&self) -> bool {
        !matches!(self, Self::Refused(_))
    }

    /// The ack of the line.
    pub(crate) fn ack<'a>(&'a self, asked: &'a Asked) -> Ack<'a> {
        let (line, student) = (asked.number, asked.student.as_deref());
        match self {
            Self::Taken => Ack { line, status: 200, accepted: true, ..Ack::default() },
            Self::Refused(refusal) => Ack { line, student, ..Ack::refused(refusal) },
            Self::Stored { verdict, best_score, period, duplicate } => {
                let reason = match period {
                    _ if verdict.accepted || *duplicate => None,
                    Some(_) => Some(Reason::BelowMinScore),
                    None => Some(Reason::NoActivePeriod),
                };
                let ack = Ack {
                    line,
                    status: reason.map_or(200, Reason::status),
                    accepted: verdict.accepted,
                    student,
                    period: period.as_deref(),
                    duplicate: Some(*duplicate),
                    reason,
                    ..Ack::default()
                };
                match best_score {
                    Some(best) if verdict.accepted => ack.effect(*verdict, *best),
                    _ => ack,
                }
            }
        }
    }
}
