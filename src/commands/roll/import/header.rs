//! The header row of a roll.

use csv::StringRecord;

use super::reading::Reading;
use crate::commands::problem::Problem;
use crate::commands::sheet::records::{beginning, fault, is_blank, reader, seek, unreadable};
use crate::commands::sheet::{HEADER_WITHIN, MAX_COLUMNS, Sheet, unless_cover};
use crate::domain::Invalid;
use crate::domain::roll::code::tidy;
use crate::domain::roll::header::{Columns, squeeze};

/// The header row and its columns.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) cells: StringRecord,
    pub(super) columns: Columns,
    /// The byte after the row.
    pub(super) ends: u64,
    /// The columns are those that were stated for an earlier file.
    pub(super) remembered: bool,
}

/// The header: with stated columns the first row that has them all, otherwise the first that names a code and a
/// name. Title rows above it are skipped.
pub(super) fn find_header(name: &str, sheet: &Sheet, reading: Reading) -> Result<Header, Problem> {
    let mut reader = reader(sheet);
    let mut record = StringRecord::new();
    // The row with the most cells is probably the header, so its fault is reported.
    let mut widest: Option<(usize, usize, Invalid)> = None;
    seek(&mut reader, sheet.begins as u64).map_err(|error| unreadable(name, sheet, &error))?;
    for _ in 0..HEADER_WITHIN {
        if !reader.read_record(&mut record).map_err(|error| unreadable(name, sheet, &error))? {
            break;
        }
        if is_blank(&record) {
            continue;
        }
        if record.len() > MAX_COLUMNS {
            let wide = Invalid::new(format!("the row has {} columns, too many for a roll", record.len()));
            let hint = "export the students alone; nothing was imported";
            return Err(fault(name, sheet, beginning(record.position()), wide.hint(hint)));
        }
        let tidied: Vec<_> = record.iter().map(tidy).collect();
        let cells: Vec<&str> = tidied.iter().map(AsRef::as_ref).collect();
        let remembered = reading.remembered.and_then(|all| all.get(&header_key(cells.iter().copied())));
        let columns = match reading.columns.or(remembered.map(String::as_str)) {
            Some(stated) => Columns::stated(stated, &cells),
            None => Columns::recognise(&cells),
        };
        match columns {
            Ok(columns) => {
                let cells = StringRecord::from(cells);
                let remembered = reading.columns.is_none() && remembered.is_some();
                return Ok(Header { cells, columns, ends: reader.position().byte(), remembered });
            }
            Err(invalid) => {
                if widest.as_ref().is_none_or(|(width, ..)| cells.len() > *width) {
                    widest = Some((cells.len(), beginning(record.position()), invalid));
                }
            }
        }
    }
    let (_, at, invalid) = widest.unwrap_or_else(|| {
        (
            0,
            0,
            Invalid::new("the file is empty")
                .hint("the first row names the columns, such as code,name,group; nothing was imported"),
        )
    });
    Err(unless_cover(name, sheet, fault(name, sheet, at, invalid)))
}

pub(super) fn header_key<'c>(cells: impl Iterator<Item = &'c str>) -> String {
    cells.map(squeeze).collect::<Vec<_>>().join("\n")
}
