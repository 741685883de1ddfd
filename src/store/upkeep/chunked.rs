//! Long work in short turns, between which everybody else writes.

use std::thread::sleep;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use crate::store::{JOB_PATIENCE, Result, Store, StoreError};

/// How long a turn keeps the database to itself, give or take a step: a runner that waits for it
/// notices nothing.
const TURN: Duration = Duration::from_millis(8);
/// The pause after a turn in which other processes can write. A waiting writer polls every millisecond.
const PAUSE: Duration = Duration::from_millis(2);
/// The pause is repeated as long as another process writes, at most this many times, because several
/// writers may have queued during the turn.
const PAUSES: u32 = 3;
/// Pages written to the log before they are copied into the database, by us rather than by a runner
/// whose line happens to be the one too many.
const CHECKPOINT_PAGES: i32 = 1000;

impl Store {
    /// Gets ready for [`in_turns`](Self::in_turns): waits patiently, and tidies up behind itself.
    pub fn take_turns(&mut self) -> Result<()> {
        self.wait_at_most(JOB_PATIENCE)?;
        Ok(self.conn.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?)
    }

    /// Calls `step` again and again, each time for work of about a millisecond, until it says that
    /// nothing was left to do. Some steps at a time share a transaction. `after` hears after each
    /// commit how much has been done altogether.
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
        // Most of it without any lock, so that little is left for the part that writers wait for.
        checkpoint("PASSIVE")?;
        self.conn.busy_timeout(PAUSE * 10)?;
        checkpoint("TRUNCATE")?;
        self.wait_at_most(JOB_PATIENCE)
    }
}
