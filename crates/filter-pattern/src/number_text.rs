//! Numbers as text, as Java prints them.

use std::fmt::{self, Write as _};

/// Prints a number as Java's `Double.toString` does since JDK 19: `21.0`, `1.0E7`, `4.9E-324`, `Infinity`.
///
/// CloudWatch prints numbers in this way, in alarm reasons among others. The digits are the fewest that parse as the same
/// double, but at least two. Of several such numbers the nearest is printed.
///
/// ```
/// use cloudwatch_filter_pattern::java_double;
///
/// assert_eq!(java_double(21.0), "21.0");
/// assert_eq!(java_double(1e7), "1.0E7");
/// ```
pub fn java_double(number: f64) -> String {
    StackText::of_double(number).as_str().to_owned()
}

/// Whether a spelled number has neither a fraction nor an exponent.
pub(crate) fn is_integer(number: &str) -> bool {
    !number.contains(['.', 'e', 'E'])
}

/// The text of a record's number, which words, quoted strings and regular expressions are compared with.
///
/// The text of an integer is its digits; that of any other number is [`java_double`]. Recorded answers of CloudWatch
/// confirm the form without an exponent only.
pub(crate) enum NumberText<'r> {
    Integer(&'r str),
    Double(StackText),
}

impl<'r> NumberText<'r> {
    pub(crate) fn new(spelling: &'r str) -> Self {
        if is_integer(spelling) {
            return Self::Integer(if spelling == "-0" { "0" } else { spelling });
        }
        Self::Double(StackText::of_double(spelling.parse().unwrap_or(f64::NAN)))
    }

    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Integer(digits) => digits,
            Self::Double(text) => text.as_str(),
        }
    }
}

/// The text of a double, of at most 25 bytes, on the stack.
pub(crate) struct StackText {
    bytes: [u8; 32],
    len: usize,
}

impl StackText {
    /// [`java_double`] without an allocation.
    fn of_double(number: f64) -> Self {
        let magnitude = number.abs();
        if number.is_nan() {
            return Self::format(format_args!("NaN"));
        }
        if magnitude.is_infinite() {
            let sign = if number < 0.0 { "-" } else { "" };
            return Self::format(format_args!("{sign}Infinity"));
        }
        if magnitude == 0.0 || (1e-3..1e7).contains(&magnitude) {
            return Self::format(format_args!("{number:?}"));
        }
        let shortest = Self::format(format_args!("{number:E}"));
        if shortest.as_str().contains('.') {
            shortest
        } else {
            // One digit is enough, but Java prints the nearest number of two.
            Self::format(format_args!("{number:.1E}"))
        }
    }

    pub(crate) fn format(text: fmt::Arguments<'_>) -> Self {
        let mut stack = Self {
            bytes: [0; 32],
            len: 0,
        };
        stack
            .write_fmt(text)
            .expect("the shortest text of a double fits");
        stack
    }

    pub(crate) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.len]).expect("only whole strings are written")
    }
}

impl fmt::Write for StackText {
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

    /// Numbers as a JDK since 19 prints them.
    #[test]
    fn a_double_is_printed_as_java_prints_it() {
        for (number, text) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (5.0, "5.0"),
            (0.1, "0.1"),
            (21.0, "21.0"),
            (10.708_333_333_333_332, "10.708333333333332"),
            (-7.25, "-7.25"),
            (9_999_999.999, "9999999.999"),
            (-83_714_617_344.0, "-8.3714617344E10"),
            (2_147_483_648.0, "2.147483648E9"),
            (0.000_999, "9.99E-4"),
            (f64::MIN_POSITIVE, "2.2250738585072014E-308"),
            (1e23, "1.0E23"),
            (2.0E-3, "0.002"),
            (1.0E-3, "0.001"),
            (9.999e-4, "9.999E-4"),
            (1.0E-5, "1.0E-5"),
            (1.234E-5, "1.234E-5"),
            (123_456.789, "123456.789"),
            (9_999_999.0, "9999999.0"),
            (1.0E7, "1.0E7"),
            (-1.0E7, "-1.0E7"),
            (12_345_678.9, "1.23456789E7"),
            // JDK 18 and older print 2.0E23 as 1.9999999999999998E23.
            (2.0E23, "2.0E23"),
            (f64::MAX, "1.7976931348623157E308"),
            // The digits 5 would do, and 4.9 is nearer.
            (5e-324, "4.9E-324"),
            (-5e-324, "-4.9E-324"),
            (1e-323, "9.9E-324"),
            (f64::NAN, "NaN"),
            (f64::INFINITY, "Infinity"),
            (f64::NEG_INFINITY, "-Infinity"),
        ] {
            assert_eq!(java_double(number), text);
        }
    }

    #[test]
    fn integers_keep_their_digits_and_other_numbers_are_doubles() {
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
