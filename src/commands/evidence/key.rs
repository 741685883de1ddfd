//! Keys of runners: made, rotated without downtime, revoked.

use std::io::{ErrorKind, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::commands::Caller;
use crate::commands::problem::{Kind, Problem};
use crate::domain::evidence::key::{Issued, Key, KeyState, RANDOM, Scope};
use crate::domain::time::Span;
use crate::failure::{Context, Failure, Result};
use crate::files::open_regular;
use crate::store::evidence::keys;
use crate::store::upkeep::audit;
use crate::store::{Connection, Store};

/// A key to be made.
#[derive(Debug)]
pub(crate) struct Request {
    /// The runner it is for.
    pub runner: String,
    /// The lines it may send. `None`: those of the previous key, or everything for the first key.
    pub scope: Option<Scope>,
    /// How long it works. `None`: until it is replaced or revoked.
    pub expires: Option<Span>,
}

/// Makes a key for a runner that has none. Only `hand_over` gets its text, which is not stored. If that fails, no key is
/// made, because from the first key on every stream needs one.
pub(crate) fn create(
    store: &mut Store,
    request: &Request,
    caller: &Caller,
    hand_over: impl FnOnce(&Key) -> Result<()>,
) -> Result<()> {
    let runner = request.runner.as_str();
    let key = random_key()?;
    store.write(|conn| -> Result<()> {
        if let Some(current) = current(conn, runner, caller)? {
            return Err(Problem::new(Kind::Refused, format!("{runner} has a key already ({})", current.id))
                .hint(format!("attend key rotate {runner} replaces it without downtime"))
                .into());
        }
        let scope = request.scope.as_ref().unwrap_or(&Scope::Everything);
        add(conn, &key, request, scope, caller)?;
        let detail = format!("{}{}", named(runner, key.id()), limited(scope));
        audit::add(conn, &caller.deed("key create", detail))?;
        hand_over(&key)
    })
}

fn add(conn: &Connection, key: &Key, request: &Request, scope: &Scope, caller: &Caller) -> Result<()> {
    let expires_at = request.expires.map(|span| caller.now + span);
    Ok(keys::add(conn, key, &request.runner, scope, expires_at, &caller.by, caller.now)?)
}

/// `, for gate-1, gate-2 and jobs`. Empty for a key that may send everything.
fn limited(scope: &Scope) -> String {
    match scope {
        Scope::Everything => String::new(),
        Scope::Cameras { names, jobs } => {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            format!(", for {}{}", names.join(", "), if *jobs { " and jobs" } else { "" })
        }
    }
}

/// A key for the audit log.
fn named(runner: &str, id: &str) -> String {
    format!("{runner} ({id})")
}

/// Makes the next key of a runner, which is handed over afterwards: a file with the present key must not be replaced by a
/// key that does not work. The present key works until `grace` after the first use of the new one.
/// Unless the request states limits, the next key inherits those of the present one.
pub(crate) fn rotate(store: &mut Store, request: &Request, grace: Span, caller: &Caller) -> Result<Key> {
    let runner = request.runner.as_str();
    let key = random_key()?;
    store.write(|conn| -> Result<()> {
        let Some(current) = current(conn, runner, caller)? else {
            if keys::list(conn)?.iter().any(|key| key.runner == runner) {
                return Err(Problem::new(Kind::Refused, format!("no key of {runner} works any more"))
                    .hint(format!("attend key create {runner}"))
                    .into());
            }
            return Err(no_key(conn, runner));
        };
        // A key that was never used may be lost, so older keys that wait for it now wait for this one.
        let waiting =
            keys::list(conn)?.into_iter().filter(|old| old.runner == runner && old.waits(caller.now));
        let scope = request.scope.as_ref().unwrap_or(&current.scope);
        add(conn, &key, request, scope, caller)?;
        for old in waiting {
            keys::replace(conn, &old.id, key.id(), grace)?;
        }
        let detail = format!("{}, grace {grace}{}", named(runner, key.id()), limited(scope));
        Ok(audit::add(conn, &caller.deed("key rotate", detail))?)
    })?;
    Ok(key)
}

/// Revokes every working key of a runner, or the key with that id. Returns their number.
pub(crate) fn revoke(store: &mut Store, name: &str, caller: &Caller) -> Result<usize> {
    store.write(|conn| {
        let all = keys::list(conn)?;
        let mut matching = all.iter().filter(|key| key.runner == name || key.id == name).peekable();
        if matching.peek().is_none() {
            return Err(no_key(conn, name));
        }
        let working: Vec<&Issued> = matching.filter(|key| key.revoked_at.is_none()).collect();
        for key in &working {
            keys::revoke(conn, &key.id, &caller.by, caller.now)?;
        }
        if !working.is_empty() {
            let keys: Vec<String> = working.iter().map(|key| named(&key.runner, &key.id)).collect();
            audit::add(conn, &caller.deed("key revoke", keys.join(", ")))?;
        }
        Ok(working.len())
    })
}

/// Reads a key from a file.
///
/// # Errors
/// The file must be readable by its owner alone. A pipe or a device is refused too, because reading it
/// may never end.
pub(crate) fn read_file(path: &Path) -> Result<Key> {
    let shown = path.display();
    let mut file = open_regular(path).map_err(|error| match error.kind() {
        ErrorKind::InvalidInput => Problem::new(Kind::Config, format!("{shown} contains no key: {error}"))
            .hint("write the key to a file: attend key create RUNNER -o FILE")
            .into(),
        _ => Failure::from(error).context(format!("cannot open {shown}")),
    })?;
    let mode = file.metadata().with_context(|| format!("cannot open {shown}"))?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(Problem::new(
            Kind::Config,
            format!("{shown} is readable by other users, so its key is exposed"),
        )
        .hint(format!("chmod 600 {shown}, then rotate the key"))
        .into());
    }
    let mut text = String::new();
    file.read_to_string(&mut text).with_context(|| format!("cannot read {shown}"))?;
    parse(&text).with_context(|| shown.to_string())
}

/// Reads a key from outside.
pub(crate) fn parse(text: &str) -> Result<Key> {
    let key = Key::parse(text);
    Ok(key.map_err(|error| Problem { kind: Kind::Key, message: error.message, hint: error.hint })?)
}

/// All keys.
pub(crate) fn list(store: &mut Store) -> Result<Vec<Issued>> {
    store.read(|conn| Ok(keys::list(conn)?))
}

fn random_key() -> Result<Key> {
    let mut random = [0; RANDOM];
    getrandom::fill(&mut random)
        .map_err(|error| Problem::new(Kind::Refused, format!("the system gave no random bytes: {error}")))?;
    Ok(Key::new(random))
}

/// The current key of a runner: it works and is not being replaced.
fn current(conn: &Connection, runner: &str, caller: &Caller) -> Result<Option<Issued>> {
    let all = keys::list(conn)?;
    Ok(all.into_iter().find(|key| key.runner == runner && key.state(caller.now) == KeyState::Active))
}

fn no_key(conn: &Connection, name: &str) -> Failure {
    match keys::list(conn) {
        Ok(all) => Problem::not_found(
            "key of a runner",
            name,
            all.iter().map(|key| key.runner.as_str()),
            "attend key list",
        )
        .into(),
        Err(error) => error.into(),
    }
}
