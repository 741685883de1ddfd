//! `attend review`.

mod step;

use clap::{Args, Subcommand};

use crate::cli::{Session, args};
use crate::commands::register::review::{self, Asked, Listing, Request};
use crate::domain::time::day::DayRange;
use crate::exit::Code;
use crate::failure::Result;
use crate::report::evidence::review::{changes, report};
use crate::ui::{can_ask, say};

#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:\n  attend review\n  attend review --date yesterday\n  attend review list --date yesterday --camera gate-2\n  attend review reassign shm2zm7j5x5-2-1 H000140 --reason \"her sister\"\n\nOn a terminal attend review shows one case after the other, and what each decision would change; single keys decide. Elsewhere it lists them.\n\nA sighting is never changed. Decisions are kept with author and reason, and registers follow the latest."
)]
pub(crate) struct ReviewArgs {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    list: ListArgs,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Sightings that need a person, the newest first
    #[command(
        after_help = "Examples:\n  attend review list\n  attend review list --date mon..fri --format csv > review.csv\n\nLow scores of students who were not seen otherwise, students at two places at once, students seen though they are excused, and names in quarantine that are not on the roll. Decided sightings are not listed again."
    )]
    List(ListArgs),
    /// A sighting shows the student; any score counts
    #[command(after_help = "Example:\n  attend review accept shm2zm7j5x5-2-1")]
    Accept(Decide),
    /// A sighting shows another person; it no longer counts
    #[command(after_help = "Example:\n  attend review reject shm2zm7j5x5-2-1 --reason \"a poster\"")]
    Reject(Decide),
    /// A sighting shows another student, for whom it counts from now on
    #[command(after_help = "Example:\n  attend review reassign shm2zm7j5x5-2-1 H000140")]
    Reassign {
        /// ID of the sighting, as the list shows it
        id: String,
        /// Code of the right student
        #[arg(value_name = "CODE")]
        code: String,
        #[command(flatten)]
        how: How,
    },
    /// Undo a decision
    #[command(after_help = "Example:\n  attend review undo shm2zm7j5x5-2-1")]
    Undo(Decide),
}

#[derive(Debug, Args, Default)]
struct ListArgs {
    /// A date, or first..last [default: today]
    #[arg(long, value_name = "DATE[..DATE]", value_parser = args::dates)]
    date: Option<DayRange>,
    /// Only sightings of this camera
    #[arg(long, value_name = "CAMERA")]
    camera: Option<String>,
}

#[derive(Debug, Args)]
struct Decide {
    /// ID of the sighting, as the list shows it
    id: String,
    #[command(flatten)]
    how: How,
}

#[derive(Debug, Args)]
struct How {
    /// Why
    #[arg(long, value_parser = args::line)]
    reason: Option<String>,
    /// Show what would change, and change nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    by: args::By,
}

impl ReviewArgs {
    pub(crate) fn run(self, session: &Session) -> Result<Code> {
        let on_terminal = session.format.is_none() && session.ui.drawable && can_ask();
        match self.command {
            None if on_terminal => {
                let listing = self.list.listing(session)?;
                step::run(listing, session)
            }
            None => self.list.run(session),
            Some(Command::List(list)) => list.run(session),
            Some(Command::Accept(Decide { id, how })) => how.decide(id, Asked::Accept, session),
            Some(Command::Reject(Decide { id, how })) => how.decide(id, Asked::Reject, session),
            Some(Command::Undo(Decide { id, how })) => how.decide(id, Asked::Undo, session),
            Some(Command::Reassign { id, code, how }) => how.decide(id, Asked::Reassign(code), session),
        }
    }
}

impl ListArgs {
    fn listing(self, session: &Session) -> Result<Listing> {
        let today = session.today(&mut session.store()?)?;
        let dates = self.date.map(|dates| dates.dates(today)).transpose()?;
        Ok(Listing { dates, camera: self.camera })
    }

    fn run(self, session: &Session) -> Result<Code> {
        let listing = self.listing(session)?;
        let caller = session.caller(None);
        let (cases, zone) = review::list(&mut session.store()?, &listing, &caller)?;
        session.show(&report(&cases, caller.now, zone))?;
        Ok(Code::Done)
    }
}

impl How {
    fn decide(self, id: String, asked: Asked, session: &Session) -> Result<Code> {
        let caller = session.caller(self.by.name());
        let request = Request { id, asked, reason: self.reason, dry_run: self.dry_run };
        let effect = review::decide(&mut session.store()?, &request, &caller)?;
        for change in changes(&effect) {
            if self.dry_run { say(&change) } else { session.ui.tell(&change) }
        }
        if self.dry_run {
            session.ui.note("dry run: nothing was changed");
        }
        Ok(Code::Done)
    }
}
