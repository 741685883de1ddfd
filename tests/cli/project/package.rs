//! The package for Debian: built, and installed into a root of its own.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::Command;

use crate::common::harness::{School, has, root, text};
use crate::common::limit::{ok, output};

/// Builds the package around the program under test, in a folder that stands for target/.
fn build(school: &School) -> String {
    fs::create_dir_all(school.path("target/release")).unwrap();
    let (program, package) = (school.path("target/release/attend"), school.path("attend.deb"));
    ok(Command::new("strip").arg("-o").arg(program).arg(env!("CARGO_BIN_EXE_attend")));
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["deb", "--no-build", "--no-strip", "--fast", "--output"]).arg(&package);
    ok(cargo
        .current_dir(root())
        .env("CARGO_TARGET_DIR", school.path("target"))
        .env("CARGO_NET_OFFLINE", "true"));
    package.to_str().unwrap().to_owned()
}

/// A root in which nothing is installed, and dpkg for it.
fn dpkg(root: &Path) -> Command {
    let mut dpkg = Command::new("dpkg");
    dpkg.arg(format!("--root={}", root.display()));
    dpkg.args(["--force-script-chrootless", "--force-depends", "--log=/dev/null"]);
    dpkg
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())).permissions().mode()
        & 0o7777
}

#[test]
fn the_package_installs_runs_and_leaves_the_register_alone() {
    if ["cargo-deb", "dpkg", "strip", "systemd-sysusers", "systemd-tmpfiles"]
        .iter()
        .any(|program| !has(program))
    {
        return;
    }
    let school = School::empty();
    let package = build(&school);
    if has("lintian") {
        let output = output(Command::new("lintian").arg(&package));
        let said = text(&output.stdout);
        let found: Vec<&str> =
            said.lines().filter(|line| line.starts_with("E: ") || line.starts_with("W: ")).collect();
        assert!(found.is_empty(), "{}", found.join("\n"));
    }
    let about = ok(Command::new("dpkg-deb").args(["--field", &package]));
    assert!(about.contains(&format!("Version: {}-1\n", env!("CARGO_PKG_VERSION"))), "{about}");

    let into = school.path("root");
    if fs::metadata(school.path("")).unwrap().uid() != 0 {
        return ok(Command::new("dpkg-deb").args(["-x", &package]).arg(&into)).clear();
    }
    for folder in ["var/lib/dpkg/updates", "var/lib/dpkg/info", "var/lib/dpkg/triggers", "etc"] {
        fs::create_dir_all(into.join(folder)).unwrap();
    }
    fs::write(into.join("var/lib/dpkg/status"), "").unwrap();
    ok(dpkg(&into).args(["--install", &package]));

    assert!(fs::read_to_string(into.join("etc/passwd")).unwrap().starts_with("attend:"));
    for (path, expected) in [
        ("usr/bin/attend", 0o755),
        ("usr/lib/systemd/system/attend-nightly.timer", 0o644),
        ("usr/lib/systemd/system/attend-.service.d/hardening.conf", 0o644),
        ("usr/lib/systemd/system/attend-ingest@.service", 0o644),
        ("usr/share/man/man1/attend-student-import.1.gz", 0o644),
        ("usr/share/bash-completion/completions/attend", 0o644),
        ("usr/share/zsh/vendor-completions/_attend", 0o644),
        ("usr/share/fish/vendor_completions.d/attend.fish", 0o644),
        ("usr/share/doc/attend/copyright", 0o644),
        ("usr/share/doc/attend/docs/operations.md", 0o644),
        ("etc/attend", 0o750),
        ("var/lib/attend", 0o700),
    ] {
        assert_eq!(mode(&into.join(path)), expected, "{path}");
    }
    assert_ne!(fs::metadata(into.join("var/lib/attend")).unwrap().uid(), 0);
    assert!(!into.join("etc/systemd").exists(), "no unit is enabled");
    assert_eq!(ok(Command::new(into.join("usr/bin/attend")).arg("-V")), school.ok(&["-V"]));

    fs::write(into.join("var/lib/attend/school.db"), "the register").unwrap();
    ok(dpkg(&into).args(["--purge", "attend"]));
    assert!(!into.join("usr").exists());
    assert_eq!(fs::read_to_string(into.join("var/lib/attend/school.db")).unwrap(), "the register");
}

#[test]
fn the_scripts_of_the_package_are_sound() {
    if has("shellcheck") {
        let scripts = ["postinst", "prerm", "postrm"].map(|name| root().join("examples/debian").join(name));
        ok(Command::new("shellcheck").args(scripts));
    }
}

#[test]
fn the_changelog_and_the_licences_are_those_of_the_release() {
    let changelog = fs::read_to_string(root().join("docs/changelog.md")).unwrap();
    let (_, latest) = changelog.split_once("\n## ").unwrap();
    assert!(latest.starts_with(env!("CARGO_PKG_VERSION")), "the latest version of docs/changelog.md");
    let debian = fs::read_to_string(root().join("examples/debian/changelog")).unwrap();
    assert!(debian.starts_with(&format!("attend ({}-1) ", env!("CARGO_PKG_VERSION"))), "{debian}");
    let mit = fs::read_to_string(root().join("LICENSE-MIT")).unwrap();
    let copyright = fs::read_to_string(root().join("examples/debian/copyright")).unwrap();
    let words =
        |text: &str| text.split_whitespace().filter(|word| *word != ".").collect::<Vec<_>>().join(" ");
    let (_, terms) = mit.split_once("\n\nPermission").unwrap();
    assert!(words(&copyright).contains(&words(terms)));
    assert!(root().join("LICENSE-APACHE").is_file());
}
