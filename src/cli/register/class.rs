//! `attend register`.

use std::collections::BTreeMap;
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::slice;

use chrono::{Datelike, Days, Months, NaiveDate};
use clap::Args;

use crate::cli::file::File;
use crate::cli::formats::Spelling;
use crate::cli::output::Output;
use crate::cli::{Session, args};
use crate::commands::problem::{Kind, Problem};
use crate::commands::register::class;
use crate::domain::count::counted;
use crate::domain::roll::group::GroupFilter;
use crate::domain::time::day::Day;
use crate::exit::Code;
use crate::failure::{Context, Result};
use crate::render::html::{self, Frame};
use crate::render::xlsx;
use crate::report::register::class::{ClassSheet, sheet};
use crate::ui::say;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  attend register --group G7A --week today -o g7a.html\n  attend register --group 'G7*' --week 2026-09-07 --blank -o g7.xlsx\n  attend register --group G7A --month 2026-09 -o g7a.html\n  attend register --group '*' --week today -o registers/\n  attend mark --from-file g7a.xlsx --dry-run\n\nWith --blank the cells are empty, to be filled in by hand: P present, L late, A absent, E excused. A workbook that was filled in goes back with attend mark --from-file.\n\nIf -o names a folder, each class gets a page of its own in it, and index.html links to them."
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
    /// Write to a file, which appears when it is complete: .html is a page for a browser or a printer, .xlsx a workbook to
    /// type into; a folder gets a page for each class
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// The first of a month.
fn month(text: &str) -> Result<NaiveDate, String> {
    let first = text.parse().ok().or_else(|| format!("{text}-01").parse().ok());
    let first = first.and_then(|date: NaiveDate| date.with_day(1));
    first.ok_or_else(|| format!("{text:?} is not a month\nhint: write it as YYYY-MM, such as 2026-09"))
}

impl Register {
    pub(crate) fn run(self, session: &Session) -> Result<Code> {
        let target = self.target(session)?;
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
        match target {
            Target::Folder(folder) => pages(session, folder, &sheets, &frame)?,
            Target::Page(output) => {
                let page = html::register(&sheets, &frame);
                output.share(|out| Ok(out.write_all(page.as_bytes())?))?;
                if page.len() > LARGE {
                    say(&format!(
                        "the page has {} KB: -o FOLDER writes a page for each class",
                        page.len() / 1000
                    ));
                }
            }
            Target::Workbook(output) => output.share(|out| Ok(xlsx::register(&sheets, &frame, out)?))?,
        }
        Ok(Code::Done)
    }

    fn target(&self, session: &Session) -> Result<Target<'_>> {
        let is_folder = |path: &&Path| path.is_dir() || path.as_os_str().as_encoded_bytes().ends_with(b"/");
        if let Some(folder) = self.output.as_deref().filter(is_folder) {
            return Ok(Target::Folder(folder));
        }
        match File::of(self.output.clone()).named(session)? {
            Some((output, Spelling::Html)) => Ok(Target::Page(output)),
            Some((output, Spelling::Xlsx)) => Ok(Target::Workbook(output)),
            Some(_) => Err(Problem::new(Kind::Usage, "a class register is .html or .xlsx")
                .hint("attend export records writes the same as rows")
                .into()),
            None => Err(Problem::new(Kind::Usage, "a class register is a file")
                .hint("name it with -o, such as -o g7a.html for paper or -o g7a.xlsx to type into")
                .into()),
        }
    }
}

/// The target of registers.
enum Target<'a> {
    /// A page for each class.
    Folder(&'a Path),
    Page(Output),
    Workbook(Output),
}

/// A page with more bytes opens slowly on a phone.
const LARGE: usize = 300_000;

/// Writes a page for each class into a folder, and one that links to them.
fn pages(session: &Session, folder: &Path, sheets: &[ClassSheet], frame: &Frame) -> Result<()> {
    let links = links(sheets)?;
    if !folder.is_dir() {
        DirBuilder::new()
            .mode(0o700)
            .create(folder)
            .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    }
    let write = |name: &str, page: &str| {
        Output::new(session, &folder.join(name))?.share(|out| Ok(out.write_all(page.as_bytes())?))
    };
    for (sheet, (_, name)) in sheets.iter().zip(&links) {
        write(name, &html::register(slice::from_ref(sheet), frame))?;
    }
    write("index.html", &html::links(&links, frame))?;
    session.ui.note(&format!("{} in {}", counted(sheets.len(), "page"), folder.display()));
    Ok(())
}

/// Longest name of a page, in bytes: file systems take 255, and a file that is still being written has a longer name.
const LONGEST_NAME: usize = 200;

/// The classes with the names of their files. Letters that a file system or an address takes for something else become
/// `_`.
fn links(sheets: &[ClassSheet]) -> Result<Vec<(&str, String)>, Problem> {
    let mut named: BTreeMap<String, &str> = BTreeMap::from([("index".to_owned(), "index")]);
    let mut links = Vec::new();
    for class in sheets.iter().map(|sheet| sheet.class.as_str()) {
        let plain = |c: char| if c.is_alphanumeric() || "-_ .".contains(c) { c } else { '_' };
        let mut name: String = class.chars().map(plain).collect();
        while name.len() > LONGEST_NAME {
            name.pop();
        }
        let name = if name.starts_with('.') { format!("_{name}") } else { name };
        if let Some(other) = named.insert(name.to_lowercase(), class) {
            let message = format!("the pages {other:?} and {class:?} would both be {name}.html");
            return Err(Problem::new(Kind::Refused, message).hint("write them one by one: -o g7a.html"));
        }
        links.push((class, name + ".html"));
    }
    Ok(links)
}
