//! Jobs with their last run, last success and last error.

use crate::domain::time::{Instant, Zone};
use crate::domain::watch::job::{Job, JobOutcome};
use crate::report::text::about;
use crate::report::{Column, Report, Rows, Tone, Value, Words};

struct Jobs;

impl Rows for Jobs {
    type Row<'a> = (&'a Job, Instant, Zone);
}

static JOBS: &[Column<Jobs>] = &[
    Column::text("job", "JOB", |(job, ..)| (&job.name).into()),
    Column::data("source", |(job, ..)| job.source.word().into()),
    Column::text("state", "STATE", |(job, ..)| {
        let words = state(job.last_run.outcome);
        Value::from(job.last_run.outcome.word()).shown(words.text, words.tone)
    }),
    Column::text("last_run", "LAST RUN", |(job, now, zone)| {
        Value::moment(job.last_run.started_at, *now, *zone)
    }),
    Column::number("took_seconds", "TOOK", |(job, ..)| {
        job.last_run.took.map(|took| Value::from(took.whole_seconds()).shown(about(took), Tone::Plain)).into()
    }),
    Column::text("last_ok", "LAST OK", |(job, now, zone)| {
        job.last_ok.map(|at| Value::moment(at, *now, *zone)).into()
    }),
    Column::text("last_error_at", "LAST ERROR", |(job, now, zone)| {
        job.last_error.as_ref().map(|error| Value::moment(error.at, *now, *zone)).into()
    }),
    Column::long("last_error", "", |(job, ..)| job.last_error.as_ref().map(|error| &error.message).into()),
];

/// Every job by name.
pub(crate) fn jobs(jobs: &[Job], now: Instant, zone: Zone) -> Report {
    Report::list("jobs", JOBS, jobs.iter().map(|job| (job, now, zone)), now, zone)
        .or_empty("No job has run yet.")
        .bounded()
}

fn state(outcome: JobOutcome) -> Words {
    match outcome {
        JobOutcome::Ok => Words::new("✓ ok", Tone::Good),
        JobOutcome::Failed => Words::new("✗ failed", Tone::Bad),
        JobOutcome::Running => Words::new("▸ running", Tone::Plain),
        JobOutcome::Lost => Words::new("✗ lost", Tone::Bad),
    }
}
