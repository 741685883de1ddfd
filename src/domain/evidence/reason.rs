//! The reasons in acks of lines that are refused or do not count, each with its status and meaning.

/// The `reason` of an ack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// Stored, but the score is too low to count.
    BelowMinScore,
    /// Stored, but no period was active.
    NoActivePeriod,
    /// No student on the roll has this code.
    UnknownStudent,
    /// The student is not on the roll at that time.
    InactiveStudent,
    /// Not JSON.
    Malformed,
    /// The input ended within the line.
    TornLine,
    /// Keys exist, and the sender presented none.
    KeyRequired,
    /// The key is not known here.
    KeyInvalid,
    /// The key has expired or was replaced.
    KeyExpired,
    /// The key was revoked.
    KeyRevoked,
    /// The key is limited to other cameras, or to no jobs.
    NotYourCamera,
    /// Longer than a line may be.
    TooLong,
    /// A member is missing or cannot have this value.
    Invalid,
    /// The instant lies ahead of this machine's clock.
    Future,
    /// Recognitions of that time were pruned.
    OlderThanRetention,
    /// `max_cameras` cameras are known already.
    TooManyCameras,
    /// `max_jobs` jobs are known already.
    TooManyJobs,
    /// The student was erased.
    ErasedStudent,
    /// The runner sends faster than it may.
    RateLimited,
    /// Another process keeps the database locked.
    Busy,
    /// The disk is full.
    DiskFull,
    /// The database could not be read or written.
    IoError,
    /// The path no longer leads to the open database.
    DatabaseGone,
}

impl Reason {
    /// All of them, in the order of their status.
    pub const ALL: [Self; 23] = [
        Self::BelowMinScore,
        Self::NoActivePeriod,
        Self::UnknownStudent,
        Self::InactiveStudent,
        Self::Malformed,
        Self::TornLine,
        Self::KeyRequired,
        Self::KeyInvalid,
        Self::KeyExpired,
        Self::KeyRevoked,
        Self::NotYourCamera,
        Self::TooLong,
        Self::Invalid,
        Self::Future,
        Self::OlderThanRetention,
        Self::TooManyCameras,
        Self::TooManyJobs,
        Self::ErasedStudent,
        Self::RateLimited,
        Self::Busy,
        Self::DiskFull,
        Self::IoError,
        Self::DatabaseGone,
    ];

    /// The reasons that disappear once the roll is right.
    pub const OF_THE_ROLL: [Self; 2] = [Self::UnknownStudent, Self::InactiveStudent];

    /// Status, word and meaning.
    const fn table(self) -> (u16, &'static str, &'static str) {
        match self {
            Self::BelowMinScore => (202, "below_min_score", "stored, but the score is too low to count"),
            Self::NoActivePeriod => (202, "no_active_period", "stored, but no period was active"),
            Self::UnknownStudent => (202, "unknown_student", "the code is not on the roll"),
            Self::InactiveStudent => (202, "inactive_student", "the student is not on the roll at that time"),
            Self::Malformed => (400, "malformed", "not JSON"),
            Self::TornLine => (400, "torn_line", "the input ended within the line"),
            Self::KeyRequired => (401, "key_required", "lines need a key"),
            Self::KeyInvalid => (401, "key_invalid", "the key is not known here"),
            Self::KeyExpired => (401, "key_expired", "the key has expired or was replaced"),
            Self::KeyRevoked => (401, "key_revoked", "the key was revoked"),
            Self::NotYourCamera => (403, "not_your_camera", "the key is limited to other cameras"),
            Self::TooLong => (413, "too_long", "longer than a line may be"),
            Self::Invalid => (422, "invalid", "a member is missing or has an impossible value"),
            Self::Future => (422, "future", "ahead of this machine's clock"),
            Self::OlderThanRetention => {
                (422, "older_than_retention", "recognitions of that time were pruned")
            }
            Self::TooManyCameras => {
                (422, "too_many_cameras", "as many cameras are known as max_cameras allows")
            }
            Self::TooManyJobs => (422, "too_many_jobs", "as many jobs are known as max_jobs allows"),
            Self::ErasedStudent => (422, "erased_student", "the student was erased"),
            Self::RateLimited => (429, "rate_limited", "the runner sends faster than it may"),
            Self::Busy => (429, "busy", "another process keeps the database locked"),
            Self::DiskFull => (503, "disk_full", "the disk is full"),
            Self::IoError => (503, "io_error", "the database could not be read or written"),
            Self::DatabaseGone => (503, "database_gone", "the database was moved, deleted or replaced"),
        }
    }

    /// The status of its ack.
    pub const fn status(self) -> u16 {
        self.table().0
    }

    /// The word in acks and in the quarantine.
    pub const fn word(self) -> &'static str {
        self.table().1
    }

    /// The meaning, for people.
    pub const fn meaning(self) -> &'static str {
        self.table().2
    }

    /// The reason of this word, if there is one.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.word() == word)
    }

    /// Whether the sender may not send at all, so that its stream ends.
    pub const fn turns_away(self) -> bool {
        self.status() == 401
    }

    /// Whether the line should be sent again later.
    pub const fn is_temporary(self) -> bool {
        matches!(self.status(), 429 | 503)
    }

    /// Whether lines refused for this reason are kept in quarantine.
    pub const fn is_kept(self) -> bool {
        let counted = matches!(self, Self::BelowMinScore | Self::NoActivePeriod | Self::ErasedStudent);
        !counted && !self.turns_away() && !self.is_temporary()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_parse_back_and_are_sorted_by_status() {
        assert_eq!(Reason::ALL.map(|reason| Reason::named(reason.word())), Reason::ALL.map(Some));
        assert!(Reason::ALL.is_sorted_by_key(|reason| reason.status()));
        assert_eq!(Reason::named("no_reason"), None);
    }
}
