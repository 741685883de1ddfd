//! `attend summary`.

mod mail;

use clap::{Args, ValueEnum};

use super::Session;
use super::args::{Dates, OnlyGroups};
use super::target::{RowWriter, Target};
use crate::commands::settings;
use crate::commands::summary::{self, Request, Taker, by as sums};
use crate::domain::register::briefing::Briefing;
use crate::domain::register::summary::{Head, StudentSummary};
use crate::domain::register::sums::{By, SumOrder};
use crate::domain::time::calendar::local_date;
use crate::domain::upkeep::audit::dates as dates_in_words;
use crate::exit::Code;
use crate::failure::Result;
use crate::render::html::Frame;
use crate::render::{Sink, html, json, put};
use crate::report::register::roster::Heads;
use crate::report::summary::mail::bulletin;
use crate::report::summary::{Lines, by as report_by, columns, heading, nobody, totals};
use crate::report::{Column, Report, column};
use crate::store::Store;
use mail::Email;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  attend summary\n  attend summary --date 2026-09-07 -o monday.xlsx\n  attend summary -o day.html\n  attend summary --from 2026-09-01 --to 2026-09-30 --group G7\n  attend summary --by group --date mon..fri\n  attend summary --format json | jq '.rows[] | select(.anomaly)'"
)]
pub(crate) struct SummaryArgs {
    #[command(flatten)]
    dates: Dates,
    #[command(flatten)]
    groups: OnlyGroups,
    /// A row for each group, period, date, student, session or reason
    #[arg(long, value_enum, value_name = "WHAT", conflicts_with = "email")]
    by: Option<ByArg>,
    /// How to sort these rows
    #[arg(long, value_enum, value_name = "BY", default_value = "worst", requires = "by")]
    sort: SortArg,
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    email: Email,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ByArg {
    Group,
    Period,
    Date,
    Student,
    Session,
    Reason,
}

impl From<ByArg> for By {
    fn from(by: ByArg) -> Self {
        match by {
            ByArg::Group => Self::Group,
            ByArg::Period => Self::Period,
            ByArg::Date => Self::Date,
            ByArg::Student => Self::Student,
            ByArg::Session => Self::Session,
            ByArg::Reason => Self::Reason,
        }
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum SortArg {
    Worst,
    Name,
    Absent,
    Late,
}

impl From<SortArg> for SumOrder {
    fn from(sort: SortArg) -> Self {
        match sort {
            SortArg::Worst => Self::Worst,
            SortArg::Name => Self::Name,
            SortArg::Absent => Self::Absent,
            SortArg::Late => Self::Late,
        }
    }
}

impl SummaryArgs {
    pub(crate) fn run(mut self, session: &Session) -> Result<Code> {
        self.target.plain_on_standard_output();
        match self.by {
            Some(by) => self.sums(by.into(), session),
            None => self.summary(session),
        }
    }

    /// The totals by group, period, date or student.
    fn sums(self, by: By, session: &Session) -> Result<Code> {
        let mut store = session.store()?;
        let caller = session.caller(None);
        let groups = self.groups.heeded(&mut store)?;
        let dates = self.dates.range(session.today(&mut store)?)?;
        let request = sums::Request { dates, groups, by, order: self.sort.into() };
        let found = sums::sums(&mut store, &request, &caller)?;
        let (columns, totals, zone) = (report_by::columns(&found), report_by::totals(&found), found.zone);
        let rows = || found.rows.iter().map(|sum| (sum, zone));
        if self.target.is_table() {
            self.target.refuse_choices()?;
            let report = Report::list("summary", &columns, rows(), caller.now, zone);
            let empty = report_by::nobody(&found);
            let report = report.under(report_by::heading(&found)).totals(totals).or_empty(empty);
            session.show(&report)?;
            return Ok(Code::Done);
        }
        let settings = settings::load(&mut store)?;
        let head = json::Head::new("summary", caller.now, zone);
        self.target.write((session, &settings, &request.groups), "summary", head, |writer| {
            writer.begin(&columns, &totals, &dates_in_words(&found.dates))?;
            writer.section(&report_by::heading(&found))?;
            rows().try_for_each(|row| writer.row(&columns, &row))
        })?;
        Ok(Code::Done)
    }

    fn summary(self, session: &Session) -> Result<Code> {
        let mut store = session.store()?;
        let caller = session.caller(None);
        let settings = settings::load(&mut store)?;
        let zone = settings.zone;
        let chosen = match self.dates.range(local_date(caller.now, zone))? {
            Some(date) if self.dates.are_one() => summary::Dates::One(Some(*date.start())),
            Some(range) => summary::Dates::Range(range),
            None => summary::Dates::One(None),
        };
        let is_page = self.target.is_page()?;
        let briefed = is_page || self.email.wanted();
        let request = Request { dates: chosen, groups: self.groups.heeded(&mut store)?, briefed };
        let screen = !self.target.is_file() && !self.email.wanted();
        if let (summary::Dates::One(_), true) = (&request.dates, is_page) {
            report_of_day(session, &mut store, &request, &self.target)?;
        } else if screen && self.target.is_table() {
            self.target.refuse_choices()?;
            session.print("summary", zone, |sink| {
                summary::read(&mut store, &request, &caller, &mut Shown::new(sink))
            })?;
        } else if screen || self.target.is_file() {
            let head = json::Head::new("summary", caller.now, zone);
            self.target.write((session, &settings, &request.groups), "summary", head, |rows| {
                summary::read(&mut store, &request, &caller, &mut Streamed { rows, columns: vec![] })
            })?;
        }
        if self.email.wanted() {
            self.email.run(session, &mut store, &request, zone)?;
        }
        Ok(Code::Done)
    }
}

/// Writes the principal's report of a day as a page.
fn report_of_day(session: &Session, store: &mut Store, request: &Request, target: &Target) -> Result<()> {
    let caller = session.caller(None);
    let mut brief = Brief::default();
    summary::read(store, request, &caller, &mut brief)?;
    let Some(head) = &brief.head else { return Ok(()) };
    let bulletin = bulletin(head, brief.briefing.as_ref(), caller.now, head.zone);
    let school = head.school.as_deref().unwrap_or("attend");
    let frame = Frame { title: "Report".to_owned(), school, as_of: caller.now, zone: head.zone };
    target.page(session, "summary", &dates_in_words(&head.dates), &html::summary(&bulletin, &frame))
}

/// A summary without its lines.
#[derive(Default)]
struct Brief {
    head: Option<Head>,
    briefing: Option<Briefing>,
}

impl Taker for Brief {
    fn begin(&mut self, head: &Head) -> Result<()> {
        self.head = Some(head.clone());
        Ok(())
    }

    fn briefing(&mut self, briefing: Briefing) -> Result<()> {
        self.briefing = Some(briefing);
        Ok(())
    }

    fn line(&mut self, _: &Head, _: StudentSummary) -> Result<()> {
        Ok(())
    }
}

/// Writes a summary to the screen, or into the sheet of a mail.
struct Shown<'s> {
    sink: &'s mut dyn Sink,
    columns: Vec<Column<Lines>>,
    /// The head and the briefing, once they are known.
    brief: Brief,
}

impl<'s> Shown<'s> {
    fn new(sink: &'s mut dyn Sink) -> Self {
        Self { sink, columns: vec![], brief: Brief::default() }
    }
}

impl Taker for Shown<'_> {
    fn begin(&mut self, head: &Head) -> Result<()> {
        self.brief.begin(head)?;
        self.columns = columns(head);
        self.sink.begin(&column::headings(&self.columns), &totals(head))?;
        self.sink.section(&heading(head, Heads::Drawn))?;
        Ok(self.sink.nothing(&nobody(head))?)
    }

    fn briefing(&mut self, briefing: Briefing) -> Result<()> {
        self.brief.briefing(briefing)
    }

    fn line(&mut self, head: &Head, line: StudentSummary) -> Result<()> {
        Ok(put(self.sink, &self.columns, &(head, &line))?)
    }
}

/// Writes a summary into a file.
struct Streamed<'r, 's> {
    rows: &'r mut RowWriter<'s>,
    columns: Vec<Column<Lines>>,
}

impl Taker for Streamed<'_, '_> {
    fn begin(&mut self, head: &Head) -> Result<()> {
        self.columns = columns(head);
        self.rows.begin(&self.columns, &totals(head), &dates_in_words(&head.dates))?;
        self.rows.section(&heading(head, Heads::Plain))
    }

    fn line(&mut self, head: &Head, line: StudentSummary) -> Result<()> {
        self.rows.row(&self.columns, &(head, &line))
    }
}
