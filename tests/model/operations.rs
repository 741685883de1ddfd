//! Operations of people, runners and cron on a school, as numbers that proptest can shrink.

use proptest::prelude::*;

/// Something that happens, some minutes after what happened before.
#[derive(Clone, Debug)]
pub struct Step {
    pub pause: i64,
    pub operation: Operation,
}

/// An index into the objects that exist when the operation happens.
pub type Pick = u8;

/// The instant from which a change of the roll holds.
#[derive(Clone, Copy, Debug)]
pub enum From {
    Now,
    MinutesAgo(i64),
    /// Local midnight of a date so many days from today.
    Date(i64),
}

#[derive(Clone, Debug)]
pub struct RawLine {
    pub student: Pick,
    /// The line says an alias rather than the code of a student.
    pub alias: Option<Pick>,
    pub occurrence: Pick,
    /// Where in the window of the occurrence, from ten minutes before it (0) to ten minutes after (100).
    pub place: i64,
    pub seconds: i64,
    pub camera: Pick,
    pub score: Pick,
    pub crop: bool,
    pub repeated: bool,
}

#[derive(Clone, Copy, Debug)]
pub enum Decision {
    Present,
    Absent,
    Excused,
    Late(Option<i64>),
}

/// A decision about one sighting.
#[derive(Clone, Copy, Debug)]
pub enum Reviewed {
    Accept,
    Reject,
    Reassign(Pick),
    Undo,
}

#[derive(Clone, Copy, Debug)]
pub enum Beat {
    Seeing,
    Error,
    Blind,
    Resting,
}

#[derive(Clone, Debug)]
pub enum Operation {
    Import {
        /// Codes, groups and aliases.
        rows: Vec<(Pick, Pick, Pick)>,
        leavers: bool,
        /// The file has a column for aliases.
        aliases: bool,
    },
    Add {
        code: Pick,
        group: Pick,
        from: From,
    },
    Move {
        student: Pick,
        group: Pick,
        from: From,
    },
    Rename {
        student: Pick,
    },
    Deactivate {
        student: Pick,
        from: From,
    },
    Activate {
        student: Pick,
    },
    RetireCode {
        student: Pick,
    },
    /// To a student who has it not, has it, or had it; from another one, if another one has it.
    GiveAlias {
        student: Pick,
        alias: Pick,
        from: From,
    },
    EndAlias {
        alias: Pick,
        from: From,
    },
    PeriodAdd {
        shape: Pick,
        groups: Pick,
        places: Pick,
    },
    PeriodEdit {
        period: Pick,
        shape: Pick,
    },
    PeriodGroups {
        period: Pick,
        groups: Pick,
    },
    PeriodDays {
        period: Pick,
        mask: u8,
    },
    PeriodDisable {
        period: Pick,
    },
    PeriodEnable {
        period: Pick,
    },
    PeriodRemove {
        period: Pick,
    },
    Generate {
        days: u32,
    },
    Cancel {
        occurrence: Pick,
    },
    Restore {
        occurrence: Pick,
    },
    /// Another time on one date.
    MoveOccurrence {
        date: i64,
        occurrence: Pick,
        shape: Pick,
    },
    /// Something that is held on one date alone.
    Extra {
        date: i64,
        shape: Pick,
        groups: Pick,
    },
    /// School is over at this hour.
    Until {
        date: i64,
        hour: u32,
    },
    /// The timetable of another weekday, Monday being 0.
    Like {
        date: i64,
        weekday: u8,
    },
    RestoreDate {
        date: i64,
    },
    Close {
        from: i64,
        days: i64,
    },
    Open {
        from: i64,
        days: i64,
    },
    /// Lines of several cameras in any order, to one process or to two at once.
    Lines {
        lines: Vec<RawLine>,
        at_once: bool,
    },
    Heartbeats {
        camera: Pick,
        ago: i64,
        minutes: i64,
        beat: Beat,
    },
    Place {
        camera: Pick,
        place: Pick,
    },
    Rest {
        camera: Pick,
        minutes: i64,
    },
    Retire {
        camera: Pick,
    },
    Retry,
    Mark {
        occurrence: Pick,
        student: Pick,
        decision: Decision,
    },
    Unmark {
        occurrence: Pick,
        student: Pick,
    },
    /// All of some dates, or an hour of each.
    Excuse {
        student: Pick,
        from: i64,
        days: i64,
        hour: Option<u32>,
    },
    /// A period on a date that may not be scheduled yet.
    ExcusePeriod {
        student: Pick,
        period: Pick,
        date: i64,
    },
    /// Everything decided about some dates.
    TakeBack {
        student: Pick,
        from: i64,
        days: i64,
    },
    /// Now, or at an hour of today.
    Leave {
        student: Pick,
        hour: Option<u32>,
    },
    Return {
        student: Pick,
        hour: Option<u32>,
    },
    Review {
        sighting: Pick,
        decision: Reviewed,
    },
    Setting {
        which: Pick,
        value: Pick,
    },
    Prune {
        days: i64,
    },
    Erase {
        student: Pick,
    },
    BackupAndRestore,
    Rehearse {
        student: Pick,
    },
}

fn from() -> impl Strategy<Value = From> {
    prop_oneof![
        4 => Just(From::Now),
        2 => (1..600_i64).prop_map(From::MinutesAgo),
        1 => (-1..2_i64).prop_map(From::Date),
    ]
}

fn line() -> impl Strategy<Value = RawLine> {
    let place = prop_oneof![6 => 0..=100_i64, 1 => Just(-1), 1 => Just(101)];
    (
        any::<Pick>(),
        prop::option::weighted(0.4, any::<Pick>()),
        any::<Pick>(),
        place,
        0..20_i64,
        any::<Pick>(),
        any::<Pick>(),
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(|(student, alias, occurrence, place, seconds, camera, score, crop, repeated)| {
            RawLine { student, alias, occurrence, place, seconds, camera, score, crop, repeated }
        })
}

fn roll() -> impl Strategy<Value = Operation> {
    let pick = any::<Pick>;
    prop_oneof![
        1 => (prop::collection::vec((pick(), pick(), pick()), 1..6), any::<bool>(), any::<bool>())
            .prop_map(|(rows, leavers, aliases)| Operation::Import { rows, leavers, aliases }),
        2 => (pick(), pick(), from()).prop_map(|(code, group, from)| Operation::Add { code, group, from }),
        4 => (pick(), pick(), from()).prop_map(|(student, group, from)| Operation::Move { student, group, from }),
        1 => pick().prop_map(|student| Operation::Rename { student }),
        3 => (pick(), from()).prop_map(|(student, from)| Operation::Deactivate { student, from }),
        2 => pick().prop_map(|student| Operation::Activate { student }),
        2 => pick().prop_map(|student| Operation::RetireCode { student }),
        1 => pick().prop_map(|student| Operation::Rehearse { student }),
    ]
}

/// Often from an instant in the past on, because only then sightings follow.
fn aliases() -> impl Strategy<Value = Operation> {
    let pick = any::<Pick>;
    let from = || prop_oneof![1 => from(), 1 => (1..600_i64).prop_map(From::MinutesAgo)];
    prop_oneof![
        4 => (pick(), pick(), from()).prop_map(|(student, alias, from)| Operation::GiveAlias { student, alias, from }),
        1 => (pick(), from()).prop_map(|(alias, from)| Operation::EndAlias { alias, from }),
        1 => Just(Operation::Retry),
    ]
}

fn timetable() -> impl Strategy<Value = Operation> {
    let pick = any::<Pick>;
    prop_oneof![
        3 => (pick(), pick(), pick())
            .prop_map(|(shape, groups, places)| Operation::PeriodAdd { shape, groups, places }),
        2 => (pick(), pick()).prop_map(|(period, shape)| Operation::PeriodEdit { period, shape }),
        1 => (pick(), pick()).prop_map(|(period, groups)| Operation::PeriodGroups { period, groups }),
        1 => (pick(), 1..=127_u8).prop_map(|(period, mask)| Operation::PeriodDays { period, mask }),
        1 => pick().prop_map(|period| Operation::PeriodDisable { period }),
        1 => pick().prop_map(|period| Operation::PeriodEnable { period }),
        1 => pick().prop_map(|period| Operation::PeriodRemove { period }),
        4 => (1..4_u32).prop_map(|days| Operation::Generate { days }),
        3 => pick().prop_map(|occurrence| Operation::Cancel { occurrence }),
        2 => pick().prop_map(|occurrence| Operation::Restore { occurrence }),
        1 => (0..3_i64, pick(), pick())
            .prop_map(|(date, occurrence, shape)| Operation::MoveOccurrence { date, occurrence, shape }),
        1 => (0..3_i64, pick(), pick()).prop_map(|(date, shape, groups)| Operation::Extra { date, shape, groups }),
        1 => (0..3_i64, 8..23_u32).prop_map(|(date, hour)| Operation::Until { date, hour }),
        1 => (0..3_i64, 0..7_u8).prop_map(|(date, weekday)| Operation::Like { date, weekday }),
        1 => (0..3_i64).prop_map(|date| Operation::RestoreDate { date }),
        2 => (-1..3_i64, 1..3_i64).prop_map(|(from, days)| Operation::Close { from, days }),
        2 => (-1..3_i64, 1..3_i64).prop_map(|(from, days)| Operation::Open { from, days }),
    ]
}

fn evidence() -> impl Strategy<Value = Operation> {
    let beat = prop_oneof![4 => Just(Beat::Seeing), 1 => Just(Beat::Error), 1 => Just(Beat::Blind), 1 => Just(Beat::Resting)];
    prop_oneof![
        6 => (prop::collection::vec(line(), 1..12), any::<bool>())
            .prop_map(|(lines, at_once)| Operation::Lines { lines, at_once }),
        3 => (any::<Pick>(), 0..240_i64, 1..240_i64, beat)
            .prop_map(|(camera, ago, minutes, beat)| Operation::Heartbeats { camera, ago, minutes, beat }),
        2 => (any::<Pick>(), any::<Pick>()).prop_map(|(camera, place)| Operation::Place { camera, place }),
        1 => (any::<Pick>(), 30..300_i64).prop_map(|(camera, minutes)| Operation::Rest { camera, minutes }),
        1 => any::<Pick>().prop_map(|camera| Operation::Retire { camera }),
        1 => Just(Operation::Retry),
    ]
}

fn people() -> impl Strategy<Value = Operation> {
    let pick = any::<Pick>;
    let decision = prop_oneof![
        Just(Decision::Present),
        Just(Decision::Absent),
        Just(Decision::Excused),
        prop::option::of(0..30_i64).prop_map(Decision::Late),
    ];
    let reviewed = prop_oneof![
        Just(Reviewed::Accept),
        Just(Reviewed::Reject),
        pick().prop_map(Reviewed::Reassign),
        Just(Reviewed::Undo),
    ];
    let hour = || prop::option::of(6..23_u32);
    prop_oneof![
        4 => (pick(), pick(), decision)
            .prop_map(|(occurrence, student, decision)| Operation::Mark { occurrence, student, decision }),
        3 => (pick(), pick()).prop_map(|(occurrence, student)| Operation::Unmark { occurrence, student }),
        2 => (pick(), -1..4_i64, 1..3_i64, hour())
            .prop_map(|(student, from, days, hour)| Operation::Excuse { student, from, days, hour }),
        1 => (pick(), pick(), 0..6_i64)
            .prop_map(|(student, period, date)| Operation::ExcusePeriod { student, period, date }),
        2 => (pick(), -1..4_i64, 1..3_i64)
            .prop_map(|(student, from, days)| Operation::TakeBack { student, from, days }),
        1 => (pick(), hour()).prop_map(|(student, hour)| Operation::Leave { student, hour }),
        1 => (pick(), hour()).prop_map(|(student, hour)| Operation::Return { student, hour }),
        3 => (pick(), reviewed).prop_map(|(sighting, decision)| Operation::Review { sighting, decision }),
        2 => (pick(), pick()).prop_map(|(which, value)| Operation::Setting { which, value }),
        1 => (1..3_i64).prop_map(|days| Operation::Prune { days }),
        1 => pick().prop_map(|student| Operation::Erase { student }),
        1 => Just(Operation::BackupAndRestore),
    ]
}

pub fn step() -> impl Strategy<Value = Step> {
    let pause = prop_oneof![3 => 0..20_i64, 5 => 20..120_i64, 2 => 120..600_i64, 1 => 600..1500_i64];
    let operation =
        prop_oneof![4 => roll(), 3 => aliases(), 4 => timetable(), 5 => evidence(), 5 => people()];
    (pause, operation).prop_map(|(pause, operation)| Step { pause, operation })
}
