//! The outbox: each message is sent once, in spite of failures and crashes.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::sync::{Arc, Mutex};

use attend::clock::Clock;
use attend::commands::problem::{Kind, Problem};
use attend::commands::watch::outbox::{self, Delivered};
use attend::domain::time::{Instant, Span};
use attend::domain::upkeep::retention::Table;
use attend::domain::watch::message::{Message, MessageId, MessageState};
use attend::notify::{Letter, Trouble, mail, slack};
use attend::store::{self, Store};
use rusqlite::trace::{TraceEvent, TraceEventCodes};

use crate::common::harness::{NOW, School, text};
use crate::common::limit::Limited;
use crate::common::servers::{CLOSED, Server, caller, silent};
use crate::watch::notify::{config, configure};

fn now() -> Instant {
    NOW.parse().unwrap()
}

fn store(school: &School) -> Store {
    Store::open(&school.path("school.db")).unwrap()
}

/// Configures mail to a port.
fn mail_at(school: &School, port: u16) {
    configure(
        school,
        &format!(
            "[mail]\nurl = 'smtp://127.0.0.1:{port}?tls=none'\nfrom = 'attend@school.example'\n\
             summary_to = ['ada@school.example']\n"
        ),
    );
}

/// Configures Slack at a port.
fn slack_at(school: &School, port: u16) {
    configure(school, &format!("[slack]\nwebhook = 'http://127.0.0.1:{port}/services/s3cret'\n"));
}

/// A mail to `to`, which may be several people.
fn mail(school: &School, key: &str, to: &[&str]) -> Vec<Message> {
    let to: Vec<_> = to.iter().map(|to| format!("{to}@school.example").parse().unwrap()).collect();
    let letter = Letter {
        subject: key.into(),
        text: "Ada was late.\n.\n..\n".into(),
        names: true,
        ..Letter::default()
    };
    mail::messages(config(school).mail.as_ref().unwrap(), &to, key, &letter, now())
}

/// Puts messages into the outbox.
pub fn put(school: &School, messages: &[Message]) -> usize {
    store(school).write(|conn| outbox::add(conn, messages, now())).unwrap()
}

/// Delivers as cron would at an instant.
fn deliver_at(school: &School, at: Instant) -> Delivered {
    outbox::deliver(&mut store(school), &config(school), Clock::new(Some(at))).unwrap()
}

fn minutes(n: i64) -> Instant {
    now() + Span::minutes(n)
}

/// `notify list --all` as `key to state attempts`.
fn list(school: &School) -> Vec<String> {
    let rows = school.ok(&["notify", "list", "--all", "--format", "jsonl"]);
    let row = |row: &str| {
        let row: serde_json::Value = serde_json::from_str(row).unwrap();
        let word = |key: &str| row[key].as_str().unwrap().replace("@school.example", "");
        format!("{} {} {} {}", word("key"), word("recipient"), word("state"), row["attempts"])
    };
    rows.lines().map(row).collect()
}

const RETRY: [&str; 4] = ["--config", "attend.toml", "notify", "retry"];

#[test]
fn a_message_exists_once_if_its_cause_does() {
    let school = School::new();
    mail_at(&school, CLOSED);
    let message = mail(&school, "summary/2026-09-07", &["ada", "office"]);
    let undone: attend::failure::Result<()> = store(&school).write(|conn| {
        outbox::add(conn, &message, now())?;
        Err(Problem::new(Kind::Refused, "the cause fails").into())
    });
    assert!(undone.is_err());
    assert_eq!(list(&school), [""; 0]);
    assert_eq!((put(&school, &message), put(&school, &message)), (2, 0));
    assert_eq!(list(&school), ["summary/2026-09-07 ada waiting 0", "summary/2026-09-07 office waiting 0"]);
}

#[test]
fn sent_messages_stay_without_their_body() {
    let school = School::new();
    let Some(smtp) = Server::smtp(&school, &[]) else { return };
    mail_at(&school, smtp.port);
    let message = mail(&school, "summary/2026-09-07", &["ada"]);
    put(&school, &message);
    assert_eq!(deliver_at(&school, now()), Delivered { sent: 1, ..Delivered::default() });
    assert_eq!(deliver_at(&school, minutes(600)), Delivered::default());
    assert_eq!(put(&school, &message), 0, "the same again is sent once");
    let arrived = smtp.arrived();
    assert_eq!((arrived.len(), arrived[0].trim_end()), (1, text(&message[0].body).trim_end()));
    assert!(arrived[0].contains("\r\n\r\nAda was late.\r\n.\r\n..\r\n"));
    let conn = rusqlite::Connection::open(school.path("school.db")).unwrap();
    let length: i64 = conn.query_row("SELECT length(body) FROM message", [], |row| row.get(0)).unwrap();
    assert_eq!(length, 0);
    insta::assert_snapshot!(school.session(&["notify list", "notify drop 1", "notify list --all"]), @"
    $ attend notify list
    Nothing waits to be sent.
    $ attend notify drop 1
    ! attend: no undelivered message 1 is in the outbox
    ! hint: attend notify list
    [1]
    $ attend notify list --all
     ID  MESSAGE             BY    TO                  STATE   SINCE            TRIED  NEXT TRY  TROUBLE
      1  summary/2026-09-07  mail  ada@school.example  ✓ sent  Mon 7 Sep 09:59      1
    ");
}

#[test]
fn retries_back_off_and_end_after_five_days() {
    let school = School::new();
    mail_at(&school, CLOSED);
    put(&school, &mail(&school, "summary/2026-09-07", &["ada"]));
    let (mut store, config) = (store(&school), config(&school));
    let mut tried = Vec::new();
    for minute in 0..6 * 24 * 60 {
        let delivered = outbox::deliver(&mut store, &config, Clock::new(Some(minutes(minute)))).unwrap();
        if !delivered.troubles.is_empty() {
            tried.push((minute, delivered.failed));
        }
    }
    let instants: Vec<i64> = tried.iter().map(|(minute, _)| *minute).collect();
    assert_eq!(instants[..9], [0, 1, 3, 7, 15, 31, 63, 123, 183]);
    assert!(instants.last().unwrap() + 60 > 5 * 24 * 60, "{instants:?}");
    let failed: Vec<usize> = tried.iter().map(|(_, failed)| *failed).collect();
    assert_eq!((failed.iter().sum::<usize>(), failed.last()), (1, Some(&1)));
    insta::assert_snapshot!(school.session(&["notify list"]), @"
    $ attend notify list
     ID  MESSAGE             BY    TO                  STATE     SINCE            TRIED  NEXT TRY  TROUBLE
      1  summary/2026-09-07  mail  ada@school.example  ✗ failed  Mon 7 Sep 09:59    125            connection refused
    ");
}

#[test]
fn a_retry_after_is_obeyed() {
    let school = School::new();
    let web = Server::web(&school, &[]);
    slack_at(&school, web.port);
    web.answer("429\nretry-after: 600\n\nrate_limited");
    put(
        &school,
        &[slack::message("alert/1", "gate-1 is stale", false), slack::message("alert/2", "b", false)],
    );
    let delivered = deliver_at(&school, now());
    assert_eq!(delivered.troubles, [Trouble::from("slack: answered 429 (rate_limited)")]);
    assert_eq!((delivered.sent, delivered.waiting, delivered.failed), (0, 2, 0));
    assert_eq!(web.arrived().len(), 1, "the second message waits without trying");
    web.answer("200\n\nok");
    assert_eq!(deliver_at(&school, minutes(9)).sent, 0);
    assert_eq!(deliver_at(&school, minutes(10)).sent, 2);
    assert_eq!(list(&school), ["alert/1  sent 2", "alert/2  sent 1"]);
}

#[test]
fn refused_messages_are_sent_again_only_by_id() {
    let school = School::new();
    let web = Server::web(&school, &[]);
    slack_at(&school, web.port);
    web.answer("404\n\nno_service");
    put(&school, &[slack::message("alert/1", "gate-1 is stale", false)]);
    assert_eq!(deliver_at(&school, now()).failed, 1);
    assert_eq!(deliver_at(&school, minutes(600)), Delivered::default());
    web.answer("200\n\nok");
    insta::assert_snapshot!(
        school.session(&[
            "notify list",
            "-v --config attend.toml notify retry",
            "-v --config attend.toml notify retry 1",
            "-v --config attend.toml notify retry 1",
            "notify list",
        ]),
        @"
    $ attend notify list
     ID  MESSAGE  BY     TO  STATE     SINCE            TRIED  NEXT TRY  TROUBLE
      1  alert/1  slack      ✗ failed  Mon 7 Sep 09:59      1            answered 404 (no_service)
    $ attend -v --config attend.toml notify retry
    ! 0 messages sent
    $ attend -v --config attend.toml notify retry 1
    ! 1 message sent
    $ attend -v --config attend.toml notify retry 1
    ! attend: no failed message 1 is in the outbox
    ! hint: attend notify list
    [1]
    $ attend notify list
    Nothing waits to be sent.
    "
    );
    assert_eq!(web.arrived().len(), 2);
}

#[test]
fn the_end_of_a_problem_does_not_arrive_before_its_beginning() {
    let school = School::new();
    let Some(smtp) = Server::smtp(&school, &[]) else { return };
    mail_at(&school, 1);
    put(&school, &mail(&school, "alert/1", &["ada"]));
    for minute in [0, 1, 3, 7, 15, 31] {
        assert_eq!(deliver_at(&school, minutes(minute)).troubles.len(), 1);
    }
    // The first is tried again an hour after the beginning, and the second one at once.
    mail_at(&school, smtp.port);
    put(&school, &mail(&school, "alert/2", &["ada"]));
    assert_eq!(deliver_at(&school, minutes(40)).sent, 2);
    let arrived = smtp.arrived();
    let order = ["Subject: alert/1", "Subject: alert/2"];
    assert!(arrived.iter().zip(order).all(|(mail, subject)| mail.contains(subject)), "{arrived:?}");
}

#[test]
fn a_server_that_does_not_answer_is_tried_once_for_all_that_is_due() {
    let school = School::new();
    mail_at(&school, 1);
    put(&school, &mail(&school, "alert/1", &["ada"]));
    put(&school, &mail(&school, "alert/2", &["ada"]));
    let tried = |minute: i64| deliver_at(&school, minutes(minute)).troubles.len();
    assert_eq!([0, 1, 2, 3, 4, 5, 6, 7].map(tried), [1, 1, 0, 1, 0, 0, 0, 1]);
    assert_eq!(list(&school), ["alert/1 ada waiting 4", "alert/2 ada waiting 4"]);
}

#[test]
fn a_server_that_defers_one_mail_gets_the_others() {
    let school = School::new();
    let Some(smtp) = Server::smtp(&school, &[]) else { return };
    mail_at(&school, smtp.port);
    put(&school, &mail(&school, "summary/2026-09-07", &["later", "gone", "ada", "closing", "office"]));
    let delivered = deliver_at(&school, now());
    assert_eq!((delivered.sent, delivered.failed, delivered.waiting), (1, 1, 3));
    let states =
        list(&school).into_iter().map(|row| row.replace("summary/2026-09-07 ", "")).collect::<Vec<_>>();
    assert_eq!(
        states,
        ["later waiting 1", "gone failed 1", "ada sent 1", "closing waiting 1", "office waiting 1"]
    );
}

/// The server takes the mail and answers after our timeout, every time.
#[test]
fn a_slow_recipient_gets_a_mail_twice_at_most_and_holds_up_no_other() {
    let school = School::new();
    let Some(smtp) = Server::smtp(&school, &[]) else { return };
    mail_at(&school, smtp.port);
    let patient = std::fs::read_to_string(school.path("attend.toml")).unwrap();
    // Long enough for a loaded machine to answer the others.
    configure(&school, &(patient.clone() + "timeout = '15s'\n"));
    put(&school, &mail(&school, "summary/2026-09-07", &["held", "ada"]));
    assert_eq!(deliver_at(&school, now()).sent, 1);
    (1..13).for_each(|minute| drop(deliver_at(&school, minutes(minute))));
    let to = ["held", "ada", "held"].map(|to| format!("attend@school.example {to}@school.example"));
    assert_eq!(smtp.envelopes(), to);
    let arrived = smtp.arrived();
    assert_eq!(arrived[0], arrived[2], "the same to the byte, its Message-ID included");
    insta::assert_snapshot!(school.session(&["notify list"]), @"
    $ attend notify list
     ID  MESSAGE             BY    TO                   STATE     SINCE            TRIED  NEXT TRY  TROUBLE
      1  summary/2026-09-07  mail  held@school.example  ? unsure  Mon 7 Sep 09:59      2            no answer within 15s; probably delivered, not sent again
    ");
    smtp.go();
    configure(&school, &patient);
    school.ok(&["--config", "attend.toml", "notify", "retry", "1"]);
    assert_eq!(smtp.arrived()[3], arrived[0]);
}

/// The server takes the mail and closes the connection instead of answering, every time.
#[test]
fn a_connection_closed_after_the_mail_means_probably_delivered() {
    let school = School::new();
    let Some(smtp) = Server::smtp(&school, &[]) else { return };
    mail_at(&school, smtp.port);
    put(&school, &mail(&school, "summary/2026-09-07", &["cut", "ada"]));
    assert_eq!(deliver_at(&school, now()).sent, 1, "the next mail has a connection of its own");
    (1..13).for_each(|minute| drop(deliver_at(&school, minutes(minute))));
    let to = ["cut", "ada", "cut"].map(|to| format!("attend@school.example {to}@school.example"));
    assert_eq!(smtp.envelopes(), to);
    let arrived = smtp.arrived();
    assert_eq!(arrived[0], arrived[2], "the same to the byte, its Message-ID included");
    insta::assert_snapshot!(school.session(&["notify list"]), @"
    $ attend notify list
     ID  MESSAGE             BY    TO                  STATE     SINCE            TRIED  NEXT TRY  TROUBLE
      1  summary/2026-09-07  mail  cut@school.example  ? unsure  Mon 7 Sep 09:59      2            the server closed the connection without an answer; probably delivered, not sent again
    ");
    let health = || text(&school.feed(&["health"], "").stdout);
    let finding = "1 message probably delivered: the server did not answer";
    assert!(health().contains(finding), "{}", health());
    school.ok(&["notify", "drop", "1"]);
    assert!(!health().contains(finding), "{}", health());
}

/// The same of a webhook: the request was taken whole.
#[test]
fn a_webhook_that_closes_the_connection_after_the_request_gets_it_twice_at_most() {
    let school = School::new();
    let web = Server::web(&school, &[]);
    slack_at(&school, web.port);
    web.answer("cut");
    put(&school, &[slack::message("alert/1", "gate-1 is stale", false)]);
    (0..13).for_each(|minute| drop(deliver_at(&school, minutes(minute))));
    assert_eq!(web.arrived().len(), 2);
    assert_eq!(list(&school), ["alert/1  unsure 2"]);
}

#[test]
fn a_refused_login_stops_the_channel_and_drops_no_message() {
    let school = School::new();
    let Some(smtp) = Server::smtp(&school, &["--login", "ada:hunter2"]) else { return };
    mail_at(&school, smtp.port);
    put(&school, &mail(&school, "summary/2026-09-07", &["ada"]));
    let without = deliver_at(&school, now());
    let config = std::fs::read_to_string(school.path("attend.toml")).unwrap();
    configure(&school, &config.replace("127.0.0.1", "ada:hunter3@127.0.0.1"));
    let wrong = deliver_at(&school, minutes(10));
    assert_eq!((without.failed, without.waiting, wrong.failed, wrong.waiting), (0, 1, 0, 1));
    configure(&school, &config.replace("127.0.0.1", "ada:hunter2@127.0.0.1"));
    assert_eq!(deliver_at(&school, minutes(20)).sent, 1);
}

/// Another process may have sent a message while its first sender, whose claim had expired, was still trying.
#[test]
fn a_late_failure_does_not_undo_a_success() {
    let school = School::new();
    let web = Server::web(&school, &[]);
    slack_at(&school, web.port);
    put(&school, &[slack::message("alert/1", "gate-1 is stale", false)]);
    assert_eq!(deliver_at(&school, now()).sent, 1);
    store(&school)
        .write(|conn| -> store::Result<()> {
            store::watch::outbox::put_off(conn, MessageId(1), minutes(1), "no answer")?;
            store::watch::outbox::end(conn, MessageId(1), MessageState::Failed, minutes(1), "no answer")
        })
        .unwrap();
    assert_eq!(list(&school), ["alert/1  sent 1"]);
}

#[test]
fn messages_wait_while_their_route_is_not_configured() {
    let school = School::new();
    mail_at(&school, CLOSED);
    put(&school, &mail(&school, "summary/2026-09-07", &["ada"]));
    configure(&school, "");
    insta::assert_snapshot!(school.session(&["--config attend.toml notify retry", "notify retry 7", "notify drop 7"]), @"
    $ attend --config attend.toml notify retry
    ! attend: not everything was delivered: mail: not configured
    ! hint: attend notify list
    [74]
    $ attend notify retry 7
    ! attend: no failed message 7 is in the outbox
    ! hint: attend notify list
    [1]
    $ attend notify drop 7
    ! attend: no undelivered message 7 is in the outbox
    ! hint: attend notify list
    [1]
    ");
    assert_eq!(list(&school), ["summary/2026-09-07 ada waiting 0"]);
    insta::assert_snapshot!(school.session(&["-v notify drop 1", "notify list --all"]), @"
    $ attend -v notify drop 1
    ! 1 message dropped
    $ attend notify list --all
    Nothing waits to be sent.
    ");
}

#[test]
fn two_processes_never_send_the_same_message() {
    let school = School::new();
    let Some(smtp) = Server::smtp(&school, &[]) else { return };
    mail_at(&school, smtp.port);
    put(&school, &mail(&school, "summary/2026-09-07", &["held"]));
    let first = Limited::start(school.command(&RETRY).stderr(Stdio::piped()));
    smtp.wait_for(1);
    // While one process is sending, another has nothing to do.
    let second = school.feed(&["-v", "--config", "attend.toml", "notify", "retry"], "");
    assert_eq!(text(&second.stderr), "0 messages sent\n");
    smtp.go();
    assert!(first.output().status.success());
    assert_eq!(list(&school), ["summary/2026-09-07 held sent 1"]);
    assert_eq!(smtp.arrived().len(), 1);

    let people: Vec<String> = (0..24).map(|n| format!("p{n}")).collect();
    put(&school, &mail(&school, "alert/1", &people.iter().map(String::as_str).collect::<Vec<_>>()));
    let crowd: Vec<_> = (0..4).map(|_| Limited::start(&mut school.command(&RETRY))).collect();
    for mut process in crowd {
        assert!(process.wait().unwrap().success());
    }
    let mut times = BTreeMap::new();
    smtp.envelopes()[1..].iter().for_each(|envelope| *times.entry(envelope.clone()).or_insert(0) += 1);
    assert_eq!((times.len(), times.values().max()), (24, Some(&1)), "{times:?}");
}

/// The control: without a claim that commits before the mail is sent, both would have sent it. Here the claim of a
/// process that died ends, and what it had sent is sent once more, under the same `Message-ID`.
#[test]
fn a_process_killed_between_sending_and_noting_it_repeats_one_mail() {
    let mut school = School::new();
    let Some(smtp) = Server::smtp(&school, &[]) else { return };
    mail_at(&school, smtp.port);
    put(&school, &mail(&school, "summary/2026-09-07", &["ada", "held", "office"]));
    let mut process = Limited::start(&mut school.command(&RETRY));
    smtp.wait_for(2);
    process.kill().unwrap();
    process.wait().unwrap();
    smtp.go();
    assert_eq!(
        list(&school).join("\n").replace("summary/2026-09-07 ", ""),
        "ada sent 1\nheld waiting 1\noffice waiting 0"
    );
    school.ok(&RETRY);
    assert_eq!(
        smtp.envelopes()[2..],
        ["attend@school.example office@school.example"],
        "only the unclaimed message is sent"
    );
    school.at("2026-09-07T10:09:11+03:00").ok(&RETRY);
    assert_eq!(smtp.arrived().len(), 3, "the claim holds");
    school.at("2026-09-07T10:09:12+03:00").ok(&RETRY);
    school.at("2026-09-08T10:09:12+03:00").ok(&RETRY);
    let arrived = smtp.arrived();
    assert_eq!(arrived.len(), 4);
    assert_eq!(arrived[1], arrived[3], "the same to the byte, its Message-ID included");
}

#[test]
fn a_process_killed_before_it_could_send_loses_nothing() {
    let mut school = School::new();
    let Some(smtp) = Server::smtp(&school, &[]) else { return };
    let (listener, port) = silent();
    mail_at(&school, port);
    put(&school, &mail(&school, "summary/2026-09-07", &["ada", "office"]));
    let mut process = Limited::start(&mut school.command(&RETRY));
    let _held = caller(&listener);
    process.kill().unwrap();
    process.wait().unwrap();
    mail_at(&school, smtp.port);
    school.at("2026-09-07T10:10:00+03:00").ok(&RETRY);
    assert_eq!(smtp.arrived().len(), 2);
    assert!(list(&school).iter().all(|row| row.contains(" sent ")));
}

#[test]
fn erasing_a_student_withdraws_messages_that_name_students() {
    let school = School::new();
    mail_at(&school, CLOSED);
    put(&school, &mail(&school, "summary/2026-09-07", &["ada"]));
    put(&school, &[slack::message("alert/1", "gate-1 is stale", false)]);
    let dropped = store(&school).write(store::watch::outbox::drop_naming_students).unwrap();
    assert_eq!((dropped, list(&school)), (1, vec!["alert/1  waiting 0".to_owned()]));
    assert_eq!(put(&school, &mail(&school, "summary/2026-09-07", &["ada"])), 1, "it can be made again");
    let withdrawn =
        store(&school).write(|conn| store::watch::outbox::withdraw(conn, "summary/2026-09-07")).unwrap();
    assert_eq!((withdrawn, list(&school).len()), (1, 1));
}

#[test]
fn finished_messages_are_pruned_and_waiting_ones_are_not() {
    let school = School::new();
    let web = Server::web(&school, &[]);
    slack_at(&school, web.port);
    let put_and_send = |key: &str, at: Instant| {
        put(&school, &[slack::message(key, "", false)]);
        deliver_at(&school, at);
    };
    put_and_send("a", now());
    put_and_send("b", minutes(1));
    web.answer("404\n\n");
    put_and_send("c", minutes(2));
    put_and_send("d", minutes(3));
    web.answer("500\n\n");
    put_and_send("e", minutes(4));
    let forget = || {
        let mut store = store(&school);
        store.write(|conn| store::upkeep::retention::delete_some(conn, Table::Messages, minutes(3))).unwrap()
    };
    assert_eq!((forget(), forget()), (3, 0));
    assert_eq!(list(&school), ["d  failed 1", "e  waiting 1"]);
}

#[test]
fn no_secret_gets_into_the_database_or_the_list() {
    let school = School::new();
    let web = Server::web(&school, &[]);
    let config = format!(
        "[mail]\nurl = 'smtp://ada:hunter2@127.0.0.1:{}?tls=none'\nfrom = 'attend@school.example'\n\
         [slack]\nwebhook = 'http://127.0.0.1:{}/services/s3cret'\n",
        CLOSED, web.port
    );
    configure(&school, &config);
    put(&school, &mail(&school, "summary/2026-09-07", &["ada"]));
    put(&school, &[slack::message("alert/1", "gate-1", false)]);
    web.answer("500\n\n{path}");
    assert_eq!(deliver_at(&school, now()).troubles.len(), 2);
    for file in ["school.db", "school.db-wal"] {
        let bytes = std::fs::read(school.path(file)).unwrap_or_default();
        let found = |secret: &str| bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!found("hunter2") && !found("s3cret"), "{file}");
    }
}

#[test]
fn a_delivery_does_not_scan_sent_messages() {
    let school = School::new();
    mail_at(&school, CLOSED);
    put(&school, &mail(&school, "summary/2026-09-07", &["ada"]));
    let mut store = store(&school);
    let asked = Arc::new(Mutex::new(Vec::new()));
    let ears = Arc::clone(&asked);
    let note = move |event: TraceEvent| {
        if let TraceEvent::Stmt(statement, _) = event {
            ears.lock().unwrap().push(statement.sql().into_owned());
        }
    };
    store.connection().trace_v2(TraceEventCodes::SQLITE_TRACE_STMT, Some(note)).unwrap();
    outbox::deliver(&mut store, &config(&school), Clock::new(Some(now()))).unwrap();
    let asked = std::mem::take(&mut *asked.lock().unwrap());
    let mut shown = String::new();
    for question in asked.iter().filter(|question| question.contains("message")) {
        let mut stmt = store.connection().prepare(&format!("EXPLAIN QUERY PLAN {question}")).unwrap();
        let steps: Vec<String> = stmt.raw_query().mapped(|row| row.get(3)).collect::<Result<_, _>>().unwrap();
        let words: Vec<&str> = question.split_whitespace().take(4).collect();
        shown += &format!("{}\n    {}\n", words.join(" "), steps.join("\n    "));
    }
    insta::assert_snapshot!(shown, @"
    UPDATE message SET claimed_until
        SEARCH message USING INTEGER PRIMARY KEY (rowid=?)
        SCALAR SUBQUERY 3
        SEARCH m USING INDEX message_waiting (id>?)
        LIST SUBQUERY 2
        SCAN json_each VIRTUAL TABLE INDEX 1:
        CREATE BLOOM FILTER
        CORRELATED SCALAR SUBQUERY 1
        SEARCH later USING INDEX message_waiting (id>?)
    UPDATE message SET due_at
        SEARCH message USING INTEGER PRIMARY KEY (rowid=?)
    SELECT id, attempts, created_at
        SCAN message USING INDEX message_waiting
    UPDATE message SET claimed_until
        SEARCH message USING INTEGER PRIMARY KEY (rowid=?)
        SCALAR SUBQUERY 3
        SEARCH m USING INDEX message_waiting (id>?)
        LIST SUBQUERY 2
        SCAN json_each VIRTUAL TABLE INDEX 1:
        CREATE BLOOM FILTER
        CORRELATED SCALAR SUBQUERY 1
        SEARCH later USING INDEX message_waiting (id>?)
    SELECT route, count(*) FROM
        SCAN message USING INDEX message_waiting
        USE TEMP B-TREE FOR GROUP BY
    ");
}
