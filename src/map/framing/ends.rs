//! Where a message in a stream ends, and where a broken one gives way to the next.

/// A resumable scan for the end of a JSON value.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Json {
    /// Offset of the first byte that was not scanned.
    at: usize,
    depth: usize,
    quoted: bool,
    escaped: bool,
    /// Whether it follows the names of an event.
    pub(super) event: bool,
}

/// The result of a scan.
pub(super) enum Scan {
    /// Complete at this offset.
    End(usize),
    /// Broken. The next message may begin at this offset.
    Broken(usize),
    /// More bytes are needed.
    More,
}

impl Json {
    /// The JSON of an event, which begins at an offset.
    pub(super) fn of_event(at: usize) -> Self {
        Self { at, event: true, ..Self::default() }
    }

    pub(super) fn scan(&mut self, bytes: &[u8]) -> Scan {
        while let Some(byte) = bytes.get(self.at) {
            match byte {
                b'\n' if self.quoted => return Scan::Broken(self.at + 1),
                b'\n' => match begins_message(&bytes[self.at + 1..]) {
                    None => return Scan::More,
                    Some(true) => return Scan::Broken(self.at + 1),
                    Some(false) => {}
                },
                _ if self.escaped => self.escaped = false,
                b'\\' if self.quoted => self.escaped = true,
                b'"' => self.quoted = !self.quoted,
                b'{' | b'[' if !self.quoted => self.depth += 1,
                b'}' | b']' if !self.quoted => {
                    self.depth = self.depth.saturating_sub(1);
                    if self.depth == 0 {
                        return Scan::End(self.at + 1);
                    }
                }
                _ => {}
            }
            self.at += 1;
        }
        Scan::More
    }
}

/// Whether a line amid JSON begins another message: JSON over several lines is indented, and no part of it begins with
/// a capital letter. `None` if more bytes are needed.
fn begins_message(line: &[u8]) -> Option<bool> {
    match line {
        [] | [b'-'] => None,
        [b'{' | b'[' | b'<' | b'A'..=b'Z', ..] | [b'-', b'-', ..] => Some(true),
        _ => Some(false),
    }
}

/// Where a line amid XML begins another message. Elements are not always indented, so only another beginning of a
/// document or of its root counts.
pub(super) fn broken_xml(bytes: &[u8]) -> Option<usize> {
    let root = bytes.split(|byte| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/')).next()?;
    let begins = |line: &[u8]| {
        line.starts_with(b"{")
            || line.starts_with(b"--") && !line.starts_with(b"-->")
            || line.starts_with(b"<?xml")
            || root.len() > 1 && root != b"<?xml" && line.starts_with(root)
    };
    let starts = bytes.iter().zip(1..).filter(|(byte, _)| **byte == b'\n').map(|(_, next)| next);
    starts.into_iter().find(|next| begins(&bytes[*next..]))
}

/// Where the root element ends.
pub(super) fn xml_end(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        let tag = at + bytes[at..].iter().position(|byte| *byte == b'<')?;
        let rest = &bytes[tag..];
        let prologue = [(&b"<?"[..], &b"?>"[..]), (b"<!--", b"-->"), (b"<!", b">")];
        if let Some((_, end)) = prologue.iter().find(|(start, _)| rest.starts_with(start)) {
            at = tag + find(rest, end)? + end.len();
            continue;
        }
        let start = find(rest, b">")?;
        if rest[..start].ends_with(b"/") {
            return Some(tag + start + 1);
        }
        let name = rest[1..].split(|byte| byte.is_ascii_whitespace() || *byte == b'>').next()?;
        let closing = [b"</", name].concat();
        let end = tag + start + find(&rest[start..], &closing)?;
        return Some(end + find(&bytes[end..], b">")? + 1);
    }
}

pub(super) fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}
