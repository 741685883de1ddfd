//! Guards for commands that would delete, plan or report the wrong thing if the clock is wrong.

use crate::clock::Clock;
use crate::commands::problem::{Kind, Problem};
use crate::domain::time::calendar::rfc3339;
use crate::domain::time::{Instant, Zone};
use crate::domain::upkeep::own_clock::{ClockDoubt, doubt};
use crate::failure::Result;
use crate::store::evidence::{recognitions, signs};
use crate::store::{Store, settings};

/// Refuses to continue if the clock of this machine is behind the newest fact or the build of the program.
/// An instant given by `--now` is not checked.
pub(crate) fn refuse_wrong(store: &mut Store, clock: Clock) -> Result<()> {
    refuse(store, clock, true)
}

/// Checks only the build, because cameras may have sent instants from the future.
pub(crate) fn refuse_unset(store: &mut Store, clock: Clock) -> Result<()> {
    refuse(store, clock, false)
}

fn refuse(store: &mut Store, clock: Clock, facts: bool) -> Result<()> {
    if clock.is_fixed() {
        return Ok(());
    }
    store.read(|conn| {
        let settings = settings::load(conn)?;
        let newest = if facts { recognitions::newest(conn)?.max(signs::newest(conn)?) } else { None };
        match doubt(clock.now(), built_at(), newest, settings.future_tolerance) {
            Some(doubt) => Err(problem(doubt, clock.now(), settings.zone).into()),
            None => Ok(()),
        }
    })
}

/// When this program was built; see `build.rs`.
fn built_at() -> Instant {
    let seconds = env!("ATTEND_BUILT_AT").parse::<i64>().unwrap_or_default();
    Instant::from_micros(seconds.saturating_mul(1_000_000))
}

fn problem(doubt: ClockDoubt, now: Instant, zone: Zone) -> Problem {
    let at = |instant| rfc3339(instant, zone);
    let (than, hint) = match doubt {
        ClockDoubt::BeforeBuild(built) => {
            (format!("this program was built at {}", at(built)), "set the clock")
        }
        ClockDoubt::BeforeFact(newest) => {
            (format!("a camera's newest line is of {}", at(newest)), "set the clock")
        }
    };
    Problem::new(Kind::Refused, format!("the clock of this machine says {}, but {than}", at(now)))
        .hint(format!("{hint}, or tell the time with --now INSTANT"))
}
