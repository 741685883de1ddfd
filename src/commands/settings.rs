//! Settings: the school's policy, the same for every process.

use super::Caller;
use super::problem::{Kind, Problem};
use crate::domain::settings::{Settings, TIMEZONE, setting};
use crate::failure::Result;
use crate::store::upkeep::audit;
use crate::store::{Connection, Store, StoreError, settings};

/// All settings.
pub fn load(store: &mut Store) -> Result<Settings> {
    store.read(|conn| Ok(settings::load(conn)?))
}

/// The value in force; `None` where there is neither a value nor a default.
pub fn get(store: &mut Store, key: &str) -> Result<Option<String>> {
    setting(key)?;
    Ok(load(store)?.in_force(key).map(str::to_owned))
}

/// Sets a value, after checking its range.
pub fn set(store: &mut Store, key: &str, value: &str, caller: &Caller) -> Result<()> {
    let value = setting(key)?.check(value)?;
    change(store, "settings set", key, caller, |conn| {
        settings::set(conn, key, &value, &caller.by, caller.now)
    })
}

/// Lets the default hold again.
pub fn unset(store: &mut Store, key: &str, caller: &Caller) -> Result<()> {
    setting(key)?;
    if key == TIMEZONE {
        return Err(Problem::new(Kind::Refused, "a school must have a time zone")
            .hint("attend settings set timezone ZONE")
            .into());
    }
    change(store, "settings unset", key, caller, |conn| settings::unset(conn, key))
}

/// Does `work` and audits its change, if any.
fn change(
    store: &mut Store,
    action: &'static str,
    key: &str,
    caller: &Caller,
    work: impl Fn(&Connection) -> Result<bool, StoreError>,
) -> Result<()> {
    let value = |conn: &Connection| -> Result<String> {
        Ok(settings::load(conn)?.in_force(key).unwrap_or("unset").to_owned())
    };
    store.write(|conn| {
        let before = value(conn)?;
        if work(conn)? {
            let detail = format!("{key} {before} → {}", value(conn)?);
            audit::add(conn, &caller.deed(action, detail))?;
        }
        Ok(())
    })
}
