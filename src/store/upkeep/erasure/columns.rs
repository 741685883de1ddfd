//! Every column whose text may name a student, and the search through it page by page.

use rusqlite::types::Value;
use rusqlite::{Connection, params};

use crate::domain::roll::student::StudentId;
use crate::domain::upkeep::erasure::{Called, DoubtfulPlace, Reference, Removed};
use crate::store::Result;
use crate::store::register::versions;
use crate::store::upkeep::erasure::tally;

/// A column whose text may name a student.
#[derive(Debug)]
pub(crate) struct Place {
    table: &'static str,
    column: &'static str,
    key: &'static str,
    /// Comes before every key.
    before: &'static str,
    /// The column with the student of a row. Rows of the erased student are deleted as a whole.
    student: Option<&'static str>,
    strike: Strike,
}

/// How the text of a row can be removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Strike {
    /// Replace it.
    Text,
    /// Put the key in its place.
    ByKey,
    /// Delete the row.
    Row,
    /// Nothing here: others refer to the name, and its own command changes it.
    Never,
}

impl Place {
    const fn of(table: &'static str, column: &'static str) -> Self {
        Self { table, column, key: "id", before: "-1", student: None, strike: Strike::Text }
    }

    const fn by(self, key: &'static str) -> Self {
        Self { key, ..self }
    }

    const fn by_text(self, key: &'static str) -> Self {
        Self { key, before: "''", ..self }
    }

    const fn with_student(self) -> Self {
        Self { student: Some("student"), ..self }
    }

    const fn name_of(table: &'static str, column: &'static str) -> Self {
        Self::of(table, column).struck(Strike::Never)
    }

    const fn struck(self, strike: Strike) -> Self {
        Self { strike, ..self }
    }
}

/// Every such column. Add each new column that holds names or text from outside.
pub(crate) const PLACES: [Place; 57] = [
    REFUSED_LINES,
    Place::of("heartbeat", "last_error").by("camera"),
    Place::of("job", "last_error").by_text("name"),
    Place::of("job_run", "error"),
    Place::of("job_run", "started_by"),
    Place::of("mark", "reason").with_student(),
    Place::of("mark", "marked_by").with_student(),
    Place::of("excuse", "reason").with_student(),
    Place::of("excuse", "given_by").with_student(),
    Place::of("excuse", "taken_back_by").with_student(),
    Place::of("review", "reason").with_student(),
    Place::of("review", "decided_by").with_student(),
    Place::of("occurrence", "cancelled"),
    Place::of("occurrence", "touched_by"),
    Place::of("closure", "reason"),
    Place::of("closure", "closed_by"),
    Place::of("message", "error"),
    Place::of("camera", "first_name"),
    Place::of("key", "created_by").by_text("id"),
    Place::of("key", "revoked_by").by_text("id"),
    Place::of("setting", "changed_by").by_text("key"),
    Place::of("alert", "acked_by").by_text("check_name || ':' || subject"),
    Place::of("alert_mute", "muted_by").by_text("target"),
    Place::of("sheet_columns", "header").by_text("header").struck(Strike::Row),
    Place::of("reason", "words").by_text("key").struck(Strike::ByKey),
    Place::of("former_reason", "words").by_text("words").struck(Strike::Row),
    Place::of("former_reason", "key").by_text("key").struck(Strike::Row),
    Place::of("audit", "detail").with_student(),
    Place::of("audit", "done_by").with_student(),
    Place::name_of("membership", "group_name").by_text("group_name"),
    Place::name_of("feed_class", "title").by_text("id"),
    Place::name_of("feed_class", "school").by_text("id"),
    Place::name_of("feed_class", "id").by_text("id"),
    Place::name_of("period", "name"),
    Place::name_of("period", "groups"),
    Place::name_of("period", "places"),
    Place::name_of("occurrence", "name"),
    Place::name_of("occurrence", "groups"),
    Place::name_of("occurrence", "places"),
    Place::name_of("closure", "event"),
    Place::name_of("opened_date", "event").by_text("event"),
    Place::name_of("session", "name"),
    Place::name_of("session", "periods"),
    Place::name_of("camera", "name"),
    Place::name_of("key", "runner").by_text("id"),
    Place::name_of("key", "cameras").by_text("id"),
    Place::name_of("quarantine", "runner"),
    Place::name_of("quarantine", "camera"),
    Place::name_of("job", "name").by_text("name"),
    Place::name_of("reason", "key").by_text("key"),
    Place::name_of("reason", "code").by_text("key"),
    Place::name_of("setting", "value").by_text("key"),
    Place::name_of("alert_mute", "target").by_text("target"),
    Place::name_of("message", "recipient"),
    Place::name_of("feed", "name").by_text("name"),
    Place::name_of("absence_feed", "name").by_text("name"),
    Place::name_of("absence_told", "period").by_text("period"),
];

/// Lines name their student, so those about the erased student are deleted as a whole without asking.
const REFUSED_LINES: Place = Place::of("quarantine", "line").struck(Strike::Row);

/// Replaces a text that named an erased student.
const STRUCK: &str = "(removed: it named a student who was erased)";

/// Rows read at a time.
const PAGE: i64 = 1_000;

/// The result of searching one page.
#[derive(Debug, Default)]
pub(crate) struct Page {
    /// The keys of rows about the student.
    pub certain: Vec<String>,
    /// The keys of rows that may mention the student, and their texts.
    pub doubtful: Vec<(String, DoubtfulPlace)>,
    /// Names that may be of the student.
    pub names: Vec<DoubtfulPlace>,
    /// The last key of this page. `None` if it was the last page.
    pub next: Option<Value>,
}

impl Place {
    /// The column and the key of a place such as `mark.reason:12`.
    pub(crate) fn named(name: &str) -> Option<(&'static Self, &str)> {
        PLACES.iter().find_map(|place| Some((place, name.strip_prefix(&place.name(""))?)))
    }

    /// Whether a place such as `period.name:1` holds a name, which is never struck.
    pub(crate) fn is_name(name: &str) -> bool {
        Self::named(name).is_some_and(|(place, _)| place.strike == Strike::Never)
    }

    /// Whether its places contain its text. They are not stored, because they would keep the name of the student.
    pub(crate) fn tells_text(&self) -> bool {
        self.key == self.column
    }

    fn name(&self, key: &str) -> String {
        format!("{}.{}:{key}", self.table, self.column)
    }

    fn is_lines(&self) -> bool {
        (self.table, self.column) == (REFUSED_LINES.table, REFUSED_LINES.column)
    }

    /// Searches the page after a key. The first page follows `Value::Null`.
    pub(crate) fn look(
        &self,
        conn: &Connection,
        after: &Value,
        student: StudentId,
        called: &Called,
    ) -> Result<Page> {
        let Self { table, column, key, before, .. } = self;
        let whose = self.student.unwrap_or("NULL");
        let mut stmt = conn.prepare_cached(&format!(
            "SELECT DISTINCT {key}, {column}, {whose} FROM {table} WHERE {key} > ifnull(?1, {before}) ORDER BY {key} LIMIT ?2"
        ))?;
        let mut rows = stmt.query(params![after, PAGE])?;
        let mut page = Page::default();
        let mut count = 0;
        while let Some(row) = rows.next()? {
            let key: Value = row.get(0)?;
            if row.get::<_, Option<StudentId>>(2)? != Some(student) {
                // Bytes that are not UTF-8 are searched, too.
                let bytes = row.get_ref(1)?.as_bytes_or_null().ok().flatten().unwrap_or_default();
                self.judge(&key, &String::from_utf8_lossy(bytes), called, &mut page);
            }
            page.next = Some(key);
            count += 1;
        }
        page.next = page.next.filter(|_| count == PAGE);
        Ok(page)
    }

    fn judge(&self, key: &Value, text: &str, called: &Called, page: &mut Page) {
        let key = match key {
            Value::Text(key) => key.clone(),
            Value::Integer(key) => key.to_string(),
            _ => return,
        };
        match if self.is_lines() { called.in_line(text) } else { called.in_text(text) } {
            Reference::None => {}
            Reference::Certain => page.certain.push(key),
            Reference::Doubtful => {
                let doubt = DoubtfulPlace { place: self.name(&key), text: text.to_owned() };
                match self.strike {
                    Strike::Never => page.names.push(doubt),
                    _ => page.doubtful.push((key, doubt)),
                }
            }
        }
    }

    /// Strikes the text of a row, or deletes the row. Returns the number of rows.
    pub(crate) fn strike(&self, conn: &Connection, key: &str) -> Result<usize> {
        let Self { table, column, key: name, .. } = self;
        if matches!(*table, "reason" | "former_reason") {
            versions::touch_reasons(conn)?;
        }
        let replace = |text: &str| format!("UPDATE {table} SET {column} = {text} WHERE {name} = ?1");
        Ok(match self.strike {
            Strike::Text => conn.execute(&replace("?2"), [key, STRUCK])?,
            Strike::ByKey => conn.execute(&replace(name), [key])?,
            Strike::Row => conn.execute(&format!("DELETE FROM {table} WHERE {name} = ?1"), [key])?,
            Strike::Never => 0,
        })
    }

    /// Strikes rows for an erasure in progress, and counts them.
    pub(crate) fn strike_all<'k>(
        &self,
        conn: &Connection,
        student: StudentId,
        keys: impl Iterator<Item = &'k String>,
    ) -> Result<()> {
        let mut rows = 0;
        for key in keys {
            rows += self.strike(conn, key)?;
        }
        tally(conn, student, if self.is_lines() { "quarantine" } else { "texts" }, rows)
    }

    /// Adds rows to a count.
    pub(crate) fn count(&self, removed: &mut Removed, rows: usize) {
        let rows = u32::try_from(rows).unwrap_or(u32::MAX);
        *(if self.is_lines() { &mut removed.quarantine } else { &mut removed.texts }) += rows;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::schema;

    /// Columns of text that need no search, and why.
    const UNSEARCHED: [(&str, &[&str]); 7] = [
        (
            "one of a few words, a date, a number or bytes of ours",
            &[
                "revision.zone_rules",
                "revision.first_date",
                "camera_change.kind",
                "camera_day.date",
                "occurrence.date",
                "occurrence.odd",
                "closure.from_date",
                "closure.to_date",
                "opened_date.date",
                "mark.decision",
                "review.verdict",
                "excuse.kind",
                "session.rule",
                "key.id",
                "key.hash",
                "key.successor",
                "coverage.kind",
                "coverage.blind",
                "job_run.name",
                "job_run.fault",
                "job_run.reached",
                "message.channel",
                "message.state",
                "alert.check_name",
                "alert.severity",
                "alert.episodes",
                "alert.told_severity",
                "audit.action",
                "setting.key",
                "quarantine.digest",
                "quarantine.reason",
                "absence_feed.begins",
                "absence_told.date",
                "membership.source",
                "alias.kind",
                "alias.source",
            ],
        ),
        (
            "goes with the student, by identity",
            &[
                "student.code",
                "student.name",
                "former_code.code",
                "alias.key",
                "alias.value",
                "sent_alias.text",
                "sent_alias.key",
                "absence_told.code",
                "tombstone.code_hmac",
                "tombstone_alias.alias_hmac",
                "tombstone_alias.code_hmac",
                "tombstone_key.key",
                "erasing.code_hmac",
                "erasing.code",
                "erasing.name",
                "erasing.called",
                "erased_crop.path",
                "erasure_doubt.code_hmac",
                "erasure_doubt.place",
            ],
        ),
        (
            "found by their own words (shared.rs)",
            &["recognition.crop", "record.best_crop", "camera_change.place", "coverage.name"],
        ),
        ("renamed with the camera", &["coverage.cameras"]),
        (
            "repeats another column, which is searched",
            &[
                "rate.runner",
                "share.runner",
                "share.camera",
                "sheet_columns.columns",
                "absence_told.feed",
                "quarantine.detail",
                "alert.subject",
            ],
        ),
        ("names no student, or the message is dropped as a whole", &["message.key", "message.body"]),
        ("a part of the recipient", &["message.route"]),
    ];

    #[test]
    fn every_column_of_text_is_searched_or_has_a_reason_not_to_be() {
        let conn = schema::empty().unwrap();
        let mut stmt = conn
            .prepare(
                "SELECT t.name || '.' || c.name FROM sqlite_schema t, pragma_table_info(t.name) c
                 WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%' AND c.type IN ('TEXT', 'BLOB', 'ANY')",
            )
            .unwrap();
        let columns: Vec<String> =
            stmt.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        let searched = PLACES.iter().map(|place| format!("{}.{}", place.table, place.column));
        let excused = UNSEARCHED.iter().flat_map(|(_, columns)| *columns).map(|&column| column.to_owned());
        let known: Vec<String> = searched.chain(excused).collect();
        let forgotten: Vec<&String> = columns.iter().filter(|column| !known.contains(column)).collect();
        let gone: Vec<&String> = known.iter().filter(|column| !columns.contains(column)).collect();
        assert!(forgotten.is_empty() && gone.is_empty(), "not searched: {forgotten:?}; no column: {gone:?}");
    }
}
