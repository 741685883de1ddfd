//! Rules in which model and program still differ. The test leaves them out until they agree.

/// The panel at midnight does not count a student whose enrolment begins then. And an import replaces only the
/// groups that an import gave, while the model knows one group of a student.
pub const ROLL_IN_TIME: bool = false;

/// `history` of the second date of a night folds the night from midnight on, not from its start.
pub const NIGHTS: bool = false;
