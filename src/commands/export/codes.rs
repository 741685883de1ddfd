//! Reads a codes file: a school's own table of the words of a receiving system.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use chrono::NaiveTime;
use serde::Deserialize;

use crate::commands::problem::{Kind, Problem};
use crate::domain::Invalid;
use crate::domain::register::codes::{Codes, Identity, Outcome, Per, Term};
use crate::domain::register::day_rule::DayRule;
use crate::domain::time::calendar::{date_range, parse_date, parse_time};
use crate::failure::Result;

/// The file as it is typed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Typed {
    school: Option<String>,
    student: Option<String>,
    per: Option<String>,
    day: Option<String>,
    noon: Option<String>,
    id_column: Option<String>,
    #[serde(default)]
    codes: BTreeMap<String, TypedCode>,
    #[serde(default)]
    groups: BTreeMap<String, String>,
    #[serde(default)]
    term: Vec<TypedTerm>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum TypedCode {
    Sent(String),
    /// `false`.
    NotSent(bool),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TypedTerm {
    name: String,
    school_year: u16,
    from: String,
    to: String,
}

/// When the second half day begins, if the file does not say.
const NOON: NaiveTime = NaiveTime::from_hms_opt(12, 0, 0).unwrap();

/// Reads and checks a codes file.
pub(crate) fn read(path: &Path) -> Result<Codes> {
    let name = path.display();
    let text = fs::read_to_string(path)
        .map_err(|error| Problem::new(Kind::Data, format!("cannot read {name}: {error}")))?;
    let typed: Typed = toml::from_str(&text).map_err(|error| {
        let before = &text[..error.span().map_or(0, |span| span.start)];
        Problem::new(Kind::Data, format!("{name}:{}: {}", before.matches('\n').count() + 1, error.message()))
    })?;
    typed.codes().and_then(Codes::check).map_err(|invalid| Problem::in_file(name, invalid).into())
}

impl Typed {
    fn codes(self) -> Result<Codes, Invalid> {
        let noon = self.noon.as_deref().map(parse_time).transpose()?;
        let codes = self.codes.into_iter().map(|(word, code)| Ok((outcome(&word)?, code.code(&word)?)));
        Ok(Codes {
            school: self.school,
            student: self.student.as_deref().map_or(Ok(Identity::Code), identity)?,
            per: self.per.as_deref().map(per).transpose()?,
            day: self.day.as_deref().map_or(Ok(DayRule::Any), str::parse)?,
            noon: noon.unwrap_or(NOON),
            id_column: self.id_column,
            codes: codes.collect::<Result<_, Invalid>>()?,
            groups: self.groups,
            terms: self.term.into_iter().map(TypedTerm::term).collect::<Result<_, Invalid>>()?,
        })
    }
}

impl TypedCode {
    fn code(self, word: &str) -> Result<Option<String>, Invalid> {
        match self {
            Self::Sent(code) if !code.trim().is_empty() => Ok(Some(code)),
            Self::NotSent(false) => Ok(None),
            Self::Sent(_) | Self::NotSent(true) => {
                Err(Invalid::new(format!("{word} has no code")).hint(format!(
                    "write {word} = \"…\" with the receiver's code, or {word} = false to send no such rows"
                )))
            }
        }
    }
}

impl TypedTerm {
    fn term(self) -> Result<Term, Invalid> {
        let dates = date_range(parse_date(&self.from)?, parse_date(&self.to)?)?;
        Ok(Term { name: self.name, school_year: self.school_year, dates })
    }
}

fn outcome(word: &str) -> Result<Outcome, Invalid> {
    Outcome::ALL.into_iter().find(|outcome| outcome.word() == word).ok_or_else(|| {
        Invalid::new(format!("[codes] knows no {word:?}"))
            .hint(format!("its keys are {}", Outcome::ALL.map(Outcome::word).join(", ")))
    })
}

fn per(word: &str) -> Result<Per, Invalid> {
    match word {
        "period" => Ok(Per::Period),
        "day" => Ok(Per::Day),
        _ => Err(Invalid::new(format!("per must be period or day, not {word:?}"))),
    }
}

fn identity(word: &str) -> Result<Identity, Invalid> {
    match word {
        "code" => Ok(Identity::Code),
        "sis" => Ok(Identity::Sis),
        _ => Err(Invalid::new(format!("student must be code or sis, not {word:?}"))),
    }
}
