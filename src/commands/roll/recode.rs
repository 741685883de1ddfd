//! Students whose number changed in the school system. They are found by their identity there, so that they are the same
//! students under another code.

use rustc_hash::FxHashSet;

use crate::commands::Caller;
use crate::commands::problem::{Kind, Problem};
use crate::domain::Invalid;
use crate::domain::count::counted;
use crate::domain::roll::oneroster::Recoded;
use crate::domain::roll::student::StudentId;
use crate::failure::Result;
use crate::store::Connection;
use crate::store::roll::students;

/// Changed codes up to which no `--force` is needed, however small the school is.
const FEW: usize = 5;

/// Gives students their new codes. Lines with an old code from before now still belong to its student.
///
/// # Errors
/// The new code belongs to another student, or more than a fifth of the `known` students would get other codes.
pub(super) fn recode(
    conn: &Connection,
    file: &str,
    recoded: &[Recoded],
    (known, force): (usize, bool),
    caller: &Caller,
) -> Result<()> {
    if recoded.len() > FEW && recoded.len() * 5 > known && !force {
        let message = format!(
            "the file would change the codes of {}, more than a fifth",
            counted(recoded.len(), "student")
        );
        return Err(Problem::new(Kind::Refused, message)
            .hint("did the last import take another member (--code)? If the numbers really changed, add --force")
            .into());
    }
    let mut students: Vec<(StudentId, &Recoded)> = Vec::new();
    for one in recoded {
        students.extend(students::id(conn, &one.before)?.map(|id| (id, one)));
    }
    let moving: FxHashSet<StudentId> = students.iter().map(|(id, _)| *id).collect();
    for (_, one) in &students {
        let owner = students::id(conn, &one.after)?.filter(|owner| !moving.contains(owner));
        if owner.is_some() {
            return Err(taken(file, one).into());
        }
    }
    // Two students may swap codes, so all old codes are given up first.
    for (id, _) in &students {
        students::retire_code(conn, *id, &format!("~{}", id.0), caller.now)?;
    }
    Ok(students.iter().try_for_each(|(id, one)| students::recode(conn, *id, &one.after))?)
}

fn taken(file: &str, Recoded { line, before, after }: &Recoded) -> Problem {
    let message = format!("the number of {before:?} is {after:?} now, which is the code of another student");
    let hint = format!("attend student retire-code {after}, if that student left; nothing was imported");
    Problem::in_file(format!("{file}:{line}"), Invalid::new(message).hint(hint))
}
