//! The register in the words of a receiving system.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;

use super::{Covered, RecordTaker, Records, records};
use crate::commands::Caller;
use crate::commands::problem::{Kind, Problem};
use crate::domain::register::codes::{Codes, Identity, Outcome, Per, Sent};
use crate::domain::register::day_rule::DayPart;
use crate::domain::register::feed::Cursor;
use crate::domain::register::status::{BriefJudgement, Entry};
use crate::domain::roll::group::{GroupFilter, joined};
use crate::domain::time::{Instant, Zone};
use crate::domain::timetable::occurrence::Occurrence;
use crate::failure::{Failure, Result};
use crate::store::roll::aliases;
use crate::store::{Store, settings};

/// How rows are made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wording<'c> {
    /// The school's table.
    pub codes: &'c Codes,
    /// The time that a row is about.
    pub per: Per,
    /// Whether the receiver is told of half a day missed.
    pub in_halves: bool,
    /// Whether the receiver refuses rows without a group, so that they are not sent.
    pub wants_group: bool,
    /// The most characters of a student's identity.
    pub longest_student: usize,
}

/// Receives the rows of a profile.
pub(crate) trait SentTaker {
    /// Takes the dates of the rows, and how far a receiver of all rows has been told. It is called first and once.
    fn begin(&mut self, occurrences: &[Covered], reached: Cursor) -> Result<()>;
    /// Takes one row.
    fn row(&mut self, sent: &Sent) -> Result<()>;
}

/// Rows that were not sent, by the word for the cause.
pub(crate) type LeftOut = BTreeMap<&'static str, u64>;

/// Passes the rows of a request to `taker`, worded for a receiver, by date and code. Gives the rows that were left out
/// because the codes file says so, or because the receiver would refuse them.
///
/// # Errors
/// The receiver would refuse the identity of a student. This is checked before the first row; a change made meanwhile can
/// still stop it later.
pub(crate) fn sent(
    store: &mut Store,
    mut request: Records,
    wording: Wording,
    caller: &Caller,
    taker: &mut dyn SentTaker,
) -> Result<LeftOut> {
    let (zone, identities) = store.read(|conn| {
        let identities = match wording.codes.student {
            Identity::Code => None,
            Identity::Sis => Some(aliases::sis_by_code(conn, caller.now)?),
        };
        Ok::<_, Failure>((settings::load(conn)?.zone, identities))
    })?;
    // A day is judged from all periods of a student, also from those in other groups.
    let groups = match wording.per {
        Per::Period => GroupFilter::default(),
        Per::Day => std::mem::take(&mut request.groups),
    };
    let mut pass = |taker: &mut dyn SentTaker| {
        let (groups, identities, left_out, now) = (&groups, identities.as_ref(), LeftOut::new(), caller.now);
        let mut words = Words { wording, groups, now, zone, identities, taker, left_out, day: None };
        records(store, &request, caller, &mut words)?;
        words.end_day()?;
        Ok(words.left_out)
    };
    // Rows are written as they are read. An identity that is refused must not be found after the first of them.
    if identities.is_some() || wording.longest_student < usize::MAX {
        pass(&mut Checked)?;
    }
    pass(taker)
}

/// Takes the rows of a pass that only looks for refusals.
struct Checked;

impl SentTaker for Checked {
    fn begin(&mut self, _: &[Covered], _: Cursor) -> Result<()> {
        Ok(())
    }

    fn row(&mut self, _: &Sent) -> Result<()> {
        Ok(())
    }
}

/// Turns the rows of a register into those of a profile.
struct Words<'t> {
    wording: Wording<'t>,
    /// Only days that began in these groups. Rows of periods are selected when they are read.
    groups: &'t GroupFilter,
    now: Instant,
    zone: Zone,
    /// The identity of each student there, by code. `None`: the code itself.
    identities: Option<&'t HashMap<String, String>>,
    taker: &'t mut dyn SentTaker,
    left_out: LeftOut,
    /// The students of the date that is being read.
    day: Option<(NaiveDate, BTreeMap<String, Pupil>)>,
}

/// A student's periods of one date.
#[derive(Default)]
struct Pupil {
    group: Option<String>,
    parts: Vec<DayPart>,
    /// The reason of the first missed period that has one, and its code.
    reason: Option<(String, Option<String>)>,
}

impl RecordTaker for Words<'_> {
    fn begin(&mut self, occurrences: &[Covered], reached: Cursor) -> Result<()> {
        self.taker.begin(occurrences, reached)
    }

    fn row(&mut self, (occurrence, _): &Covered, entry: &Entry) -> Result<()> {
        match self.wording.per {
            Per::Period => self.period(occurrence, entry),
            Per::Day => self.part(occurrence, entry),
        }
    }

    fn empty(&mut self, _: &Occurrence) -> Result<()> {
        Ok(())
    }
}

impl Words<'_> {
    fn period(&mut self, occurrence: &Occurrence, entry: &Entry) -> Result<()> {
        let Some(outcome) = Outcome::of(entry.judgement.into()) else { return Ok(()) };
        // A period of some groups is about those groups of the student.
        let asked = entry.group.as_deref().into_iter().flat_map(|groups| groups.split(','));
        let asked = joined(asked.filter(|group| occurrence.groups.expect(Some(group))));
        let reason = entry
            .reason()
            .map(|reason| (reason.to_owned(), entry.listed.as_ref().map(|listed| listed.code().to_owned())));
        let missed = f64::from(u8::from(outcome.is_missed()));
        let about = About { date: occurrence.date, period: Some(&occurrence.period), outcome, missed };
        self.send(about, &entry.code, asked.or_else(|| entry.group.clone()), reason)
    }

    fn part(&mut self, occurrence: &Occurrence, entry: &Entry) -> Result<()> {
        if self.day.as_ref().is_none_or(|(date, _)| *date != occurrence.date) {
            self.end_day()?;
            self.day = Some((occurrence.date, BTreeMap::new()));
        }
        let minutes = (occurrence.ends_at - occurrence.starts_at).whole_minutes();
        let part = DayPart {
            second_half: self.zone.local(occurrence.starts_at).time() >= self.wording.codes.noon,
            minutes: u32::try_from(minutes).unwrap_or(u32::MAX),
            outcome: BriefJudgement::from(entry.judgement).counted(occurrence.has_begun(self.now)),
        };
        let Some((_, pupils)) = &mut self.day else { return Ok(()) };
        let pupil = pupils.entry(entry.code.clone()).or_default();
        pupil.group = pupil.group.take().or_else(|| entry.group.clone());
        pupil.parts.push(part);
        let missed = Outcome::of(part.outcome).is_some_and(Outcome::is_missed);
        if let Some(reason) = entry.reason().filter(|_| missed && pupil.reason.is_none()) {
            let code = entry.listed.as_ref().map(|listed| listed.code().to_owned());
            pupil.reason = Some((reason.to_owned(), code));
        }
        Ok(())
    }

    /// Sends the date that was read.
    fn end_day(&mut self) -> Result<()> {
        let Some((date, mut pupils)) = self.day.take() else { return Ok(()) };
        pupils.retain(|_, pupil| self.groups.passes(pupil.group.as_deref()));
        for (code, pupil) in pupils {
            let day = self.wording.codes.day.judge(&pupil.parts, self.wording.in_halves);
            let outcome = day.and_then(|day| Some((Outcome::of(day.outcome)?, day.missed)));
            let Some((outcome, missed)) = outcome else { continue };
            let reason = pupil.reason.filter(|_| outcome.is_missed());
            self.send(About { date, period: None, outcome, missed }, &code, pupil.group, reason)?;
        }
        Ok(())
    }

    fn send(
        &mut self,
        about: About,
        code: &str,
        group: Option<String>,
        reason: Option<(String, Option<String>)>,
    ) -> Result<()> {
        let About { date, period, outcome, missed } = about;
        let group = self.wording.codes.group(group.as_deref()).map(str::to_owned);
        let cause = match self.wording.codes.code(outcome) {
            None => Some(outcome.word()),
            Some(_) if self.wording.wants_group && group.is_none() => Some("without a group"),
            Some(_) => None,
        };
        if let Some(cause) = cause {
            *self.left_out.entry(cause).or_default() += 1;
            return Ok(());
        }
        let (reason, reason_code) = reason.map_or((None, None), |(reason, code)| (Some(reason), code));
        let (student, period) = (self.identity(code)?, period.map(str::to_owned));
        self.taker.row(&Sent { date, period, student, group, outcome, missed, reason, reason_code })
    }

    fn identity(&self, code: &str) -> Result<String> {
        let identity = match self.identities {
            None => code,
            Some(known) => known.get(code).ok_or_else(|| {
                Problem::new(Kind::Refused, format!("{code} has no identity in the school system"))
                    .hint(format!("attend student alias {code} sis:…"))
            })?,
        };
        let longest = self.wording.longest_student;
        if identity.chars().count() > longest {
            let words =
                format!("{identity:?} is longer than the {longest} characters that the receiver takes");
            let hint = "write student = \"sis\" in the codes file, and attend student alias CODE sis:… with a shorter one";
            return Err(Problem::new(Kind::Refused, words).hint(hint).into());
        }
        Ok(identity.to_owned())
    }
}

/// The content of a row.
struct About<'a> {
    date: NaiveDate,
    period: Option<&'a str>,
    outcome: Outcome,
    missed: f64,
}
