//! The gate: the sender of a stream, its permission and its rate limit.

use super::cache::Cache;
use crate::domain::evidence::key::{Key, KeyState, Scope};
use crate::domain::evidence::rate::Bucket;
use crate::domain::evidence::reason::Reason;
use crate::domain::time::{Instant, Span};
use crate::store::evidence::keys;
use crate::store::{Connection, Result};
use crate::wire::line::{Beat, Message, Sighting};
use crate::wire::refusal::Refusal;

/// A key's last use is stored if it is this much later than the stored one.
const NOTE_USE_EVERY: Span = Span::minutes(60);

/// The name of the sender when no key is required.
pub(crate) const LOCAL: &str = "local";

/// The credentials of a stream. They are checked in every transaction, so revoking a key stops a stream
/// with its next batch.
#[derive(Debug)]
pub(crate) enum Gate {
    /// No key was presented. This is accepted as long as there are no keys.
    Nothing,
    Key(Key),
    /// Text that cannot be a key.
    Nonsense,
    /// The caller can change the database directly, so no key is checked.
    Open,
}

impl Gate {
    /// A gate with the key that was presented, if any.
    pub(crate) fn new(key: Option<Key>) -> Self {
        key.map_or(Self::Nothing, Self::Key)
    }

    /// Takes the key of a hello line.
    pub(crate) fn present(&mut self, key: &str) {
        *self = Key::parse(key).map_or(Self::Nonsense, Self::Key);
    }

    /// The sender, or the reason why it may not send.
    fn admit(&self, conn: &Connection, now: Instant) -> Result<std::result::Result<Admitted, Refusal>> {
        let key = match self {
            Self::Key(key) => key,
            Self::Nonsense => return Ok(Err(refusal(Reason::KeyInvalid, "this is not a key"))),
            Self::Nothing if keys::any(conn)? => {
                return Ok(Err(refusal(Reason::KeyRequired, "lines need a key: see attend key create")));
            }
            Self::Nothing | Self::Open => return Ok(Ok(Admitted::local())),
        };
        let Some((issued, _)) = keys::find(conn, key.id())?.filter(|(_, hash)| key.is(hash)) else {
            return Ok(Err(refusal(Reason::KeyInvalid, "this database does not know the key")));
        };
        match issued.state(now) {
            KeyState::Revoked => Ok(Err(refusal(Reason::KeyRevoked, "this key was revoked"))),
            KeyState::Expired => Ok(Err(refusal(Reason::KeyExpired, "this key has expired or was replaced"))),
            KeyState::Active | KeyState::Replaced => {
                if issued.last_used_at.is_none_or(|last| now - last >= NOTE_USE_EVERY) {
                    keys::used(conn, key.id(), now)?;
                }
                Ok(Ok(Admitted { runner: issued.runner, has_key: true, scope: issued.scope }))
            }
        }
    }
}

fn refusal(reason: Reason, detail: &str) -> Refusal {
    Refusal::new(reason, None, detail)
}

/// A sender that passed the gate.
#[derive(Debug)]
struct Admitted {
    runner: String,
    /// Whether a key identified it.
    has_key: bool,
    scope: Scope,
}

impl Admitted {
    /// A sender without a key.
    fn local() -> Self {
        Self { runner: LOCAL.to_owned(), has_key: false, scope: Scope::Everything }
    }
}

/// The sender of the lines of a batch, and its rate limit state.
#[derive(Debug)]
pub(crate) struct Sender {
    admitted: std::result::Result<Admitted, Refusal>,
    limit: Option<(u32, Bucket)>,
}

impl Sender {
    /// Checks the sender.
    pub(crate) fn enter(conn: &Connection, known: &Cache, gate: &Gate, now: Instant) -> Result<Self> {
        let admitted = gate.admit(conn, now)?;
        let limit = match (known.settings.rate_limit, &admitted) {
            (Some(rate), Ok(sender)) => {
                Some((rate, keys::bucket(conn, &sender.runner)?.unwrap_or_else(|| Bucket::full(rate, now))))
            }
            _ => None,
        };
        Ok(Self { admitted, limit })
    }

    /// The reason why it may not send. `None` if it may.
    pub(crate) fn refusal(&self) -> Option<Refusal> {
        self.admitted.as_ref().err().cloned()
    }

    /// Its name.
    pub(crate) fn runner(&self) -> &str {
        self.admitted.as_ref().map_or(LOCAL, |sender| &sender.runner)
    }

    /// Whether it was identified by a key.
    pub(crate) fn has_key(&self) -> bool {
        self.admitted.as_ref().is_ok_and(|sender| sender.has_key)
    }

    /// Refuses a line that its key does not allow.
    pub(crate) fn check_scope(&self, message: &Message) -> std::result::Result<(), Refusal> {
        let Ok(Admitted { scope, .. }) = &self.admitted else { return Ok(()) };
        let foreign = |field, detail| Err(Refusal::new(Reason::NotYourCamera, Some(field), detail));
        match message {
            Message::Recognition(Sighting { camera, .. }) | Message::Heartbeat(Beat { camera, .. })
                if !scope.includes_camera(camera) =>
            {
                foreign("camera", format!("this key may not send for camera {camera}"))
            }
            Message::Job(_) if !scope.includes_jobs() => {
                foreign("type", "this key may not report jobs".to_owned())
            }
            _ => Ok(()),
        }
    }

    /// Takes one line off the rate limit.
    pub(crate) fn take(&mut self, now: Instant) -> std::result::Result<(), Refusal> {
        if let Err(refusal) = &self.admitted {
            return Err(refusal.clone());
        }
        match &mut self.limit {
            Some((rate, bucket)) => bucket.take(*rate, now).map_err(|wait| rate_limited(*rate, wait)),
            None => Ok(()),
        }
    }

    /// Keeps the rest of the limit for the next batch.
    pub(crate) fn leave(&self, conn: &Connection) -> Result<()> {
        match (self.limit, &self.admitted) {
            (Some((_, bucket)), Ok(sender)) => keys::save_bucket(conn, &sender.runner, bucket),
            _ => Ok(()),
        }
    }
}

fn rate_limited(rate: u32, wait: Span) -> Refusal {
    let detail = format!("beyond {rate} lines/s");
    Refusal { retry_after_ms: Some(back_off(wait)), ..Refusal::new(Reason::RateLimited, None, detail) }
}

/// Milliseconds to wait: a random time from `span` to twice that, so that runners which were refused
/// together do not return together.
pub(crate) fn back_off(span: Span) -> u64 {
    let least = u64::try_from(span.micros() / 1000 + 1).unwrap_or(1);
    // Without random bytes all runners wait equally long, which is worse but not an error.
    let random = getrandom::u32().unwrap_or_default();
    least + least * u64::from(random) / u64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_holds_jitter_beyond_the_wait() {
        for (span, least) in [(Span::seconds(30), 30_001), (Span::from_micros(1_999), 2), (Span::ZERO, 1)] {
            let waits: Vec<u64> = (0..64).map(|_| back_off(span)).collect();
            assert!(waits.iter().all(|wait| (least..=2 * least).contains(wait)), "{waits:?}");
        }
        let waits: std::collections::HashSet<u64> = (0..64).map(|_| back_off(Span::seconds(30))).collect();
        let early = waits.iter().filter(|wait| **wait < 45_000).count();
        assert!(waits.len() > 32 && early > 0 && early < waits.len(), "{waits:?}");
    }
}
