//! Lines of a district's day, faster than anything can read them.
//!
//! `lines STUDENTS CAMERAS TOTAL FROM COUNT`: started by `benches/whole.py district`. Of a day with `TOTAL`
//! recognitions, evenly apart from 07:50 to 15:30, the `COUNT` from number `FROM` on. Who is seen, where and how
//! well is drawn from the number alone, so the same arguments give the same bytes.

use std::error::Error;
use std::io::{BufWriter, Write};

/// The first school day of the benchmarks, and its hours in microseconds since midnight.
const DAY: &str = "2026-09-06";
const OPENS: u64 = (7 * 60 + 50) * 60_000_000;
const CLOSES: u64 = (15 * 60 + 30) * 60_000_000;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Result<Vec<u64>, _> = std::env::args().skip(1).map(|arg| arg.parse()).collect();
    match args.as_deref() {
        Ok(&[students, cameras, total, from, count]) => write_lines(students, cameras, total, from, count),
        // So does `cargo bench`, which starts every program in this folder.
        _ => Ok(()),
    }
}

fn write_lines(students: u64, cameras: u64, total: u64, from: u64, count: u64) -> Result<(), Box<dyn Error>> {
    let mut out = BufWriter::with_capacity(1 << 16, std::io::stdout().lock());
    for nth in from..from + count {
        let at = OPENS + (u128::from(CLOSES - OPENS) * u128::from(nth) / u128::from(total)) as u64;
        let (seconds, micros) = (at / 1_000_000, at % 1_000_000);
        let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        let dice = mixed(nth);
        let (student, camera) = (dice % students + 1, (dice >> 32) % cameras + 1);
        // From 0.5 to 1, highest in the middle: one in six below the usual threshold.
        let score = 5_000 + ((dice >> 40) % 2_500) + ((dice >> 52) % 2_500);
        writeln!(
            out,
            r#"{{"student":"H{student:06}","score":0.{score:04},"ts":"{DAY}T{hour:02}:{minute:02}:{second:02}.{micros:06}+03:00","camera":"gate-{camera}"}}"#,
        )?;
    }
    Ok(out.flush()?)
}

/// SplitMix64, by Sebastiano Vigna: neighbouring numbers to numbers that have nothing in common.
fn mixed(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
