//! Messages in the outbox.

use crate::domain::time::{Instant, Zone};
use crate::domain::watch::message::{MessageState, Standing};
use crate::report::{Column, Report, Rows, Tone, Value};

struct Messages;

impl Rows for Messages {
    type Row<'a> = (&'a Standing, Zone);
}

static COLUMNS: &[Column<Messages>] = &[
    Column::number("id", "ID", |(message, _)| message.id.0.into()),
    Column::text("key", "MESSAGE", |(message, _)| (&message.key).into()),
    Column::text("channel", "BY", |(message, _)| message.channel.word().into()),
    Column::text("recipient", "TO", |(message, _)| (&message.recipient).into()),
    Column::text("state", "STATE", |(message, _)| {
        let (look, tone) = match message.state {
            MessageState::Waiting => ("▲ waiting", Tone::Warn),
            MessageState::Sent => ("✓ sent", Tone::Good),
            MessageState::Unsure => ("? unsure", Tone::Warn),
            MessageState::Failed => ("✗ failed", Tone::Bad),
        };
        Value::from(message.state.word()).shown(look, tone)
    }),
    Column::text("created_at", "SINCE", |(message, zone)| minute(message.created_at, *zone)),
    Column::number("attempts", "TRIED", |(message, _)| message.attempts.into()),
    Column::text("due_at", "NEXT TRY", |(message, zone)| message.due_at.map(|at| minute(at, *zone)).into()),
    Column::data("ended_at", |(message, _)| message.ended_at.into()),
    Column::long("error", "TROUBLE", |(message, _)| (&message.error).into()),
];

fn minute(at: Instant, zone: Zone) -> Value {
    Value::at(at, zone, "%a %-d %b %H:%M")
}

/// Messages with their states.
pub(crate) fn messages(messages: &[Standing], now: Instant, zone: Zone) -> Report {
    Report::list("messages", COLUMNS, messages.iter().map(|message| (message, zone)), now, zone)
        .or_empty("Nothing waits to be sent.")
}
