//! Lines: the reader cuts the stream like a naive split, and every parsed line agrees with its JSON.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Read};

use attend::domain::evidence::camera::Vitals;
use attend::domain::evidence::reason::Reason;
use attend::domain::time::calendar::rfc3339;
use attend::domain::time::{Instant, Span, Stamp, Zone};
use attend::wire::ack::Ack;
use attend::wire::line::{Beat, Job, Message, Sighting, parse};
use attend::wire::reader::{Ending, LineReader};
use attend::wire::redaction::presentable;
use attend::wire::refusal::{MAX_LINE, Refusal};
use chrono::{DateTime, Datelike as _};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::Choices;

/// The first four bytes say how the rest, which is the stream, arrives and where it is made long.
pub fn hold(input: &[u8]) {
    let (header, stream) = input.split_at(input.len().min(4));
    let mut choices = Choices(header);
    let cuts = [choices.byte(), choices.byte(), choices.byte()];
    let stream = stretched(stream, cuts[0], choices.byte());
    let lines = expected_lines(&stream);
    assert_same(&read(&stream, &[]), &lines);
    assert_same(&read(&stream, &cuts), &lines);
    for (number, line, ending) in &lines {
        match ending {
            Ending::Newline | Ending::Input => means_what_it_says(*number, line),
            Ending::TooLong => refused_in_words(*number, line, &Refusal::too_long()),
        }
    }
}

/// The place that a byte stands for: a part of the whole.
fn place(bytes: &[u8], part: u8) -> usize {
    bytes.len() * usize::from(part) / 255
}

/// The stream with one of its lines filled up with spaces to about the longest length, where `how` asks
/// for that.
fn stretched(stream: &[u8], part: u8, how: u8) -> Vec<u8> {
    let (before, after) = stream.split_at(place(stream, part));
    let begun = before.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
    let length = begun.len() + after.split(|byte| *byte == b'\n').next().unwrap_or_default().len();
    let wanted = if how < 224 { 0 } else { MAX_LINE - 3 + usize::from(how % 8) };
    [before, &vec![b' '; wanted.saturating_sub(length)], after].concat()
}

/// Number, text and end of a line.
type Cut = (u64, Vec<u8>, Ending);

/// Compares line by line, because the difference of whole streams would be unreadable.
fn assert_same(read: &[Cut], expected: &[Cut]) {
    let told = |lines: &[Cut], nth: usize| {
        let told = lines.get(nth).map(|(number, line, ending)| (*number, line.len(), *ending));
        (told, lines.len())
    };
    for nth in 0..expected.len().max(read.len()) {
        assert_eq!(told(read, nth), told(expected, nth));
    }
    assert!(read == expected, "the same lengths, but not the same bytes");
}

/// The lines by the rules of docs/runners.md, with the whole stream in hand.
fn expected_lines(stream: &[u8]) -> Vec<Cut> {
    let text = stream.strip_prefix(b"\xef\xbb\xbf").unwrap_or(stream);
    let mut lines: Vec<&[u8]> = text.split(|byte| *byte == b'\n').collect();
    let unfinished = lines.pop().filter(|rest| !rest.is_empty());
    let ended = lines.into_iter().map(|line| (line, Ending::Newline));
    let all = ended.chain(unfinished.map(|line| (line, Ending::Input))).zip(1..);
    all.map(|((line, ending), number)| match line.strip_suffix(b"\r").unwrap_or(line) {
        line if line.len() > MAX_LINE => (number, line[..MAX_LINE].to_vec(), Ending::TooLong),
        line => (number, line.to_vec(), ending),
    })
    .collect()
}

/// The reader's result for a stream that arrives in these pieces.
fn read(stream: &[u8], cuts: &[u8]) -> Vec<Cut> {
    let mut ends: Vec<usize> = cuts.iter().map(|part| place(stream, *part)).collect();
    ends.sort_unstable_by(|a, b| b.cmp(a));
    let mut reader = LineReader::new(Pieces { stream, at: 0, ends });
    let mut lines = Vec::new();
    while let Some(chunk) = reader.next_chunk().unwrap() {
        lines.extend(chunk.lines.iter().map(|l| (l.number, chunk.bytes[l.place.clone()].to_vec(), l.ending)));
    }
    lines
}

/// A stream that gives no more at once than up to the next of its ends.
struct Pieces<'a> {
    stream: &'a [u8],
    at: usize,
    ends: Vec<usize>,
}

impl Read for Pieces<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.ends.last().is_some_and(|end| *end <= self.at) {
            self.ends.pop();
        }
        let end = self.ends.last().copied().unwrap_or(self.stream.len());
        let size = (end - self.at).min(into.len());
        into[..size].copy_from_slice(&self.stream[self.at..self.at + size]);
        self.at += size;
        Ok(size)
    }
}

/// One line: accepted as its members say, or refused by the rules of docs/runners.md.
fn means_what_it_says(number: u64, line: &[u8]) {
    let read = parse(line);
    if let Err(refusal) = &read {
        refused_in_words(number, line, refusal);
    }
    // A line that begins with a space is read by serde_json alone.
    let slow = parse(&[b" ", line].concat());
    let kind = |refusal: &Refusal| (refusal.reason, refusal.field);
    assert_eq!(read.as_ref().map_err(kind), slow.as_ref().map_err(kind));
    let text = std::str::from_utf8(line).ok();
    match text.map(serde_json::from_str::<Members>) {
        Some(Ok(Members(members, ts))) => {
            if !members.iter().any(|(_, value)| value.as_str().is_some_and(may_hold_password)) {
                assert_eq!(read.as_ref().ok(), meant(&members, &ts).as_ref(), "{members:?} {read:?}");
            }
            assert!(read.as_ref().err().is_none_or(|refusal| refusal.reason == Reason::Invalid), "{read:?}");
        }
        // Ignored members are not checked, so they may hold a number beyond any double.
        _ if text.is_some_and(|text| serde_json::from_str::<BTreeMap<String, IgnoredAny>>(text).is_ok()) => {}
        _ => assert!(
            read.as_ref().is_err_and(|refusal| refusal.reason == Reason::Malformed),
            "not an object: {read:?}"
        ),
    }
    if let Ok(message) = read {
        let again = written(&message);
        assert_eq!(parse(again.as_bytes()).as_ref(), Ok(&message), "{again}");
    }
}

/// The ack of a refusal is one line of JSON that says all of it, and what is kept of the line neither is
/// long nor holds what must not be stored.
fn refused_in_words(number: u64, line: &[u8], refusal: &Refusal) {
    let mut out = Vec::new();
    Ack { line: number, ..Ack::refused(refusal) }.write_to(&mut out);
    assert_eq!(out.iter().position(|byte| *byte == b'\n'), Some(out.len() - 1), "one line");
    let ack: Value = serde_json::from_slice(&out).unwrap();
    let mut expected = json!({
        "line": number, "status": refusal.reason.status(), "accepted": false, "reason": refusal.reason.word(),
        "detail": refusal.detail,
    });
    if let Some(field) = refusal.field {
        expected["field"] = field.into();
    }
    assert_eq!(ack, expected);

    let kept = presentable(line, refusal);
    let noted = kept.starts_with("(not kept: ");
    let members = std::str::from_utf8(line).ok().and_then(|text| serde_json::from_str::<Members>(text).ok());
    if let Some(Members(members, _)) = members {
        let secret = |value: &Value| value.as_str().is_some_and(|text| text.contains("atk_"));
        assert!(noted || !members.iter().any(|(name, value)| is_biometric(name) || secret(value)), "{kept}");
    }
    let whole = String::from_utf8_lossy(line);
    assert!(
        noted
            || may_hold_password(&whole)
            || if refusal.reason == Reason::TooLong {
                kept.len() <= 256 && whole.starts_with(&kept)
            } else {
                kept == whole
            }
    );
}

/// Whether there is an address in a text, so that a password in it may have been masked.
fn may_hold_password(text: &str) -> bool {
    ["://", ":\\/\\/", "%2f%2f"].iter().any(|start| text.to_ascii_lowercase().contains(start))
}

/// The members of an object in their order, those that come twice as well; and those called `ts` as they are written.
#[derive(Debug)]
struct Members(Vec<(String, Value)>, Vec<String>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Self(Vec::new(), Vec::new()))
    }
}

impl<'de> Visitor<'de> for Members {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Self, A::Error> {
        while let Some((name, raw)) = map.next_entry::<String, &RawValue>()? {
            if name == "ts" {
                self.1.push(raw.get().to_owned());
            }
            let value = serde_json::from_str(raw.get()).map_err(serde::de::Error::custom)?;
            self.0.push((name, value));
        }
        Ok(self)
    }
}

/// Every member of docs/runners.md, under each of its names.
const KNOWN: [&[&str]; 18] = [
    &["type"],
    &["student", "h_code"],
    &["score"],
    &["ts"],
    &["camera", "camera_id"],
    &["crop", "crop_path"],
    &["pid"],
    &["target_fps"],
    &["processed_fps"],
    &["snapshot_every"],
    &["detected"],
    &["matched"],
    &["latency_ms"],
    &["last_error"],
    &["name"],
    &["ok"],
    &["error"],
    &["key"],
];

fn is_biometric(name: &str) -> bool {
    let name = name.to_lowercase();
    let known = KNOWN.iter().any(|names| names.contains(&name.as_str()));
    let whole = ["frame", "photo", "face", "vector", "descriptor", "encoding"].contains(&name.as_str());
    !known && (whole || ["embedding", "image", "jpeg", "base64"].iter().any(|part| name.contains(part)))
}

/// The meaning of an object by the rules of docs/runners.md. `None`: it must be refused.
fn meant(members: &[(String, Value)], times: &[String]) -> Option<Message> {
    if members.iter().any(|(name, _)| is_biometric(name)) {
        return None;
    }
    let given = |names: &[&str]| -> Vec<&Value> {
        let named = members.iter().filter(|(name, value)| names.contains(&name.as_str()) && !value.is_null());
        named.map(|(_, value)| value).collect()
    };
    if KNOWN.iter().any(|names| given(names).len() > 1) {
        return None;
    }
    let ts = times.iter().find(|written| *written != "null");
    let misnamed =
        |name: &str| ["timestamp", "time", "datetime", "date"].contains(&name.to_ascii_lowercase().as_str());
    if ts.is_none() && members.iter().any(|(name, value)| misnamed(name) && !value.is_null()) {
        return None;
    }
    let ts = ts.map(String::as_str);
    let said = Said(ts, &|name| {
        let names = KNOWN.iter().find(|names| names[0] == name)?;
        given(names).first().copied().cloned()
    });
    match said.text("type", 64)?.as_deref() {
        None | Some("recognition") => said.sighting().map(Message::Recognition),
        Some("heartbeat") => said.beat().map(Message::Heartbeat),
        Some("job") => said.job().map(Message::Job),
        Some("hello") => Some(Message::Hello { key: said.text("key", 256)?? }),
        Some(_) => None,
    }
}

/// Microseconds of Unix seconds as they are written, by whole-number arithmetic alone.
fn unix_micros(text: &str) -> Option<i64> {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let exponent: i32 = exponent.parse().ok().filter(|exponent| (-400..=400).contains(exponent))?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let (sign, whole) = whole.strip_prefix('-').map_or(("", whole), |whole| ("-", whole));
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_digits(whole) || !is_digits(fraction) {
        return None;
    }
    let digits = format!("{whole}{fraction}");
    if digits.bytes().all(|digit| digit == b'0') {
        return Some(0);
    }
    let kept = i32::try_from(whole.len()).ok()? + exponent + 6;
    let kept = usize::try_from(kept).unwrap_or_default();
    let micros: String = digits.chars().chain(std::iter::repeat('0')).take(kept).collect();
    let micros = micros.trim_start_matches('0');
    let micros: i64 = if micros.is_empty() { 0 } else { micros.parse().ok()? };
    sign.is_empty().then_some(micros)
}

/// The members of a line by name. Outer `None`: the value is wrong. Inner `None`: the member is missing.
struct Said<'a>(Option<&'a str>, &'a dyn Fn(&str) -> Option<Value>);

impl Said<'_> {
    fn text(&self, name: &str, longest: usize) -> Option<Option<String>> {
        match (self.1)(name) {
            None => Some(None),
            Some(Value::String(text)) if text.len() <= longest => Some(Some(text)),
            Some(_) => None,
        }
    }

    fn word(&self, name: &str, longest: usize) -> Option<String> {
        match (self.1)(name)? {
            Value::String(text) => Some(text.trim().to_owned()),
            Value::Number(number) => number.as_i64().map(|number| number.to_string()),
            _ => None,
        }
        .filter(|word| (1..=longest).contains(&word.len()) && !word.chars().any(char::is_control))
    }

    fn number(&self, name: &str, most: f64) -> Option<Option<f64>> {
        match (self.1)(name) {
            None => Some(None),
            Some(value) => value.as_f64().filter(|number| (0.0..=most).contains(number)).map(Some),
        }
    }

    fn count(&self, name: &str) -> Option<Option<i64>> {
        match (self.1)(name) {
            None => Some(None),
            Some(value) => value.as_i64().filter(|count| (0..=1_000_000_000).contains(count)).map(Some),
        }
    }

    fn ts(&self) -> Option<Option<Stamp>> {
        let Some(written) = self.0 else { return Some(None) };
        let text: Option<String> = serde_json::from_str(written).ok();
        let text = text.as_deref().or(written
            .starts_with(['-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9'])
            .then_some(written))?;
        let zoned = DateTime::parse_from_rfc3339(text).ok().map(|at| at.timestamp_micros());
        if let Some(local) =
            DateTime::parse_from_rfc3339(&format!("{text}Z")).ok().filter(|_| zoned.is_none())
        {
            let local = DateTime::from_timestamp_micros(local.timestamp_micros())?.naive_utc();
            return (1971..=9998).contains(&local.year()).then_some(Some(Stamp::Local(local)));
        }
        let micros = zoned.or_else(|| unix_micros(text))?;
        (0..253_402_300_800_000_000).contains(&micros).then(|| Some(Stamp::At(Instant::from_micros(micros))))
    }

    /// The beginning of a text, in whole characters.
    fn words(&self, name: &str) -> Option<String> {
        let text = self.text(name, MAX_LINE)?.unwrap_or_default();
        Some(text.char_indices().filter(|(at, c)| at + c.len_utf8() <= 500).map(|(_, c)| c).collect())
    }

    fn sighting(&self) -> Option<Sighting> {
        let crop = self.text("crop", 1024)?.filter(|crop| !crop.is_empty());
        let is_path = |crop: &String| !crop.starts_with("data:") && !crop.chars().any(char::is_control);
        Some(Sighting {
            student: self.word("student", 200)?.into(),
            camera: self.word("camera", 64)?.into(),
            score: self.number("score", 1.0)?,
            ts: self.ts()?,
            crop: crop.as_ref().is_none_or(is_path).then_some(crop)?.map(Into::into),
        })
    }

    fn beat(&self) -> Option<Beat> {
        let every = self.number("snapshot_every", 86_400.0)?.unwrap_or(30.0);
        Some(Beat {
            camera: self.word("camera", 64)?.into(),
            ts: self.ts()?,
            vitals: Box::new(Vitals {
                snapshot_every: (every >= 0.1).then(|| Span::from_micros((every * 1e6).round() as i64))?,
                pid: self.count("pid")?,
                target_fps: self.number("target_fps", 1e9)?,
                processed_fps: self.number("processed_fps", 1e9)?,
                detected: self.count("detected")?,
                matched: self.count("matched")?,
                latency_ms: self.number("latency_ms", 1e9)?,
                last_error: self.words("last_error")?,
                blind: self.flag("blind")?,
                resting: self.flag("resting")?,
            }),
        })
    }

    /// `Some(false)` where it is left out or null, `None` where it is neither true nor false.
    fn flag(&self, name: &str) -> Option<bool> {
        match (self.1)(name) {
            None | Some(Value::Null) => Some(false),
            Some(value) => value.as_bool(),
        }
    }

    fn job(&self) -> Option<Job> {
        Some(Job {
            name: self.word("name", 64)?.into(),
            ts: self.ts()?,
            ok: (self.1)("ok")?.as_bool()?,
            error: self.words("error")?,
        })
    }
}

/// A message as a runner would send it: numbers as Rust writes them, instants as the register tells them.
fn written(message: &Message) -> String {
    let ts = message.ts().map(|ts| match ts {
        Stamp::At(at) if at.micros() % 2 == 0 => rfc3339(at, Zone::UTC),
        Stamp::At(at) => format!("{}.{:06}", at.micros() / 1_000_000, at.micros() % 1_000_000),
        Stamp::Local(local) => local.format("%Y-%m-%d %H:%M:%S%.6f").to_string(),
    });
    let line = match message {
        Message::Recognition(Sighting { student, camera, score, crop, .. }) => {
            let line = json!({ "student": student.as_str(), "camera": camera.as_str(), "ts": ts, "crop": crop.as_deref() });
            let score = score.map(|score| format!("\"score\":{score:?},")).unwrap_or_default();
            return line.to_string().replacen('{', &format!("{{{score}"), 1);
        }
        Message::Heartbeat(Beat { camera, vitals, .. }) => json!({
            "type": "heartbeat", "camera": camera.as_str(), "ts": ts, "pid": vitals.pid,
            "snapshot_every": vitals.snapshot_every.micros() as f64 / 1e6,
            "target_fps": vitals.target_fps, "processed_fps": vitals.processed_fps,
            "detected": vitals.detected, "matched": vitals.matched,
            "latency_ms": vitals.latency_ms, "last_error": vitals.last_error,
        }),
        Message::Job(Job { name, ok, error, .. }) => {
            json!({ "type": "job", "name": name.as_str(), "ts": ts, "ok": ok, "error": error })
        }
        Message::Hello { key } => json!({ "type": "hello", "key": key }),
    };
    line.to_string()
}
