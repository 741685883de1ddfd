//! `attend health --notify` and `attend alert`: changes are reported to people once.

use std::fmt::Write as _;
use std::fs;
use std::io::Read as _;
use std::process::Stdio;

use attend::domain::evidence::camera::{Camera, CameraId, History, Vitals};
use attend::domain::evidence::runner::Runner;
use attend::domain::time::calendar::{Closure, local_date, parse_dates, parse_zone};
use attend::domain::time::zone::RuleSet;
use attend::domain::time::{Instant, Span};
use attend::domain::timetable::occurrence::{Occurrence, OccurrenceId, Timetable};
use attend::domain::timetable::period::{Groups, Period};
use attend::domain::timetable::schedule::{self, Existing, PeriodId, Template, plan};
use attend::domain::watch::alerts::{Memory, Policy, step};
use attend::domain::watch::checks::examine;
use attend::domain::watch::health::{Facts, FileSizes, Limits, Refusals, Waiting};
use attend::domain::watch::job::{Job, JobOutcome, JobSource, LastError, Run};
use attend::report::watch::alert::message;
use rusqlite::Connection;
use serde_json::Value;

use crate::common::harness::{School, root, text, wait_until};
use crate::common::limit::Limited;
use crate::common::servers::{Server, caller, silent};
use crate::watch::notify::configure;

/// An instant of September 2026 in Baghdad: `07T08:30`.
fn at(text: &str) -> Instant {
    format!("2026-09-{text}:00+03:00").parse().unwrap()
}

/// Whether `now` lies in one of these stretches, their ends not included.
fn within(now: Instant, stretches: &[(&str, &str)]) -> bool {
    stretches.iter().any(|(from, until)| at(from) <= now && now < at(until))
}

// A month of minutes. Sunday to Thursday, Morning 08:00–10:00 and Noon 10:20–13:00. The 20th to the
// 24th are a holiday. The faults are listed here, the alerts that people get in
// tests/data/alerts-month.txt.

/// The times when the runner of a camera is dead although it should be alive.
fn dead(camera: &str, now: Instant) -> bool {
    let everywhere = [("08T09:30", "08T09:50")];
    let alone: &[(&str, &str)] = match camera {
        "gate-1" => &[("07T08:40", "07T09:25"), ("07T09:30", "07T09:32")],
        "gate-2" => &[("09T12:30", "13T09:00")],
        // Unsteady for two hours: two minutes alive, three minutes dead.
        _ if within(now, &[("14T08:30", "14T10:00"), ("14T10:20", "14T10:50")]) => {
            return now.minute() % 5 < 3;
        }
        _ => &[],
    };
    within(now, &everywhere) || within(now, alone)
}

fn error(at: Instant, message: &str) -> LastError {
    LastError { at, fault: None, message: message.to_owned() }
}

/// The job that failed three nights, and another program that was unwell during the holiday.
fn jobs(now: Instant) -> Vec<Job> {
    let nights = (1..31).map(|day| (day, at(&format!("{day:02}T02:00")))).filter(|(_, night)| *night <= now);
    let failed = |day: &i32| (15..18).contains(day);
    let nights: Vec<_> = nights.collect();
    let last = nights.last().copied();
    let unwell = nights.iter().rev().take_while(|(day, _)| failed(day)).last().map(|(_, night)| *night);
    let prune = last.map(|(day, night)| Job {
        name: "prune".into(),
        source: JobSource::Batch,
        last_run: Run {
            started_at: night,
            took: Some(Span::seconds(40)),
            outcome: if failed(&day) { JobOutcome::Failed } else { JobOutcome::Ok },
        },
        last_ok: nights.iter().rev().find(|(day, _)| !failed(day)).map(|(_, night)| *night),
        last_error: nights
            .iter()
            .rev()
            .find(|(day, _)| failed(day))
            .map(|(_, night)| error(*night, "the disk is full")),
        unwell_since: unwell,
        busy_days: 7,
    });
    let unwell = within(now, &[("21T10:00", "23T10:00")]).then(|| at("21T10:00"));
    let enforcer = Job {
        name: "enforcer".into(),
        source: JobSource::Reported,
        last_run: Run {
            started_at: now,
            took: None,
            outcome: if unwell.is_some() { JobOutcome::Failed } else { JobOutcome::Ok },
        },
        last_ok: None,
        last_error: unwell.map(|since| error(since, "camera 3: no route")),
        unwell_since: unwell,
        busy_days: 0,
    };
    prune.into_iter().chain([enforcer]).collect()
}

/// The schedule is complete except for the 28th, which is generated late on the evening before.
fn planned(occurrence: &Occurrence, now: Instant) -> bool {
    occurrence.date.to_string() != "2026-09-28" || now >= at("27T21:30") || now < at("27T00:00")
}

fn period(id: i64, name: &str, start: &str, end: &str) -> Template {
    let time = |text: &str| attend::domain::time::calendar::parse_time(text).unwrap();
    let period = Period {
        name: name.into(),
        order: id,
        start: time(start),
        end: time(end),
        days: "sun-thu".parse().unwrap(),
        early_grace: Span::ZERO,
        late_grace: Span::ZERO,
        late_after: None,
        closes_after: None,
        groups: Groups::default(),
        places: Default::default(),
        enabled: true,
    };
    Template { id: PeriodId(id), period }
}

/// A healthy school on the first of the month, with its whole schedule.
fn school_of_the_month() -> Facts {
    let mut facts = Facts {
        now: at("01T00:00"),
        zone: parse_zone("Asia/Baghdad").unwrap(),
        limits: Limits {
            job_overdue: Span::days(2),
            key_warning: Span::days(14),
            quarantine: 100,
            free_disk: 1 << 30,
            database: None,
        },
        hours: None,
        templates: vec![period(1, "Morning", "08:00", "10:00"), period(2, "Noon", "10:20", "13:00")],
        closures: vec![Closure {
            dates: parse_dates("2026-09-20..2026-09-24").unwrap(),
            reason: "holiday".into(),
        }],
        existing: vec![],
        timetable: Timetable::default(),
        planned_until: None,
        criteria: Default::default(),
        undecided: vec![],
        runners: vec![],
        jobs: vec![],
        keys: vec![],
        sizes: FileSizes::default(),
        refusals: Refusals::default(),
        outdated: 0,
        waiting: Waiting::default(),
        rules: RuleSet::compiled_in(),
        new_rules: None,
    };
    let planner = schedule::Facts {
        templates: &facts.templates,
        closures: &facts.closures,
        existing: &[],
        zone: facts.zone,
        criteria: &Default::default(),
        now: facts.now,
        watermark: None,
        new_rules: None,
    };
    let first = local_date(facts.now, facts.zone);
    let steps = plan(&planner, first..=first + chrono::Days::new(40));
    let created = steps.into_iter().filter(|step| step.action == schedule::Action::Create).enumerate();
    facts.existing = created
        .map(|(nth, step)| {
            let mut occurrence = step.occurrence;
            occurrence.id = OccurrenceId(nth as i64 + 1);
            Existing { occurrence, template: step.template, touched: false }
        })
        .collect();
    facts
}

/// The facts a minute later.
fn live(facts: &mut Facts, all: &[Existing], now: Instant, heard: &mut [(&str, Instant)]) {
    facts.now = now;
    let here = all.iter().filter(|existing| planned(&existing.occurrence, now));
    facts.existing = here.cloned().collect();
    facts.timetable =
        Timetable::new(facts.existing.iter().map(|existing| existing.occurrence.clone()).collect());
    let lesson = !facts.timetable.active(now).is_empty();
    for (camera, heard) in heard.iter_mut() {
        // The enforcer lets runners run while a period is active.
        if lesson && !dead(camera, now) {
            *heard = now;
        }
    }
    let runner = |(nth, (name, heard)): (usize, &(&str, Instant))| Runner {
        camera: Camera {
            id: CameraId(nth as i64),
            name: (*name).into(),
            added_at: at("01T00:00"),
            history: History::default(),
        },
        heartbeat: Some((*heard, Vitals { snapshot_every: Span::seconds(30), ..Vitals::default() })),
        clock: None,
    };
    facts.runners = heard.iter().enumerate().map(runner).collect();
    facts.jobs = jobs(now);
    let full = within(now, &[("22T03:00", "22T03:30")]);
    facts.sizes.free = Some(if full { 50 << 20 } else { 60 << 30 });
}

#[test]
fn a_month_of_minutes_sends_exactly_the_messages_expected() {
    let mut facts = school_of_the_month();
    let all = facts.existing.clone();
    let mut heard = ["gate-1", "gate-2", "hall-1"].map(|name| (name, at("01T00:00")));
    let (mut memory, mut sent): (Vec<Memory>, String) = (Vec::new(), String::new());
    let end = at("30T23:59");
    let mut now = at("01T00:00");
    while now <= end {
        live(&mut facts, &all, now, &mut heard);
        let policy = Policy { after: 3, mutes: &[], open: facts.calendar().is_open(now), now };
        let next = step(memory, &examine(&facts), policy);
        memory = next.memory;
        if !next.news.is_empty() {
            let (subject, text) = message("Green Valley", &next.news, true, now, facts.zone);
            writeln!(sent, "== {subject}\n{text}").unwrap();
        }
        now = now + Span::minutes(1);
    }
    let path = root().join("tests/data/alerts-month.txt");
    if std::env::var_os("ATTEND_BLESS").is_some() {
        fs::write(&path, &sent).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap();
    assert!(sent == expected, "tests/data/alerts-month.txt says otherwise; ATTEND_BLESS=1 writes\n{sent}");
}

// The rest through the program itself: gate-2 is heard no more from 09:56:08 on a Monday morning in Block 2.

fn beat(camera: &str, ts: &str) -> String {
    format!(
        "{{\"type\":\"heartbeat\",\"camera\":\"{camera}\",\"ts\":\"2026-09-07T{ts}+03:00\",\"snapshot_every\":30}}\n"
    )
}

/// Gate-1 is well all morning, gate-2 has died.
fn one_dead() -> School {
    let school = School::example();
    let alive: String = (30..60).map(|minute| beat("gate-1", &format!("09:{minute:02}:00"))).collect();
    school.ingest(alive + &beat("gate-2", "09:56:08"));
    school
}

fn slack_at(school: &School, port: u16) {
    configure(school, &format!("[slack]\nwebhook = 'http://127.0.0.1:{port}/services/s3cret'\n"));
}

const NOTIFY: [&str; 4] = ["--config", "attend.toml", "health", "--notify"];

/// Runs the notification as cron does, at a time of the morning. Returns the exit code. The run must be
/// silent.
fn run_at(school: &mut School, time: &str) -> i32 {
    let output = school.at(&format!("2026-09-07T{time}+03:00")).feed(&NOTIFY, "");
    assert_eq!(text(&output.stdout) + &text(&output.stderr), "", "at {time}");
    output.status.code().unwrap()
}

fn runs_at(school: &mut School, times: &[&str]) {
    for time in times {
        run_at(school, time);
    }
}

fn texts(server: &Server) -> Vec<String> {
    let posted = server.arrived();
    let texts = posted.iter().map(|body| serde_json::from_str::<Value>(body).unwrap()["text"].clone());
    texts.map(|text| text.as_str().unwrap().to_owned()).collect()
}

fn database(school: &School) -> Connection {
    Connection::open(school.path("school.db")).unwrap()
}

#[test]
fn cron_every_minute_reports_a_change_once_and_prints_nothing() {
    let mut school = one_dead();
    let web = Server::web(&school, &[]);
    slack_at(&school, web.port);
    let codes: Vec<i32> = ["58", "59"].map(|minute| run_at(&mut school, &format!("09:{minute}:00"))).into();
    assert_eq!((codes, texts(&web).len()), (vec![1, 1], 0), "two runs are not enough");
    assert_eq!(run_at(&mut school, "09:59:30"), 1);
    insta::assert_snapshot!(texts(&web).join("\n==\n"), @"
    Green Valley School, Mon 7 Sep 2026 09:59

    NEW
    ▲ gate-2 is stale: last heard 09:56:08, limit 1 min
      see: attend runner list

    attend alert ack 'runners:gate-2' stops its reminders; attend alert list shows what is open.
    ");
    for second in 31..40 {
        run_at(&mut school, &format!("09:59:{second}"));
    }
    assert_eq!(texts(&web).len(), 1, "it is told once");
    school.ingest(beat("gate-2", "09:59:40"));
    let codes = [45, 46, 47].map(|second| run_at(&mut school, &format!("09:59:{second}")));
    assert_eq!(codes, [0, 0, 0]);
    assert_eq!(texts(&web).len(), 2);
    insta::assert_snapshot!(texts(&web)[1], @"
    Green Valley School, Mon 7 Sep 2026 09:59

    RESOLVED
    ✓ runners:gate-2 is well again, after 3 min

    attend alert list shows what is open.
    ");
    // Every run was stored under the name of the job.
    let rows: i64 = database(&school)
        .query_row("SELECT count(*) FROM job_run WHERE name = 'health' AND ok", [], |row| row.get(0))
        .unwrap();
    assert_eq!(rows, 15);
}

#[test]
fn a_webhook_alone_gets_alerts_in_its_own_body() {
    let mut school = one_dead();
    let web = Server::web(&school, &[]);
    let body = r#"{"topic": "school", "title": "{{title}}", "message": "{{text}}"}"#;
    configure(&school, &format!("[[webhook]]\nurl = 'http://127.0.0.1:{}/'\nbody = '{body}'\n", web.port));
    runs_at(&mut school, &["09:58:00", "09:59:00", "09:59:30", "09:59:40"]);
    let posted = web.arrived();
    assert_eq!(posted.len(), 1);
    let posted: Value = serde_json::from_str(&posted[0]).unwrap();
    let title = "Green Valley School: gate-2 is stale: last heard 09:56:08, limit 1 min";
    assert_eq!((&posted["topic"], &posted["title"]), (&"school".into(), &title.into()));
    assert!(posted["message"].as_str().unwrap().contains("\nNEW\n▲ gate-2 is stale"), "{posted}");
}

#[test]
fn mail_and_slack_are_each_switched_on_by_being_configured() {
    let mut school = one_dead();
    configure(&school, "");
    insta::assert_snapshot!(school.session(&["--config attend.toml health --notify"]), @"
    $ attend --config attend.toml health --notify
    ! attend: health --notify has no recipients
    ! hint: set mail.alerts_to, slack.webhook, [[webhook]] or alerts.ping_url in attend.toml
    [3]
    ");
    let web = Server::web(&school, &[]);
    let Some(smtp) = Server::smtp(&school, &[]) else { return };
    configure(
        &school,
        &format!(
            "[mail]\nurl = 'smtp://127.0.0.1:{}?tls=none'\nfrom = 'attend@school.example'\n\
             alerts_to = ['ada@school.example', 'office@school.example']\n",
            smtp.port
        ),
    );
    runs_at(&mut school, &["09:58:00", "09:59:00", "09:59:30"]);
    assert_eq!((smtp.envelopes().len(), web.arrived().len()), (2, 0));
    let subject = "\r\nSubject: Green Valley School: gate-2 is stale: last heard 09:56:08, limit 1 min\r\n";
    let mail = smtp.arrived()[0].replace("\r\n ", " ");
    assert!(mail.contains(subject), "{mail}");
}

#[test]
fn a_requested_format_is_printed_with_notify() {
    let mut school = one_dead();
    let web = Server::web(&school, &[]);
    slack_at(&school, web.port);
    let output =
        school.at("2026-09-07T09:58:00+03:00").feed(&[&NOTIFY[..], &["--format", "nagios"]].concat(), "");
    assert!(text(&output.stdout).starts_with("ATTEND WARNING - gate-2 is stale"), "{output:?}");
    // If it cannot read the database, it prints an error, which cron mails.
    insta::assert_snapshot!(school.session(&["--db none.db --config attend.toml health --notify"]), @"
    $ attend --db none.db --config attend.toml health --notify
    ! attend: there is no database at none.db
    ! hint: make one: attend init --timezone ZONE, with the same --db if you named one
    [3]
    ");
}

#[test]
fn alerts_can_be_acknowledged() {
    let mut school = one_dead();
    let web = Server::web(&school, &[]);
    slack_at(&school, web.port);
    run_at(&mut school, "09:58:00");
    insta::assert_snapshot!(school.session(&["alert list"]), @"
    $ attend alert list
     CHECK           STATE  SEVERITY  SINCE  TOLD  ACK  MUTED UNTIL  SEEN
     runners:gate-2  ▲ new  warning   09:56                          gate-2 is stale: last heard 09:56:08, limit 1 min
    ");
    run_at(&mut school, "09:59:00");
    run_at(&mut school, "09:59:30");
    insta::assert_snapshot!(school.session(&[
        "alert list",
        "alert ack runners:gate-1",
        "alert ack runner",
        "-v alert ack runners --by ms-lee",
        "alert mute runners:gate-2 3d",
        "alert mute jobs 2026-09-13",
        "alert mute jobs yesterday",
        "alert mute jobs 2026-09-07T09:00:00+03:00",
        "alert list",
        "alert list --format csv",
        "alert unmute runners:gate-2",
        "-v alert unmute runners:gate-2",
        "health --format nagios",
    ]).lines().map(|line| line.split(" | ").next().unwrap().to_owned() + "\n").collect::<String>(), @r#"
    $ attend alert list
     CHECK           STATE   SEVERITY  SINCE  TOLD   ACK  MUTED UNTIL  SEEN
     runners:gate-2  ▲ told  warning   09:56  09:59                    gate-2 is stale: last heard 09:56:08, limit 1 min
    $ attend alert ack runners:gate-1
    ! attend: runners:gate-1 has no open problem
    ! hint: attend alert list shows what is open
    [1]
    $ attend alert ack runner
    ! error: invalid value 'runner' for '<CHECK>': no check is called "runner"
    ! hint: did you mean "runners"?
    !
    ! For more information, try '--help'.
    [2]
    $ attend -v alert ack runners --by ms-lee
    ! 1 problem acknowledged
    $ attend alert mute runners:gate-2 3d
    $ attend alert mute jobs 2026-09-13
    $ attend alert mute jobs yesterday
    ! attend: the instant must be in the future
    ! hint: give a future time, such as 2h or 2026-09-13
    [2]
    $ attend alert mute jobs 2026-09-07T09:00:00+03:00
    ! attend: the instant must be in the future
    ! hint: give a future time, such as 2h or 2026-09-13
    [2]
    $ attend alert list
     CHECK           STATE    SEVERITY  SINCE  TOLD   ACK     MUTED UNTIL  SEEN
     runners:gate-2  ▲ told   warning   09:56  09:59  ms-lee  Thu 09:59    gate-2 is stale: last heard 09:56:08, limit 1 min
     jobs            · quiet                                  Sun 00:00    muted by admin
    $ attend alert list --format csv
    check,state,severity,since,told_at,acked_by,muted_until,seen␍
    runners:gate-2,told,warning,2026-09-07T09:56:08+03:00,2026-09-07T09:59:30+03:00,ms-lee,2026-09-10T09:59:30+03:00,"gate-2 is stale: last heard 09:56:08, limit 1 min"␍
    jobs,quiet,,,,,2026-09-13T00:00:00+03:00,␍
    $ attend alert unmute runners:gate-2
    $ attend -v alert unmute runners:gate-2
    ! it was not muted
    $ attend health --format nagios
    ATTEND WARNING - gate-2 is stale: last heard 09:56:08, limit 1 min
    [1]
    "#);
    // The next day it still lasts. The ack suppresses the reminder, until a higher severity cancels the ack.
    school.at("2026-09-08T10:00:00+03:00").ingest(beat("gate-1", "10:00:00").replace("09-07", "09-08"));
    school.feed(&NOTIFY, "");
    assert_eq!(texts(&web).len(), 1);
    database(&school).execute_batch("UPDATE alert SET acked_by = NULL").unwrap();
    school.feed(&NOTIFY, "");
    assert!(texts(&web)[1].contains("STILL\n▲ gate-2 is stale: last heard Mon 09:56, limit 1 min\n"));
}

/// The camera is still dead, under its new name and out of service.
#[test]
fn a_camera_that_is_renamed_or_retired_is_not_well_again() {
    for edit in [&["camera", "edit", "gate-2", "--name", "gate-9"][..], &["camera", "retire", "gate-2"]] {
        let mut school = one_dead();
        let web = Server::web(&school, &[]);
        slack_at(&school, web.port);
        runs_at(&mut school, &["09:58:00", "09:59:00", "09:59:30"]);
        assert_eq!(texts(&web).len(), 1);
        school.ok(&["alert", "ack", "runners:gate-2"]);
        school.ok(&["alert", "mute", "clock:gate-2", "3d"]);
        school.ok(edit);
        let open = school.ok(&["alert", "list"]);
        assert_eq!(open.contains("runners:gate-9"), edit[1] == "edit", "{open}");
        assert_eq!(open.contains("clock:gate-9"), edit[1] == "edit", "{open}");
        for minute in ["10:00:30", "10:01:00", "10:01:30", "10:02:00"] {
            school.ingest(beat("gate-1", minute));
            run_at(&mut school, minute);
        }
        let told = texts(&web).concat();
        assert!(!told.contains("well again"), "{told}");
    }
}

#[test]
fn a_check_without_a_start_uses_the_stored_one() {
    let mut school = one_dead();
    let web = Server::web(&school, &[]);
    slack_at(&school, web.port);
    school.ok(&["settings", "set", "min_free_disk", "1000000000"]);
    let since = |school: &School| {
        let health = school.feed(&["health", "--format", "json"], "").stdout;
        let health: Value = serde_json::from_slice(&health).unwrap();
        assert_eq!(health["rows"][0]["check"], "disk");
        health["rows"][0]["since"].clone()
    };
    assert_eq!(since(&school), Value::Null);
    runs_at(&mut school, &["09:58:00", "09:59:00"]);
    assert_eq!(since(&school), "2026-09-07T09:58:00+03:00");
}

#[test]
fn muted_subjects_send_no_messages() {
    let mut school = one_dead();
    let web = Server::web(&school, &[]);
    slack_at(&school, web.port);
    school.at("2026-09-07T09:57:00+03:00").ok(&["alert", "mute", "runners:gate-2", "2m"]);
    runs_at(&mut school, &["09:58:00", "09:58:10", "09:58:20", "09:58:59"]);
    assert_eq!(texts(&web).len(), 0);
    run_at(&mut school, "09:59:00");
    assert_eq!(texts(&web).len(), 1, "the mute has ended and it is still true");
}

/// Counts of stored alerts and of waiting messages.
fn stored(school: &School) -> (i64, i64) {
    let conn = database(school);
    let runs = conn.query_row("SELECT coalesce(max(runs), 0) FROM alert", [], |row| row.get(0)).unwrap();
    (runs, conn.query_row("SELECT count(*) FROM message", [], |row| row.get(0)).unwrap())
}

#[test]
fn alerts_and_messages_are_stored_in_one_transaction() {
    let mut school = one_dead();
    let web = Server::web(&school, &[]);
    slack_at(&school, web.port);
    runs_at(&mut school, &["09:58:00", "09:59:00"]);
    // If the message cannot be stored, the alert is not stored either.
    let broken = "CREATE TRIGGER broken BEFORE INSERT ON message BEGIN SELECT RAISE(ABORT, 'no more'); END";
    database(&school).execute_batch(broken).unwrap();
    let output = school.at("2026-09-07T09:59:30+03:00").feed(&NOTIFY, "");
    let said = text(&output.stderr);
    assert!(
        output.status.code() == Some(3) && said.ends_with("school.db: database error: no more\n"),
        "{said}"
    );
    assert_eq!(stored(&school), (2, 0));
    database(&school).execute_batch("DROP TRIGGER broken").unwrap();
    run_at(&mut school, "09:59:31");
    assert_eq!((stored(&school), texts(&web).len()), ((3, 1), 1));
}

#[test]
fn killed_at_any_step_it_neither_loses_nor_repeats() {
    let mut school = one_dead();
    let web = Server::web(&school, &[]);
    slack_at(&school, web.port);
    runs_at(&mut school, &["09:58:00", "09:59:00"]);

    // Before anything is stored: another writer holds it back, then it is killed.
    let writer = database(&school);
    writer.execute_batch("BEGIN IMMEDIATE").unwrap();
    school.at("2026-09-07T09:59:30+03:00");
    let mut process = Limited::start(&mut school.command(&NOTIFY));
    let lock = school.path(".school.db.health.lock");
    let own = process.id().to_string();
    wait_until("its lock", || fs::read_to_string(&lock).is_ok_and(|pid| pid.trim() == own));
    process.kill().unwrap();
    process.wait().unwrap();
    writer.execute_batch("ROLLBACK").unwrap();
    assert_eq!(stored(&school), (2, 0));

    // After it is stored, before it is sent: the server lets it in and says nothing, then it is killed.
    let (mute_server, port) = silent();
    slack_at(&school, port);
    let mut process = Limited::start(&mut school.command(&NOTIFY));
    let connection = caller(&mute_server);
    process.kill().unwrap();
    process.wait().unwrap();
    drop(connection);
    assert_eq!(stored(&school), (3, 1));
    slack_at(&school, web.port);
    run_at(&mut school, "09:59:31");
    assert_eq!((stored(&school), texts(&web).len()), ((4, 1), 0), "its claim still holds");
    school.at("2026-09-07T10:10:00+03:00").ingest(beat("gate-1", "10:10:00"));
    run_at(&mut school, "10:10:00");
    run_at(&mut school, "10:10:01");
    assert_eq!((stored(&school).1, texts(&web).len()), (1, 1), "once");
}

#[test]
fn only_an_unconfirmed_message_may_come_twice() {
    let mut school = one_dead();
    let (server, port) = silent();
    slack_at(&school, port);
    runs_at(&mut school, &["09:58:00", "09:59:00"]);
    school.at("2026-09-07T09:59:30+03:00");
    let mut process = Limited::start(school.command(&NOTIFY).stderr(Stdio::null()));
    let mut connection = caller(&server);
    let (mut request, mut buffer) = (Vec::new(), [0; 4096]);
    while !text(&request).ends_with('}') {
        let read = connection.read(&mut buffer).unwrap();
        request.extend(&buffer[..read]);
    }
    process.kill().unwrap();
    process.wait().unwrap();
    let web = Server::web(&school, &[]);
    slack_at(&school, web.port);
    for time in ["10:10:00", "10:19:00"] {
        school.at(&format!("2026-09-07T{time}+03:00")).ingest(beat("gate-1", time));
        run_at(&mut school, time);
    }
    assert_eq!(web.arrived().len(), 1);
    assert!(text(&request).ends_with(&web.arrived()[0]), "the same message, to the byte");
}

/// The error of a runner may name a student.
#[test]
fn words_of_runners_are_told_only_where_alerts_may_name_students() {
    for (names, told) in [("", false), ("[alerts]\nnames = true\n", true)] {
        let mut school = one_dead();
        let web = Server::web(&school, &[]);
        let slack = format!("[slack]\nwebhook = 'http://127.0.0.1:{}/services/s3cret'\n", web.port);
        configure(&school, &(slack + names));
        school.at("2026-09-07T10:00:00+03:00").ingest(
            "{\"type\":\"heartbeat\",\"camera\":\"gate-1\",\"snapshot_every\":60,\"last_error\":\"no face of Ada Karim\"}\n",
        );
        runs_at(&mut school, &["10:00:10", "10:00:20", "10:01:00"]);
        let texts = texts(&web).join("\n");
        assert!(texts.contains("gate-1"), "{texts}");
        assert_eq!(texts.contains("Ada Karim"), told, "{names}: {texts}");
    }
}

#[test]
fn undeliverable_messages_wait_and_become_a_finding() {
    let mut school = one_dead();
    let closed = crate::common::servers::CLOSED;
    slack_at(&school, closed);
    runs_at(&mut school, &["09:58:00", "09:59:00", "09:59:30"]);
    assert_eq!(stored(&school).1, 1);
    let later = school.at("2026-09-07T11:00:00+03:00").session(&["health"]);
    assert!(later.contains("▲ outbox      1 message could not be delivered: "), "{later}");
    assert!(later.contains("see: attend notify list"), "{later}");
}

#[test]
fn a_dead_mans_switch_is_asked_for_after_every_run_that_could_look() {
    let mut school = one_dead();
    let web = Server::web(&school, &[]);
    configure(&school, &format!("[alerts]\nping_url = 'http://127.0.0.1:{}/ping/s3cret'\n", web.port));
    run_at(&mut school, "09:58:00");
    assert_eq!(web.arrived().len(), 1);
    let output = school.feed(&[&["--db", "none.db"], &NOTIFY[..]].concat(), "");
    assert_eq!((output.status.code(), web.arrived().len()), (Some(3), 1), "no ping: the switch will tell");
}

#[test]
fn a_second_concurrent_run_exits_with_75() {
    let mut school = one_dead();
    let web = Server::web(&school, &[]);
    slack_at(&school, web.port);
    run_at(&mut school, "09:58:00");
    let held = fs::File::options().write(true).open(school.path(".school.db.health.lock")).unwrap();
    held.lock().unwrap();
    let output = school.feed(&NOTIFY, "");
    assert_eq!(output.status.code(), Some(75));
    assert!(text(&output.stderr).starts_with("attend: health is already running (pid "), "{output:?}");
}
