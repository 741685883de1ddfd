//! `attend export`.

use std::ops::RangeInclusive;

use chrono::NaiveDate;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand};

use super::Session;
use super::args::{self, Dates};
use super::target::{RowWriter, Target};
use crate::commands::export::{self, Covered, Days, Occurrences, Recognitions, Records, When, feed};
use crate::commands::{Caller, settings};
use crate::domain::evidence::recognition::{EFFECTS, Effect, ReportedRecognition};
use crate::domain::register::feed::Cursor;
use crate::domain::register::status::{Entry, Status};
use crate::domain::roll::group::GroupFilter;
use crate::domain::time::calendar::local_date;
use crate::domain::time::day::{Day, Hours};
use crate::domain::time::{Instant, Span, Zone};
use crate::domain::timetable::occurrence::{Occurrence, OccurrenceId};
use crate::domain::upkeep::audit::dates as dates_in_words;
use crate::exit::Code;
use crate::failure::Result;
use crate::render::json::Head;
use crate::report::evidence::recognitions;
use crate::report::register::records::{self, Row};
use crate::report::register::{changes, days};
use crate::report::{Column, Rows};
use crate::store::Store;

/// Recognitions between two updates of the progress bar.
const TELL_PROGRESS: u64 = 10_000;

/// Sheets for people and data for programs
#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// The whole roll of one period [default: the active one, else the latest of today]
    #[command(
        after_help = "Examples:\n  attend export roster -o now.csv\n  attend export roster --date 2026-09-07 --period \"Block 2\" --format xlsx -o block2.xlsx"
    )]
    Roster {
        /// Its date [default: today]
        #[arg(long, value_name = "DATE", value_parser = args::date)]
        date: Option<Day>,
        #[command(flatten)]
        filter: Filter,
        #[command(flatten)]
        target: Target,
    },
    /// Recognitions, with the effect of each
    #[command(
        after_help = "Examples:\n  attend export recognitions --last 2h -o recent.csv\n  attend export recognitions --date today --camera gate-2 --between 08:00..09:00\n  attend export recognitions --date 2026-09-07 --columns ts,student,camera,score\n  attend export recognitions --from 2026-09-01 --to 2026-09-30 --format jsonl | jq .score"
    )]
    Recognitions {
        /// Only the last 30m, 24h or 7d [default: 24h]
        #[arg(long, value_name = "TIME", value_parser = args::span, conflicts_with_all = ["from", "to", "date"])]
        last: Option<Span>,
        #[command(flatten)]
        dates: Dates,
        /// Only recognitions that count in this period
        #[arg(long, value_name = "PERIOD")]
        period: Option<String>,
        #[command(flatten)]
        whose: Whose,
        /// Only recognitions of this camera; repeat it for more cameras
        #[arg(long = "camera", value_name = "CAMERA")]
        cameras: Vec<String>,
        /// Only between these times of each day
        #[arg(long, value_name = "HH:MM..HH:MM", value_parser = args::hours)]
        between: Option<Hours>,
        /// Only recognitions that count, score too low, or belong to no period, separated by commas
        #[arg(long = "status", value_name = "STATUS", value_delimiter = ',', value_parser = effect())]
        effects: Vec<Effect>,
        #[command(flatten)]
        target: Target,
    },
    /// The register: a row for every expected student of every period that has begun
    #[command(
        after_help = "Examples:\n  attend export records --date 2026-09-07 -o monday.csv\n  attend export records --from 2026-09-01 --to 2026-09-30 --status absent,unknown\n  attend export records --group 'G7*' --per-group\n  attend export records --format jsonl | jq -r .student"
    )]
    Records {
        #[command(flatten)]
        dates: Dates,
        #[command(flatten)]
        filter: Filter,
        #[command(flatten)]
        changed: Changed,
        #[command(flatten)]
        target: Target,
    },
    /// Half days and days: a row for every session of every expected student that has begun
    #[command(
        after_help = "Examples:\n  attend export sessions --from 2026-09-01 --to 2026-09-30 -o september.xlsx\n  attend export sessions --date yesterday --status absent,unknown"
    )]
    Sessions {
        #[command(flatten)]
        dates: Dates,
        #[command(flatten)]
        whose: Whose,
        /// Only these statuses, separated by commas
        #[arg(long = "status", value_name = "STATUS", value_delimiter = ',', value_parser = args::status())]
        statuses: Vec<Status>,
        #[command(flatten)]
        target: Target,
    },
    /// Absences by day: a row for every student and date with a missed period
    #[command(
        after_help = "Examples:\n  attend export absences --from 2026-09-01 --to 2026-09-30 -o september.xlsx\n  attend export absences --date yesterday --group \"G7*\""
    )]
    Absences {
        #[command(flatten)]
        dates: Dates,
        #[command(flatten)]
        whose: Whose,
        #[command(flatten)]
        target: Target,
    },
    /// Confirm that the receiver of a feed has stored the edition that was sent last
    #[command(
        after_help = "Example:\n  attend export records --feed district -o changed.csv && load changed.csv && attend export confirm district\n\nUntil an edition is confirmed, the next one sends everything in it again."
    )]
    Confirm {
        /// The name given with --feed
        #[arg(value_name = "FEED")]
        feed: String,
    },
    /// Marks, excuses and decisions about sightings, by the day on which people made them
    #[command(
        after_help = "Examples:\n  attend export changes --from 2026-09-01 --to 2026-09-30 -o changes.xlsx\n  attend export changes --date today --student H000123"
    )]
    Changes(Changes),
}

/// The changes that people made.
#[derive(Debug, Args)]
struct Changes {
    #[command(flatten)]
    dates: Dates,
    /// Only this student; repeat it for more students
    #[arg(long = "student", value_name = "CODE")]
    students: Vec<String>,
    #[command(flatten)]
    target: Target,
}

#[derive(Debug, Args)]
struct Filter {
    /// Only this period
    #[arg(long, value_name = "PERIOD")]
    period: Option<String>,
    #[command(flatten)]
    whose: Whose,
    /// Only these statuses, separated by commas
    #[arg(long = "status", value_name = "STATUS", value_delimiter = ',', value_parser = args::status())]
    statuses: Vec<Status>,
    /// A row for each group of a student instead of one with all of them
    #[arg(long)]
    per_group: bool,
}

/// Only what changed: whole registers, which replace those that the receiver has.
#[derive(Debug, Args)]
struct Changed {
    /// Only registers that may have changed since the export that printed this cursor; 0@0: all
    #[arg(long, value_name = "CURSOR", conflicts_with_all = ["feed", "from", "to", "date", "period", "group", "students", "statuses"])]
    changed_since: Option<Cursor>,
    /// The same for a receiver known by name: since the edition that was confirmed last (see export confirm)
    #[arg(long, value_name = "NAME", conflicts_with_all = ["from", "to", "date", "period", "group", "students", "statuses"])]
    feed: Option<String>,
}

/// The students whose rows are exported.
#[derive(Debug, Args)]
struct Whose {
    /// Only these groups; * stands for any letters
    #[arg(long, value_name = "GROUPS", value_parser = args::groups)]
    group: Option<GroupFilter>,
    /// Only this student; repeat it for more students
    #[arg(long = "student", value_name = "CODE")]
    students: Vec<String>,
}

impl Whose {
    fn on(self, dates: Option<RangeInclusive<NaiveDate>>, statuses: Vec<Status>) -> Days {
        Days { dates, groups: self.group.unwrap_or_default(), students: self.students, statuses }
    }
}

/// The effect of a recognition.
fn effect() -> impl TypedValueParser<Value = Effect> {
    let words = PossibleValuesParser::new(EFFECTS.map(Effect::word));
    words.try_map(|word| {
        EFFECTS
            .into_iter()
            .find(|effect| effect.word() == word)
            .ok_or("a status is accepted, low_score or no_period")
    })
}

impl ExportArgs {
    pub(crate) fn run(self, session: &Session) -> Result<Code> {
        let caller = session.caller(None);
        let mut store = session.store()?;
        let zone = settings::load(&mut store)?.zone;
        let today = local_date(caller.now, zone);
        let mut export = Exporter { session, store, caller, zone };
        match self.command {
            Command::Roster { date, filter, target } => {
                let of = Occurrences::One(date.map(|day| day.date(today)));
                export.register("export roster", of, filter, &target)?;
            }
            Command::Records { dates, filter, changed, target } => {
                let of = Occurrences::Begun(dates.range(today)?);
                export.records(of, filter, &changed, &target)?;
            }
            Command::Sessions { dates, whose, statuses, target } => {
                export.sessions(&whose.on(dates.range(today)?, statuses), &target, today)?;
            }
            Command::Absences { dates, whose, target } => {
                export.absences(&whose.on(dates.range(today)?, Vec::new()), &target, today)?;
            }
            Command::Confirm { feed } => feed::confirm(&mut export.store, &feed)?,
            Command::Changes(changes) => export.changes(&changes, today)?,
            Command::Recognitions { last, dates, period, whose, cameras, between, effects, target } => {
                let last = When::Last(last.unwrap_or(Span::hours(24)));
                let when = dates.range(today)?.map_or(last, When::Dates);
                let (groups, students) = (whose.group.unwrap_or_default(), whose.students);
                let request = Recognitions { when, period, groups, students, cameras, between, effects };
                export.seen(&request, &target)?;
            }
        }
        Ok(Code::Done)
    }
}

/// The inputs common to all exports.
struct Exporter<'s> {
    session: &'s Session,
    store: Store,
    caller: Caller,
    zone: Zone,
}

impl Exporter<'_> {
    /// The rows of registers by date, or of those that changed.
    fn records(
        &mut self,
        by_date: Occurrences,
        filter: Filter,
        changed: &Changed,
        target: &Target,
    ) -> Result<()> {
        let since = match (&changed.feed, changed.changed_since) {
            (Some(feed), _) => Some(feed::confirmed(&mut self.store, feed)?),
            (None, since) => since,
        };
        let of = since.map_or(by_date, Occurrences::Changed);
        let reached = self.register("export records", of, filter, target)?;
        match (&changed.feed, reached) {
            (Some(feed), Some(reached)) => feed::sent(&mut self.store, feed, reached)?,
            (None, Some(reached)) => {
                self.session.ui.note(&format!("next time: --changed-since {reached}"));
            }
            (_, None) => {}
        }
        Ok(())
    }

    /// The rows of the register. Gives how far a receiver of what changed has been told.
    fn register(
        &mut self,
        action: &'static str,
        of: Occurrences,
        filter: Filter,
        target: &Target,
    ) -> Result<Option<Cursor>> {
        let Self { session, store, caller, zone } = self;
        let Filter { period, whose, statuses, per_group } = filter;
        let (groups, students) = (whose.group.unwrap_or_default(), whose.students);
        let mut reached = matches!(of, Occurrences::Changed(_)).then_some(Cursor::START);
        let request = Records { of, period, groups, students, statuses };
        let report = action.trim_start_matches("export ");
        target.write(session, action, Head { report, as_of: caller.now, zone: *zone }, |rows| {
            let per_group = per_group.then_some(&request.groups);
            let reached = reached.as_mut();
            let mut taker =
                Register { rows, zone: *zone, per_group, occurrences: 0, done: 0, last: None, reached };
            export::records(store, &request, caller, &mut taker)
        })?;
        Ok(reached)
    }

    /// The sessions.
    fn sessions(&mut self, request: &Days, target: &Target, today: NaiveDate) -> Result<()> {
        self.days("export sessions", request, target, today, days::SESSIONS, |store, caller, rows| {
            export::sessions(store, request, caller, |row| rows.row(days::SESSIONS, &row))
        })
    }

    /// The absences by day.
    fn absences(&mut self, request: &Days, target: &Target, today: NaiveDate) -> Result<()> {
        self.days("export absences", request, target, today, days::ABSENCES, |store, caller, rows| {
            export::absences(store, request, caller, |row| rows.row(days::ABSENCES, &row))
        })
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
        let Self { session, store, caller, zone } = self;
        let dates = request.dates.clone().unwrap_or(today..=today);
        let report = action.trim_start_matches("export ");
        let head = Head { report, as_of: caller.now, zone: *zone };
        target.write(session, action, head, |rows| {
            let totals = [("from", (*dates.start()).into()), ("to", (*dates.end()).into())];
            rows.begin(columns, &totals, &dates_in_words(&dates))?;
            fill(store, caller, rows)
        })
    }

    /// The changes that people made.
    fn changes(&mut self, asked: &Changes, today: NaiveDate) -> Result<()> {
        let Self { session, store, caller, zone } = self;
        let dates = asked.dates.range(today)?.unwrap_or(today..=today);
        let found = export::changes(store, &dates, &asked.students)?;
        let head = Head { report: "changes", as_of: caller.now, zone: *zone };
        asked.target.write(session, "export changes", head, |rows| {
            let totals = [("from", (*dates.start()).into()), ("to", (*dates.end()).into())];
            rows.begin(changes::COLUMNS, &totals, &dates_in_words(&dates))?;
            found.iter().try_for_each(|change| rows.row(changes::COLUMNS, &change))
        })
    }

    /// The rows of recognitions.
    fn seen(&mut self, request: &Recognitions, target: &Target) -> Result<()> {
        let Self { session, store, caller, zone } = self;
        let head = Head { report: "recognitions", as_of: caller.now, zone: *zone };
        target.write(session, "export recognitions", head, |rows| {
            let mut taker = Seen { rows, zone: *zone, window: caller.now..=caller.now, told: 0 };
            if let Some(watermark) = export::recognitions(store, request, caller, &mut taker)? {
                session.ui.note(&format!("recognitions before {} were pruned", local_date(watermark, *zone)));
            }
            Ok(())
        })
    }
}

/// Writes rows of the register into a file.
struct Register<'r, 's> {
    rows: &'r mut RowWriter<'s>,
    zone: Zone,
    /// A row for each group that passes.
    per_group: Option<&'r GroupFilter>,
    /// How many occurrences there are, how many are told, and the one being told.
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
            self.done += 1;
        }
        let zone = self.zone;
        let mut row =
            |entry: &Entry| self.rows.row(records::COLUMNS, &Row { occurrence, coverage, entry, zone });
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
        self.rows.row(recognitions::COLUMNS, told)
    }
}
