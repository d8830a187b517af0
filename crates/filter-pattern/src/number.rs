//! Numbers of patterns, and their comparison with numbers of records as CloudWatch does it.
//!
//! A number of a pattern, and an integer of a record, is an exact decimal. A number of a record with a fraction or an
//! exponent is an IEEE double: `1e-999` is zero, and `1e309` compares with nothing.

use std::cmp::Ordering;

use crate::number_text::{StackText, is_integer};

/// An unquoted number of a pattern.
///
/// Two numbers are equal if their spelling is: a pattern's number equals a record's string with the same spelling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Number {
    spelling: Box<str>,
}

impl Number {
    /// Parses a number. `None` if the text is not a number or its exponent needs more than 32 bits.
    pub fn new(spelling: &str) -> Option<Self> {
        Decimal::new(spelling)?;
        Some(Self {
            spelling: spelling.into(),
        })
    }

    /// The number as the pattern spells it: `1`, `+1.50`, `1e3`.
    pub fn spelling(&self) -> &str {
        &self.spelling
    }

    /// Compares a record's number, as the record spells it, with this number. `None` if it exceeds a double.
    pub fn compare(&self, record: &str) -> Option<Ordering> {
        let literal = Decimal::new(&self.spelling)?;
        if is_integer(record) {
            return Some(Decimal::new(record)?.cmp(&literal));
        }
        let double = record
            .parse::<f64>()
            .ok()
            .filter(|double| double.is_finite())?;
        let shortest = StackText::format(format_args!("{double:e}"));
        Some(Decimal::new(shortest.as_str())?.cmp(&literal))
    }
}

/// Whether the text is a number: `[+-]? ( digits [ "." digits ] | "." digits ) ( [eE] [+-]? digits )?`.
pub(crate) fn is_number(text: &str) -> bool {
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = |text| str::strip_prefix(text, ['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, unsigned(exponent)),
        None => (text, "0"),
    };
    let (integer, fraction) = unsigned(mantissa)
        .split_once('.')
        .unwrap_or((unsigned(mantissa), "0"));
    let some_digits = |text: &str| !text.is_empty() && all_digits(text);
    let begins = all_digits(integer) && (!integer.is_empty() || mantissa.contains('.'));
    begins && some_digits(fraction) && some_digits(exponent)
}

/// A decimal number in its parts. Comparisons are exact, without a conversion.
#[derive(Clone, Copy)]
struct Decimal<'a> {
    negative: bool,
    integer: &'a str,
    fraction: &'a str,
    exponent: i32,
}

impl<'a> Decimal<'a> {
    fn new(spelling: &'a str) -> Option<Self> {
        if !is_number(spelling) {
            return None;
        }
        let negative = spelling.starts_with('-');
        let unsigned = spelling.trim_start_matches(['+', '-']);
        let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
        let (integer, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        Some(Self {
            negative,
            integer,
            fraction,
            exponent: exponent.parse().ok()?,
        })
    }

    /// The significant digits, and the power of ten that the first digit is below; `None` for zero.
    fn magnitude(self) -> Option<(i64, impl Iterator<Item = u8>)> {
        let digits = self.integer.bytes().chain(self.fraction.bytes());
        let zeros = digits.clone().position(|digit| digit != b'0')?;
        let shift = i64::try_from(self.integer.len()).ok()? - i64::try_from(zeros).ok()?;
        Some((shift + i64::from(self.exponent), digits.skip(zeros)))
    }

    fn cmp(self, other: &Self) -> Ordering {
        let (Some((above, digits)), Some((other_above, other_digits))) =
            (self.magnitude(), other.magnitude())
        else {
            return self.signum().cmp(&other.signum());
        };
        self.signum().cmp(&other.signum()).then_with(|| {
            let larger = above
                .cmp(&other_above)
                .then_with(|| compare_digits(digits, other_digits));
            if self.negative {
                larger.reverse()
            } else {
                larger
            }
        })
    }

    fn signum(self) -> i8 {
        match self.magnitude() {
            None => 0,
            Some(_) if self.negative => -1,
            Some(_) => 1,
        }
    }
}

/// Compares the digits after a decimal point, as if the shorter sequence continued with zeros.
fn compare_digits(mut a: impl Iterator<Item = u8>, mut b: impl Iterator<Item = u8>) -> Ordering {
    loop {
        match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (a, b) => match a.unwrap_or(b'0').cmp(&b.unwrap_or(b'0')) {
                Ordering::Equal => {}
                unequal => return unequal,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn compares(record: &str, literal: &str, expected: Option<Ordering>) {
        let literal = Number::new(literal).expect("a number");
        assert_eq!(literal.compare(record), expected);
    }

    #[test]
    fn numbers_compare_by_value() {
        compares("1", "1.0", Some(Ordering::Equal));
        compares("1e0", "+01", Some(Ordering::Equal));
        compares("100", "1e2", Some(Ordering::Equal));
        compares("12.34", "12.34", Some(Ordering::Equal));
        compares("0.1", ".1", Some(Ordering::Equal));
        compares("-1", "1", Some(Ordering::Less));
        compares("-2", "-1", Some(Ordering::Less));
        compares("10", "9", Some(Ordering::Greater));
        compares("0", "-1", Some(Ordering::Greater));
        compares("0", "1", Some(Ordering::Less));
        compares("5", "0", Some(Ordering::Greater));
    }

    #[test]
    fn integers_are_exact_beyond_a_double() {
        compares(
            "9007199254740993",
            "9007199254740992",
            Some(Ordering::Greater),
        );
        compares(
            "123456789012345678901234567890",
            "123456789012345678901234567891",
            Some(Ordering::Less),
        );
    }

    #[test]
    fn fractions_of_a_record_are_doubles_and_those_of_a_pattern_are_not() {
        compares("1e-999", "0", Some(Ordering::Equal));
        compares("-0.0", "0", Some(Ordering::Equal));
        compares("1e-999", "1e-999", Some(Ordering::Less));
        compares("1e309", "1e309", None);
        compares("1", "1e309", Some(Ordering::Less));
    }

    #[test]
    fn a_number_is_written_as_a_number() {
        for text in ["1", "+1", "-1.5", ".5", "1e3", "1E+3", "1e-3", "007"] {
            assert!(is_number(text), "{text}");
        }
        for text in [
            "", "+", ".", "1.", "1e", "e1", "1.2.3", "--1", "1e1.0", "0x1", "1e+-1", "é",
        ] {
            assert!(!is_number(text), "{text}");
        }
        assert_eq!(Number::new("1e2147483648"), None);
        assert!(Number::new("1e-999").is_some());
    }
}
