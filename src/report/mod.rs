//! What is shown: every report is one list of typed columns and the rows below them.
//!
//! The same list drives the table, CSV, JSON and JSON lines, so that they cannot disagree. How it looks
//! is [`render`](crate::render)'s business.

pub mod bulletin;
pub mod evidence;
pub mod listing;
pub mod register;
pub mod summary;
pub mod text;
pub mod timetable;
pub mod upkeep;
pub mod watch;

use std::borrow::Cow;
use std::sync::Arc;

use chrono::NaiveDate;
use chrono_tz::Tz;
use smol_str::SmolStr;

use crate::domain::time::Instant;

/// A column of a report.
#[derive(Debug, Clone)]
pub struct Column {
    /// Header in CSV and key in JSON.
    pub key: Cow<'static, str>,
    /// Heading in the table; `None`: the table does without this column.
    pub heading: Option<Cow<'static, str>>,
    /// Numbers stand at the right.
    pub right: bool,
    /// Gives way where the screen is narrow: its text is cut.
    pub elastic: bool,
}

impl Column {
    /// A column of text.
    pub const fn text(key: &'static str, heading: &'static str) -> Self {
        Self { key: Cow::Borrowed(key), heading: Some(Cow::Borrowed(heading)), right: false, elastic: false }
    }

    /// A column of text of any length.
    pub const fn long(key: &'static str, heading: &'static str) -> Self {
        Self { key: Cow::Borrowed(key), heading: Some(Cow::Borrowed(heading)), right: false, elastic: true }
    }

    /// A column of numbers.
    pub const fn number(key: &'static str, heading: &'static str) -> Self {
        Self { key: Cow::Borrowed(key), heading: Some(Cow::Borrowed(heading)), right: true, elastic: false }
    }

    /// A column that only programs see.
    pub const fn data(key: &'static str) -> Self {
        Self { key: Cow::Borrowed(key), heading: None, right: false, elastic: false }
    }
}

/// A typed cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Nothing to say.
    Null,
    /// Text, perhaps from outside: escaped by whoever writes it.
    Text(SmolStr),
    /// A whole number.
    Int(i64),
    /// A score or a share; tables show two decimals.
    Float(f64),
    /// Yes or no.
    Bool(bool),
    /// An instant, told in the school's zone.
    Instant(Instant),
    /// A local date.
    Date(NaiveDate),
    /// Several values; only in the totals of JSON.
    List(Vec<Value>),
    /// Named values; only in the totals of JSON.
    Object(Vec<(&'static str, Value)>),
    /// One value for programs, another look for people.
    Shown(Box<Value>, Words),
}

/// Words in a table, with what their colour should say. Colour never says it alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// The words.
    pub text: String,
    /// Their meaning.
    pub tone: Tone,
}

/// What a colour stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tone {
    /// Nothing in particular.
    #[default]
    Plain,
    /// The answer.
    Strong,
    /// As it should be.
    Good,
    /// Somebody should look.
    Warn,
    /// Not as it should be.
    Bad,
    /// Beside the point.
    Faint,
}

impl Words {
    /// Words with a tone.
    pub fn new(text: impl Into<String>, tone: Tone) -> Self {
        Self { text: text.into(), tone }
    }
}

impl From<String> for Words {
    fn from(text: String) -> Self {
        Self { text, tone: Tone::Plain }
    }
}

impl Value {
    /// An instant that people see in a `pattern` of chrono.
    pub fn at(at: Instant, zone: Tz, pattern: &str) -> Self {
        Self::from(at).shown(text::local(at, zone, pattern), Tone::Plain)
    }

    /// An instant not far from now, which people see as short as it is clear.
    pub fn moment(at: Instant, now: Instant, zone: Tz) -> Self {
        Self::from(at).shown(text::moment(at, now, zone), Tone::Plain)
    }

    /// A value that people see differently.
    pub fn shown(self, text: impl Into<String>, tone: Tone) -> Self {
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

/// A complete report.
#[derive(Debug, Clone)]
pub struct Report {
    /// Its name, `report` in JSON.
    pub name: &'static str,
    /// The instant it holds for.
    pub as_of: Instant,
    /// The zone its times are told in.
    pub zone: Tz,
    /// Its columns.
    pub columns: Cow<'static, [Column]>,
    /// Facts about the whole, members of the JSON object.
    pub totals: Vec<(&'static str, Value)>,
    /// Its rows, in one section or several.
    pub sections: Vec<Section>,
    /// What a person reads where there are no sections, or no rows.
    pub empty: String,
}

impl Report {
    /// A plain list: one section without a heading, and no totals.
    pub fn list(
        name: &'static str,
        columns: &'static [Column],
        rows: Vec<Vec<Value>>,
        as_of: Instant,
        zone: Tz,
        empty: &str,
    ) -> Self {
        let sections = vec![Section { heading: vec![], rows }];
        Self { name, as_of, zone, columns: columns.into(), totals: vec![], sections, empty: empty.to_owned() }
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
