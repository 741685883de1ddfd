//! Cameras: added by hand or by their first valid line, put at places, rested and retired.

use rustc_hash::FxHashMap;

use crate::commands::problem::{Kind, Problem};
use crate::commands::{Caller, lookup};
use crate::domain::count::counted;
use crate::domain::evidence::camera::{Camera, CameraChange, CameraId, Place};
use crate::domain::evidence::suggest::{Suggestion, suggest as propose};
use crate::domain::time::calendar::day;
use crate::domain::time::{Instant, Span};
use crate::failure::{Failure, Result};
use crate::store::evidence::{cameras, recognitions};
use crate::store::upkeep::audit;
use crate::store::watch::alerts;
use crate::store::{Connection, Store, settings};

/// How far back `camera suggest` looks.
const SEEN_WITHIN: Span = Span::days(14);

/// Adds a camera, at a place if one is given.
pub(crate) fn add(store: &mut Store, name: &str, place: Option<Place>, caller: &Caller) -> Result<()> {
    store.write(|conn| {
        refuse_known(conn, name)?;
        let camera = cameras::add(conn, name, caller.now)?;
        if place.is_some() {
            cameras::decide(conn, camera.id, caller.now, &CameraChange::Place(place), caller.now)?;
        }
        Ok(audit::add(conn, &caller.deed("camera add", name))?)
    })
}

/// Changes of a camera. `None` keeps the value.
#[derive(Debug, Default)]
pub(crate) struct Edit {
    /// New name.
    pub name: Option<String>,
    /// New place, or none.
    pub place: Option<Option<String>>,
    /// Whether that place is a door.
    pub door: Option<bool>,
    /// When it was moved there. `None`: now.
    pub from: Option<Instant>,
}

/// Renames a camera, or puts it at a place. Returns whether occurrences that have begun keep the old place until
/// they are recomputed.
pub(crate) fn edit(store: &mut Store, name: &str, edit: Edit, caller: &Caller) -> Result<bool> {
    store.write(|conn| {
        let camera = lookup::camera(conn, name)?;
        let mut told = Vec::new();
        if let Some(new_name) = edit.name.filter(|new_name| *new_name != name) {
            refuse_known(conn, &new_name)?;
            cameras::rename(conn, camera.id, &new_name)?;
            alerts::follow_camera(conn, &camera.name, &new_name)?;
            told.push(format!("→ {new_name}"));
        }
        let from = edit.from.unwrap_or(caller.now);
        let before = camera.place(from).cloned();
        let moved = match (edit.place, &before) {
            (Some(place), _) => place.map(|name| Place {
                door: edit.door.unwrap_or(before.as_ref().is_some_and(|place| place.door)),
                name: name.into(),
            }),
            (None, Some(place)) => {
                Some(Place { door: edit.door.unwrap_or(place.door), name: place.name.clone() })
            }
            (None, None) if edit.door.is_some() => return Err(no_place(name)),
            (None, None) => None,
        };
        if moved != before {
            decide(conn, &camera, from, &CameraChange::Place(moved.clone()), caller)?;
            let kind = |place: &Place| if place.door { "door" } else { "place" };
            let place = moved.as_ref().map(|place| format!("{} {}", kind(place), place.name));
            told.push(place.unwrap_or_else(|| "no place".to_owned()));
        }
        if !told.is_empty() {
            audit::add(conn, &caller.deed("camera edit", format!("{name} {}", told.join(", "))))?;
        }
        Ok(moved != before && from < caller.now)
    })
}

fn no_place(name: &str) -> Failure {
    Problem::new(Kind::Refused, format!("{name} has no place, so it cannot be at a door"))
        .hint(format!("attend camera edit {name} --place gate --door"))
        .into()
}

fn decide(
    conn: &Connection,
    camera: &Camera,
    from: Instant,
    change: &CameraChange,
    caller: &Caller,
) -> Result<()> {
    let watermark = settings::revision(conn)?.watermark;
    if watermark.is_some_and(|watermark| from < watermark) {
        return Err(Problem::new(Kind::Refused, "the evidence of that time was pruned")
            .hint("name a later instant with --from")
            .into());
    }
    Ok(cameras::decide(conn, camera.id, from, change, caller.now)?)
}

/// A camera rests until then, at local midnight at the latest.
pub(crate) fn rest(store: &mut Store, name: &str, until: Instant, caller: &Caller) -> Result<()> {
    store.write(|conn| {
        let camera = lookup::camera(conn, name)?;
        let zone = settings::load(conn)?.zone;
        let midnight = *day(crate::domain::time::calendar::local_date(caller.now, zone), zone).end();
        if until <= caller.now {
            return Err(Problem::new(Kind::Refused, "the instant must be in the future")
                .hint("name a later one")
                .into());
        }
        let until = until.min(midnight + Span::from_micros(1));
        decide(conn, &camera, caller.now, &CameraChange::Rest(until), caller)?;
        Ok(audit::add(conn, &caller.deed("camera rest", name))?)
    })
}

/// Takes a camera down, or brings it back. Returns whether occurrences that have begun are judged as before until
/// they are recomputed.
pub(crate) fn retire(
    store: &mut Store,
    name: &str,
    back: bool,
    from: Option<Instant>,
    caller: &Caller,
) -> Result<bool> {
    store.write(|conn| {
        let camera = lookup::camera(conn, name)?;
        let from = from.unwrap_or(caller.now);
        if camera.is_retired(from) != back {
            return Ok(false);
        }
        let (change, action) = if back {
            (CameraChange::Return, "camera return")
        } else {
            (CameraChange::Retire, "camera retire")
        };
        decide(conn, &camera, from, &change, caller)?;
        audit::add(conn, &caller.deed(action, name))?;
        Ok(from < caller.now)
    })
}

/// Proposes a place for each camera without one, from recent sightings.
pub(crate) fn suggest(store: &mut Store, caller: &Caller) -> Result<Vec<Suggestion>> {
    store.read(|conn| {
        let all = cameras::list(conn)?;
        let mut lone: Vec<&Camera> = all.iter().filter(|camera| !camera.is_retired(caller.now)).collect();
        lone.retain(|camera| camera.place(caller.now).is_none());
        let names: FxHashMap<CameraId, _> =
            lone.iter().map(|camera| (camera.id, camera.name.clone())).collect();
        let mut seen = Vec::new();
        recognitions::each(conn, caller.now - SEEN_WITHIN..=caller.now, |row| {
            if let Some(name) = names.get(&row.key.camera) {
                seen.push((name.clone(), row.key.student));
            }
            Ok::<_, Failure>(())
        })?;
        seen.sort_unstable();
        seen.dedup();
        Ok(propose(lone.iter().map(|camera| camera.name.clone()), &seen))
    })
}

/// Puts cameras at their proposed places.
pub(crate) fn apply(store: &mut Store, suggestions: &[Suggestion], caller: &Caller) -> Result<()> {
    if suggestions.is_empty() {
        return Ok(());
    }
    store.write(|conn| {
        for suggestion in suggestions {
            let camera = lookup::camera(conn, &suggestion.camera)?;
            let change = CameraChange::Place(Some(suggestion.place.clone()));
            cameras::decide(conn, camera.id, caller.now, &change, caller.now)?;
        }
        let places = counted(suggestions.len(), "camera");
        Ok(audit::add(conn, &caller.deed("camera suggest", places))?)
    })
}

fn refuse_known(conn: &Connection, name: &str) -> Result<()> {
    match cameras::named(conn, name)? {
        Some(_) => Err(Problem::new(Kind::Refused, format!("there is a camera {name:?} already"))
            .hint(format!("attend camera edit {name:?} changes it"))
            .into()),
        None => Ok(()),
    }
}

/// All cameras by name.
pub(crate) fn list(store: &mut Store) -> Result<Vec<Camera>> {
    store.read(|conn| Ok(cameras::list(conn)?))
}
