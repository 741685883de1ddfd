//! Feeds: send changed registers or absences to a receiver, which confirms their arrival.

use crate::commands::problem::{Kind, Problem};
use crate::domain::register::feed::Cursor;
use crate::domain::suggest::did_you_mean;
use crate::failure::Result;
use crate::store::Store;
use crate::store::register::{absence_feeds, versions};

/// The start of the next edition of a feed: the last confirmed edition, or the first register.
///
/// # Errors
/// The name belongs to a feed of absences.
pub(crate) fn confirmed(store: &mut Store, feed: &str) -> Result<Cursor> {
    store.read(|conn| {
        if absence_feeds::exists(conn, feed)? {
            let words = format!("{feed:?} is a feed of absences (export absences)");
            return Err(Problem::new(Kind::Refused, words)
                .hint("choose another name for the registers")
                .into());
        }
        Ok(versions::confirmed(conn, feed)?.unwrap_or(Cursor::START))
    })
}

/// Notes that an edition was written to its end.
pub(crate) fn sent(store: &mut Store, feed: &str, to: Cursor) -> Result<()> {
    store.write(|conn| Ok(versions::sent(conn, feed, to)?))
}

/// Confirms that the receiver has the edition that was sent last.
///
/// # Errors
/// Nothing was ever sent to a feed of this name.
pub(crate) fn confirm(store: &mut Store, feed: &str) -> Result<()> {
    store.write(|conn| {
        if versions::confirm(conn, feed)? || absence_feeds::confirm(conn, feed)? {
            return Ok(());
        }
        let known = versions::feeds(conn)?;
        let meant = did_you_mean(feed, known.iter().map(String::as_str));
        let hint = meant.unwrap_or_else(|| format!("attend export records --feed {feed} -o changed.csv"));
        Err(Problem::new(Kind::Refused, format!("nothing was sent to the feed {feed:?} yet"))
            .hint(hint)
            .into())
    })
}
