//! Acks: the outcome of each line, as one JSON line.

use serde::Serialize;

use super::refusal::Refusal;
use crate::domain::evidence::reason::Reason;
use crate::domain::evidence::recognition::Verdict;

/// One ack. Members that do not apply are left out.
#[derive(Debug, Default)]
pub struct Ack<'a> {
    /// The file, where files were named.
    pub file: Option<&'a str>,
    /// Number of the line in its input, from 1.
    pub line: u64,
    /// The status, as in the table of docs/runners.md.
    pub status: u16,
    /// Whether it counts.
    pub accepted: bool,
    /// Whether an accepted recognition was the first of its record.
    pub created: Option<bool>,
    /// The score was better by more than the delta.
    pub improved: Option<bool>,
    /// Improved, and the best score was replaced.
    pub updated_best: Option<bool>,
    /// Improved, but too soon after the last sighting.
    pub held_by_window: Option<bool>,
    /// The best score of the record now.
    pub best_score: Option<f64>,
    /// Code of the student.
    pub student: Option<&'a str>,
    /// Name of the period it counts in, or would count in with a better score.
    pub period: Option<&'a str>,
    /// Whether it was stored before.
    pub duplicate: Option<bool>,
    /// Why it is refused or does not count.
    pub reason: Option<Reason>,
    /// The member to blame.
    pub field: Option<&'a str>,
    /// The reason in words.
    pub detail: Option<&'a str>,
    /// The wait before sending it again, in milliseconds.
    pub retry_after_ms: Option<u64>,
}

impl<'a> Ack<'a> {
    /// The ack of a line that is not stored or does not count.
    pub fn refused(refusal: &'a Refusal) -> Self {
        Self {
            status: refusal.reason.status(),
            reason: Some(refusal.reason),
            field: refusal.field,
            detail: Some(&refusal.detail),
            retry_after_ms: refusal.retry_after_ms,
            ..Self::default()
        }
    }

    /// The same with what the recognition did to its record.
    #[must_use]
    pub fn effect(self, verdict: Verdict, best_score: f64) -> Self {
        Self {
            created: Some(verdict.created),
            improved: Some(verdict.improved),
            updated_best: Some(verdict.updated_best),
            held_by_window: Some(verdict.held_by_window),
            best_score: Some(best_score),
            ..self
        }
    }

    /// Whether the line was refused: neither stored nor in quarantine for the roll.
    pub fn is_error(&self) -> bool {
        self.status >= 400
    }

    /// Appends the ack as one line.
    pub fn write_to(&self, out: &mut Vec<u8>) {
        let start = out.len();
        put(out, r#","file":"#, self.file);
        put(out, r#","line":"#, Some(self.line));
        put(out, r#","status":"#, Some(self.status));
        put(out, r#","accepted":"#, Some(self.accepted));
        put(out, r#","created":"#, self.created);
        put(out, r#","improved":"#, self.improved);
        put(out, r#","updated_best":"#, self.updated_best);
        put(out, r#","held_by_window":"#, self.held_by_window);
        put(out, r#","best_score":"#, self.best_score);
        put(out, r#","student":"#, self.student);
        put(out, r#","period":"#, self.period);
        put(out, r#","duplicate":"#, self.duplicate);
        put(out, r#","reason":"#, self.reason.map(Reason::word));
        put(out, r#","field":"#, self.field);
        put(out, r#","detail":"#, self.detail);
        put(out, r#","retry_after_ms":"#, self.retry_after_ms);
        // Every member begins with a comma, the first one with the object.
        out[start] = b'{';
        out.extend_from_slice(b"}\n");
    }
}

/// Appends a member, if it has a value. Names are most of an ack, so they are written without a search for
/// characters to escape.
fn put(out: &mut Vec<u8>, name: &str, value: Option<impl Serialize>) {
    if let Some(value) = value {
        out.extend_from_slice(name.as_bytes());
        // Writing numbers and text to memory cannot fail.
        let written = serde_json::to_writer(&mut *out, &value);
        debug_assert!(written.is_ok(), "{written:?}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_that_do_not_apply_are_left_out_and_text_is_escaped() {
        let written = |ack: &Ack| {
            let mut out = b"before\n".to_vec();
            ack.write_to(&mut out);
            String::from_utf8(out).unwrap()
        };
        let refusal = Refusal::invalid("student", "\"A\n\" cannot be a code");
        let refused = Ack { line: 7, ..Ack::refused(&refusal) };
        assert_eq!(
            written(&refused),
            "before\n{\"line\":7,\"status\":422,\"accepted\":false,\"reason\":\"invalid\",\"field\":\"student\",\
             \"detail\":\"\\\"A\\n\\\" cannot be a code\"}\n"
        );
        let verdict = Verdict { accepted: true, created: true, ..Verdict::default() };
        let stored = Ack { file: Some("a b"), line: 1, status: 200, accepted: true, ..Ack::default() };
        assert_eq!(
            written(&stored.effect(verdict, 0.83)),
            "before\n{\"file\":\"a b\",\"line\":1,\"status\":200,\"accepted\":true,\"created\":true,\"improved\":false,\
             \"updated_best\":false,\"held_by_window\":false,\"best_score\":0.83}\n"
        );
    }
}
