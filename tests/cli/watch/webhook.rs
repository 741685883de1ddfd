//! `[[webhook]]`: alerts to other services by a template, and all kinds of answers.

use attend::clock::Clock;
use attend::commands::watch::outbox::{self, Delivered};
use attend::domain::time::{Instant, Span};
use attend::notify::Letter;
use attend::store::Store;
use serde_json::Value;

use crate::common::harness::{NOW, School, root};
use crate::common::servers::{CLOSED, Server};
use crate::watch::notify::{config, configure};
use crate::watch::outbox::put;

fn webhook(name: &str, port: u16) -> String {
    format!("[[webhook]]\nname = '{name}'\nurl = 'http://127.0.0.1:{port}/s3cret'\n")
}

/// Puts an alert with text from outside into the outbox, once for every route.
fn alert(school: &School) {
    let letter = Letter {
        subject: "CRITICAL \"}\r\nX-Evil: 1".into(),
        text: "\"gate-1\"\nis stale {{title}}".into(),
        ..Letter::default()
    };
    let now = NOW.parse().unwrap();
    let messages: Vec<_> =
        config(school).routes().iter().flat_map(|route| route.alerts("alert/1", &letter, now)).collect();
    put(school, &messages);
}

fn deliver(school: &School, minute: i64) -> Delivered {
    let mut store = Store::open(&school.path("school.db")).unwrap();
    let at: Instant = NOW.parse::<Instant>().unwrap() + Span::minutes(minute);
    outbox::deliver(&mut store, &config(school), Clock::new(Some(at))).unwrap()
}

/// `notify list --all` as `recipient state attempts error`.
fn list(school: &School) -> Vec<String> {
    let rows = school.ok(&["notify", "list", "--all", "--format", "jsonl"]);
    let row = |row: &str| {
        let row: Value = serde_json::from_str(row).unwrap();
        let word = |key: &str| row[key].as_str().unwrap_or_default().to_owned();
        format!("{} {} {} {}", word("recipient"), word("state"), row["attempts"], word("error"))
            .trim()
            .to_owned()
    };
    rows.lines().map(row).collect()
}

#[test]
fn text_from_outside_stays_in_its_placeholder_and_secrets_are_not_shown() {
    let school = School::new();
    let web = Server::web(&school, &[]);
    let settings = "body = '{\"message\": \"{{title}}: {{text}}\", \"priority\": 5}'\n\
                    headers = { Authorization = 'Bearer hunter2' }\nmethod = 'PUT'\n";
    configure(&school, &(webhook("phones", web.port) + settings));
    alert(&school);
    assert_eq!(deliver(&school, 0), Delivered { sent: 1, ..Delivered::default() });
    let arrived: Value = serde_json::from_str(&web.arrived()[0]).unwrap();
    let message = "CRITICAL \"}\r\nX-Evil: 1: \"gate-1\"\nis stale {{title}}";
    assert_eq!(arrived, serde_json::json!({"message": message, "priority": 5}));
    assert_eq!(web.header(1, "x-evil"), "");
    assert_eq!(web.header(1, "authorization"), "Bearer hunter2");
    assert_eq!(web.header(1, "content-type"), "application/json");
    let said = school.session(&["--config attend.toml -v notify test", "notify list --all"]);
    assert!(said.contains("! sent: webhook phones\n"), "{said}");
    assert!(!said.contains("hunter2") && !said.contains("s3cret"), "{said}");
}

#[test]
fn a_webhook_that_asks_to_wait_fails_or_redirects_holds_up_no_other() {
    let school = School::new();
    let webs = [
        "429\nretry-after: 600\n\n",
        "500\n\n",
        "302\nlocation: http://127.0.0.1:1/\n\n",
        "404\n\n",
        "200\n\n",
    ]
    .map(|answer| {
        let web = Server::web(&school, &[]);
        web.answer(answer);
        web
    });
    let names = ["patience", "broken", "redirect", "gone", "well"];
    let webhooks: String = names.iter().zip(&webs).map(|(name, web)| webhook(name, web.port)).collect();
    configure(&school, &webhooks);
    alert(&school);
    let delivered = deliver(&school, 0);
    assert_eq!((delivered.sent, delivered.failed, delivered.waiting), (1, 2, 2));
    assert_eq!(
        list(&school),
        [
            "patience waiting 1 answered 429",
            "broken waiting 1 answered 500",
            "redirect failed 1 answered 302",
            "gone failed 1 answered 404",
            "well sent 1",
        ]
    );
    webs.iter().for_each(|web| web.answer("200\n\n"));
    assert_eq!(deliver(&school, 1).sent, 1, "the broken one");
    assert_eq!(deliver(&school, 9).sent, 0);
    assert_eq!(deliver(&school, 10).sent, 1, "the one that asked for ten minutes");
}

#[test]
fn a_webhook_that_does_not_answer_gets_a_message_twice_at_most() {
    let school = School::new();
    let slow = Server::web(&school, &[]);
    slow.hold();
    let well = Server::web(&school, &[]);
    // Long enough for a loaded machine to answer the other.
    let timeout = "[web]\ntimeout = '15s'\n";
    configure(&school, &(webhook("slow", slow.port) + &webhook("well", well.port) + timeout));
    alert(&school);
    assert_eq!(deliver(&school, 0).sent, 1);
    let once = "slow waiting 1 no answer within 15s; probably delivered, sent once more";
    assert_eq!(list(&school), [once, "well sent 1"]);
    (1..13).for_each(|minute| drop(deliver(&school, minute)));
    let twice = "slow unsure 2 no answer within 15s; probably delivered, not sent again";
    assert_eq!(list(&school), [twice, "well sent 1"]);
    let arrived = slow.arrived();
    assert_eq!((arrived.len(), arrived.first()), (2, arrived.last()));
    assert!(school.ok(&["notify", "list"]).contains("? unsure"));
    configure(&school, &webhook("slow", well.port));
    school.ok(&["--config", "attend.toml", "notify", "retry", "1"]);
    assert_eq!(list(&school)[0], "slow sent 1");
}

#[test]
fn a_webhook_that_cannot_be_reached_is_tried_again_and_holds_up_no_other() {
    let school = School::new();
    let web = Server::web(&school, &[]);
    configure(&school, &(webhook("closed", CLOSED) + &webhook("well", web.port)));
    alert(&school);
    for (minute, attempts) in [(0, 1), (1, 2), (3, 3)] {
        deliver(&school, minute);
        let closed = format!("closed waiting {attempts} connection refused");
        assert_eq!(list(&school), [&closed, "well sent 1"]);
    }
}

#[test]
fn mistakes_in_a_webhook_are_named_with_their_place() {
    let school = School::new();
    let hook = webhook("phones", CLOSED);
    for (more, said) in [
        (String::new() + &hook, "two webhooks are called \"phones\""),
        ("method = 'GET'\n".into(), "webhook.method: the method must be POST or PUT"),
        ("body = '{{student}}'\n".into(), "webhook.body: the placeholders are {{title}} and {{text}}"),
        ("body = 'title={{title}}'\n".into(), "webhook.body: the body must be JSON"),
        ("longest = 1\n".into(), "webhook.longest: write a number of characters from 100 to 100000"),
        ("headers = { 'a b' = 'hunter2' }\n".into(), "webhook.headers: this is not the name of a header"),
        ("urls = 1\n".into(), "unknown key \"urls\""),
    ] {
        configure(&school, &(hook.clone() + &more));
        let shown = school.session(&["--config attend.toml notify test"]);
        assert!(shown.contains(said) && shown.ends_with("[78]\n"), "{shown}");
        assert!(!shown.contains("hunter2") && !shown.contains("s3cret"), "{shown}");
    }
}

/// Every preset of the example, sent to a server here.
#[test]
fn the_presets_of_the_example_are_templates_that_work() {
    let school = School::new();
    let web = Server::web(&school, &[]);
    let example = std::fs::read_to_string(root().join("examples/config/attend.toml")).unwrap();
    let (_, presets) = example.split_once("#[[webhook]]\n").unwrap();
    let (presets, _) = presets.split_once("\n[alerts]").unwrap();
    let lines =
        presets.lines().filter_map(|line| line.strip_prefix('#').filter(|line| !line.starts_with(' ')));
    let uncommented: String = lines.map(|line| format!("{line}\n")).collect();
    let local = uncommented
        .lines()
        .map(|line| match line.strip_prefix("url = ") {
            Some(_) => format!("url = 'http://127.0.0.1:{}/'\n", web.port),
            None => format!("{line}\n"),
        })
        .collect::<String>();
    configure(&school, &format!("[[webhook]]\n{local}"));
    let shown = school.session(&["--config attend.toml notify test"]);
    for name in ["ntfy", "gotify", "teams", "discord", "apprise"] {
        assert!(shown.contains(&format!("! sent: webhook {name}\n")), "{shown}");
    }
    let arrived = web.arrived();
    assert_eq!(arrived.len(), 5);
    for body in &arrived {
        let body: Value = serde_json::from_str(body).unwrap();
        assert!(body.to_string().contains("This is a test message of attend"), "{body}");
        assert!(!body.to_string().contains("\\\\n"), "a line break stays a line break: {body}");
    }
}
