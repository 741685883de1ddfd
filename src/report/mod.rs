//! Reports: every report is one list of typed columns and the rows below them.
//!
//! The same list drives the table, CSV, JSON and JSON lines, so that they cannot disagree.
//! [`render`](crate::render) decides how it looks.

pub(crate) mod bulletin;
pub(crate) mod column;
pub(crate) mod evidence;
pub(crate) mod listing;
pub(crate) mod profile;
pub(crate) mod register;
pub(crate) mod summary;
pub mod text;
pub(crate) mod timetable;
pub(crate) mod upkeep;
pub mod watch;

use std::sync::Arc;

use chrono::NaiveDate;
use smol_str::SmolStr;

pub use self::column::{Column, Heading, Rows};
use crate::domain::time::{Instant, Zone};

/// A typed cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Nothing to say.
    Null,
    /// Text, perhaps from outside. The writer escapes it.
    Text(SmolStr),
    /// One of a fixed set of words, such as a status: `low_score` for programs, `low score` for people.
    Word(&'static str),
    /// A whole number.
    Int(i64),
    /// A score or a share. Tables show two decimals.
    Float(f64),
    /// Yes or no.
    Bool(bool),
    /// An instant, shown in the school's zone.
    Instant(Instant),
    /// A local date.
    Date(NaiveDate),
    /// Several values, only in the totals of JSON.
    List(Vec<Value>),
    /// Named values, only in the totals of JSON.
    Object(Vec<(&'static str, Value)>),
    /// One value for programs, another look for people.
    Shown(Box<Value>, Words),
}

/// Words in a table, with a tone for their colour. The words never depend on the colour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// The words. Short ones take no allocation: a table has thousands.
    pub text: SmolStr,
    /// Their meaning.
    pub tone: Tone,
}

/// The meaning of a colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tone {
    /// Nothing in particular.
    #[default]
    Plain,
    /// The answer.
    Strong,
    /// Sound.
    Good,
    /// A person should look.
    Warn,
    /// Not as it should be.
    Bad,
    /// Beside the point.
    Faint,
}

impl Words {
    /// Words with a tone.
    pub fn new(text: impl Into<SmolStr>, tone: Tone) -> Self {
        Self { text: text.into(), tone }
    }
}

impl From<String> for Words {
    fn from(text: String) -> Self {
        Self::new(text, Tone::Plain)
    }
}

impl Value {
    /// An instant that people see in a `pattern` of chrono.
    pub fn at(at: Instant, zone: Zone, pattern: &str) -> Self {
        Self::from(at).shown(text::local(at, zone, pattern), Tone::Plain)
    }

    /// An instant near now, shown as short as is unambiguous.
    pub fn moment(at: Instant, now: Instant, zone: Zone) -> Self {
        Self::from(at).shown(text::moment(at, now, zone), Tone::Plain)
    }

    /// The value itself, without its look for people.
    pub fn bare(&self) -> &Self {
        match self {
            Self::Shown(value, _) => value.bare(),
            value => value,
        }
    }

    /// A value with another look for people.
    pub fn shown(self, text: impl Into<SmolStr>, tone: Tone) -> Self {
        Self::Shown(Box::new(self), Words::new(text, tone))
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

macro_rules! value_from {
    ($($from:ty => $kind:ident),* $(,)?) => {
        $(impl From<$from> for Value {
            fn from(value: $from) -> Self {
                Self::$kind(value.into())
            }
        })*
    };
}

value_from! {
    &str => Text,
    String => Text,
    &String => Text,
    i64 => Int,
    u32 => Int,
    f64 => Float,
    bool => Bool,
    Instant => Instant,
    NaiveDate => Date,
}

impl From<&Arc<str>> for Value {
    fn from(text: &Arc<str>) -> Self {
        Self::Text(SmolStr::new(text))
    }
}

/// The most rows that people see of a list to which programs can add any number of rows.
const MOST_INVENTED: usize = 100;

/// A complete report.
#[derive(Debug, Clone)]
pub struct Report {
    /// Its name, `report` in JSON.
    pub name: &'static str,
    /// The instant at which it holds.
    pub as_of: Instant,
    /// The zone of its times.
    pub zone: Zone,
    /// Its columns.
    pub columns: Vec<Heading>,
    /// Facts about the whole, members of the JSON object.
    pub totals: Vec<(&'static str, Value)>,
    /// Its rows, in one section or several.
    pub sections: Vec<Section>,
    /// Shown when there are no sections, or no rows.
    pub empty: String,
    /// The most rows of a section for people. Programs get all of them.
    pub most: usize,
    /// The meaning of its words, below the rows of a page.
    pub legend: Option<&'static str>,
}

impl Report {
    /// A plain list: one section without a heading, and no totals.
    pub fn list<'a, R: Rows>(
        name: &'static str,
        columns: &[Column<R>],
        rows: impl IntoIterator<Item = R::Row<'a>>,
        as_of: Instant,
        zone: Zone,
    ) -> Self {
        let rows = rows.into_iter().map(|row| column::cells(columns, &row)).collect();
        let sections = vec![Section { heading: vec![], rows }];
        let columns = column::headings(columns);
        let (totals, empty, most, legend) = (vec![], String::new(), usize::MAX, None);
        Self { name, as_of, zone, columns, totals, sections, empty, most, legend }
    }

    /// With lines above the first row.
    #[must_use]
    pub fn under(mut self, heading: Vec<Vec<Words>>) -> Self {
        if let Some(section) = self.sections.first_mut() {
            section.heading = heading;
        }
        self
    }

    /// With the meaning of its words.
    #[must_use]
    pub fn explained(mut self, legend: &'static str) -> Self {
        self.legend = Some(legend);
        self
    }

    /// With facts about the whole.
    #[must_use]
    pub fn totals(mut self, totals: Vec<(&'static str, Value)>) -> Self {
        self.totals = totals;
        self
    }

    /// For rows that programs can invent: people see the first of them, and the number of the others.
    #[must_use]
    pub fn bounded(mut self) -> Self {
        self.most = MOST_INVENTED;
        self
    }

    /// Sets the words that people see if there are no rows.
    #[must_use]
    pub fn or_empty(mut self, words: &str) -> Self {
        words.clone_into(&mut self.empty);
        self
    }
}

/// Rows under a heading of their own.
#[derive(Debug, Clone, Default)]
pub struct Section {
    /// Lines above the table.
    pub heading: Vec<Vec<Words>>,
    /// One value per column each.
    pub rows: Vec<Vec<Value>>,
}
