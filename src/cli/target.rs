//! Where the rows of an export or a summary go: the format, the columns, the file.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::Session;
use super::file::file_sink;
use super::formats::{self, Spelling};
use super::output::Output;
use crate::commands::problem::{Kind, Problem};
use crate::commands::upkeep::audit::exported;
use crate::domain::delimiter::Delimiter;
use crate::domain::roll::group::GroupFilter;
use crate::domain::settings::Settings;
use crate::domain::suggest::did_you_mean;
use crate::failure::Result;
use crate::render::csv::Dialect;
use crate::render::json::Head;
use crate::render::xlsx::{GROUP, Sheets};
use crate::render::{Format, Sink};
use crate::report::{Column, Heading, Rows, Value, Words};
use crate::ui::progress::Progress;
use crate::ui::streams;

/// The format of rows for which none is named.
const CSV: Spelling = Spelling::Rows(Format::Csv);

#[derive(Debug, Args)]
pub(crate) struct Target {
    /// Format of the rows [default: by the file extension, else csv; a table for a summary]
    #[arg(long, value_name = "FORMAT", value_parser = formats::sheets())]
    format: Option<Spelling>,
    /// For people with a spreadsheet, or for programs [default: excel; plain for a summary without -o]
    #[arg(long, value_enum, value_name = "DIALECT")]
    dialect: Option<DialectArg>,
    /// Separator of cells in the excel dialect: , or ; or tab [default: the setting csv_delimiter]
    #[arg(long, value_name = "DELIMITER")]
    delimiter: Option<Delimiter>,
    /// Only these columns, in this order
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    columns: Vec<String>,
    /// In a workbook, a sheet for each group; students in several groups are in each
    #[arg(long)]
    group_sheets: bool,
    /// Write to a file, which appears when it is complete; .xlsx, .html, .json and .jsonl choose the format, .csv.gz and
    /// .csv.zst compress
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum DialectArg {
    Excel,
    Plain,
}

impl Target {
    /// Whether the output is a table: by request, or by default.
    pub(crate) fn is_table(&self) -> bool {
        matches!(self.format, None | Some(Spelling::Rows(Format::Table))) && !self.is_file()
    }

    /// Whether rows go into a file.
    pub(crate) fn is_file(&self) -> bool {
        self.output.is_some()
    }

    /// Makes standard output plain CSV by default, as that of all other reports is.
    pub(crate) fn plain_on_standard_output(&mut self) {
        if !self.is_file() && self.delimiter.is_none() {
            self.dialect.get_or_insert(DialectArg::Plain);
        }
    }

    /// Whether a page is asked for.
    pub(crate) fn is_page(&self) -> Result<bool> {
        Ok(!self.is_table() && self.format()? == Spelling::Html)
    }

    /// Writes a page that holds more than rows; `about` says what it is about.
    pub(crate) fn page(
        &self,
        session: &Session,
        action: &'static str,
        about: &str,
        page: &str,
    ) -> Result<()> {
        self.refuse_choices()?;
        self.note(session, action, about, Spelling::Html)?;
        let fill = |out: &mut (dyn Write + Send)| Ok(out.write_all(page.as_bytes())?);
        match &self.output {
            Some(path) => Output::new(session, path)?.share(fill),
            None => fill(&mut *session.ui.data_out()),
        }
    }

    /// # Errors
    /// Columns or sheets were chosen, which a table for people does not offer.
    pub(crate) fn refuse_choices(&self) -> Result<(), Problem> {
        if self.group_sheets {
            return Err(no_workbook());
        }
        if self.columns.is_empty() {
            return Ok(());
        }
        Err(Problem::new(Kind::Usage, "--columns chooses among those of csv, xlsx, html, json and jsonl")
            .hint("add --format csv, or name a file with -o"))
    }

    /// Opens the file or standard output in the requested format, and lets `fill` write the rows.
    /// `action` is the command, and `groups` are the groups that it was limited to. The audit entry is stored before
    /// the first row is written.
    pub(crate) fn write(
        &self,
        (session, settings, groups): (&Session, &Settings, &GroupFilter),
        action: &'static str,
        head: Head,
        fill: impl FnOnce(&mut RowWriter) -> Result<()>,
    ) -> Result<()> {
        let (format, dialect) = (self.format()?, self.dialect(settings.csv_delimiter)?);
        if let Some(path) = &self.output {
            Output::new(session, path)?;
            self.refuse_unknown(path)?;
        }
        self.write_rows((session, settings, groups), action, (format, dialect), head, |rows| {
            if let Some(school) = &settings.school_id {
                rows.lead("school_id", school.into());
            }
            fill(rows)
        })
    }

    /// The same for a program that knows one format only: its columns and nothing else.
    pub(crate) fn write_exactly(
        &self,
        (session, settings): (&Session, &Settings),
        action: &'static str,
        format: Format,
        head: Head,
        fill: impl FnOnce(&mut RowWriter) -> Result<()>,
    ) -> Result<()> {
        let format = Spelling::Rows(format);
        if let Some(asked) = self.format.filter(|asked| *asked != format) {
            let words = format!("the receiver reads {}, not {}", format.word(), asked.word());
            return Err(Problem::new(Kind::Usage, words).hint("leave out --format").into());
        }
        if self.group_sheets {
            return Err(no_workbook().into());
        }
        let of_path = |path| formats::of_output(path, None, Some(format));
        let named = self.output.as_deref().map(of_path).transpose()?.flatten();
        if let (Some(path), Some(named)) = (&self.output, named.filter(|named| *named != format)) {
            let words =
                format!("{}: the receiver reads {}, not {}", path.display(), format.word(), named.word());
            let hint = format!("name a file such as attendance.{}", format.word());
            return Err(Problem::new(Kind::Usage, words).hint(hint).into());
        }
        let everybody = GroupFilter::default();
        self.write_rows((session, settings, &everybody), action, (format, Dialect::Plain), head, fill)
    }

    fn write_rows(
        &self,
        (session, settings, groups): (&Session, &Settings, &GroupFilter),
        action: &'static str,
        (format, dialect): (Spelling, Dialect),
        head: Head,
        fill: impl FnOnce(&mut RowWriter) -> Result<()>,
    ) -> Result<()> {
        let head = head.of_school(settings.school_id.as_deref());
        let shown = self.is_file() && session.ui.progress;
        let into = |out: &mut (dyn Write + Send)| -> Result<()> {
            let sheets = if self.group_sheets { Sheets::OfGroups(groups.clone()) } else { Sheets::One };
            let mut sink = file_sink(format, dialect, sheets, head, settings.school(), out);
            let leave = |about: &str| self.note(session, action, about, format);
            let progress = Progress::share(shown);
            let mut rows = RowWriter {
                sink: &mut *sink,
                leading: vec![],
                wanted: &self.columns,
                picked: vec![],
                needs_groups: self.group_sheets,
                for_people: format == Spelling::Html,
                leave: &leave,
                progress,
            };
            fill(&mut rows)?;
            rows.progress.done();
            Ok(sink.end()?)
        };
        match &self.output {
            Some(path) => Output::new(session, path)?.share(into),
            None => {
                let mut out = session.ui.data_out();
                into(&mut out)?;
                Ok(out.flush()?)
            }
        }
    }

    fn note(&self, session: &Session, action: &'static str, about: &str, format: Spelling) -> Result<()> {
        let place = if self.is_file() { "a file" } else { "standard output" };
        // A connection of its own, because the rows are read from a snapshot that cannot be written to.
        exported(
            &mut session.store()?,
            action,
            format!("{about} as {} to {place}", format.word()),
            &session.caller(None),
        )
    }

    /// # Errors
    /// The file extension names none of the formats, and neither does `--format`.
    fn refuse_unknown(&self, path: &Path) -> Result<()> {
        match formats::of_output(path, self.format, Some(CSV))? {
            Some(_) => Ok(()),
            None => Err(formats::unknown(path).into()),
        }
    }

    /// The requested dialect, with the delimiter of `--delimiter`, else of the setting.
    fn dialect(&self, of_the_school: Delimiter) -> Result<Dialect> {
        match (self.dialect.unwrap_or(DialectArg::Excel), self.delimiter) {
            (DialectArg::Plain, None) => Ok(Dialect::Plain),
            (DialectArg::Plain, Some(_)) => {
                Err(Problem::new(Kind::Usage, "the plain dialect separates cells by commas")
                    .hint("--delimiter is for --dialect excel")
                    .into())
            }
            (DialectArg::Excel, delimiter) => Ok(Dialect::Excel(delimiter.unwrap_or(of_the_school))),
        }
    }

    /// The requested format, else the one of the file extension, else CSV.
    fn format(&self) -> Result<Spelling> {
        let of_path = |path| formats::of_output(path, self.format, Some(CSV));
        let named = self.output.as_deref().map(of_path).transpose()?.flatten();
        match named.or(self.format).unwrap_or(CSV) {
            Spelling::Rows(_) | Spelling::Html if self.group_sheets => Err(no_workbook().into()),
            Spelling::Rows(Format::Table) => {
                Err(Problem::new(Kind::Usage, "an export is csv, xlsx, html, json or jsonl")
                    .hint("attend roster show and attend summary print tables")
                    .into())
            }
            Spelling::Xlsx if !self.is_file() && streams::out_is_terminal() => {
                Err(Problem::new(Kind::Usage, "a workbook cannot be shown on a terminal")
                    .hint("name a file with -o, such as -o roster.xlsx")
                    .into())
            }
            format => Ok(format),
        }
    }
}

fn no_workbook() -> Problem {
    Problem::new(Kind::Usage, "--group-sheets is about the sheets of a workbook")
        .hint("name one with -o, such as -o classes.xlsx")
}

fn no_column<R: Rows>(wanted: &str, columns: &[Column<R>]) -> Problem {
    let known: Vec<&str> = columns.iter().map(Column::key).collect();
    let all = format!("columns: {}", known.join(","));
    let hint = did_you_mean(wanted, known).map_or_else(|| all.clone(), |meant| format!("{meant} ({all})"));
    Problem::new(Kind::Usage, format!("no column {wanted:?}")).hint(hint)
}

/// Writes rows into a file.
pub(crate) struct RowWriter<'a> {
    sink: &'a mut dyn Sink,
    /// Columns with the same value in every row, before all others.
    leading: Vec<(Heading, Value)>,
    /// The requested columns. Empty: all.
    wanted: &'a [String],
    /// The indexes of the columns that are written.
    picked: Vec<usize>,
    /// Whether rows go to the sheets of their groups.
    needs_groups: bool,
    /// Whether cells are as people see them: a page, not data.
    for_people: bool,
    /// Called with the subject of the rows, just before the first is written.
    leave: &'a dyn Fn(&str) -> Result<()>,
    progress: Progress,
}

impl RowWriter<'_> {
    /// Begins with the columns and the facts about the whole. `about` names the subject of the rows.
    ///
    /// # Errors
    /// A requested column does not exist.
    pub(crate) fn begin<R: Rows>(
        &mut self,
        columns: &[Column<R>],
        totals: &[(&'static str, Value)],
        about: &str,
    ) -> Result<()> {
        for wanted in self.wanted.iter().map(|wanted| wanted.trim()) {
            let place = columns.iter().position(|column| column.key() == wanted);
            let place = place.ok_or_else(|| no_column(wanted, columns))?;
            if self.picked.contains(&place) {
                let words = format!("column {wanted:?} is asked for twice");
                return Err(Problem::new(Kind::Usage, words).into());
            }
            self.picked.push(place);
        }
        if self.wanted.is_empty() {
            self.picked = (0..columns.len()).collect();
        }
        if self.needs_groups && !self.picked.iter().any(|place| columns[*place].key() == GROUP) {
            let words = "rows without the column group have no sheets of groups";
            return Err(Problem::new(Kind::Usage, words).hint("leave --group-sheets away").into());
        }
        (self.leave)(about)?;
        let leading = self.leading.iter().map(|(heading, _)| heading.clone());
        let picked = self.picked.iter().map(|place| match self.wanted {
            [] => columns[*place].heading().clone(),
            _ => columns[*place].heading().clone().in_sight(),
        });
        Ok(self.sink.begin(&leading.chain(picked).collect::<Vec<Heading>>(), totals)?)
    }

    /// Puts a column before all others that has the same value in every row. Call it before the first row.
    pub(crate) fn lead(&mut self, key: &'static str, value: Value) {
        self.leading.push((Heading::of(key), value));
    }

    /// Whether the rows are for people: a page.
    pub(crate) fn for_people(&self) -> bool {
        self.for_people
    }

    /// Lines above the rows that follow, which only pages show.
    pub(crate) fn section(&mut self, heading: &[Vec<Words>]) -> Result<()> {
        Ok(self.sink.section(heading)?)
    }

    /// Writes a row of the columns it began with.
    pub(crate) fn row<R: Rows>(&mut self, columns: &[Column<R>], row: &R::Row<'_>) -> Result<()> {
        let picked = self.picked.iter().map(|place| match self.for_people {
            true => columns[*place].shown(row),
            false => columns[*place].value(row),
        });
        self.write(picked.collect())
    }

    /// Writes a row with nothing but some of its columns.
    pub(crate) fn only<R: Rows>(&mut self, columns: &[Column<R>], known: &[(&str, Value)]) -> Result<()> {
        let value = |place: &usize| {
            let found = known.iter().find(|(key, _)| *key == columns[*place].key());
            found.map_or(Value::Null, |(_, value)| value.clone())
        };
        let picked = self.picked.iter().map(value).collect();
        self.write(picked)
    }

    fn write(&mut self, picked: Vec<Value>) -> Result<()> {
        let leading = self.leading.iter().map(|(_, value)| value.clone());
        Ok(self.sink.row(&leading.chain(picked).collect::<Vec<Value>>())?)
    }

    /// Tells how far the rows have come, from 0 to 1.
    pub(crate) fn progress(&self, share: f64) {
        self.progress.set_share(share);
    }
}
