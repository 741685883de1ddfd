//! A set of weekdays: read from names, ranges or a mask, and drawn as a week.

use std::fmt;
use std::str::FromStr;

use chrono::Weekday;

use crate::domain::Invalid;

/// The seven days in the order of the mask: Monday is bit 0 (1), Sunday is bit 6 (64).
pub const WEEK: [Weekday; 7] =
    [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri, Weekday::Sat, Weekday::Sun];

/// Common masks with their meaning.
pub const EXAMPLES: [(&str, u8); 4] = [("Mon–Fri", 31), ("Sat+Sun", 96), ("Fri+Sat", 48), ("Sun–Thu", 79)];

const NAMES: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
const ALL: u8 = 127;

/// A non-empty set of weekdays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Weekdays(u8);

impl Weekdays {
    /// Every day.
    pub const ALL: Self = Self(ALL);

    /// From a mask of 1 to 127, Monday = 1 … Sunday = 64.
    pub fn from_mask(mask: u8) -> Result<Self, Invalid> {
        if (1..=ALL).contains(&mask) {
            Ok(Self(mask))
        } else {
            Err(Invalid::new(format!("{mask} is not a mask of weekdays")).hint(
                "a mask is the sum of Mon=1, Tue=2, Wed=4, Thu=8, Fri=16, Sat=32, Sun=64: from 1 to 127",
            ))
        }
    }

    /// The mask, 1 to 127.
    pub const fn mask(self) -> u8 {
        self.0
    }

    /// Whether `day` belongs to the set.
    pub fn contains(self, day: Weekday) -> bool {
        self.0 & bit(day) != 0
    }

    /// The week as seven letters, a dot for each day that is not in the set: `M T W T F · ·`.
    pub fn drawn(self) -> String {
        let letters = WEEK.map(|day| if self.contains(day) { &day_name(day)[..1] } else { "·" });
        letters.join(" ").to_uppercase()
    }
}

const fn bit(day: Weekday) -> u8 {
    1 << day.num_days_from_monday()
}

fn day_name(day: Weekday) -> &'static str {
    NAMES[day.num_days_from_monday() as usize]
}

impl FromStr for Weekdays {
    type Err = Invalid;

    /// `mon-fri`, `sun-thu` (over the weekend), `mon,wed`, `daily`, or a mask number.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let lower = text.trim().to_lowercase();
        if lower == "daily" {
            return Ok(Self(ALL));
        }
        if !lower.is_empty() && lower.bytes().all(|b| b.is_ascii_digit()) {
            let mask = lower.parse().map_err(|_| unreadable(text))?;
            return Self::from_mask(mask);
        }
        let mut mask = 0;
        for part in lower.split(',') {
            mask |= parse_part(part.trim()).ok_or_else(|| unreadable(text))?;
        }
        Self::from_mask(mask)
    }
}

fn unreadable(text: &str) -> Invalid {
    Invalid::new(format!("{text:?} are not weekdays"))
        .hint("write mon-fri, sun-thu, mon,wed, daily, or a mask from 1 to 127 (Mon=1 … Sun=64)")
}

fn parse_part(part: &str) -> Option<u8> {
    let Some((from, to)) = part.split_once(['-', '–']) else {
        return parse_day(part).map(bit);
    };
    let (mut day, last) = (parse_day(from.trim())?, parse_day(to.trim())?);
    let mut mask = bit(day);
    while day != last {
        day = day.succ();
        mask |= bit(day);
    }
    Some(mask)
}

/// A day by its English name or an abbreviation of at least three letters.
fn parse_day(word: &str) -> Option<Weekday> {
    WEEK.into_iter().find(|day| word.len() >= 3 && day_name(*day).starts_with(word))
}

impl fmt::Display for Weekdays {
    /// `daily`, or the days by name, runs of three and more as a range: `mon-thu,sun`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == ALL {
            return f.write_str("daily");
        }
        let days: Vec<Weekday> = WEEK.into_iter().filter(|day| self.contains(*day)).collect();
        let runs = days.chunk_by(|a, b| a.succ() == *b && *b != Weekday::Mon);
        let parts: Vec<String> = runs.flat_map(run_name).collect();
        f.write_str(&parts.join(","))
    }
}

fn run_name(run: &[Weekday]) -> Vec<String> {
    let short = |day: &Weekday| day_name(*day)[..3].to_owned();
    match run {
        [first, _, .., last] => vec![format!("{}-{}", short(first), short(last))],
        few => few.iter().map(short).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_ranges_and_masks_are_the_same_set() {
        for (texts, mask, drawn) in [
            (&["mon-fri", "MON–FRI", "mon,tue,wed,thu,fri", "Monday-Friday", "31"][..], 31, "M T W T F · ·"),
            (&["sat,sun", "sun,sat", "sat-sun", "96"], 96, "· · · · · S S"),
            (&["fri-sat", "fri, sat", "48"], 48, "· · · · F S ·"),
            (&["sun-thu", "mon-thu,sun", "79"], 79, "M T W T · · S"),
            (&["daily", "mon-sun", "wed-tue", "127"], 127, "M T W T F S S"),
            (&["mon,wed", "5"], 5, "M · W · · · ·"),
            (&["sun", "sun-sun", "64"], 64, "· · · · · · S"),
        ] {
            for text in texts {
                let days: Weekdays = text.parse().unwrap();
                assert_eq!(days.mask(), mask, "{text}");
                assert_eq!(days.drawn(), drawn);
            }
        }
    }

    #[test]
    fn every_mask_survives_being_written_and_read() {
        for mask in 1..=127 {
            let days = Weekdays::from_mask(mask).unwrap();
            assert_eq!(days.to_string().parse::<Weekdays>().unwrap(), days, "{days}");
        }
    }

    #[test]
    fn invalid_weekdays_are_refused() {
        for wrong in
            ["", "0", "128", "300", "mo", "mon-", "-fri", "mon,,fri", "monfri", "funday", "mon-fri-sun", "-1"]
        {
            assert!(wrong.parse::<Weekdays>().is_err(), "{wrong}");
        }
    }
}
