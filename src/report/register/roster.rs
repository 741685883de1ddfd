//! The roster: the whole roll of one or more occurrences, with the counts above.

use crate::domain::evidence::coverage::Coverage;
use crate::domain::register::status::{Counts, Register};
use crate::domain::time::calendar::{clock, local_date};
use crate::domain::time::{Instant, Zone};
use crate::domain::timetable::occurrence::{Around, Lack, Occurrence};
use crate::report::register::blind;
use crate::report::register::records::{times, watched};
use crate::report::text::{hours, progress, to_come};
use crate::report::{Tone, Value, Words};

/// Facts about all registers of a roster.
pub(crate) fn totals(registers: &[Register], around: &Around, zone: Zone) -> Vec<(&'static str, Value)> {
    let mut all = Counts::default();
    registers.iter().for_each(|register| all += register.counts);
    let mut totals = counts(&all);
    let periods = registers.iter().map(|register| Value::Object(period(register, zone))).collect();
    totals.push(("periods", Value::List(periods)));
    totals.push(("next", around.next.as_ref().map(|o| Value::Object(times(o))).into()));
    totals
}

/// Shown when there are no rows. Without registers, `around` says when the next begins.
pub(crate) fn nobody(registers: &[Register], around: &Around, now: Instant, zone: Zone) -> String {
    match registers {
        [] => nothing_active(around, now, zone),
        _ if registers.iter().any(|register| register.counts.expected > 0) => {
            "No student has that status.".to_owned()
        }
        _ => "No student is expected.".to_owned(),
    }
}

/// The counts as members of JSON: those after `after_close` add up to `expected`.
pub(crate) fn counts(counts: &Counts) -> Vec<(&'static str, Value)> {
    vec![
        ("expected", counts.expected.into()),
        ("late", counts.late.into()),
        ("after_close", counts.after_close.into()),
        ("present", counts.present.into()),
        ("absent", counts.absent.into()),
        ("excused", counts.excused.into()),
        ("low_score", counts.low_score.into()),
        ("unknown", counts.unknown.into()),
        ("pending", counts.pending.into()),
    ]
}

fn period(register: &Register, zone: Zone) -> Vec<(&'static str, Value)> {
    let mut members = times(&register.occurrence);
    members.extend(watched(&register.coverage, zone));
    members.extend(counts(&register.counts));
    members
}

/// How a heading shows shares of time and of students.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heads {
    /// With a bar of letters, for a terminal.
    Drawn,
    /// In words alone, for a page.
    Plain,
}

/// The heading of a register.
pub(crate) fn heading(register: &Register, now: Instant, zone: Zone, heads: Heads) -> Vec<Vec<Words>> {
    let mut heading =
        vec![title(&register.occurrence, now, zone, heads), tally(&register.counts, &register.coverage)];
    heading.extend(blind::line(&register.coverage, &register.counts, zone));
    heading
}

/// `Block 2 · Mon 7 Sep · 09:35–10:20   ██████████▊░░░░░░░░░  54 %   21 min left`
pub(crate) fn title(o: &Occurrence, now: Instant, zone: Zone, heads: Heads) -> Vec<Words> {
    let hours = hours(o.starts_at, o.ends_at, zone);
    let mut words = vec![
        Words::new(o.period.to_string(), Tone::Strong),
        format!(" · {} · {hours}", o.date.format("%a %-d %b")).into(),
    ];
    if o.has_begun(now) && now <= o.ends_at {
        let (passed, whole) = (now - o.starts_at, o.ends_at - o.starts_at);
        let left = to_come(o.ends_at - now);
        words.push(match heads {
            Heads::Drawn => format!("   {}   {left} left", progress(passed, whole)).into(),
            Heads::Plain => format!(" · {left} left").into(),
        });
    } else if !o.has_begun(now) {
        words.push(Words::new(format!("   begins in {}", to_come(o.starts_at - now)), Tone::Faint));
    } else {
        words.push(Words::new("   over", Tone::Faint));
    }
    words
}

/// `183/300 present · 12 late · 7 low score · 3 excused · 107 absent · coverage 98 %`
pub(crate) fn tally(c: &Counts, coverage: &Coverage) -> Vec<Words> {
    let mut words = vec![Words::new(format!("{}/{} present", c.present, c.expected), Tone::Strong)];
    let always = true;
    for (show, count, what, tone) in [
        (c.late > 0, c.late, "late", Tone::Plain),
        (c.after_close > 0, c.after_close, "after the register closed", Tone::Plain),
        (c.low_score > 0, c.low_score, "low score", Tone::Warn),
        (c.excused > 0, c.excused, "excused", Tone::Plain),
        (c.unknown > 0, c.unknown, "unknown", Tone::Warn),
        (c.pending > 0, c.pending, "not yet seen", Tone::Plain),
        (always, c.absent, "absent", Tone::Bad),
        (c.elsewhere > 0, c.elsewhere, "elsewhere", Tone::Faint),
    ] {
        if show {
            words.push(" · ".to_owned().into());
            words.push(Words::new(format!("{count} {what}"), tone));
        }
    }
    if let Some(percent) = coverage.percent() {
        words.push(Words::new(format!(" · coverage {percent:.0} %"), Tone::Faint));
    }
    words
}

/// `No period is active. Next: Block 3, today 10:35 (in 12 min).`
pub(crate) fn idle(around: &Around, now: Instant, zone: Zone) -> String {
    let idle = match &around.closed {
        Some(reason) => format!("No period is active: today is closed ({reason})."),
        None => "No period is active.".to_owned(),
    };
    let Some(next) = &around.next else { return idle };
    let today = next.date == local_date(now, zone);
    let day = if today { "today".to_owned() } else { next.date.format("%a %-d %b").to_string() };
    let time = clock(next.starts_at, zone);
    format!("{idle} Next: {}, {day} {time} (in {}).", next.period, to_come(next.starts_at - now))
}

/// `No period is active. Next: Block 3, today 10:35 (in 12 min). Last: Block 2, roster show --period "Block 2".`
pub(crate) fn nothing_active(around: &Around, now: Instant, zone: Zone) -> String {
    let mut words = idle(around, now, zone);
    let today = local_date(now, zone);
    if let Some(last) = &around.last {
        let date = if last.date == today { String::new() } else { format!(" --date {}", last.date) };
        words += &format!(" Last: {}, attend roster show --period {:?}{date}.", last.period, &*last.period);
    }
    if around.next.is_none() && around.last.is_none() {
        words += &format!(" {}", lacking(around.lacks.unwrap_or(Lack::Schedule)));
    }
    words
}

/// Names the next thing to set up in a school without any occurrence, and its command.
pub(crate) const fn lacking(lack: Lack) -> &'static str {
    match lack {
        Lack::Roll => "There are no students yet: attend student import roll.csv",
        Lack::Periods => {
            "There are no periods yet: attend period add \"Block 1\" --start 08:20 --end 09:30 --days mon-fri"
        }
        Lack::Schedule => "The schedule is empty: attend schedule generate",
    }
}
