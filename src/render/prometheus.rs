//! The text format of Prometheus, for the textfile collector of its node exporter.

use std::io::{self, Write};

use crate::report::watch::metrics::Metric;

/// Writes metrics that have samples.
pub(crate) fn write(metrics: &[Metric], out: &mut dyn Write) -> io::Result<()> {
    for metric in metrics.iter().filter(|metric| !metric.samples.is_empty()) {
        writeln!(out, "# HELP {} {}", metric.name, metric.help)?;
        writeln!(out, "# TYPE {} gauge", metric.name)?;
        for sample in &metric.samples {
            match &sample.label {
                Some((key, value)) => {
                    writeln!(out, "{}{{{key}=\"{}\"}} {}", metric.name, escaped(value), sample.value)?;
                }
                None => writeln!(out, "{} {}", metric.name, sample.value)?,
            }
        }
    }
    Ok(())
}

/// The three characters that a label's value has to escape.
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::watch::metrics::Sample;

    #[test]
    fn labels_cannot_end_before_their_time() {
        let sample = |value: &str| Sample { label: Some(("camera", value.to_owned())), value: 1.5 };
        let metric = Metric {
            name: "up",
            help: "whether",
            samples: vec![sample("a\"} 1\nevil 2"), sample("c:\\door")],
        };
        let empty = Metric { samples: vec![], ..metric.clone() };
        let mut out = Vec::new();
        write(&[metric, empty], &mut out).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "# HELP up whether\n# TYPE up gauge\nup{camera=\"a\\\"} 1\\nevil 2\"} 1.5\nup{camera=\"c:\\\\door\"} 1.5\n"
        );
    }
}
