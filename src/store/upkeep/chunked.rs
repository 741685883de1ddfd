//! Long work in short turns, between which other processes can write.

use std::thread::sleep;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use crate::store::{JOB_PATIENCE, Result, Store, StoreError};

/// How long a turn locks the database, plus or minus a step: a runner that waits for it
/// notices nothing.
const TURN: Duration = Duration::from_millis(8);
/// The pause after a turn in which other processes can write. A waiting writer polls every millisecond.
const PAUSE: Duration = Duration::from_millis(2);
/// The pause is repeated as long as another process writes, at most this many times, because several
/// writers may have queued during the turn.
const PAUSES: u32 = 3;
/// Pages written to the log before this process copies them into the database. Otherwise a runner's commit would
/// have to do it.
const CHECKPOINT_PAGES: i32 = 1000;

impl Store {
    /// Prepares the connection for [`in_turns`](Self::in_turns): a long busy timeout, and its own checkpoints.
    pub fn take_turns(&mut self) -> Result<()> {
        self.wait_at_most(JOB_PATIENCE)?;
        Ok(self.conn.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?)
    }

    /// Calls `step` repeatedly, each time for about a millisecond of work, until it reports that
    /// nothing is left. Several steps share a transaction. `after` is called after each
    /// commit with the total so far.
    pub fn in_turns<E: From<StoreError>>(
        &mut self,
        mut step: impl FnMut(&Connection) -> Result<u64, E>,
        mut after: impl FnMut(u64),
    ) -> Result<u64, E> {
        let mut done = 0;
        loop {
            let (more, finished) = self.write(|conn| -> Result<(u64, bool), E> {
                let began = Instant::now();
                let mut more = 0;
                while began.elapsed() < TURN {
                    match step(conn)? {
                        0 => return Ok((more, true)),
                        stepped => more += stepped,
                    }
                }
                Ok((more, false))
            })?;
            done += more;
            after(done);
            if finished {
                return Ok(done);
            }
            self.pause()?;
        }
    }

    /// Lets everybody else write.
    fn pause(&self) -> Result<()> {
        let mut before = Self::data_version(&self.conn)?;
        for _ in 0..PAUSES {
            sleep(PAUSE);
            let after = Self::data_version(&self.conn)?;
            if after == before {
                break;
            }
            before = after;
        }
        Ok(())
    }

    /// Copies the log into the database and truncates it, as far as readers allow. It does not wait for
    /// them.
    pub fn cut_log(&mut self) -> Result<()> {
        let checkpoint = |mode: &str| -> Result<()> {
            Ok(self.conn.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |_| Ok(()))?)
        };
        // Copies most of it without a lock, so that little is left for the part that blocks writers.
        checkpoint("PASSIVE")?;
        self.conn.busy_timeout(PAUSE * 10)?;
        checkpoint("TRUNCATE")?;
        self.wait_at_most(JOB_PATIENCE)
    }
}
