//! Students, and the plan of an import: the changes that a new roll makes.
//!
//! Reading the file is `commands/roll/import/`; this file decides what a roll means.

use chrono::NaiveDate;
use smol_str::SmolStr;

use crate::domain::Invalid;
use crate::domain::count::counted;
use crate::domain::roll::alias::Alias;
use crate::domain::roll::group::{Spellings, check_groups, joined, split};

/// Longest code accepted, in bytes.
const MAX_CODE: usize = 64;
/// Any school, however small, may add fewer students than this at once without `--force`.
const FEW: usize = 20;
/// Longest name accepted, in bytes.
const MAX_NAME: usize = 400;

/// The earliest and the latest date, for a range without ends.
pub const ALWAYS: NaiveDate = NaiveDate::from_ymd_opt(1, 1, 1).expect("a real date");
/// See [`ALWAYS`].
pub const OPEN_END: NaiveDate = NaiveDate::from_ymd_opt(9999, 12, 31).expect("a real date");

/// Identity of a student in the database. It outlives a change of code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StudentId(pub i64);

/// A student as a roll describes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Student {
    /// Unique code, such as `H000123`.
    pub code: String,
    /// Full name.
    pub name: String,
    /// Class or group, if the school uses them.
    pub group: Option<String>,
    /// On the roll now.
    pub active: bool,
}

impl Student {
    /// The new state for the audit log, of a change that no field shows at its own instant.
    pub fn told_state(&self) -> String {
        match (self.active, &self.group) {
            (false, _) => "inactive".to_owned(),
            (true, None) => "active".to_owned(),
            (true, Some(group)) => format!("active, group {group}"),
        }
    }

    /// The changes to the student, without the names themselves: `name, group G7 → G8`. `None` if they are equal.
    pub fn told_changes(&self, after: &Self) -> Option<String> {
        let group = |student: &Self| student.group.clone().unwrap_or_else(|| "none".to_owned());
        let mut told = Vec::new();
        if self.name != after.name {
            told.push("name".to_owned());
        }
        if self.group != after.group {
            told.push(format!("group {} → {}", group(self), group(after)));
        }
        if self.active != after.active {
            told.push(if after.active { "active" } else { "inactive" }.to_owned());
        }
        (!told.is_empty()).then(|| told.join(", "))
    }
}

/// Checks a code: one word of at most 64 bytes, no white space, no control characters.
pub fn check_code(code: &str) -> Result<&str, Invalid> {
    let code = code.trim();
    if code.is_empty() {
        return Err(
            Invalid::new("the code is empty").hint("every student needs a unique code, such as H000123")
        );
    }
    if code.len() > MAX_CODE || code.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(Invalid::new(format!("{code:?} cannot be a code"))
            .hint("a code is one word of at most 64 bytes, such as H000123"));
    }
    Ok(code)
}

/// Checks a name: some text, at most 400 bytes.
pub fn check_name(name: &str) -> Result<&str, Invalid> {
    let name = name.trim();
    if name.is_empty() {
        return Err(Invalid::new("the name is empty").hint("write the name as staff know it"));
    }
    if name.len() > MAX_NAME || name.contains('\0') {
        return Err(Invalid::new("the name is longer than 400 bytes or holds a NUL"));
    }
    Ok(name)
}

/// Words of spreadsheets and school systems for a student on the roll, and for one who has left.
const YES: &str = "1 true yes y active enrolled current wahr ja aktiv vrai oui actif verdadero sí si activo verdadeiro \
                   sim ativo vero attivo waar actief sant doğru evet aktif prawda tak истина да نعم صحيح 是 在读";
const NO: &str = "0 false no n inactive left withdrawn falsch nein inaktiv faux non inactif falso inactivo não inativo \
                  inattivo onwaar nee inactief falskt nej yanlış hayır pasif fałsz nie ложь нет لا خطأ 否";

/// Reads the `active` column of a roll; an empty cell means active.
pub fn parse_active(text: &str) -> Result<bool, Invalid> {
    match text.trim().to_lowercase().as_str() {
        "" => Ok(true),
        word if YES.split(' ').any(|yes| yes == word) => Ok(true),
        word if NO.split(' ').any(|no| no == word) => Ok(false),
        _ => Err(Invalid::new(format!("{text:?} is neither yes nor no"))
            .hint("write 1 or 0, yes or no, true or false")),
    }
}

/// One line of a roll.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RollEntry {
    /// Checked code.
    pub code: String,
    /// Checked name.
    pub name: String,
    /// `None` if the roll has no `group` column. Groups then do not change.
    pub group: Option<Option<String>>,
    /// Whether the student is on the roll. True if the roll has no `active` column.
    pub active: bool,
    /// `None` where the roll has no `aliases` column: they stay as they are.
    pub aliases: Option<Vec<Alias>>,
    /// Groups from later dates on, joined by commas; `None`: the roll speaks of no dates.
    pub later: Option<Vec<LaterGroups>>,
}

/// Groups from a date on, joined by commas.
pub type LaterGroups = (NaiveDate, Option<String>);

/// Reads `2026-10-01=7A,Chess;2026-12-18=`.
pub fn parse_later(text: &str) -> Result<Vec<LaterGroups>, Invalid> {
    let items = text.split(';').filter(|item| !item.is_empty()).map(|item| {
        let read = item.split_once('=').and_then(|(date, groups)| Some((date.parse().ok()?, groups)));
        let (date, groups) =
            read.ok_or_else(|| Invalid::new(format!("{item:?} is not a date with groups")))?;
        Ok((date, check_groups(groups)?))
    });
    items.collect()
}

impl RollEntry {
    /// The same entry under the code that the school writes it with.
    #[must_use]
    pub(crate) fn spelled(self, code: &str) -> Self {
        if self.code == code { self } else { Self { code: code.to_owned(), ..self } }
    }

    /// The same entry with its groups as the school spells them.
    #[must_use]
    pub(crate) fn grouped(self, spellings: &Spellings) -> Self {
        let spell = |group: &Option<String>| spellings.spell(group.as_deref());
        let later = self.later.iter().flatten().map(|(date, group)| (*date, spell(group))).collect();
        Self { group: self.group.as_ref().map(spell), later: self.later.is_some().then_some(later), ..self }
    }

    /// The change that this line makes, and the student after it. `by_hand`: groups of the student that were given by
    /// hand, which stay.
    pub fn against(self, known: Option<&Student>, by_hand: Option<&str>) -> (StudentChange, Student) {
        let group = match self.group {
            Some(group) if by_hand.is_none() => group,
            Some(group) => joined(split(group.as_deref()).chain(split(by_hand))),
            None => known.and_then(|before| before.group.clone()),
        };
        let student = Student { code: self.code, name: self.name, group, active: self.active };
        let change = match known {
            None => StudentChange::Add,
            Some(before) if *before == student => StudentChange::Keep,
            // A student who is not on the roll is in no group, so another group in the file is not a change.
            Some(before) if !before.active && !student.active && before.name == student.name => {
                StudentChange::Keep
            }
            Some(before) if before.active && !student.active => StudentChange::Deactivate,
            Some(before) if !before.active && student.active => StudentChange::Activate,
            Some(_) => StudentChange::Update,
        };
        (change, student)
    }
}

/// The change to one student.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StudentChange {
    /// New.
    Add,
    /// Known, with another name or group.
    Update,
    /// Known, and back on the roll.
    Activate,
    /// Leaves the roll. The records stay.
    Deactivate,
    /// As before.
    Keep,
}

/// The plan of an import, complete before anything is changed. It stores the kind of each change, not
/// the new values, which for a district would take more memory than the roll.
#[derive(Debug)]
pub struct RollPlan {
    /// The change of each line, in order. Unknown students are new.
    lines: Vec<StudentChange>,
    missing_leave: bool,
    /// Codes of active students whom the roll does not list.
    leaving: Vec<SmolStr>,
    /// Active students before the import.
    active: usize,
}

impl RollPlan {
    /// The plan of a roll with this many lines, before any student is added. With `missing_leave`, active
    /// students whom the roll does not list leave.
    pub fn new(lines: usize, missing_leave: bool) -> Self {
        Self { lines: vec![StudentChange::Add; lines], missing_leave, leaving: Vec::new(), active: 0 }
    }

    /// Takes in a student who is known, with the change that the line of the roll makes which lists them.
    pub fn compare(&mut self, known: &Student, line: Option<(usize, StudentChange)>) {
        self.active += usize::from(known.active);
        match line {
            Some((nth, change)) => self.lines[nth] = change,
            None if self.missing_leave && known.active => self.leaving.push(SmolStr::new(&known.code)),
            None => {}
        }
    }

    /// Passes over unknown students who have left: a school system also lists those of years ago. `active` reads a line.
    pub fn pass_over_leavers<E>(
        &mut self,
        mut active: impl FnMut(usize) -> Result<bool, E>,
    ) -> Result<(), E> {
        for (nth, change) in self.lines.iter_mut().enumerate() {
            if *change == StudentChange::Add && !active(nth)? {
                *change = StudentChange::Keep;
            }
        }
        Ok(())
    }

    /// Refuses a roll that would remove or add more than a fifth of the active students.
    pub(crate) fn check(&self, force: bool) -> Result<(), Unlikely> {
        let (leaving, added, active) =
            (self.count(StudentChange::Deactivate), self.count(StudentChange::Add), self.active);
        if leaving * 5 > active && !force {
            return Err(Unlikely { count: leaving, what: "deactivate", active });
        }
        if added * 5 > active && active > 0 && added >= FEW && !force {
            return Err(Unlikely { count: added, what: "add to the roll", active });
        }
        Ok(())
    }

    /// The change of each line.
    pub fn lines(&self) -> &[StudentChange] {
        &self.lines
    }

    /// Codes of students who leave because no line lists them, in the order they were added.
    pub fn leaving(&self) -> impl Iterator<Item = &str> {
        self.leaving.iter().map(SmolStr::as_str)
    }

    /// Whether the roll has no lines.
    pub fn lists_nobody(&self) -> bool {
        self.lines.is_empty()
    }

    /// The number of students with this change.
    pub fn count(&self, change: StudentChange) -> usize {
        let missing = if change == StudentChange::Deactivate { self.leaving.len() } else { 0 };
        self.lines.iter().filter(|planned| **planned == change).count() + missing
    }

    /// The counts of changes: `3 added, 1 updated`. `None` if nothing changes.
    pub fn told(&self) -> Option<String> {
        let kinds = [
            (StudentChange::Add, "added"),
            (StudentChange::Update, "updated"),
            (StudentChange::Activate, "activated"),
            (StudentChange::Deactivate, "deactivated"),
        ];
        let counts = kinds.map(|(change, word)| (self.count(change), word));
        let told: Vec<String> =
            counts.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}")).collect();
        (!told.is_empty()).then(|| told.join(", "))
    }
}

/// The refusal of a roll that is probably wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the file would {what} {}, more than a fifth of the {active} active ones", counted(.count, "student"))]
pub struct Unlikely {
    /// Students who would be removed or added.
    count: usize,
    what: &'static str,
    /// Active students before the import.
    active: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn student(code: &str, name: &str, group: Option<&str>, active: bool) -> Student {
        Student { code: code.into(), name: name.into(), group: group.map(Into::into), active }
    }

    fn entry(code: &str, name: &str, group: Option<Option<&str>>, active: bool) -> RollEntry {
        let group = group.map(|g| g.map(Into::into));
        RollEntry { code: code.into(), name: name.into(), group, active, aliases: None, later: None }
    }

    /// The plan of a roll against the students known.
    fn plan(roll: &[RollEntry], known: &[Student], missing_leave: bool) -> RollPlan {
        let mut plan = RollPlan::new(roll.len(), missing_leave);
        for student in known {
            let nth = roll.iter().position(|entry| entry.code == student.code);
            plan.compare(student, nth.map(|nth| (nth, roll[nth].clone().against(Some(student), None).0)));
        }
        plan
    }

    #[test]
    fn a_roll_adds_updates_keeps_and_brings_back() {
        let cases = [
            (None, entry("A", "Ada", None, true), StudentChange::Add, None),
            (Some(("Ada", Some("G7"), true)), entry("A", "Ada", None, true), StudentChange::Keep, Some("G7")),
            (
                Some(("Ada", Some("G7"), true)),
                entry("A", "Ada", Some(None), true),
                StudentChange::Update,
                None,
            ),
            (Some(("Ada", None, true)), entry("A", "Eva", None, true), StudentChange::Update, None),
            (Some(("Ada", None, false)), entry("A", "Ada", None, true), StudentChange::Activate, None),
            (Some(("Ada", None, true)), entry("A", "Ada", None, false), StudentChange::Deactivate, None),
            // A former student does not change, even if the file names another group.
            (
                Some(("Ada", None, false)),
                entry("A", "Ada", Some(Some("G8")), false),
                StudentChange::Keep,
                Some("G8"),
            ),
            (
                Some(("Eva", None, false)),
                entry("A", "Ada", Some(Some("G8")), false),
                StudentChange::Update,
                Some("G8"),
            ),
        ];
        for (known, line, change, group) in cases {
            let known = known.map(|(name, group, active)| student("A", name, group, active));
            let after = student("A", &line.name, group, line.active);
            assert_eq!(
                line.clone().against(known.as_ref(), None),
                (change, after),
                "{line:?} against {known:?}"
            );
        }
    }

    #[test]
    fn a_plan_keeps_the_order_of_the_roll_and_counts_everybody_once() {
        let known = ["A", "B", "C", "D", "E"].map(|code| student(code, code, None, code != "E"));
        let roll = ["X", "C", "A"].map(|code| entry(code, code, None, code != "A"));
        let kept = plan(&roll, &known, false);
        assert_eq!(kept.lines(), [StudentChange::Add, StudentChange::Keep, StudentChange::Deactivate]);
        assert_eq!(kept.leaving().count(), 0);
        assert_eq!(kept.told().unwrap(), "1 added, 1 deactivated");
        let left = plan(&roll, &known, true);
        assert_eq!(left.leaving().collect::<Vec<_>>(), ["B", "D"], "E has left before");
        assert_eq!(left.told().unwrap(), "1 added, 3 deactivated");
        assert_eq!(left.count(StudentChange::Keep), 1);
    }

    #[test]
    fn more_than_a_fifth_leaving_needs_force() {
        let known: Vec<Student> = (0..10).map(|n| student(&format!("S{n}"), "x", None, true)).collect();
        let leaves = |listed: usize| {
            let roll: Vec<_> = (0..listed).map(|n| entry(&format!("S{n}"), "x", None, true)).collect();
            plan(&roll, &known, true)
        };
        assert_eq!(leaves(8).check(false), Ok(()));
        let refused = Unlikely { count: 3, what: "deactivate", active: 10 };
        assert_eq!(leaves(7).check(false), Err(refused));
        assert_eq!(leaves(7).check(true), Ok(()));
        assert_eq!(plan(&[], &known, false).check(false), Ok(()));
    }

    #[test]
    fn more_than_a_fifth_added_needs_force() {
        let names =
            |n: usize| (0..n).map(|nth| entry(&format!("N{nth}"), "x", None, true)).collect::<Vec<_>>();
        let known =
            |n: usize| (0..n).map(|nth| student(&format!("S{nth}"), "x", None, true)).collect::<Vec<_>>();
        for (before, added, force, allowed) in [
            (0, 500, false, true),
            (10, 19, false, true),
            (10, 20, false, false),
            (10, 20, true, true),
            (100, 20, false, true),
            (100, 21, false, false),
        ] {
            let roll = names(added);
            assert_eq!(plan(&roll, &known(before), false).check(force).is_ok(), allowed, "{before} {added}");
        }
    }

    #[test]
    fn codes_are_single_words() {
        assert_eq!(check_code(" H000123 ").unwrap(), "H000123");
        assert!(check_code(&"x".repeat(64)).is_ok());
        for wrong in ["", "  ", "H 1", "H\u{1b}[2J", &"x".repeat(65)] {
            assert!(check_code(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn names_are_short_and_on_one_line() {
        let (longest, longer) = ("x".repeat(400), "x".repeat(401));
        assert_eq!(check_name(" Ada Karim "), Ok("Ada Karim"));
        assert_eq!(check_name(&longest), Ok(&*longest));
        for wrong in ["", " ", "Ada\0", &longer] {
            assert!(check_name(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn rolls_say_yes_and_no_in_many_ways() {
        for (text, active) in
            [("", true), (" Yes ", true), ("1", true), ("TRUE", true), ("no", false), ("0", false)]
        {
            assert_eq!(parse_active(text), Ok(active), "{text:?}");
        }
        assert!(parse_active("maybe").is_err());
    }
}
