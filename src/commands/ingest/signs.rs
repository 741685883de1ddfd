//! Signs of life of one stream: merged in memory by minute and camera, and stored with their batch.
//!
//! A line costs a look-up in a map. Only the first line of a minute and camera costs a row.

use chrono::NaiveDate;
use rustc_hash::FxHashMap;

use crate::domain::evidence::camera::CameraId;
use crate::domain::evidence::coverage::BEATS_WITHIN;
use crate::domain::evidence::runner::ClockLead;
use crate::domain::evidence::sight::{QUIET, Sign};
use crate::domain::time::calendar::local_date;
use crate::domain::time::{Instant, Span, Zone};
use crate::store::evidence::signs::Heard;
use crate::store::evidence::{heartbeats, signs};
use crate::store::register::versions;
use crate::store::{Connection, Result};

/// Signs remembered across batches.
const LIMIT: usize = 200_000;

/// The signs of life that this stream has sent.
#[derive(Debug, Default)]
pub(crate) struct SignsOfLife {
    /// The last minute with a recognition of each camera, and its clock. Most lines do not change it.
    latest: FxHashMap<CameraId, (i64, Option<ClockLead>)>,
    told: FxHashMap<(i64, CameraId), Sign>,
    /// Keys of `told` that are not stored yet.
    fresh: Vec<(i64, CameraId)>,
    heard: FxHashMap<(CameraId, NaiveDate), Heard>,
}

impl SignsOfLife {
    /// Adds a valid recognition. `clock` is the clock difference of a line with a `ts`.
    pub(crate) fn line(&mut self, camera: CameraId, ts: Instant, clock: Option<ClockLead>) {
        let minute = ts.minute();
        let latest = self.latest.entry(camera).or_insert((i64::MIN, None));
        latest.1 = clock.or(latest.1);
        if latest.0 != minute {
            latest.0 = minute;
            self.add(camera, minute, Sign::LINE);
        }
    }

    /// Adds the clock of a heartbeat, or of a line that was refused.
    pub(crate) fn clock(&mut self, camera: CameraId, clock: ClockLead) {
        let latest = &mut self.latest.entry(camera).or_insert((i64::MIN, None)).1;
        if latest.is_none_or(|known| clock.replaces(&known)) {
            *latest = Some(clock);
        }
    }

    /// Merges a sign into those of its camera and minute.
    pub(crate) fn add(&mut self, camera: CameraId, minute: i64, sign: Sign) {
        let key = (minute, camera);
        if self.told.entry(key).or_default().merge(sign) {
            self.fresh.push(key);
        }
    }

    /// Notes which registers the new signs may change. A heartbeat decides for a week whether its camera is a source
    /// that sends heartbeats, and a rest holds for the day.
    fn touch_registers(&self, conn: &Connection) -> Result<()> {
        let minutes = self.fresh.iter().map(|(minute, _)| *minute);
        let Some((first, last)) = minutes.clone().min().zip(minutes.max()) else { return Ok(()) };
        let beats = self.fresh.iter().any(|key| self.told[key].is_heartbeat());
        let decided = if beats { BEATS_WITHIN } else { Span::ZERO };
        let at = |minute: i64| Instant::from_micros(minute.saturating_mul(60_000_000));
        versions::touch(conn, at(first) - Span::minutes(QUIET), at(last) + Span::minutes(QUIET + 1) + decided)
    }

    /// Stores all that is new.
    pub(crate) fn save(&mut self, conn: &Connection, zone: Zone) -> Result<()> {
        self.fresh.sort_unstable();
        self.fresh.dedup();
        self.touch_registers(conn)?;
        signs::add_all(conn, self.fresh.iter().map(|key| (key.0, key.1, self.told[key])))?;
        let mut date = (i64::MIN, NaiveDate::default());
        let mut dates = FxHashMap::<(CameraId, NaiveDate), Heard>::default();
        for (minute, camera) in self.fresh.drain(..) {
            let sign = self.told[&(minute, camera)];
            if date.0 != minute {
                date = (minute, local_date(Instant::from_micros(minute * 60_000_000), zone));
            }
            let heard = Heard::at(minute, sign.is_heartbeat());
            dates.entry((camera, date.1)).and_modify(|before| before.merge(heard)).or_insert(heard);
        }
        for ((camera, date), heard) in dates {
            let known = self.heard.entry((camera, date)).or_insert(heard);
            let before = *known;
            known.merge(heard);
            if *known != before || before == heard {
                signs::note_heard(conn, camera, date, heard)?;
            }
        }
        for (camera, (_, clock)) in &mut self.latest {
            if let Some(lead) = clock.take() {
                heartbeats::note_clock(conn, *camera, lead)?;
            }
        }
        if self.told.len() > LIMIT {
            *self = Self::default();
        }
        Ok(())
    }
}
