//! From a real broker to the roster: `mosquitto_sub | attend map frigate | runner.py -- attend ingest`, whatever dies.

use std::fs;
use std::io::copy;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use crate::common::harness::{School, has, root, run, text, wait_until};
use crate::common::limit::{Limited, ok};

/// mosquitto with a store on disk, at a port of its own.
struct Broker {
    folder: PathBuf,
    port: u16,
    child: Limited,
}

impl Broker {
    fn start(school: &School) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let folder = school.path("");
        school.write(
            "mosquitto.conf",
            format!(
                "listener {port} 127.0.0.1\nallow_anonymous true\npersistence true\npersistence_location {}/\n\
                 autosave_on_changes true\nautosave_interval 1\nuser root\n",
                folder.display()
            ),
        );
        let child = Self::spawn(&folder);
        let broker = Self { folder, port, child };
        broker.wait();
        broker
    }

    fn spawn(folder: &Path) -> Limited {
        let mut mosquitto = Command::new("mosquitto");
        mosquitto.args(["-c", "mosquitto.conf"]).current_dir(folder);
        mosquitto.env("PATH", format!("{}:/usr/sbin", std::env::var("PATH").unwrap_or_default()));
        Limited::start(mosquitto.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()))
    }

    fn wait(&self) {
        wait_until("the broker listens", || TcpStream::connect(("127.0.0.1", self.port)).is_ok());
    }

    /// Dies at once, and is started again.
    fn die(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.child = Self::spawn(&self.folder);
        self.wait();
    }

    /// Publishes a message for each line; ends when the broker has taken all of them.
    fn publish(&self, topic: &str, payloads: &str) {
        let port = self.port.to_string();
        let mut publisher = Command::new("mosquitto_pub");
        publisher.args(["-h", "127.0.0.1", "-p", &port, "-q", "1", "-t", topic, "-l"]);
        let published = run(&mut publisher, payloads);
        assert!(published.status.success(), "{}", text(&published.stderr));
    }

    /// Faces of H000123, one a second since 09:35:00 of Block 2.
    fn faces(&self, seconds: std::ops::Range<u32>) {
        let face = |second| {
            let ts = 1_788_762_900 + second;
            format!(
                "{{\"type\":\"face\",\"id\":\"{second}\",\"name\":\"H000123\",\"score\":0.95,\"camera\":\"gate_1\",\
                 \"timestamp\":{ts}.748393}}\n"
            )
        };
        self.publish("frigate/tracked_object_update", &seconds.map(face).collect::<String>());
    }
}

/// The cable between the subscriber and the broker: a port that passes everything on, until it is cut.
struct Cable {
    port: u16,
    ends: Arc<Mutex<Ends>>,
}

#[derive(Default)]
struct Ends {
    cut: bool,
    open: Vec<TcpStream>,
}

impl Cable {
    fn to(broker: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let ends = Arc::<Mutex<Ends>>::default();
        let shared = Arc::clone(&ends);
        thread::spawn(move || {
            for near in listener.incoming().map_while(Result::ok) {
                let mut ends = shared.lock().unwrap_or_else(PoisonError::into_inner);
                let far = TcpStream::connect(("127.0.0.1", broker));
                if let (false, Ok(far)) = (ends.cut, far) {
                    pass_on(&near, &far);
                    pass_on(&far, &near);
                    ends.open.extend([near, far]);
                }
            }
        });
        Self { port, ends }
    }

    fn cut(&self) {
        let mut ends = self.ends.lock().unwrap_or_else(PoisonError::into_inner);
        ends.cut = true;
        ends.open.drain(..).for_each(|end| drop(end.shutdown(Shutdown::Both)));
    }

    fn mend(&self) {
        self.ends.lock().unwrap_or_else(PoisonError::into_inner).cut = false;
    }
}

fn pass_on(from: &TcpStream, to: &TcpStream) {
    let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
    thread::spawn(move || {
        drop(copy(&mut from, &mut to));
        drop(to.shutdown(Shutdown::Both));
    });
}

/// The pipeline of `docs/connect.md`. `attend ingest` notes its process in `pids` and takes its instant from `now`.
struct Pipeline {
    _processes: Limited,
}

impl Pipeline {
    fn start(school: &School, port: u16) -> Self {
        let runner = root().join("examples/runner.py").display().to_string();
        let ingest = "echo $$ >> pids; ATTEND_NOW=$(cat now) exec attend ingest";
        let script = format!(
            "mosquitto_sub -h 127.0.0.1 -p {port} -i school -c -q 1 -F %j -t 'frigate/#' \
             | attend map frigate | python3 -B {runner} --spool spool -- sh -c '{ingest}'"
        );
        let mut shell = school.program("sh");
        shell.args(["-c", &script]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        Self { _processes: Limited::start(&mut shell) }
    }
}

/// Kills `attend ingest`; the runner starts it again, at the instant in the file `now`.
fn kill_attend(school: &School) {
    let ingest = fs::read_to_string(school.path("pids")).unwrap().lines().last().unwrap().to_owned();
    ok(Command::new("kill").args(["-9", &ingest]));
}

fn status(school: &School, student: &str) -> String {
    let records = school.records("2026-09-07", "2026-09-07");
    let of = |record: &&serde_json::Value| record["student"] == student && record["period"] == "Block 2";
    records.iter().find(of).unwrap()["status"].as_str().unwrap().to_owned()
}

/// Heartbeats of the minutes before, as Frigate's statistics give them.
fn heartbeats() -> String {
    let beat = |minute| {
        let ts = format!("2026-09-07T09:{minute}:00+03:00");
        format!("{{\"type\":\"heartbeat\",\"camera\":\"gate_1\",\"ts\":\"{ts}\",\"snapshot_every\":60}}\n")
    };
    (25..47).map(beat).collect()
}

#[test]
fn everything_the_broker_took_reaches_the_roster_once_whatever_dies() {
    if !has("mosquitto") || !has("mosquitto_pub") || !has("mosquitto_sub") {
        return;
    }
    let mut school = School::example();
    school.at("2026-09-07T09:46:30+03:00").ingest(heartbeats());
    school.write("now", "2026-09-07T09:46:30+03:00");
    school.ok(&["student", "add", "H000103", "Nour Saleh", "--from", "2026-09-01", "--yes"]);
    let mut broker = Broker::start(&school);
    let cable = Cable::to(broker.port);
    let pipeline = Pipeline::start(&school, cable.port);
    // A session of the subscriber begins with its first connection.
    wait_until("subscribed", || {
        broker.publish("frigate/tracked_object_update", "not json {{\n");
        broker.faces(0..1);
        school.stored().len() == 1
    });
    let sample = root().join("tests/data/messages/frigate-tracked_object_update.jsonl");
    broker.publish("frigate/tracked_object_update", &fs::read_to_string(sample).unwrap());
    wait_until("the samples", || school.stored().len() == 3);
    assert_eq!(
        ["H000103", "H000123", "H000101"].map(|student| status(&school, student)),
        ["present", "present", "absent"]
    );

    // attend is killed while faces come.
    thread::scope(|scope| {
        scope.spawn(|| broker.faces(1..20));
        kill_attend(&school);
    });
    wait_until("faces after attend was killed", || school.stored().len() == 22);

    broker.die();
    broker.faces(20..30);
    wait_until("faces after the broker was killed", || school.stored().len() == 32);

    cable.cut();
    broker.faces(30..40);
    assert_eq!(school.stored().len(), 32, "nothing comes through a cable that is cut");
    cable.mend();
    wait_until("faces after the network was cut", || school.stored().len() == 42);

    // The broker keeps messages while the whole pipeline is away.
    drop(pipeline);
    broker.faces(40..50);
    let _again = Pipeline::start(&school, cable.port);
    wait_until("faces of the meantime", || school.stored().len() == 52);

    // Some were sent twice, and none counts twice.
    let records = school.records("2026-09-07", "2026-09-07");
    let ada = records
        .iter()
        .find(|record| record["student"] == "H000123" && record["period"] == "Block 2")
        .unwrap();
    assert_eq!(ada["sightings"], 50);

    broker.publish("frigate/gate_1/status/detect", "offline\n");
    wait_until("the camera says that it is blind", || {
        let list = text(&school.feed(&["health"], "").stdout);
        list.contains("its camera is blind")
    });
    school.at("2026-09-07T09:51:00+03:00");
    let roster = school.ok(&["roster", "now"]);
    assert!(roster.contains("\nunknown: gate_1 blind 09:46–09:50\n"), "{roster}");
    assert_eq!(["H000123", "H000101"].map(|student| status(&school, student)), ["present", "unknown"]);
}
