//! Any order and any repetition of lines, in batches of any size, gives the same records.

use std::fs::File;
use std::io::{self, Write};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use attend::clock::Clock;
use attend::commands::ingest::{Acks, Limits, Request, run};
use attend::domain::evidence::camera::CameraId;
use attend::domain::evidence::record::Record;
use attend::domain::register::feed::Cursor;
use attend::domain::register::status::Entry;
use attend::domain::time::calendar::parse_date;
use attend::domain::timetable::occurrence::Occurrence;
use attend::store::Store;
use proptest::prelude::*;

use crate::common::harness::{NOW, School, seen};
use crate::common::limit::{PATIENCE, ok};

/// A school with overlapping periods, one of them for a group, on Monday 7 September.
pub fn school() -> School {
    let mut school = School::empty();
    school.at("2026-09-07T23:00:00+03:00");
    school.ok(&["init", "--timezone", "Asia/Baghdad"]);
    school.write("roll.csv", "code,name,group\nA,Ada,G7\nB,Ben,G8\nC,Cem,\n");
    school.ok(&["student", "import", "roll.csv"]);
    for (name, start, end, more) in [
        ("Early", "08:00", "08:10", &[][..]),
        ("Math", "08:05", "08:20", &["--groups", "G7"]),
        ("All", "08:12", "08:30", &["--early-grace", "2m", "--late-grace", "1m"]),
    ] {
        let period = ["period", "add", name, "--start", start, "--end", end, "--days", "daily"];
        school.ok(&[&period, more].concat());
    }
    school.ok(&["schedule", "generate", "--from", "2026-09-07", "--days", "1"]);
    school
}

/// A recognition somewhere around these periods: few students, cameras, instants, scores and crops, so that
/// equal instants, two scores or crops for one identity and thresholds happen often.
pub fn line() -> impl Strategy<Value = String> {
    let score = prop_oneof![Just(0.74), Just(0.75), Just(0.76), Just(0.77), Just(0.90), 0.0..1.0f64];
    let chosen = (0..3usize, 0..3usize, 0..70i64, 0..2i64, score, 0..4usize);
    chosen.prop_map(|(student, camera, seconds, micros, score, crop)| {
        let at = chrono::DateTime::parse_from_rfc3339("2026-09-07T07:58:00+03:00").unwrap();
        let at = at + chrono::TimeDelta::seconds(seconds * 30) + chrono::TimeDelta::microseconds(micros);
        let camera = ["c-9", "c-10", "c-2"][camera];
        let line = seen(["A", "B", "C"][student], score, &at.to_rfc3339(), camera);
        let crop = ["", "", r#","crop":"a.jpg""#, r#","crop":"b.jpg""#][crop];
        line.replace("}\n", &format!("{crop}}}\n"))
    })
}

/// Lines as they arrive: which of them, in which order, cut into which streams.
pub fn arrivals() -> impl Strategy<Value = (Vec<String>, Vec<usize>, Vec<usize>)> {
    proptest::collection::vec(line(), 1..60).prop_flat_map(|lines| {
        let all: Vec<usize> = (0..lines.len()).collect();
        let again = proptest::collection::vec(0..lines.len(), 0..20);
        let order = again.prop_map(move |again| [all.clone(), again].concat()).prop_shuffle();
        (Just(lines), order, proptest::collection::vec(1..30usize, 1..5))
    })
}

/// Feeds lines to the library directly: a process for each of so many cases would take minutes.
pub fn ingest(school: &School, lines: &str) {
    stream(school, lines, Limits::default());
}

/// The same with the acks.
fn stream(school: &School, lines: &str, limits: Limits) -> String {
    let file = school.write("lines.jsonl", lines);
    let mut store = Store::open(&school.path("school.db")).unwrap();
    let clock = Clock::new(Some("2026-09-07T23:00:00+03:00".parse().unwrap()));
    let max_wait = Duration::from_secs(5);
    let request = Request { files: vec![file.clone()], acks: Acks::All, key: None, max_wait, limits };
    let mut acks = Vec::new();
    run(&mut store, request, clock, &mut acks, &|_| {}).unwrap();
    // Acks name the file, and every school is in a folder of its own.
    String::from_utf8(acks).unwrap().replace(&file.display().to_string(), "lines.jsonl")
}

/// Everything the register says of the day.
pub fn register(school: &School) -> Vec<String> {
    use attend::commands::{Caller, export};
    let mut store = Store::open(&school.path("school.db")).unwrap();
    let day = parse_date("2026-09-07").unwrap();
    let of = export::Occurrences::Begun(Some(day..=day));
    let request = export::Records {
        of,
        period: None,
        groups: Default::default(),
        students: vec![],
        statuses: vec![],
        whole_days: false,
    };
    let caller = Caller { by: "test".into(), now: "2026-09-07T23:00:00+03:00".parse().unwrap() };
    let mut rows = Rows::default();
    export::records(&mut store, &request, &caller, &mut rows).unwrap();
    rows.0
}

/// Every stored recognition and record. Cameras are named, because their ids depend on the order of arrival.
fn stored(school: &School) -> Vec<String> {
    let conn = rusqlite::Connection::open(school.path("school.db")).unwrap();
    let name = |column: &str| format!("ifnull((SELECT name FROM camera WHERE id = {column}), '-')");
    let joined = |columns: &[&str]| {
        let columns = columns.iter().map(|column| format!("ifnull({column}, '-')"));
        columns.collect::<Vec<_>>().join(" || ' ' || ")
    };
    let recognition = joined(&["ts", "student", &name("camera"), "score", "crop", "crop_score"]);
    let seen = [
        "first_seen",
        "last_seen",
        "sightings",
        "best_seen",
        "best_score",
        &name("best_camera"),
        "best_crop",
    ];
    let low = ["low_sightings", "low_first", "low_last", "low_seen", "low_score", &name("low_camera")];
    let record = joined(&[&["occurrence", "student"], &seen[..], &low[..]].concat());
    let sql =
        format!("SELECT {recognition} FROM recognition UNION ALL SELECT {record} FROM record ORDER BY 1");
    let mut stmt = conn.prepare(&sql).unwrap();
    stmt.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

/// Every row in words. The identities of cameras are left out, because they depend on the order of arrival.
#[derive(Default)]
struct Rows(Vec<String>);

impl attend::commands::export::RecordTaker for Rows {
    fn begin(&mut self, _: &[attend::commands::export::Covered], _: Cursor) -> attend::failure::Result<()> {
        Ok(())
    }

    fn empty(&mut self, _: &Occurrence) -> attend::failure::Result<()> {
        Ok(())
    }

    fn row(
        &mut self,
        (occurrence, _): &attend::commands::export::Covered,
        entry: &Entry,
    ) -> attend::failure::Result<()> {
        let mut entry = entry.clone();
        let Record { seen, low } = &mut entry.record;
        let cameras =
            [seen.as_mut().map(|seen| &mut seen.best_camera), low.as_mut().map(|low| &mut low.best_camera)];
        for camera in cameras.into_iter().flatten() {
            Arc::make_mut(camera).id = CameraId::default();
        }
        self.0.push(format!("{} {entry:?}", occurrence.period));
        Ok(())
    }
}

/// A database with nothing seen yet, copied for every case.
pub fn fresh(template: &School, now: &str) -> School {
    let mut school = School::empty();
    school.at(now);
    std::fs::copy(template.path("school.db"), school.path("school.db")).unwrap();
    school
}

#[test]
fn any_order_and_any_repetition_gives_the_same_state_crops_included() {
    let template = school();
    let config = ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |((lines, order, cuts) in arrivals())| {
        let sorted = fresh(&template, NOW);
        let mut in_time: Vec<&String> = lines.iter().collect();
        in_time.sort_by_key(|line| line.split("\"ts\":\"").nth(1).map(str::to_owned));
        ingest(&sorted, &in_time.into_iter().map(String::as_str).collect::<String>());

        let shuffled = fresh(&template, NOW);
        let mut rest = &order[..];
        for cut in cuts.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (now, later) = rest.split_at(rest.len().min(*cut));
            ingest(&shuffled, &now.iter().map(|index| lines[*index].as_str()).collect::<String>());
            rest = later;
        }
        prop_assert_eq!(register(&sorted), register(&shuffled));
        prop_assert_eq!(stored(&sorted), stored(&shuffled));
    });
}

/// Timelines, students and records stay in memory from batch to batch. Dropping them when there are too many changes
/// nothing, and neither does the number of batches, or of the rounds in which a batch of late lines is read.
#[test]
fn any_cache_size_gives_the_same_acks_and_the_same_state() {
    // Long lines, so that a batch has few of them: a read takes 64 KiB, and a batch at least one read.
    let long = |line: &String| format!("{}{}}}\n", &line[..line.len() - 2], " ".repeat(12_000));
    let template = school();
    let config = ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() };
    let rounds = 1..40usize;
    proptest!(config, |((lines, order, _) in arrivals(), timelines in 0..40usize, cached in 0..4usize, batch_late in rounds)| {
        let arrived: String = order.iter().map(|index| long(&lines[*index])).collect();
        let at_once = fresh(&template, NOW);
        let limits = Limits { batch: 1_000, ..Limits::default() };
        let acks = stream(&at_once, &order.iter().map(|index| lines[*index].as_str()).collect::<String>(), limits);

        let in_batches = fresh(&template, NOW);
        let limits = Limits { batch: 1, batch_alone: 1, batch_scattered: 1, batch_late, timelines, cached };
        prop_assert_eq!(stream(&in_batches, &arrived, limits), acks);
        prop_assert_eq!(register(&in_batches), register(&at_once));
        prop_assert_eq!(stored(&in_batches), stored(&at_once));
    });
}

/// Acks as they are written.
struct Told(mpsc::Sender<String>);

impl Write for Told {
    fn write(&mut self, acks: &[u8]) -> io::Result<usize> {
        self.0.send(String::from_utf8_lossy(acks).into_owned()).map_err(|_| io::ErrorKind::BrokenPipe)?;
        Ok(acks.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A batch of late lines waits for those that come at once, but not for a sender that waits for acks.
#[test]
fn a_sender_of_late_lines_may_wait_for_each_ack() {
    let school = fresh(&school(), NOW);
    let pipe = school.path("pipe");
    ok(school.program("mkfifo").arg(&pipe));
    let (told, acks) = mpsc::channel();
    let (database, from) = (school.path("school.db"), pipe.clone());
    let ingest = thread::spawn(move || {
        let limits = Limits { batch: 1, batch_late: 1_000, ..Limits::default() };
        let max_wait = Duration::from_secs(5);
        let request = Request { files: vec![from], acks: Acks::All, key: None, max_wait, limits };
        let clock = Clock::new(Some("2026-09-07T23:00:00+03:00".parse().unwrap()));
        run(&mut Store::open(&database).unwrap(), request, clock, &mut Told(told), &|_| {}).unwrap()
    });
    let mut input = File::options().write(true).open(&pipe).unwrap();
    let minutes = [9, 8, 7, 6, 5, 4];
    for minute in minutes {
        let line = seen("A", 0.9, &format!("2026-09-07T08:0{minute}:00+03:00"), "c-1");
        // The rest of the line before, and the beginning of one.
        input.write_all(format!("}}\n{line}{{\"camera\":\"c-1\"").as_bytes()).unwrap();
        while !acks.recv_timeout(PATIENCE).expect("no ack came").contains("\"accepted\":true") {}
    }
    drop(input);
    assert_eq!(ingest.join().unwrap().counted, minutes.len());
}
