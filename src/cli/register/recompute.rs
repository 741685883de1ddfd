//! `attend recompute`.

use std::io::Write;

use clap::Args;

use crate::cli::{Session, args};
use crate::commands::register::recompute::{RecomputeOutcome, Request, run};
use crate::commands::{Caller, settings};
use crate::domain::register::recompute::Shown;
use crate::domain::time::day::Day;
use crate::domain::timetable::occurrence::Occurrence;
use crate::exit::Code;
use crate::failure::Result;
use crate::render::csv::Dialect;
use crate::render::json::Head;
use crate::render::{Format, put, sink};
use crate::report::column;
use crate::report::register::recompute::{COLUMNS, NAME, Row, section, totals};
use crate::report::text::counted;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  attend recompute --from 2026-09-07 --to 2026-09-11 --dry-run\n  attend recompute --from 2026-09-07 --to 2026-09-11\n\nShows every record that changes, old → new, and why. Marks stay.\nDates whose recognitions were pruned are refused, because the evidence is gone."
)]
pub(crate) struct RecomputeArgs {
    /// First date
    #[arg(long, value_name = "DATE", value_parser = args::date)]
    from: Day,
    /// Last date
    #[arg(long, value_name = "DATE", value_parser = args::date)]
    to: Day,
    /// Show what would change, and change nothing
    #[arg(long)]
    dry_run: bool,
}

impl RecomputeArgs {
    pub(crate) fn run(self, session: &Session) -> Result<Code> {
        let dates = args::range(self.from, self.to, session.today(&mut session.store()?)?)?;
        let request = Request { dates, dry_run: self.dry_run };
        let caller = session.caller(None);
        let outcome = match session.format() {
            Format::Table => in_tables(session, &request, &caller)?,
            format => streamed(session, &request, &caller, format)?,
        };
        session.ui.note(&said(outcome, self.dry_run));
        Ok(Code::Done)
    }
}

/// Prints a table for each occurrence as it completes.
fn in_tables(session: &Session, request: &Request, caller: &Caller) -> Result<RecomputeOutcome> {
    let mut store = session.store()?;
    let zone = settings::load(&mut store)?.zone;
    let mut first = true;
    let outcome = run(&mut store, request, caller, &mut |occurrence, shown| {
        if !std::mem::take(&mut first) {
            writeln!(session.ui.report_out(Format::Table))?;
        }
        session.show(&section(occurrence, shown, caller.now, zone))
    })?;
    if first {
        let mut out = session.ui.report_out(Format::Table);
        writeln!(out, "Nothing changes: every record is what its recognitions add up to.")?;
        out.flush()?;
    }
    Ok(outcome)
}

/// Writes any number of rows, one at a time.
fn streamed(
    session: &Session,
    request: &Request,
    caller: &Caller,
    format: Format,
) -> Result<RecomputeOutcome> {
    let mut store = session.store()?;
    let settings = settings::load(&mut store)?;
    let zone = settings.zone;
    let mut out = session.ui.report_out(format);
    let head = Head::new(NAME, caller.now, zone).of_school(settings.school_id.as_deref());
    let mut sink = sink(format, Dialect::Plain, head, &mut out);
    sink.begin(&column::headings(COLUMNS), &totals(&request.dates, request.dry_run))?;
    let each = &mut |occurrence: &Occurrence, shown: &[Shown]| -> Result<()> {
        let mut rows = shown.iter().map(|shown| Row { occurrence, shown, zone });
        rows.try_for_each(|row| Ok(put(&mut *sink, COLUMNS, &row)?))
    };
    let outcome = run(&mut store, request, caller, each)?;
    sink.end()?;
    drop(sink);
    out.flush()?;
    Ok(outcome)
}

fn said(outcome: RecomputeOutcome, dry_run: bool) -> String {
    let changed = counted(outcome.changed, "record");
    let confirmed = match outcome.confirmed {
        0 => String::new(),
        n => format!(", {} the same under other settings", counted(n, "record")),
    };
    let dry_run = if dry_run { " (dry run: nothing was changed)" } else { "" };
    format!("{changed} changed{confirmed}{dry_run}")
}
