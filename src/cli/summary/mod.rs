//! `attend summary`.

mod mail;

use clap::Args;

use super::Session;
use super::args::Dates;
use super::target::{RowWriter, Target};
use crate::commands::settings;
use crate::commands::summary::{self, Request, Taker};
use crate::domain::register::summary::{Head, Line};
use crate::domain::time::calendar::local_date;
use crate::domain::upkeep::audit::dates;
use crate::exit::Code;
use crate::failure::Result;
use crate::render::{Sink, json};
use crate::report::summary::{Lines, columns, heading, nobody, totals};
use crate::report::{Column, column};
use mail::Email;

/// Totals of a day or a range, and students who need attention
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  attend summary\n  attend summary --date 2026-09-07 -o monday.xlsx\n  attend summary --from 2026-09-01 --to 2026-09-30 --group G7\n  attend summary --format json | jq '.rows[] | select(.anomaly)'"
)]
pub struct Summary {
    #[command(flatten)]
    dates: Dates,
    /// Only students of this group
    #[arg(long, value_name = "GROUP")]
    group: Option<String>,
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    email: Email,
}

impl Summary {
    pub(crate) fn run(self, session: &Session) -> Result<Code> {
        let mut store = session.store()?;
        let caller = session.caller(None);
        let zone = settings::load(&mut store)?.zone;
        let chosen = match self.dates.range(local_date(caller.now, zone))? {
            Some(date) if self.dates.are_one() => summary::Dates::One(Some(*date.start())),
            Some(range) => summary::Dates::Range(range),
            None => summary::Dates::One(None),
        };
        let request = Request { dates: chosen, group: self.group };
        let screen = !self.target.is_file() && !self.email.wanted();
        if screen && self.target.is_table() {
            self.target.refuse_columns()?;
            session.print("summary", zone, |sink| {
                summary::read(&mut store, &request, &caller, &mut Shown { sink, columns: vec![], head: None })
            })?;
        } else if screen || self.target.is_file() {
            let head = json::Head { report: "summary", as_of: caller.now, zone };
            self.target.write(session, "summary", head, |rows| {
                summary::read(&mut store, &request, &caller, &mut Streamed { rows, columns: vec![] })
            })?;
        }
        if self.email.wanted() {
            self.email.run(session, &mut store, &request, zone)?;
        }
        Ok(Code::Done)
    }
}

/// A summary on its way to the screen, or into the sheet of a mail.
struct Shown<'s> {
    sink: &'s mut dyn Sink,
    columns: Vec<Column<Lines>>,
    /// The heading, once it is known.
    head: Option<Head>,
}

impl Taker for Shown<'_> {
    fn begin(&mut self, head: &Head) -> Result<()> {
        self.head = Some(head.clone());
        self.columns = columns(head);
        self.sink.begin(&column::headings(&self.columns), &totals(head))?;
        self.sink.section(&heading(head))?;
        Ok(self.sink.nothing(nobody(head))?)
    }

    fn line(&mut self, head: &Head, line: Line) -> Result<()> {
        Ok(self.sink.row(&column::cells(&self.columns, &(head, &line)))?)
    }
}

/// A summary on its way into a file.
struct Streamed<'r, 's> {
    rows: &'r mut RowWriter<'s>,
    columns: Vec<Column<Lines>>,
}

impl Taker for Streamed<'_, '_> {
    fn begin(&mut self, head: &Head) -> Result<()> {
        self.columns = columns(head);
        self.rows.begin(&self.columns, &totals(head), &dates(&head.dates))
    }

    fn line(&mut self, head: &Head, line: Line) -> Result<()> {
        self.rows.row(&self.columns, &(head, &line))
    }
}
