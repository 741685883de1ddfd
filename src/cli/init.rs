//! `attend init`.

use clap::Args;

use super::{Session, args};
use crate::commands::init::{InitOutcome, run};
use crate::domain::time::Zone;
use crate::exit::Code;
use crate::failure::Result;
use crate::ui::say;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  attend init --timezone Asia/Baghdad --school \"Green Valley School\"\n  attend --db /srv/attend.db init --timezone Europe/Stockholm\n\nIf the database exists, it changes nothing and says so."
)]
pub(crate) struct InitArgs {
    /// The school's time zone, by its IANA name
    #[arg(long, value_name = "ZONE", value_parser = args::zone)]
    timezone: Zone,
    /// The school's name, shown in headings
    #[arg(long, value_name = "NAME", value_parser = args::line)]
    school: Option<String>,
}

impl InitArgs {
    pub(crate) fn run(self, session: &Session) -> Result<Code> {
        let path = session.database()?;
        let db = path.display();
        match run(path, self.timezone, self.school.as_deref(), &session.caller(None))? {
            InitOutcome::Made => session.ui.note(&format!("made {db} ({})", self.timezone)),
            InitOutcome::AlreadyThere { zone } => {
                if !session.quiet {
                    say(&format!("attend: {db} already exists ({zone}); nothing was changed"));
                }
            }
        }
        Ok(Code::Done)
    }
}
