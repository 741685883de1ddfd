//! Options for reading a file as a roll.

use std::collections::HashMap;

/// How a file is read: by stated, remembered or recognised columns.
#[derive(Debug, Clone, Copy, Default)]
pub struct Reading<'a> {
    /// The columns, as `code="Student ID",name=Name`. `None`: recognised by their header words.
    pub columns: Option<&'a str>,
    /// The sheet of a workbook.
    pub sheet: Option<&'a str>,
    /// The columns that were stated for earlier files, by their header.
    pub remembered: Option<&'a HashMap<String, String>>,
}
