//! A column of a report: its names, its look, and the function that makes its cell from a row.

use std::borrow::Cow;

use super::text::sentence;
use super::{Value, Words};

/// A kind of row. Rows borrow their content, so the kind names the row type for every lifetime.
pub trait Rows {
    /// One row.
    type Row<'a>;
}

/// How the cell of a row is made.
type Cell<R> = for<'a, 'b> fn(&'b <R as Rows>::Row<'a>) -> Value;

/// The look of a cell for people. `None`: the value itself.
type Look<R> = for<'a, 'b> fn(&'b <R as Rows>::Row<'a>) -> Option<Words>;

/// A column of rows of one kind. A report is a list of these, in the order of its columns.
pub struct Column<R: Rows> {
    heading: Heading,
    cell: Source<R>,
    look: Option<Look<R>>,
}

/// The names and the settings of a column, independent of the type of its rows.
#[derive(Debug, Clone)]
pub struct Heading {
    /// Header in CSV and key in JSON.
    pub key: Cow<'static, str>,
    /// Heading in the table. `None` if the table leaves this column out.
    pub shown: Option<Cow<'static, str>>,
    /// Numbers stand at the right.
    pub right: bool,
    /// Whether its text is cut on a narrow screen.
    pub elastic: bool,
    /// Its least width in a table.
    pub least: u16,
    /// For the person at a terminal: a page does without it.
    pub detail: bool,
}

enum Source<R: Rows> {
    Row(Cell<R>),
    /// Whether it is one of several columns whose number depends on the report.
    Nth(usize, for<'a, 'b> fn(&'b R::Row<'a>, usize) -> Value),
}

impl Heading {
    /// Its name in words, for pages and workbooks: `first_seen` is `First seen`.
    pub fn words(&self) -> String {
        match &*self.key {
            "student" => "Code".to_owned(),
            "ts" => "Time".to_owned(),
            key => sentence(&key.replace('_', " ")),
        }
    }
}

impl Heading {
    /// The same for a reader who asked for this column.
    #[must_use]
    pub fn in_sight(mut self) -> Self {
        self.shown.get_or_insert_with(|| self.key.clone());
        self.detail = false;
        self
    }

    /// A column that only programs see.
    pub fn of(key: &'static str) -> Self {
        Self { key: Cow::Borrowed(key), shown: None, right: false, elastic: false, least: 1, detail: false }
    }
}

impl<R: Rows> Column<R> {
    /// A column of text.
    pub const fn text(key: &'static str, heading: &'static str, cell: Cell<R>) -> Self {
        Self::new(key, Some(heading), false, false, cell)
    }

    /// A column of text of any length.
    pub const fn long(key: &'static str, heading: &'static str, cell: Cell<R>) -> Self {
        Self::new(key, Some(heading), false, true, cell)
    }

    /// A column of numbers.
    pub const fn number(key: &'static str, heading: &'static str, cell: Cell<R>) -> Self {
        Self::new(key, Some(heading), true, false, cell)
    }

    /// A column that only programs see.
    pub const fn data(key: &'static str, cell: Cell<R>) -> Self {
        Self::new(key, None, false, false, cell)
    }

    /// The column of the `nth` of several values that a row has.
    pub const fn nth(
        key: String,
        heading: String,
        nth: usize,
        cell: for<'a, 'b> fn(&'b R::Row<'a>, usize) -> Value,
    ) -> Self {
        let heading = Heading {
            key: Cow::Owned(key),
            shown: Some(Cow::Owned(heading)),
            right: false,
            elastic: false,
            least: 1,
            detail: false,
        };
        Self { heading, cell: Source::Nth(nth, cell), look: None }
    }

    const fn new(
        key: &'static str,
        heading: Option<&'static str>,
        right: bool,
        elastic: bool,
        cell: Cell<R>,
    ) -> Self {
        let shown = match heading {
            Some(heading) => Some(Cow::Borrowed(heading)),
            None => None,
        };
        let heading = Heading { key: Cow::Borrowed(key), shown, right, elastic, least: 1, detail: false };
        Self { heading, cell: Source::Row(cell), look: None }
    }

    /// Adds words for people. Exports do not compute them.
    #[must_use]
    pub const fn look(mut self, look: Look<R>) -> Self {
        self.look = Some(look);
        self
    }

    /// As wide as `least` in a table even if all its cells are shorter.
    #[must_use]
    pub const fn at_least(mut self, least: u16) -> Self {
        self.heading.least = least;
        self
    }

    /// As text of any length.
    #[must_use]
    pub const fn elastic(mut self) -> Self {
        self.heading.elastic = true;
        self
    }

    /// As something that a page does without.
    #[must_use]
    pub const fn detail(mut self) -> Self {
        self.heading.detail = true;
        self
    }

    /// Header in CSV and key in JSON.
    pub fn key(&self) -> &str {
        &self.heading.key
    }

    /// Its names and its setting.
    pub fn heading(&self) -> &Heading {
        &self.heading
    }

    /// The cell of a row, as data.
    pub fn value(&self, row: &R::Row<'_>) -> Value {
        match self.cell {
            Source::Row(cell) => cell(row),
            Source::Nth(nth, cell) => cell(row, nth),
        }
    }

    /// The cell of a row, as people see it and as data.
    pub(crate) fn shown(&self, row: &R::Row<'_>) -> Value {
        let value = self.value(row);
        match self.look.and_then(|look| look(row)) {
            Some(words) => value.shown(words.text, words.tone),
            None => value,
        }
    }
}

/// The names of columns.
pub(crate) fn headings<'c, R: Rows + 'c>(columns: impl IntoIterator<Item = &'c Column<R>>) -> Vec<Heading> {
    columns.into_iter().map(|column| column.heading.clone()).collect()
}

/// A row as people see it and as data.
pub(crate) fn cells<R: Rows>(columns: &[Column<R>], row: &R::Row<'_>) -> Vec<Value> {
    columns.iter().map(|column| column.shown(row)).collect()
}

/// A row as members of an object; a column's key is the name of its member.
pub(crate) fn members<R: Rows>(
    columns: &'static [Column<R>],
    row: &R::Row<'_>,
) -> Vec<(&'static str, Value)> {
    columns.iter().map(|column| (column.key(), column.shown(row))).collect()
}
