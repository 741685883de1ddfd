//! Cutting a stream of bytes into messages, at once when each is complete: JSON, XML, parts of multipart streams, and
//! texts.
//!
//! A broken message does not affect others: the next one is found at the next line that begins like a message.

mod ends;

use std::ops::Range;

use super::Fault;
use super::presets::Cut;
use ends::{Json, Scan, broken_xml, find, xml_end};

/// Longest message, in bytes.
pub(crate) const MAX_MESSAGE: usize = 4 << 20;
/// Longest picture that is skipped by the length in its header.
const MAX_PICTURE: usize = 64 << 20;
/// Longest header line or boundary of a part.
const MAX_HEADER: usize = 8 << 10;
/// Bytes of a broken message that are shown.
const EXCERPT: usize = 80;

/// A message that was cut out of the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Frame {
    /// A text that begins like JSON.
    Json(Vec<u8>),
    /// A text that begins like XML.
    Xml(Vec<u8>),
    /// A line, a text part of a multipart stream, or an event in the form `Name=value;name=value`.
    Text(Vec<u8>),
    /// Bytes that are not a message. It holds their beginning.
    Fault(Fault, Vec<u8>),
}

/// Cuts a stream that arrives in pieces.
#[derive(Debug)]
pub(crate) struct Framer {
    cut: Cut,
    /// Bytes that belong to no frame yet.
    bytes: Vec<u8>,
    /// Consumed bytes at the front. They are dropped with the next piece.
    done: usize,
    state: State,
    /// In a part of a multipart stream: its boundary, with the two dashes.
    boundary: Option<Vec<u8>>,
    begun: bool,
}

/// The state of the frame that begins at the front.
#[derive(Debug)]
enum State {
    /// Nothing has begun.
    Between,
    /// JSON, also behind `data=` of an event.
    Json(Json),
    /// XML, with the offset up to which its end was searched.
    Xml(usize),
    /// Header lines of a part.
    Headers(Part),
    /// A part whose length is known.
    Body(Part, usize),
    /// The number of bytes of a picture or other content still to be skipped.
    Pass(usize),
    /// The same up to the next boundary.
    PassPart,
    /// The rest of a line that is too long.
    PassLine,
}

/// The headers of a part.
#[derive(Debug, Clone, Copy, Default)]
struct Part {
    length: Option<usize>,
    picture: bool,
}

impl Framer {
    /// For a stream that is cut in this way.
    pub(crate) fn new(cut: Cut) -> Self {
        Self { cut, bytes: Vec::new(), done: 0, state: State::Between, boundary: None, begun: false }
    }

    /// Takes the next piece of the stream.
    pub(crate) fn push(&mut self, piece: &[u8]) {
        self.bytes.drain(..self.done);
        self.done = 0;
        self.bytes.extend_from_slice(piece);
    }

    /// The next complete frame. `ended` means that no piece will follow.
    pub(crate) fn next(&mut self, ended: bool) -> Option<Frame> {
        if !self.begun && (ended || self.rest().len() >= 3) {
            self.begun = true;
            self.done += if self.rest().starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        }
        loop {
            let (before, left) = (self.done, std::mem::discriminant(&self.state));
            if let Some(frame) = self.step(ended) {
                return Some(frame);
            }
            if self.done == before && left == std::mem::discriminant(&self.state) {
                return self.give_up(ended);
            }
        }
    }

    fn rest(&self) -> &[u8] {
        &self.bytes[self.done..]
    }

    /// Takes `length` bytes from the front.
    fn take(&mut self, length: usize) -> Vec<u8> {
        let taken = self.rest()[..length].to_vec();
        self.done += length;
        taken
    }

    /// Skips bytes that are not a message.
    fn fault(&mut self, fault: Fault, length: usize) -> Frame {
        self.state = State::Between;
        let taken = self.take(length);
        let excerpt = taken.trim_ascii();
        Frame::Fault(fault, excerpt[..excerpt.len().min(EXCERPT)].to_vec())
    }

    /// One step: a frame, a change of state, or neither if more bytes are needed.
    fn step(&mut self, ended: bool) -> Option<Frame> {
        match &mut self.state {
            State::Between => self.begin(ended),
            State::Json(_) => self.json(),
            State::Xml(looked_at) => {
                let from = *looked_at;
                let rest = &self.bytes[self.done..];
                *looked_at = rest.len();
                // The end of this value, or the beginning of another message, needs one of these characters.
                if !rest[from..].iter().any(|byte| matches!(byte, b'<' | b'>' | b'{' | b'-')) {
                    return None;
                }
                match (xml_end(rest), broken_xml(rest)) {
                    (Some(end), broken) if broken.is_none_or(|at| end <= at) => {
                        self.state = State::Between;
                        Some(Frame::Xml(self.take(end)))
                    }
                    (_, Some(at)) => Some(self.fault(Fault::NotXml, at)),
                    _ => None,
                }
            }
            State::Headers(part) => {
                let part = *part;
                self.header(part, ended);
                None
            }
            State::Body(part, length) => {
                let (part, length) = (*part, *length);
                self.body(part, length)
            }
            State::Pass(length) => {
                let passed = (*length).min(self.bytes.len() - self.done);
                self.done += passed;
                *length -= passed;
                if *length == 0 {
                    self.state = State::Between;
                }
                None
            }
            State::PassPart => {
                self.pass_part();
                None
            }
            State::PassLine => {
                let line = self.rest().iter().position(|byte| *byte == b'\n');
                self.done = line.map_or(self.bytes.len(), |end| self.done + end + 1);
                if line.is_some() {
                    self.state = State::Between;
                }
                None
            }
        }
    }

    /// Recognises the frame that begins at the front.
    fn begin(&mut self, ended: bool) -> Option<Frame> {
        let blank = self.rest().iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        if self.cut == Cut::Lines {
            let blank = self.rest().iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
            self.done += blank;
            return self.line(ended).map(Frame::Text);
        }
        self.done += blank;
        match self.rest() {
            [] => None,
            [b'-'] if !ended => None,
            [b'-', b'-', ..] => {
                self.boundary_line(ended);
                None
            }
            [b'{' | b'[', ..] => {
                self.state = State::Json(Json::default());
                None
            }
            [b'<', ..] => {
                self.state = State::Xml(0);
                None
            }
            _ => self.text(ended),
        }
    }

    /// A whole line without its end, which may be `\r` alone.
    fn line(&mut self, ended: bool) -> Option<Vec<u8>> {
        let end = self.rest().iter().position(|byte| matches!(byte, b'\n' | b'\r'));
        let length = end.or_else(|| (ended && !self.rest().is_empty()).then(|| self.rest().len()))?;
        Some(self.take(length))
    }

    /// A line that begins neither JSON nor XML.
    fn text(&mut self, ended: bool) -> Option<Frame> {
        let rest = self.rest();
        let end = rest.iter().position(|byte| *byte == b'\n').or_else(|| ended.then_some(rest.len()))?;
        let line = &rest[..end];
        if !is_event(line) {
            let in_part = self.boundary.is_some();
            let value = line.trim_ascii().to_vec();
            return Some(if serde_json::from_slice::<serde::de::IgnoredAny>(&value).is_ok() {
                self.done += end;
                Frame::Json(value)
            } else if in_part {
                self.done += end;
                Frame::Text(value)
            } else {
                self.fault(Fault::NotJson, end)
            });
        }
        if let Some(at) = find(line, b"={") {
            self.state = State::Json(Json::of_event(at + 1));
            return None;
        }
        let length = line.trim_ascii_end().len();
        Some(Frame::Text(self.take(length)))
    }

    fn json(&mut self) -> Option<Frame> {
        let State::Json(scan) = &mut self.state else { return None };
        let (found, event) = (scan.scan(&self.bytes[self.done..]), scan.event);
        match found {
            Scan::More => None,
            Scan::Broken(next) => Some(self.fault(Fault::NotJson, next)),
            Scan::End(end) => {
                self.state = State::Between;
                let taken = self.take(end);
                Some(if event { Frame::Text(taken) } else { Frame::Json(taken) })
            }
        }
    }

    /// A line of dashes and a boundary: a part begins, or the last one has ended.
    fn boundary_line(&mut self, ended: bool) {
        let Some(line) = self.header_line(ended) else { return };
        self.boundary = Some(line.trim_ascii_end().to_vec());
        self.state = State::Headers(Part::default());
    }

    /// A line without its `\n`. `None` if it is not complete.
    fn header_line(&mut self, ended: bool) -> Option<Vec<u8>> {
        let rest = self.rest();
        let end = rest.iter().position(|byte| *byte == b'\n');
        let length = match end {
            Some(end) => end,
            None if ended || rest.len() > MAX_HEADER => rest.len(),
            None => return None,
        };
        let line = self.take(length);
        self.done += usize::from(end.is_some());
        Some(line)
    }

    /// One header line, or the blank one after the last. A part without headers begins at once.
    fn header(&mut self, mut part: Part, ended: bool) {
        if matches!(self.rest(), [b'{' | b'[' | b'<', ..] | [b'-', b'-', ..]) {
            self.state = State::Between;
            return;
        }
        let before = self.done;
        let Some(line) = self.header_line(ended) else { return };
        let is_header = line.trim_ascii().is_empty() || line.contains(&b':');
        if !is_header {
            self.done = before;
            self.state = State::Between;
            return;
        }
        let line = String::from_utf8_lossy(&line).trim().to_ascii_lowercase();
        if line.is_empty() {
            self.state = match part {
                Part { length: Some(length), .. } => State::Body(part, length),
                Part { picture: true, .. } => State::PassPart,
                _ => State::Between,
            };
            return;
        }
        match line.split_once(':') {
            Some(("content-length", length)) => {
                part.length = length.trim().parse().ok().filter(|length| *length <= MAX_PICTURE);
            }
            Some(("content-type", kind)) => part.picture = is_binary(kind.trim()),
            _ => {}
        }
        self.state = State::Headers(part);
    }

    /// The body of a part of known length.
    fn body(&mut self, part: Part, length: usize) -> Option<Frame> {
        if part.picture || length > MAX_MESSAGE {
            self.state = State::Pass(length);
            return (!part.picture).then(|| Frame::Fault(Fault::TooLong, Vec::new()));
        }
        if self.rest().len() < length {
            return None;
        }
        self.state = State::Between;
        let body = self.take(length).trim_ascii().to_vec();
        match body.first() {
            None => None,
            Some(b'{' | b'[') => Some(Frame::Json(body)),
            Some(b'<') => Some(Frame::Xml(body)),
            _ => Some(Frame::Text(body)),
        }
    }

    /// Skips a picture without a known length.
    fn pass_part(&mut self) {
        let boundary = self.boundary.clone().unwrap_or_else(|| b"--".to_vec());
        match find(self.rest(), &boundary) {
            Some(at) => {
                self.done += at;
                self.state = State::Between;
            }
            // The last bytes may be the beginning of the boundary.
            None => self.done += self.rest().len().saturating_sub(boundary.len()),
        }
    }

    /// Reports content that will never be complete, because it is too long or the stream has ended.
    fn give_up(&mut self, ended: bool) -> Option<Frame> {
        let length = self.rest().len();
        if length > MAX_MESSAGE {
            let fault = self.fault(Fault::TooLong, length);
            self.state = State::PassLine;
            return Some(fault);
        }
        if !ended || length == 0 {
            return None;
        }
        match self.state {
            State::Json(_) | State::Between => Some(self.fault(Fault::NotJson, length)),
            State::Xml(_) => Some(self.fault(Fault::NotXml, length)),
            State::Body(..) => Some(self.fault(Fault::NotJson, length)),
            State::Headers(_) | State::Pass(_) | State::PassPart | State::PassLine => {
                self.done = self.bytes.len();
                None
            }
        }
    }
}

/// `Name=value;name=value…`, as the events of some cameras are written.
fn is_event(line: &[u8]) -> bool {
    let name: Range<usize> = 0..line.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
    !name.is_empty() && line.get(name.end) == Some(&b'=') && line.contains(&b';')
}

fn is_binary(kind: &str) -> bool {
    ["image/", "video/", "audio/", "application/octet-stream"].iter().any(|start| kind.starts_with(start))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The frames of a stream that arrives in pieces of this size.
    fn frames(cut: Cut, stream: &[u8], size: usize) -> Vec<Frame> {
        let (mut framer, mut frames) = (Framer::new(cut), Vec::new());
        for piece in stream.chunks(size.max(1)) {
            framer.push(piece);
            frames.extend(std::iter::from_fn(|| framer.next(false)));
        }
        frames.extend(std::iter::from_fn(|| framer.next(true)));
        frames
    }

    fn told(stream: &str) -> Vec<String> {
        let whole = frames(Cut::Messages, stream.as_bytes(), usize::MAX);
        for size in [1, 2, 3, 7] {
            assert_eq!(frames(Cut::Messages, stream.as_bytes(), size), whole, "in pieces of {size}");
        }
        let told = |frame: &Frame| match frame {
            Frame::Json(bytes) => format!("json {}", String::from_utf8_lossy(bytes)),
            Frame::Xml(bytes) => format!("xml {}", String::from_utf8_lossy(bytes)),
            Frame::Text(bytes) => format!("text {}", String::from_utf8_lossy(bytes)),
            Frame::Fault(fault, bytes) => format!("{fault}: {}", String::from_utf8_lossy(bytes)),
        };
        whole.iter().map(told).collect()
    }

    #[test]
    fn json_is_cut_where_it_ends_and_a_broken_one_costs_only_itself() {
        assert_eq!(
            told("\u{feff}{\"a\":1}\r\n{\"b\":\"}\\\"\"}{\"c\":[{}]} 7\n"),
            ["json {\"a\":1}", "json {\"b\":\"}\\\"\"}", "json {\"c\":[{}]}", "json 7"]
        );
        assert_eq!(
            told("{\n  \"a\": [\n    1\n  ]\n}\n{\"b\":2}"),
            ["json {\n  \"a\": [\n    1\n  ]\n}", "json {\"b\":2}"]
        );
        assert_eq!(told("not json {{\n{\"a\":1}\n"), ["not JSON: not json {{", "json {\"a\":1}"]);
        assert_eq!(told("{\"a\":1\n{\"b\":2}\n"), ["not JSON: {\"a\":1", "json {\"b\":2}"], "torn");
        assert_eq!(
            told("{\"a\":\"x\n{\"b\":2}\n"),
            ["not JSON: {\"a\":\"x", "json {\"b\":2}"],
            "torn in a text"
        );
        assert_eq!(told("{\"a\":1"), ["not JSON: {\"a\":1"]);
        assert_eq!(told("}\n-\n--"), ["not JSON: }", "not JSON: -"]);
    }

    #[test]
    fn a_torn_message_does_not_spoil_later_ones() {
        let event = "Code=A;data={\n  \"x\" : 1\n}";
        assert_eq!(
            told(&format!("Code=A;data={{\n  \"x\" : \n{event}\n")),
            ["not JSON: Code=A;data={\n  \"x\" :".to_owned(), format!("text {event}")]
        );
        assert_eq!(
            told(&format!("{{\"a\":\n{event}\n")),
            ["not JSON: {\"a\":".to_owned(), format!("text {event}")]
        );
        assert_eq!(
            told("<A>\n<b>1\n<A>\n<b>2</b>\n</A>\n"),
            ["not XML: <A>\n<b>1", "xml <A>\n<b>2</b>\n</A>"]
        );
        assert_eq!(told("<A>\n{\"a\":1}\n"), ["not XML: <A>", "json {\"a\":1}"]);
        assert_eq!(told("--b\nContent-Length: 99999999999\n\n{\"a\":1}\n"), ["json {\"a\":1}"]);
        assert_eq!(told("--b\nHeartbeat\n"), ["text Heartbeat"]);
    }

    #[test]
    fn xml_ends_with_its_root() {
        let text = "<?xml version=\"1.0\"?><!-- <b> --><A x=\"1\">\n<b>1</b>\n</A >\n<C/><D>";
        let expected = [&text[..text.find("\n<C/>").unwrap()], "<C/>"].map(|xml| format!("xml {xml}"));
        assert_eq!(told(text), [&expected[..], &["not XML: <D>".to_owned()]].concat());
    }

    #[test]
    fn parts_are_cut_by_their_length_or_by_how_they_begin() {
        let stream = "--b\r\nContent-Type: text/plain\r\nContent-Length:9\r\n\r\nHeartbeat\r\n\
                      --b\r\nContent-Type: application/json\r\n\r\n{\"a\":\n1}\r\n\
                      --b\r\nContent-Type: image/jpeg\r\nContent-Length: 6\r\n\r\n{\"<--b\r\n\
                      --b\r\nContent-Type: image/jpeg\r\n\r\nabc{\r\n\
                      --b\r\nContent-Type: application/xml\r\nContent-Length: 4\r\n\r\n<A/>\r\n\
                      --b\r\n{\"bare\":1}\r\n--b--\r\n";
        assert_eq!(told(stream), ["text Heartbeat", "json {\"a\":\n1}", "xml <A/>", "json {\"bare\":1}"]);
    }

    #[test]
    fn an_event_is_a_text_with_its_data() {
        let stream = "Code=AccessControl;action=Pulse;index=0;data={\n  \"A\" : \"}\"\n}\n\nCode=VideoLoss;action=Start;index=0\r\n";
        assert_eq!(
            told(stream),
            [
                "text Code=AccessControl;action=Pulse;index=0;data={\n  \"A\" : \"}\"\n}",
                "text Code=VideoLoss;action=Start;index=0"
            ]
        );
    }

    #[test]
    fn lines_end_with_any_of_the_usual_ends() {
        let lines = frames(Cut::Lines, b"1001\t2026\r\n0008741523\r{\"a\"\n\n--x", 4);
        let expected = ["1001\t2026", "0008741523", "{\"a\"", "--x"];
        assert_eq!(lines, expected.map(|line| Frame::Text(line.as_bytes().to_vec())));
    }

    #[test]
    fn an_endless_message_is_bounded_in_memory() {
        let mut framer = Framer::new(Cut::Messages);
        framer.push(b"{\"a\":\"");
        let mut faults = 0;
        for _ in 0..200 {
            framer.push(&[b'x'; 100_000]);
            while let Some(frame) = framer.next(false) {
                assert!(matches!(frame, Frame::Fault(Fault::TooLong, _)), "{frame:?}");
                faults += 1;
            }
            assert!(framer.rest().len() <= MAX_MESSAGE + 100_000);
        }
        framer.push(b"\n{\"b\":2}\n");
        assert_eq!((faults, framer.next(false)), (1, Some(Frame::Json(b"{\"b\":2}".to_vec()))));
    }

    proptest! {
        #[test]
        fn any_bytes_are_cut_the_same_however_they_arrive(
            parts in proptest::collection::vec(proptest::sample::select(vec![
                "{", "}", "[", "]", "\"", "\\", "\n", "\r\n", "<a>", "</a>", "<", "--b", "--", "-", "x=1;", "data={", "Content-Length: 3",
                "Content-Type: image/x", "x", " ", "1",
            ]), 0..40),
            size in 1..9_usize,
        ) {
            let stream = parts.concat();
            for cut in [Cut::Messages, Cut::Lines] {
                prop_assert_eq!(frames(cut, stream.as_bytes(), size), frames(cut, stream.as_bytes(), usize::MAX), "{:?}", stream);
            }
        }
    }
}
