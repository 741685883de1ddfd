//! Reading a roll: a CSV file of students, checked as a whole before anything is changed.
//!
//! The text stays in memory, and a row is read from it whenever it is asked for: as values, the students of
//! a district would take several times the room.

use std::fs::File;
use std::io::{Cursor, Read};
use std::path::Path;

use anyhow::{Context, Result};
use csv::{Position, ReaderBuilder, StringRecord};

use crate::commands::problem::Problem;
use crate::domain::Invalid;
use crate::domain::roll::student::{RollEntry, check_code, check_group, check_name, parse_active};
use crate::domain::suggest::did_you_mean;

const COLUMNS: [&str; 4] = ["code", "name", "group", "active"];

/// A roll without a fault: every row is one of a student, and no code is there twice.
#[derive(Debug)]
pub struct Roll {
    /// What the file is called.
    name: String,
    text: Vec<u8>,
    index: Index,
}

impl Roll {
    /// Reads a file; `-` is standard input.
    pub fn open(file: &Path) -> Result<Self> {
        let name = file.display().to_string();
        let text = read_whole(file, &name)?;
        Ok(Self::read(name, text)?)
    }

    /// Checks the text of a file that is called `name`.
    ///
    /// # Errors
    /// The first fault there is, with its line.
    pub fn read(name: String, text: Vec<u8>) -> Result<Self, Problem> {
        let mut roll = Self { name, text, index: Index::default() };
        let mut index = Index::default();
        let fault = roll.rows()?.for_each(|at, entry| index.push(at, &entry.code)).err();
        index.sort();
        roll.index = index;
        // What has a code that was there before stands above the row that could not be read.
        match (roll.index.twice(), fault) {
            (Some((again, first)), _) => Err(roll.twice(again, first)),
            (None, Some(fault)) => Err(fault),
            (None, None) => Ok(roll),
        }
    }

    /// How many students it lists.
    pub fn size(&self) -> usize {
        self.index.rows.len()
    }

    /// The code of the `nth` row.
    pub fn code(&self, nth: usize) -> &str {
        self.index.code(nth)
    }

    /// All codes in their order, each with its row.
    pub fn by_code(&self) -> impl Iterator<Item = (&str, usize)> {
        self.index.by_code.iter().map(|&nth| (self.code(nth), nth))
    }

    /// Its rows, to be read.
    pub fn rows(&self) -> Result<Rows<'_>, Problem> {
        let text = Cursor::new(&self.text[..]);
        let mut reader = ReaderBuilder::new().delimiter(delimiter(&self.text)).from_reader(text);
        let header = reader.headers().map_err(|error| self.unreadable(&error))?;
        let columns =
            Columns::find(header).map_err(|invalid| self.fault(beginning(header.position()), invalid))?;
        Ok(Rows { roll: self, columns, reader, record: StringRecord::new() })
    }

    fn twice(&self, again: usize, first: usize) -> Problem {
        let line = line_of(&self.text, self.index.rows[first].at);
        let twice = Invalid::new(format!("code {:?} is already on line {line}", self.code(again)));
        self.fault(self.index.rows[again].at, twice.hint("codes are unique; nothing was imported"))
    }

    fn unreadable(&self, error: &csv::Error) -> Problem {
        let (words, hint) = match error.kind() {
            csv::ErrorKind::Utf8 { .. } => {
                ("not UTF-8".to_owned(), "save the file as \"CSV UTF-8\"; nothing was imported")
            }
            csv::ErrorKind::UnequalLengths { expected_len, len, .. } => (
                format!("{}, but the header has {expected_len}", fields(*len)),
                "quote fields that hold commas; nothing was imported",
            ),
            _ => (error.to_string(), "nothing was imported"),
        };
        self.fault(beginning(error.position()), Invalid::new(words).hint(hint))
    }

    /// What is wrong with the record that begins at a byte.
    fn fault(&self, at: usize, invalid: Invalid) -> Problem {
        Problem::in_file(format!("{}:{}", self.name, line_of(&self.text, at)), invalid)
    }
}

/// Where the rows are, and whose.
#[derive(Debug, Default)]
struct Index {
    /// In the order of the file.
    rows: Vec<Row>,
    /// The codes of all rows, one after the other.
    codes: String,
    /// The rows in the order of their codes.
    by_code: Vec<usize>,
}

#[derive(Debug)]
struct Row {
    /// The byte of the text where it begins.
    at: usize,
    /// Where its code ends among the codes.
    code_ends: usize,
}

impl Index {
    fn push(&mut self, at: usize, code: &str) {
        self.codes.push_str(code);
        self.rows.push(Row { at, code_ends: self.codes.len() });
    }

    fn code(&self, nth: usize) -> &str {
        let begins = nth.checked_sub(1).map_or(0, |before| self.rows[before].code_ends);
        &self.codes[begins..self.rows[nth].code_ends]
    }

    fn sort(&mut self) {
        let mut by_code: Vec<usize> = (0..self.rows.len()).collect();
        by_code.sort_unstable_by_key(|&nth| (self.code(nth), nth));
        self.by_code = by_code;
    }

    /// The first row with the code of an earlier one, and that one.
    fn twice(&self) -> Option<(usize, usize)> {
        let pairs = self.by_code.iter().zip(self.by_code.iter().skip(1));
        let same = pairs.filter(|(before, after)| self.code(**before) == self.code(**after));
        same.map(|(before, after)| (*after, *before)).min()
    }
}

/// Reads the rows of a roll.
#[derive(Debug)]
pub struct Rows<'a> {
    roll: &'a Roll,
    columns: Columns,
    reader: csv::Reader<Cursor<&'a [u8]>>,
    record: StringRecord,
}

impl Rows<'_> {
    /// Reads the `nth` row.
    pub fn read(&mut self, nth: usize) -> Result<RollEntry, Problem> {
        // From the end of the line before, since the reader takes a byte order mark for one wherever it is
        // told to begin.
        let before = self.roll.index.rows[nth].at.saturating_sub(1);
        let mut position = Position::new();
        position.set_byte(before as u64);
        self.reader.seek(position).map_err(|error| self.roll.unreadable(&error))?;
        self.advance()?;
        self.entry()
    }

    /// Passes every row to `each`, in the order of the file, with the byte where it begins.
    fn for_each(mut self, mut each: impl FnMut(usize, RollEntry)) -> Result<(), Problem> {
        while self.advance()? {
            each(beginning(self.record.position()), self.entry()?);
        }
        Ok(())
    }

    fn advance(&mut self) -> Result<bool, Problem> {
        self.reader.read_record(&mut self.record).map_err(|error| self.roll.unreadable(&error))
    }

    fn entry(&self) -> Result<RollEntry, Problem> {
        let entry = self.columns.entry(&self.record);
        entry.map_err(|invalid| self.roll.fault(beginning(self.record.position()), invalid))
    }
}

/// With all of the text in hand, faults can be told by the line an editor shows. A byte order mark is passed
/// over by the reader.
fn read_whole(file: &Path, name: &str) -> Result<Vec<u8>> {
    let mut text = Vec::new();
    let mut source: Box<dyn Read> = if name == "-" {
        Box::new(std::io::stdin())
    } else {
        Box::new(File::open(file).with_context(|| format!("cannot open {name}"))?)
    };
    source.read_to_end(&mut text).with_context(|| format!("cannot read {name}"))?;
    Ok(text)
}

/// The byte where a record begins.
fn beginning(position: Option<&Position>) -> usize {
    position.map_or(0, |at| usize::try_from(at.byte()).unwrap_or(usize::MAX))
}

/// The line a record begins on. The reader's own count is behind after `\r\n` and after empty lines,
/// which it only passes over with the next record.
fn line_of(text: &[u8], at: usize) -> usize {
    let (before, rest) = text.split_at(at.min(text.len()));
    let passed_over = rest.iter().take_while(|byte| b"\r\n".contains(byte));
    let ends = before.iter().chain(passed_over).filter(|byte| **byte == b'\n');
    ends.count() + 1
}

/// Spreadsheets in half of the world write semicolons.
fn delimiter(text: &[u8]) -> u8 {
    let header = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let most =
        [b',', b';', b'\t'].into_iter().rev().max_by_key(|d| header.iter().filter(|byte| *byte == d).count());
    most.unwrap_or(b',')
}

fn fields(n: u64) -> String {
    if n == 1 { "1 field".to_owned() } else { format!("{n} fields") }
}

/// Where the columns of a roll are.
#[derive(Debug)]
struct Columns {
    code: usize,
    name: usize,
    group: Option<usize>,
    active: Option<usize>,
}

impl Columns {
    fn find(header: &StringRecord) -> Result<Self, Invalid> {
        let named = |wanted: &str| header.iter().position(|name| name.trim().eq_ignore_ascii_case(wanted));
        for (nth, name) in header.iter().map(str::trim).enumerate() {
            if !COLUMNS.iter().any(|known| known.eq_ignore_ascii_case(name)) {
                let meant = did_you_mean(name, COLUMNS).map(|meant| format!("{meant} ")).unwrap_or_default();
                return Err(Invalid::new(format!("there is no column {name:?} in a roll"))
                    .hint(format!("{meant}the header is code,name[,group][,active]; nothing was imported")));
            }
            if header.iter().take(nth).any(|before| before.trim().eq_ignore_ascii_case(name)) {
                return Err(Invalid::new(format!("the column {name:?} is there twice"))
                    .hint("take one of them out; nothing was imported"));
            }
        }
        let required = |wanted: &str| {
            named(wanted).ok_or_else(|| {
                Invalid::new(format!("the column {wanted:?} is missing"))
                    .hint("the first line must be code,name[,group][,active]; nothing was imported")
            })
        };
        Ok(Self {
            code: required("code")?,
            name: required("name")?,
            group: named("group"),
            active: named("active"),
        })
    }

    fn entry(&self, record: &StringRecord) -> Result<RollEntry, Invalid> {
        let cell = |index: usize| record.get(index).unwrap_or_default();
        Ok(RollEntry {
            code: check_code(cell(self.code))?.to_owned(),
            name: check_name(cell(self.name))?.to_owned(),
            group: self.group.map(|index| check_group(cell(index))).transpose()?,
            active: self.active.map_or(Ok(true), |index| parse_active(cell(index)))?,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::{Index as Any, select};

    use super::*;

    fn read(text: &str) -> Result<Roll, Problem> {
        Roll::read("r".to_owned(), text.as_bytes().to_vec())
    }

    #[test]
    fn the_first_fault_of_a_file_is_told() {
        let cases = [
            ("A,x\nB,x\nC,x\nB,x\nA,x\n", "r:5: code \"B\" is already on line 3"),
            ("A,x\nA,x\nA,x\n", "r:3: code \"A\" is already on line 2"),
            ("A,x\nA,x\nB,\n", "r:3: code \"A\" is already on line 2"),
            ("A,x\nB,\nA,x\n", "r:3: the name is empty"),
            ("A,x\n A ,\n", "r:3: the name is empty"),
            ("A,x\nA,x\nB\n", "r:3: code \"A\" is already on line 2"),
            ("A,x\nB\nA,x\n", "r:3: 1 field, but the header has 2"),
        ];
        for (rows, told) in cases {
            assert_eq!(read(&format!("code,name\n{rows}")).unwrap_err().message, told, "{rows:?}");
        }
    }

    #[test]
    fn codes_come_in_their_order_with_their_row() {
        let roll = read("name,code\nx,b\nx,A\nx,é\nx,\u{1d4b3}\nx,\u{feff}\nx,a\n").unwrap();
        let sorted: Vec<_> = roll.by_code().collect();
        assert_eq!(sorted, [("A", 1), ("a", 5), ("b", 0), ("é", 2), ("\u{feff}", 4), ("\u{1d4b3}", 3)]);
    }

    /// A roll with byte order marks, quotes and ends of lines wherever they may be.
    fn text() -> impl Strategy<Value = String> {
        let names =
            vec!["Ada", "\u{feff}Ada", "\"Karim, Ada\"", "\"A\nda\r\n\"", "\"\u{feff}A\"\"d\"", " Ada "];
        let ends = vec!["\n", "\r\n", "\r", "\n\n", "\r\n\r\n"];
        let rows = prop::collection::vec((select(names), select(ends)), 1..8);
        (select(vec!["", "\u{feff}"]), any::<bool>(), rows).prop_map(|(mark, name_first, rows)| {
            let header = if name_first { "name,code" } else { "code,name" };
            let rows = rows.into_iter().enumerate().map(|(nth, (name, end))| {
                if name_first { format!("{name},H{nth}{end}") } else { format!("\u{feff}H{nth},{name}{end}") }
            });
            format!("{mark}{header}\n{}", rows.collect::<String>())
        })
    }

    proptest! {
        #[test]
        fn a_row_read_again_is_the_row_that_was_checked(
            text in text(),
            order in prop::collection::vec(any::<Any>(), 8),
        ) {
            let roll = read(&text).unwrap();
            let mut checked = Vec::new();
            roll.rows().unwrap().for_each(|_, entry| checked.push(entry)).unwrap();
            let mut rows = roll.rows().unwrap();
            for nth in order.iter().map(|any| any.index(checked.len())) {
                prop_assert_eq!(&rows.read(nth).unwrap(), &checked[nth]);
                prop_assert_eq!(roll.code(nth), &*checked[nth].code);
            }
        }
    }
}
