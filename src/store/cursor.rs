//! Rows in the order of students, for reading several tables side by side.

use rusqlite::fallible_streaming_iterator::FallibleStreamingIterator;
use rusqlite::{Result, Row, Rows};

use crate::domain::roll::student::StudentId;

/// The present row of a query in the order of students, whose identity is the first column.
pub(in crate::store) struct Cursor<'s> {
    rows: Rows<'s>,
    /// The student of the present row; `None` after the last.
    pub(in crate::store) student: Option<StudentId>,
}

impl<'s> Cursor<'s> {
    /// At the first row.
    pub(in crate::store) fn new(rows: Rows<'s>) -> Result<Self> {
        let mut cursor = Self { rows, student: None };
        cursor.advance()?;
        Ok(cursor)
    }

    /// Goes on to the next row.
    pub(in crate::store) fn advance(&mut self) -> Result<()> {
        self.student = self.rows.next()?.map(|row| row.get(0)).transpose()?;
        Ok(())
    }

    /// Goes on to the first row of a student, or of one with a higher identity.
    pub(in crate::store) fn seek(&mut self, student: StudentId) -> Result<()> {
        while self.student.is_some_and(|present| present < student) {
            self.advance()?;
        }
        Ok(())
    }

    /// The present row, if it is a student's.
    pub(in crate::store) fn row_of(&self, student: StudentId) -> Option<&Row<'s>> {
        self.rows.get().filter(|_| self.student == Some(student))
    }
}
