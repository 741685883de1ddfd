//! Prune: plans the deletion of old events, and deletes them in short turns beside a running ingest.
//!
//! The order of the steps lets it be killed at any instant and run again. First it raises the watermark, after which
//! no lines are added to the old days. Then it stores the coverage of the occurrences before the watermark, which
//! their registers need. Then it deletes the events. Last, it gives space back.

use chrono::NaiveDate;

use crate::commands::Caller;
use crate::commands::problem::{Kind, Problem};
use crate::commands::register::coverage::Cameras;
use crate::domain::count::counted;
use crate::domain::roll::student::{ALWAYS, OPEN_END};
use crate::domain::time::calendar::local_date;
use crate::domain::time::{Instant, Span, Zone};
use crate::domain::timetable::occurrence::Occurrence;
use crate::domain::upkeep::retention::{Age, Part, Plan, Register, TABLES, midnight, watermark};
use crate::failure::Result;
use crate::store::evidence::coverage;
use crate::store::timetable::schedule;
use crate::store::upkeep::{audit, retention, sizes};
use crate::store::{Connection, Store, StoreError, settings};

/// Options of `prune`.
#[derive(Debug, Default)]
pub struct Request {
    /// The maximum age of events. `None`: the setting.
    pub older_than: Option<Age>,
    /// The first date whose records, marks and occurrences are kept. `None`: all are kept.
    pub records_older_than: Option<NaiveDate>,
    /// Prune even if it deletes every recognition.
    pub all: bool,
}

/// The progress.
#[derive(Debug, Clone, Copy)]
pub enum PruneProgress {
    /// The number of deleted rows.
    Rows(u64),
    /// The number of pages given back so far, and the total.
    Pages {
        /// Those given back.
        done: u64,
        /// All of them.
        total: u64,
    },
}

/// Counts of pruned rows.
#[derive(Debug, Clone, Copy, Default)]
pub struct Pruned {
    /// Rows deleted, of events and of the register.
    pub rows: u64,
    /// Bytes given back to the file system.
    pub bytes: u64,
}

/// Plans a deletion, and returns the zone for showing it.
///
/// # Errors
/// The plan would delete every recognition, or delete records before their recognitions.
pub fn plan(store: &mut Store, request: &Request, caller: &Caller) -> Result<(Plan, Zone)> {
    store.read(|conn| {
        let settings = settings::load(conn)?;
        let today = local_date(caller.now, settings.zone);
        let age = request.older_than.unwrap_or(Age::Days(settings.retention_days));
        let keeps_from = age.keeps_from(today);
        let cutoff = midnight(keeps_from, settings.zone);
        let watermark = watermark(keeps_from, retention::newest_event(conn)?, settings.zone);
        let parts = TABLES.map(|table| {
            let cutoff = table.cutoff(cutoff, watermark);
            Ok(Part { table, cutoff, found: retention::count(conn, table, cutoff)? })
        });
        let parts = parts.into_iter().collect::<Result<Vec<Part>, StoreError>>()?;
        let register = match request.records_older_than {
            Some(date) => Some(plan_register(conn, date, cutoff, settings.zone)?),
            None => None,
        };
        let plan = Plan { keeps_from, cutoff, watermark, parts, register };
        if !request.all {
            refuse_to_leave_nothing(&plan, settings.zone)?;
        }
        Ok((plan, settings.zone))
    })
}

/// Before the cut-off no recognition is left once the plan is done, nor before the watermark.
fn plan_register(conn: &Connection, date: NaiveDate, cutoff: Instant, zone: Zone) -> Result<Register> {
    let pruned = settings::revision(conn)?.watermark.map_or(cutoff, |watermark| watermark.max(cutoff));
    let pruned = local_date(pruned, zone);
    if date > pruned {
        let message = format!("records from {pruned} on still have their recognitions");
        let hint = format!("records go after their recognitions: name a date up to {pruned}");
        return Err(Problem::new(Kind::Refused, message).hint(hint).into());
    }
    let asked = Register {
        keeps_from: date,
        cutoff: midnight(date, zone),
        records: 0,
        marks: 0,
        occurrences: 0,
        oldest: None,
    };
    Ok(retention::count_register(conn, &asked)?)
}

fn refuse_to_leave_nothing(plan: &Plan, zone: Zone) -> Result<()> {
    let Some(all) = plan.leaves_nothing_of() else {
        return Ok(());
    };
    let (first, last) = (local_date(*all.start(), zone), local_date(*all.end(), zone));
    let message = format!("this would delete every recognition, from {first} to {last}");
    Err(Problem::new(Kind::Refused, message)
        .hint("check this machine's clock; if it is right, add --all")
        .into())
}

/// Applies a plan. After an interruption, running it again finishes it.
pub fn apply(
    store: &mut Store,
    plan: &Plan,
    caller: &Caller,
    progress: &dyn Fn(PruneProgress),
) -> Result<Pruned> {
    store.take_turns()?;
    store.write(|conn| -> Result<()> {
        if let Some(watermark) = plan.watermark {
            retention::raise_watermark(conn, watermark)?;
        }
        if plan.rows() > 0 || plan.register.is_some_and(|register| register.occurrences > 0) {
            audit::add(conn, &caller.deed("prune", in_words(plan)))?;
        }
        Ok(())
    })?;
    note_coverage(store)?;
    let mut rows = 0;
    // All tables with events, even those without old rows: some may have arrived since the plan.
    for part in plan.parts.iter().filter(|part| part.found.rows > 0 || plan.watermark.is_some()) {
        let delete = |conn: &Connection| retention::delete_some(conn, part.table, part.cutoff);
        rows += store.in_turns(delete, |done| progress(PruneProgress::Rows(rows + done)))?;
    }
    if let Some(register) = &plan.register {
        let delete = |conn: &Connection| retention::delete_oldest_occurrence(conn, register);
        rows += store.in_turns(delete, |done| progress(PruneProgress::Rows(rows + done)))?;
    }
    let bytes = shrink(store, progress)?;
    Ok(Pruned { rows, bytes })
}

/// The plan for the audit log.
fn in_words(plan: &Plan) -> String {
    let events = format!("{} before {}", counted(plan.rows(), "event"), plan.keeps_from);
    match &plan.register {
        Some(register) => format!(
            "{events}; {} and {} before {}",
            counted(register.records, "record"),
            counted(register.marks, "mark"),
            register.keeps_from
        ),
        None => events,
    }
}

/// A closed period is final this long after its end.
const LONG_AFTER: Span = Span::hours(1);

/// Stores the coverage of every occurrence that is settled now, so that its absences do not become
/// unknown when the evidence is deleted.
fn note_coverage(store: &mut Store) -> Result<()> {
    let settled: Vec<Occurrence> = store.read(|conn| -> Result<_> {
        let (noted, watermark) = (coverage::all_noted(conn)?, settings::revision(conn)?.watermark);
        let mut held = schedule::occurrences(conn, ALWAYS..=OPEN_END)?;
        held.retain(|o| o.held() && o.settled(watermark) && !noted.contains(&o.id));
        Ok(held)
    })?;
    let mut settled = settled.iter();
    let note = |conn: &Connection| -> Result<u64> {
        Ok(match settled.next() {
            Some(occurrence) => {
                let seen =
                    Cameras::read(conn)?.coverage(conn, occurrence, occurrence.closes_at + LONG_AFTER)?;
                coverage::note(conn, occurrence.id, &seen)?;
                1
            }
            None => 0,
        })
    };
    store.in_turns(note, |_| {})?;
    Ok(())
}

/// Gives free space back to the file system. Returns the number of bytes.
fn shrink(store: &mut Store, progress: &dyn Fn(PruneProgress)) -> Result<u64> {
    let total = store.read(retention::spare_pages)?;
    let mut left = total;
    let shrink = |conn: &Connection| -> Result<u64, StoreError> {
        let shrunk = retention::shrink_some(conn, left)?;
        left -= shrunk;
        Ok(shrunk)
    };
    let pages = store.in_turns(shrink, |done| progress(PruneProgress::Pages { done, total }))?;
    store.cut_log()?;
    Ok(pages * store.read(sizes::page_size)?)
}
