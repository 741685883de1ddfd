//! `-o` of commands that otherwise print a table, and the sink of any file of rows.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use super::Session;
use super::formats::{self, Spelling};
use super::output::Output;
use crate::commands::settings;
use crate::failure::Result;
use crate::render::csv::Dialect;
use crate::render::html::{Frame, Page};
use crate::render::json::Head;
use crate::render::xlsx::{Sheets, Xlsx};
use crate::render::{Format, Sink, pour, sink};
use crate::report::Report;

/// The sink of a file.
pub(super) fn file_sink<'a>(
    format: Spelling,
    dialect: Dialect,
    sheets: Sheets,
    head: Head<'a>,
    school: &'a str,
    out: &'a mut (dyn Write + Send),
) -> Box<dyn Sink + 'a> {
    match format.rows() {
        Some(rows) => sink(rows, dialect, head, out),
        None if format == Spelling::Html => Box::new(Page::new(out, Frame::of(head, school))),
        None => Box::new(Xlsx::new(out, head, school, sheets)),
    }
}

// `-o` of a command that otherwise prints a table.
#[derive(Debug, Args)]
pub(crate) struct File {
    /// Write to a file, which appears when it is complete; .html is a page for a browser or a printer, .csv, .xlsx,
    /// .json and .jsonl are rows, .csv.gz and .csv.zst compress them
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl File {
    /// The file of a command that has an `-o` of its own, because it writes fewer formats.
    pub(crate) const fn of(output: Option<PathBuf>) -> Self {
        Self { output }
    }

    /// Whether there is one.
    pub(crate) fn is_named(&self) -> bool {
        self.output.is_some()
    }

    /// The file and its format, if there is one.
    ///
    /// # Errors
    /// The file extension is unknown.
    pub(crate) fn named(&self, session: &Session) -> Result<Option<(Output, Spelling)>> {
        let Some(path) = &self.output else { return Ok(None) };
        let asked = session.format.filter(|format| *format != Format::Table).map(Spelling::Rows);
        let format = formats::of_output(path, asked, None)?.ok_or_else(|| formats::unknown(path))?;
        Ok(Some((Output::new(session, path)?, format)))
    }

    /// Writes rows to the file, or prints them if there is none.
    pub(crate) fn rows(
        &self,
        session: &Session,
        report: &str,
        fill: impl FnOnce(&mut dyn Sink) -> Result<()>,
    ) -> Result<()> {
        let settings = settings::load(&mut session.store()?)?;
        let Some((output, format)) = self.named(session)? else {
            return session.print(report, settings.zone, fill);
        };
        let head =
            Head::new(report, session.clock.now(), settings.zone).of_school(settings.school_id.as_deref());
        let dialect = Dialect::Excel(settings.csv_delimiter);
        output.share(|out| {
            let mut sink = file_sink(format, dialect, Sheets::One, head, settings.school(), out);
            fill(&mut *sink)?;
            Ok(sink.end()?)
        })
    }

    /// The same for a whole report.
    pub(crate) fn report(&self, session: &Session, report: &Report) -> Result<()> {
        match self.output {
            None => session.show(report),
            Some(_) => self.rows(session, report.name, |sink| Ok(pour(report, usize::MAX, sink)?)),
        }
    }
}
