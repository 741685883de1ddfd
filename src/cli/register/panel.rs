//! `attend panel`.

use std::io::Write;

use clap::Args;

use crate::cli::file::File;
use crate::cli::formats::Spelling;
use crate::cli::{Session, args};
use crate::commands::register::panel::{Request, read};
use crate::domain::time::Span;
use crate::exit::Code;
use crate::failure::Result;
use crate::render::{Format, html};
use crate::report::register::board::board;
use crate::report::register::panel::{report, screen};
use crate::ui::live::{Frame, watch};

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  attend panel --watch\n  attend panel --window 5m --recent 20\n  attend panel --format json\n  attend panel -o /var/www/attend/board.html\n  attend panel --names -o /var/www/office/board.html\n\nWith --watch on a terminal, press q to quit. In a pipe the panel is printed once. ⚡ marks a recognition that improved the best score of its record."
)]
pub(crate) struct PanelArgs {
    #[command(flatten)]
    watch: args::Watch,
    /// Count the events of the last 15m, or another time
    #[arg(long, value_name = "TIME", default_value = "15m", value_parser = args::span)]
    window: Span,
    /// Number of recent recognitions
    #[arg(long, value_name = "N", default_value = "10", value_parser = clap::value_parser!(u32).range(1..=1000))]
    recent: u32,
    #[command(flatten)]
    file: File,
    /// Name the students seen last on the board, for a screen in an office
    #[arg(long, requires = "output")]
    names: bool,
    /// Rewrite the board at this interval; a browser reloads it as often, and shows OLD after three intervals without news
    #[arg(long, value_name = "TIME", default_value = "1m", value_parser = args::span, requires = "output")]
    refresh: Span,
}

impl PanelArgs {
    pub(crate) fn run(self, session: &Session) -> Result<Code> {
        let mut store = session.store()?;
        let request = Request { window: self.window, recent: self.recent };
        if let Some((output, format)) = self.file.named(session)? {
            let (panel, findings, zone) = read(&mut store, request, &session.caller(None))?;
            if format != Spelling::Html {
                self.file.report(session, &report(&panel, &findings, zone))?;
                return Ok(Code::Done);
            }
            let page = html::board(&board(&panel, findings, self.names, self.refresh, zone));
            let fill = |out: &mut (dyn Write + Send)| Ok(out.write_all(page.as_bytes())?);
            if self.names {
                output.share(fill)?;
            } else {
                output.publish(fill)?;
            }
            return Ok(Code::Done);
        }
        if let (Some(every), true) = (self.watch.every(), session.ui.drawable) {
            watch(every, |size| {
                let (panel, findings, zone) = read(&mut store, request, &session.caller(None))?;
                let lines = screen(&panel, &findings, zone, size.columns.into(), Some(size.rows.into()));
                Ok(Frame { lines: session.ui.styled(&lines, Some(size.columns)), fixed: 0 })
            })?;
            return Ok(Code::Done);
        }
        let (panel, findings, zone) = read(&mut store, request, &session.caller(None))?;
        match session.format {
            None | Some(Format::Table) => {
                let columns = session.ui.look.width.map_or(80, usize::from);
                session.ui.lines(&screen(&panel, &findings, zone, columns, None))?;
            }
            Some(_) => session.show(&report(&panel, &findings, zone))?,
        }
        Ok(Code::Done)
    }
}
