//! One line for Nagios and its relatives, after the guidelines of the monitoring plugins.

use std::io::{self, Write};

use crate::report::text::safe;
use crate::report::watch::metrics::Plugin;

/// Writes `ATTEND WARNING - text | label=value;warning;critical;0`.
pub(crate) fn write(plugin: &Plugin, out: &mut dyn Write) -> io::Result<()> {
    // A bar separates the numbers from the text, so bars in the text are replaced.
    let text = safe(&plugin.text).replace('|', "/");
    write!(out, "ATTEND {} - {text}", plugin.status)?;
    for (nth, number) in plugin.numbers.iter().enumerate() {
        let [warning, critical] = &number.ranges;
        let before = if nth == 0 { " | " } else { " " };
        write!(out, "{before}{}={}{};{warning};{critical};0", number.label, number.value, number.unit)?;
    }
    writeln!(out)
}
