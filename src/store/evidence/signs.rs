//! Signs of life by camera and minute, and the dates on which each camera was heard.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use chrono::NaiveDate;
use rusqlite::{Connection, params};

use crate::domain::evidence::camera::CameraId;
use crate::domain::evidence::coverage::TRIED_BEFORE;
use crate::domain::evidence::sight::{Sign, Signs};
use crate::domain::time::Instant;
use crate::store::Result;

/// The signs of a minute as they are stored. Those of several lines are merged by OR: the highest reach counts.
fn written(sign: Sign) -> u8 {
    let Sign { reach, blind, matched, resting, line } = sign;
    let flags = [blind, matched, resting, line].into_iter().enumerate();
    let flags: u8 = flags.map(|(bit, set)| u8::from(set) << bit).sum();
    flags | reach.map_or(0, |reach| 16 << reach)
}

/// Reads them back.
fn read(signs: u8) -> Sign {
    let has = |bit: u8| signs & 1 << bit != 0;
    let reach = (signs >> 4).checked_ilog2().map(|reach| reach as u8);
    Sign { reach, blind: has(0), matched: has(1), resting: has(2), line: has(3) }
}

/// Merges signs into those of their cameras and minutes. This is fastest in the order of minutes and cameras.
pub(crate) fn add_all(conn: &Connection, signs: impl Iterator<Item = (i64, CameraId, Sign)>) -> Result<()> {
    let mut stmt = conn.prepare_cached(
        "INSERT INTO alive (minute, camera, signs) VALUES (?, ?, ?)
         ON CONFLICT (minute, camera) DO UPDATE SET signs = signs | excluded.signs",
    )?;
    for (minute, camera, sign) in signs {
        stmt.execute(params![minute, camera, written(sign)])?;
    }
    Ok(())
}

/// Reads the signs around one occurrence after the other within one snapshot. Neighbours need mostly the same minutes,
/// and each minute is read once.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    /// The minutes that were read last.
    minutes: Option<RangeInclusive<i64>>,
    signs: BTreeMap<CameraId, Signs>,
}

impl Reader {
    /// The signs of every camera within some minutes.
    pub(crate) fn within(
        &mut self,
        conn: &Connection,
        minutes: RangeInclusive<i64>,
    ) -> Result<BTreeMap<CameraId, Signs>> {
        let (first, last) = minutes.into_inner();
        let read = match self.minutes.take().filter(|read| read.contains(&first)) {
            Some(read) => *read.end(),
            None => {
                self.signs.clear();
                first - 1
            }
        };
        for signs in self.signs.values_mut() {
            signs.drain(..signs.partition_point(|(minute, _)| *minute < first));
        }
        add_within(conn, read + 1..=last, &mut self.signs)?;
        self.minutes = Some(first..=last.max(read));
        let wanted = |signs: &Signs| signs[..signs.partition_point(|(minute, _)| *minute <= last)].to_vec();
        Ok(self.signs.iter().map(|(camera, signs)| (*camera, wanted(signs))).collect())
    }
}

/// Appends the signs of every camera within some minutes.
fn add_within(
    conn: &Connection,
    minutes: RangeInclusive<i64>,
    signs: &mut BTreeMap<CameraId, Signs>,
) -> Result<()> {
    let mut stmt = conn.prepare_cached(
        "SELECT minute, camera, signs FROM alive WHERE minute BETWEEN ?1 AND ?2 ORDER BY minute, camera",
    )?;
    let mut rows = stmt.query(params![minutes.start(), minutes.end()])?;
    while let Some(row) = rows.next()? {
        signs.entry(row.get(1)?).or_default().push((row.get(0)?, read(row.get(2)?)));
    }
    Ok(())
}

/// The beginning of the last minute in which a camera gave a sign of life.
pub(crate) fn newest(conn: &Connection) -> Result<Option<Instant>> {
    let minute: Option<i64> = conn.query_row("SELECT max(minute) FROM alive", [], |row| row.get(0))?;
    Ok(minute.map(|minute| Instant::from_micros(minute.saturating_mul(60_000_000))))
}

/// The first minute of a range in which a heartbeat said that its camera rests.
pub(crate) fn first_rest(conn: &Connection, minutes: RangeInclusive<i64>) -> Result<Option<i64>> {
    let mut stmt =
        conn.prepare_cached("SELECT min(minute) FROM alive WHERE signs & 4 AND minute BETWEEN ?1 AND ?2")?;
    Ok(stmt.query_row(params![minutes.start(), minutes.end()], |row| row.get(0))?)
}

/// A date on which a camera was heard, in minutes since the Unix epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Heard {
    /// The first valid line.
    pub first: i64,
    /// The first and the last heartbeat.
    pub beats: Option<(i64, i64)>,
}

impl Heard {
    /// A sign in a minute.
    pub(crate) fn at(minute: i64, beat: bool) -> Self {
        Self { first: minute, beats: beat.then_some((minute, minute)) }
    }

    /// Adds another time of the same date.
    pub(crate) fn merge(&mut self, other: Self) {
        self.first = self.first.min(other.first);
        self.beats = match (self.beats, other.beats) {
            (Some((first, last)), Some((earlier, later))) => Some((first.min(earlier), last.max(later))),
            (beats, others) => beats.or(others),
        };
    }
}

/// Stores that a camera was heard on a date.
pub(crate) fn note_heard(conn: &Connection, camera: CameraId, date: NaiveDate, heard: Heard) -> Result<()> {
    conn.prepare_cached(
        "INSERT INTO camera_day (camera, date, first, first_beat, last_beat) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (camera, date) DO UPDATE SET first = min(first, excluded.first),
           first_beat = coalesce(min(first_beat, excluded.first_beat), first_beat, excluded.first_beat),
           last_beat = coalesce(max(last_beat, excluded.last_beat), last_beat, excluded.last_beat)",
    )?
    .execute(params![
        camera,
        date,
        heard.first,
        heard.beats.map(|beats| beats.0),
        heard.beats.map(|beats| beats.1)
    ])?;
    Ok(())
}

/// The first two dates on which each camera was heard, with the first minute of each. Dates that lie too far before the
/// first lesson are left out.
pub(crate) fn first_dates(conn: &Connection) -> Result<BTreeMap<CameraId, Vec<(NaiveDate, i64)>>> {
    let mut stmt = conn.prepare_cached("SELECT coalesce(date(first_date, ?1), '') FROM revision")?;
    let from: String = stmt.query_row([format!("-{TRIED_BEFORE} days")], |row| row.get(0))?;
    let mut stmt = conn.prepare_cached(
        "SELECT d.camera, d.date, d.first FROM camera c JOIN camera_day d ON d.camera = c.id AND d.date >= ?1
         WHERE d.date <= coalesce((SELECT date FROM camera_day WHERE camera = c.id AND date >= ?1
                                   ORDER BY date LIMIT 1 OFFSET 1), d.date)
         ORDER BY d.camera, d.date",
    )?;
    let mut rows = stmt.query([from])?;
    let mut dates = BTreeMap::<CameraId, Vec<(NaiveDate, i64)>>::new();
    while let Some(row) = rows.next()? {
        dates.entry(row.get(0)?).or_default().push((row.get(1)?, row.get(2)?));
    }
    Ok(dates)
}

/// The cameras that sent a heartbeat within some minutes, which lie on these dates.
pub(crate) fn beating(
    conn: &Connection,
    dates: RangeInclusive<NaiveDate>,
    minutes: RangeInclusive<i64>,
) -> Result<Vec<CameraId>> {
    let mut stmt = conn.prepare_cached(
        "SELECT c.id FROM camera c WHERE EXISTS (SELECT 1 FROM camera_day WHERE camera = c.id
           AND date BETWEEN ?1 AND ?2 AND last_beat >= ?3 AND first_beat <= ?4) ORDER BY c.id",
    )?;
    let rows = stmt
        .query_map(params![dates.start(), dates.end(), minutes.start(), minutes.end()], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::schema;

    #[test]
    fn stored_signs_merge_as_signs_do() {
        let reaches = [None, Some(0), Some(1), Some(2)];
        let sign = |number: usize| {
            let has = |bit: usize| number >> bit & 1 == 1;
            Sign {
                reach: reaches[number >> 4],
                blind: has(0),
                matched: has(1),
                resting: has(2),
                line: has(3),
            }
        };
        for one in (0..64).map(sign) {
            assert_eq!(read(written(one)), one);
            for other in (0..64).map(sign) {
                let mut both = one;
                both.merge(other);
                assert_eq!(read(written(one) | written(other)), both, "{one:?} {other:?}");
            }
        }
    }

    #[test]
    fn one_reader_after_the_other_reads_what_a_new_one_would() {
        let conn = schema::empty().unwrap();
        let signs = (0..40).map(|minute| (minute, CameraId(minute % 3), Sign::LINE));
        add_all(&conn, signs).unwrap();
        let read = |reader: &mut Reader, minutes: &RangeInclusive<i64>| {
            let mut read = reader.within(&conn, minutes.clone()).unwrap();
            read.retain(|_, signs| !signs.is_empty());
            read
        };
        let mut reader = Reader::default();
        // Overlapping, within the one before, the same again, the next minute, a gap, back, and the last minute once more.
        for minutes in [0..=9, 5..=14, 6..=8, 6..=8, 9..=12, 30..=35, 2..=4, 2..=39, 39..=39, 39..=50] {
            let known = read(&mut reader, &minutes);
            assert_eq!(known, read(&mut Reader::default(), &minutes), "{minutes:?}");
            let read: usize = known.values().map(Vec::len).sum();
            assert_eq!(read, minutes.clone().filter(|minute| *minute < 40).count(), "{minutes:?}");
        }
    }
}
