//! OneRoster: who is on the roll and in which groups, by the tables that a school system exports.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::NaiveDate;

use crate::domain::Invalid;
use crate::domain::roll::group::{as_one_group, joined, split};
use crate::domain::spelling::same;
use crate::domain::suggest::did_you_mean;

/// The member of a user that becomes the code of the student.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CodeField {
    /// The number that the school uses.
    #[default]
    Identifier,
    /// The identity in the school system.
    SourcedId,
    /// The login name.
    Username,
}

impl CodeField {
    /// Every field.
    pub const ALL: [Self; 3] = [Self::Identifier, Self::SourcedId, Self::Username];

    /// Its name in OneRoster.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Identifier => "identifier",
            Self::SourcedId => "sourcedId",
            Self::Username => "username",
        }
    }
}

/// A source of groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupField {
    /// Every class that the student attends.
    Classes,
    /// Classes of the type homeroom alone.
    Homeroom,
    /// The grades of the student.
    Grade,
}

impl GroupField {
    /// Every field.
    pub const ALL: [Self; 3] = [Self::Classes, Self::Homeroom, Self::Grade];

    /// The word that people type.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Classes => "classes",
            Self::Homeroom => "homeroom",
            Self::Grade => "grade",
        }
    }
}

/// Options of reading an export.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// The member that holds the code.
    pub code: CodeField,
    /// The sources of groups; empty: every class.
    pub groups: Vec<GroupField>,
    /// Only students of these schools, by name, identifier or sourcedId. Empty: all.
    pub schools: Vec<String>,
}

impl Wish {
    fn takes(&self, field: GroupField) -> bool {
        self.groups.contains(&field) || (self.groups.is_empty() && field == GroupField::Classes)
    }
}

/// A school, or an organisation above schools.
#[derive(Debug, Clone)]
pub struct Org {
    /// Identity.
    pub id: String,
    /// Name.
    pub name: String,
    /// Number.
    pub identifier: String,
    /// Identity of the organisation above it, or nothing.
    pub parent: String,
}

/// A user.
#[derive(Debug, Clone)]
pub struct User {
    /// Line in `users.csv`.
    pub line: usize,
    /// Identity.
    pub id: String,
    /// Neither deleted nor disabled.
    pub active: bool,
    /// Whether the user is a student.
    pub student: bool,
    /// Identities of schools.
    pub orgs: Vec<String>,
    /// Login name.
    pub username: String,
    /// Number that the school uses.
    pub identifier: String,
    /// Names in the order in which they are written.
    pub names: [String; 3],
    /// Grades.
    pub grades: Vec<String>,
}

/// A class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Class {
    /// Name; the group of its students.
    pub title: String,
    /// Whether it is a homeroom.
    pub homeroom: bool,
    /// Identity of the school, or nothing.
    pub school: String,
}

impl Class {
    /// The name of its group.
    fn group(&self) -> String {
        as_one_group(&self.title)
    }
}

/// A student in a class.
#[derive(Debug, Clone)]
pub struct Enrollment {
    /// Identity of the user.
    pub user: String,
    /// Identity of the class.
    pub class: String,
    /// It was deleted.
    pub deleted: bool,
    /// First date; `None`: since always.
    pub begin: Option<NaiveDate>,
    /// The date after the last one; `None`: until further notice.
    pub end: Option<NaiveDate>,
}

/// The tables of an export.
#[derive(Debug, Default)]
pub struct Feed {
    /// It lists changes alone.
    pub delta: bool,
    /// Schools; empty without a table.
    pub orgs: Vec<Org>,
    /// Users of every role.
    pub users: Vec<User>,
    /// Classes by identity, those of earlier exports too.
    pub classes: HashMap<String, Class>,
    /// Students in classes; `None`: no table.
    pub enrollments: Option<Vec<Enrollment>>,
}

/// A student whom an earlier export brought.
#[derive(Debug, Clone)]
pub struct KnownUser {
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
    /// Groups that imports gave, now and as planned for later.
    pub groups: Vec<GroupSpan>,
}

/// A group of a student.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupSpan {
    /// Its name.
    pub group: String,
    /// First date; `None`: since always.
    pub begin: Option<NaiveDate>,
    /// The date after the last one; `None`: until further notice.
    pub end: Option<NaiveDate>,
}

/// A student as the export says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedRow {
    /// Line in `users.csv`; 0: the table does not list the student.
    pub line: usize,
    /// Identity in the school system.
    pub id: String,
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
    /// On the roll.
    pub active: bool,
    /// Groups on the date asked about, joined by commas; `None` outside: the export says nothing about groups.
    pub groups: Option<Option<String>>,
    /// The groups from later dates on.
    pub later: Vec<(NaiveDate, Option<String>)>,
}

/// A known student whose number changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recoded {
    /// Line in `users.csv`.
    pub line: usize,
    /// The code on the roll.
    pub before: String,
    /// The code in the export.
    pub after: String,
}

/// The rows whose student is on the roll under another code, in the order of the table. Other spellings are no other codes.
pub fn recoded(rows: &[FeedRow], known: &HashMap<String, KnownUser>) -> Vec<Recoded> {
    let changed = rows.iter().filter_map(|row| {
        let before = &known.get(&row.id)?.code;
        (!same(before, &row.code)).then(|| Recoded {
            line: row.line,
            before: before.clone(),
            after: row.code.clone(),
        })
    });
    changed.collect()
}

impl Feed {
    /// The students on a date, in the order of `users.csv`; then known ones whose classes alone change.
    ///
    /// # Errors
    /// A school is not there, or a student has no code.
    pub fn rows(
        &self,
        wish: &Wish,
        known: &HashMap<String, KnownUser>,
        date: NaiveDate,
    ) -> Result<Vec<FeedRow>, (usize, Invalid)> {
        let schools = self.schools(&wish.schools).map_err(|invalid| (0, invalid))?;
        let of_school =
            |orgs: &[String]| schools.as_ref().is_none_or(|ids| orgs.iter().any(|org| ids.contains(org)));
        let mut attended: HashMap<&str, Vec<&Enrollment>> = HashMap::new();
        for enrollment in self.enrollments.iter().flatten() {
            attended.entry(&enrollment.user).or_default().push(enrollment);
        }
        let mut rows = Vec::new();
        for user in self.users.iter().filter(|user| user.student && of_school(&user.orgs)) {
            let attends = attended.remove(user.id.as_str()).unwrap_or_default();
            let before = known.get(&user.id).map_or(&[][..], |known| &known.groups);
            let before = before.iter().filter(|span| self.outlasts_grades(wish, &span.group));
            let spans = self.spans(wish, &attends, before, schools.as_ref());
            rows.push(self.row(user, wish, &spans, date)?);
        }
        if self.delta {
            let listed: HashSet<&str> = self.users.iter().map(|user| user.id.as_str()).collect();
            let mut others: Vec<(&str, Vec<&Enrollment>)> =
                attended.into_iter().filter(|(id, _)| !listed.contains(id)).collect();
            others.sort_by_key(|(id, _)| *id);
            for (id, attends) in others {
                let Some(known) = known.get(id) else { continue };
                let spans = self.spans(wish, &attends, known.groups.iter(), schools.as_ref());
                let (groups, later) = spans.on(date);
                let (code, name) = (known.code.clone(), known.name.clone());
                let groups = Some(groups);
                rows.push(FeedRow { line: 0, id: id.to_owned(), code, name, active: true, groups, later });
            }
        }
        Ok(rows)
    }

    fn row(
        &self,
        user: &User,
        wish: &Wish,
        spans: &Spans,
        date: NaiveDate,
    ) -> Result<FeedRow, (usize, Invalid)> {
        let code = match wish.code {
            CodeField::Identifier => &user.identifier,
            CodeField::SourcedId => &user.id,
            CodeField::Username => &user.username,
        };
        if code.is_empty() {
            let words = format!("the student {:?} has no {}", user.id, wish.code.word());
            let hint = "--code sourcedId or --code username takes another member; nothing was imported";
            return Err((user.line, Invalid::new(words).hint(hint)));
        }
        let (groups, later) = spans.on(date);
        let grades = user.grades.iter().filter(|_| wish.takes(GroupField::Grade));
        let grades: Vec<String> = grades.map(|grade| as_one_group(grade)).collect();
        let with_grades = |groups: Option<String>| {
            joined(split(groups.as_deref()).chain(grades.iter().map(String::as_str)))
        };
        let says_groups = self.enrollments.is_some() || wish.takes(GroupField::Grade);
        Ok(FeedRow {
            line: user.line,
            id: user.id.clone(),
            code: code.clone(),
            name: user
                .names
                .iter()
                .filter(|name| !name.is_empty())
                .map(String::as_str)
                .collect::<Vec<_>>()
                .join(" "),
            active: user.active,
            groups: says_groups.then(|| with_grades(groups)),
            later: later.into_iter().map(|(date, groups)| (date, with_grades(groups))).collect(),
        })
    }

    /// The identities of the schools asked for and of those below them; `None`: all.
    fn schools(&self, wanted: &[String]) -> Result<Option<HashSet<String>>, Invalid> {
        if wanted.is_empty() {
            return Ok(None);
        }
        let mut ids = HashSet::new();
        for text in wanted {
            let is =
                |org: &&Org| [&org.id, &org.name, &org.identifier].into_iter().any(|known| same(known, text));
            let org = self.orgs.iter().find(is).ok_or_else(|| {
                let names = self.orgs.iter().map(|org| org.name.as_str());
                let all = names.clone().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ");
                let hint = did_you_mean(text, names).unwrap_or_else(|| format!("the schools are {all}"));
                Invalid::new(format!("the export has no school {text:?}"))
                    .hint(format!("{hint}; nothing was imported"))
            })?;
            ids.insert(org.id.clone());
        }
        // Children of children: once more for each level, until nothing is added.
        loop {
            let below = self.orgs.iter().filter(|org| ids.contains(&org.parent) && !ids.contains(&org.id));
            let below: Vec<String> = below.map(|org| org.id.clone()).collect();
            if below.is_empty() {
                return Ok(Some(ids));
            }
            ids.extend(below);
        }
    }

    /// Whether a group from an earlier import stays although the export lists the student: the grades that it lists
    /// replace the earlier ones, and only the classes are known by their titles.
    fn outlasts_grades(&self, wish: &Wish, group: &str) -> bool {
        !wish.takes(GroupField::Grade) || self.classes.values().any(|class| class.group() == group)
    }

    /// When a student is in which groups. A delta changes the groups that imports gave before.
    fn spans<'k>(
        &self,
        wish: &Wish,
        attends: &[&Enrollment],
        before: impl Iterator<Item = &'k GroupSpan>,
        schools: Option<&HashSet<String>>,
    ) -> Spans {
        let mut spans = Spans::default();
        let group = |enrollment: &Enrollment| {
            let class = self.classes.get(&enrollment.class)?;
            let wanted =
                wish.takes(GroupField::Classes) || (wish.takes(GroupField::Homeroom) && class.homeroom);
            let here = schools.is_none_or(|ids| class.school.is_empty() || ids.contains(&class.school));
            (wanted && here).then(|| class.group())
        };
        if self.delta {
            let ended = attends.iter().filter_map(|enrollment| group(enrollment));
            let ended: BTreeSet<String> = ended.collect();
            spans.0.extend(before.filter(|span| !ended.contains(&span.group)).cloned());
        }
        for enrollment in attends.iter().filter(|enrollment| !enrollment.deleted) {
            let (begin, end) = (enrollment.begin, enrollment.end);
            spans.0.extend(group(enrollment).map(|group| GroupSpan { group, begin, end }));
        }
        spans
    }
}

/// Groups of a student.
#[derive(Debug, Default)]
struct Spans(Vec<GroupSpan>);

impl Spans {
    fn at(&self, date: NaiveDate) -> Option<String> {
        let holds = |span: &&GroupSpan| {
            span.begin.is_none_or(|begin| begin <= date) && span.end.is_none_or(|end| date < end)
        };
        joined(self.0.iter().filter(holds).map(|span| span.group.as_str()))
    }

    /// The groups on a date, and those from each later date on at which they change.
    fn on(&self, date: NaiveDate) -> (Option<String>, Vec<(NaiveDate, Option<String>)>) {
        let edges = self.0.iter().flat_map(|span| [span.begin, span.end]).flatten();
        let later: BTreeMap<NaiveDate, Option<String>> =
            edges.filter(|edge| *edge > date).map(|edge| (edge, self.at(edge))).collect();
        (self.at(date), later.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn user(line: usize, id: &str, orgs: &[&str]) -> User {
        User {
            line,
            id: id.into(),
            active: true,
            student: true,
            orgs: orgs.iter().map(|org| (*org).to_owned()).collect(),
            username: format!("{id}.login"),
            identifier: format!("H{line}"),
            names: ["Ada".into(), String::new(), "Karim".into()],
            grades: vec!["07".into()],
        }
    }

    fn attends(user: &str, class: &str, begin: Option<&str>, end: Option<&str>) -> Enrollment {
        let (begin, end) = (begin.map(day), end.map(day));
        Enrollment { user: user.into(), class: class.into(), deleted: false, begin, end }
    }

    fn feed() -> Feed {
        let org = |id: &str, parent: &str| Org {
            id: id.into(),
            name: format!("School {id}"),
            identifier: String::new(),
            parent: parent.into(),
        };
        let class = |title: &str, homeroom| Class { title: title.into(), homeroom, school: "s1".into() };
        Feed {
            delta: false,
            orgs: vec![org("d", ""), org("s1", "d"), org("s2", "d")],
            users: vec![user(2, "u1", &["s1"]), user(3, "u2", &["s2"])],
            classes: [("c1".into(), class("7A", true)), ("c2".into(), class("Maths, set 1", false))].into(),
            enrollments: Some(vec![
                attends("u1", "c1", Some("2026-09-01"), Some("2026-10-01")),
                attends("u1", "c2", Some("2026-09-15"), None),
                attends("u1", "unknown", None, None),
            ]),
        }
    }

    fn told(feed: &Feed, wish: &Wish, known: &HashMap<String, KnownUser>) -> Vec<String> {
        let rows = feed.rows(wish, known, day("2026-09-07")).unwrap();
        let groups = |groups: &Option<String>| groups.clone().unwrap_or_default();
        rows.iter()
            .map(|row| {
                let later = row.later.iter().map(|(date, after)| format!(" {date} {}", groups(after)));
                format!("{} {}{}", row.code, groups(&row.groups.clone().flatten()), later.collect::<String>())
            })
            .collect()
    }

    #[test]
    fn classes_are_groups_for_as_long_as_they_are_attended() {
        let wish = Wish::default();
        assert_eq!(
            told(&feed(), &wish, &HashMap::new()),
            ["H2 7A 2026-09-15 7A,Maths  set 1 2026-10-01 Maths  set 1", "H3 "]
        );
        let homeroom = Wish { groups: vec![GroupField::Homeroom], ..Wish::default() };
        assert_eq!(told(&feed(), &homeroom, &HashMap::new())[0], "H2 7A 2026-10-01 ");
        let grade = Wish { groups: vec![GroupField::Grade], code: CodeField::Username, ..Wish::default() };
        assert_eq!(told(&feed(), &grade, &HashMap::new()), ["u1.login 07", "u2.login 07"]);
    }

    #[test]
    fn schools_are_chosen_with_those_below_them() {
        let rows = |school: &str| {
            let wish = Wish { schools: vec![school.into()], ..Wish::default() };
            feed().rows(&wish, &HashMap::new(), day("2026-09-07")).map(|rows| rows.len())
        };
        assert_eq!((rows("school S1"), rows("s2"), rows("d")), (Ok(1), Ok(1), Ok(2)));
        assert_eq!(rows("School s3").unwrap_err().1.message, "the export has no school \"School s3\"");
    }

    #[test]
    fn a_delta_changes_the_groups_that_are_known() {
        let known = |groups: &[&str]| {
            let span = |group: &&str| GroupSpan { group: (*group).to_owned(), begin: None, end: None };
            let groups = groups.iter().map(span).collect();
            KnownUser { code: "H9".into(), name: "Ada".into(), groups }
        };
        let known =
            HashMap::from([("u1".to_owned(), known(&["7A", "Chess"])), ("u9".to_owned(), known(&["7A"]))]);
        let deleted = Enrollment { deleted: true, ..attends("u1", "c1", None, None) };
        let feed = Feed {
            delta: true,
            users: vec![user(2, "u1", &["s1"])],
            enrollments: Some(vec![
                deleted,
                attends("u9", "c2", Some("2026-09-01"), None),
                attends("u8", "c2", None, None),
            ]),
            ..feed()
        };
        assert_eq!(told(&feed, &Wish::default(), &known), ["H2 Chess", "H9 7A,Maths  set 1"]);
    }

    #[test]
    fn a_student_without_a_code_is_refused() {
        let nameless = User { identifier: String::new(), ..user(5, "u5", &[]) };
        let feed = Feed { users: vec![nameless], ..feed() };
        let (line, invalid) = feed.rows(&Wish::default(), &HashMap::new(), day("2026-09-07")).unwrap_err();
        assert_eq!((line, invalid.message.as_str()), (5, "the student \"u5\" has no identifier"));
    }
}
