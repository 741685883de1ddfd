//! Jobs with their last run, last success and last error.

use chrono_tz::Tz;

use crate::domain::time::Instant;
use crate::domain::watch::job::{Job, Outcome};
use crate::report::text::about;
use crate::report::{Column, Report, Tone, Value, Words};

static JOBS: [Column; 8] = [
    Column::text("job", "JOB"),
    Column::data("source"),
    Column::text("state", "STATE"),
    Column::text("last_run", "LAST RUN"),
    Column::number("took_seconds", "TOOK"),
    Column::text("last_ok", "LAST OK"),
    Column::text("last_error_at", "LAST ERROR"),
    Column::long("last_error", ""),
];

/// Every job by name.
pub fn jobs(jobs: &[Job], now: Instant, zone: Tz) -> Report {
    let rows = jobs.iter().map(|job| row(job, now, zone)).collect();
    Report::list("jobs", &JOBS, rows, now, zone, "No job has run yet.")
}

fn row(job: &Job, now: Instant, zone: Tz) -> Vec<Value> {
    let when = |at: Option<Instant>| Value::from(at.map(|at| Value::moment(at, now, zone)));
    let words = state(job.last_run.outcome);
    let took =
        job.last_run.took.map(|took| Value::from(took.whole_seconds()).shown(about(took), Tone::Plain));
    let (error_at, error) = job.last_error.clone().unzip();
    vec![
        (&job.name).into(),
        job.source.word().into(),
        Value::from(job.last_run.outcome.word()).shown(words.text, words.tone),
        when(Some(job.last_run.started_at)),
        took.into(),
        when(job.last_ok),
        when(error_at),
        error.into(),
    ]
}

fn state(outcome: Outcome) -> Words {
    match outcome {
        Outcome::Ok => Words::new("✓ ok", Tone::Good),
        Outcome::Failed => Words::new("✗ failed", Tone::Bad),
        Outcome::Running => Words::new("▸ running", Tone::Plain),
        Outcome::Lost => Words::new("✗ lost", Tone::Bad),
    }
}
