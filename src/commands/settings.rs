//! Settings: the school's policy, the same for every process.

use super::Caller;
use super::problem::{Kind, Problem};
use super::register::plan::{self, Consent, Edited, PlannedDeed};
use super::timetable::zone;
use crate::domain::Invalid;
use crate::domain::register::effect::Effect;
use crate::domain::settings::{Settings, TIMEZONE, setting};
use crate::failure::Result;
use crate::store::upkeep::audit;
use crate::store::{Connection, Store, settings};

/// All settings.
pub fn load(store: &mut Store) -> Result<Settings> {
    store.read(|conn| Ok(settings::load(conn)?))
}

/// The value in force. `None` if there is neither a value nor a default.
pub fn get(store: &mut Store, key: &str) -> Result<Option<String>> {
    setting(key)?;
    Ok(load(store)?.in_force(key).map(str::to_owned))
}

/// Sets a value after checking its range. Another time zone needs consent if occurrences exist.
pub fn set(
    store: &mut Store,
    key: &str,
    value: &str,
    consent: Consent,
    deed: PlannedDeed,
) -> Result<Edited<()>> {
    let value = setting(key)?.check(value)?;
    plan::carry_out(store, consent, |conn| {
        if key == TIMEZONE {
            let Ok(zone) = value.parse() else {
                return Err(Invalid::new(format!("{value:?} is not a time zone")).into());
            };
            return zone::change(conn, zone, deed);
        }
        audited(conn, key, deed, || {
            settings::set(conn, key, &value, &deed.caller.by, deed.caller.now)?;
            Ok(Edited { done: (), effect: Effect::default() })
        })
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
    let deed = PlannedDeed { action: "settings unset", reason: None, caller };
    store.write(|conn| audited(conn, key, deed, || Ok(settings::unset(conn, key).map(drop)?)))
}

/// Does `work` and audits the change of the setting, if any.
fn audited<T>(
    conn: &Connection,
    key: &str,
    deed: PlannedDeed,
    work: impl FnOnce() -> Result<T>,
) -> Result<T> {
    let value = || -> Result<Option<String>> {
        let settings = settings::load(conn)?;
        Ok(settings.given(key).map(str::to_owned))
    };
    let in_force =
        || -> Result<String> { Ok(settings::load(conn)?.in_force(key).unwrap_or("unset").to_owned()) };
    let (before, told) = (value()?, in_force()?);
    let done = work()?;
    if value()? != before {
        let reason = deed.reason.map(|reason| format!("; {reason}")).unwrap_or_default();
        let detail = format!("{key} {told} → {}{reason}", in_force()?);
        audit::add(conn, &deed.caller.deed(deed.action, detail))?;
    }
    Ok(done)
}
