//! The outbox: messages that wait to be sent, and the results of sending them.
//!
//! A message is added in the transaction of its cause and sent later, outside of any transaction. A
//! sender claims it first, so that two processes never send the same one. A claim of a process that
//! died expires. The body is blanked once the message is delivered.

use rusqlite::{Connection, OptionalExtension, Row, named_params, params};

use crate::domain::time::Instant;
use crate::domain::watch::health::Waiting;
use crate::domain::watch::message::{Channel, Message, MessageId, MessageState, Standing};
use crate::store::{Result, word};

/// Adds a message to the outbox, due at once. If one with the same key to the same recipient exists, in any state,
/// nothing changes and `false` is returned.
pub fn add(conn: &Connection, message: &Message, now: Instant) -> Result<bool> {
    let mut stmt = conn.prepare_cached(
        "INSERT INTO message (key, channel, recipient, route, names, body, created_at, state, due_at)
         VALUES (:key, :channel, :recipient, :route, :names, :body, :now, 'waiting', :now)
         ON CONFLICT (key, channel, recipient) DO NOTHING",
    )?;
    let added = stmt.execute(named_params! {
        ":key": message.key, ":channel": message.channel.word(), ":recipient": message.recipient,
        ":route": message.route(), ":names": message.names, ":body": message.body, ":now": now,
    })?;
    Ok(added == 1)
}

/// A claimed message. Only this process may send it until the claim ends.
#[derive(Debug)]
pub struct Claimed {
    /// Its number.
    pub id: MessageId,
    /// The message.
    pub message: Message,
    /// When it was put into the outbox.
    pub created_at: Instant,
    /// The number of attempts, including this one.
    pub attempts: u32,
    /// How often it was handed over without an answer in time.
    pub doubts: u32,
}

/// Which messages to claim.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// Only messages after the one of this number.
    pub after: MessageId,
    /// Also messages that are not due yet.
    pub early: bool,
    /// Only messages of these routes.
    pub routes: &'a [String],
}

/// Claims the next message for sending until `until`. An alert is tried before a later one to the same recipient, also if
/// it is not due yet, so that the end of a problem does not arrive before its beginning. A server that defers the first one
/// still gets the later one.
pub fn claim(conn: &Connection, wanted: &Wanted, now: Instant, until: Instant) -> Result<Option<Claimed>> {
    let mut stmt = conn.prepare_cached(
        "UPDATE message SET claimed_until = :until, attempts = attempts + 1 WHERE id = (
           SELECT id FROM message m
           WHERE state = 'waiting' AND id > :after AND (:early OR due_at <= :now OR (m.key LIKE 'alert/%' AND EXISTS (
               SELECT 1 FROM message later WHERE later.state = 'waiting' AND later.id > m.id AND later.due_at <= :now
                 AND later.key LIKE 'alert/%' AND (later.channel, later.recipient) = (m.channel, m.recipient))))
             AND (claimed_until IS NULL OR claimed_until <= :now)
             AND route IN (SELECT value FROM json_each(:routes))
           ORDER BY id LIMIT 1)
         RETURNING id, key, channel, recipient, body, names, created_at, attempts, doubts",
    )?;
    let claimed = stmt.query_row(
        named_params! {
            ":after": wanted.after, ":early": wanted.early, ":now": now, ":until": until,
            ":routes": serde_json::Value::from(wanted.routes).to_string(),
        },
        |row| {
            Ok(Claimed {
                id: row.get(0)?,
                message: Message {
                    key: row.get(1)?,
                    channel: channel(row, 2)?,
                    recipient: row.get(3)?,
                    body: row.get(4)?,
                    names: row.get(5)?,
                },
                created_at: row.get(6)?,
                attempts: row.get(7)?,
                doubts: row.get(8)?,
            })
        },
    );
    Ok(claimed.optional()?)
}

/// Marks a message as delivered, and blanks its body.
pub fn sent(conn: &Connection, id: MessageId, now: Instant) -> Result<()> {
    conn.execute(
        "UPDATE message SET state = 'sent', ended_at = ?2, due_at = NULL, claimed_until = NULL, body = x'', error = ''
         WHERE id = ?1",
        params![id, now],
    )?;
    Ok(())
}

/// Puts a message off until `due_at`.
pub fn put_off(conn: &Connection, id: MessageId, due_at: Instant, error: &str) -> Result<()> {
    conn.execute(
        "UPDATE message SET due_at = ?2, claimed_until = NULL, error = ?3 WHERE id = ?1 AND state = 'waiting'",
        params![id, due_at, error],
    )?;
    Ok(())
}

/// The messages of a route that are due and that no process is sending: each with its attempts, and when it was put into
/// the outbox.
pub fn due(conn: &Connection, route: &str, now: Instant) -> Result<Vec<(MessageId, u32, Instant)>> {
    let mut stmt = conn.prepare_cached(
        "SELECT id, attempts, created_at FROM message
         WHERE state = 'waiting' AND route = ?1 AND due_at <= ?2 AND (claimed_until IS NULL OR claimed_until <= ?2)",
    )?;
    let rows = stmt.query_map(params![route, now], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Counts an attempt that another message made in vain, with its error, and puts the message off.
pub fn missed(conn: &Connection, id: MessageId, due_at: Instant, error: &str) -> Result<()> {
    let sql = "UPDATE message SET attempts = attempts + 1, due_at = ?2, error = ?3 WHERE id = ?1 AND state = 'waiting'";
    conn.execute(sql, params![id, due_at, error])?;
    Ok(())
}

/// Counts a hand-over without an answer in time.
pub fn doubt(conn: &Connection, id: MessageId) -> Result<()> {
    conn.execute("UPDATE message SET doubts = doubts + 1 WHERE id = ?1", [id])?;
    Ok(())
}

/// Delays all waiting messages of a route until at least `due_at`, because the server asked for it.
pub fn hold(conn: &Connection, route: &str, due_at: Instant) -> Result<()> {
    conn.execute(
        "UPDATE message SET due_at = max(due_at, ?2) WHERE route = ?1 AND state = 'waiting'",
        params![route, due_at],
    )?;
    Ok(())
}

/// Ends a message as [`MessageState::Failed`] or [`MessageState::Unsure`]. Its body stays stored, so that [`revive`] can still send
/// it.
pub fn end(conn: &Connection, id: MessageId, state: MessageState, now: Instant, error: &str) -> Result<()> {
    conn.execute(
        "UPDATE message SET state = ?2, ended_at = ?3, due_at = NULL, claimed_until = NULL, error = ?4
         WHERE id = ?1 AND state = 'waiting'",
        params![id, state.word(), now, error],
    )?;
    Ok(())
}

/// Makes a failed message wait again, due now. Returns whether there was one.
pub fn revive(conn: &Connection, id: MessageId, now: Instant) -> Result<bool> {
    // Retries end some days after created_at, so they start again.
    let sql =
        "UPDATE message SET state = 'waiting', created_at = ?2, due_at = ?2, ended_at = NULL, attempts = 0,
                 doubts = 0
               WHERE id = ?1 AND state IN ('failed', 'unsure')";
    Ok(conn.execute(sql, params![id, now])? == 1)
}

/// Messages in the order they were added: those not delivered, or with `all` also the delivered ones.
pub fn list(conn: &Connection, all: bool) -> Result<Vec<Standing>> {
    let sql = format!("{STANDINGS} WHERE :all OR state <> 'sent' ORDER BY id");
    let mut stmt = conn.prepare_cached(&sql)?;
    let rows = stmt.query_map(named_params! { ":all": all }, standing)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The undelivered messages of a key that no process is sending at this instant.
pub fn undelivered(conn: &Connection, key: &str, now: Instant) -> Result<Vec<Standing>> {
    let mut stmt = conn.prepare_cached(&format!(
        "{STANDINGS} WHERE key = ?1 AND state IN ('waiting', 'failed') AND (claimed_until IS NULL OR claimed_until <= ?2) ORDER BY id",
    ))?;
    Ok(stmt.query_map(params![key, now], standing)?.collect::<rusqlite::Result<_>>()?)
}

/// In the order that [`standing`] reads.
const STANDINGS: &str =
    "SELECT id, key, channel, recipient, state, created_at, attempts, due_at, ended_at, error FROM message";

fn standing(row: &Row) -> rusqlite::Result<Standing> {
    Ok(Standing {
        id: row.get(0)?,
        key: row.get(1)?,
        channel: channel(row, 2)?,
        recipient: row.get(3)?,
        state: word(row, 4, MessageState::named)?,
        created_at: row.get(5)?,
        attempts: row.get(6)?,
        due_at: row.get(7)?,
        ended_at: row.get(8)?,
        error: row.get(9)?,
    })
}

/// The number of waiting messages by route. Routes without any are left out.
pub fn waiting(conn: &Connection) -> Result<Vec<(String, u32)>> {
    let sql = "SELECT route, count(*) FROM message WHERE state = 'waiting' GROUP BY route";
    let mut stmt = conn.prepare_cached(sql)?;
    let rows = stmt.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Messages that failed for good, or were tried and still wait though they were added before `patience`.
pub fn stuck(conn: &Connection, patience: Instant) -> Result<Waiting> {
    let mut stmt = conn.prepare_cached(
        "SELECT created_at, error FROM message WHERE state = 'failed'
         UNION ALL
         SELECT created_at, error FROM message WHERE state = 'waiting' AND created_at < ?1 AND attempts > 0
         ORDER BY created_at",
    )?;
    let rows: Vec<(Instant, String)> =
        stmt.query_map([patience], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<rusqlite::Result<_>>()?;
    let unsure = "SELECT count(*) FROM message WHERE state = 'unsure'";
    Ok(Waiting {
        unsure: conn.prepare_cached(unsure)?.query_row([], |row| row.get(0))?,
        stuck: u32::try_from(rows.len()).unwrap_or(u32::MAX),
        since: rows.first().map(|(at, _)| *at),
        error: rows.into_iter().next_back().map(|(_, error)| error).unwrap_or_default(),
    })
}

/// Drops an undelivered message. Returns whether there was one.
pub fn drop(conn: &Connection, id: MessageId) -> Result<bool> {
    Ok(conn.execute("DELETE FROM message WHERE id = ?1 AND state <> 'sent'", [id])? == 1)
}

/// Drops waiting messages with a key, because a newer one replaces them. Returns their number.
pub fn withdraw(conn: &Connection, key: &str) -> Result<usize> {
    Ok(conn.execute("DELETE FROM message WHERE key = ?1 AND state <> 'sent'", [key])?)
}

/// The number of undelivered messages that name students.
pub fn naming_students(conn: &Connection) -> Result<u32> {
    let sql = "SELECT count(*) FROM message WHERE names AND state <> 'sent'";
    Ok(conn.query_row(sql, [], |row| row.get(0))?)
}

/// Drops every undelivered message that names students, because one of them is being erased.
pub fn drop_naming_students(conn: &Connection) -> Result<usize> {
    Ok(conn.execute("DELETE FROM message WHERE names AND state <> 'sent'", [])?)
}

fn channel(row: &Row, column: usize) -> rusqlite::Result<Channel> {
    word(row, column, Channel::named)
}
