//! Settings: the school's policy, the same for every process.

use anyhow::Result;

use super::Caller;
use super::problem::{Kind, Problem};
use crate::domain::settings::{Settings, setting};
use crate::store::{Store, settings};

/// All settings.
pub fn load(store: &mut Store) -> Result<Settings> {
    store.read(|conn| Ok(settings::load(conn)?))
}

/// The value in force; `None` where there is neither a value nor a default.
pub fn get(store: &mut Store, key: &str) -> Result<Option<String>> {
    let setting = setting(key)?;
    let settings = load(store)?;
    Ok(settings.given(key).or(setting.default).map(str::to_owned))
}

/// Sets a value; what is out of range is refused.
pub fn set(store: &mut Store, key: &str, value: &str, caller: &Caller) -> Result<()> {
    let value = setting(key)?.check(value)?;
    store.write(|conn| Ok(settings::set(conn, key, &value, &caller.by, caller.now)?))
}

/// Lets the default hold again.
pub fn unset(store: &mut Store, key: &str) -> Result<()> {
    setting(key)?;
    if key == "timezone" {
        return Err(Problem::new(Kind::Refused, "a school cannot do without a timezone")
            .hint("attend settings set timezone ZONE")
            .into());
    }
    store.write(|conn| Ok(settings::unset(conn, key)?))
}
