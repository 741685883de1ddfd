//! Profiles: the formats in which other systems take attendance. Each has a file with its columns and its rules.

mod clever;
mod ed_fi;
mod frappe;

use std::fmt;

use chrono::NaiveDate;

use crate::domain::Invalid;
use crate::domain::register::codes::{Codes, Outcome, Per, Sent};
use crate::report::{Column, Rows};

/// Every profile.
pub(crate) static PROFILES: [&Profile; 3] = [&clever::PROFILE, &ed_fi::PROFILE, &frappe::PROFILE];

/// The format of a receiving system.
pub(crate) struct Profile {
    /// The word for `--as`.
    pub name: &'static str,
    /// How its rows are written.
    pub layout: Layout,
    /// The times that a row may be about, the usual one first.
    pub per: &'static [Per],
    /// Whether it is told of half a day missed.
    pub in_halves: bool,
    /// Whether its rows belong to a term, which the codes file must list.
    pub wants_term: bool,
    /// Whether it refuses rows without a group.
    pub wants_group: bool,
    /// The most characters of a student's identity.
    pub longest_student: usize,
    /// Whether it refuses a code; gives the rule.
    refuses: fn(&str) -> Option<&'static str>,
    /// Checks the rest of a codes file.
    check: fn(&Codes) -> Result<(), Invalid>,
    /// The columns for a codes file.
    pub columns: fn(&Codes) -> &'static [Column<Worded>],
}

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// A table with a heading, as RFC 4180 says.
    Csv,
    /// A JSON object a line.
    JsonLines,
}

/// Rows in the words of a receiver.
pub(crate) struct Worded;

impl Rows for Worded {
    type Row<'a> = (&'a Codes, &'a Sent);
}

impl Profile {
    /// Checks a codes file by the rules of the format, and gives the time that a row is about.
    pub(crate) fn check(&self, codes: &Codes) -> Result<Per, Invalid> {
        for outcome in Outcome::ALL {
            let refused = codes.code(outcome).and_then(|code| Some((code, (self.refuses)(code)?)));
            if let Some((code, rule)) = refused {
                let words = format!("{} = {code:?}: {} has no such code", outcome.word(), self.name);
                return Err(Invalid::new(words).hint(rule));
            }
        }
        (self.check)(codes)?;
        let per = codes.per.unwrap_or(self.per[0]);
        if !self.per.contains(&per) {
            let words = format!("{} takes no rows of this kind", self.name);
            return Err(Invalid::new(words).hint("write per = \"day\", or leave per out"));
        }
        Ok(per)
    }

    /// Whether it takes rows of a date.
    pub(crate) fn takes(&self, codes: &Codes, date: NaiveDate) -> bool {
        !self.wants_term || codes.term(date).is_some()
    }
}

impl fmt::Debug for Profile {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// The identity of the school in the receiving system.
fn school(codes: &Codes) -> Result<&str, Invalid> {
    codes.school.as_deref().ok_or_else(|| {
        Invalid::new("the school has no identity")
            .hint("write school = \"…\" in the codes file, or: attend settings set school_id …")
    })
}

/// The code of a row that is sent.
fn code<'a>((codes, sent): &(&'a Codes, &Sent)) -> &'a str {
    codes.code(sent.outcome).unwrap_or_default()
}
