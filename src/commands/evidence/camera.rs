//! Cameras: named before their runner starts, or by its first valid line.

use anyhow::Result;

use crate::commands::problem::{Kind, Problem};
use crate::commands::{Caller, lookup};
use crate::domain::evidence::camera::Camera;
use crate::store::Store;
use crate::store::evidence::cameras;
use crate::store::upkeep::audit;

/// Adds a camera.
pub fn add(store: &mut Store, name: &str, place: Option<&str>, caller: &Caller) -> Result<()> {
    store.write(|conn| {
        refuse_known(cameras::find(conn, name)?, name)?;
        cameras::add(conn, name, place, caller.now)?;
        Ok(audit::add(conn, &caller.deed("camera add", name))?)
    })
}

/// Renames a camera, or says where it hangs.
pub fn edit(
    store: &mut Store,
    name: &str,
    new_name: Option<&str>,
    place: Option<&str>,
    caller: &Caller,
) -> Result<()> {
    store.write(|conn| {
        let before = lookup::camera(conn, name)?;
        let mut camera = before.clone();
        if let Some(new_name) = new_name.filter(|new_name| *new_name != name) {
            refuse_known(cameras::find(conn, new_name)?, new_name)?;
            camera.name = new_name.into();
        }
        camera.place = place.map(str::to_owned).or(camera.place);
        if camera == before {
            return Ok(());
        }
        cameras::save(conn, &camera)?;
        let renamed =
            if camera.name == before.name { String::new() } else { format!(" → {}", camera.name) };
        Ok(audit::add(conn, &caller.deed("camera edit", format!("{name}{renamed}")))?)
    })
}

fn refuse_known(known: Option<i64>, name: &str) -> Result<()> {
    match known {
        Some(_) => Err(Problem::new(Kind::Refused, format!("there is a camera {name:?} already")).into()),
        None => Ok(()),
    }
}

/// All cameras by name.
pub fn list(store: &mut Store) -> Result<Vec<Camera>> {
    store.read(|conn| Ok(cameras::list(conn)?))
}
