//! The plain lists: students, the changes of a roll, settings.

use super::{Column, Report, Rows, Tone, Value, Words, column};
use crate::domain::roll::enrolment::{Spell, Stretch};
use crate::domain::roll::holder::Held;
use crate::domain::roll::student::{Student, StudentChange};
use crate::domain::settings::{SETTINGS, Setting, Settings};
use crate::domain::time::{Instant, Zone};

/// Rows of students, each with its change if a roll is being imported.
pub(crate) struct Students;

impl Rows for Students {
    type Row<'a> = StudentRow<'a>;
}

/// A student in a list.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StudentRow<'a> {
    /// As on the roll, or as a roll that is read wants it.
    pub student: &'a Student,
    /// The change that the roll makes.
    pub change: StudentChange,
    /// Before the change; `None`: new.
    pub before: Option<&'a Student>,
}

impl<'a> StudentRow<'a> {
    /// A student who is not changed.
    pub(crate) const fn of(student: &'a Student) -> Self {
        Self { student, change: StudentChange::Keep, before: Some(student) }
    }

    /// `name Ada → Ada Karim, group 7A → 8A`
    fn changes(&self) -> Option<String> {
        let before = self.before?;
        let name = (before.name != self.student.name)
            .then(|| format!("name {} → {}", before.name, self.student.name));
        let group = |student: &Student| student.group.clone().unwrap_or_else(|| "none".to_owned());
        let (old, new) = (group(before), group(self.student));
        let group = (old != new).then(|| format!("group {old} → {new}"));
        let told: Vec<String> = [name, group].into_iter().flatten().collect();
        (!told.is_empty()).then(|| told.join(", "))
    }
}

/// The columns of the plan of an import.
pub(crate) static ROLL: &[Column<Students>] = &[
    Column::text("change", "CHANGE", |row| {
        let (word, tone) = match row.change {
            StudentChange::Add => ("add", Tone::Good),
            StudentChange::Update => ("update", Tone::Plain),
            StudentChange::Activate => ("activate", Tone::Good),
            StudentChange::Deactivate => ("deactivate", Tone::Bad),
            StudentChange::Keep => ("keep", Tone::Faint),
        };
        Value::from(word).shown(word, tone)
    }),
    Column::text("code", "CODE", |row| (&row.student.code).into()),
    Column::long("name", "NAME", |row| (&row.student.name).into()),
    Column::long("group", "GROUP", |row| row.student.group.as_ref().into()),
    Column::text("active", "", |row| {
        let active = row.student.active;
        Value::from(active).shown(if active { "" } else { "inactive" }, Tone::Faint)
    }),
    Column::long("changes", "CHANGES", |row| row.changes().into()),
];

/// The columns of the list of students.
pub(crate) static STUDENTS: &[Column<Students>] = ROLL.split_at(1).1.split_at(4).0;

/// Shown when the roll is empty.
pub(crate) const NO_STUDENTS: &str = "The roll is empty: attend student import roll.csv";

/// Shown when every student of a group has left it.
pub(crate) const NO_MEMBERS: &str =
    "No student is in that group now: attend student list --all shows those who left.";

/// Shown when a roll has a header alone.
pub(crate) const NOBODY: &str = "The file lists no students.";
/// Shown when a roll changes nothing.
pub(crate) const NO_CHANGES: &str = "The roll is as in the file already.";
/// The same, if only codes change.
pub(crate) const NO_MORE_CHANGES: &str = "Only codes change.";

struct Enrolments;

impl Rows for Enrolments {
    type Row<'a> = (&'a Spell, Zone);
}

/// How people see the instant of a move, which may be years ago.
const MOVED: &str = "%-d %b %Y %H:%M";

static ENROLMENTS: &[Column<Enrolments>] = &[
    Column::text("from", "FROM", |(spell, zone)| match spell.stretch.from {
        Stretch::ALWAYS => Value::Null.shown("always", Tone::Faint),
        from => Value::at(from, *zone, MOVED),
    }),
    Column::text("until", "UNTIL", |(spell, zone)| match spell.stretch.until {
        Stretch::OPEN_END => Value::Null.shown("further notice", Tone::Faint),
        until => Value::at(until, *zone, MOVED),
    }),
    Column::long("group", "GROUP", |(spell, _)| spell.group.as_ref().into()),
];

/// One student with the dates on the roll.
pub(crate) fn student(
    student: &Student,
    enrolments: &[Spell],
    aliases: &[Held],
    now: Instant,
    zone: Zone,
) -> Report {
    let group = student.group.as_ref().map(|group| format!(" · {group}")).unwrap_or_default();
    let active = if student.active { "" } else { " · inactive" };
    let heading =
        vec![Words::new(&student.code, Tone::Strong), format!(" · {}{group}{active}", student.name).into()];
    let aliases: Vec<String> =
        aliases.iter().filter(|held| held.stretch.holds(now)).map(|held| held.alias.to_string()).collect();
    let known_as = (!aliases.is_empty()).then(|| vec![Words::from(aliases.join(" · "))]);
    let mut totals = column::members(STUDENTS, &StudentRow::of(student));
    totals.push(("aliases", Value::List(aliases.into_iter().map(Value::from).collect())));
    Report::list("student", ENROLMENTS, enrolments.iter().map(|spell| (spell, zone)), now, zone)
        .under(std::iter::once(heading).chain(known_as).collect())
        .totals(totals)
        .or_empty("Never on the roll.")
}

struct Policy;

impl Rows for Policy {
    type Row<'a> = (&'a Setting, &'a Settings);
}

static SETTING: &[Column<Policy>] = &[
    Column::text("setting", "SETTING", |(setting, _)| setting.key.into()),
    Column::text("value", "VALUE", |(setting, settings)| {
        let given = settings.given(setting.key);
        let value = given.or(setting.default);
        let tone = if given.is_some() { Tone::Strong } else { Tone::Faint };
        Value::from(value).shown(value.unwrap_or("–"), tone)
    }),
    Column::text("default", "DEFAULT", |(setting, _)| setting.default.into()),
    Column::text("unit", "UNIT", |(setting, _)| setting.unit().into()),
    Column::text("range", "RANGE", |(setting, _)| setting.range().into()),
    Column::long("meaning", "MEANING", |(setting, _)| setting.meaning.into()),
];

/// Every setting with its value, default, unit, range and meaning.
pub(crate) fn settings(settings: &Settings, now: Instant) -> Report {
    let rows = SETTINGS.iter().map(|setting| (setting, settings));
    Report::list("settings", SETTING, rows, now, settings.zone)
}

/// Columns that a line of a setting's meaning may take.
const MEANING: usize = 76;

/// Every setting for people: its value with unit and range, and its meaning on lines of their own.
pub(crate) fn settings_lines(settings: &Settings) -> Vec<Vec<Words>> {
    SETTINGS.iter().flat_map(|setting| setting_lines(setting, settings)).collect()
}

fn setting_lines(setting: &Setting, settings: &Settings) -> Vec<Vec<Words>> {
    let given = settings.given(setting.key);
    let value = given.or(setting.default).unwrap_or("–");
    let tone = if given.is_some() { Tone::Strong } else { Tone::Plain };
    let default = setting.default.filter(|_| given.is_some());
    let default = default.map(|default| format!(", default {default}")).unwrap_or_default();
    let mut lines = vec![vec![
        format!("{:<25}", setting.key).into(),
        Words::new(value, tone),
        Words::new(format!("  {}: {}{default}", setting.unit(), setting.range()), Tone::Faint),
    ]];
    let mut line = String::new();
    for word in setting.meaning.split(' ') {
        if !line.is_empty() && line.len() + 1 + word.len() > MEANING {
            lines.push(vec![format!("  {}", std::mem::take(&mut line)).into()]);
        }
        line += if line.is_empty() { "" } else { " " };
        line += word;
    }
    lines.push(vec![format!("  {line}").into()]);
    lines
}
