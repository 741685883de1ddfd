//! Marks and excuses: the plan of an action, and the list of those in force.

use crate::domain::register::act::{Act, Decided, Listed, Plan, Row};
use crate::domain::register::effect::RegisterRow;
use crate::domain::register::excuse::{Excuse, Kind};
use crate::domain::register::mark::{Mark, MarkDecision};
use crate::domain::register::status::Judgement;
use crate::domain::roll::enrolment::Stretch;
use crate::domain::time::calendar::{clock, day, local_date};
use crate::domain::time::{Instant, Zone};
use crate::report::text::{counted, day as told_day, hours, local};
use crate::report::{Column, Report, Rows, Tone, Value, Words};

struct Planned;

impl Rows for Planned {
    type Row<'a> = &'a Row;
}

static PLANNED: &[Column<Planned>] = &[
    Column::text("date", "DATE", |row| row.occurrence.date.into()),
    Column::text("period", "PERIOD", |row| (&row.occurrence.period).into()),
    Column::text("student", "CODE", |row| (&row.altered.code).into()),
    Column::long("name", "NAME", |row| (&row.altered.name).into()),
    Column::text("status_before", "NOW", |row| status(row.altered.before.as_ref())),
    Column::text("status_after", "THEN", |row| status(row.altered.after.as_ref())),
    Column::data("marked", |row| row.mark.is_some().into()),
];

fn status(row: Option<&RegisterRow>) -> Value {
    let Some(Judgement { status, late, minutes_late, .. }) = row.map(|row| row.judgement) else {
        return Value::Null;
    };
    let late = match minutes_late {
        Some(minutes) if late => format!("late {minutes} min"),
        _ if late => "late".to_owned(),
        _ => status.word().replace('_', " "),
    };
    Value::from(status.word()).shown(late, Tone::Plain)
}

/// The rows that an action changes, below its excuses.
pub(crate) fn plan(plan: &Plan, now: Instant, zone: Zone) -> Report {
    let heading = excuses(plan, zone).map(|words| vec![Words::from(words)]).collect();
    Report::list("plan", PLANNED, &plan.rows, now, zone).under(heading).or_empty(if plan.is_empty() {
        "Nothing changes."
    } else {
        "No register changes yet."
    })
}

/// `24 rows in 8 registers, 3 excuses given`: a summary of an action.
pub(crate) fn counts(plan: &Plan) -> String {
    let mut registers: Vec<_> = plan.rows.iter().map(|row| row.occurrence.id).collect();
    registers.sort_unstable();
    registers.dedup();
    let mut told = Vec::new();
    if !plan.rows.is_empty() {
        told.push(format!("{} in {}", counted(plan.rows.len(), "row"), counted(registers.len(), "register")));
    }
    for (number, verb) in [(plan.given.len(), "given"), (plan.ended.len(), "ended")] {
        if number > 0 {
            told.push(format!("{} {verb}", counted(number, "excuse")));
        }
    }
    if told.is_empty() { "nothing changes".to_owned() } else { told.join(", ") }
}

/// The most rows that are listed one by one after an action.
const FEW: usize = 10;

/// A line for each change that was made; a summary if there were many.
pub(crate) fn done(plan: &Plan, act: Act, zone: Zone) -> Vec<String> {
    if plan.rows.len() + plan.given.len() + plan.ended.len() > FEW {
        return vec![counts(plan)];
    }
    let marked = plan.rows.iter().filter(|row| row.mark.is_some()).map(|row| {
        format!("{} {} in {} on {}", row.altered.code, act.word(), row.occurrence.period, row.occurrence.date)
    });
    marked.chain(excuses(plan, zone)).collect()
}

/// The excuses that are added or end, one per line.
fn excuses(plan: &Plan, zone: Zone) -> impl Iterator<Item = String> {
    let code = |student| plan.students.iter().find(|(id, _)| *id == student).map_or("", |(_, code)| code);
    let given = plan.given.iter().map(move |(student, excuse)| {
        format!("{} {} {}", code(*student), excuse.kind.word(), span(excuse.stretch, zone))
    });
    let ended = plan.ended.iter().map(move |(student, excuse, rest)| {
        let rest: Vec<String> = rest.iter().map(|part| span(part.stretch, zone)).collect();
        let rest = if rest.is_empty() { "nothing".to_owned() } else { rest.join(" and ") };
        let (code, kind) = (code(*student), excuse.kind.word());
        format!("{code} {kind} {}: {rest} is left of it", span(excuse.stretch, zone))
    });
    given.chain(ended)
}

/// `2026-09-07..2026-09-11`, `2026-09-10 10:00–12:00`, `2026-09-07 from 11:30`: a span as people read it.
pub(crate) fn span(stretch: Stretch, zone: Zone) -> String {
    let Stretch { from, until } = stretch;
    let last = Instant::from_micros(until.micros() - 1);
    let (first_date, last_date) = (local_date(from, zone), local_date(last, zone));
    let whole_start = *day(first_date, zone).start() == from;
    let whole_end = *day(last_date, zone).end() == last;
    match (whole_start, whole_end) {
        (true, true) if first_date == last_date => first_date.to_string(),
        (true, true) => format!("{first_date}..{last_date}"),
        (false, true) if first_date == last_date => {
            format!("{first_date} from {}", clock(from, zone))
        }
        _ if first_date == last_date => format!("{first_date} {}", hours(from, until, zone)),
        _ => format!("{} – {}", local(from, zone, "%Y-%m-%d %H:%M"), local(until, zone, "%Y-%m-%d %H:%M")),
    }
}

struct InForce;

impl Rows for InForce {
    type Row<'a> = (&'a Listed, Zone);
}

static IN_FORCE: &[Column<InForce>] = &[
    Column::data("from", |(listed, _)| listed.from().into()),
    Column::data("until", |(listed, _)| match &listed.decided {
        Decided::Mark(occurrence, _) => occurrence.ends_at.into(),
        Decided::Excuse(excuse) => excuse.stretch.until.into(),
    }),
    Column::text("when", "WHEN", |(listed, zone)| match &listed.decided {
        Decided::Mark(occurrence, _) => occurrence.date.to_string().into(),
        Decided::Excuse(excuse) => span(excuse.stretch, *zone).into(),
    }),
    Column::text("period", "PERIOD", |(listed, _)| match &listed.decided {
        Decided::Mark(occurrence, _) => (&occurrence.period).into(),
        Decided::Excuse(_) => Value::Null,
    }),
    Column::text("student", "CODE", |(listed, _)| (&listed.code).into()),
    Column::long("name", "NAME", |(listed, _)| (&listed.name).into()),
    Column::text("mark", "MARK", |(listed, _)| word(&listed.decided)),
    Column::text("by", "BY", |(listed, _)| match &listed.decided {
        Decided::Mark(_, Mark { by, .. }) | Decided::Excuse(Excuse { by, .. }) => by.into(),
    }),
    Column::data("at", |(listed, _)| match &listed.decided {
        Decided::Mark(_, Mark { at, .. }) | Decided::Excuse(Excuse { at, .. }) => (*at).into(),
    }),
    Column::long("reason", "REASON", |(listed, _)| match &listed.decided {
        Decided::Mark(_, Mark { reason, .. }) | Decided::Excuse(Excuse { reason, .. }) => {
            reason.as_ref().into()
        }
    }),
];

fn word(decided: &Decided) -> Value {
    match decided {
        Decided::Mark(_, mark) => mark.decision.map(MarkDecision::word).into(),
        Decided::Excuse(Excuse { kind: Kind::Excused, .. }) => "excused".into(),
        Decided::Excuse(Excuse { kind: Kind::Left, .. }) => "left".into(),
    }
}

/// Marks and excuses in force.
pub(crate) fn list(listed: &[Listed], ahead: bool, now: Instant, zone: Zone) -> Report {
    let rows = listed.iter().map(|listed| (listed, zone));
    let today = told_day(local_date(now, zone));
    Report::list("marks", IN_FORCE, rows, now, zone).or_empty(&if ahead {
        format!("Nothing is known ahead of {today}: attend mark CODE excused --date tomorrow")
    } else {
        "Nothing is marked then: attend mark list --ahead".to_owned()
    })
}
