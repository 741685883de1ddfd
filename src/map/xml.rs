//! XML as a JSON value, for devices that send no JSON.
//!
//! `<a b="1"><c>x</c><c>y</c></a>` is `{"a":{"@b":"1","c":["x","y"]}}`. Values are text. Prefixes of namespaces
//! are dropped. Entities that a document defines itself are not expanded.

use jaq_json::{Map, Val};
use quick_xml::Reader;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};

use super::Fault;
use super::json::MAX_DEPTH;

/// An element that is being read.
struct Element {
    name: String,
    members: Map<Val, Val>,
    text: String,
}

impl Element {
    fn open(tag: &BytesStart) -> Result<Self, Fault> {
        let mut members = Map::default();
        for attribute in tag.attributes() {
            let attribute = attribute.map_err(|_| Fault::NotXml)?;
            let name = attribute.key.local_name().as_ref().to_owned();
            let value = attribute.value.clone().into_owned();
            members.insert(text(format!("@{name}")), text(value));
        }
        Ok(Self { name: tag.local_name().as_ref().to_owned(), members, text: String::new() })
    }

    /// An element with only text becomes a string. Otherwise it becomes an object, with its text under `#text`.
    fn close(mut self) -> (String, Val) {
        let trimmed = self.text.trim();
        if self.members.is_empty() {
            return (self.name, text(trimmed.to_owned()));
        }
        if !trimmed.is_empty() {
            self.members.insert(text("#text".to_owned()), text(trimmed.to_owned()));
        }
        (self.name, Val::obj(self.members))
    }

    /// Adds a child. Several children with one name become an array.
    fn add(&mut self, name: String, value: Val) {
        let before = self.members.get_mut(&text(name.clone()));
        match before {
            None => drop(self.members.insert(text(name), value)),
            Some(Val::Arr(values)) => jaq_json::Rc::make_mut(values).push(value),
            Some(before) => *before = [before.clone(), value].into_iter().collect(),
        }
    }
}

fn text(text: String) -> Val {
    Val::from(text)
}

/// Reads one document.
pub(crate) fn parse(bytes: &[u8]) -> Result<Val, Fault> {
    let document = std::str::from_utf8(bytes).map_err(|_| Fault::NotXml)?;
    let mut reader = Reader::from_str(document);
    let mut open = vec![Element { name: String::new(), members: Map::default(), text: String::new() }];
    loop {
        match reader.read_event().map_err(|_| Fault::NotXml)? {
            Event::Start(_) if open.len() > MAX_DEPTH => return Err(Fault::TooDeep),
            Event::Start(tag) => open.push(Element::open(&tag)?),
            Event::Empty(tag) => put(&mut open, Element::open(&tag)?)?,
            Event::End(_) => {
                let element = open.pop().ok_or(Fault::NotXml)?;
                put(&mut open, element)?;
            }
            Event::Text(part) => say(&mut open, &part),
            Event::CData(part) => say(&mut open, &part),
            Event::GeneralRef(entity) => say(&mut open, &resolve(&entity)?),
            Event::Eof if open.len() == 1 => {
                let document = open.remove(0);
                return if document.members.is_empty() { Err(Fault::NotXml) } else { Ok(document.close().1) };
            }
            Event::Eof => return Err(Fault::NotXml),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
        }
    }
}

fn put(open: &mut [Element], element: Element) -> Result<(), Fault> {
    let (name, value) = element.close();
    open.last_mut().ok_or(Fault::NotXml)?.add(name, value);
    Ok(())
}

fn say(open: &mut [Element], words: &str) {
    if let Some(element) = open.last_mut() {
        element.text.push_str(words);
    }
}

/// Decodes `&amp;` and `&#65;`. An entity that the document defines is refused.
fn resolve(entity: &BytesRef) -> Result<String, Fault> {
    if let Some(letter) = entity.resolve_char_ref().map_err(|_| Fault::NotXml)? {
        return Ok(letter.to_string());
    }
    resolve_xml_entity(entity).map(str::to_owned).ok_or(Fault::NotXml)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_become_members_and_text_stays_text() {
        let json = |xml: &str| parse(xml.as_bytes()).map(|value| value.to_string());
        for (xml, expected) in [
            ("<a/>", r#"{"a":""}"#),
            ("<?xml version=\"1.0\"?>\r\n<a>x &amp; &#65;</a>\r\n", r#"{"a":"x & A"}"#),
            (
                r#"<x:a b="1" xmlns="u"><c>1</c><c>2</c><c>3</c><d><![CDATA[<]]></d>t</x:a>"#,
                r##"{"a":{"@b":"1","@xmlns":"u","c":["1","2","3"],"d":"<","#text":"t"}}"##,
            ),
        ] {
            assert_eq!(json(xml).as_deref(), Ok(expected), "{xml}");
        }
        let entities = r#"<!DOCTYPE a [<!ENTITY b "bbbb">]><a>&b;&b;</a>"#;
        for wrong in ["<a>", "<a></b>", "</a>", "<a b=c/>", "<", "<!-- -->", entities] {
            assert_eq!(json(wrong), Err(Fault::NotXml), "{wrong}");
        }
        let nested = |depth: usize| ["<a>".repeat(depth), "</a>".repeat(depth)].concat();
        assert!(parse(nested(MAX_DEPTH).as_bytes()).is_ok());
        assert_eq!(json(&nested(100_000)), Err(Fault::TooDeep));
    }
}
