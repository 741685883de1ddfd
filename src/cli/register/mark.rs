//! `attend mark` and `attend unmark`.

use chrono::NaiveDate;
use clap::Args;

use crate::cli::{Session, args};
use crate::commands::register::mark::{Request, run};
use crate::domain::register::mark::Decision;
use crate::exit::Code;
use crate::failure::Result;

/// Mark students by hand; a mark outranks the cameras
#[derive(Debug, Args)]
#[command(
    override_usage = "attend mark [OPTIONS] <CODE>... <present|absent|excused>",
    after_help = "Examples:\n  attend mark H000123 present --reason \"seen in lab\"\n  attend mark H000123 H000140 excused --period \"Block 2\" --date 2026-09-07 --by ms-lee"
)]
pub struct Mark {
    /// Codes of the students, then present, absent or excused
    #[arg(required = true, num_args = 2.., value_names = ["CODE", "MARK"])]
    words: Vec<String>,
    #[command(flatten)]
    which: Which,
}

/// Take marks back, so that recognitions count again
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  attend unmark H000123 --period \"Block 2\"")]
pub struct Unmark {
    /// Codes of the students
    #[arg(required = true, value_name = "CODE")]
    codes: Vec<String>,
    #[command(flatten)]
    which: Which,
}

#[derive(Debug, Args)]
struct Which {
    /// Name of the period [default: the active one]
    #[arg(long, value_name = "PERIOD")]
    period: Option<String>,
    /// Its date [default: today]
    #[arg(long, value_name = "DATE", value_parser = args::date)]
    date: Option<NaiveDate>,
    /// Why
    #[arg(long, value_parser = args::line)]
    reason: Option<String>,
    #[command(flatten)]
    by: args::By,
}

impl Mark {
    pub(crate) fn run(mut self, session: &Session) -> Result<Code> {
        let last = self.words.pop().unwrap_or_default();
        let decision: Decision = last.parse()?;
        decide(self.words, Some(decision), self.which, session)
    }
}

impl Unmark {
    pub(crate) fn run(self, session: &Session) -> Result<Code> {
        decide(self.codes, None, self.which, session)
    }
}

fn decide(codes: Vec<String>, decision: Option<Decision>, which: Which, session: &Session) -> Result<Code> {
    let caller = session.caller(which.by.name());
    let request = Request { codes, decision, period: which.period, date: which.date, reason: which.reason };
    for words in run(&mut session.store()?, &request, &caller)? {
        session.ui.note(&words);
    }
    Ok(Code::Done)
}
