//! Numbers, compared the way CloudWatch does.
//!
//! A pattern's number is an exact decimal. A record's integer is exact too; a record's number with a fraction or an
//! exponent is an IEEE double, so `1e-999` in a record is zero, and `1e309` is too large to compare with anything.

use std::cmp::Ordering;
use std::fmt::{self, Write as _};

/// An unquoted number of a pattern, spelled as the pattern spells it.
///
/// Equality goes by spelling, since a record's strings are compared with that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Number {
    spelling: Box<str>,
}

impl Number {
    /// The number with this spelling; none if that is no number or has an exponent beyond 32 bits.
    pub fn new(spelling: &str) -> Option<Self> {
        Decimal::new(spelling)?;
        Some(Self {
            spelling: spelling.into(),
        })
    }

    /// How the pattern writes it: `1`, `+1.50`, `1e3`.
    pub fn spelling(&self) -> &str {
        &self.spelling
    }

    /// How the record's number, given by its spelling, compares to this one; none if a double cannot hold it.
    pub fn compare(&self, record: &str) -> Option<Ordering> {
        let literal = Decimal::new(&self.spelling)?;
        if is_integer(record) {
            return Some(Decimal::new(record)?.cmp(&literal));
        }
        let double = record
            .parse::<f64>()
            .ok()
            .filter(|double| double.is_finite())?;
        let shortest = Stack::format(format_args!("{double:e}"));
        Some(Decimal::new(shortest.as_str())?.cmp(&literal))
    }
}

/// Whether the text reads as a number: `[+-]? ( digits [ "." digits ] | "." digits ) ( [eE] [+-]? digits )?`.
pub(super) fn is_number(text: &str) -> bool {
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

fn is_integer(number: &str) -> bool {
    !number.contains(['.', 'e', 'E'])
}

/// A decimal number as it is spelled; compared without ever being converted.
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

    /// The digits from the first that is not zero, and the power of ten that is above the first; none for zero.
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

/// Compares what stands behind a decimal point; the shorter one goes on with zeros.
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

/// The text of a record's number, as words, quoted strings and regular expressions see it.
///
/// An integer is its digits; any other number is a double, printed as Java's `Double.toString` does: `12.0`, `1.0E7`,
/// `Infinity`. Only the plain form is on record; that the exponent looks like this is inferred from the service's
/// runtime.
pub(super) enum NumberText<'r> {
    Integer(&'r str),
    Double(Stack),
}

impl<'r> NumberText<'r> {
    pub(super) fn new(spelling: &'r str) -> Self {
        if is_integer(spelling) {
            return Self::Integer(if spelling == "-0" { "0" } else { spelling });
        }
        let double: f64 = spelling.parse().unwrap_or(f64::NAN);
        let size = double.abs();
        Self::Double(if size.is_infinite() {
            let sign = if double < 0.0 { "-" } else { "" };
            Stack::format(format_args!("{sign}Infinity"))
        } else if size == 0.0 || (1e-3..1e7).contains(&size) {
            Stack::format(format_args!("{double:?}"))
        } else {
            let plain = Stack::format(format_args!("{double:E}"));
            match plain.as_str().split_once('E') {
                Some((digits, exponent)) if !digits.contains('.') => {
                    Stack::format(format_args!("{digits}.0E{exponent}"))
                }
                _ => plain,
            }
        })
    }

    pub(super) fn as_str(&self) -> &str {
        match self {
            Self::Integer(digits) => digits,
            Self::Double(text) => text.as_str(),
        }
    }
}

/// The text of a double, without an allocation. The longest has 24 characters.
pub(super) struct Stack {
    bytes: [u8; 32],
    len: usize,
}

impl Stack {
    fn format(text: fmt::Arguments<'_>) -> Self {
        let mut stack = Self {
            bytes: [0; 32],
            len: 0,
        };
        stack
            .write_fmt(text)
            .expect("the shortest text of a double fits");
        stack
    }

    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.len]).expect("only whole strings are written")
    }
}

impl fmt::Write for Stack {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.len + text.len();
        self.bytes
            .get_mut(self.len..end)
            .ok_or(fmt::Error)?
            .copy_from_slice(text.as_bytes());
        self.len = end;
        Ok(())
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

    #[test]
    fn the_text_of_a_number_is_that_of_java() {
        for (spelling, text) in [
            ("12", "12"),
            ("-0", "0"),
            ("12.0", "12.0"),
            ("1e0", "1.0"),
            ("1e3", "1000.0"),
            ("12.340", "12.34"),
            ("0.001", "0.001"),
            ("0.0001", "1.0E-4"),
            ("9999999.5", "9999999.5"),
            ("1e7", "1.0E7"),
            ("1.25e22", "1.25E22"),
            ("-0.0", "-0.0"),
            ("1e-999", "0.0"),
            ("1e309", "Infinity"),
            ("-1e309", "-Infinity"),
            ("-2.2250738585072014e-308", "-2.2250738585072014E-308"),
        ] {
            assert_eq!(NumberText::new(spelling).as_str(), text, "{spelling}");
        }
    }
}
