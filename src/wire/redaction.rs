//! The part of a refused line that may be stored. It never holds an image, an embedding, a key or the
//! password of an address.

use serde::de::IgnoredAny;

use super::mask::{KEY, mask};
use super::refusal::Refusal;
use crate::domain::evidence::reason::Reason;
use crate::domain::quoted::{Quoted, Role, quoted, unescaped};

/// The stored prefix of a line that was too long, in bytes.
const KEPT_OF_TOO_LONG: usize = 256;

/// Names of members that carry images or embeddings, which must not be stored.
const BIOMETRIC: [&str; 6] = ["frame", "photo", "face", "vector", "descriptor", "encoding"];

/// The kind of biometric data that a member of this name carries, if any. It runs for every unknown member of every line,
/// so it copies nothing and looks for all parts in one pass.
pub(super) fn biometric(name: &str) -> Option<&'static str> {
    let whole = BIOMETRIC.into_iter().find(|known| known.eq_ignore_ascii_case(name));
    whole.or_else(|| (0..name.len()).find_map(|at| leading_part(&name.as_bytes()[at..])))
}

/// The part that marks a biometric name, if `name` begins with one in any case. No two parts share a first letter, so one
/// comparison is enough.
fn leading_part(name: &[u8]) -> Option<&'static str> {
    let part = match name.first()?.to_ascii_lowercase() {
        b'e' => "embedding",
        b'i' => "image",
        b'j' => "jpeg",
        b'b' => "base64",
        _ => return None,
    };
    name.get(..part.len())?.eq_ignore_ascii_case(part.as_bytes()).then_some(part)
}

/// The part of a refused line that may be kept: without forbidden content, and short if it was too long to
/// be read.
pub fn presentable(line: &[u8], refusal: &Refusal) -> String {
    let text = String::from_utf8_lossy(line);
    let text = mask(&text);
    let plain = unescaped(&text);
    let strings: Vec<Quoted> = quoted(&text).collect();
    let picture = match serde_json::from_str::<IgnoredAny>(&text) {
        Ok(_) => strings.iter().any(|found| found.role == Role::Name && biometric(&found.text).is_some()),
        Err(_) => seems_to_hold_picture(&plain),
    };
    if picture {
        return "(not kept: it carried an image or an embedding)".to_owned();
    }
    if plain.contains(KEY) {
        return "(not kept: it carried a key)".to_owned();
    }
    if strings.iter().any(|found| mask(&found.text) != found.text) {
        return "(not kept: it carried the password of an address)".to_owned();
    }
    let kept = if refusal.reason == Reason::TooLong {
        text.floor_char_boundary(KEPT_OF_TOO_LONG)
    } else {
        text.len()
    };
    text[..kept].to_owned()
}

/// Invalid JSON may still contain a picture, so any text before a colon counts as a name.
fn seems_to_hold_picture(text: &str) -> bool {
    let mut names = text.split(':').map(|before| {
        let name = before.trim_end_matches(|c: char| c.is_whitespace() || c == '"' || c == '\'');
        name.rsplit(|c: char| !c.is_alphanumeric() && c != '_' && c != '-').next().unwrap_or_default()
    });
    names.next_back(); // Nothing comes after it.
    names.any(|name| biometric(name).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forbidden_content_is_not_kept_in_any_spelling() {
        let kept = |line: &str| {
            let text = presentable(line.as_bytes(), &Refusal::malformed(""));
            assert!(text == line || text.starts_with("(not kept: "), "{text}");
            text == line
        };
        for (line, wanted) in [
            (r#"{"student":"A","images":["AA"]}"#, false),
            (r#"{"student":"A","embeddings":[[0.1]]}"#, false),
            (r#"{"student":"A","image_data" : "AA"}"#, false),
            (r#"{"student":"A","Face":"AA"}"#, false),
            (r#"{"student":"A","thumbJPEG":"AA"}"#, false),
            (r#"{"student":"A","cropBase64":"AA"}"#, false),
            (r#"{"student":"A","in_image":"AA"}"#, false),
            (r#"{"student":"A","imag":"AA","mage":1,"bbox":2}"#, true),
            (r#"{"student":"A","embeddin\u0067":[0.1]}"#, false),
            (r#"{"student":"A","more":[{"frame":"AA"}]}"#, false),
            (r#"{"student":"A","embedding":[0.1,0."#, false),
            (r"{'student': 'A', 'embeddings': [0.1]}", false),
            ("student: A, image: AA", false),
            (r#"{"type":"hello","key":"atk_1_2"}"#, false),
            (r#"{"type":"hello","key":"\u0061tk_1_2"}"#, false),
            (r#"{"type":"hello","key":"atk_1_"#, false),
            (r#"{"type":"hello","keys":["\u0061tk_1_2"]}"#, false),
            // A parser keeps the last of two members with one name, and refuses a number beyond any double.
            (r#"{"camera":"\u0061tk_1_2","camera":7}"#, false),
            (r#"{"more":{"frame":"AA"},"more":1}"#, false),
            (r#"{"error":"rtsp:\u002f/a:p@b","error":""}"#, false),
            (r#"{"key":"\u0061tk_1_2","score":1e999}"#, false),
            (r#"{"embeddin\u0067":[0.1],"score":1e999}"#, false),
            (r#"{"error":"rtsp:\u002f/a:p@b","score":1e999}"#, false),
            (r#"{"embeddin\u0067":[0.1"#, false),
            (r#"{"key":"\u0061tk_1"#, false),
            (r#"{"error":"rtsp:\u002f/a:p@b"#, false),
            // A camera may have such a name, and a crop such a path.
            (r#"{"student":"A","score":0.8,"camera":"face","crop":"images/face"}"#, true),
            (r#"{"student":"A","camera":"gate-face","crop":"images/x.jp"#, true),
            (r#"{"student":"A","has_face":tru"#, true),
            (r#"{"student":"A","gate-face":tru"#, true),
            ("image", true),
            ("", true),
        ] {
            assert_eq!(kept(line), wanted, "{line}");
        }
    }

    #[test]
    fn a_too_long_line_is_cut_to_its_beginning() {
        let line = "ä".repeat(1000);
        assert_eq!(presentable(line.as_bytes(), &Refusal::too_long()), line[..KEPT_OF_TOO_LONG]);
    }
}
