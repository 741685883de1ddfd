//! OneRoster 1.1 and 1.2 as CSV: a folder or an archive of tables becomes a roll, a line for each user.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use csv::{ReaderBuilder, StringRecord};
use zip::ZipArchive;

use crate::commands::problem::Problem;
use crate::commands::sheet::{self, Sheet};
use crate::domain::Invalid;
use crate::domain::count::counted;
use crate::domain::roll::alias::{Alias, AliasKind};
use crate::domain::roll::code::tidy;
use crate::domain::roll::enrolment::{Membership, Stretch};
use crate::domain::roll::header::LATER;
use crate::domain::roll::oneroster::{
    Class, Enrollment, Feed, FeedRow, GroupSpan, KnownUser, Org, Recoded, User, Wish, recoded,
};
use crate::domain::time::calendar::{When, local_date};
use crate::domain::time::{Instant, Zone};
use crate::failure::{Context, Result};
use crate::store::roll::{aliases, enrolments, feeds, students};
use crate::store::{Connection, Store};

/// The largest table that is read, in bytes.
const MAX_TABLE: u64 = 256 << 20;

/// The tables of an export.
#[derive(Debug)]
pub(super) enum Archive {
    Folder(PathBuf),
    Zip { bytes: Vec<u8>, name: String },
}

/// The roll that an export makes, with the classes to remember for later deltas.
#[derive(Debug)]
pub(super) struct Export {
    /// The file of users.
    pub(super) name: String,
    /// Its rows: line n is line n of the users.
    pub(super) sheet: Sheet,
    /// Whether it lists only changes, so that missing rows mean nothing.
    pub(super) delta: bool,
    /// Classes by identity.
    pub(super) classes: HashMap<String, Class>,
    /// Known students whose number changed.
    pub(super) recoded: Vec<Recoded>,
    /// How many of its students earlier exports brought.
    pub(super) known: usize,
}

/// The tables of a folder, or of an archive that holds users.
pub(super) fn find(file: &Path) -> Result<Option<Archive>> {
    if file.is_dir() {
        return Ok(Some(Archive::Folder(file.to_owned())));
    }
    let name = file.display().to_string();
    let mut begin = [0; 4];
    let is_zip = name != "-"
        && File::open(file)
            .is_ok_and(|mut file| file.read_exact(&mut begin).is_ok() && &begin == b"PK\x03\x04");
    if !is_zip {
        return Ok(None);
    }
    let bytes = sheet::bytes(file, &name, MAX_TABLE)?;
    let is_feed =
        ZipArchive::new(Cursor::new(&bytes[..])).is_ok_and(|archive| entry(&archive, "users.csv").is_some());
    Ok(is_feed.then_some(Archive::Zip { bytes, name }))
}

/// The place of a table in an archive. Archives often hold their tables in a folder.
fn entry(archive: &ZipArchive<Cursor<&[u8]>>, table: &str) -> Option<usize> {
    let is_table = |path: &str| path.rsplit('/').next().is_some_and(|last| last.eq_ignore_ascii_case(table));
    archive.file_names().position(|path| path.is_ok_and(|path| is_table(&path)))
}

impl Archive {
    fn name(&self, table: &str) -> String {
        match self {
            Self::Folder(folder) => folder.join(table).display().to_string(),
            Self::Zip { name, .. } => format!("{name}/{table}"),
        }
    }

    /// The bytes of a table; `None`: it is not there.
    fn bytes(&self, table: &str) -> Result<Option<Vec<u8>>> {
        match self {
            Self::Folder(folder) => {
                let path = folder.join(table);
                path.exists().then(|| sheet::bytes(&path, &self.name(table), MAX_TABLE)).transpose()
            }
            Self::Zip { bytes, .. } => {
                let torn = || {
                    let torn = Invalid::new("the archive cannot be unpacked")
                        .hint("export it again; nothing was imported");
                    Problem::in_file(self.name(table), torn)
                };
                let mut archive = ZipArchive::new(Cursor::new(&bytes[..])).map_err(|_| torn())?;
                let Some(nth) = entry(&archive, table) else { return Ok(None) };
                let entry = archive.by_index(nth).map_err(|_| torn())?;
                let admitted = entry.size();
                let mut unpacked = Vec::new();
                if admitted <= MAX_TABLE {
                    entry.take(MAX_TABLE + 1).read_to_end(&mut unpacked).map_err(|_| torn())?;
                }
                if admitted.max(unpacked.len() as u64) > MAX_TABLE {
                    let large = Invalid::new("the table is larger than 256 MiB, too large to be read");
                    let hint = "export fewer schools at once; nothing was imported";
                    return Err(Problem::in_file(self.name(table), large.hint(hint)).into());
                }
                Ok(Some(unpacked))
            }
        }
    }

    /// Passes the rows of a table to `each`. Says whether the table is there.
    fn rows(&self, table: &str, each: &mut dyn FnMut(&Row)) -> Result<bool> {
        let Some(bytes) = self.bytes(table)? else { return Ok(false) };
        let name = self.name(table);
        let text = sheet::decoded(&name, bytes)?;
        let mut reader = ReaderBuilder::new().flexible(true).from_reader(&text[..]);
        let unreadable = |error: csv::Error| {
            let place = error.position().map_or_else(|| name.clone(), |at| format!("{name}:{}", at.line()));
            Problem::in_file(
                place,
                Invalid::new("the table is not CSV in UTF-8").hint("nothing was imported"),
            )
        };
        let header = reader.headers().map_err(unreadable)?.clone();
        let columns: HashMap<String, usize> =
            header.iter().enumerate().map(|(nth, cell)| (tidy(cell).to_lowercase(), nth)).collect();
        let mut record = StringRecord::new();
        while reader.read_record(&mut record).map_err(unreadable)? {
            each(&Row { columns: &columns, record: &record });
        }
        Ok(true)
    }

    /// Reads every table that matters, with the classes of earlier exports.
    fn feed(&self, classes: HashMap<String, Class>) -> Result<(Feed, String)> {
        let mut manifest: HashMap<String, String> = HashMap::new();
        self.rows("manifest.csv", &mut |row| {
            manifest.insert(row.text("propertyname"), row.text("value"));
        })?;
        let mut feed = Feed { classes, ..Feed::default() };
        feed.delta = manifest.get("file.users").is_some_and(|word| word.eq_ignore_ascii_case("delta"));
        self.rows("orgs.csv", &mut |row| {
            if !row.is_deleted() {
                let parent = row.text("parentsourcedid");
                feed.orgs.push(Org {
                    id: row.id(),
                    name: row.text("name"),
                    identifier: row.text("identifier"),
                    parent,
                });
            }
        })?;
        let roles = self.roles()?;
        let there = self.rows("users.csv", &mut |row| feed.users.push(user(row, roles.as_ref())))?;
        if !there {
            let lacks = Invalid::new("a OneRoster export needs a users.csv");
            return Err(Problem::in_file(self.name(""), lacks.hint("nothing was imported")).into());
        }
        self.rows("classes.csv", &mut |row| {
            let homeroom = row.text("classtype").eq_ignore_ascii_case("homeroom");
            let class = Class { title: row.text("title"), homeroom, school: row.text("schoolsourcedid") };
            feed.classes.insert(row.id(), class);
        })?;
        let mut enrollments = Vec::new();
        let there = self.rows("enrollments.csv", &mut |row| enrollments.extend(enrollment(row)))?;
        feed.enrollments = there.then_some(enrollments);
        let version =
            manifest.get("oneroster.version").map(|version| format!(" {version}")).unwrap_or_default();
        Ok((feed, version))
    }

    /// The roles of users, which version 1.2 keeps in a table of their own: the students with their schools.
    fn roles(&self) -> Result<Option<HashMap<String, Vec<String>>>> {
        let mut students: HashMap<String, Vec<String>> = HashMap::new();
        let there = self.rows("roles.csv", &mut |row| {
            if row.text("role").eq_ignore_ascii_case("student") && !row.is_deleted() {
                students.entry(row.text("usersourcedid")).or_default().push(row.text("orgsourcedid"));
            }
        })?;
        Ok(there.then_some(students))
    }
}

/// A row of a table, whose cells are found by the lower-case name of their column.
struct Row<'r> {
    columns: &'r HashMap<String, usize>,
    record: &'r StringRecord,
}

impl Row<'_> {
    fn text(&self, column: &str) -> String {
        let cell = self.columns.get(column).and_then(|nth| self.record.get(*nth));
        cell.map_or_else(String::new, |cell| tidy(cell).into_owned())
    }

    fn id(&self) -> String {
        self.text("sourcedid")
    }

    fn list(&self, column: &str) -> Vec<String> {
        let text = self.text(column);
        text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect()
    }

    fn date(&self, column: &str) -> Option<NaiveDate> {
        self.text(column).get(..10)?.parse().ok()
    }

    fn is_deleted(&self) -> bool {
        ["tobedeleted", "inactive"].contains(&self.text("status").to_lowercase().as_str())
    }
}

fn user(row: &Row, roles: Option<&HashMap<String, Vec<String>>>) -> User {
    let id = row.id();
    let of_role = roles.and_then(|roles| roles.get(&id));
    let mut orgs = row.list("orgsourcedids");
    orgs.extend(row.list("primaryorgsourcedid"));
    orgs.extend(of_role.into_iter().flatten().cloned());
    let enabled = !["false", "0"].contains(&row.text("enableduser").to_lowercase().as_str());
    User {
        line: row.record.position().map_or(0, |at| usize::try_from(at.line()).unwrap_or_default()),
        active: enabled && !row.is_deleted(),
        student: match roles {
            Some(_) => of_role.is_some(),
            None => row.list("role").iter().any(|role| role.eq_ignore_ascii_case("student")),
        },
        orgs,
        username: row.text("username"),
        identifier: row.text("identifier"),
        names: [row.text("givenname"), row.text("middlename"), row.text("familyname")],
        grades: row.list("grades"),
        id,
    }
}

fn enrollment(row: &Row) -> Option<Enrollment> {
    let is_student = row.text("role").eq_ignore_ascii_case("student");
    is_student.then(|| Enrollment {
        user: row.text("usersourcedid"),
        class: row.text("classsourcedid"),
        deleted: row.is_deleted(),
        begin: row.date("begindate"),
        end: row.date("enddate"),
    })
}

/// Reads an export as a roll at an instant.
pub(super) fn read(
    archive: &Archive,
    wish: &Wish,
    store: &mut Store,
    at: Instant,
    zone: Zone,
) -> Result<Export> {
    let (classes, known) =
        store.read(|conn| -> Result<_> { Ok((feeds::classes(conn)?, known(conn, at, zone)?)) })?;
    let (feed, version) = archive.feed(classes)?;
    let name = archive.name("users.csv");
    let rows = feed.rows(wish, &known, local_date(at, zone)).map_err(|(line, invalid)| match line {
        0 => Problem::in_file(&name, invalid),
        line => Problem::in_file(format!("{name}:{line}"), invalid),
    })?;
    let kind = if feed.delta { "delta" } else { "bulk" };
    let schools: HashSet<&String> =
        feed.users.iter().filter(|user| user.student).flat_map(|user| &user.orgs).collect();
    let told = format!(
        "OneRoster{version} {kind}: {} of {}",
        counted(rows.len(), "student"),
        counted(schools.len(), "school")
    );
    let recoded = recoded(&rows, &known);
    let known = rows.iter().filter(|row| known.contains_key(&row.id)).count();
    let text = written(&rows).with_context(|| format!("cannot read {name}"))?;
    let sheet = Sheet { text, delimiter: b',', begins: 0, read_as: Some(told), typed: false, feed: true };
    Ok(Export { name, sheet, delta: feed.delta, classes: feed.classes, recoded, known })
}

/// The students whom earlier exports brought, by their identity there.
fn known(conn: &Connection, at: Instant, zone: Zone) -> Result<HashMap<String, KnownUser>> {
    let mut known = HashMap::new();
    for held in aliases::all(conn)? {
        if held.alias.kind != AliasKind::Sis || !held.stretch.holds(at) {
            continue;
        }
        if let Some((code, name)) = students::named(conn, held.student)? {
            let groups = enrolments::of(conn, held.student)?.imported_from(at);
            let groups = groups.map(|membership| group_span(membership, at, zone)).collect();
            known.insert(held.alias.value, KnownUser { code, name, groups });
        }
    }
    Ok(known)
}

/// A membership in whole dates. One that ends in the middle of a date lasts for that date.
fn group_span(membership: Membership, at: Instant, zone: Zone) -> GroupSpan {
    let Stretch { from, until } = membership.stretch;
    let after = |until: Instant| match local_date(until, zone) {
        date if When::Date(date).instant(zone) == until => date,
        date => date.succ_opt().unwrap_or(date),
    };
    GroupSpan {
        group: membership.group.into(),
        begin: (from > at).then(|| local_date(from, zone)),
        end: (until < Stretch::OPEN_END).then(|| after(until)),
    }
}

/// The rows as a sheet: line n of the users is line n of the text.
fn written(rows: &[FeedRow]) -> Result<Vec<u8>, csv::Error> {
    let mut text = Vec::new();
    let says_groups = rows.iter().any(|row| row.groups.is_some());
    let header: &[&str] = match says_groups {
        true => &["code", "name", "active", "aliases", "group", LATER],
        false => &["code", "name", "active", "aliases"],
    };
    let mut lines = 0;
    let mut write = |line: usize, cells: &[&str]| -> Result<(), csv::Error> {
        text.resize(text.len() + line.saturating_sub(lines + 1), b'\n');
        lines = lines.max(line - 1) + 1;
        let mut writer = csv::Writer::from_writer(std::mem::take(&mut text));
        writer.write_record(cells)?;
        text = writer.into_inner().map_err(csv::IntoInnerError::into_error)?;
        Ok(())
    };
    write(1, header)?;
    let mut next = 2;
    for row in rows {
        let line = if row.line == 0 { next } else { row.line };
        next = line + 1;
        let active = if row.active { "yes" } else { "no" };
        let alias = Alias { kind: AliasKind::Sis, value: row.id.clone() }.to_string();
        let groups = row.groups.clone().flatten().unwrap_or_default();
        let later: Vec<String> = row
            .later
            .iter()
            .map(|(date, groups)| format!("{date}={}", groups.clone().unwrap_or_default()))
            .collect();
        let later = later.join(";");
        let cells = [&row.code, &row.name, active, &alias, &groups, &later];
        write(line, &cells[..header.len()])?;
    }
    Ok(text)
}
