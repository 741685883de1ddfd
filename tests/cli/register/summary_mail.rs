//! `attend summary --email`: content, number of mails, and retries when the server does not answer.

use std::process::Command;

use serde_json::Value;

use crate::common::browser::{Browser, PHONE, WALL};
use crate::common::harness::{School, run, text};
use crate::common::servers::{CLOSED, Server};
use crate::register::report_page::large;
use crate::watch::notify::configure;

/// A school after Monday: one student seen, one marked, one with a name that contains markup.
fn monday() -> School {
    let mut school = School::example();
    school.at("2026-09-07T20:00:00+03:00");
    school.ok(&["student", "add", "0007", "<b>Bobby</b>\n\"Tables\"", "--from", "2026-09-07", "--yes"]);
    school.ok(&["settings", "set", "school", "Green Valley & Söhne"]);
    school.ok(&["mark", "H000101", "excused", "--period", "Block 1", "--reason", "dentist"]);
    school.ingest(
        "{\"student\":\"H000140\",\"score\":0.9,\"ts\":\"2026-09-07T08:30:00+03:00\",\"camera\":\"gate-1\"}\n",
    );
    school
}

/// Configures mail to these recipients, by a server at a port of this machine.
pub fn mail_to(school: &School, port: u16, recipients: &str) {
    let config = format!(
        "[mail]\nurl = 'smtp://127.0.0.1:{port}?tls=none'\nfrom = 'attend@school.example'\n\
         summary_to = [{recipients}]\n"
    );
    configure(school, &config);
}

/// The mail taken apart by Python's standard library: its headers, text, HTML and attachments.
pub fn parts(mail: &str) -> Value {
    const READ: &str = "import sys, json, email, email.policy
m = email.message_from_binary_file(sys.stdin.buffer, policy=email.policy.default)
body = lambda kind: m.get_body((kind,)).get_content()
files = [{'name': a.get_filename(), 'type': a.get_content_type(), 'content': a.get_payload(decode=True).decode()} for a in m.iter_attachments()]
print(json.dumps({'subject': m['subject'], 'id': m['message-id'], 'auto': m['auto-submitted'], 'plain': body('plain'), 'html': body('html'), 'files': files}))";
    serde_json::from_slice(&run(Command::new("python3").args(["-c", READ]), mail).stdout).unwrap()
}

const EMAIL: &str = "--config attend.toml summary --date 2026-09-07 --email";

#[test]
fn the_mail_has_the_numbers_the_names_and_the_sheet() {
    let school = monday();
    let Some(smtp) = Server::smtp(&school, &[]) else { return };
    mail_to(&school, smtp.port, "'head@school.example'");
    assert_eq!(school.session(&[EMAIL]), format!("$ attend {EMAIL}\n"), "silence on success");
    let mail = parts(&smtp.arrived()[0]);
    insta::assert_snapshot!(mail["subject"].as_str().unwrap(), @"16.7 % present; 4 unexplained; 3 periods not judged – Green Valley & Söhne: attendance Mon 7 Sep 2026");
    assert_eq!(mail["auto"], "auto-generated");
    insta::assert_snapshot!(mail["plain"].as_str().unwrap().replace('\r', ""), @r#"
    16.7 % present; 4 unexplained; 3 periods not judged
    Green Valley & Söhne: Mon 7 Sep 2026 · 6 students · 4 periods, 1 judged (Assembly, Block 2, Block 3 were blind)
    Final edition: every period is over.
    excused 1 · absent 4 · unknown 18

    Absent without a reason, new today:
      0007 <b>Bobby</b>\n"Tables": 1 of 4 periods
      H000102 ژیان ئەحمەد (G7): 1 of 4 periods
      H000123 Ada Karim (G7): 1 of 4 periods
      H000177 Omar Haddad (G8): 1 of 4 periods

    Not judged: students whom these alone could see are unknown:
      Assembly: no camera on duty 07:55–08:15
      Block 2: gate-1 blind 09:30–10:20
      Block 3: gate-1 blind 10:30–11:20

      Assembly  08:00–08:15  not judged
      Block 1   08:20–09:30  ███░░░░░░░░░░░░░░░░░  16.7 %  1 of 6
      Block 2   09:35–10:20  not judged
      Block 3   10:35–11:20  not judged

    Classes:
      G7             0.0 %         0 of 3
      G8            50.0 %         1 of 2
      no group       0.0 %         0 of 1

    Present: seen by a camera or marked present, of those who could be judged.
    Unknown: a camera that matters could not see, so the student is not called absent.
    Unexplained: absent without a reason in at least one period.
    In a row, in total: whole days missed, excused or not, of the last 1 school day.
    As known Mon 7 Sep 2026, 20:00.
    Every student is in the sheet attached.
    "#);
    let html = mail["html"].as_str().unwrap();
    assert!(html.len() < 100_000, "mail programs cut longer mails");
    assert!(
        html.contains("&lt;b&gt;Bobby&lt;/b&gt;\\n&quot;Tables&quot;") && !html.contains("<b>Bobby"),
        "{html}"
    );
    assert!(html.contains("Green Valley &amp; Söhne") && !html.contains("<img") && !html.contains("http"));
    let sheet = school.ok(&["summary", "--date", "2026-09-07", "--format", "csv", "--dialect", "excel"]);
    let file = &mail["files"][0];
    assert_eq!((&file["name"], &file["type"]), (&"attendance-2026-09-07.csv".into(), &"text/csv".into()));
    assert_eq!(file["content"], sheet, "the sheet is the view, to the byte");
    assert_eq!(mail["files"].as_array().unwrap().len(), 1);
}

#[test]
fn the_mail_is_readable_in_light_and_dark_and_without_its_style_sheet() {
    let school = monday();
    let Some(smtp) = Server::smtp(&school, &[]) else { return };
    mail_to(&school, smtp.port, "'head@school.example'");
    school.session(&[EMAIL]);
    let mail = parts(&smtp.arrived()[0]);
    let html = mail["html"].as_str().unwrap();
    let Some(mut browser) = Browser::start() else { return };
    let (before, rest) = html.split_once("<style>").unwrap();
    let bare = before.to_owned() + rest.split_once("</style>").unwrap().1;
    for (dark, page, lightness) in [(false, html, "255"), (true, html, "22"), (true, &bare, "255")] {
        let file = school.write("mail.html", page);
        browser.set_dark(dark);
        for screen in [WALL, PHONE] {
            browser.open_file(&file, screen);
            let colour =
                browser.eval("getComputedStyle(document.querySelector('main table')).backgroundColor");
            assert!(colour.as_str().unwrap().starts_with(&format!("rgb({lightness},")), "{dark}: {colour}");
            assert_eq!(
                browser.eval("document.documentElement.scrollWidth > innerWidth"),
                false,
                "wider than {screen:?}"
            );
            if let Some(found) = browser.violations() {
                assert_eq!(found, serde_json::json!([]), "dark: {dark}, {screen:?}");
            }
        }
        assert_eq!(browser.noise().len(), 1, "it asks for nothing but itself");
    }
}

#[test]
fn a_summary_is_mailed_once_even_if_run_again() {
    let school = monday();
    let Some(smtp) = Server::smtp(&school, &[]) else { return };
    mail_to(&school, smtp.port, "'head@school.example', 'office@school.example'");
    school.session(&[EMAIL]);
    let before = school.ok(&["summary", "--date", "2026-09-07", "--format", "jsonl"]);
    // Late lines change the summary, but it is not mailed again.
    school.ingest(
        "{\"student\":\"H000123\",\"score\":0.9,\"ts\":\"2026-09-07T08:40:00+03:00\",\"camera\":\"gate-1\"}\n",
    );
    assert_ne!(school.ok(&["summary", "--date", "2026-09-07", "--format", "jsonl"]), before);
    insta::assert_snapshot!(school.session(&[&format!("-v {EMAIL}")]), @"
    $ attend -v --config attend.toml summary --date 2026-09-07 --email
    ! mailed before; --again mails it once more
    ");
    assert_eq!(smtp.arrived().len(), 2);
    // Another date, and the same one on purpose.
    insta::assert_snapshot!(school.session(&[
        "-v --config attend.toml summary --date 2026-09-06 --email",
        &format!("-v {EMAIL} --again"),
    ]), @"
    $ attend -v --config attend.toml summary --date 2026-09-06 --email
    ! nothing to mail: no period was held
    $ attend -v --config attend.toml summary --date 2026-09-07 --email --again
    ! 2 messages sent
    ");
    let arrived = smtp.arrived();
    let ids: Vec<Value> = arrived.iter().map(|mail| parts(mail)["id"].clone()).collect();
    assert_eq!(ids[0], ids[1], "the same letter to both");
    assert!(ids[0] != *ids.last().unwrap(), "what is sent on purpose is not taken for a repeat");
    let plain = parts(arrived.last().unwrap())["plain"].as_str().unwrap().to_owned();
    assert!(plain.contains("2 of"), "as known now: {plain}");
}

#[test]
fn an_undelivered_summary_is_kept_and_sent_once() {
    let school = monday();
    mail_to(&school, CLOSED, "'head@school.example'");
    let failed = school.feed(&EMAIL.split(' ').collect::<Vec<_>>(), "");
    assert_eq!(failed.status.code(), Some(74));
    let said = text(&failed.stderr);
    assert!(
        said.starts_with("attend: not everything was delivered: mail to head@school.example: "),
        "{said}"
    );
    assert!(said.contains("hint: it is kept"), "{said}");
    assert_eq!(
        text(&school.feed(&EMAIL.split(' ').collect::<Vec<_>>(), "").stderr),
        said,
        "until it is delivered"
    );
    assert!(school.ok(&["job", "list", "--format", "csv"]).contains("summary,batch,failed"));
    let Some(smtp) = Server::smtp(&school, &[]) else { return };
    mail_to(&school, smtp.port, "'head@school.example'");
    let mut school = school;
    school.at("2026-09-07T20:02:00+03:00");
    school.session(&[EMAIL, EMAIL]);
    assert_eq!(smtp.arrived().len(), 1);
    assert!(school.ok(&["job", "list", "--format", "csv"]).contains("summary,batch,ok"));
}

#[test]
fn a_dry_run_prints_the_mail_and_sends_nothing() {
    let school = monday();
    let Some(smtp) = Server::smtp(&school, &[]) else { return };
    mail_to(&school, smtp.port, "'head@school.example'");
    insta::assert_snapshot!(school.session(&[&format!("{EMAIL} --dry-run")]), @r#"
    $ attend --config attend.toml summary --date 2026-09-07 --email --dry-run
    To: head@school.example
    Subject: 16.7 % present; 4 unexplained; 3 periods not judged – Green Valley & Söhne: attendance Mon 7 Sep 2026
    Attached: attendance-2026-09-07.csv (1.4 KiB)

    16.7 % present; 4 unexplained; 3 periods not judged
    Green Valley & Söhne: Mon 7 Sep 2026 · 6 students · 4 periods, 1 judged (Assembly, Block 2, Block 3 were blind)
    Final edition: every period is over.
    excused 1 · absent 4 · unknown 18

    Absent without a reason, new today:
      0007 <b>Bobby</b>\n"Tables": 1 of 4 periods
      H000102 ژیان ئەحمەد (G7): 1 of 4 periods
      H000123 Ada Karim (G7): 1 of 4 periods
      H000177 Omar Haddad (G8): 1 of 4 periods

    Not judged: students whom these alone could see are unknown:
      Assembly: no camera on duty 07:55–08:15
      Block 2: gate-1 blind 09:30–10:20
      Block 3: gate-1 blind 10:30–11:20

      Assembly  08:00–08:15  not judged
      Block 1   08:20–09:30  ███░░░░░░░░░░░░░░░░░  16.7 %  1 of 6
      Block 2   09:35–10:20  not judged
      Block 3   10:35–11:20  not judged

    Classes:
      G7             0.0 %         0 of 3
      G8            50.0 %         1 of 2
      no group       0.0 %         0 of 1

    Present: seen by a camera or marked present, of those who could be judged.
    Unknown: a camera that matters could not see, so the student is not called absent.
    Unexplained: absent without a reason in at least one period.
    In a row, in total: whole days missed, excused or not, of the last 1 school day.
    As known Mon 7 Sep 2026, 20:00.
    Every student is in the sheet attached.
    "#);
    assert!(smtp.arrived().is_empty());
}

#[test]
fn a_provisional_edition_and_the_final_one_are_each_mailed_once() {
    let mut school = monday();
    let Some(smtp) = Server::smtp(&school, &[]) else { return };
    mail_to(&school, smtp.port, "'head@school.example'");
    for now in ["09:40", "10:00", "20:00", "21:00"] {
        school.at(&format!("2026-09-07T{now}:00+03:00")).session(&[EMAIL]);
    }
    let arrived = smtp.arrived();
    let told: Vec<Value> = arrived.iter().map(|mail| parts(mail)).collect();
    let provisional = |mail: &Value| {
        let subject = mail["subject"].as_str().unwrap().ends_with(", provisional");
        assert_eq!(
            mail["plain"].as_str().unwrap().contains("Provisional edition: 3 of 4 periods begun."),
            subject
        );
        subject
    };
    assert_eq!(told.iter().map(provisional).collect::<Vec<_>>(), [true, false]);
}

#[test]
fn free_days_send_no_mail_and_recipients_are_required() {
    let school = monday();
    let Some(smtp) = Server::smtp(&school, &[]) else { return };
    mail_to(&school, smtp.port, "'head@school.example'");
    insta::assert_snapshot!(school.session(&["-v --config attend.toml summary --date 2026-09-12 --email"]), @"
    $ attend -v --config attend.toml summary --date 2026-09-12 --email
    ! nothing to mail: no period was held
    ");
    assert!(smtp.arrived().is_empty());
    mail_to(&school, smtp.port, "");
    insta::assert_snapshot!(school.session(&[EMAIL, "summary --email", "summary --again"]), @r#"
    $ attend --config attend.toml summary --date 2026-09-07 --email
    ! attend: the summary has no recipients
    ! hint: write summary_to = ["office@school.example"] below [mail]
    [78]
    $ attend summary --email
    ! attend: mail is not configured
    ! hint: examples/config/attend.toml explains the file; --config names it
    [78]
    $ attend summary --again
    ! error: the following required arguments were not provided:
    !   --email
    !
    ! Usage: attend summary [OPTIONS]
    !
    ! For more information, try '--help'.
    [2]
    "#);
}

#[test]
fn other_waiting_messages_do_not_fail_a_summary() {
    let mut school = monday();
    mail_to(&school, CLOSED, "'head@school.example'");
    school.session(&[EMAIL]);
    let Some(smtp) = Server::smtp(&school, &[]) else { return };
    mail_to(&school, smtp.port, "'head@school.example'");
    // Monday's mail is not due yet.
    school.at("2026-09-07T20:00:01+03:00");
    school.ok(&[
        "--config",
        "attend.toml",
        "summary",
        "--from",
        "2026-09-06",
        "--to",
        "2026-09-07",
        "--email",
    ]);
    assert_eq!(smtp.arrived().len(), 1);
}

#[test]
fn a_repeat_that_replaces_a_waiting_mail_is_sent_once() {
    let school = monday();
    mail_to(&school, CLOSED, "'head@school.example'");
    school.session(&[EMAIL]);
    let Some(smtp) = Server::smtp(&school, &[]) else { return };
    mail_to(&school, smtp.port, "'head@school.example'");
    school.session(&[&format!("{EMAIL} --again"), EMAIL]);
    assert_eq!(smtp.arrived().len(), 1);
}

#[test]
fn a_morning_run_mails_the_day_before_and_a_groups_mail_makes_up_for_nobody() {
    let mut school = monday();
    let Some(smtp) = Server::smtp(&school, &[]) else { return };
    mail_to(&school, smtp.port, "'head@school.example'");
    let nightly = "--config attend.toml summary --email";
    school.at("2026-09-07T06:00:00+03:00").session(&[nightly]);
    assert!(smtp.arrived().is_empty(), "no period has begun");
    school
        .at("2026-09-08T06:00:00+03:00")
        .session(&["--config attend.toml summary --email --group G8", nightly]);
    let arrived = smtp.arrived();
    assert_eq!(arrived.len(), 1);
    let subject = parts(&arrived[0])["subject"].clone();
    assert!(
        subject.as_str().unwrap().ends_with("– Green Valley & Söhne: attendance Mon 7 Sep 2026"),
        "{subject}"
    );
}

/// The subjects of the mails that arrived, without the name of the school.
fn subjects(smtp: &Server) -> Vec<String> {
    let subject = |mail: &String| {
        let subject = parts(mail)["subject"].as_str().unwrap().to_owned();
        subject.rsplit_once(" attendance ").unwrap().1.to_owned()
    };
    smtp.arrived().iter().map(subject).collect()
}

#[test]
fn after_a_power_cut_the_missed_day_is_mailed_and_the_running_day_stays_due() {
    let mut school = monday();
    let Some(smtp) = Server::smtp(&school, &[]) else { return };
    mail_to(&school, smtp.port, "'head@school.example'");
    let nightly = "--config attend.toml summary --email";
    // The timer of Monday evening fires on Tuesday morning, for the first time ever.
    for time in ["08:20", "08:50"] {
        school.at(&format!("2026-09-08T{time}:00+03:00")).session(&[nightly]);
    }
    assert_eq!(subjects(&smtp), ["Mon 7 Sep 2026", "Tue 8 Sep 2026, provisional"]);
    for time in ["18:30", "18:40"] {
        school.at(&format!("2026-09-08T{time}:00+03:00")).session(&[nightly]);
    }
    assert_eq!(subjects(&smtp)[2..], ["Tue 8 Sep 2026"]);
    // Wednesday and Thursday are missed.
    school.at("2026-09-11T07:00:00+03:00").session(&[nightly]);
    assert_eq!(subjects(&smtp)[3..], ["Wed 9 Sep 2026", "Thu 10 Sep 2026"]);
}

#[test]
fn a_missing_configuration_is_not_a_failed_run() {
    let school = monday();
    school.session(&["summary --email"]);
    assert!(!school.ok(&["job", "list", "--format", "csv"]).contains("summary"));
}

#[test]
fn the_mail_of_a_large_school_is_short_and_begins_with_its_subject() {
    let school = large();
    let Some(smtp) = Server::smtp(&school, &[]) else { return };
    mail_to(&school, smtp.port, "'head@school.example'");
    school.session(&[EMAIL]);
    let mail = parts(&smtp.arrived()[0]);
    for kind in ["html", "plain"] {
        let length = mail[kind].as_str().unwrap().len();
        assert!(length < 100_000, "{kind}: {length} bytes");
    }
    let answer = mail["plain"].as_str().unwrap().lines().next().unwrap();
    assert!(mail["subject"].as_str().unwrap().starts_with(answer), "{answer}");
}
