//! Workbooks: sheets for people who click on a file, and print it.

mod cover;
mod register;
mod rows;

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

/// A name that a sheet may have: Excel forbids some signs, and more than 31 letters.
fn sheet_name(name: &str) -> String {
    let allowed = |c: char| if c.is_control() || "[]:*?/\\'".contains(c) { '-' } else { c };
    let name: String = name.chars().map(allowed).take(31).collect();
    match name.trim() {
        "" => "class".to_owned(),
        // Excel keeps this name to itself.
        history if history.eq_ignore_ascii_case("history") => format!("{history} class"),
        name => name.to_owned(),
    }
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
