//! Lines that are broken between words where the screen ends.

use crate::report::Words;
use crate::report::text::{safe, width};

/// On a narrower screen nothing is broken.
const NARROWEST: usize = 20;

/// The lines of one that is longer than `room`. Further lines are indented.
pub(super) fn broken(line: &[Words], room: usize) -> Vec<Vec<Words>> {
    let whole: usize = line.iter().map(|words| width(&words.text)).sum();
    if whole <= room || room < NARROWEST {
        return vec![line.to_vec()];
    }
    let mut paper = Paper { room, hang: hang(line, room), lines: vec![Vec::new()], used: 0 };
    for words in line {
        let text = safe(&words.text);
        tokens(&text).for_each(|token| paper.put(token, words));
    }
    paper.lines
}

/// Words with the space behind them. A sign such as % stays with the word before it.
fn tokens(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let mut ends = rest.match_indices(' ').map(|(at, _)| at + 1);
        let end = ends.find(|end| !["% ", "· "].iter().any(|sign| rest[*end..].starts_with(sign)));
        let (token, more) = rest.split_at(end.unwrap_or(rest.len()));
        rest = more;
        (!token.is_empty()).then_some(token)
    })
}

/// The indent of further lines: the text behind the first gap, such as that of a column, if it is not too far to the right.
fn hang(line: &[Words], room: usize) -> usize {
    let whole: String = line.iter().map(|words| words.text.as_str()).collect();
    let text = whole.trim_start_matches(' ');
    let begin = whole.len() - text.len();
    let behind = match text.find("  ") {
        _ if begin > 2 => begin,
        Some(gap) => whole.len() - text[gap..].trim_start_matches(' ').len(),
        None => 0,
    };
    Some(width(&whole[..behind])).filter(|columns| (2..=room / 2).contains(columns)).unwrap_or(2)
}

/// Lines that are being filled.
struct Paper {
    room: usize,
    hang: usize,
    lines: Vec<Vec<Words>>,
    /// Columns of the last line that are filled.
    used: usize,
}

impl Paper {
    /// Puts a word, with the space behind it, in the look of `like`.
    fn put(&mut self, token: &str, like: &Words) {
        let word = token.trim_end_matches(' ');
        if self.used + width(word) > self.room && self.used > self.hang {
            self.break_line();
        }
        if word.is_empty() && self.lines.len() > 1 && self.used == self.hang {
            return;
        }
        let mut rest = token;
        while self.used + width(rest.trim_end_matches(' ')) > self.room {
            let mut columns = self.used;
            let fits = rest.char_indices().find(|(_, c)| {
                columns += width(c.encode_utf8(&mut [0; 4]));
                columns > self.room
            });
            let (fitting, more) = rest.split_at(fits.map_or(rest.len(), |(end, _)| end));
            self.push(fitting, like);
            self.break_line();
            rest = more;
        }
        self.push(rest, like);
    }

    fn push(&mut self, text: &str, like: &Words) {
        self.used += width(text);
        let line = self.lines.last_mut().expect("there is always a line");
        match line.last_mut().filter(|last| last.tone == like.tone) {
            Some(last) => last.text = format!("{}{text}", last.text).into(),
            None => line.push(Words::new(text, like.tone)),
        }
    }

    fn break_line(&mut self) {
        if let Some(last) = self.lines.last_mut().and_then(|line| line.last_mut()) {
            last.text = last.text.trim_end_matches(' ').into();
        }
        self.lines.push(vec![Words::from(" ".repeat(self.hang))]);
        self.used = self.hang;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Tone;

    #[test]
    fn a_long_line_is_broken_between_words_below_its_second_column() {
        let label = |text: &str| Words::new(text, Tone::Warn);
        let names = || Words::from("Ada Karim (G7) · Li Wei (G9)".to_owned());
        let long = "x".repeat(30);
        for (line, room, expected) in [
            (vec![label(" never seen  "), names()], 41, vec![" never seen  Ada Karim (G7) · Li Wei (G9)"]),
            (
                vec![label(" never seen  "), names()],
                40,
                vec![" never seen  Ada Karim (G7) · Li Wei", "             (G9)"],
            ),
            (
                vec![label("             "), names()],
                30,
                vec!["             Ada Karim (G7) ·", "             Li Wei (G9)"],
            ),
            (
                vec![label(" never seen  "), names()],
                20,
                vec![" never seen  Ada", "  Karim (G7) · Li", "  Wei (G9)"],
            ),
            (
                vec![label(" ✓ "), Words::from("jobs   all is well".to_owned())],
                20,
                vec![" ✓ jobs   all is", "          well"],
            ),
            (vec![label("Block 2   50 % over now")], 22, vec!["Block 2   50 % over", "          now"]),
            (vec![label(&long)], 20, vec!["xxxxxxxxxxxxxxxxxxxx", "  xxxxxxxxxx"]),
            (vec![label("a b")], 2, vec!["a b"]),
        ] {
            let told: Vec<String> = broken(&line, room)
                .iter()
                .map(|line| line.iter().map(|words| words.text.as_str()).collect::<String>())
                .collect();
            assert_eq!(told, expected, "{room}");
            let tones: Vec<Tone> = broken(&line, room)[0].iter().map(|words| words.tone).collect();
            assert_eq!(tones.first(), Some(&Tone::Warn));
        }
    }
}
