//! Texts that many rows share and that are struck by their own words: paths of images, and the names of places.

use std::collections::BTreeSet;

use rusqlite::{Connection, Rows, params};

use crate::domain::roll::student::StudentId;
use crate::domain::time::Instant;
use crate::domain::timetable::place::Places;
use crate::domain::upkeep::erasure::{Called, DoubtfulPlace};
use crate::store::Result;
use crate::store::register::versions;

/// A kind of such texts. None is stored as a doubtful place, because that would keep the name of the student.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SharedText {
    /// Paths of images. Struck, the rows have no path.
    CropPath,
    /// Places of cameras. Struck, the place has another name wherever it is named, so that every register is judged as
    /// before.
    CameraPlace,
}

impl SharedText {
    const ALL: [Self; 2] = [Self::CropPath, Self::CameraPlace];

    fn prefix(self) -> &'static str {
        match self {
            Self::CropPath => "crop:",
            Self::CameraPlace => "place:",
        }
    }

    /// The kind and the text of a place of a receipt such as `crop:7/a.jpg`.
    pub(crate) fn named(place: &str) -> Option<(Self, &str)> {
        Self::ALL.into_iter().find_map(|kind| Some((kind, place.strip_prefix(kind.prefix())?)))
    }

    /// A text as a receipt lists it.
    pub(crate) fn doubt(self, text: String) -> DoubtfulPlace {
        DoubtfulPlace { place: format!("{}{text}", self.prefix()), text }
    }

    /// Removes a text from all rows. Returns the number of rows.
    pub(crate) fn strike(self, conn: &Connection, text: &str) -> Result<usize> {
        match self {
            Self::CropPath => strike_crop(conn, text),
            Self::CameraPlace => rename_place(conn, text),
        }
    }
}

/// Adds the paths of images that contain the code or the name but show other students, within a window.
pub(crate) fn crops_of_others(
    conn: &Connection,
    (student, called): (StudentId, &Called),
    (from, to): (Instant, Instant),
    paths: &mut BTreeSet<String>,
) -> Result<()> {
    let sql =
        "SELECT crop FROM recognition WHERE ts BETWEEN ?1 AND ?2 AND crop IS NOT NULL AND student <> ?3";
    let mut stmt = conn.prepare_cached(sql)?;
    add_mentions(stmt.query(params![from, to, student])?, called, paths)
}

/// The same for the best images of records, which outlive the recognitions.
pub(crate) fn best_crops_of_others(
    conn: &Connection,
    (student, called): (StudentId, &Called),
    paths: &mut BTreeSet<String>,
) -> Result<()> {
    let mut stmt = conn.prepare_cached(
        "SELECT best_crop FROM record
         WHERE occurrence IN (SELECT id FROM occurrence) AND student <> ?1 AND best_crop IS NOT NULL",
    )?;
    add_mentions(stmt.query([student])?, called, paths)
}

fn add_mentions(mut rows: Rows, called: &Called, texts: &mut BTreeSet<String>) -> Result<()> {
    while let Some(row) = rows.next()? {
        let text = row.get_ref(0)?.as_str().unwrap_or_default();
        if called.mentioned_in(text) && !texts.contains(text) {
            texts.insert(text.to_owned());
        }
    }
    Ok(())
}

fn strike_crop(conn: &Connection, path: &str) -> Result<usize> {
    let seen = conn.execute("UPDATE recognition SET crop = NULL WHERE crop = ?1", [path])?;
    Ok(seen + conn.execute("UPDATE record SET best_crop = NULL WHERE best_crop = ?1", [path])?)
}

/// The columns with places that a class or everybody is watched at.
const LISTS: [&str; 2] = ["period", "occurrence"];

/// The names of all places: of cameras now and before, of periods and lessons, and of stored coverage.
fn places(conn: &Connection) -> Result<BTreeSet<String>> {
    let mut stmt = conn.prepare(
        "SELECT place FROM camera_change WHERE place IS NOT NULL UNION SELECT name FROM coverage WHERE kind = 'place'",
    )?;
    let mut names: BTreeSet<String> =
        stmt.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    for table in LISTS {
        let lists = lists(conn, table)?;
        names.extend(lists.iter().flat_map(|(_, places)| places.all()).map(str::to_owned));
    }
    Ok(names)
}

/// The different lists of places in a table, each as it is written and as it is meant.
fn lists(conn: &Connection, table: &str) -> Result<Vec<(String, Places)>> {
    let mut stmt = conn.prepare(&format!("SELECT DISTINCT places FROM {table} WHERE places <> ''"))?;
    let written = stmt.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<Vec<String>>>()?;
    Ok(written
        .into_iter()
        .filter_map(|text| Places::parse(&text).ok().map(|places| (text, places)))
        .collect())
}

/// The names of places that mention the student.
pub(crate) fn places_that_mention(conn: &Connection, called: &Called) -> Result<BTreeSet<String>> {
    Ok(places(conn)?.into_iter().filter(|name| called.mentioned_in(name)).collect())
}

/// Gives a place a name that nothing else has.
fn rename_place(conn: &Connection, name: &str) -> Result<usize> {
    let taken = places(conn)?;
    let new = (1..).map(|n| format!("removed place {n}")).find(|new| !taken.contains(new));
    let new = new.expect("numbers do not end");
    let mut rows = conn.execute("UPDATE camera_change SET place = ?2 WHERE place = ?1", [name, &new])?;
    for table in LISTS {
        for (written, places) in lists(conn, table)? {
            let renamed = places.renamed(name, &new).written();
            if renamed != written {
                let sql = format!("UPDATE {table} SET places = ?2 WHERE places = ?1");
                rows += conn.execute(&sql, [written, renamed])?;
            }
        }
    }
    // The place is named in the rows of every register that it was blind in.
    versions::touch(conn, *Instant::EVER.start(), *Instant::EVER.end())?;
    let stored = "UPDATE coverage SET name = ?2 WHERE kind = 'place' AND name = ?1";
    Ok(rows + conn.execute(stored, [name, &new])?)
}
