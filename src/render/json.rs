//! JSON: one object of a fixed shape, or one object per row.

use std::cell::RefCell;
use std::io::{self, Write};

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::Sink;
use crate::domain::time::calendar::{Teller, rfc3339};
use crate::domain::time::{Instant, Zone};
use crate::report::{Heading, Value};

/// A sink of one object: `{"report":…,"as_of":…,"school_id":…, totals…, "rows":[…]}` and a newline.
pub(crate) struct Document<'a, W: Write> {
    out: W,
    head: Head<'a>,
    teller: RefCell<Teller>,
    columns: Vec<Heading>,
    rows: u64,
}

/// The part before the rows.
#[derive(Clone, Copy)]
pub(crate) struct Head<'a> {
    /// Name of the report.
    pub report: &'a str,
    /// The instant at which it holds.
    pub as_of: Instant,
    /// The zone of its times.
    pub zone: Zone,
    /// The identity of the school among others, if it has one.
    pub school_id: Option<&'a str>,
}

impl<'a> Head<'a> {
    /// The head of a report of a school without an identity.
    pub(crate) fn new(report: &'a str, as_of: Instant, zone: Zone) -> Self {
        Self { report, as_of, zone, school_id: None }
    }

    /// The same for a school.
    #[must_use]
    pub(crate) fn of_school(self, school_id: Option<&'a str>) -> Self {
        Self { school_id, ..self }
    }
}

impl<'a, W: Write> Document<'a, W> {
    /// Writes to `out`.
    pub(crate) fn new(out: W, head: Head<'a>) -> Self {
        Self { out, head, teller: RefCell::new(Teller::new(head.zone)), columns: Vec::new(), rows: 0 }
    }
}

impl<W: Write> Sink for Document<'_, W> {
    fn begin(&mut self, columns: &[Heading], totals: &[(&'static str, Value)]) -> io::Result<()> {
        self.columns = columns.to_vec();
        let head = serde_json::to_string(&Opening(self.head, totals))?;
        // The object stays open, because rows are written one at a time.
        write!(self.out, "{},\"rows\":[", &head[..head.len() - 1])
    }

    fn row(&mut self, row: &[Value]) -> io::Result<()> {
        if self.rows > 0 {
            self.out.write_all(b",")?;
        }
        self.rows += 1;
        Ok(serde_json::to_writer(&mut self.out, &Row(&self.columns, row, &self.teller))?)
    }

    fn end(&mut self) -> io::Result<()> {
        self.out.write_all(b"]}\n")?;
        self.out.flush()
    }
}

/// The text before the rows.
struct Opening<'a>(Head<'a>, &'a [(&'static str, Value)]);

impl Serialize for Opening<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(head, totals) = self;
        let teller = RefCell::new(Teller::new(head.zone));
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("report", head.report)?;
        map.serialize_entry("as_of", &rfc3339(head.as_of, head.zone))?;
        if let Some(school_id) = head.school_id {
            map.serialize_entry("school_id", school_id)?;
        }
        for (key, value) in *totals {
            map.serialize_entry(key, &Cell(value, &teller))?;
        }
        map.end()
    }
}

/// One row as an object, its members in the order of the columns.
struct Row<'a>(&'a [Heading], &'a [Value], &'a RefCell<Teller>);

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (column, value) in self.0.iter().zip(self.1) {
            map.serialize_entry(&*column.key, &Cell(value, self.2))?;
        }
        map.end()
    }
}

struct Cell<'a>(&'a Value, &'a RefCell<Teller>);

impl Serialize for Cell<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Null => serializer.serialize_none(),
            Value::Text(text) => serializer.serialize_str(text),
            Value::Word(word) => serializer.serialize_str(word),
            Value::Int(number) => serializer.serialize_i64(*number),
            Value::Float(number) => serializer.serialize_f64(*number),
            Value::Bool(yes) => serializer.serialize_bool(*yes),
            Value::Instant(at) => {
                let mut text = String::new();
                self.1.borrow_mut().rfc3339(*at, &mut text);
                serializer.serialize_str(&text)
            }
            Value::Date(date) => serializer.serialize_str(&date.to_string()),
            Value::List(values) => serializer.collect_seq(values.iter().map(|value| Cell(value, self.1))),
            Value::Object(members) => {
                serializer.collect_map(members.iter().map(|(key, value)| (key, Cell(value, self.1))))
            }
            Value::Shown(value, _) => Cell(value, self.1).serialize(serializer),
        }
    }
}

/// Writes one object and a newline.
pub(crate) fn object(out: &mut dyn Write, members: Vec<(&'static str, Value)>, zone: Zone) -> io::Result<()> {
    serde_json::to_writer(&mut *out, &Cell(&Value::Object(members), &RefCell::new(Teller::new(zone))))?;
    out.write_all(b"\n")?;
    out.flush()
}

/// A sink of JSON lines.
pub(crate) struct Lines<W: Write> {
    out: W,
    teller: RefCell<Teller>,
    columns: Vec<Heading>,
}

impl<W: Write> Lines<W> {
    /// Writes to `out`.
    pub(crate) fn new(out: W, zone: Zone) -> Self {
        Self { out, teller: RefCell::new(Teller::new(zone)), columns: Vec::new() }
    }
}

impl<W: Write> Sink for Lines<W> {
    fn begin(&mut self, columns: &[Heading], _: &[(&'static str, Value)]) -> io::Result<()> {
        self.columns = columns.to_vec();
        Ok(())
    }

    fn row(&mut self, row: &[Value]) -> io::Result<()> {
        serde_json::to_writer(&mut self.out, &Row(&self.columns, row, &self.teller))?;
        self.out.write_all(b"\n")
    }

    fn end(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
