//! One row of a roll.

use std::borrow::Cow;

use csv::StringRecord;

use super::header::Header;
use crate::domain::Invalid;
use crate::domain::roll::alias::Alias;
use crate::domain::roll::code::{Damage, damage, tidy, unguarded};
use crate::domain::roll::group::check_groups;
use crate::domain::roll::header::{Columns, Part};
use crate::domain::roll::student::{RollEntry, check_code, check_name, parse_active, parse_later};

/// Reads one row by the columns of the header. `feed`: a school system wrote it.
pub(super) fn entry(header: &Header, record: &StringRecord, feed: bool) -> Result<RollEntry, Invalid> {
    let (columns, expected, found) = (&header.columns, header.cells.len(), record.len());
    let spare = record.iter().skip(expected).any(|cell| !tidy(cell).is_empty());
    if found < expected || spare {
        return Err(Invalid::new(format!("{}, but the header has {expected}", cells(found)))
            .hint("quote fields that hold commas; nothing was imported"));
    }
    let cell = |nth: usize| tidy(unguarded(record.get(nth).unwrap_or_default().trim()));
    let code = record.get(columns.code).unwrap_or_default().trim();
    if code.starts_with('=') && unguarded(code) == code {
        return Err(Invalid::new(format!("code {code:?} is a formula, not its result"))
            .hint("in the spreadsheet, copy the column and paste its values; nothing was imported"));
    }
    let Columns { code, name, group, active, aliases, later } = columns;
    let groups = || match group[..] {
        [only] => cell(only),
        ref several => several.iter().map(|nth| cell(*nth)).collect::<Vec<_>>().join(",").into(),
    };
    Ok(RollEntry {
        code: check_code(&cell(*code))?.to_owned(),
        name: check_name(&name_of(name, cell))?.to_owned(),
        group: (!group.is_empty()).then(|| check_groups(&groups())).transpose()?,
        active: active.map_or(Ok(true), |nth| parse_active(&cell(nth)))?,
        aliases: aliases.map(|nth| aliases_of(&cell(nth), feed)).transpose()?,
        later: later.map(|nth| parse_later(&cell(nth))).transpose()?,
    })
}

/// The aliases in a cell. A school system has one for each student, which may hold any character.
fn aliases_of(cell: &str, feed: bool) -> Result<Vec<Alias>, Invalid> {
    if feed && !cell.is_empty() {
        return Ok(vec![cell.parse()?]);
    }
    let all = Alias::list(cell)?;
    match all
        .iter()
        .find_map(|alias| Some((alias, damage(&alias.value).filter(|damage| *damage != Damage::Date)?)))
    {
        Some((alias, damage)) => {
            let (what, hint) = damage.words();
            Err(Invalid::new(format!("alias {:?} {what}", alias.to_string())).hint(hint))
        }
        None => Ok(all),
    }
}

/// The parts of a name that are not empty, with the text between them.
fn name_of<'a>(parts: &[Part], cell: impl Fn(usize) -> Cow<'a, str>) -> Cow<'a, str> {
    if let [Part::Column(only)] = parts {
        return cell(*only);
    }
    let mut name = String::new();
    let mut between = "";
    for part in parts {
        match part {
            Part::Text(text) => between = text,
            Part::Column(nth) => {
                let cell = cell(*nth);
                if !name.is_empty() && !cell.is_empty() {
                    name.push_str(between);
                }
                name.push_str(&cell);
            }
        }
    }
    name.into()
}

fn cells(n: usize) -> String {
    if n == 1 { "1 field".to_owned() } else { format!("{n} fields") }
}
