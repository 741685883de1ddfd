//! One message, taken out of its envelope.

use jaq_json::Val;

use super::framing::Frame;
use super::{Fault, json, xml};

/// The message as a mapping program sees it.
#[derive(Debug)]
pub(crate) struct Message {
    /// JSON, XML as JSON, or text.
    pub value: Val,
    /// The MQTT topic, if the message came in an envelope of `mosquitto_sub -F %j`.
    pub topic: Option<String>,
    /// Whether the broker had retained it, so that it is about the past.
    pub retained: bool,
}

impl Message {
    /// Reads a frame.
    ///
    /// # Errors
    /// A frame that does not match its type.
    pub(crate) fn read(frame: &Frame) -> Result<Self, Fault> {
        let value = match frame {
            Frame::Json(bytes) => return json::parse(bytes).map(open),
            Frame::Xml(bytes) => xml::parse(bytes)?,
            Frame::Text(bytes) => text(bytes),
            Frame::Fault(fault, _) => return Err(fault.clone()),
        };
        Ok(Self { value, topic: None, retained: false })
    }
}

fn text(bytes: &[u8]) -> Val {
    Val::from(String::from_utf8_lossy(bytes).into_owned())
}

fn as_text(value: &Val) -> Option<String> {
    match value {
        Val::TStr(text) => Some(String::from_utf8_lossy(text).into_owned()),
        _ => None,
    }
}

/// Takes a message out of its MQTT envelope, if it is in one. A payload that is JSON in text becomes JSON.
fn open(value: Val) -> Message {
    let member = |name: &str| match &value {
        Val::Obj(members) => members.get(&Val::from(name.to_owned())),
        _ => None,
    };
    let topic = member("topic").and_then(as_text).filter(|_| member("qos").is_some());
    let (Some(topic), Some(payload)) = (topic, member("payload")) else {
        return Message { value, topic: None, retained: false };
    };
    let retained = member("retain").is_some_and(|retain| matches!(retain.to_string().as_str(), "1" | "true"));
    let inner = match payload {
        Val::TStr(text) => json::parse(text).unwrap_or_else(|_| payload.clone()),
        other => other.clone(),
    };
    Message { value: inner, topic: Some(topic), retained }
}
