//! The outbox: messages are added in the transaction of their cause, and delivered afterwards.
//!
//! A message is claimed in one short transaction, sent outside of any, and settled in another. A crash
//! between sending and settling may repeat that one message, under the same `Message-ID`. No other crash
//! loses or repeats one. Two processes never send the same message. A message that was handed over but not answered
//! in time is sent once more at most. Otherwise a slow server would get it again for days.

use crate::clock::Clock;
use crate::domain::time::{Instant, Span};
use crate::domain::watch::message::{Message, MessageId, MessageState, next_attempt};
use crate::failure::Result;
use crate::notify::{Config, Delivery, Trouble, send};
use crate::store::watch::outbox;
use crate::store::watch::outbox::{Claimed, Wanted};
use crate::store::{Connection, Store};

/// The duration of a claim, which is longer than any attempt.
const CLAIM: Span = Span::minutes(10);

/// The result of a delivery.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Delivered {
    /// Messages that went out.
    pub sent: usize,
    /// Messages given up for good.
    pub failed: usize,
    /// Messages that wait in the outbox now.
    pub waiting: usize,
    /// One error for each failed message: `mail to ada@school.example: no answer within 20s`.
    pub troubles: Vec<Trouble>,
}

/// Adds messages to the outbox. Call it in the transaction of their cause. Messages with a key that the same
/// recipient has had, or will get, are left out. Returns the number of new messages.
pub fn add(conn: &Connection, messages: &[Message], now: Instant) -> Result<usize> {
    let mut added = 0;
    for message in messages {
        added += usize::from(outbox::add(conn, message, now)?);
    }
    Ok(added)
}

/// Sends the messages that are due. A message that fails is tried again with a later delivery.
pub fn deliver(store: &mut Store, config: &Config, clock: Clock) -> Result<Delivered> {
    run(store, config, clock, false)
}

/// Sends everything that waits, due or not.
pub fn deliver_all(store: &mut Store, config: &Config, clock: Clock) -> Result<Delivered> {
    run(store, config, clock, true)
}

fn run(store: &mut Store, config: &Config, clock: Clock, early: bool) -> Result<Delivered> {
    let mut delivered = Delivered::default();
    let routes: Vec<String> = config.routes().iter().map(|route| route.name()).collect();
    let mut open = routes.clone();
    let mut after = MessageId::default();
    while let Some(claimed) = claim(store, &Wanted { after, early, routes: &open }, clock.now())? {
        after = claimed.id;
        let outcome = send(config, &claimed.message);
        // A server that has just timed out would delay every further message, too.
        if matches!(outcome, Delivery::Unreachable { .. }) {
            open.retain(|route| *route != claimed.message.route());
        }
        let now = clock.now();
        store.write(|conn| settle(conn, &claimed, outcome, now, &mut delivered))?;
    }
    for (route, waiting) in store.read(outbox::waiting)? {
        delivered.waiting += waiting as usize;
        if !routes.contains(&route) {
            delivered.troubles.push(Trouble::from("not configured").to(&route));
        }
    }
    Ok(delivered)
}

fn claim(store: &mut Store, wanted: &Wanted, now: Instant) -> Result<Option<Claimed>> {
    store.write(|conn| Ok(outbox::claim(conn, wanted, now, now + CLAIM)?))
}

fn settle(
    conn: &Connection,
    claimed: &Claimed,
    outcome: Delivery,
    now: Instant,
    delivered: &mut Delivered,
) -> Result<()> {
    let next = |wait| next_attempt(claimed.attempts, claimed.created_at, now, wait);
    let (end, due) = match &outcome {
        Delivery::Delivered => {
            delivered.sent += 1;
            return Ok(outbox::sent(conn, claimed.id, now)?);
        }
        Delivery::Later(_) => (MessageState::Failed, next(None)),
        Delivery::Unreachable { wait, .. } => {
            if let Some(wait) = wait {
                outbox::hold(conn, &claimed.message.route(), now + *wait)?;
            }
            (MessageState::Failed, next(*wait))
        }
        Delivery::Unsure(_) => (MessageState::Unsure, next(None).filter(|_| claimed.doubts == 0)),
        Delivery::Refused(_) => (MessageState::Failed, None),
    };
    let unreachable = matches!(outcome, Delivery::Unreachable { .. });
    let Some(mut trouble) = outcome.trouble() else { return Ok(()) };
    if end == MessageState::Unsure {
        let then = if due.is_some() { "sent once more" } else { "not sent again" };
        trouble.why += &format!("; probably delivered, {then}");
        outbox::doubt(conn, claimed.id)?;
    }
    match due {
        Some(due) => outbox::put_off(conn, claimed.id, due, &trouble.why)?,
        None => {
            delivered.failed += usize::from(end == MessageState::Failed);
            outbox::end(conn, claimed.id, end, now, &trouble.why)?;
        }
    }
    if unreachable {
        put_off_route(conn, &claimed.message.route(), now, &trouble.why)?;
    }
    delivered.troubles.push(trouble.to(&claimed.message.destination()));
    Ok(())
}

/// Puts off every message that is still due on a route whose server did not answer: the same attempt would have failed.
fn put_off_route(conn: &Connection, route: &str, now: Instant, why: &str) -> Result<()> {
    for (id, attempts, created_at) in outbox::due(conn, route, now)? {
        if let Some(due) = next_attempt(attempts + 1, created_at, now, None) {
            outbox::missed(conn, id, due, why)?;
        }
    }
    Ok(())
}
