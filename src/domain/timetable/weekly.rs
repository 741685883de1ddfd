//! A weekly plan as rows: the columns of `period export`, read back into periods.

use chrono::NaiveTime;

use crate::domain::Invalid;
use crate::domain::spelling::same;
use crate::domain::suggest::did_you_mean;
use crate::domain::time::Span;
use crate::domain::time::calendar::parse_time;
use crate::domain::timetable::period::{Groups, Period};
use crate::domain::timetable::place::Places;
use crate::domain::timetable::weekdays::Weekdays;

/// Reads a cell into a period.
type Read = fn(&mut Period, &str) -> Result<(), Invalid>;

/// The columns that are read. The first four are needed.
const COLUMNS: [(&str, Read); 12] = [
    ("name", |period, cell| {
        period.name = cell.to_owned();
        Ok(())
    }),
    ("start", |period, cell| time(cell).map(|start| period.start = start)),
    ("end", |period, cell| time(cell).map(|end| period.end = end)),
    ("days", |period, cell| cell.parse().map(|days| period.days = days)),
    ("order", |period, cell| match cell.parse() {
        _ if cell.is_empty() => Ok(()),
        Ok(order) => {
            period.order = order;
            Ok(())
        }
        Err(_) => Err(Invalid::new(format!("{cell:?} is not a number")).hint("write 1, 2, 3 …")),
    }),
    ("early_grace", |period, cell| span(cell, period.early_grace).map(|grace| period.early_grace = grace)),
    ("late_grace", |period, cell| span(cell, period.late_grace).map(|grace| period.late_grace = grace)),
    ("late_after", |period, cell| limit(cell).map(|limit| period.late_after = limit)),
    ("closes_after", |period, cell| limit(cell).map(|limit| period.closes_after = limit)),
    ("groups", |period, cell| {
        period.groups = Groups::parse(cell);
        Ok(())
    }),
    ("places", |period, cell| Places::parse(cell).map(|places| period.places = places)),
    ("enabled", |period, cell| {
        period.enabled = match cell.to_lowercase().as_str() {
            "" | "true" | "yes" | "1" => true,
            "false" | "no" | "0" => false,
            _ => {
                let hint = "write true or false";
                return Err(Invalid::new(format!("{cell:?} is neither true nor false")).hint(hint));
            }
        };
        Ok(())
    }),
];

/// How many of the columns are needed.
const NEEDED: usize = 4;

/// The column in which `period export` writes the days once more, as a number.
const MASK: &str = "mask";

/// Spreadsheets write times with seconds.
fn time(cell: &str) -> Result<NaiveTime, Invalid> {
    match cell.strip_suffix(":00") {
        Some(without) if without.contains(':') => parse_time(without),
        _ => parse_time(cell),
    }
}

fn span(cell: &str, usual: Span) -> Result<Span, Invalid> {
    if cell.is_empty() { Ok(usual) } else { cell.parse() }
}

fn limit(cell: &str) -> Result<Option<Span>, Invalid> {
    if ["", "none"].contains(&cell) { Ok(None) } else { cell.parse().map(Some) }
}

/// A period as a sheet begins it: with the usual graces, for everybody.
pub(crate) fn blank() -> Period {
    Period {
        name: String::new(),
        order: 0,
        start: NaiveTime::MIN,
        end: NaiveTime::MIN,
        days: Weekdays::ALL,
        early_grace: Span::minutes(5),
        late_grace: Span::minutes(10),
        late_after: Some(Span::minutes(10)),
        closes_after: None,
        groups: Groups::default(),
        places: Places::default(),
        enabled: true,
    }
}

/// The change of one period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PeriodChange {
    /// It is new.
    Add,
    /// It differs in these ways, each as `what old → new`.
    Edit(Vec<String>),
    /// It goes.
    Remove,
    /// It stays as it is.
    Keep,
}

/// The columns of a sheet.
#[derive(Debug)]
pub(crate) struct WeeklyColumns {
    /// For each known column the place in the sheet.
    places: [Option<usize>; COLUMNS.len()],
    /// The column of the mask.
    mask: Option<usize>,
}

impl WeeklyColumns {
    /// Recognises a header.
    ///
    /// # Errors
    /// A needed column is missing, or another one is misspelt.
    pub(crate) fn recognise(header: &[&str]) -> Result<Self, Invalid> {
        let spelled: Vec<String> = header.iter().map(|cell| cell.trim().replace([' ', '-'], "_")).collect();
        let place = |key: &str| spelled.iter().position(|cell| same(cell, key));
        let (places, mask) = (COLUMNS.map(|(key, _)| place(key)), place(MASK));
        match COLUMNS.iter().zip(places).take(NEEDED).find(|(_, place)| place.is_none()) {
            None => {
                let columns = Self { places, mask };
                columns.refuse_misspelt(&spelled)?;
                Ok(columns)
            }
            Some(((key, _), _)) => {
                let unknown = spelled.iter().map(String::as_str);
                let meant = did_you_mean(key, unknown).map(|meant| format!("{meant} ")).unwrap_or_default();
                Err(Invalid::new(format!("the plan has no column {key:?}"))
                    .hint(format!("{meant}attend period export shows the columns; nothing was imported")))
            }
        }
    }

    /// Refuses a column that is nearly one of those that the sheet lacks. If it were passed over, an edit in it would be lost.
    fn refuse_misspelt(&self, spelled: &[String]) -> Result<(), Invalid> {
        let absent = COLUMNS.iter().zip(self.places).filter(|(_, place)| place.is_none());
        let absent: Vec<&str> = absent.map(|((key, _), _)| *key).collect();
        let is_known = |cell: &str| same(cell, MASK) || COLUMNS.iter().any(|(key, _)| same(cell, key));
        for cell in spelled.iter().filter(|cell| !is_known(cell)) {
            if let Some(meant) = did_you_mean(cell, absent.iter().copied()) {
                return Err(Invalid::new(format!("the column {cell:?} is not known"))
                    .hint(format!("{meant} attend period export shows the columns; nothing was imported")));
            }
        }
        Ok(())
    }

    /// Refuses a mask that says other days than the column of days.
    fn check_mask(&self, days: Weekdays, cells: &[&str]) -> Result<(), Invalid> {
        let Some(cell) = self.mask.and_then(|place| cells.get(place)).map(|cell| cell.trim()) else {
            return Ok(());
        };
        if cell.is_empty() || cell.parse::<Weekdays>()? == days {
            return Ok(());
        }
        Err(Invalid::new(format!("the days are {days} ({}), but the mask is {cell}", days.mask()))
            .hint("correct one of the two, or leave the mask empty; nothing was imported"))
    }

    /// The name of the period in a row.
    pub(crate) fn name<'c>(&self, cells: &[&'c str]) -> &'c str {
        self.places[0].and_then(|place| cells.get(place)).map_or("", |cell| cell.trim())
    }

    /// Applies a row to a period. Columns that the sheet does not have keep their values.
    pub(crate) fn apply(&self, mut period: Period, cells: &[&str]) -> Result<Period, Invalid> {
        for ((_, read), place) in COLUMNS.iter().zip(self.places) {
            if let Some(place) = place {
                read(&mut period, cells.get(place).map_or("", |cell| cell.trim()))?;
            }
        }
        self.check_mask(period.days, cells)?;
        period.check()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_changes_what_it_says_and_keeps_the_rest() {
        let header = ["Name", "Start", "END", "days", "Late after", "groups", "room"];
        let columns = WeeklyColumns::recognise(&header).unwrap();
        let read = |cells: [&str; 7]| columns.apply(blank(), &cells).map_err(|invalid| invalid.message);
        let block = read(["Block 1", "08:00:00", "9:00", "mon-fri", "", "g7*", "12"]).unwrap();
        let told = (block.name.as_str(), block.start.to_string(), block.late_after, block.groups.written());
        assert_eq!(told, ("Block 1", "08:00:00".to_owned(), None, "g7*".to_owned()));
        assert_eq!(block.late_grace, Span::minutes(10));
        assert!(read(["", "08:00", "09:00", "daily", "", "", ""]).is_err());
        assert!(read(["B", "8", "09:00", "daily", "", "", ""]).is_err());
        assert!(WeeklyColumns::recognise(&["name", "start", "end"]).is_err());
    }

    #[test]
    fn a_misspelt_column_and_a_mask_that_contradicts_the_days_are_refused() {
        let needed = ["name", "start", "end", "days"];
        let recognise = |more: &str| WeeklyColumns::recognise(&[&needed[..], &[more]].concat());
        for (more, told) in [
            ("gruops", Some("the column \"gruops\" is not known")),
            ("late_aftr", Some("the column \"late_aftr\" is not known")),
            ("room", None),
            ("", None),
            ("Days", None),
        ] {
            assert_eq!(recognise(more).err().map(|invalid| invalid.message).as_deref(), told, "{more}");
        }
        let columns = recognise("mask").unwrap();
        for (days, mask, told) in [
            ("daily", "127", None),
            ("mon-fri", "31", None),
            ("31", "31", None),
            ("mon-fri", "", None),
            ("daily", "31", Some("the days are daily (127), but the mask is 31")),
            ("daily", "x", Some("\"x\" are not weekdays")),
        ] {
            let read = columns.apply(blank(), &["B", "08:00", "09:00", days, mask]);
            assert_eq!(read.err().map(|invalid| invalid.message).as_deref(), told, "{days} {mask}");
        }
    }
}
