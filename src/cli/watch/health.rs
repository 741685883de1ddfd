//! `attend health`.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;

use crate::cli::Session;
use crate::cli::dispatch::tell;
use crate::cli::formats::{self, Spelling};
use crate::cli::output::Output;
use crate::commands::watch::alert::{self, Notice};
use crate::commands::watch::health::read;
use crate::commands::watch::outbox;
use crate::domain::watch::health::{Facts, HealthReport, Severity};
use crate::exit::Code;
use crate::failure::{Failure, Result};
use crate::notify::Letter;
use crate::render::table::{Look, styled_lines};
use crate::render::{self, Format, plugin, prometheus};
use crate::report::watch::alert::message;
use crate::report::watch::health as report;
use crate::report::watch::metrics;
use crate::report::{Report, Words};

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  attend health\n  attend health --format nagios\n  attend health \\\n      --format prometheus -o /var/lib/prometheus/node-exporter/attend.prom\n  attend health --format json | jq '.rows[] | select(.state != \"ok\")'\n\nWhat each check means and what to do about it: docs/operations.md.\nEvery format gives the exit code, even if the database cannot be opened (3)."
)]
pub(crate) struct HealthArgs {
    /// Send changes by mail, Slack or webhook; print nothing without --format or -o
    #[arg(long)]
    notify: bool,
    /// Output format [default: table]
    #[arg(long, value_name = "FORMAT", value_parser = formats::checks())]
    format: Option<Spelling>,
    /// Write to a file, which appears when it is complete; .csv, .json, .jsonl and .prom choose the format
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// The output to print.
enum Outcome {
    Looked(Box<(HealthReport, Facts)>),
    Unknown(Failure),
}

impl HealthArgs {
    pub(crate) fn run(mut self, session: &Session) -> Result<Code> {
        let output = self.output.as_deref().map(|path| Output::new(session, path)).transpose()?;
        if let (Some(path), None) = (&self.output, self.format) {
            self.format = Some(formats::of_checks(path)?);
        }
        let outcome = match if self.notify { notify(session) } else { look(session) } {
            Ok(looked) => Outcome::Looked(Box::new(looked)),
            Err(error) if error.code() == Code::TryAgain => return Err(error),
            Err(error) => Outcome::Unknown(error),
        };
        self.print(&outcome, output.as_ref(), session)?;
        Ok(outcome.code())
    }

    fn print(&self, outcome: &Outcome, output: Option<&Output>, session: &Session) -> Result<()> {
        if self.notify && self.format.is_none() && output.is_none() {
            // cron mails everything that is printed, so print only if no message could be sent.
            if let Outcome::Unknown(error) = outcome {
                tell(error, session.db.as_deref());
            }
            return Ok(());
        }
        let spelling = self.format.unwrap_or(Spelling::Rows(Format::Table));
        match output {
            Some(output) => {
                let fill =
                    |out: &mut (dyn Write + Send)| outcome.write(spelling, Look::default(), session, out);
                // The collector runs as another user, and the file names no student.
                if spelling == Spelling::Prometheus { output.publish(fill) } else { output.write(fill) }?;
            }
            None => {
                let mut out = session.ui.report_out(spelling.rows().unwrap_or(Format::Csv));
                outcome.write(spelling, session.ui.look, session, &mut out)?;
                out.flush()?;
            }
        }
        Ok(())
    }
}

fn look(session: &Session) -> Result<(HealthReport, Facts)> {
    read(&mut session.store()?, &session.caller(None))
}

/// Runs the checks and sends alerts. A failed delivery is reported by the check of the outbox, not as an error here.
fn notify(session: &Session) -> Result<(HealthReport, Facts)> {
    let config = session.config()?;
    let mut store = session.store()?;
    let words = |notice: &Notice| {
        let names = config.alerts.names;
        let (subject, text) = message(notice.school, notice.news, names, notice.now, notice.zone);
        Letter { subject, text, names, ..Letter::default() }
    };
    let looked = alert::watch(&mut store, &config, &words, &session.caller(None))?;
    let delivered = outbox::deliver(&mut store, &config, session.clock)?;
    delivered.troubles.iter().for_each(|trouble| session.ui.note(&trouble.why));
    if let Some(trouble) = alert::ping(&config) {
        session.ui.note(&trouble);
    }
    Ok(looked)
}

impl Outcome {
    fn code(&self) -> Code {
        match self {
            Self::Looked(looked) => match looked.0.worst() {
                None => Code::Done,
                Some(Severity::Warning) => Code::Failed,
                Some(Severity::Critical) => Code::Usage,
            },
            Self::Unknown(_) => Code::Unknown,
        }
    }

    fn write(&self, spelling: Spelling, look: Look, session: &Session, out: &mut dyn Write) -> Result<()> {
        match (spelling, self) {
            (Spelling::Nagios, Self::Looked(looked)) => {
                plugin::write(&metrics::plugin(&looked.0, &looked.1), out)?;
            }
            (Spelling::Nagios, Self::Unknown(error)) => {
                plugin::write(&metrics::unknown_plugin(&error.to_string()), out)?;
            }
            (Spelling::Prometheus, Self::Looked(looked)) => {
                prometheus::write(&metrics::metrics(&looked.0, &looked.1), out)?;
            }
            (Spelling::Prometheus, Self::Unknown(_)) => prometheus::write(&metrics::unknown_metrics(), out)?,
            (Spelling::Xlsx | Spelling::Html, _) => unreachable!("only rows are workbooks and pages"),
            (Spelling::Rows(Format::Table), Self::Looked(looked)) => {
                lines(&report::screen(&looked.0, &looked.1), look, out)?;
            }
            (Spelling::Rows(Format::Table), Self::Unknown(error)) => {
                let hint = error.hint();
                lines(&report::unknown_screen(&error.to_string(), hint.as_deref()), look, out)?;
            }
            (Spelling::Rows(format), Self::Looked(looked)) => {
                rows(&report::report(&looked.0, &looked.1), session, format, out)?;
            }
            (Spelling::Rows(format), Self::Unknown(error)) => {
                let hint = error.hint();
                let now = session.clock.now();
                rows(&report::unknown(&error.to_string(), hint.as_deref(), now), session, format, out)?;
            }
        }
        Ok(())
    }
}

fn lines(lines: &[Vec<Words>], look: Look, out: &mut dyn Write) -> io::Result<()> {
    let mut lines = lines.iter().flat_map(|line| styled_lines(line, look));
    lines.try_for_each(|line| writeln!(out, "{}", line.trim_end()))
}

fn rows(report: &Report, session: &Session, format: Format, out: &mut dyn Write) -> io::Result<()> {
    let school_id = session.school_id(format);
    render::write(report, school_id.as_deref(), format, Look::default(), out)
}
