//! A bulletin: the short content of a report in a mail, above the attached sheet.

use super::text::{fit, safe, width};

/// The content of a mail. All texts may come from outside: the writer escapes them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Bulletin {
    /// The subject, in one line.
    pub title: String,
    /// The answer in a few words, such as `Present 94.1 % (1,976 of 2,100)`.
    pub answer: String,
    /// Further numbers with their names.
    pub figures: Vec<(String, String)>,
    /// A bar for each part of the whole.
    pub bars: Vec<Bar>,
    /// Lists of names, each under its reason.
    pub lists: Vec<(String, Vec<String>)>,
    /// The origin of the mail, and further information.
    pub foot: String,
}

/// A share drawn as a bar.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    /// The unit of the count.
    pub label: String,
    /// When it was.
    pub time: String,
    /// The share in percent, 0 to 100. `None` if the whole is zero.
    pub percent: Option<f64>,
    /// The share in numbers, or the reason why there is none.
    pub words: String,
}

/// Cells of a bar.
const CELLS: usize = 20;

impl Bulletin {
    /// The bulletin as plain text, for mail readers that show nothing else.
    pub fn text(&self) -> String {
        let mut lines = vec![self.title.clone(), String::new(), self.answer.clone()];
        let figures: Vec<String> = self.figures.iter().map(|(what, n)| format!("{what} {n}")).collect();
        lines.extend([figures.join(" · ")].into_iter().filter(|line| !line.is_empty()));
        if !self.bars.is_empty() {
            let label = self.bars.iter().map(|bar| width(&bar.label)).max().unwrap_or_default();
            lines.push(String::new());
            lines.extend(self.bars.iter().map(|bar| format!("  {}", bar.text(label))));
        }
        for (reason, names) in &self.lists {
            lines.extend([String::new(), format!("{reason}:")]);
            lines.extend(names.iter().map(|name| format!("  {name}")));
        }
        lines.extend([String::new(), self.foot.clone(), String::new()]);
        let lines: Vec<_> = lines.iter().map(|line| safe(line)).collect();
        lines.join("\n")
    }
}

impl Bar {
    fn text(&self, label: usize) -> String {
        let (label, time) = (fit(&self.label, label), &self.time);
        match self.percent {
            Some(percent) => {
                let full = (percent.clamp(0.0, 100.0) / 100.0 * CELLS as f64).round() as usize;
                let bar = format!("{}{}", "█".repeat(full), "░".repeat(CELLS - full));
                format!("{label}  {time}  {bar} {percent:>5.1} %  {}", self.words)
            }
            None => format!("{label}  {time}  {}", self.words),
        }
    }
}
