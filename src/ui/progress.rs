//! Progress of long work, on a terminal only.

use indicatif::{ProgressBar, ProgressStyle};

/// Parts that a share is told in.
const SHARES: u64 = 1000;

/// A bar on standard error, or nothing where there is no terminal.
#[derive(Debug)]
pub struct Progress(ProgressBar);

impl Progress {
    /// A bar over `total` bytes; `None`: as many as come.
    pub fn bytes(shown: bool, total: Option<u64>) -> Self {
        if !shown {
            return Self(ProgressBar::hidden());
        }
        let (bar, template) = match total {
            Some(total) => (
                ProgressBar::new(total),
                "{bar:30} {percent:>3} %  {bytes}/{total_bytes}  {bytes_per_sec}  {eta} left",
            ),
            None => (ProgressBar::no_length(), "{spinner} {bytes}  {bytes_per_sec}"),
        };
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        bar.set_style(style.progress_chars("█▉▊▋▌▍▎▏░"));
        Self(bar)
    }

    /// A bar over something of which only the share that is done is known.
    pub fn share(shown: bool) -> Self {
        if !shown {
            return Self(ProgressBar::hidden());
        }
        let bar = ProgressBar::new(SHARES);
        let style = ProgressStyle::with_template("{bar:30} {percent:>3} %  {eta} left");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("█▉▊▋▌▍▎▏░"));
        Self(bar)
    }

    /// So much is done, from 0 to 1.
    pub fn set_share(&self, share: f64) {
        self.0.set_position((share.clamp(0.0, 1.0) * SHARES as f64) as u64);
    }

    /// So many bytes are done.
    pub fn set(&self, bytes: u64) {
        self.0.set_position(bytes);
    }

    /// Takes the bar away; what it came to is said by whoever drew it.
    pub fn done(&self) {
        self.0.finish_and_clear();
    }
}
