//! Messages in the outbox.

use chrono_tz::Tz;

use crate::domain::time::Instant;
use crate::domain::watch::message::{Standing, State};
use crate::report::{Column, Report, Tone, Value};

static COLUMNS: [Column; 10] = [
    Column::number("id", "ID"),
    Column::text("key", "MESSAGE"),
    Column::text("channel", "BY"),
    Column::text("recipient", "TO"),
    Column::text("state", "STATE"),
    Column::text("created_at", "SINCE"),
    Column::number("attempts", "TRIED"),
    Column::text("due_at", "NEXT TRY"),
    Column::data("ended_at"),
    Column::long("error", "TROUBLE"),
];

/// Messages with where they have got to.
pub fn messages(messages: &[Standing], now: Instant, zone: Tz) -> Report {
    let rows = messages.iter().map(|message| row(message, zone)).collect();
    Report::list("messages", &COLUMNS, rows, now, zone, "Nothing waits to be sent.")
}

fn row(message: &Standing, zone: Tz) -> Vec<Value> {
    let (look, tone) = match message.state {
        State::Waiting => ("▲ waiting", Tone::Warn),
        State::Sent => ("✓ sent", Tone::Good),
        State::Failed => ("✗ failed", Tone::Bad),
    };
    let minute = |at: Instant| Value::at(at, zone, "%a %-d %b %H:%M");
    vec![
        message.id.into(),
        (&message.key).into(),
        message.channel.word().into(),
        (&message.recipient).into(),
        Value::from(message.state.word()).shown(look, tone),
        minute(message.created_at),
        message.attempts.into(),
        message.due_at.map(minute).into(),
        message.ended_at.into(),
        (&message.error).into(),
    ]
}
