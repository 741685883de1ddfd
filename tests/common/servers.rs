//! Servers on this machine that mail and Slack messages are sent to, and the authority behind their
//! certificates.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::common::harness::{School, has, root, text, wait_for, wait_until};
use crate::common::limit::{Limited, ok, output};

/// A server in its own process, which ends when this is dropped.
pub struct Server {
    _process: Limited,
    folder: PathBuf,
    pub port: u16,
}

impl Server {
    fn start(school: &School, program: &str, options: &[&str]) -> Self {
        let folder =
            (0..).map(|n| school.path(&format!("{program}-{n}"))).find(|path| !path.exists()).unwrap();
        fs::create_dir(&folder).unwrap();
        let mut command = Command::new("python3");
        command.arg(root().join("tests/servers").join(program)).arg(&folder).args(options);
        let mut process = Limited::start(command.stdin(Stdio::piped()).stdout(Stdio::piped()));
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { _process: process, folder, port: line.trim().parse().expect("the server says its port") }
    }

    /// A mail server; see `tests/servers/smtp.py` for its options. `None` where aiosmtpd is not here.
    pub fn smtp(school: &School, options: &[&str]) -> Option<Self> {
        has_aiosmtpd().then(|| Self::start(school, "smtp.py", options))
    }

    /// A webhook; see `tests/servers/web.py`.
    pub fn web(school: &School, options: &[&str]) -> Self {
        Self::start(school, "web.py", options)
    }

    /// Lets a webhook answer like this from now on.
    pub fn answer(&self, answer: &str) {
        fs::write(self.folder.join("answer"), answer).unwrap();
    }

    /// Lets a webhook accept requests without answering.
    pub fn hold(&self) {
        fs::write(self.folder.join("hold"), "").unwrap();
    }

    /// Lets a held mail go.
    pub fn go(&self) {
        fs::write(self.folder.join("go"), "").unwrap();
    }

    /// Everything that arrived, in order: what was posted, or mails with their headers.
    pub fn arrived(&self) -> Vec<String> {
        let file = |n: usize| {
            let names =
                ["eml", "post", "put", "get", "connect"].map(|kind| self.folder.join(format!("{n}.{kind}")));
            names.iter().find_map(|name| fs::read(name).ok())
        };
        (1..).map_while(file).map(|bytes| text(&bytes)).collect()
    }

    /// A header of the nth request to a webhook.
    pub fn header(&self, n: usize, name: &str) -> String {
        let head = fs::read_to_string(self.folder.join(format!("{n}.head"))).unwrap();
        let value = head.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")));
        value.unwrap_or_default().to_owned()
    }

    /// The envelopes of the mails that arrived: sender and recipients.
    pub fn envelopes(&self) -> Vec<String> {
        (1..).map_while(|n| fs::read_to_string(self.folder.join(format!("{n}.to"))).ok()).collect()
    }

    /// Waits until so many messages have arrived.
    pub fn wait_for(&self, count: usize) {
        wait_until(&format!("{count} messages"), || self.arrived().len() >= count);
    }
}

fn has_aiosmtpd() -> bool {
    let found = output(Command::new("python3").args(["-c", "import aiosmtpd"])).status.success();
    assert!(found || std::env::var_os("ATTEND_TEST_ALL").is_none(), "aiosmtpd is not installed");
    if !found {
        let _ = writeln!(std::io::stderr(), "skipped: this test needs aiosmtpd");
    }
    found
}

/// A server that accepts connections and never answers. No code runs, because the system accepts them.
pub fn silent() -> (TcpListener, u16) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

/// The next caller of such a server.
pub fn caller(listener: &TcpListener) -> TcpStream {
    listener.set_nonblocking(true).unwrap();
    wait_for("a call", || listener.accept().ok()).0
}

/// A port without a listener. It stays reserved, because a free port could be taken by another test.
pub const CLOSED: u16 = 1;

const AUTHORITY: &str = "
    curve='-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes'
    openssl req -x509 $curve -keyout ca.key -out ca.pem -subj '/CN=Green Valley' -days 3650
    openssl req $curve -keyout localhost.key -out localhost.csr -subj /CN=localhost
    printf 'subjectAltName=DNS:localhost' >names
    openssl x509 -req -in localhost.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 3650 -extfile names -out localhost.pem";

/// A private authority in the school's folder: `ca.pem`, and `localhost.pem` with its key. `false` if
/// openssl is missing.
pub fn authority(school: &School) -> bool {
    if !has("openssl") {
        return false;
    }
    ok(Command::new("sh").args(["-euc", AUTHORITY]).current_dir(school.path("")));
    true
}
