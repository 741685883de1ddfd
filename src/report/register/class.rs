//! The class register as a sheet: letters instead of colours, with their legend.

use chrono::NaiveDate;

use crate::domain::register::class::{ClassCell, ClassRegister, ClassRow, letter};
use crate::domain::register::status::{BriefJudgement, Status};
use crate::report::summary::headings;
use crate::report::text::days;

/// The legend of a sheet that is filled in.
pub(crate) const LEGEND: &str = "P present · L late · A absent · E excused · → in another class at that time · \
    outlined: not decided (? seen with a low score, ◌ a camera was blind) · grey: not in the class then";
/// The legend of a sheet to fill in.
pub(crate) const BLANK_LEGEND: &str =
    "Write P present, L late, A absent, E excused; grey: not in the class then";

/// How a cell looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shade {
    Plain,
    /// Not decided.
    Outlined,
    /// Not in the class.
    Grey,
}

/// The sheet of one class.
#[derive(Debug)]
pub(crate) struct ClassSheet {
    /// Name of the class.
    pub class: String,
    /// `Mon 7 Sep 2026 – Fri 11 Sep 2026`.
    pub dates: String,
    pub days: Vec<SheetDay>,
    /// Its students.
    pub rows: Vec<SheetRow>,
    /// Whether it is to be filled in.
    pub blank: bool,
}

/// A day of a sheet.
#[derive(Debug)]
pub(crate) struct SheetDay {
    pub date: NaiveDate,
    /// `Mon 7 Sep`.
    pub name: String,
    /// Names of the periods, and short ones.
    pub periods: Vec<(String, String)>,
    /// Names of the sessions. A sheet that is filled in by hand has none.
    pub sessions: Vec<String>,
    /// Why nothing is held.
    pub closure: Option<String>,
}

/// A student of a sheet.
#[derive(Debug)]
pub(crate) struct SheetRow {
    pub code: String,
    pub name: String,
    /// The letter and the look of each period of each day.
    pub cells: Vec<Vec<(&'static str, Shade)>>,
    /// The letter and the look of each session of each day.
    pub sessions: Vec<Vec<(&'static str, Shade)>>,
    /// Present, absent, late and minutes late.
    pub sums: [i64; 4],
    /// Sessions attended and missed.
    pub session_sums: [i64; 2],
}

/// The headings of [`SheetRow::sums`], with the keys of the counts in JSON.
pub(crate) const SUMS: [(&str, &str); 4] =
    [("Present", "present"), ("Absent", "absent"), ("Late", "late"), ("Minutes late", "minutes_late")];

/// The headings of [`SheetRow::session_sums`].
pub(crate) const SESSION_SUMS: [(&str, &str); 2] =
    [("Sessions present", "sessions_present"), ("Sessions missed", "sessions_missed")];

impl ClassSheet {
    /// Whether it shows sessions.
    pub(crate) fn has_sessions(&self) -> bool {
        self.days.iter().any(|day| !day.sessions.is_empty())
    }
}

/// The sheet of a register; `blank`: to be filled in.
pub(crate) fn sheet(register: &ClassRegister, blank: bool) -> ClassSheet {
    let of_days = register.days.iter().map(|of_day| {
        let names: Vec<&str> = of_day.periods.iter().map(String::as_str).collect();
        SheetDay {
            date: of_day.date,
            name: of_day.date.format("%a %-d %b").to_string(),
            periods: of_day.periods.iter().cloned().zip(headings(&names)).collect(),
            sessions: if blank { Vec::new() } else { of_day.sessions.clone() },
            closure: of_day.closure.clone(),
        }
    });
    ClassSheet {
        class: register.class.clone(),
        dates: days(&register.dates),
        days: of_days.collect(),
        rows: register.rows.iter().map(|row| sheet_row(row, blank)).collect(),
        blank,
    }
}

fn sheet_row(row: &ClassRow, blank: bool) -> SheetRow {
    let cell = |cell: &ClassCell| match cell {
        ClassCell::NotEnrolled => ("", Shade::Grey),
        _ if blank => ("", Shade::Plain),
        ClassCell::Ahead => ("", Shade::Plain),
        ClassCell::Judged(judged) => judged_cell(*judged),
    };
    let session = |outcome: &Option<BriefJudgement>| match outcome {
        Some(outcome) => judged_cell(*outcome),
        None => ("", Shade::Plain),
    };
    let (counts, of_sessions) = (&row.counts, row.session_counts());
    SheetRow {
        code: row.code.clone(),
        name: row.name.clone(),
        cells: row.cells.iter().map(|day| day.iter().map(cell).collect()).collect(),
        sessions: match blank {
            true => vec![Vec::new(); row.sessions.len()],
            false => row.sessions.iter().map(|day| day.iter().map(session).collect()).collect(),
        },
        session_sums: [of_sessions.present.into(), of_sessions.missed().into()],
        sums: [counts.present.into(), counts.absent.into(), counts.late.into(), row.minutes_late],
    }
}

fn judged_cell(judged: impl Into<BriefJudgement>) -> (&'static str, Shade) {
    let judged = judged.into();
    match (letter(judged), judged.status) {
        (Some(letter), _) => (letter, Shade::Plain),
        (None, Status::Elsewhere) => ("→", Shade::Plain),
        (None, Status::LowScore) => ("?", Shade::Outlined),
        (None, Status::Unknown) => ("◌", Shade::Outlined),
        (None, _) => ("", Shade::Outlined),
    }
}
