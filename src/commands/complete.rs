//! Completion: the names that Tab offers from the database.

use std::collections::HashSet;
use std::path::Path;

use super::Caller;
use crate::domain::evidence::camera::Camera;
use crate::domain::roll::student::Student;
use crate::domain::settings::SETTINGS;
use crate::domain::time::Zone;
use crate::failure::Result;
use crate::store::evidence::{cameras, keys};
use crate::store::register::{reasons, sessions};
use crate::store::roll::students;
use crate::store::timetable::periods;
use crate::store::{Connection, Store};

/// The most names in a list. A longer list is useless, and the next letter shortens it.
const MOST: usize = 1000;

/// The kinds of names that a word can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Camera,
    /// A class or group on the roll.
    Group,
    /// A period of the weekly plan.
    Period,
    /// A reason on the school's list.
    Reason,
    /// A runner: the owner of a key, or a camera that will have one.
    Runner,
    /// A half day out of periods.
    Session,
    Setting,
    /// A student's code.
    Student,
    /// A time zone.
    Zone,
}

/// A name, with a description that may be empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Name {
    /// The text to type.
    pub name: String,
    /// Its description.
    pub about: String,
}

/// The names of a kind that begin with `begin`, at most a thousand, in their usual order. The database is opened
/// only for what it knows.
pub(crate) fn names(kind: Kind, begin: &str, db: &Path, caller: &Caller) -> Result<Vec<Name>> {
    let mut found = match kind {
        Kind::Setting => SETTINGS.iter().map(|setting| named(setting.key, setting.meaning)).collect(),
        Kind::Zone => Zone::names().map(|name| named(name, "")).collect(),
        Kind::Camera
        | Kind::Group
        | Kind::Period
        | Kind::Reason
        | Kind::Runner
        | Kind::Session
        | Kind::Student => Store::open(db)?.read(|conn| stored(conn, kind, caller))?,
    };
    found.retain(|found| found.name.starts_with(begin));
    found.truncate(MOST);
    Ok(found)
}

/// The names stored in the database, without duplicates.
fn stored(conn: &Connection, kind: Kind, caller: &Caller) -> Result<Vec<Name>> {
    let mut found: Vec<Name> = match kind {
        Kind::Camera => the_cameras(conn, caller)?,
        Kind::Period => {
            let all = periods::list(conn)?.into_iter().map(|template| template.period);
            all.map(|period| {
                let times = format!("{}–{}", period.start.format("%H:%M"), period.end.format("%H:%M"));
                named(&period.name, &times)
            })
            .collect()
        }
        Kind::Reason => {
            reasons::list(conn)?.listed.iter().map(|listed| named(&listed.key, &listed.words)).collect()
        }
        Kind::Session => {
            let all = sessions::list(conn)?;
            all.iter().map(|session| named(&session.name, &session.periods.join(", "))).collect()
        }
        Kind::Runner => {
            let keys = keys::list(conn)?;
            let owners = keys.iter().map(|issued| named(&issued.runner, "has a key"));
            owners.chain(the_cameras(conn, caller)?).collect()
        }
        Kind::Group => {
            let mut groups: Vec<String> =
                roll(conn, caller)?.into_iter().filter_map(|found| found.group).collect();
            groups.sort_unstable();
            groups.iter().map(|group| named(group, "")).collect()
        }
        Kind::Student => roll(conn, caller)?.iter().map(|found| named(&found.code, &found.name)).collect(),
        Kind::Setting | Kind::Zone => vec![],
    };
    let mut seen = HashSet::new();
    found.retain(|found| seen.insert(found.name.clone()));
    Ok(found)
}

fn roll(conn: &Connection, caller: &Caller) -> Result<Vec<Student>> {
    let all = students::list(conn, caller.now)?;
    Ok(all.into_iter().map(|stored| stored.student).collect())
}

fn the_cameras(conn: &Connection, caller: &Caller) -> Result<Vec<Name>> {
    let all = cameras::list(conn)?;
    let place =
        |camera: &Camera| camera.place(caller.now).map(|place| place.name.to_string()).unwrap_or_default();
    Ok(all.iter().map(|camera| named(&camera.name, &place(camera))).collect())
}

fn named(name: &str, about: &str) -> Name {
    Name { name: name.to_owned(), about: about.to_owned() }
}
