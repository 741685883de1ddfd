//! The lines that a runner may send, and the reasons to refuse one.

use std::fmt;
use std::sync::Arc;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::error::Category;
use smol_str::SmolStr;

use super::mask::{MARKS, mask, mask_keys};
use super::member::{Member, Name, SerdeValue, Time, Unread};
use super::redaction::biometric;
use super::refusal::{MAX_LINE, Refusal};
use super::usual;
use crate::domain::evidence::camera::Vitals;
use crate::domain::time::{Span, Stamp};

/// Longest name of a camera or job, in bytes.
const MAX_NAME: usize = 64;
/// Longest identity of a student, in bytes: a code, a card number or a name in a face library.
const MAX_IDENTITY: usize = 200;
/// Longest crop path, in bytes.
const MAX_CROP: usize = 1024;
/// Errors are cut to this many bytes, so that they do not fill a screen.
const MAX_ERROR: usize = 500;
/// The heartbeat interval if a runner does not state one.
const DEFAULT_SNAPSHOT: Span = Span::seconds(30);

/// A well-formed line.
#[derive(Debug, Clone, PartialEq)]
pub enum Message {
    /// A camera saw a student.
    Recognition(Sighting),
    /// A runner is alive.
    Heartbeat(Beat),
    /// Another program tells its state.
    Job(Job),
    /// The runner authenticates itself.
    Hello {
        /// The text of the key.
        key: String,
    },
}

impl Message {
    /// Its `ts`, if it has one.
    pub fn ts(&self) -> Option<Stamp> {
        match self {
            Self::Recognition(sighting) => sighting.ts,
            Self::Heartbeat(beat) => beat.ts,
            Self::Job(job) => job.ts,
            Self::Hello { .. } => None,
        }
    }
}

/// A recognition as it was sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Sighting {
    /// Code of the student, or another identity: a card number, a PIN, a name in a face library.
    pub student: SmolStr,
    /// Name of the camera.
    pub camera: SmolStr,
    /// 0 to 1. `None` if the device identifies without a score.
    pub score: Option<f64>,
    /// `None`: the instant of arrival.
    pub ts: Option<Stamp>,
    /// Path of the crop.
    pub crop: Option<Arc<str>>,
}

/// A heartbeat as it was sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Beat {
    /// Name of the camera.
    pub camera: SmolStr,
    /// `None`: the instant of arrival.
    pub ts: Option<Stamp>,
    /// The contents of the heartbeat. Recognitions are a hundred times as many, and must not take its room.
    pub vitals: Box<Vitals>,
}

/// A job line as it was sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// Name of the program, such as `enforcer`.
    pub name: SmolStr,
    /// `None`: the instant of arrival.
    pub ts: Option<Stamp>,
    /// Whether it is well.
    pub ok: bool,
    /// The error that the runner reports. Empty when all is well.
    pub error: String,
}

/// Reads one line, without its end.
pub fn parse(line: &[u8]) -> Result<Message, Refusal> {
    let text = std::str::from_utf8(line).map_err(|_| Refusal::malformed("not UTF-8"))?;
    let members = match Members::of_usual(text) {
        Some(members) => members,
        None => serde_json::from_str(text).map_err(|error| Refusal::malformed(explain(&error)))?,
    };
    members.read()
}

/// serde_json's message without its "at line 1", which would be read as a line of the input. The column
/// where parsing stopped is added, unless the text is not an object at all.
fn explain(error: &serde_json::Error) -> String {
    let words = error.to_string();
    let end = words.find(" at line ").unwrap_or(words.len());
    match error.classify() {
        Category::Data => words[..end].to_owned(),
        _ => format!("{} (column {})", &words[..end], error.column()),
    }
}

/// Every member a line may have, parsed only by JSON type. Values are checked by name
/// afterwards, so that a refusal can name the member.
#[derive(Default)]
struct Members<'a> {
    kind: Member<'a>,
    student: Member<'a>,
    score: Member<'a>,
    ts: Time<'a>,
    camera: Member<'a>,
    crop: Member<'a>,
    pid: Member<'a>,
    target_fps: Member<'a>,
    processed_fps: Member<'a>,
    snapshot_every: Member<'a>,
    detected: Member<'a>,
    matched: Member<'a>,
    latency_ms: Member<'a>,
    last_error: Member<'a>,
    blind: Member<'a>,
    resting: Member<'a>,
    name: Member<'a>,
    ok: Member<'a>,
    error: Member<'a>,
    key: Member<'a>,
    /// A time under a wrong name, such as `timestamp`.
    misnamed_time: Option<&'static str>,
    /// A member that came twice.
    twice: Option<&'static str>,
    /// The member that carries an image or an embedding.
    biometric: Option<&'static str>,
}

impl<'a> Members<'a> {
    /// The field for a member name or its alias.
    fn slot(&mut self, name: &str) -> Option<(&'static str, &mut Member<'a>)> {
        Some(match name {
            "type" => ("type", &mut self.kind),
            "student" | "h_code" => ("student", &mut self.student),
            "score" => ("score", &mut self.score),
            "camera" | "camera_id" => ("camera", &mut self.camera),
            "crop" | "crop_path" => ("crop", &mut self.crop),
            "pid" => ("pid", &mut self.pid),
            "target_fps" => ("target_fps", &mut self.target_fps),
            "processed_fps" => ("processed_fps", &mut self.processed_fps),
            "snapshot_every" => ("snapshot_every", &mut self.snapshot_every),
            "detected" => ("detected", &mut self.detected),
            "matched" => ("matched", &mut self.matched),
            "latency_ms" => ("latency_ms", &mut self.latency_ms),
            "last_error" => ("last_error", &mut self.last_error),
            "blind" => ("blind", &mut self.blind),
            "resting" => ("resting", &mut self.resting),
            "name" => ("name", &mut self.name),
            "ok" => ("ok", &mut self.ok),
            "error" => ("error", &mut self.error),
            "key" => ("key", &mut self.key),
            _ => return None,
        })
    }

    /// The members of a line, if it has the usual shape.
    fn of_usual(line: &'a str) -> Option<Self> {
        let mut members = Self::default();
        usual::read(line, |name, value| {
            let Ok(()) = members.take(name, value);
        })?;
        Some(members)
    }

    /// Takes the value of a member. One that is null counts as left out, even beside its alias with a value.
    fn take<V: Unread<'a>>(&mut self, name: &str, value: V) -> Result<(), V::Error> {
        if name == "ts" {
            let value = value.time()?;
            if !value.is_absent() && !std::mem::replace(&mut self.ts, value).is_absent() {
                self.twice = Some("ts");
            }
        } else if let Some((field, slot)) = self.slot(name) {
            let value = value.member()?;
            if !value.is_absent() && !std::mem::replace(slot, value).is_absent() {
                self.twice = Some(field);
            }
        } else if let Some(field) = misnamed_time(name) {
            if !value.member()?.is_absent() {
                self.misnamed_time = Some(field);
            }
        } else {
            self.biometric = self.biometric.or(biometric(name));
            value.skip()?;
        }
        Ok(())
    }

    fn read(mut self) -> Result<Message, Refusal> {
        if let Some(field) = self.twice {
            return Err(Refusal::invalid(field, format!("{field} is given twice")));
        }
        if let Some(field) = self.biometric {
            return Err(Refusal::invalid(
                field,
                "images and embeddings are not stored: send the path of the crop",
            ));
        }
        if let Some(field) = self.misnamed_time.filter(|_| self.ts.is_absent()) {
            return Err(Refusal::invalid(field, format!("the time must be called ts, not {field}")));
        }
        let kind = std::mem::take(&mut self.kind).text("type", MAX_NAME)?;
        match kind.as_deref() {
            None | Some("recognition") => self.sighting().map(Message::Recognition),
            Some("heartbeat") => self.beat().map(Message::Heartbeat),
            Some("job") => self.job().map(Message::Job),
            Some("hello") => {
                Ok(Message::Hello { key: required("key", self.key.text("key", 256)?)?.into_owned() })
            }
            Some(_) => Err(Refusal::invalid("type", "type is recognition, heartbeat, job or hello")),
        }
    }

    fn sighting(self) -> Result<Sighting, Refusal> {
        let score = self.score.number("score")?;
        if let Some(score) = score.filter(|score| !(0.0..=1.0).contains(score)) {
            return Err(Refusal::invalid("score", format!("score {score} is not from 0 to 1")));
        }
        Ok(Sighting {
            student: name("student", self.student, MAX_IDENTITY)?,
            camera: name("camera", self.camera, MAX_NAME)?,
            score,
            ts: self.ts.stamp()?,
            crop: crop(self.crop)?,
        })
    }

    fn beat(self) -> Result<Beat, Refusal> {
        Ok(Beat {
            camera: name("camera", self.camera, MAX_NAME)?,
            ts: self.ts.stamp()?,
            vitals: Box::new(Vitals {
                snapshot_every: snapshot_every(self.snapshot_every)?,
                pid: self.pid.count("pid")?,
                target_fps: self.target_fps.measure("target_fps")?,
                processed_fps: self.processed_fps.measure("processed_fps")?,
                detected: self.detected.count("detected")?,
                matched: self.matched.count("matched")?,
                latency_ms: self.latency_ms.measure("latency_ms")?,
                last_error: message("last_error", self.last_error)?,
                blind: self.blind.flag("blind")?,
                resting: self.resting.flag("resting")?,
            }),
        })
    }

    fn job(self) -> Result<Job, Refusal> {
        let ok = match self.ok {
            Member::Bool(ok) => ok,
            _ => return Err(Refusal::invalid("ok", "ok must be true or false")),
        };
        Ok(Job {
            name: name("name", self.name, MAX_NAME)?,
            ts: self.ts.stamp()?,
            ok,
            error: message("error", self.error)?,
        })
    }
}

/// Names under which other programs send a time. Without this check their lines would get the instant of arrival.
const TIME_NAMES: [&str; 4] = ["timestamp", "time", "datetime", "date"];

fn misnamed_time(name: &str) -> Option<&'static str> {
    TIME_NAMES.into_iter().find(|known| known.eq_ignore_ascii_case(name))
}

fn required<T>(field: &'static str, value: Option<T>) -> Result<T, Refusal> {
    value.ok_or_else(|| Refusal::invalid(field, format!("{field} is missing")))
}

/// A short name without control characters. A number becomes its digits.
fn name(field: &'static str, member: Member, longest: usize) -> Result<SmolStr, Refusal> {
    let text = required(field, member.word(field)?)?;
    if (1..=longest).contains(&text.len()) && text.bytes().all(is_plain) {
        return Ok(text.into());
    }
    let text = text.trim();
    if text.is_empty() || text.len() > longest || has_control(text) {
        return Err(Refusal::invalid(
            field,
            format!("{field} must be 1 to {longest} bytes without control characters"),
        ));
    }
    Ok(mask(text).into())
}

/// Whether a byte of a name can neither be trimmed, refused nor masked.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_graphic() && !MARKS.contains(&byte)
}

/// Whether a text has a control character. Nearly all names and paths are ASCII, whose bytes are checked all at once.
fn has_control(text: &str) -> bool {
    match text.is_ascii() {
        true => text.bytes().fold(false, |found, byte| found | byte.is_ascii_control()),
        false => text.chars().any(char::is_control),
    }
}

/// A path; not the picture itself.
fn crop(member: Member) -> Result<Option<Arc<str>>, Refusal> {
    let Some(path) = member.text("crop", MAX_CROP)?.filter(|path| !path.is_empty()) else {
        return Ok(None);
    };
    if path.starts_with("data:") || has_control(&path) {
        return Err(Refusal::invalid("crop", "crop must be a path, not the picture itself"));
    }
    Ok(Some(mask(&path).into()))
}

fn snapshot_every(member: Member) -> Result<Span, Refusal> {
    let Some(seconds) = member.measure("snapshot_every")? else {
        return Ok(DEFAULT_SNAPSHOT);
    };
    if !(0.1..=86_400.0).contains(&seconds) {
        return Err(Refusal::invalid("snapshot_every", "snapshot_every must be 0.1 to 86400 seconds"));
    }
    #[expect(clippy::cast_possible_truncation, reason = "at most 86,400,000,000")]
    Ok(Span::from_micros((seconds * 1e6).round() as i64))
}

/// A text of a program, cut if it is long. A cut could hide that an address holds a password, so addresses and keys are
/// masked before it.
fn message(field: &'static str, member: Member) -> Result<String, Refusal> {
    let mut text = mask_keys(&mask(&member.text(field, MAX_LINE)?.unwrap_or_default()));
    text.truncate(text.floor_char_boundary(MAX_ERROR));
    Ok(text)
}

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
        let mut members = Members::default();
        while let Some(Name(name)) = map.next_key()? {
            members.take(&name, SerdeValue(&mut map))?;
        }
        Ok(members)
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::{Index, select};

    use super::*;
    use crate::domain::evidence::reason::Reason;

    /// Lines of the usual shape.
    const USUAL: [&str; 6] = [
        r#"{"student":"H000123","score":0.83,"ts":"2026-09-07T08:03:11.25+03:00","camera":"gate-1","crop":"a/b.jpg"}"#,
        r#"{"student": "Zoë O'Neil", "score": 1, "ts": 1788763511.748393, "camera": 7, "track": null}"#,
        r#"{"type":"heartbeat","camera":"gate-1","pid":77,"processed_fps":4.50,"blind":false,"last_error":"no route"}"#,
        r#"{"type":"job","name":"enforcer","ok":true,"error":null,"ts":0}"#,
        r#"{"type":"hello","key":"atk_1_2"}"#,
        r#"{"student":["A"],"ts":[1,2],"camera":3,"box":[17, 0.5,"x",null],"embedding":[1]}"#,
    ];

    proptest! {
        #[test]
        fn both_readers_read_a_line_alike(
            line in select(&USUAL[..]),
            changes in vec((any::<Index>(), select(&b"\"\\{}[],:.0129-+eEnulltrfa \t\x1f\x7f"[..])), 0..4),
        ) {
            let mut bytes = line.as_bytes().to_vec();
            for (at, byte) in changes {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            let Ok(text) = std::str::from_utf8(&bytes) else { return Ok(()) };
            if let Some(members) = Members::of_usual(text) {
                let by_serde = serde_json::from_str::<Members>(text).map(Members::read);
                prop_assert_eq!(members.read(), by_serde.unwrap());
            }
        }
    }

    #[test]
    fn only_usual_lines_are_read_in_one_pass() {
        let beyond_any_double = format!(r#"{{"a":1{}.0}}"#, "0".repeat(309));
        for line in USUAL {
            assert!(Members::of_usual(line).is_some(), "{line}");
        }
        for line in [
            "{}",
            "[]",
            r#"{"a":1}}"#,
            r#"{"a":1,}"#,
            r#"{"a":[]}"#,
            r#"{"a":[1,]}"#,
            r#"{"a":[1,[2]]}"#,
            r#"{"a":01}"#,
            r#"{"a":1.}"#,
            r#"{"a":-1}"#,
            r#"{"a":"\u0041"}"#,
            "{\"a\":\"\t\"}",
            &beyond_any_double,
        ] {
            assert!(Members::of_usual(line).is_none(), "{line}");
        }
    }

    fn sighting(line: &str) -> Sighting {
        match parse(line.as_bytes()) {
            Ok(Message::Recognition(sighting)) => sighting,
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn a_recognition_under_either_set_of_names() {
        let ours = r#"{"student":"H000123","score":0.83,"ts":"2026-09-07T08:03:11.25+03:00","camera":"gate-1","crop":"x.jpg"}"#;
        let theirs = r#"{"type":"recognition","h_code":"H000123","score":0.83,"ts":"2026-09-07T05:03:11.25Z","camera_id":"gate-1","crop_path":"x.jpg","extra":[1]}"#;
        assert_eq!(sighting(ours), sighting(theirs));
        assert_eq!(&*sighting(r#"{"student":"A","score":1,"camera":3,"ts":null}"#).camera, "3");
        for nothing in [r#""student":null,"h_code":"A""#, r#""h_code":"A","student":null"#] {
            assert_eq!(&*sighting(&format!(r#"{{{nothing},"score":1,"camera":3}}"#)).student, "A");
        }
        assert_eq!(&*sighting("{\"student\":\"\\u0041\",\"score\":0e0,\"camera\":\"g\"}").student, "A");
    }

    #[test]
    fn a_device_may_leave_out_the_score_and_write_the_time_its_own_way() {
        let at =
            |ts: &str| sighting(&format!(r#"{{"student":"Ada Karim","camera":7,"ts":{ts}}}"#)).ts.unwrap();
        let utc = crate::domain::time::Zone::UTC;
        for ts in [
            "1788763511.748393",
            "1788763511.7483931",
            r#""1788763511.748393""#,
            r#""2026-09-07T06:45:11.748393Z""#,
            r#""2026-09-07 06:45:11.748393""#,
            r#""2026-09-07\u002006:45:11.748393""#,
        ] {
            assert_eq!(at(ts).instant(utc).micros(), 1_788_763_511_748_393, "{ts}");
        }
        let bare = sighting(r#"{"student":"Ada Karim","camera":7,"timestamp":null,"date":null}"#);
        assert_eq!((&*bare.student, &*bare.camera, bare.score, bare.ts), ("Ada Karim", "7", None, None));
        let both = sighting(r#"{"student":"A","camera":7,"ts":1,"timestamp":2}"#);
        assert_eq!(both.ts.unwrap().instant(utc).micros(), 1_000_000, "ts says it");
    }

    #[test]
    fn scores_are_read_to_the_last_bit() {
        for score in ["0.7499999999999999", "0.75", "0.7500000000000001", "0.8282873994741933", "5e-324"] {
            let read = sighting(&format!(r#"{{"student":"A","score":{score},"camera":1}}"#)).score;
            assert_eq!(read.unwrap().to_bits(), score.parse::<f64>().unwrap().to_bits(), "{score}");
        }
    }

    proptest! {
        #[test]
        fn both_readers_round_a_score_alike(score in "(0|[1-9][0-9]{0,20}|[1-9]0{300,320})(\\.[0-9]{1,40})?") {
            let usual = format!(r#"{{"student":"A","ts":1,"camera":1,"score":{score}}}"#);
            prop_assert_eq!(parse(usual.as_bytes()), parse(format!("{usual} ").as_bytes()), "a space after it makes serde_json read the line");
        }
    }

    #[test]
    fn a_refusal_names_its_field() {
        for (line, status, field) in [
            ("", 400, None),
            ("nonsense", 400, None),
            ("[1]", 400, None),
            ("{\"student\":\"A\"", 400, None),
            (r#"{"student":"A","score":NaN,"camera":1}"#, 400, None),
            (r#"{"student":"A","score":1} {}"#, 400, None),
            (r#"{"score":0.8,"camera":1}"#, 422, Some("student")),
            (r#"{"student":"","score":0.8,"camera":1}"#, 422, Some("student")),
            ("{\"student\":\"A\\tB\",\"score\":0.8,\"camera\":1}", 422, Some("student")),
            (r#"{"student":["A"],"score":0.8,"camera":1}"#, 422, Some("student")),
            (r#"{"student":{"code":"A"},"score":0.8,"camera":1}"#, 422, Some("student")),
            (r#"{"student":null,"score":0.8,"camera":1}"#, 422, Some("student")),
            (r#"{"student":"A","h_code":"B","score":0.8,"camera":1}"#, 422, Some("student")),
            (r#"{"student":"A","score":[],"camera":1}"#, 422, Some("score")),
            (r#"{"student":"A","score":"0.8","camera":1}"#, 422, Some("score")),
            (r#"{"student":"A","score":1.0000000000000002,"camera":1}"#, 422, Some("score")),
            (r#"{"student":"A","score":-0.1,"camera":1}"#, 422, Some("score")),
            (r#"{"student":"A","score":18446744073709551616,"camera":1}"#, 422, Some("score")),
            (r#"{"student":"A","score":0.8}"#, 422, Some("camera")),
            (r#"{"student":"A","score":0.8,"camera":1.5}"#, 422, Some("camera")),
            ("{\"student\":\"A\",\"score\":0.8,\"camera\":\"\\u001b[2J\"}", 422, Some("camera")),
            (r#"{"student":"A","score":0.8,"camera":1,"ts":1788757391000}"#, 422, Some("ts")),
            (r#"{"student":"A","score":0.8,"camera":1,"ts":-1}"#, 422, Some("ts")),
            (r#"{"student":"A","score":0.8,"camera":1,"ts":true}"#, 422, Some("ts")),
            (r#"{"student":"A","score":0.8,"camera":1,"ts":{"t":1}}"#, 422, Some("ts")),
            (r#"{"student":"A","score":0.8,"camera":1,"ts":1,"ts":1}"#, 422, Some("ts")),
            (r#"{"student":"A","score":0.8,"camera":1,"ts":"08:03:11"}"#, 422, Some("ts")),
            (r#"{"student":"A","score":0.8,"camera":1,"timestamp":1788757391}"#, 422, Some("timestamp")),
            (r#"{"student":"A","score":0.8,"camera":1,"ts":null,"dateTime":"x"}"#, 422, Some("datetime")),
            (r#"{"student":"A","score":0.8,"camera":1,"time":[1]}"#, 422, Some("time")),
            (r#"{"type":"heartbeat","camera":1,"date":"2026-09-07"}"#, 422, Some("date")),
            (r#"{"type":"job","name":"enforcer","ok":true,"TIME":7}"#, 422, Some("time")),
            (r#"{"student":"A","score":0.8,"camera":1,"ts":"2026-02-30T08:03:11Z"}"#, 422, Some("ts")),
            (
                r#"{"student":"A","score":0.8,"camera":1,"crop":"data:image/png;base64,AA"}"#,
                422,
                Some("crop"),
            ),
            (r#"{"student":"A","score":0.8,"camera":1,"embedding":[0.1,0.2]}"#, 422, Some("embedding")),
            (r#"{"student":"A","score":0.8,"camera":1,"image":"AA"}"#, 422, Some("image")),
            (r#"{"type":"selfie","student":"A","score":0.8,"camera":1}"#, 422, Some("type")),
            (r#"{"type":7}"#, 422, Some("type")),
            (r#"{"type":"heartbeat","camera":1,"snapshot_every":0}"#, 422, Some("snapshot_every")),
            (r#"{"type":"heartbeat","camera":1,"detected":-1}"#, 422, Some("detected")),
            (r#"{"type":"job","name":"enforcer"}"#, 422, Some("ok")),
            (r#"{"type":"job","ok":true}"#, 422, Some("name")),
            (r#"{"type":"hello"}"#, 422, Some("key")),
        ] {
            let refusal = parse(line.as_bytes()).expect_err(line);
            assert_eq!((refusal.reason.status(), refusal.field), (status, field), "{line}");
        }
        assert_eq!(parse(b"{\"student\":\"\xff\"}").unwrap_err().reason, Reason::Malformed);
    }

    #[test]
    fn names_paths_and_kinds_have_a_longest() {
        let camera = |name: &str| format!(r#"{{"student":"A","score":0.8,"camera":"{name}"}}"#);
        let crop = |path: &str| format!(r#"{{"student":"A","score":0.8,"camera":1,"crop":"{path}"}}"#);
        let hello = |key: &str| format!(r#"{{"type":"hello","key":"{key}"}}"#);
        for (line, longest, field) in
            [(&camera as &dyn Fn(&str) -> String, 64, "camera"), (&crop, 1024, "crop"), (&hello, 256, "key")]
        {
            assert!(parse(line(&"x".repeat(longest)).as_bytes()).is_ok(), "{field}");
            let refusal = parse(line(&"x".repeat(longest + 1)).as_bytes()).unwrap_err();
            assert_eq!((refusal.reason.status(), refusal.field), (422, Some(field)));
            assert!(refusal.detail.contains(&longest.to_string()), "{}", refusal.detail);
        }
        assert!(parse(camera("  ").as_bytes()).is_err(), "a camera without a name");
    }

    #[test]
    fn invalid_json_is_reported_by_column_without_a_line_number() {
        let detail = |line: &str| parse(line.as_bytes()).unwrap_err().detail;
        assert_eq!(detail(r#"{"student":"A""#), "EOF while parsing an object (column 14)");
        assert_eq!(detail("[1]"), "invalid type: sequence, expected a JSON object");
        assert_eq!(detail("null"), "invalid type: null, expected a JSON object");
    }

    #[test]
    fn deep_nesting_is_refused_or_ignored_but_never_a_crash() {
        let deep = "[".repeat(100_000);
        assert_eq!(parse(deep.as_bytes()).unwrap_err().reason.status(), 400);
        let inside = format!("{{\"x\":{}{}}}", "[".repeat(10_000), "]".repeat(10_000));
        assert!(parse(inside.as_bytes()).is_err());
    }

    #[test]
    fn heartbeats_and_jobs() {
        let line = r#"{"type":"heartbeat","camera":"gate-1","pid":4242,"target_fps":6,"processed_fps":5.8,"snapshot_every":60,"detected":10,"matched":8,"latency_ms":41,"last_error":"no light","blind":true,"resting":true}"#;
        let Ok(Message::Heartbeat(beat)) = parse(line.as_bytes()) else { panic!() };
        let vitals = Vitals {
            snapshot_every: Span::seconds(60),
            pid: Some(4242),
            target_fps: Some(6.0),
            processed_fps: Some(5.8),
            detected: Some(10),
            matched: Some(8),
            latency_ms: Some(41.0),
            last_error: "no light".into(),
            blind: true,
            resting: true,
        };
        assert_eq!((&*beat.camera, *beat.vitals), ("gate-1", vitals));
        let line = r#"{"type":"heartbeat","camera":1,"snapshot_every":0.125014}"#;
        let Ok(Message::Heartbeat(beat)) = parse(line.as_bytes()) else { panic!() };
        assert_eq!(beat.vitals.snapshot_every, Span::from_micros(125_014), "not cut, but rounded");
        let line = r#"{"type":"job","name":"enforcer","ok":false,"error":"camera 3: no route"}"#;
        let Ok(Message::Job(job)) = parse(line.as_bytes()) else { panic!() };
        assert_eq!((&*job.name, job.ok, job.error.as_str()), ("enforcer", false, "camera 3: no route"));
    }
}
