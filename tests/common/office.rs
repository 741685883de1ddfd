//! LibreOffice without a screen.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::Stdio;

use super::harness::{School, has};
use super::limit::Limited;

/// Lets LibreOffice open files of a school and save what it sees in the folder `seen`, as `kind`. `how` are further
/// options. Returns the files; `None`: LibreOffice is not here, and not everything is to be tested.
pub fn convert(school: &School, files: &[&str], kind: &str, how: &[&str]) -> Option<Vec<PathBuf>> {
    if !has("soffice") {
        return None;
    }
    // Two processes with one profile wait for each other, so every school has its own.
    let profile = format!("-env:UserInstallation=file://{}", school.path("profile").display());
    let mut office = school.program("soffice");
    office.env("HOME", school.path("")).arg(profile).args(["--headless", "--convert-to", kind]).args(how);
    office.args(["--outdir", "seen"]).args(files).stdin(Stdio::null());
    // A file, because helpers that outlive LibreOffice would hold a pipe open.
    let log = school.path("office.log");
    let said = File::create(&log).unwrap();
    office.stdout(said.try_clone().unwrap()).stderr(said);
    let status = Limited::start(&mut office).wait().unwrap();
    let said = fs::read_to_string(&log).unwrap();
    assert!(status.success(), "LibreOffice ended with {status}: {said}");
    let seen = files.iter().map(|file| school.path("seen").join(file).with_extension(kind));
    let seen: Vec<PathBuf> = seen.collect();
    assert!(seen.iter().all(|file| file.is_file()), "{said}");
    Some(seen)
}
