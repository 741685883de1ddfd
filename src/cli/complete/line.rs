//! Words and quotes of a command line that is being typed. No shell evaluates any of it, and completed words are
//! quoted here.

/// The last word of a line, with the words before it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Line {
    /// The words before, without their quotes.
    pub words: Vec<String>,
    /// The part of the last word before the cursor, without its quotes.
    pub last: String,
    /// The part of the word that readline keeps. It replaces the rest.
    pub kept: String,
    /// The quote that is open.
    pub quote: Option<char>,
}

impl Line {
    /// Reads a line up to the cursor. `breaks` are the characters at which readline begins a new word.
    pub(crate) fn read(text: &str, breaks: &str) -> Self {
        let mut line = Self::default();
        let mut begun = false;
        let mut characters = text.chars();
        while let Some(c) = characters.next() {
            match (line.quote, c) {
                (Some(quote), c) if c == quote => {
                    line.quote = None;
                    line.kept.clone_from(&line.last);
                }
                (None, '\'' | '"') => {
                    begun = true;
                    line.quote = Some(c);
                    line.kept.clone_from(&line.last);
                }
                (None | Some('"'), '\\') => {
                    begun = true;
                    line.last.extend(characters.next());
                }
                (None, c) if c.is_whitespace() => {
                    if std::mem::take(&mut begun) {
                        line.words.push(std::mem::take(&mut line.last));
                        line.kept.clear();
                    }
                }
                (quote, c) => {
                    begun = true;
                    line.last.push(c);
                    if quote.is_none() && breaks.contains(c) {
                        line.kept.clone_from(&line.last);
                    }
                }
            }
        }
        line
    }

    /// The text that replaces readline's word, so that bash reads `word` and nothing else. `None` if
    /// quoting cannot express it.
    pub(crate) fn completed(&self, word: &str) -> Option<String> {
        let rest = word.strip_prefix(&self.kept)?;
        match self.quote {
            None => Some(rest.chars().flat_map(escaped).collect()),
            // A ! cannot be written between double quotes: its backslash would stay.
            Some('"') if rest.contains('!') => None,
            Some('"') => {
                Some(rest.chars().flat_map(|c| escape(c, matches!(c, '"' | '\\' | '$' | '`'))).collect())
            }
            Some(_) => Some(rest.replace('\'', "'\\''")),
        }
    }
}

fn escaped(c: char) -> impl Iterator<Item = char> {
    escape(c, !(c.is_alphanumeric() || "-_./+,@%=:".contains(c)))
}

fn escape(c: char, dangerous: bool) -> impl Iterator<Item = char> {
    dangerous.then_some('\\').into_iter().chain([c])
}

#[cfg(test)]
mod tests {
    use super::Line;

    const BREAKS: &str = " \t\n\"'><=;|&(:";

    fn completed(typed: &str, word: &str) -> Option<String> {
        Line::read(typed, BREAKS).completed(word)
    }

    #[test]
    fn words_lose_their_quotes() {
        let line = Line::read("attend  'a b' \"c\\\"d\" e\\ f '' --period=\"Blo", BREAKS);
        assert_eq!(line.words, ["attend", "a b", "c\"d", "e f", ""]);
        assert_eq!(
            (line.last.as_str(), line.kept.as_str(), line.quote),
            ("--period=Blo", "--period=", Some('"'))
        );
        assert_eq!(Line::read("attend mark ", BREAKS).last, "");
        assert_eq!(Line::read("attend a\\", BREAKS).last, "a");
    }

    #[test]
    fn only_what_readline_replaces_is_given_and_it_is_quoted() {
        for (typed, word, expected) in [
            ("attend Bl", "Block 2", Some("Block\\ 2")),
            ("attend \"Bl", "Block $(2)", Some("Block \\$(2)")),
            ("attend 'Bl", "Block's `2`", Some("Block'\\''s `2`")),
            ("attend \"Bl", "Block!", None),
            ("attend Bl", "Block!", Some("Block\\!")),
            ("attend --period=Bl", "--period=Block 2", Some("Block\\ 2")),
            ("attend --period=\"Bl", "--period=Block 2", Some("Block 2")),
            ("attend A:B", "A:B;c", Some("B\\;c")),
            ("attend A:B", "AB", None),
            ("attend ", "~x|&<>*?[]{}()#$\\", Some("\\~x\\|\\&\\<\\>\\*\\?\\[\\]\\{\\}\\(\\)\\#\\$\\\\")),
            ("attend ژ", "ژیان", Some("ژیان")),
        ] {
            assert_eq!(completed(typed, word).as_deref(), expected, "{typed} → {word}");
        }
    }
}
