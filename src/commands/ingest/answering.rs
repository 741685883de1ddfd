//! Writes acks in the order of the lines, and counts them.

use std::io::{self, Write};
use std::sync::mpsc::Receiver;

use super::answer::{Answer, Asked};
use super::reading::Parsed;
use crate::domain::evidence::reason::Reason;
use crate::wire::ack::Ack;

/// Which acks are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acks {
    /// One a line.
    All,
    /// Only those of refused lines.
    Errors,
    /// None.
    None,
}

/// Counts of lines by outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// All lines.
    pub lines: usize,
    /// Lines stored and counted, and all lines that are not recognitions.
    pub counted: usize,
    /// Known already.
    pub duplicates: usize,
    /// Stored, but not counted.
    pub not_counted: usize,
    /// Kept in quarantine until the roll changes.
    pub quarantined: usize,
    /// Refused.
    pub refused: usize,
    /// Not stored. They should be sent again.
    pub put_off: usize,
    /// Whether the sender was refused, so that nothing more was read.
    pub turned_away: bool,
}

impl Tally {
    fn add(&mut self, ack: &Ack) {
        self.lines += 1;
        *match (ack.status, ack.duplicate) {
            (200, Some(true)) => &mut self.duplicates,
            (200, _) => &mut self.counted,
            (202, Some(_)) => &mut self.not_counted,
            (202, None) => &mut self.quarantined,
            (429 | 503, _) => &mut self.put_off,
            _ => &mut self.refused,
        } += 1;
        self.turned_away |= ack.reason.is_some_and(Reason::turns_away);
    }
}

/// Bytes of acks that are written together, at least.
const TOGETHER: usize = 64 * 1024;

/// The lines of a batch, as far as they are needed after it.
#[derive(Default)]
pub(crate) struct Taken {
    pub asked: Vec<Asked>,
    /// The round of a batch with only one. The thread that writes acks frees it, because it has more time than the one
    /// that stores.
    pub spent: Vec<Parsed>,
}

/// A stored batch, with an answer for each of its lines.
pub(crate) struct Answered {
    pub taken: Taken,
    /// One answer per line. There are fewer if the sender was refused.
    pub answers: Vec<Answer>,
    /// The file they come from, if files were named.
    pub file: Option<String>,
}

/// Writes the acks of every batch as it arrives.
///
/// # Errors
/// The acks cannot be written. The sender of `answered` then finds the channel closed.
pub(crate) fn answer_all(
    answered: &Receiver<Answered>,
    wanted: Acks,
    out: &mut (dyn Write + Send),
) -> io::Result<Tally> {
    let mut tally = Tally::default();
    let mut acks = Vec::new();
    for Answered { taken, answers, file } in answered {
        for (asked, answer) in taken.asked.iter().zip(&answers) {
            let ack = Ack { file: file.as_deref(), ..answer.ack(asked) };
            tally.add(&ack);
            if wanted == Acks::All || wanted == Acks::Errors && ack.is_error() {
                ack.write_to(&mut acks);
            }
            if acks.len() >= TOGETHER {
                out.write_all(&acks)?;
                acks.clear();
            }
        }
        out.write_all(&acks)?;
        acks.clear();
        out.flush()?;
    }
    Ok(tally)
}
