//! CSV in two dialects: plain for programs, Excel for people.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, Write};

use super::Sink;
use crate::domain::delimiter::Delimiter;
use crate::domain::roll::code::begins_like_a_formula;
use crate::domain::time::Zone;
use crate::domain::time::calendar::Teller;
use crate::report::{Heading, Value};

/// The intended reader of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// People with a spreadsheet: byte order mark, local times, text guarded against formulas, and the delimiter
    /// and decimal sign of their country.
    Excel(Delimiter),
    /// Programs: RFC 4180 and RFC 3339, nothing else.
    Plain,
}

impl Dialect {
    fn delimiter(self) -> Delimiter {
        match self {
            Self::Excel(delimiter) => delimiter,
            Self::Plain => Delimiter::Comma,
        }
    }
}

/// A sink of CSV.
pub(crate) struct Csv<W: Write> {
    out: csv::Writer<W>,
    dialect: Dialect,
    teller: Teller,
    /// A buffer for one cell.
    cell: String,
}

impl<W: Write> Csv<W> {
    /// Writes to `out`.
    pub(crate) fn new(out: W, dialect: Dialect, zone: Zone) -> Self {
        let mut builder = csv::WriterBuilder::new();
        builder.terminator(csv::Terminator::CRLF).delimiter(dialect.delimiter().byte());
        let out = builder.from_writer(out);
        Self { out, dialect, teller: Teller::new(zone), cell: String::new() }
    }

    fn write(&mut self, value: &Value) -> csv::Result<()> {
        self.cell.clear();
        match value {
            Value::Null => {}
            Value::Text(text) => return self.out.write_field(&*guarded(text, self.dialect)),
            Value::Word(word) => self.cell.push_str(word),
            Value::Int(number) => write!(self.cell, "{number}").expect("a String takes all"),
            Value::Float(number) => {
                write!(self.cell, "{number}").expect("a String takes all");
                if self.dialect.delimiter().decimal_sign() == ',' {
                    self.cell = self.cell.replace('.', ",");
                }
            }
            Value::Bool(yes) => self.cell.push_str(if *yes { "true" } else { "false" }),
            Value::Instant(at) => match self.dialect {
                Dialect::Excel(_) => self.teller.seconds(*at, &mut self.cell),
                Dialect::Plain => self.teller.rfc3339(*at, &mut self.cell),
            },
            Value::Date(date) => self.cell.push_str(&date.to_string()),
            Value::List(_) | Value::Object(_) => unreachable!("rows are flat"),
            Value::Shown(value, _) => return self.write(value),
        }
        self.out.write_field(&self.cell)
    }
}

/// The text in a form that a spreadsheet does not change, for the dialect for people.
fn guarded(text: &str, dialect: Dialect) -> Cow<'_, str> {
    match dialect {
        Dialect::Excel(_) if begins_like_a_formula(text) => format!("'{text}").into(),
        Dialect::Excel(_) if reads_as_a_number(text) => format!("=\"{text}\"").into(),
        _ => text.into(),
    }
}

impl<W: Write> Sink for Csv<W> {
    fn begin(&mut self, columns: &[Heading], _: &[(&'static str, Value)]) -> io::Result<()> {
        let mark = match self.dialect {
            Dialect::Excel(_) => "\u{feff}",
            Dialect::Plain => "",
        };
        for (index, column) in columns.iter().enumerate() {
            let mark = if index == 0 { mark } else { "" };
            let key = guarded(&column.key, self.dialect);
            self.out.write_field(format!("{mark}{key}")).map_err(plain_error)?;
        }
        self.out.write_record(None::<&[u8]>).map_err(plain_error)
    }

    fn row(&mut self, row: &[Value]) -> io::Result<()> {
        for value in row {
            self.write(value).map_err(plain_error)?;
        }
        self.out.write_record(None::<&[u8]>).map_err(plain_error)
    }

    fn end(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Whether a spreadsheet would turn a code such as `007`, `1-2`, `3E10`, `(5)` or `MAR1` into a number or a date.
/// It accepts only letters, digits and harmless signs, so that the formula
/// `="007"`, which all spreadsheets read as text, cannot contain anything else.
fn reads_as_a_number(text: &str) -> bool {
    const SIGNS: &str = " \u{a0}\u{202f}.,:/%'-+()$€£¥";
    /// The longest text that a formula can hold.
    const LONGEST: usize = 255;
    let text = text.trim();
    let sign = |c: char| c.is_numeric() || SIGNS.contains(c);
    if !text.starts_with(sign) && !begins_with_a_month(text) {
        return text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false");
    }
    let number_word = |word: &str| ["e", "a", "p", "am", "pm"].iter().any(|w| word.eq_ignore_ascii_case(w));
    text.contains(char::is_numeric)
        && text.chars().all(|c| c.is_ascii_alphabetic() || sign(c))
        && text.split(sign).all(|word| word.is_empty() || number_word(word) || begins_with_a_month(word))
        && text.len() <= LONGEST
}

fn begins_with_a_month(text: &str) -> bool {
    const MONTHS: [&str; 12] =
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    text.get(..3).is_some_and(|start| MONTHS.iter().any(|month| start.eq_ignore_ascii_case(month)))
}

/// The error of the stream itself, so that a closed pipe is recognised.
fn plain_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const EXCEL: Dialect = Dialect::Excel(Delimiter::Comma);

    fn written(dialect: Dialect, rows: &[Vec<Value>]) -> String {
        let columns = ["a", "b"].map(Heading::of);
        let mut out = Vec::new();
        let mut sink = Csv::new(&mut out, dialect, "Asia/Baghdad".parse().unwrap());
        sink.begin(&columns, &[]).unwrap();
        rows.iter().for_each(|row| sink.row(row).unwrap());
        sink.end().unwrap();
        drop(sink);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn an_empty_export_has_its_header() {
        assert_eq!(written(Dialect::Plain, &[]), "a,b\r\n");
        assert_eq!(written(EXCEL, &[]), "\u{feff}a,b\r\n");
    }

    #[test]
    fn dialects_differ_in_times_and_formulas() {
        let at = "2026-09-07T05:03:11.25Z".parse().unwrap();
        let rows = [
            vec![Value::from("=1+1"), Value::Instant(at)],
            vec![Value::from("a\"b,c\nd"), Value::Float(0.75)],
        ];
        let plain = "a,b\r\n=1+1,2026-09-07T08:03:11.25+03:00\r\n\"a\"\"b,c\nd\",0.75\r\n";
        assert_eq!(written(Dialect::Plain, &rows), plain);
        let excel = "\u{feff}a,b\r\n'=1+1,2026-09-07 08:03:11\r\n\"a\"\"b,c\nd\",0.75\r\n";
        assert_eq!(written(EXCEL, &rows), excel);
        let german = "\u{feff}a;b\r\n'=1+1;2026-09-07 08:03:11\r\n\"a\"\"b,c\nd\";0,75\r\n";
        assert_eq!(written(Dialect::Excel(Delimiter::Semicolon), &rows), german);
    }

    #[test]
    fn cells_that_a_spreadsheet_would_change_are_guarded() {
        for (text, guarded) in [
            ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
            (" =1+1", "' =1+1"),
            ("+49", "'+49"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t=1"),
            ("\r=1", "'\r=1"),
            ("＝1+1", "'＝1+1"),
            ("＠x", "'＠x"),
            ("0012", "=\"0012\""),
            ("1-2", "=\"1-2\""),
            ("3E10", "=\"3E10\""),
            ("10 PM", "=\"10 PM\""),
            ("MARCH1", "=\"MARCH1\""),
            ("Dec 7", "=\"Dec 7\""),
            ("True", "=\"True\""),
            ("(5)", "=\"(5)\""),
            ("$5", "=\"$5\""),
            ("5 €", "=\"5 €\""),
            ("٠٠١٢", "=\"٠٠١٢\""),
            ("1 1/2", "=\"1 1/2\""),
            (&"0".repeat(60), &format!("=\"{}\"", "0".repeat(60))),
        ] {
            assert_eq!(super::guarded(text, EXCEL), guarded);
        }
        for text in [
            "",
            "H000123",
            "Zoë O'Neil",
            "王小明",
            "G7",
            "Block 2",
            "Marta",
            "May",
            "1\" or \"2",
            "10B",
            "3rd floor",
            "2026/09/07/H000123-1772.jpg",
            "1;2",
            "(a)",
        ] {
            assert_eq!(super::guarded(text, EXCEL), text);
            assert_eq!(super::guarded("=1", Dialect::Plain), "=1");
        }
    }

    proptest! {
        /// An RFC 4180 reader gets every cell back byte for byte.
        #[test]
        fn the_plain_dialect_is_read_back_as_it_was(
            rows in proptest::collection::vec(("(?s).{0,12}|[\",\r\n =+'-]{0,6}", "(?s).{0,6}"), 0..12)
        ) {
            let values: Vec<Vec<Value>> =
                rows.iter().map(|(a, b)| vec![a.as_str().into(), b.as_str().into()]).collect();
            let text = written(Dialect::Plain, &values);
            let mut reader = csv::ReaderBuilder::new().from_reader(text.as_bytes());
            let read: Vec<(String, String)> =
                reader.records().map(|row| { let row = row.unwrap(); (row[0].to_owned(), row[1].to_owned()) }).collect();
            prop_assert_eq!(read, rows);
        }
    }
}
