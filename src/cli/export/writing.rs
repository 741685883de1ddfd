//! Writes the rows of exports.

use std::ops::RangeInclusive;

use chrono::NaiveDate;

use super::{Changes, Filter, TELL_PROGRESS};
use crate::cli::Session;
use crate::cli::target::{RowWriter, Target};
use crate::commands::Caller;
use crate::commands::export::{self, Covered, Days, Occurrences, Recognitions, Records, absence_feed};
use crate::domain::evidence::recognition::ReportedRecognition;
use crate::domain::register::feed::Cursor;
use crate::domain::register::status::Entry;
use crate::domain::roll::group::GroupFilter;
use crate::domain::settings::Settings;
use crate::domain::time::calendar::local_date;
use crate::domain::time::{Instant, Zone};
use crate::domain::timetable::occurrence::{Occurrence, OccurrenceId};
use crate::domain::upkeep::audit::dates as dates_in_words;
use crate::failure::Result;
use crate::render::Format;
use crate::render::json::Head;
use crate::report::evidence::recognitions;
use crate::report::register::records::{self, Row};
use crate::report::register::roster::{self, Heads};
use crate::report::register::{announcements, blind, changes, days};
use crate::report::text::{day as day_in_words, days as days_in_words};
use crate::report::{Column, Rows};
use crate::store::Store;

/// The inputs common to all exports.
pub(super) struct Exporter<'s> {
    pub(super) session: &'s Session,
    pub(super) store: Store,
    pub(super) caller: Caller,
    pub(super) settings: Settings,
}

impl Exporter<'_> {
    /// The rows of the register. Gives how far a receiver of what changed has been told.
    pub(super) fn register(
        &mut self,
        action: &'static str,
        of: Occurrences,
        filter: Filter,
        target: &Target,
    ) -> Result<Option<Cursor>> {
        let Self { session, store, caller, settings } = self;
        let Filter { period, whose, statuses, per_group } = filter;
        let (groups, students) = (whose.groups.heeded(store)?, whose.students);
        let mut reached = matches!(of, Occurrences::Changed(_)).then_some(Cursor::START);
        let request = Records { of, period, groups, students, statuses, whole_days: false };
        let report = action.trim_start_matches("export ");
        let head = Head::new(report, caller.now, settings.zone);
        target.write((session, settings, &request.groups), action, head, |rows| {
            let per_group = per_group.then_some(&request.groups);
            let reached = reached.as_mut();
            let now = caller.now;
            let mut taker = Register {
                rows,
                now,
                zone: settings.zone,
                blind: blind::BlindWords::default(),
                per_group,
                occurrences: 0,
                done: 0,
                last: None,
                reached,
            };
            export::records(store, &request, caller, &mut taker)
        })?;
        Ok(reached)
    }

    /// The sessions.
    pub(super) fn sessions(&mut self, request: &Days, target: &Target, today: NaiveDate) -> Result<()> {
        self.days("export sessions", request, target, today, days::SESSIONS, |store, caller, rows| {
            export::sessions(store, request, caller, |row| rows.row(days::SESSIONS, &row))
        })
    }

    /// The absences by day.
    pub(super) fn absences(&mut self, request: &Days, target: &Target, today: NaiveDate) -> Result<()> {
        self.days("export absences", request, target, today, days::ABSENCES, |store, caller, rows| {
            export::absences(store, request, caller, |row| rows.row(days::ABSENCES, &row))
        })
    }

    /// The next edition of a feed of absences.
    pub(super) fn announcements(&mut self, feed: &str, target: &Target) -> Result<()> {
        let Self { session, store, caller, settings } = self;
        let mut written = None;
        let head = Head::new("absences", caller.now, settings.zone);
        target.write_exactly((session, settings), "export absences", Format::Jsonl, head, |rows| {
            let edition = absence_feed::edition(store, feed, caller)?;
            if let Some(school) = &settings.school_id {
                rows.lead("school_id", school.into());
            }
            let about = format!("edition {} of the feed {feed}", edition.number());
            rows.begin(announcements::COLUMNS, &[], &about)?;
            edition.announcements.iter().try_for_each(|told| rows.row(announcements::COLUMNS, &told))?;
            written = Some(edition);
            Ok(())
        })?;
        written.map_or(Ok(()), |edition| edition.sent(store))
    }

    /// Rows by day.
    fn days<R: Rows>(
        &mut self,
        action: &'static str,
        request: &Days,
        target: &Target,
        today: NaiveDate,
        columns: &[Column<R>],
        fill: impl FnOnce(&mut Store, &Caller, &mut RowWriter) -> Result<()>,
    ) -> Result<()> {
        let Self { session, store, caller, settings } = self;
        let dates = request.dates.clone().unwrap_or(today..=today);
        let report = action.trim_start_matches("export ");
        let head = Head::new(report, caller.now, settings.zone);
        target.write((session, settings, &request.groups), action, head, |rows| {
            let totals = [("from", (*dates.start()).into()), ("to", (*dates.end()).into())];
            rows.begin(columns, &totals, &dates_in_words(&dates))?;
            rows.section(&[vec![days_in_words(&dates).into()]])?;
            fill(store, caller, rows)
        })
    }

    /// The changes that people made.
    pub(super) fn changes(&mut self, asked: &Changes, today: NaiveDate) -> Result<()> {
        let Self { session, store, caller, settings } = self;
        let dates = asked.dates.range(today)?.unwrap_or(today..=today);
        let found = export::changes(store, &dates, &asked.students)?;
        let head = Head::new("changes", caller.now, settings.zone);
        let everybody = GroupFilter::default();
        asked.target.write((session, settings, &everybody), "export changes", head, |rows| {
            let totals = [("from", (*dates.start()).into()), ("to", (*dates.end()).into())];
            rows.begin(changes::COLUMNS, &totals, &dates_in_words(&dates))?;
            rows.section(&[vec![days_in_words(&dates).into()]])?;
            found.iter().try_for_each(|change| rows.row(changes::COLUMNS, &(change, settings.zone)))
        })
    }

    /// The rows of recognitions.
    pub(super) fn seen(&mut self, request: &Recognitions, target: &Target) -> Result<()> {
        let Self { session, store, caller, settings } = self;
        let head = Head::new("recognitions", caller.now, settings.zone);
        target.write((session, settings, &request.groups), "export recognitions", head, |rows| {
            let mut taker =
                Seen { rows, zone: settings.zone, window: caller.now..=caller.now, told: 0, date: None };
            if let Some(watermark) = export::recognitions(store, request, caller, &mut taker)? {
                session.ui.note(&format!(
                    "recognitions before {} were pruned",
                    local_date(watermark, settings.zone)
                ));
            }
            Ok(())
        })
    }
}

/// Writes rows of the register into a file.
struct Register<'r, 's> {
    rows: &'r mut RowWriter<'s>,
    now: Instant,
    zone: Zone,
    blind: blind::BlindWords,
    /// A row for each group that passes.
    per_group: Option<&'r GroupFilter>,
    /// The number of occurrences, the number already written, and the one being written.
    occurrences: usize,
    done: usize,
    last: Option<OccurrenceId>,
    /// How far the receiver has been told, where registers replace those of the receiver. Such a receiver must hear of
    /// empty ones too.
    reached: Option<&'r mut Cursor>,
}

impl export::RecordTaker for Register<'_, '_> {
    fn begin(&mut self, occurrences: &[Covered], reached: Cursor) -> Result<()> {
        self.occurrences = occurrences.len();
        let dates = occurrences.first().zip(occurrences.last());
        let about = dates.map_or("nothing".to_owned(), |((first, _), (last, _))| {
            dates_in_words(&(first.date..=last.date))
        });
        let mut totals = records::totals(occurrences, self.zone);
        if let Some(cursor) = &mut self.reached {
            **cursor = reached;
            self.rows.lead("register_version", reached.version.into());
            self.rows.lead("as_of", reached.at.into());
            totals.push(("cursor", reached.to_string().into()));
        }
        self.rows.begin(records::COLUMNS, &totals, &about)
    }

    fn row(&mut self, (occurrence, coverage): &Covered, entry: &Entry) -> Result<()> {
        if self.last.replace(occurrence.id) != Some(occurrence.id) {
            self.rows.progress(self.done as f64 / self.occurrences as f64);
            self.rows.section(&[roster::title(occurrence, self.now, self.zone, Heads::Plain)])?;
            self.done += 1;
        }
        let zone = self.zone;
        let mut row = |entry: &Entry| {
            let blind = self.blind.of((occurrence.id, coverage), entry.group.as_deref(), zone);
            self.rows.row(records::COLUMNS, &Row { occurrence, coverage, blind, entry, zone })
        };
        match self.per_group {
            Some(groups) => entry.of_each_group(groups).try_for_each(|entry| row(&entry)),
            None => row(entry),
        }
    }

    fn empty(&mut self, occurrence: &Occurrence) -> Result<()> {
        let known = [("date", occurrence.date.into()), ("period", (&occurrence.period).into())];
        if self.reached.is_some() { self.rows.only(records::COLUMNS, &known) } else { Ok(()) }
    }
}

/// Writes recognitions into a file.
struct Seen<'r, 's> {
    rows: &'r mut RowWriter<'s>,
    zone: Zone,
    window: RangeInclusive<Instant>,
    told: u64,
    /// The local date of the last row, if the rows are for people.
    date: Option<NaiveDate>,
}

impl export::RecognitionTaker for Seen<'_, '_> {
    fn begin(&mut self, window: RangeInclusive<Instant>) -> Result<()> {
        let about =
            dates_in_words(&(local_date(*window.start(), self.zone)..=local_date(*window.end(), self.zone)));
        self.rows.begin(recognitions::COLUMNS, &recognitions::totals(&window), &about)?;
        self.window = window;
        Ok(())
    }

    fn row(&mut self, told: &ReportedRecognition) -> Result<()> {
        self.told += 1;
        if self.told.is_multiple_of(TELL_PROGRESS) {
            let (first, last) = (*self.window.start(), *self.window.end());
            self.rows.progress((told.ts - first).micros() as f64 / (last - first).micros() as f64);
        }
        if self.rows.for_people() {
            let date = local_date(told.ts, self.zone);
            if self.date.replace(date) != Some(date) {
                self.rows.section(&[vec![day_in_words(date).into()]])?;
            }
        }
        self.rows.row(recognitions::COLUMNS, told)
    }
}
