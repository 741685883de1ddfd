//! Keys of runners, with their limits and validity.
//!
//! A key is `atk_<id>_<secret><checksum>`. The id is public and used to look the key up. The checksum distinguishes a
//! typing error from a wrong key. Only the SHA-256 of the whole text is stored.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::domain::Invalid;
use crate::domain::time::{Instant, Span};

const PREFIX: &str = "atk_";
/// Letters and digits that are not mistaken for each other.
const ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz123456789";
const ID: usize = 8;
const SECRET: usize = 40;
const CHECKSUM: usize = 6;

/// Random bytes a new key needs.
pub(crate) const RANDOM: usize = ID + SECRET;

/// The SHA-256 of a key's text.
pub(crate) type Hash = [u8; 32];

/// A key as its runner holds it. Never shown by `Debug`, stored or logged.
#[derive(Clone, PartialEq, Eq)]
pub struct Key(String);

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Key(atk_{}_…)", self.id())
    }
}

impl Key {
    /// A new key from random bytes.
    pub fn new(random: [u8; RANDOM]) -> Self {
        let (id, secret) = random.split_at(ID);
        let body = format!("{PREFIX}{}_{}", letters(id), letters(secret));
        Self(format!("{body}{}", checksum(&body)))
    }

    /// Parses a key. White space around it is ignored.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = text.trim();
        let length = PREFIX.len() + ID + 1 + SECRET + CHECKSUM;
        let whole = text.is_ascii() && text.len() == length && text.starts_with(PREFIX);
        if !whole || text.as_bytes()[PREFIX.len() + ID] != b'_' {
            return Err(Invalid::new("this is not a key")
                .hint("a key looks like atk_…_… and is shown once, by attend key create"));
        }
        let (body, sum) = text.split_at(length - CHECKSUM);
        if checksum(body) != sum {
            return Err(Invalid::new("the key is mistyped: its checksum is wrong").hint("copy it whole"));
        }
        Ok(Self(text.to_owned()))
    }

    /// The public part, by which the key is found.
    pub fn id(&self) -> &str {
        &self.0[PREFIX.len()..PREFIX.len() + ID]
    }

    /// The hash that is stored.
    pub fn hash(&self) -> Hash {
        Sha256::digest(&self.0).into()
    }

    /// Whether this is the stored key, in constant time.
    pub fn is(&self, stored: &Hash) -> bool {
        self.hash().ct_eq(stored).into()
    }

    /// The text, to be shown once.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

/// Every letter is equally likely, because 256 is a multiple of 32.
fn letters(random: &[u8]) -> String {
    random.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect()
}

fn checksum(body: &str) -> String {
    letters(&Sha256::digest(body)[..CHECKSUM])
}

/// The lines a key may send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// All of them.
    Everything,
    /// Recognitions and heartbeats of some cameras.
    Cameras {
        names: BTreeSet<String>,
        /// Also job lines, under any name.
        jobs: bool,
    },
}

impl Scope {
    /// Whether lines of this camera may be sent.
    pub fn includes_camera(&self, name: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::Cameras { names, .. } => names.contains(name),
        }
    }

    /// Whether job lines may be sent.
    pub fn includes_jobs(&self) -> bool {
        matches!(self, Self::Everything | Self::Cameras { jobs: true, .. })
    }
}

/// The properties of a key besides its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issued {
    /// Its public part.
    pub id: String,
    /// The runner it belongs to.
    pub runner: String,
    /// The lines it may send.
    pub scope: Scope,
    /// When it was made.
    pub created_at: Instant,
    /// The author.
    pub created_by: String,
    /// When it was first presented.
    pub first_used_at: Option<Instant>,
    /// When it was last presented, to the hour.
    pub last_used_at: Option<Instant>,
    /// The end set when it was made, if any.
    pub expires_at: Option<Instant>,
    /// When it was revoked.
    pub revoked_at: Option<Instant>,
    /// The key that replaces it.
    pub rotation: Option<Rotation>,
}

/// The replacement of a key by another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rotation {
    /// When the new key was first used. The old key works until `grace` after that.
    pub successor_used_at: Option<Instant>,
    /// How long both work.
    pub grace: Span,
}

/// Whether a key works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyState {
    /// It does.
    Active,
    /// It works, but a new key will replace it.
    Replaced,
    /// It was replaced, or it has expired.
    Expired,
    /// Revoked by a person.
    Revoked,
}

impl KeyState {
    /// The word in lists.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Replaced => "replaced",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }
}

impl Issued {
    /// Whether the key works at `now`.
    pub fn state(&self, now: Instant) -> KeyState {
        if self.revoked_at.is_some() {
            KeyState::Revoked
        } else if self.ends_at().is_some_and(|end| end <= now) {
            KeyState::Expired
        } else if self.rotation.is_some() {
            KeyState::Replaced
        } else {
            KeyState::Active
        }
    }

    /// Whether it works and has not been replaced yet.
    pub fn waits(&self, now: Instant) -> bool {
        match self.state(now) {
            KeyState::Active => true,
            KeyState::Replaced => self.rotation.is_some_and(|rotation| rotation.successor_used_at.is_none()),
            KeyState::Expired | KeyState::Revoked => false,
        }
    }

    /// When it stops working without a revocation, as far as is known.
    pub fn ends_at(&self) -> Option<Instant> {
        let replaced = self.rotation.and_then(|rotation| Some(rotation.successor_used_at? + rotation.grace));
        [self.expires_at, replaced].into_iter().flatten().min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> Key {
        Key::new(std::array::from_fn(|n| u8::try_from(n * 7).unwrap_or(9)))
    }

    #[test]
    fn a_key_is_read_back_and_a_typing_error_is_told_from_a_wrong_key() {
        let key = key();
        let text = key.reveal();
        assert_eq!(Key::parse(&format!(" {text}\n")).unwrap(), key);
        assert_eq!(key.id().len(), ID);
        let mut typo = text.to_owned().into_bytes();
        typo[20] = if typo[20] == b'a' { b'b' } else { b'a' };
        let typo = String::from_utf8(typo).unwrap();
        assert!(Key::parse(&typo).unwrap_err().message.contains("mistyped"));
        for wrong in ["", "atk_", "secret", &text[1..], &text[..text.len() - 1], &text.replace('_', "-")] {
            assert_eq!(Key::parse(wrong).unwrap_err().message, "this is not a key", "{wrong}");
        }
    }

    #[test]
    fn only_the_very_key_matches_and_debug_keeps_the_secret() {
        let (key, other) = (key(), Key::new([1; RANDOM]));
        assert!(key.is(&key.hash()) && !other.is(&key.hash()));
        assert_eq!(format!("{key:?}"), format!("Key({}…)", &key.reveal()[..13]), "the id and no more");
    }

    #[test]
    fn every_letter_of_a_secret_is_as_likely_as_any_other() {
        let all: Vec<u8> = (0..=255).collect();
        let letters = letters(&all);
        for letter in ALPHABET {
            assert_eq!(letters.bytes().filter(|found| found == letter).count(), 8, "{letter}");
        }
    }

    #[test]
    fn an_old_key_lives_until_the_grace_after_the_first_use_of_the_new_one() {
        let at = Instant::from_micros;
        let issued = Issued {
            id: "x".into(),
            runner: "gate".into(),
            scope: Scope::Everything,
            created_at: at(0),
            created_by: "admin".into(),
            first_used_at: None,
            last_used_at: None,
            expires_at: None,
            revoked_at: None,
            rotation: None,
        };
        let rotated = |successor_used_at| Issued {
            rotation: Some(Rotation { successor_used_at, grace: Span::from_micros(10) }),
            ..issued.clone()
        };
        // The last column: whether it is the one that a rotation has to replace.
        for (key, now, state, waits) in [
            (issued.clone(), 1_000, KeyState::Active, true),
            (rotated(None), 1_000_000, KeyState::Replaced, true),
            (rotated(Some(at(100))), 109, KeyState::Replaced, false),
            (rotated(Some(at(100))), 110, KeyState::Expired, false),
            (Issued { expires_at: Some(at(50)), ..issued.clone() }, 49, KeyState::Active, true),
            (Issued { expires_at: Some(at(50)), ..issued.clone() }, 50, KeyState::Expired, false),
            (Issued { expires_at: Some(at(50)), ..rotated(Some(at(100))) }, 60, KeyState::Expired, false),
            (Issued { revoked_at: Some(at(5)), ..issued.clone() }, 5, KeyState::Revoked, false),
        ] {
            assert_eq!((key.state(at(now)), key.waits(at(now))), (state, waits), "{key:?} at {now}");
        }
    }
}
