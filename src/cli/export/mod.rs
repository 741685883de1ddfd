//! `attend export`.

mod profile;
mod writing;

use std::ops::RangeInclusive;

use chrono::NaiveDate;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand};

use self::profile::As;
use self::writing::Exporter;
use super::Session;
use super::args::{self, Dates};
use super::target::Target;
use crate::commands::export::{Days, Occurrences, Recognitions, When, feed};
use crate::commands::settings;
use crate::domain::evidence::recognition::{EFFECTS, Effect};
use crate::domain::register::feed::Cursor;
use crate::domain::register::status::Status;
use crate::domain::time::Span;
use crate::domain::time::calendar::local_date;
use crate::domain::time::day::{Day, Hours};
use crate::exit::Code;
use crate::failure::Result;
use crate::store::Store;
use crate::ui::say;

/// Recognitions between two updates of the progress bar.
const TELL_PROGRESS: u64 = 10_000;

#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// The whole roll of one period [default: the active one, else the latest of today]
    #[command(
        after_help = "Examples:\n  attend export roster -o now.csv\n  attend export roster --date 2026-09-07 --period \"Block 2\" \\\n      --format xlsx -o block2.xlsx"
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
        after_help = "Examples:\n  attend export recognitions --last 2h -o recent.csv\n  attend export recognitions --date today --camera gate-2 \\\n      --between 08:00..09:00\n  attend export recognitions --date 2026-09-07 \\\n      --columns ts,student,camera,score\n  attend export recognitions --from 2026-09-01 --to 2026-09-30 \\\n      --format jsonl | jq .score"
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
        after_help = "Examples:\n  attend export records --date 2026-09-07 -o monday.csv\n  attend export records --from 2026-09-01 --to 2026-09-30 \\\n      --status absent,unknown\n  attend export records --group 'G7*' --per-group\n  attend export records --format jsonl | jq -r .student\n  attend export records --as clever --codes codes.toml \\\n      --feed clever -o attendance.csv"
    )]
    Records {
        #[command(flatten)]
        dates: Dates,
        #[command(flatten)]
        filter: Filter,
        #[command(flatten)]
        changed: Changed,
        #[command(flatten)]
        worded: As,
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
    /// Absences by day; with --feed, every decided absence once, for a program that tells parents
    #[command(
        long_about = "Absences by day: a row for every student and date with a missed period.\n\nWith --feed NAME, a line of JSON for every absence that was decided since the last confirmed edition: its period is over, every camera that matters could see, and the setting absence_hold_back has passed. If a late line, a mark or an excuse turns it over, a line with \"event\":\"retracted\" takes it back. Date, period and student name the absence. Until export confirm NAME, the next edition says it again. A new feed begins with the absences of today.",
        after_help = "Examples:\n  attend export absences --feed parents -o absences.jsonl \\\n      && tell absences.jsonl && attend export confirm parents\n  attend export absences --from 2026-09-01 --to 2026-09-30 -o september.xlsx\n  attend export absences --date yesterday --group \"G7*\""
    )]
    Absences {
        /// One line for each absence that the receiver of this name was not told yet, or was told in error
        #[arg(long, value_name = "NAME", conflicts_with_all = ["from", "to", "date", "group", "students", "dialect", "delimiter"])]
        feed: Option<String>,
        #[command(flatten)]
        dates: Dates,
        #[command(flatten)]
        whose: Whose,
        #[command(flatten)]
        target: Target,
    },
    /// Confirm that the receiver of a feed has stored the edition that was sent last
    #[command(
        after_help = "Example:\n  attend export records --feed district -o changed.csv && load changed.csv \\\n      && attend export confirm district\n\nUntil an edition is confirmed, the next one sends everything in it again."
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
    #[command(flatten)]
    groups: args::OnlyGroups,
    /// Only this student; repeat it for more students
    #[arg(long = "student", value_name = "CODE")]
    students: Vec<String>,
}

impl Whose {
    fn on(
        self,
        dates: Option<RangeInclusive<NaiveDate>>,
        statuses: Vec<Status>,
        store: &mut Store,
    ) -> Result<Days> {
        Ok(Days { dates, groups: self.groups.heeded(store)?, students: self.students, statuses })
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
        let settings = settings::load(&mut store)?;
        let today = local_date(caller.now, settings.zone);
        let mut export = Exporter { session, store, caller, settings };
        match self.command {
            Command::Roster { date, filter, target } => {
                let of = Occurrences::One(date.map(|day| day.date(today)));
                export.register("export roster", of, filter, &target)?;
            }
            Command::Records { dates, filter, changed, worded, target } => {
                let of = Occurrences::Begun(dates.range(today)?);
                records(&mut export, of, filter, (&changed, &worded), &target)?;
            }
            Command::Sessions { dates, whose, statuses, target } => {
                let days = whose.on(dates.range(today)?, statuses, &mut export.store)?;
                export.sessions(&days, &target, today)?;
            }
            Command::Absences { feed: Some(feed), target, .. } => export.announcements(&feed, &target)?,
            Command::Absences { feed: None, dates, whose, target } => {
                let days = whose.on(dates.range(today)?, Vec::new(), &mut export.store)?;
                export.absences(&days, &target, today)?;
            }
            Command::Confirm { feed } => feed::confirm(&mut export.store, &feed)?,
            Command::Changes(changes) => export.changes(&changes, today)?,
            Command::Recognitions { last, dates, period, whose, cameras, between, effects, target } => {
                let last = When::Last(last.unwrap_or(Span::hours(24)));
                let when = dates.range(today)?.map_or(last, When::Dates);
                let (groups, students) = (whose.groups.heeded(&mut export.store)?, whose.students);
                let request = Recognitions { when, period, groups, students, cameras, between, effects };
                export.seen(&request, &target)?;
            }
        }
        Ok(Code::Done)
    }
}

/// Writes the rows of registers by date, or of those that changed, in our words or in those of a profile.
fn records(
    export: &mut Exporter,
    by_date: Occurrences,
    filter: Filter,
    (changed, worded): (&Changed, &As),
    target: &Target,
) -> Result<()> {
    let worded = worded.read(export)?;
    let since = match (&changed.feed, changed.changed_since) {
        (Some(feed), _) => Some(feed::confirmed(&mut export.store, feed)?),
        (None, since) => since,
    };
    let of = since.map_or(by_date, Occurrences::Changed);
    let reached = match &worded {
        Some(worded) => export.worded(of, filter, worded, target)?,
        None => export.register("export records", of, filter, target)?,
    };
    match (&changed.feed, reached) {
        (Some(feed), Some(reached)) => feed::sent(&mut export.store, feed, reached),
        (None, Some(reached)) => {
            // A script needs it as much as a person.
            if !export.session.quiet {
                say(&format!("next time: --changed-since {reached}"));
            }
            Ok(())
        }
        (_, None) => Ok(()),
    }
}
