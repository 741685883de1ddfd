//! The two streams: standard output holds only the report, and standard error everything else.
//!
//! Only colour, width and progress depend on the terminal.

pub(crate) mod keys;
pub(crate) mod live;
mod output;
pub(crate) mod picker;
pub(crate) mod pipe;
pub(crate) mod progress;
pub(crate) mod streams;

use std::io::{self, BufWriter, Write};

use self::output::Harmless;
use crate::domain::time::Zone;
use crate::render::json::Head;
use crate::render::table::{self, Look, Table};
use crate::render::{self, Format, Sink};
use crate::report::text::safe;
use crate::report::{Report, Words};

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    Always,
    Never,
}

/// How this process talks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ui {
    /// How tables may look.
    pub look: Look,
    /// Height of the terminal.
    height: Option<u16>,
    /// Whether status lines are shown: on a terminal or with `-v`, and never with `-q`.
    chatty: bool,
    /// Whether progress may be drawn on standard error.
    pub progress: bool,
    /// Whether a live screen or a picker can be drawn on the terminal.
    pub drawable: bool,
    /// Whether standard output is a terminal.
    terminal: bool,
    quiet: bool,
}

/// Whether the terminal does not support escape sequences, such as a serial console or a shell in an editor.
pub(crate) fn is_dumb() -> bool {
    std::env::var_os("TERM").is_some_and(|term| term == "dumb")
}

impl Ui {
    /// Looks at the streams once.
    pub(crate) fn new(color: Color, no_color: bool, quiet: bool, verbose: bool) -> Self {
        let (out, err, dumb) = (streams::out_is_terminal(), streams::err_is_terminal(), is_dumb());
        let color = match color {
            Color::Auto => out && !no_color && !dumb,
            Color::Always => true,
            Color::Never => false,
        };
        let size = if out { crossterm::terminal::size().ok() } else { None };
        let size = size.filter(|(columns, rows)| *columns > 0 && *rows > 0);
        Self {
            look: Look { color, width: size.map(|(columns, _)| columns), wraps: true, beside: None },
            height: size.map(|(_, rows)| rows),
            chatty: (err || verbose) && !quiet,
            progress: err && !quiet && !dumb,
            drawable: out && !quiet && !dumb,
            terminal: out,
            quiet,
        }
    }

    /// Standard output for a report in a format.
    pub(crate) fn report_out(&self, format: Format) -> Box<dyn Write + Send> {
        match format {
            _ if self.quiet => Box::new(io::sink()),
            // A table escapes its own text, and may be coloured.
            Format::Table => Box::new(BufWriter::new(streams::out())),
            Format::Csv | Format::Json | Format::Jsonl => self.data_out(),
        }
    }

    /// Standard output for requested data, such as an export or a key. It ignores `-q`.
    pub(crate) fn data_out(&self) -> Box<dyn Write + Send> {
        let out = BufWriter::new(streams::out());
        if self.terminal { Box::new(Harmless::new(out)) } else { Box::new(out) }
    }

    /// Prints a report of a school to standard output.
    pub(crate) fn report(&self, report: &Report, school_id: Option<&str>, format: Format) -> io::Result<()> {
        let mut out = self.report_out(format);
        render::write(report, school_id, format, self.look, &mut out)?;
        out.flush()
    }

    /// Prints lines to standard output.
    pub(crate) fn lines(&self, lines: &[Vec<Words>]) -> io::Result<()> {
        let mut out = self.report_out(Format::Table);
        for line in self.styled(lines, self.look.width) {
            writeln!(out, "{}", line.trim_end())?;
        }
        out.flush()
    }

    /// Lines with the style and present width of this terminal.
    pub(crate) fn styled(&self, lines: &[Vec<Words>], width: Option<u16>) -> Vec<String> {
        let look = Look { width, ..self.look };
        lines.iter().map(|line| table::styled_line(line, look)).collect()
    }

    /// The same for tables whose rows may stand beside each other on a screen of some height, or on the terminal.
    pub(crate) fn beside(self, height: Option<u16>) -> Self {
        Self { look: Look { beside: height.or(self.height), ..self.look }, ..self }
    }

    /// Prints any number of rows from `fill` to standard output.
    pub(crate) fn rows<T, E: From<io::Error>>(
        &self,
        head: Head,
        format: Format,
        fill: impl FnOnce(&mut dyn Sink) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut out = self.report_out(format);
        let mut sink = render::rows(format, self.look, head, &mut out);
        let filled = fill(&mut *sink)?;
        sink.end()?;
        drop(sink);
        out.flush()?;
        Ok(filled)
    }

    /// The lines of a table in the style of this terminal at a width.
    pub(crate) fn table<E: From<io::Error>>(
        &self,
        zone: Zone,
        columns: u16,
        fill: impl FnOnce(&mut dyn Sink) -> Result<(), E>,
    ) -> Result<Vec<String>, E> {
        let mut out = Vec::new();
        let mut table = Table::new(&mut out, Look { width: Some(columns), wraps: false, ..self.look }, zone);
        fill(&mut table)?;
        table.end()?;
        drop(table);
        Ok(String::from_utf8_lossy(&out).lines().map(str::to_owned).collect())
    }

    /// Whether [`note`](Self::note) prints anything.
    pub(crate) fn is_chatty(&self) -> bool {
        self.chatty
    }

    /// Tells of a change of the past on standard error, also to a script.
    pub(crate) fn tell(&self, words: &str) {
        if !self.quiet {
            say(words);
        }
    }

    /// Prints a note on standard error.
    pub(crate) fn note(&self, words: &str) {
        if self.chatty {
            say(words);
        }
    }
}

/// Whether a person can be asked.
pub(crate) fn can_ask() -> bool {
    streams::input_is_terminal() && streams::err_is_terminal()
}

/// Asks a question. Only `y` means yes.
pub(crate) fn ask(question: &str) -> io::Result<bool> {
    write!(io::stderr().lock(), "{question} [y/N] ")?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

/// Prints one line on standard error. Errors are ignored, because they could not be reported.
pub(crate) fn say(words: &str) {
    let _ = writeln!(streams::err(), "{}", safe(words));
}
