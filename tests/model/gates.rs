//! Rules that the program does not keep yet. The model knows them; the test leaves them out until it does.
//! Each gate goes away with what it waits for.

/// Changes of the roll in the middle of a day and in the past: arrivals, moves, leavers.
pub const ROLL_IN_TIME: bool = false;

/// A student of two lessons at the same time is expected in one of them.
pub const ONE_LESSON_AT_A_TIME: bool = false;

/// A period whose end is not after its start ends on the next day.
pub const NIGHTS: bool = false;

/// An edit that changes more than one row of what has begun shows a plan first.
pub const PLANS: bool = false;

/// A crop is kept in whatever order lines of one identity come.
pub const CROPS_IN_ANY_ORDER: bool = false;
