//! Lines written by this program, in the form that runners send.

use std::borrow::Cow;

use serde::Serialize;

#[derive(Debug, Serialize)]
pub(crate) struct WrittenRecognition<'a> {
    pub student: &'a str,
    pub score: f64,
    pub ts: String,
    pub camera: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crop: Option<Cow<'a, str>>,
}

impl WrittenRecognition<'_> {
    /// The line, without the end of line.
    pub(crate) fn line(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}
