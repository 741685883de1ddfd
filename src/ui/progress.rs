//! Progress of long work, on a terminal only.

use indicatif::{ProgressBar, ProgressStyle};

/// The resolution of a share.
const SHARES: u64 = 1000;

/// A bar on standard error, or no output without a terminal.
#[derive(Debug)]
pub(crate) struct Progress(ProgressBar);

impl Progress {
    fn drawn(shown: bool, total: Option<u64>, template: &str) -> Self {
        if !shown {
            return Self(ProgressBar::hidden());
        }
        let bar = total.map_or_else(ProgressBar::no_length, ProgressBar::new);
        bar.set_style(style(template));
        Self(bar)
    }

    /// A bar over `total` bytes. `None` if the number is not known.
    pub(crate) fn bytes(shown: bool, total: Option<u64>) -> Self {
        let template = match total {
            Some(_) => "{bar:30} {percent:>3} %  {bytes}/{total_bytes}  {bytes_per_sec}  {eta} left",
            None => "{spinner} {bytes}  {bytes_per_sec}",
        };
        Self::drawn(shown, total, template)
    }

    /// A bar over work of which only the finished share is known.
    pub(crate) fn share(shown: bool) -> Self {
        Self::drawn(shown, Some(SHARES), "{bar:30} {percent:>3} %  {eta} left")
    }

    /// Sets the finished share, from 0 to 1.
    pub(crate) fn set_share(&self, share: f64) {
        self.0.set_position((share.clamp(0.0, 1.0) * SHARES as f64) as u64);
    }

    /// A bar over `total` rows to be deleted.
    pub(crate) fn rows(shown: bool, total: u64) -> Self {
        let template = "{bar:30} {percent:>3} %  {human_pos}/{human_len} rows  {per_sec}  {eta} left";
        Self::drawn(shown, Some(total), template)
    }

    /// Sets the number of finished bytes or rows.
    pub(crate) fn set(&self, done: u64) {
        self.0.set_position(done);
    }

    /// The rows are deleted, and `done` of `total` pages are given back.
    pub(crate) fn freeing(&self, done: u64, total: u64) {
        self.0.set_style(style("{bar:30} {percent:>3} %  giving space back  {eta} left"));
        self.0.set_length(total);
        self.0.set_position(done);
    }

    /// Removes the bar. The caller prints the result.
    pub(crate) fn done(&self) {
        self.0.finish_and_clear();
    }
}

fn style(template: &str) -> ProgressStyle {
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    style.progress_chars("█▉▊▋▌▍▎▏░")
}
