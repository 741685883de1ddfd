//! Passwords in addresses that runners send: masked before anything is stored.

use std::fs;

use crate::common::harness::{School, text};

/// An address in every text a runner may send. The password is `Welc0me`, with characters around it that make an
/// address hard to read.
const LINES: &str = r#"{"type":"heartbeat","camera":"gate-1","last_error":"rtsp://hass:Welc0me@192.168.1.3:554/h264: Connection refused"}
{"type":"heartbeat","camera":"gate-2","last_error":"tried rtsp://a:x@Welc0me/1@[fe80::1]:554/x, then http:\/\/:Welc0me@gate-2"}
{"type":"heartbeat","camera":"rtsp://a:Welc0me@192.168.1.4/1"}
{"type":"job","name":"enforcer","ok":false,"error":"rtsp://a:p%40Welc0me@gate-3: no route"}
{"type":"job","name":"http://a:Welc0me@gate-3","ok":false,"error":"GET ?src=rtsp%3A%2F%2Fa%3AWelc0me%40b"}
{"student":"H000123","score":0.9,"camera":"gate-1","ts":"2026-09-07T09:40:00+03:00","crop":"ftp://a:Welc0me@nas/x.jpg"}
{"student":"H000999","score":0.9,"camera":"gate-1","crop":"ftp://a:Welc0me@nas/x.jpg"}
{"student":"rtsp://a:Welc0me@b","score":0.9,"camera":"gate-1"}
{"student":"H000999","score":0.9,"camera":"rtsp:\u002f/a:Welc0me@b"}
"rtsp://a:Welc0me@b"
{"type":"heartbeat","camera":"gate-1","last_error":"rtsp://a:Welc0me@b
{"type":"heartbeat","camera":"rtsp%3A%2F%2Fa%3AWelc0me%40b"}
"#;

#[test]
fn camera_passwords_are_masked_everywhere() {
    let school = School::example();
    let acks = text(&school.feed(&["ingest"], LINES).stdout);
    assert_eq!(acks.lines().count(), LINES.lines().count());
    let long = format!(
        r#"{{"type":"heartbeat","camera":"gate-4","last_error":"{} rtsp://a:Welc0me{}@b"}}"#,
        "x".repeat(480),
        "x".repeat(80)
    );
    school.feed(&["ingest"], long);
    for command in [
        &["runner", "list"][..],
        &["health"],
        &["panel"],
        &["job", "list"],
        &["alert", "list"],
        &["quarantine", "list", "--format", "json"],
        &["export", "recognitions"],
        &["student", "export", "H000123"],
    ] {
        let output = school.feed(command, "");
        let said = text(&output.stdout) + &text(&output.stderr);
        assert!(!said.contains("Welc0me"), "{command:?}: {said}");
    }
    for file in ["school.db", "school.db-wal"] {
        let bytes = fs::read(school.path(file)).unwrap_or_default();
        assert!(!bytes.windows(7).any(|bytes| bytes == b"Welc0me"), "{file}");
    }
    assert!(!acks.lines().nth(9).unwrap().contains("Welc0me"), "{acks}");
    let runners = school.ok(&["runner", "list", "--format", "jsonl"]);
    assert!(runners.contains("rtsp://hass:***@192.168.1.3:554/h264: Connection refused"), "{runners}");
    let kept = school.ok(&["quarantine", "list", "--format", "jsonl"]);
    assert!(kept.contains(r"ftp://a:***@nas/x.jpg"), "{kept}");
    assert!(kept.contains("(not kept: it carried the password of an address)"), "{kept}");
}
