//! Decimal numbers as text. They can be scaled by powers of ten and cut to whole numbers without binary rounding.

/// A decimal number in the grammar of JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Decimal<'a> {
    negative: bool,
    /// Digits before the point.
    whole: &'a str,
    /// Digits after the point; may be empty.
    fraction: &'a str,
    /// Power of ten; within [`MOST_EXPONENT`] on either side.
    exponent: i64,
}

/// The largest exponent. No score or time needs a larger one, and it would make very long numbers.
const MOST_EXPONENT: i64 = 400;

impl<'a> Decimal<'a> {
    /// Reads `text`; `None` if it is not a number or its exponent is beyond ±400.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse().ok()?),
            None => (text, 0),
        };
        let (whole, fraction) = match mantissa.split_once('.') {
            Some((_, "")) => return None,
            Some(parts) => parts,
            None => (mantissa, ""),
        };
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let sound = !whole.is_empty() && digits(whole) && digits(fraction);
        (sound && (-MOST_EXPONENT..=MOST_EXPONENT).contains(&exponent)).then_some(Self {
            negative,
            whole,
            fraction,
            exponent,
        })
    }

    /// The number times 10^`places` without its fraction; `None` beyond `i64`.
    pub(crate) fn truncated(self, places: i64) -> Option<i64> {
        let point = self.point(places);
        let mut value: i64 = 0;
        for (digit, _) in self.digits().zip(0..point) {
            value = value.checked_mul(10)?.checked_add(i64::from(digit - b'0'))?;
        }
        for _ in self.len()..point {
            value = value.checked_mul(10)?;
        }
        Some(if self.negative { -value } else { value })
    }

    /// The number times 10^`places`, written without an exponent and without needless zeros.
    pub(crate) fn shifted(self, places: i64) -> String {
        let point = self.point(places);
        let digits: Vec<u8> = self.digits().collect();
        let digit =
            |at: i64| usize::try_from(at).ok().and_then(|at| digits.get(at)).map_or('0', |d| char::from(*d));
        let whole: String = (0..point).map(digit).collect();
        let fraction: String = (point.min(0)..0).chain(point.max(0)..self.len()).map(digit).collect();
        let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
        let sign = if self.negative && !(whole.is_empty() && fraction.is_empty()) { "-" } else { "" };
        let whole = if whole.is_empty() { "0" } else { whole };
        let point = if fraction.is_empty() { "" } else { "." };
        format!("{sign}{whole}{point}{fraction}")
    }

    /// The number of digits before the point after scaling.
    fn point(self, places: i64) -> i64 {
        self.whole.len() as i64 + self.exponent + places
    }

    fn digits(self) -> impl Iterator<Item = u8> + use<'a> {
        self.whole.bytes().chain(self.fraction.bytes())
    }

    fn len(self) -> i64 {
        (self.whole.len() + self.fraction.len()) as i64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scaled_numbers_have_no_binary_noise() {
        for (text, places, scaled) in [
            ("96.07", -2, "0.9607"),
            ("100", -2, "1"),
            ("71.5", -2, "0.715"),
            ("0.5", -2, "0.005"),
            ("0", -2, "0"),
            ("-0.0", 3, "0"),
            ("-7", -1, "-0.7"),
            ("007.50", 0, "7.5"),
            ("1.5e2", -2, "1.5"),
            ("1E-2", 2, "1"),
            ("12345678901234567890.12345678901234567890", 3, "12345678901234567890123.4567890123456789"),
        ] {
            assert_eq!(Decimal::parse(text).unwrap().shifted(places), scaled, "{text}");
        }
    }

    #[test]
    fn digits_beyond_the_places_are_cut_off() {
        for (text, micros) in [
            ("1788763511.748393", Some(1_788_763_511_748_393)),
            ("1788763511.7483939999", Some(1_788_763_511_748_393)),
            ("1.788763511748393e9", Some(1_788_763_511_748_393)),
            ("178876351174839.3e-5", Some(1_788_763_511_748_393)),
            ("253402300799.999999", Some(253_402_300_799_999_999)),
            ("0.0000009", Some(0)),
            ("-1.5", Some(-1_500_000)),
            ("0e400", Some(0)),
            ("1e400", None),
            ("9223372036855", None),
        ] {
            assert_eq!(Decimal::parse(text).unwrap().truncated(6), micros, "{text}");
        }
    }

    #[test]
    fn only_numbers_are_read() {
        for wrong in [
            "", "-", ".5", "5.", "+5", "1e", "1e401", "1e-401", "0x1", "1_0", "NaN", " 1", "1.2.3", "--1",
            "٣",
        ] {
            assert_eq!(Decimal::parse(wrong), None, "{wrong}");
        }
    }
}
