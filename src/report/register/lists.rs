//! The lists that a school keeps about its register: reasons and sessions.

use crate::domain::register::reason::{ListedReason, Reasons};
use crate::domain::register::session::SchoolSession;
use crate::domain::time::{Instant, Zone};
use crate::report::{Column, Report, Rows};

struct ReasonRows;

impl Rows for ReasonRows {
    type Row<'a> = &'a ListedReason;
}

static REASONS: &[Column<ReasonRows>] = &[
    Column::text("key", "KEY", |listed| (&listed.key).into()),
    Column::text("reason", "REASON", |listed| (&listed.words).into()),
    Column::text("code", "CODE", |listed| listed.code().into()),
];

/// The list of reasons.
pub(crate) fn reasons(reasons: &Reasons, now: Instant, zone: Zone) -> Report {
    Report::list("reasons", REASONS, &reasons.listed, now, zone)
        .or_empty("No reasons yet: attend reason add ILL \"Illness\" --code I")
}

struct SessionRows;

impl Rows for SessionRows {
    type Row<'a> = &'a SchoolSession;
}

static SESSIONS: &[Column<SessionRows>] = &[
    Column::text("name", "NAME", |session| (&session.name).into()),
    Column::text("rule", "RULE", |session| session.rule.to_string().into()),
    Column::text("periods", "PERIODS", |session| session.periods.join(", ").into()),
];

/// Shown to a school without sessions.
pub(crate) const NO_SESSIONS: &str =
    "No sessions yet: attend session add AM --periods \"Block 1,Block 2\" --rule first";

pub(crate) fn sessions(sessions: &[SchoolSession], now: Instant, zone: Zone) -> Report {
    Report::list("sessions", SESSIONS, sessions, now, zone).or_empty(NO_SESSIONS)
}
