//! Workbooks: sheets for people who click on a file, and print it.

mod cover;
mod register;
mod rows;

use std::collections::HashSet;
use std::env;
use std::io::{self, Write};
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

use rust_xlsxwriter::{Workbook, Worksheet, XlsxError};

pub(crate) use self::register::register;
pub(crate) use self::rows::{GROUP, Sheets, Xlsx};

/// Makes a sheet ready for paper: landscape, one page wide, the header repeated, pages numbered. `rows` are the first
/// and the last row that are printed.
fn on_paper(sheet: &mut Worksheet, header: u32, rows: (u32, u32), last: u16) -> Result<(), XlsxError> {
    sheet.set_landscape().set_paper_size(A4).set_print_fit_to_pages(1, 0);
    sheet.set_margins(0.4, 0.4, 0.5, 0.6, 0.3, 0.3);
    sheet.set_footer("&L&A&Rpage &P of &N");
    sheet.set_repeat_rows(header, header)?;
    sheet.set_print_area(rows.0, 0, rows.1, last)?;
    Ok(())
}

/// Excel's number of the paper size.
const A4: u8 = 9;

/// How hard a workbook is compressed, from 1 to 9. Compared with 6, the usual level, 2 takes a quarter less time for all of
/// the workbook, and a quarter more bytes.
const COMPRESSION: u8 = 2;

/// The longest name of a sheet, in the units of UTF-16, as Excel counts.
const LONGEST_NAME: usize = 31;

/// The names of a workbook's sheets. Excel forbids some signs and long names, and takes upper and lower case for the same.
#[derive(Debug, Default)]
struct SheetNames {
    /// In lower case.
    taken: HashSet<String>,
}

impl SheetNames {
    /// With names that are taken already.
    fn with(taken: &[&str]) -> Self {
        Self { taken: taken.iter().map(|name| name.to_lowercase()).collect() }
    }

    /// The name of the next sheet: the wanted one as far as Excel allows it, and with a number if another sheet has it.
    fn take(&mut self, wanted: &str) -> String {
        let allowed = |c: char| if c.is_control() || "[]:*?/\\'".contains(c) { '-' } else { c };
        let wanted: String = wanted.chars().map(allowed).collect();
        let mut name = match shortened(wanted.trim(), LONGEST_NAME) {
            "" => "class".to_owned(),
            // Excel keeps this name to itself.
            history if history.eq_ignore_ascii_case("history") => format!("{history} class"),
            name => name.to_owned(),
        };
        let whole = name.clone();
        for nth in 2.. {
            if self.taken.insert(name.to_lowercase()) {
                break;
            }
            let number = format!(" {nth}");
            name = shortened(&whole, LONGEST_NAME - number.len()).to_owned() + &number;
        }
        name
    }
}

/// The beginning of a name, at most `units` of UTF-16 long, without spaces at its end.
fn shortened(name: &str, units: usize) -> &str {
    let mut left = units;
    let end = name.char_indices().find(|(_, c)| match left.checked_sub(c.len_utf16()) {
        Some(rest) => {
            left = rest;
            false
        }
        None => true,
    });
    name[..end.map_or(name.len(), |(end, _)| end)].trim_end()
}

/// Writes a finished workbook.
fn save(workbook: &mut Workbook, out: &mut (dyn Write + Send)) -> io::Result<()> {
    workbook.set_zip_compression_level(COMPRESSION);
    let mut patient = Patient { out, error: None };
    let saved = spooled(|| workbook.save_to_writer(&mut patient));
    patient.error.map_or(saved, Err)?;
    patient.out.flush()
}

/// Runs an action that may write to the temporary file. If the disk is full, the library panics. This turns
/// the panic into an error and prints nothing else.
fn spooled<T>(work: impl FnOnce() -> Result<T, XlsxError>) -> io::Result<T> {
    static SILENCE: Once = Once::new();
    SILENCE.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            let of_library = panic.location().is_some_and(|at| at.file().contains("rust_xlsxwriter"));
            if !of_library {
                usual(panic);
            }
        }));
    });
    match panic::catch_unwind(AssertUnwindSafe(work)) {
        Ok(done) => done.map_err(plain_error),
        Err(_) => {
            let folder = env::temp_dir();
            Err(io::Error::other(format!("no room for temporary files in {} (TMPDIR)", folder.display())))
        }
    }
}

/// Accepts every write and keeps the first error for the end. Otherwise an interrupted zip writer would
/// print its own message to standard error.
struct Patient<W> {
    out: W,
    error: Option<io::Error>,
}

impl<W: Write> Write for Patient<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.error.is_none() {
            self.error = self.out.write_all(bytes).err();
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.error.is_none() {
            self.error = self.out.flush().err();
        }
        Ok(())
    }
}

/// The error of the stream itself, so that a full disk is recognised.
fn plain_error(error: XlsxError) -> io::Error {
    match error {
        XlsxError::IoError(error) => error,
        other => io::Error::other(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sheets_have_names_that_excel_allows_and_tells_apart() {
        let mut names = SheetNames::with(&["About"]);
        let long = "a class whose name is longer than thirty-one letters";
        let faces = "😀".repeat(19);
        for (wanted, name) in [
            ("7A", "7A"),
            ("7a", "7a 2"),
            ("about", "about 2"),
            ("History", "History class"),
            ("7/B [new]", "7-B -new-"),
            ("7:B [new]", "7-B -new- 2"),
            ("7*B [new]", "7-B -new- 3"),
            (long, "a class whose name is longer th"),
            (long, "a class whose name is longer 2"),
            ("Mathematics for engineers, set 12 A", "Mathematics for engineers, set"),
            (" ", "class"),
            ("class", "class 2"),
        ] {
            assert_eq!(names.take(wanted), name);
        }
        for nth in 1..=20 {
            let name = names.take(&faces);
            rust_xlsxwriter::utility::check_sheet_name(&name).unwrap();
            assert_eq!(name.ends_with(&format!(" {nth}")), nth > 1, "{name}");
        }
    }
}
