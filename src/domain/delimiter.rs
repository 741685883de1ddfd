//! The delimiter of sheets for people. Spreadsheets expect the one of their country.

use std::fmt;
use std::str::FromStr;

use super::Invalid;

/// The sign between two cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Delimiter {
    /// For countries with a decimal point: 0.93.
    #[default]
    Comma,
    /// A semicolon, for countries with a decimal comma: 0,93.
    Semicolon,
    /// A tab, for pasting. Numbers have a decimal point.
    Tab,
}

impl Delimiter {
    /// All of them.
    pub(crate) const ALL: [Self; 3] = [Self::Comma, Self::Semicolon, Self::Tab];

    /// The byte in the file.
    pub(crate) fn byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Semicolon => b';',
            Self::Tab => b'\t',
        }
    }

    /// The decimal sign of a country whose spreadsheets expect this delimiter.
    pub(crate) fn decimal_sign(self) -> char {
        if self == Self::Semicolon { ',' } else { '.' }
    }

    /// As it is typed.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Comma => ",",
            Self::Semicolon => ";",
            Self::Tab => "tab",
        }
    }
}

impl fmt::Display for Delimiter {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for Delimiter {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let typed = |delimiter: &Self| text == delimiter.word() || text.as_bytes() == [delimiter.byte()];
        Self::ALL.into_iter().find(typed).ok_or_else(|| {
            Invalid::new(format!("{text:?} does not separate the cells of a sheet"))
                .hint("a delimiter is , or ; or tab; put ; into quotes: --delimiter ';'")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_delimiter_is_read_as_it_is_written() {
        for delimiter in Delimiter::ALL {
            assert_eq!(delimiter.to_string().parse(), Ok(delimiter));
        }
        assert_eq!("\t".parse(), Ok(Delimiter::Tab));
        for text in ["", "|", ";;", "semicolon"] {
            assert!(text.parse::<Delimiter>().is_err(), "{text:?}");
        }
    }
}
