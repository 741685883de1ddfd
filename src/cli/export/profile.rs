//! `--as`: the register in the words of a receiving system.

use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::Filter;
use super::writing::Exporter;
use crate::cli::target::{RowWriter, Target};
use crate::commands::export::profile::{LeftOut, SentTaker, Wording, sent};
use crate::commands::export::{Covered, Occurrences, Records, codes};
use crate::commands::problem::Problem;
use crate::domain::Invalid;
use crate::domain::register::codes::{Codes, Per, Sent};
use crate::domain::register::feed::Cursor;
use crate::domain::upkeep::audit::dates as dates_in_words;
use crate::failure::Result;
use crate::render::Format;
use crate::render::json::Head;
use crate::report::profile::{Layout, PROFILES, Profile};

/// The profile of a receiving system, and the school's table of its words.
#[derive(Debug, Args)]
pub(super) struct As {
    /// In the words of another system, which reads the file as it is
    #[arg(long = "as", value_name = "PROFILE", value_parser = profile(), requires = "codes",
          conflicts_with_all = ["period", "statuses", "per_group", "format", "dialect", "delimiter", "columns"])]
    profile: Option<&'static Profile>,
    /// The table of that system's codes, which the school writes (see docs/district.md)
    #[arg(long, value_name = "FILE", requires = "profile")]
    codes: Option<PathBuf>,
}

fn profile() -> impl TypedValueParser<Value = &'static Profile> {
    PossibleValuesParser::new(PROFILES.map(|profile| profile.name)).map(|name| {
        let found = PROFILES.into_iter().find(|profile| profile.name == name);
        found.expect("the parser lets only these through")
    })
}

/// A profile with the codes file that it is used with.
pub(super) struct Worded {
    profile: &'static Profile,
    codes: Codes,
    per: Per,
}

impl As {
    /// The profile and its codes, checked, if one is asked for.
    pub(super) fn read(&self, export: &mut Exporter) -> Result<Option<Worded>> {
        let Some((profile, path)) = self.profile.zip(self.codes.as_ref()) else { return Ok(None) };
        let mut codes = codes::read(path)?;
        if codes.school.is_none() {
            codes.school.clone_from(&export.settings.school_id);
        }
        let per = profile.check(&codes).map_err(|invalid| Problem::in_file(path.display(), invalid))?;
        Ok(Some(Worded { profile, codes, per }))
    }
}

impl Exporter<'_> {
    /// The rows of registers in the words of a profile. Gives how far a receiver of what changed has been told.
    pub(super) fn worded(
        &mut self,
        of: Occurrences,
        filter: Filter,
        worded: &Worded,
        target: &Target,
    ) -> Result<Option<Cursor>> {
        let Self { session, store, caller, settings } = self;
        let Worded { profile, codes, per } = worded;
        let is_incremental = matches!(of, Occurrences::Changed(_));
        let mut reached = Cursor::START;
        let mut left_out = LeftOut::new();
        let request = Records {
            of,
            period: None,
            groups: filter.whose.groups.heeded(store)?,
            students: filter.whose.students,
            statuses: Vec::new(),
            whole_days: *per == Per::Day,
        };
        let Profile { in_halves, wants_group, longest_student, .. } = **profile;
        let wording = Wording { codes, per: *per, in_halves, wants_group, longest_student };
        let format = match profile.layout {
            Layout::Csv => Format::Csv,
            Layout::JsonLines => Format::Jsonl,
        };
        let head = Head::new("records", caller.now, settings.zone);
        target.write_exactly((session, settings), "export records", format, head, |rows| {
            let mut taker = Rows { rows, worded, reached: &mut reached };
            left_out = sent(store, request, wording, caller, &mut taker)?;
            Ok(())
        })?;
        let told: Vec<String> = left_out.iter().map(|(cause, rows)| format!("{rows} {cause}")).collect();
        if !told.is_empty() {
            session.ui.note(&format!("not sent: {}", told.join(", ")));
        }
        Ok(is_incremental.then_some(reached))
    }
}

/// Writes rows of a profile into a file.
struct Rows<'r, 's> {
    rows: &'r mut RowWriter<'s>,
    worded: &'r Worded,
    reached: &'r mut Cursor,
}

impl SentTaker for Rows<'_, '_> {
    fn begin(&mut self, occurrences: &[Covered], reached: Cursor) -> Result<()> {
        let Worded { profile, codes, .. } = self.worded;
        *self.reached = reached;
        let mut dates = occurrences.iter().map(|(occurrence, _)| occurrence.date);
        if let Some(date) = dates.clone().find(|date| !profile.takes(codes, *date)) {
            return Err(Invalid::new(format!("{date} lies in no [[term]] of the codes file"))
                .hint("add the term of that date, or export other dates")
                .into());
        }
        let (first, last) = (dates.next(), dates.next_back());
        let about =
            first.map_or("nothing".to_owned(), |first| dates_in_words(&(first..=last.unwrap_or(first))));
        self.rows.begin((profile.columns)(codes), &[], &format!("{about} for {}", profile.name))
    }

    fn row(&mut self, sent: &Sent) -> Result<()> {
        let Worded { profile, codes, .. } = self.worded;
        self.rows.row((profile.columns)(codes), &(codes, sent))
    }
}
