//! Odd days: changes of one date.

use chrono::{Duration, NaiveDate, NaiveTime, Weekday};

use super::timetable::shape_of;
use super::typing::{group_names, pick, words};
use super::{Commands, Machine};
use crate::facts::{NO_PERIOD, Occurrence, Odd, School};
use crate::operations::{Operation, Pick};

impl Machine {
    pub(super) fn change_date(&self, after: &mut School, operation: &Operation) -> Option<Commands> {
        let (Operation::MoveOccurrence { date, .. }
        | Operation::Extra { date, .. }
        | Operation::Until { date, .. }
        | Operation::Like { date, .. }
        | Operation::RestoreDate { date }) = operation
        else {
            return None;
        };
        let date = after.zone.date(self.now) + Duration::days(*date);
        if let Operation::RestoreDate { .. } = operation {
            return Some(vec![self.restore_date(after, date)?]);
        }
        if after.closures.contains(&date) {
            return None;
        }
        // A date without any occurrence is scheduled first. Edits that wait for the next run take effect on a date of which
        // the whole timetable changes.
        let whole = matches!(operation, Operation::Until { .. } | Operation::Like { .. });
        if whole || !after.occurrences.iter().any(|o| o.date == date) {
            after.generate(date, 1, self.now);
        }
        let command = match operation {
            Operation::MoveOccurrence { occurrence, shape, .. } => {
                self.move_occurrence(after, date, *occurrence, *shape)?
            }
            Operation::Extra { shape, groups, .. } => self.add_extra(after, date, *shape, *groups)?,
            Operation::Until { hour, .. } => self.end_day(after, date, *hour),
            Operation::Like { weekday, .. } => self.like(after, date, *weekday),
            _ => return None,
        };
        Some(vec![command])
    }

    fn is_ahead(&self, occurrence: &Occurrence) -> bool {
        self.now < occurrence.opens_at()
    }

    fn move_occurrence(
        &self,
        after: &mut School,
        date: NaiveDate,
        occurrence: Pick,
        shape: Pick,
    ) -> Option<Vec<String>> {
        let shape = shape_of(shape);
        let ahead = |o: &&Occurrence| o.date == date && after.is_held(o) && self.is_ahead(o);
        let ahead: Vec<_> = after.occurrences.iter().filter(ahead).collect();
        let mut moved = (*pick(&ahead, occurrence)?).clone();
        let at = |time: NaiveTime| after.zone.instant(date.and_time(time));
        (moved.starts_at, moved.ends_at) = (at(shape.start), at(shape.end));
        if moved.ends_at <= moved.starts_at || !self.is_ahead(&moved) {
            return None;
        }
        let has_period = moved.period != NO_PERIOD && !after.periods[moved.period].removed;
        moved.odd = Some(if has_period { Odd::Moved } else { Odd::Added });
        moved.touched = true;
        let args = with_hours(["move", &moved.name, "--date", &date.to_string()], shape.start, shape.end);
        let id = moved.id;
        *after.occurrence_mut(id) = moved;
        Some(args)
    }

    fn add_extra(
        &self,
        after: &mut School,
        date: NaiveDate,
        shape: Pick,
        groups: Pick,
    ) -> Option<Vec<String>> {
        let shape = shape_of(shape);
        let at = |time: NaiveTime| after.zone.instant(date.and_time(time));
        let of_date = after.occurrences.iter().filter(|o| o.date == date);
        let groups = group_names(groups);
        let extra = Occurrence {
            id: usize::MAX,
            period: NO_PERIOD,
            name: format!("X{}", self.steps),
            order: of_date.map(|o| o.order).max().unwrap_or(0) + 1,
            date,
            starts_at: at(shape.start),
            ends_at: at(shape.end),
            early: Duration::minutes(5),
            late: Duration::minutes(10),
            late_after: Some(Duration::minutes(10)),
            groups: groups.clone(),
            places: Vec::new(),
            class_places: Vec::new(),
            cancelled: false,
            touched: true,
            odd: Some(Odd::Added),
        };
        if extra.ends_at <= extra.starts_at || !self.is_ahead(&extra) {
            return None;
        }
        let mut args = with_hours(["add", &extra.name, "--date", &date.to_string()], shape.start, shape.end);
        if !groups.is_empty() {
            args.extend(words(&["--groups", &groups.join(",")]));
        }
        after.push(extra);
        Some(args)
    }

    fn end_day(&self, after: &mut School, date: NaiveDate, hour: u32) -> Vec<String> {
        let end = after.zone.instant(date.and_hms_opt(hour, 0, 0).unwrap());
        let closures = after.closures.clone();
        let held = |o: &&mut Occurrence| o.date == date && !o.cancelled && !closures.contains(&date);
        for occurrence in after.occurrences.iter_mut().filter(held) {
            if occurrence.ends_at <= end || !self.is_ahead(occurrence) {
                continue;
            }
            match end <= occurrence.starts_at {
                true => occurrence.cancelled = true,
                false => occurrence.ends_at = end,
            }
            occurrence.odd = Some(Odd::Moved);
            occurrence.touched = true;
        }
        words(&["schedule", "day", &date.to_string(), "--until", &format!("{hour:02}:00")])
    }

    fn like(&self, after: &mut School, date: NaiveDate, weekday: u8) -> Vec<String> {
        let weekday = Weekday::try_from(weekday).unwrap();
        let held: Vec<usize> =
            (0..after.periods.len()).filter(|&index| after.periods[index].is_held_on(weekday)).collect();
        let there: Vec<usize> =
            after.occurrences.iter().filter(|o| o.date == date).map(|o| o.period).collect();
        let unwanted = |o: &&mut Occurrence| o.date == date && !o.cancelled && !held.contains(&o.period);
        for occurrence in after.occurrences.iter_mut().filter(unwanted) {
            if self.is_ahead(occurrence) {
                occurrence.cancelled = true;
                occurrence.odd = Some(Odd::Moved);
                occurrence.touched = true;
            }
        }
        for index in held.into_iter().filter(|index| !there.contains(index)) {
            if let Some(built) = after.built(index, date).filter(|built| self.is_ahead(built)) {
                after.push(Occurrence { odd: Some(Odd::Added), touched: true, ..built });
            }
        }
        let day = weekday.to_string().to_lowercase();
        words(&["schedule", "day", &date.to_string(), "--like", &day])
    }

    /// Everything ahead on a date is as the weekly periods say. Periods that have begun are held after all.
    fn restore_date(&self, after: &mut School, date: NaiveDate) -> Option<Vec<String>> {
        let called_off =
            |o: &&Occurrence| o.date == date && o.cancelled && o.odd != Some(Odd::Added) && !self.is_ahead(o);
        let called_off: Vec<usize> = after.occurrences.iter().filter(called_off).map(|o| o.id).collect();
        if called_off.iter().any(|&id| after.is_pruned(after.occurrence(id))) {
            return None;
        }
        for id in called_off {
            let held = after.occurrence_mut(id);
            (held.cancelled, held.touched) = (false, true);
        }
        let changed =
            |o: &&Occurrence| o.date == date && (o.odd.is_some() || o.cancelled) && self.is_ahead(o);
        let changed: Vec<usize> = after.occurrences.iter().filter(changed).map(|o| o.id).collect();
        for id in changed {
            restore_odd(after, id)?;
        }
        Some(words(&["schedule", "restore", "--date", &date.to_string()]))
    }
}

/// Takes back a change of one date. Nothing where a clock change would swallow what the weekly plan says.
pub(super) fn restore_odd(after: &mut School, id: usize) -> Option<()> {
    let known = after.occurrence(id).clone();
    if known.odd == Some(Odd::Added) {
        // Decisions of people are never deleted.
        if !after.is_marked(id) {
            after.occurrences.retain(|o| o.id != id);
        }
        return Some(());
    }
    let planned = match known.period {
        NO_PERIOD => known.clone(),
        period if after.periods[period].removed => known.clone(),
        period => after.built(period, known.date)?,
    };
    *after.occurrence_mut(id) = Occurrence { id, cancelled: false, odd: None, touched: false, ..planned };
    Some(())
}

fn with_hours(which: [&str; 4], start: NaiveTime, end: NaiveTime) -> Vec<String> {
    let [start, end] = [start, end].map(|time| time.format("%H:%M").to_string());
    words(&[&["schedule"], &which[..], &["--start", &start, "--end", &end]].concat())
}
