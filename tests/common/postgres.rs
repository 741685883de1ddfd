//! A real PostgreSQL in a temporary folder. Every wait for it has a limit, and it ends with the thread that started it.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::harness::{School, has, root, text, wait_until};
use super::limit::{LONG_PATIENCE, Limited, ok, output};

/// A server that listens on a socket in a folder of its own.
pub struct Postgres {
    folder: PathBuf,
    server: Limited,
    _kept: TempDir,
}

/// The server's own settings. A session that waits for a lock or computes for longer than a minute is in error.
const SETTINGS: [&str; 6] = [
    "listen_addresses=",
    "fsync=off",
    "statement_timeout=60s",
    "lock_timeout=60s",
    "idle_in_transaction_session_timeout=60s",
    "max_connections=80",
];

impl Postgres {
    /// Starts one, if it is installed.
    pub fn start() -> Option<Self> {
        let programs = programs()?;
        let kept = tempfile::Builder::new().permissions(Permissions::from_mode(0o755)).tempdir().unwrap();
        let folder = kept.path().join("pg");
        fs::create_dir(&folder).unwrap();
        let user = Owner::of_server();
        user.own(&folder);
        let data = folder.join("data");
        let mut made = user.command(&programs.join("initdb"));
        made.arg("-D").arg(&data).args([
            "-A",
            "trust",
            "-U",
            "owner",
            "-E",
            "UTF8",
            "--locale=C",
            "--no-sync",
        ]);
        ok(made.current_dir(&folder).env("LC_ALL", "C"));

        let mut server = user.command(&programs.join("postgres"));
        server.arg("-D").arg(&data).arg("-k").arg(&folder);
        server.args(SETTINGS.iter().flat_map(|setting| ["-c", setting]));
        // A log file and not a pipe: its workers would hold a pipe open for as long as they live.
        let log = File::create(folder.join("log")).unwrap();
        server.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        let server = Limited::within(LONG_PATIENCE, server.current_dir(&folder).env("LC_ALL", "C"));
        let postgres = Self { folder, server, _kept: kept };
        wait_until("PostgreSQL answers", || postgres.ask("owner", "SELECT 1").is_ok());
        Some(postgres)
    }

    /// The answer to a query, without a heading.
    pub fn ask(&self, user: &str, sql: &str) -> Result<String, String> {
        let mut psql = Command::new("psql");
        psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-U", user, "-d", "postgres", "-h"]);
        let answer = output(psql.arg(&self.folder).args(["-c", sql]));
        if answer.status.success() { Ok(text(&answer.stdout)) } else { Err(text(&answer.stderr)) }
    }

    /// The answer to a query of the owner, which must succeed.
    pub fn owner(&self, sql: &str) -> String {
        self.ask("owner", sql).unwrap()
    }

    /// A school's job, which has not started.
    pub fn job(&self, school: &School, role: &str) -> Command {
        let mut job = self.client(school, "sh", role);
        job.arg(root().join("examples/district/load.sh")).env("PGDATABASE", "postgres");
        job
    }

    /// A program in a school's folder that connects to the server as `role`.
    pub fn client(&self, school: &School, program: &str, role: &str) -> Command {
        let mut client = school.program(program);
        client.stdin(Stdio::null()).env("TMPDIR", school.path("")).env("TZDIR", school.path(""));
        client.env("PGHOST", &self.folder).env("PGUSER", role);
        client
    }

    /// Runs a school's job. Whether it succeeded.
    pub fn load(&self, school: &School, role: &str) -> bool {
        output(&mut self.job(school, role)).status.success()
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // SIGQUIT: it ends at once, and so do its workers. Otherwise it is killed.
        output(Command::new("kill").args(["-s", "QUIT", &self.server.id().to_string()]));
        for _ in 0..500 {
            if !matches!(self.server.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }
}

/// The user that the server runs as: not root, which it refuses.
struct Owner(Option<(u32, u32)>);

impl Owner {
    fn of_server() -> Self {
        if fs::metadata("/proc/self").unwrap().uid() != 0 {
            return Self(None);
        }
        let id = |flag: &str| {
            let found = ok(Command::new("id").args([flag, "postgres"]));
            found.trim().parse::<u32>().unwrap()
        };
        Self(Some((id("-u"), id("-g"))))
    }

    fn own(&self, folder: &Path) {
        if let Self(Some((user, group))) = self {
            chown(folder, Some(*user), Some(*group)).unwrap();
        }
    }

    /// A program of this user that is stopped when the thread that started it ends, even if the test is killed.
    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "QUIT"]);
        if let Self(Some((user, group))) = self {
            command.args([
                format!("--reuid={user}"),
                format!("--regid={group}"),
                "--clear-groups".to_owned(),
            ]);
        }
        command.arg("--").arg(program);
        command
    }
}

/// The folder of the server's programs, which Debian keeps off the path.
fn programs() -> Option<PathBuf> {
    let installed = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let debian = installed.map(|version| version.path().join("bin")).find(|bin| bin.join("initdb").is_file());
    debian.or_else(|| has("initdb").then(PathBuf::new))
}
