//! A bulletin: the few things of a report that a person reads in a mail or on a page, before opening the sheet.

use super::text::{fit, grouped, safe, share_bar, width};

/// The content of a mail and of a page. All texts may come from outside: the writer escapes them.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Bulletin {
    /// The school, the dates and what they hold, in one line.
    pub title: String,
    /// The answer in a few words, such as `94.1 % present; 5 unexplained; Block 3 not judged`.
    pub answer: String,
    /// Whether more is to come; empty: that was not asked.
    pub edition: String,
    /// Further numbers.
    pub figures: Vec<Figure>,
    /// Students whose families should be called, each list under the reason.
    pub calls: Vec<Calls>,
    /// Lists of names, each under the reason to look.
    pub lists: Vec<(String, Vec<String>)>,
    /// A bar for each part of the whole.
    pub bars: Vec<Bar>,
    /// The classes, if they are told.
    pub classes: Option<Classes>,
    /// The share of each day, the latest last.
    pub trend: Vec<Point>,
    /// Students by how much they missed: `12 students missed 10 % or more of the last 20 school days`.
    pub bands: Vec<String>,
    /// The meaning of the numbers, where they come from and what else there is.
    pub foot: Vec<String>,
}

/// A number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Figure {
    /// Its key in JSON.
    pub key: &'static str,
    /// Its name.
    pub word: &'static str,
    /// How many.
    pub count: u32,
}

/// Students under a reason to call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Calls {
    pub reason: String,
    /// The first of them.
    pub students: Vec<Absentee>,
    /// How many more there are.
    pub more: u32,
}

/// A student who is absent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Absentee {
    pub code: String,
    pub name: String,
    /// Class.
    pub group: String,
    /// `3 of 4 periods`.
    pub today: String,
    /// `2 days in a row`; empty: some of the date was attended.
    pub in_a_row: String,
    /// `5 of 20 days`.
    pub in_total: String,
}

/// A share drawn as a bar.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Bar {
    /// The unit of the count.
    pub label: String,
    /// When it was.
    pub time: String,
    /// The share in percent, 0 to 100. `None` if the whole is zero.
    pub percent: Option<f64>,
    /// The share in numbers, or the reason why there is none.
    pub words: String,
}

/// The classes of a date.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Classes {
    /// The day with which they are compared: `Mon 31 Aug`; `None`: nothing was held then.
    pub before: Option<String>,
    /// Names of the periods, short.
    pub periods: Vec<String>,
    /// The classes by name: a comparison with the week before, not among each other.
    pub rows: Vec<ClassShare>,
}

/// A class on a date.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ClassShare {
    pub name: String,
    /// The share that was present, in percent; `None`: nothing could be judged.
    pub percent: Option<f64>,
    /// Students present in periods, of those judged: `187 of 200`.
    pub words: String,
    /// The difference to the week before in points.
    pub change: Option<f64>,
    /// The share in each period; `None`: not judged, or not begun.
    pub periods: Vec<Option<f64>>,
}

/// The share of a day.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Point {
    /// `Mon 7 Sep`.
    pub day: String,
    /// The share in percent; `None`: nothing could be judged.
    pub percent: Option<f64>,
}

/// Days of the trend that a mail tells.
pub(crate) const TOLD: usize = 5;

impl Bulletin {
    /// The bulletin as plain text, for mail readers that show nothing else.
    pub(crate) fn text(&self) -> String {
        let mut lines = vec![self.answer.clone(), self.title.clone()];
        lines.extend(Some(self.edition.clone()).filter(|edition| !edition.is_empty()));
        let figures: Vec<String> =
            self.figures.iter().map(|figure| format!("{} {}", figure.word, grouped(figure.count))).collect();
        lines.extend([figures.join(" · ")].into_iter().filter(|line| !line.is_empty()));
        self.calls.iter().for_each(|calls| calls.text(&mut lines));
        for (reason, names) in &self.lists {
            lines.extend([String::new(), format!("{reason}:")]);
            lines.extend(names.iter().map(|name| format!("  {name}")));
        }
        if !self.bars.is_empty() {
            let label = self.bars.iter().map(|bar| width(&bar.label)).max().unwrap_or_default();
            lines.push(String::new());
            lines.extend(self.bars.iter().map(|bar| format!("  {}", bar.text(label))));
        }
        self.classes.iter().for_each(|classes| classes.text(&mut lines));
        let days = self.trend();
        if !days.is_empty() {
            lines.extend([String::new(), format!("Days before: {days}")]);
        }
        if !self.bands.is_empty() {
            lines.push(String::new());
            lines.extend(self.bands.iter().cloned());
        }
        lines.push(String::new());
        lines.extend(self.foot.iter().cloned());
        lines.push(String::new());
        let lines: Vec<_> = lines.iter().map(|line| safe(line)).collect();
        lines.join("\n")
    }

    /// The latest days in one line; empty if there is only one.
    pub(crate) fn trend(&self) -> String {
        let before = self.trend.len().saturating_sub(1);
        let days = &self.trend[before.saturating_sub(TOLD)..before];
        let told = days.iter().map(|point| format!("{} {}", point.day, share(point.percent)));
        told.collect::<Vec<_>>().join(", ")
    }
}

/// `94.1 %`, or that nothing could be judged.
pub(crate) fn share(percent: Option<f64>) -> String {
    percent.map_or_else(|| "not judged".to_owned(), |percent| format!("{percent:.1} %"))
}

impl Calls {
    fn text(&self, lines: &mut Vec<String>) {
        lines.extend([String::new(), format!("{}:", self.reason)]);
        lines.extend(self.students.iter().map(|student| {
            let Absentee { code, name, group, today, in_a_row, in_total } = student;
            let told: Vec<&str> = [today, in_a_row, in_total]
                .into_iter()
                .map(String::as_str)
                .filter(|t| !t.is_empty())
                .collect();
            let group = if group.is_empty() { String::new() } else { format!(" ({group})") };
            format!("  {code} {name}{group}: {}", told.join(", "))
        }));
        lines.extend((self.more > 0).then(|| format!("  and {} more", grouped(self.more))));
    }
}

impl ClassShare {
    /// `+1.2`, or nothing where there is nothing to compare with.
    pub(crate) fn difference(&self) -> String {
        self.change.map(|change| format!("{change:+.1}")).unwrap_or_default()
    }
}

impl Classes {
    fn text(&self, lines: &mut Vec<String>) {
        let name = self.rows.iter().map(|class| width(&class.name)).max().unwrap_or_default();
        let since =
            self.before.as_ref().map(|before| format!(", and points since {before}")).unwrap_or_default();
        lines.extend([String::new(), format!("Classes{since}:")]);
        lines.extend(self.rows.iter().map(|class| {
            let (name, percent) = (fit(&class.name, name), share(class.percent));
            format!("  {name}  {percent:>10}  {:>5}  {}", class.difference(), class.words)
                .trim_end()
                .to_owned()
        }));
    }
}

impl Bar {
    fn text(&self, label: usize) -> String {
        let (label, time) = (fit(&self.label, label), &self.time);
        match self.percent {
            Some(percent) => {
                format!("{label}  {time}  {} {percent:>5.1} %  {}", share_bar(percent), self.words)
            }
            None => format!("{label}  {time}  {}", self.words),
        }
    }
}
