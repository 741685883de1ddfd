//! Reads a roll: a file of students, checked as a whole before any change.
//!
//! The text stays in memory, and rows are parsed from it when they are needed. As values, the students of
//! a district would take several times the memory.

mod entry;
mod header;
mod index;
mod reading;

use std::path::Path;

use csv::StringRecord;

use crate::commands::problem::Problem;
use crate::commands::sheet::records::{self, TextReader, beginning, is_blank, line_of, reader, seek};
use crate::commands::sheet::{self, Sheet};
use crate::domain::Invalid;
use crate::domain::roll::alias::AliasKind;
use crate::domain::roll::code::{self, Damage};
use crate::domain::roll::group::split;
use crate::domain::roll::student::RollEntry;
use crate::failure::Result;

use entry::entry;
use header::{Header, find_header, header_key};
use index::{Groups, Index};
pub use reading::Reading;

/// A valid roll: every row belongs to a student, and every code is unique.
#[derive(Debug)]
pub struct Roll {
    /// The name of the file.
    name: String,
    sheet: Sheet,
    header: Header,
    index: Index,
    /// Every group it names, in the order of the file.
    groups: Vec<String>,
}

impl Roll {
    /// Reads a file; `-` is standard input.
    pub fn open(file: &Path, reading: Reading) -> Result<Self> {
        let name = file.display().to_string();
        Ok(Self::checked(name, sheet::open(file, reading.sheet)?, reading)?)
    }

    /// The roll that another reader made.
    pub(super) fn made(name: String, sheet: Sheet) -> Result<Self, Problem> {
        Self::checked(name, sheet, Reading::default())
    }

    /// Checks the bytes of a file that is called `name`.
    ///
    /// # Errors
    /// The first fault, with its line.
    pub fn read(name: String, bytes: Vec<u8>) -> Result<Self, Problem> {
        let sheet = sheet::read(&name, bytes, None)?;
        Self::checked(name, sheet, Reading::default())
    }

    fn checked(name: String, sheet: Sheet, reading: Reading) -> Result<Self, Problem> {
        let header = find_header(&name, &sheet, reading)?;
        let mut roll = Self { name, sheet, header, index: Index::default(), groups: Vec::new() };
        let mut index = Index::default();
        let mut groups = Groups::default();
        let each = |at, entry: RollEntry| {
            index.push(at, &entry.code);
            groups.note(entry.group.flatten());
        };
        let fault = roll.rows()?.for_each(each).err();
        roll.groups = groups.names;
        index.sort();
        roll.index = index;
        // A repeated code is in an earlier row than the one that could not be read, so it is reported first.
        match (roll.index.twice(), fault) {
            (Some((again, first)), _) => Err(roll.twice(again, first)),
            (None, Some(fault)) => Err(fault),
            (None, None) => roll.without_doubtful_codes()?.without_doubtful_groups(),
        }
    }

    /// How a spreadsheet damaged a text. Where cells have no types, a text like a date may be meant.
    fn damage(&self, text: &str) -> Option<Damage> {
        code::damage(text).filter(|damage| *damage != Damage::Date || self.sheet.typed)
    }

    /// Refuses groups that a spreadsheet damaged. A group such as 7.0 may be meant.
    fn without_doubtful_groups(self) -> Result<Self, Problem> {
        let damage = |group: &str| self.damage(group).filter(|damage| *damage != Damage::Decimal);
        let Some(damage) = self.groups.iter().find_map(|group| damage(group)) else { return Ok(self) };
        let (what, hint) = damage.words();
        let mut found = None;
        self.rows()?.for_each(|at, entry| {
            let groups = entry.group.flatten();
            let mut groups = split(groups.as_deref());
            let group = groups.find(|group| self.damage(group) == Some(damage));
            found = found.take().or_else(|| Some((at, group?.to_owned())));
        })?;
        match found {
            Some((at, group)) => {
                Err(self.fault(at, Invalid::new(format!("group {group:?} {what}")).hint(hint)))
            }
            None => Ok(self),
        }
    }

    /// Refuses codes that a spreadsheet damaged, and codes that differ only in case or in invisible ways.
    fn without_doubtful_codes(self) -> Result<Self, Problem> {
        let damaged = (0..self.size()).filter_map(|nth| Some((nth, self.damage(self.code(nth))?)));
        if let Some((nth, damage)) = damaged.take(1).next() {
            let rows = (0..self.size()).filter(|nth| self.damage(self.code(*nth)) == Some(damage));
            let (what, hint) = damage.words();
            let message = format!("code {:?} {what}{}", self.code(nth), self.also(rows, nth));
            return Err(self.fault(self.index.rows[nth].at, Invalid::new(message).hint(hint)));
        }
        match self.index.spelled_twice() {
            Some((nth, first)) => {
                let message = format!(
                    "codes {:?} and {:?} (line {}) differ only in case or in how letters are stored",
                    self.code(nth),
                    self.code(first),
                    self.line(first),
                );
                let hint = "a student has only one code, so remove one of the rows; nothing was imported";
                Err(self.fault(self.index.rows[nth].at, Invalid::new(message).hint(hint)))
            }
            None => Ok(self),
        }
    }

    /// ` (also in lines 4, 7, 9 and 12 more)`
    fn also(&self, rows: impl Iterator<Item = usize>, but: usize) -> String {
        const NAMED: usize = 5;
        let others: Vec<usize> = rows.filter(|nth| *nth != but).collect();
        if others.is_empty() {
            return String::new();
        }
        let named: Vec<String> = others.iter().take(NAMED).map(|nth| self.line(*nth).to_string()).collect();
        let more = others.len().saturating_sub(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!(" (also in lines {}{more})", named.join(", "))
    }

    /// The line on which the `nth` row begins.
    pub(crate) fn line(&self, nth: usize) -> usize {
        line_of(&self.sheet.text, self.index.rows[nth].at)
    }

    /// The name of the file.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The encoding or sheet, and the columns, if they are worth showing.
    pub(crate) fn told(&self) -> Option<String> {
        let cells: Vec<&str> = self.header.cells.iter().collect();
        let plain = self.header.columns.is_plain(&cells);
        let as_before = if self.header.remembered { "columns as for the last file: " } else { "" };
        let columns = (!plain).then(|| format!("{as_before}{}", self.header.columns.told(&cells)));
        let told: Vec<String> = self.sheet.read_as.clone().into_iter().chain(columns).collect();
        (!told.is_empty()).then(|| told.join(": "))
    }

    /// Every group it names, in the order of the file.
    pub(crate) fn groups(&self) -> &[String] {
        &self.groups
    }

    /// Whether it has a column of aliases.
    pub(crate) fn has_aliases(&self) -> bool {
        self.header.columns.aliases.is_some()
    }

    /// Whether it says who has which alias of a kind. Exports of school systems know their own identities alone.
    pub(crate) fn speaks_of(&self, kind: AliasKind) -> bool {
        self.has_aliases() && self.is_feed() == (kind == AliasKind::Sis)
    }

    /// Whether it is an export of a school system.
    pub(crate) fn is_feed(&self) -> bool {
        self.sheet.feed
    }

    /// The header, as the next file with the same one is recognised.
    pub(crate) fn header_key(&self) -> String {
        header_key(self.header.cells.iter())
    }

    /// How many students it lists.
    pub fn size(&self) -> usize {
        self.index.rows.len()
    }

    /// The code of the `nth` row.
    pub fn code(&self, nth: usize) -> &str {
        self.index.code(nth)
    }

    /// A row whose code is nearly the same: it differs in case, in how letters are stored, or in leading zeros.
    pub(crate) fn nearly(&self, code: &str) -> Option<usize> {
        self.index.nearly(code)
    }

    /// All codes in their order, each with its row.
    pub fn by_code(&self) -> impl Iterator<Item = (&str, usize)> {
        self.index.by_code.iter().map(|&nth| (self.code(nth), nth))
    }

    /// A reader of its rows.
    pub fn rows(&self) -> Result<Rows<'_>, Problem> {
        let mut reader = reader(&self.sheet);
        seek(&mut reader, self.header.ends).map_err(|error| self.unreadable(&error))?;
        Ok(Rows { roll: self, reader, record: StringRecord::new() })
    }

    fn twice(&self, again: usize, first: usize) -> Problem {
        let line = self.line(first);
        let twice = Invalid::new(format!("code {:?} is already on line {line}", self.code(again)));
        self.fault(self.index.rows[again].at, twice.hint("codes are unique; nothing was imported"))
    }

    fn unreadable(&self, error: &csv::Error) -> Problem {
        records::unreadable(&self.name, &self.sheet, error)
    }

    /// Adds the line number of the record that begins at byte `at` to an error.
    fn fault(&self, at: usize, invalid: Invalid) -> Problem {
        records::fault(&self.name, &self.sheet, at, invalid)
    }
}

/// Reads the rows of a roll.
#[derive(Debug)]
pub struct Rows<'a> {
    roll: &'a Roll,
    reader: TextReader<'a>,
    record: StringRecord,
}

impl Rows<'_> {
    /// Reads the `nth` row.
    pub fn read(&mut self, nth: usize) -> Result<RollEntry, Problem> {
        let before = self.roll.index.rows[nth].at.saturating_sub(1);
        seek(&mut self.reader, before as u64).map_err(|error| self.roll.unreadable(&error))?;
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

    /// Reads the next row that is not blank.
    fn advance(&mut self) -> Result<bool, Problem> {
        loop {
            let more =
                self.reader.read_record(&mut self.record).map_err(|error| self.roll.unreadable(&error))?;
            if !more || !is_blank(&self.record) {
                return Ok(more);
            }
        }
    }

    fn entry(&self) -> Result<RollEntry, Problem> {
        let entry = entry(&self.roll.header, &self.record, self.roll.is_feed());
        entry.map_err(|invalid| self.roll.fault(beginning(self.record.position()), invalid))
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
    fn the_first_fault_of_a_file_is_reported() {
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
        let roll = read("name,code\nx,b\nx,A\nx,é\nx,\u{1d4b3}\nx,c\n").unwrap();
        let sorted: Vec<_> = roll.by_code().collect();
        assert_eq!(sorted, [("A", 1), ("b", 0), ("c", 4), ("é", 2), ("\u{1d4b3}", 3)]);
    }

    /// A roll with byte order marks, quotes and line ends anywhere.
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
