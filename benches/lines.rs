//! Lines of a school day, faster than anything can read them.
//!
//! `lines DATE STUDENTS CAMERAS TOTAL FROM COUNT`: started by the benchmarks in Python. A day has
//! `TOTAL` recognitions at even intervals from 08:00 to 15:30. The program prints `COUNT` of them,
//! beginning with number `FROM`. Student, camera and score are drawn from the number alone, so the same
//! arguments give the same bytes.

use std::error::Error;
use std::io::{BufWriter, Write};

/// The hours in microseconds since midnight.
const OPENS: u64 = 8 * 3_600_000_000;
const CLOSES: u64 = 15 * 3_600_000_000 + 30 * 60_000_000;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match &args[..] {
        [date, numbers @ ..] if numbers.len() == 5 => {
            let number = |nth: usize| numbers[nth].parse::<u64>();
            let day = Day { date, students: number(0)?, cameras: number(1)?, total: number(2)? };
            day.write(number(3)?, number(4)?)
        }
        // So does `cargo bench`, which starts every program in this folder.
        _ => Ok(()),
    }
}

struct Day<'a> {
    date: &'a str,
    students: u64,
    cameras: u64,
    total: u64,
}

impl Day<'_> {
    fn write(&self, from: u64, count: u64) -> Result<(), Box<dyn Error>> {
        let Self { date, students, cameras, total } = self;
        let mut out = BufWriter::with_capacity(1 << 16, std::io::stdout().lock());
        for nth in from..from + count {
            let at =
                OPENS + u64::try_from(u128::from(CLOSES - OPENS) * u128::from(nth) / u128::from(*total))?;
            let (seconds, micros) = (at / 1_000_000, at % 1_000_000);
            let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
            let dice = mixed(nth);
            let (student, camera) = (dice % students + 1, (dice >> 32) % cameras + 1);
            // From 0.65 to 1, most in the middle: one in ten is below the threshold.
            let score = 6_500 + (dice >> 40) % 1_750 + (dice >> 52) % 1_750;
            writeln!(
                out,
                r#"{{"student":"H{student:06}","score":0.{score},"ts":"{date}T{hour:02}:{minute:02}:{second:02}.{micros:06}+03:00","camera":"gate-{camera}"}}"#,
            )?;
        }
        Ok(out.flush()?)
    }
}

/// SplitMix64, by Sebastiano Vigna: neighbouring numbers to numbers that have nothing in common.
fn mixed(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
