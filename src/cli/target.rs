//! Where the rows of an export or a summary go: the format, the columns, the file.

use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, ValueEnum};

use super::{FormatArg, Session};
use crate::commands::problem::{Kind, Problem};
use crate::domain::suggest::did_you_mean;
use crate::render::csv::{Csv, Dialect};
use crate::render::json::{Document, Head, Lines};
use crate::render::xlsx::Xlsx;
use crate::render::{Sink, file};
use crate::report::{Column, Value};
use crate::ui::progress::Progress;

#[derive(Debug, Args)]
pub struct Target {
    /// For people with a spreadsheet, or for programs
    #[arg(long, value_enum, value_name = "DIALECT", default_value = "excel")]
    dialect: DialectArg,
    /// Only these columns, in this order
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    columns: Vec<String>,
    /// Write to a file, which appears when it is complete; .xlsx, .json and .jsonl name the format
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum DialectArg {
    Excel,
    Plain,
}

impl Target {
    /// Whether rows go into a file.
    pub fn is_file(&self) -> bool {
        self.output.is_some()
    }

    /// # Errors
    /// Columns were chosen, which a table for people does not offer.
    pub fn refuse_columns(&self) -> Result<(), Problem> {
        if self.columns.is_empty() {
            return Ok(());
        }
        Err(Problem::new(Kind::Usage, "--columns chooses among those of csv, xlsx, json and jsonl")
            .hint("add --format csv, or name a file with -o"))
    }

    /// Opens the file or standard output in the format asked for, and lets `fill` write the rows.
    pub fn write(
        &self,
        session: &Session,
        head: Head,
        fill: impl FnOnce(&mut Rows) -> Result<()>,
    ) -> Result<()> {
        let format = self.format(session)?;
        let shown = self.is_file() && session.ui.progress;
        let into = |out: &mut (dyn Write + Send)| -> Result<()> {
            let dialect = match self.dialect {
                DialectArg::Excel => Dialect::Excel,
                DialectArg::Plain => Dialect::Plain,
            };
            let mut sink: Box<dyn Sink> = match format {
                FormatArg::Json => Box::new(Document::new(out, head)),
                FormatArg::Jsonl => Box::new(Lines::new(out, head.zone)),
                FormatArg::Xlsx => Box::new(Xlsx::new(out, head)),
                FormatArg::Csv | FormatArg::Table => Box::new(Csv::new(out, dialect, head.zone)),
            };
            let mut rows = Rows {
                sink: &mut *sink,
                wanted: &self.columns,
                picked: vec![],
                progress: Progress::share(shown),
            };
            fill(&mut rows)?;
            rows.progress.done();
            Ok(sink.end()?)
        };
        match &self.output {
            Some(path) => file::write(path, into),
            None => {
                let mut out = BufWriter::new(io::stdout());
                into(&mut out)?;
                Ok(out.flush()?)
            }
        }
    }

    /// What was asked for, else what the name of the file says, else CSV.
    fn format(&self, session: &Session) -> Result<FormatArg> {
        let extension = self.output.as_ref().and_then(|path| path.extension()?.to_str());
        let extension = extension.map(str::to_ascii_lowercase);
        let format = session.format.unwrap_or(match extension.as_deref() {
            Some("xlsx") => FormatArg::Xlsx,
            Some("json") => FormatArg::Json,
            Some("jsonl") => FormatArg::Jsonl,
            _ => FormatArg::Csv,
        });
        match format {
            FormatArg::Table => Err(Problem::new(Kind::Usage, "an export is csv, xlsx, json or jsonl")
                .hint("attend roster show and attend summary print tables")
                .into()),
            FormatArg::Xlsx if !self.is_file() && io::stdout().is_terminal() => {
                Err(Problem::new(Kind::Usage, "a workbook cannot be shown on a terminal")
                    .hint("name a file with -o, such as -o roster.xlsx")
                    .into())
            }
            format => Ok(format),
        }
    }
}

fn no_column(wanted: &str, columns: &[Column]) -> Problem {
    let known: Vec<&str> = columns.iter().map(|column| &*column.key).collect();
    let all = format!("columns: {}", known.join(","));
    let hint = did_you_mean(wanted, known).map_or_else(|| all.clone(), |meant| format!("{meant} ({all})"));
    Problem::new(Kind::Usage, format!("no column {wanted:?}")).hint(hint)
}

/// Rows on their way into a file.
pub struct Rows<'a> {
    sink: &'a mut dyn Sink,
    /// The columns asked for by name; none: all.
    wanted: &'a [String],
    /// Their places; none: all.
    picked: Vec<usize>,
    progress: Progress,
}

impl Rows<'_> {
    /// Begins with the columns and the facts about the whole.
    ///
    /// # Errors
    /// A column that was asked for is not there.
    pub fn begin(&mut self, columns: &[Column], totals: &[(&'static str, Value)]) -> Result<()> {
        for wanted in self.wanted.iter().map(|wanted| wanted.trim()) {
            let place = columns.iter().position(|column| column.key == wanted);
            let place = place.ok_or_else(|| no_column(wanted, columns))?;
            if self.picked.contains(&place) {
                let words = format!("column {wanted:?} is asked for twice");
                return Err(Problem::new(Kind::Usage, words).into());
            }
            self.picked.push(place);
        }
        if self.picked.is_empty() {
            return Ok(self.sink.begin(columns, totals)?);
        }
        let columns: Vec<Column> = self.picked.iter().map(|place| columns[*place].clone()).collect();
        Ok(self.sink.begin(&columns, totals)?)
    }

    /// Writes a row.
    pub fn row(&mut self, row: &[Value]) -> Result<()> {
        if self.picked.is_empty() {
            return Ok(self.sink.row(row)?);
        }
        let picked: Vec<Value> = self.picked.iter().map(|place| row[*place].clone()).collect();
        Ok(self.sink.row(&picked)?)
    }

    /// Tells how far the rows have come, from 0 to 1.
    pub fn progress(&self, share: f64) {
        self.progress.set_share(share);
    }
}
