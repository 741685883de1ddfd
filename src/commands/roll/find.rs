//! Finds students by typed text: a code in any spelling, an alias, or a part of a name.

use rustc_hash::FxHashMap;

use crate::commands::Caller;
use crate::commands::problem::{Kind, Problem};
use crate::domain::roll::holder::{Held, meant};
use crate::domain::roll::search::{Fit, Query};
use crate::domain::roll::student::{Student, StudentId};
use crate::domain::spelling::same;
use crate::domain::time::Instant;
use crate::failure::Result;
use crate::store::roll::aliases;
use crate::store::roll::students::{self, Stored};
use crate::store::{Connection, Store};

/// Candidates that a message names.
const NAMED: usize = 5;

/// The student whom a text means, as at an instant: the owner of a code or an alias, else the only one whose name fits,
/// first among those on the roll then.
///
/// # Errors
/// No student matches, or several do.
pub(crate) fn student(conn: &Connection, text: &str, at: Instant) -> Result<Stored> {
    if let Some(known) = spelled(conn, text, at)? {
        return Ok(known);
    }
    let mut found = matching(conn, text, at)?;
    // A digit too few must not mean another student.
    found.retain(|(_, fit)| *fit > Fit::Code);
    if found.iter().any(|(known, _)| known.student.active) {
        found.retain(|(known, _)| known.student.active);
    }
    if found.iter().any(|(_, fit)| *fit == Fit::Name) {
        found.retain(|(_, fit)| *fit == Fit::Name);
    }
    let several = found.len() > 1;
    match found.pop() {
        Some((only, _)) if !several => Ok(only),
        Some(last) => {
            found.push(last);
            Err(ambiguous(text, &found).into())
        }
        None => Err(unknown(conn, text)?.into()),
    }
}

/// The same by code or alias alone, for commands that cannot be undone.
///
/// # Errors
/// No student has that code or alias.
pub(crate) fn known_student(conn: &Connection, text: &str, at: Instant) -> Result<Stored> {
    match spelled(conn, text, at)? {
        Some(known) => Ok(known),
        None => Err(unknown(conn, text)?.into()),
    }
}

/// The codes of the students that some texts refer to.
pub(crate) fn codes(conn: &Connection, texts: &[String], at: Instant) -> Result<Vec<String>> {
    texts.iter().map(|text| Ok(student(conn, text, at)?.student.code)).collect()
}

/// The owner of a code, of a code that differs only in case, or of an alias.
fn spelled(conn: &Connection, text: &str, at: Instant) -> Result<Option<Stored>> {
    if let Some(known) = by_code(conn, text, at)? {
        return Ok(Some(known));
    }
    let holder = meant(&aliases::named(conn, text)?, text, at);
    let named = holder.map(|holder| students::named(conn, holder)).transpose()?.flatten();
    Ok(named.map(|(code, _)| students::find(conn, &code, at)).transpose()?.flatten())
}

/// The owner of a code, or of the only code that differs from it in case alone.
pub(super) fn by_code(conn: &Connection, code: &str, at: Instant) -> Result<Option<Stored>> {
    let code = code.trim();
    if let Some(known) = students::find(conn, code, at)? {
        return Ok(Some(known));
    }
    let mut alike: Vec<String> = Vec::new();
    students::each_name(conn, |_, known, _| -> Result<()> {
        alike.extend(same(known, code).then(|| known.to_owned()));
        Ok(())
    })?;
    match alike.as_slice() {
        [only] => Ok(students::find(conn, only, at)?),
        _ => Ok(None),
    }
}

fn matching(conn: &Connection, text: &str, at: Instant) -> Result<Vec<(Stored, Fit)>> {
    let query = Query::new(text);
    if query.is_empty() {
        return Ok(Vec::new());
    }
    let mut held: FxHashMap<StudentId, Vec<Held>> = FxHashMap::default();
    for alias in aliases::all(conn)? {
        held.entry(alias.student).or_default().push(alias);
    }
    let mut hits: Vec<(String, Fit)> = Vec::new();
    students::each_name(conn, |id, code, name| -> Result<()> {
        let aliases = held.get(&id).into_iter().flatten().filter(|held| held.stretch.holds(at));
        let fit = query.fit(code, name, aliases.map(|held| held.alias.value.as_str()));
        hits.extend(fit.map(|fit| (code.to_owned(), fit)));
        Ok(())
    })?;
    let found = hits
        .into_iter()
        .filter_map(|(code, fit)| students::find(conn, &code, at).transpose().map(|known| Ok((known?, fit))));
    found.collect()
}

fn ambiguous(text: &str, found: &[(Stored, Fit)]) -> Problem {
    let told = |known: &Stored| {
        let Student { code, name, group, .. } = &known.student;
        let group = group.as_ref().map(|group| format!(" ({group})")).unwrap_or_default();
        format!("{code} {name}{group}")
    };
    let mut named: Vec<String> = found.iter().take(NAMED).map(|(known, _)| told(known)).collect();
    if found.len() > NAMED {
        named.push(format!("{} more", found.len() - NAMED));
    }
    Problem::new(Kind::Refused, format!("{text:?} fits several students: {}", named.join(", ")))
        .hint(format!("write the code; attend student find {text:?} lists them"))
}

fn unknown(conn: &Connection, text: &str) -> Result<Problem> {
    let mut codes: Vec<String> = Vec::new();
    students::each_name(conn, |_, code, _| -> Result<()> {
        codes.push(code.to_owned());
        Ok(())
    })?;
    Ok(Problem::not_found("student", text, codes.iter().map(String::as_str), "attend student list"))
}

/// All students who match a text, by code: those on the roll now, and with `all` those who left.
pub(crate) fn find(store: &mut Store, text: &str, all: bool, caller: &Caller) -> Result<Vec<Student>> {
    store.read(|conn| {
        let mut found: Vec<Student> = Vec::new();
        if let Some(known) = spelled(conn, text, caller.now)? {
            found.push(known.student);
        }
        let others = matching(conn, text, caller.now)?.into_iter().map(|(known, _)| known.student);
        found.extend(others);
        found.sort_by(|a, b| a.code.cmp(&b.code));
        found.dedup();
        found.retain(|student| all || student.active);
        if found.is_empty() {
            return Err(student(conn, text, caller.now).map_or_else(
                |error| error,
                |left| {
                    let message = format!("{} is not on the roll now", left.student.code);
                    Problem::new(Kind::Refused, message).hint("--all finds those who left, too").into()
                },
            ));
        }
        Ok(found)
    })
}
