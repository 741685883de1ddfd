//! Changes of the weekly plan and of the schedule.

use chrono::{Duration, NaiveDate, NaiveTime};

use super::odd::restore_odd;
use super::typing::{group_names, pick, words};
use super::{Commands, Machine};
use crate::facts::{Occurrence, Period, School};
use crate::operations::{Operation, Pick};

/// Start, end, early grace, late grace, late after: minutes but for the first two.
const SHAPES: [(&str, &str, i64, i64, Option<i64>); 12] = [
    ("08:00", "09:00", 5, 10, Some(10)),
    ("08:30", "09:30", 5, 10, Some(5)),
    ("10:00", "11:00", 10, 0, None),
    ("10:45", "12:00", 0, 0, Some(10)),
    ("12:00", "13:00", 5, 10, Some(10)),
    ("15:00", "16:00", 5, 10, Some(10)),
    ("22:00", "06:00", 5, 10, Some(30)),
    ("22:00", "23:30", 5, 480, Some(10)),
    ("06:30", "07:30", 5, 10, Some(10)),
    ("02:15", "02:45", 5, 10, Some(10)),
    ("01:30", "03:30", 5, 10, Some(10)),
    ("23:30", "00:30", 5, 10, None),
];

impl Machine {
    pub(super) fn change_timetable(&self, after: &mut School, operation: &Operation) -> Option<Commands> {
        let command = match operation {
            Operation::PeriodAdd { shape, groups, places } => {
                let args = add_period(after, *shape, *groups, *places);
                after.open_today(after.periods.len() - 1, self.now);
                args
            }
            Operation::PeriodEdit { period, .. }
            | Operation::PeriodGroups { period, .. }
            | Operation::PeriodDays { period, .. }
            | Operation::PeriodDisable { period }
            | Operation::PeriodEnable { period }
            | Operation::PeriodRemove { period } => {
                let (index, args) = edit_period(after, *period, operation)?;
                if after.periods[index] != self.model.periods[index] {
                    after.open_today(index, self.now);
                }
                args
            }
            Operation::Generate { days } => {
                let today = after.zone.date(self.now);
                after.generate(today, *days, self.now);
                let (from, days) = (today.to_string(), days.to_string());
                words(&["schedule", "generate", "--from", &from, "--days", &days])
            }
            Operation::Cancel { occurrence } => self.hold(after, *occurrence, false)?,
            Operation::Restore { occurrence } => self.hold(after, *occurrence, true)?,
            Operation::Close { from, days } => self.close(after, *from, *days, true)?,
            Operation::Open { from, days } => self.close(after, *from, *days, false)?,
            _ => return None,
        };
        Some(vec![command])
    }

    fn hold(&self, after: &mut School, occurrence: Pick, held: bool) -> Option<Vec<String>> {
        let fitting =
            |o: &&Occurrence| o.cancelled == held && !after.closures.contains(&o.date) && !after.is_pruned(o);
        let fitting: Vec<_> = after.occurrences.iter().filter(fitting).collect();
        let occurrence = (*pick(&fitting, occurrence)?).clone();
        if held && occurrence.odd.is_some() && self.now < occurrence.opens_at() {
            restore_odd(after, occurrence.id)?;
        } else {
            let changed = after.occurrence_mut(occurrence.id);
            changed.cancelled = !held;
            changed.touched = true;
        }
        let verb = if held { "restore" } else { "cancel" };
        let mut args = words(&["schedule", verb, &occurrence.name, "--date", &occurrence.date.to_string()]);
        if !held {
            args.extend(words(&["--reason", "trip"]));
        }
        Some(args)
    }

    fn close(&self, after: &mut School, from: i64, days: i64, closed: bool) -> Option<Vec<String>> {
        let from = after.zone.date(self.now) + Duration::days(from);
        let dates: Vec<NaiveDate> = from.iter_days().take(usize::try_from(days).unwrap()).collect();
        if after.occurrences.iter().any(|o| dates.contains(&o.date) && after.is_pruned(o)) {
            return None;
        }
        for date in &dates {
            if closed {
                after.closures.insert(*date)
            } else {
                after.closures.remove(date)
            };
        }
        let range = format!("{from}..{}", dates.last()?);
        let mut args = words(&["schedule", if closed { "close" } else { "open" }, &range]);
        if closed {
            args.extend(words(&["--reason", "holiday"]));
        }
        Some(args)
    }
}

fn add_period(after: &mut School, shape: Pick, groups: Pick, places: Pick) -> Vec<String> {
    let name = format!("P{}", after.periods.len() + 1);
    let order = after.periods.iter().map(|period| period.order).max().unwrap_or(0) + 1;
    let shape = shape_of(shape);
    let groups = group_names(groups);
    let mut args = words(&["period", "add", &name, "--days", "daily", "--order", &order.to_string()]);
    args.extend(shape_args(&shape));
    if !groups.is_empty() {
        args.extend(words(&["--groups", &groups.join(",")]));
    }
    let (written, places, class_places) = places_of(places);
    if !written.is_empty() {
        args.extend(words(&["--places", written]));
    }
    after.periods.push(Period { name, order, groups, places, class_places, ..shape });
    args
}

/// Places as they are written, those of the period, and those of single classes.
fn places_of(places: Pick) -> (&'static str, Vec<String>, Vec<(String, String)>) {
    let lab = || vec!["lab".to_owned()];
    let class = |class: &str, place: &str| (class.to_owned(), place.to_owned());
    match places % 5 {
        0 | 1 => ("", Vec::new(), Vec::new()),
        2 => ("lab", lab(), Vec::new()),
        3 => ("A=lab,B=gate", Vec::new(), vec![class("A", "lab"), class("B", "gate")]),
        _ => ("lab,B=gate", lab(), vec![class("B", "gate")]),
    }
}

/// Changes a period of the weekly plan; which one, and the command.
fn edit_period(after: &mut School, period: Pick, operation: &Operation) -> Option<(usize, Vec<String>)> {
    let there: Vec<usize> = (0..after.periods.len()).filter(|&index| !after.periods[index].removed).collect();
    let index = *pick(&there, period)?;
    let period = &mut after.periods[index];
    let name = period.name.clone();
    let command = |verb: &str, rest: &[&str]| words(&[&["period", verb, &name], rest].concat());
    let args = match operation {
        Operation::PeriodEdit { shape, .. } => {
            let shape = shape_of(*shape);
            let args = [command("edit", &[]), shape_args(&shape)].concat();
            let Period { start, end, early, late, late_after, .. } = shape;
            *period = Period { start, end, early, late, late_after, ..period.clone() };
            args
        }
        Operation::PeriodGroups { groups, .. } => {
            period.groups = group_names(*groups);
            let written = if period.groups.is_empty() { "all".into() } else { period.groups.join(",") };
            command("edit", &["--groups", &written])
        }
        Operation::PeriodDays { mask, .. } => {
            period.mask = *mask;
            command("edit", &["--days", &mask.to_string()])
        }
        Operation::PeriodDisable { .. } => {
            period.enabled = false;
            command("disable", &[])
        }
        Operation::PeriodEnable { .. } => {
            period.enabled = true;
            command("enable", &[])
        }
        _ => {
            period.removed = true;
            command("remove", &[])
        }
    };
    Some((index, args))
}

pub(super) fn shape_of(shape: Pick) -> Period {
    let (start, end, early, late, late_after) = SHAPES[usize::from(shape) % SHAPES.len()];
    let time = |text| NaiveTime::parse_from_str(text, "%H:%M").unwrap();
    Period {
        name: String::new(),
        order: 0,
        start: time(start),
        end: time(end),
        mask: 127,
        early: Duration::minutes(early),
        late: Duration::minutes(late),
        late_after: late_after.map(Duration::minutes),
        groups: Vec::new(),
        places: Vec::new(),
        class_places: Vec::new(),
        enabled: true,
        removed: false,
    }
}

fn shape_args(shape: &Period) -> Vec<String> {
    let minutes = |span: Duration| format!("{}m", span.num_minutes());
    let time = |time: NaiveTime| time.format("%H:%M").to_string();
    let late_after = shape.late_after.map_or("none".into(), minutes);
    words(&[
        "--start",
        &time(shape.start),
        "--end",
        &time(shape.end),
        "--early-grace",
        &minutes(shape.early),
        "--late-grace",
        &minutes(shape.late),
        "--late-after",
        &late_after,
    ])
}
