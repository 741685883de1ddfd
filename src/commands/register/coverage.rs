//! Coverage: reads the facts about every camera, and judges how an occurrence was watched.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;

use chrono::NaiveDate;
use rustc_hash::FxHashMap;

use crate::domain::evidence::camera::{Camera, CameraId, History};
use crate::domain::evidence::coverage::{BEATS_WITHIN, Coverage, SightSource, heard_duty, known_from};
use crate::domain::evidence::sight::QUIET;
use crate::domain::time::calendar::{each_date, local_date};
use crate::domain::time::{Instant, Span, Zone};
use crate::domain::timetable::occurrence::{Occurrence, OccurrenceId};
use crate::domain::upkeep::retention::midnight;
use crate::failure::Result;
use crate::store::evidence::{coverage, heartbeats, signs};
use crate::store::{Connection, evidence::cameras, settings};

/// The facts about the cameras in one snapshot.
pub struct Cameras {
    zone: Zone,
    known: Vec<Known>,
    signs: RefCell<signs::Reader>,
}

/// The coverage of a few occurrences at one instant. The panel and the checks of health need the same ones, and each is
/// judged once.
pub struct Judged {
    /// The facts about the cameras.
    pub cameras: Cameras,
    now: Instant,
    coverages: RefCell<FxHashMap<OccurrenceId, Rc<Coverage>>>,
}

impl Judged {
    /// Reads the facts about the cameras.
    pub fn read(conn: &Connection, now: Instant) -> Result<Self> {
        Ok(Self { cameras: Cameras::read(conn)?, now, coverages: RefCell::default() })
    }

    /// The coverage of an occurrence so far.
    pub fn coverage(&self, conn: &Connection, occurrence: &Occurrence) -> Result<Rc<Coverage>> {
        if let Some(known) = self.coverages.borrow().get(&occurrence.id) {
            return Ok(known.clone());
        }
        let coverage = Rc::new(self.cameras.coverage(conn, occurrence, self.now)?);
        self.coverages.borrow_mut().insert(occurrence.id, coverage.clone());
        Ok(coverage)
    }
}

struct Known {
    camera: Camera,
    /// When it was added, or the first minute in which it was heard if that is earlier.
    since: Instant,
    every: Span,
    heard: Option<Range<Instant>>,
}

impl Cameras {
    pub fn read(conn: &Connection) -> Result<Self> {
        let zone = settings::load(conn)?.zone;
        let mut dates = signs::first_dates(conn)?;
        let first_of_school = dates.values().filter_map(|dates| dates.first()).map(|(date, _)| *date).min();
        let known = heartbeats::runners(conn)?.into_iter().map(|runner| {
            let dates = dates.remove(&runner.camera.id).unwrap_or_default().into_iter();
            let at = |minute: i64| Instant::from_micros(minute.saturating_mul(60_000_000));
            let dates: Vec<(NaiveDate, Instant)> = dates.map(|(date, first)| (date, at(first))).collect();
            let first = dates.first().map(|(_, first)| *first);
            let since = first.map_or(runner.camera.added_at, |first| first.min(runner.camera.added_at));
            let every = runner.heartbeat.map(|(_, vitals)| vitals.snapshot_every).unwrap_or_default();
            let heard =
                first_of_school.and_then(|first| heard_duty(&dates, first, |date| midnight(date, zone)));
            Known { camera: runner.camera, since, every, heard }
        });
        Ok(Self { zone, known: known.collect(), signs: RefCell::default() })
    }

    /// Since when the school has cameras.
    pub fn known_since(&self) -> Option<Instant> {
        self.known.iter().map(|known| known.since).min()
    }

    /// The coverage of an occurrence so far. If the evidence was pruned, the stored coverage.
    pub fn coverage(&self, conn: &Connection, occurrence: &Occurrence, now: Instant) -> Result<Coverage> {
        if let Some(noted) = coverage::noted(conn, occurrence)? {
            return Ok(noted);
        }
        if now < occurrence.opens_at {
            return Ok(Coverage::of(occurrence, now, &[], &[]));
        }
        let decided = coverage::decided(conn, occurrence.id)?;
        self.judge(conn, occurrence, decided, now)
    }

    /// The same by all decisions about cameras, including later ones.
    pub fn coverage_anew(
        &self,
        conn: &Connection,
        occurrence: &Occurrence,
        now: Instant,
    ) -> Result<Coverage> {
        self.judge(conn, occurrence, None, now)
    }

    fn judge(
        &self,
        conn: &Connection,
        occurrence: &Occurrence,
        decided: Option<i64>,
        now: Instant,
    ) -> Result<Coverage> {
        let midnights = self.midnights(occurrence);
        let sources = self.sources(conn, occurrence, &midnights, decided)?;
        Ok(Coverage::of(occurrence, now, &sources, &midnights))
    }

    /// The local midnights around an occurrence, in minutes.
    fn midnights(&self, occurrence: &Occurrence) -> Vec<i64> {
        let first = local_date(occurrence.opens_at, self.zone);
        let last = local_date(occurrence.closes_at, self.zone);
        let next = last.succ_opt().unwrap_or(last);
        each_date(&(first..=next)).map(|date| midnight(date, self.zone).minute()).collect()
    }

    fn sources(
        &self,
        conn: &Connection,
        occurrence: &Occurrence,
        midnights: &[i64],
        decided: Option<i64>,
    ) -> Result<Vec<SightSource>> {
        let (opens, closes) = (occurrence.opens_at.minute(), occurrence.closes_at.minute());
        // A rest may have begun at any time of the day.
        let rested = signs::first_rest(conn, midnights.first().copied().unwrap_or(opens)..=opens)?;
        let from = rested.unwrap_or(opens).min(known_from(occurrence));
        let mut signs = self.signs.borrow_mut().within(conn, from..=closes + QUIET)?;
        let recent = occurrence.ends_at - BEATS_WITHIN;
        let dates = local_date(recent, self.zone)..=local_date(occurrence.ends_at, self.zone);
        let beating = signs::beating(conn, dates, recent.minute()..=occurrence.ends_at.minute())?;
        let decided: Option<BTreeMap<CameraId, History>> = match decided {
            Some(known) => Some(cameras::histories(conn, Some(known))?),
            None => None,
        };
        let source = |Known { camera, every, heard, .. }: &Known| SightSource {
            name: camera.name.clone(),
            history: match &decided {
                Some(histories) => histories.get(&camera.id).cloned().unwrap_or_default(),
                None => camera.history.clone(),
            },
            heard: heard.clone(),
            beats: beating.binary_search(&camera.id).is_ok(),
            every: *every,
            signs: signs.remove(&camera.id).unwrap_or_default(),
        };
        Ok(self.known.iter().map(source).collect())
    }
}
