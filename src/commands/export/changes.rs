//! Changes of the register by people.

use std::ops::RangeInclusive;

use chrono::NaiveDate;

use crate::commands::lookup;
use crate::domain::register::changes::Change;
use crate::domain::time::calendar::days;
use crate::failure::Result;
use crate::store::register::changes;
use crate::store::{Store, settings};

/// The changes made on some dates, by time. If students are named, only changes about them.
pub(crate) fn changes(
    store: &mut Store,
    dates: &RangeInclusive<NaiveDate>,
    students: &[String],
) -> Result<Vec<Change>> {
    store.read(|conn| {
        let window = days(dates, settings::load(conn)?.zone);
        let students = lookup::codes(conn, students, *window.end())?;
        let mut found = changes::within(conn, &window)?;
        found.retain(|change| students.is_empty() || students.contains(&change.code));
        Ok(found)
    })
}
