//! `attend register`.

use chrono::{Datelike, Days, Months, NaiveDate};
use clap::Args;

use crate::cli::file::File;
use crate::cli::formats::Spelling;
use crate::cli::{Session, args};
use crate::commands::problem::{Kind, Problem};
use crate::commands::register::class;
use crate::domain::roll::group::GroupFilter;
use crate::domain::time::day::Day;
use crate::exit::Code;
use crate::failure::Result;
use crate::render::html::{self, Frame};
use crate::render::xlsx;
use crate::report::register::class::sheet;

/// The printable register of classes, with a letter for each period
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  attend register --group G7A --week today -o g7a.html\n  attend register --group 'G7*' --week 2026-09-07 --blank -o g7.xlsx\n  attend register --group G7A --month 2026-09 -o g7a.html\n  attend mark --from-file g7a.xlsx --dry-run\n\nWith --blank the cells are empty, to be filled in by hand: P present, L late, A absent, E excused. A workbook that was\nfilled in goes back with attend mark --from-file."
)]
pub(crate) struct Register {
    /// These classes; * stands for any letters
    #[arg(long, value_name = "GROUPS", value_parser = args::groups)]
    group: GroupFilter,
    /// The week of this date [default: today]
    #[arg(long, value_name = "DATE", value_parser = args::date, conflicts_with = "month")]
    week: Option<Day>,
    /// This month, such as 2026-09
    #[arg(long, value_name = "MONTH", value_parser = month)]
    month: Option<NaiveDate>,
    /// To fill in by hand
    #[arg(long)]
    blank: bool,
    #[command(flatten)]
    file: File,
}

/// The first of a month.
fn month(text: &str) -> Result<NaiveDate, String> {
    let first = text.parse().ok().or_else(|| format!("{text}-01").parse().ok());
    let first = first.and_then(|date: NaiveDate| date.with_day(1));
    first.ok_or_else(|| format!("{text:?} is not a month\nhint: write it as YYYY-MM, such as 2026-09"))
}

impl Register {
    pub(crate) fn run(self, session: &Session) -> Result<Code> {
        let Some((output, format)) = self.file.named(session)? else {
            return Err(Problem::new(Kind::Usage, "a class register is a file")
                .hint("name it with -o, such as -o g7a.html for paper or -o g7a.xlsx to type into")
                .into());
        };
        let mut store = session.store()?;
        let today = session.today(&mut store)?;
        let dates = match self.month {
            Some(first) => first..=first + Months::new(1) - Days::new(1),
            None => class::week(&mut store, self.week.unwrap_or(Day::Today).date(today))?,
        };
        let caller = session.caller(None);
        args::warn_without_members(&mut store, &self.group)?;
        let (registers, settings) = class::read(&mut store, &self.group, &dates, &caller)?;
        let sheets: Vec<_> = registers.iter().map(|register| sheet(register, self.blank)).collect();
        let frame = Frame {
            title: "Class register".to_owned(),
            school: settings.school(),
            as_of: caller.now,
            zone: settings.zone,
        };
        match format {
            Spelling::Html => {
                let page = html::register(&sheets, &frame);
                output.share(|out| Ok(out.write_all(page.as_bytes())?))?;
            }
            Spelling::Xlsx => output.share(|out| Ok(xlsx::register(&sheets, &frame, out)?))?,
            _ => {
                return Err(Problem::new(Kind::Usage, "a class register is .html or .xlsx")
                    .hint("attend export records writes the same as rows")
                    .into());
            }
        }
        Ok(Code::Done)
    }
}
