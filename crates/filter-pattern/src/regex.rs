//! `%...%`: the regular expressions of the pattern language.
//!
//! The language is small: classes, anchors, `|` and repetition, without groups. What it has means almost the same to the
//! `regex` crate. So an expression is checked here, rewritten into one that the crate cannot read in any other way, and
//! compiled. The crate runs in linear time, whatever the expression and the message.

use std::fmt::{self, Write as _};

use super::PatternErrorKind;

/// Memory in bytes that one compiled expression may take: four times what `\W`, the largest class, repeated a thousand
/// times needs (measured with regex 1.13).
const MAX_COMPILED: usize = 4 << 20;

const TOO_LARGE: &str = "a smaller regular expression";

/// A regular expression; it is searched, not anchored, and case-sensitive.
///
/// Two are equal if they are spelled the same.
#[derive(Clone)]
pub struct Regex {
    body: Box<str>,
    compiled: regex::Regex,
}

impl Regex {
    /// Compiles what stands between the two `%`.
    pub(super) fn new(body: &str) -> Result<Self, PatternErrorKind> {
        check_characters(body)?;
        let failed = |expected| PatternErrorKind::Regex {
            expected,
            found: format!("%{body}%"),
        };
        let translated = Translator::new(body).translate().map_err(failed)?;
        let compiled = regex::RegexBuilder::new(&translated)
            .size_limit(MAX_COMPILED)
            .build()
            .map_err(|_| failed(TOO_LARGE))?;
        Ok(Self {
            body: body.into(),
            compiled,
        })
    }

    /// What stands between the two `%`.
    pub fn as_str(&self) -> &str {
        &self.body
    }

    /// Whether it is found anywhere in the text.
    pub fn is_match(&self, text: &str) -> bool {
        self.compiled.is_match(text)
    }
}

impl PartialEq for Regex {
    fn eq(&self, other: &Self) -> bool {
        self.body == other.body
    }
}

impl fmt::Debug for Regex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Regex({self})")
    }
}

impl fmt::Display for Regex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "%{}%", self.body)
    }
}

fn check_characters(body: &str) -> Result<(), PatternErrorKind> {
    let expected =
        "a regular expression of ASCII letters, digits, blanks and `:_#=@/;,-^$?[]{}|\\*+.`";
    if body.is_empty() {
        return Err(PatternErrorKind::InvalidCharacters {
            expected,
            term: "%%".to_owned(),
        });
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || " :_#=@/;,-^$?[]{}|\\*+.".contains(c);
    match body.char_indices().find(|&(_, c)| !allowed(c)) {
        None => Ok(()),
        Some((at, c)) => {
            let term = format!("%{}", &body[..at + c.len_utf8()]);
            Err(PatternErrorKind::InvalidCharacters { expected, term })
        }
    }
}

/// Rewrites an expression for the `regex` crate: ASCII classes for the letters `d`, `s` and `w`, which it would take as
/// Unicode's, and a hexadecimal escape for every symbol that is meant literally.
struct Translator<'p> {
    rest: std::iter::Peekable<std::str::Chars<'p>>,
    out: String,
}

/// What a class or one place of an expression is made of.
enum Atom {
    Char(char),
    /// `\d` and its like: the members, and whether they are excluded.
    Set(&'static str, bool),
}

impl<'p> Translator<'p> {
    fn new(body: &'p str) -> Self {
        Self {
            rest: body.chars().peekable(),
            out: String::with_capacity(body.len() * 4),
        }
    }

    fn translate(mut self) -> Result<String, &'static str> {
        let mut repeatable = false;
        while let Some(c) = self.rest.next() {
            repeatable = match c {
                '?' | '*' | '+' | '{' if !repeatable => {
                    return Err("something to repeat before a repetition operator");
                }
                '?' | '*' | '+' => {
                    self.out.push(c);
                    self.lazy()
                }
                '{' => {
                    self.counted_repetition()?;
                    self.lazy()
                }
                '|' => {
                    self.out.push(c);
                    false
                }
                '.' | '^' | '$' => {
                    self.out.push(c);
                    true
                }
                '[' => {
                    self.class()?;
                    true
                }
                '\\' => {
                    match self.escape()? {
                        Atom::Char(c) => self.literal(c),
                        Atom::Set(members, excluded) => self.set(members, excluded),
                    }
                    true
                }
                _ => {
                    self.literal(c);
                    true
                }
            };
        }
        Ok(self.out)
    }

    /// Takes the `?` that makes a repetition lazy. Nothing can repeat a repetition, so the answer is always no.
    fn lazy(&mut self) -> bool {
        if self.rest.next_if_eq(&'?').is_some() {
            self.out.push('?');
        }
        false
    }

    /// `{n}`, `{n,}` or `{n,m}`, the brace already taken.
    fn counted_repetition(&mut self) -> Result<(), &'static str> {
        let malformed = "a repetition such as `{2}`, `{2,}` or `{2,5}`";
        let counts: String = std::iter::from_fn(|| self.rest.next_if(|&c| c != '}')).collect();
        self.rest.next().ok_or(malformed)?;
        let (least, most) = counts.split_once(',').unwrap_or((&counts, ""));
        let is_count = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if least.is_empty() || !is_count(least) || !is_count(most) {
            return Err(malformed);
        }
        let least: u32 = least.parse().map_err(|_| TOO_LARGE)?;
        if !most.is_empty() && most.parse::<u32>().map_err(|_| TOO_LARGE)? < least {
            return Err("the counts of a repetition in ascending order");
        }
        self.out.push('{');
        self.out.push_str(&counts);
        self.out.push('}');
        Ok(())
    }

    /// A class, the opening bracket already taken. A `]` that stands first is a member.
    fn class(&mut self) -> Result<(), &'static str> {
        let unclosed = "`]` at the end of a class";
        self.out.push('[');
        if self.rest.next_if_eq(&'^').is_some() {
            self.out.push('^');
        }
        let mut first = true;
        loop {
            let atom = match self.rest.next().ok_or(unclosed)? {
                ']' if !first => break,
                '\\' => self.escape()?,
                c => Atom::Char(c),
            };
            first = false;
            match atom {
                Atom::Set(members, excluded) => self.set(members, excluded),
                Atom::Char(c) => {
                    self.literal(c);
                    self.range_end(c)?;
                }
            }
        }
        self.out.push(']');
        Ok(())
    }

    /// The rest of a range such as `a-z` in a class, if what was taken last begins one.
    fn range_end(&mut self, start: char) -> Result<(), &'static str> {
        let mut ahead = self.rest.clone();
        if ahead.next() != Some('-') || matches!(ahead.next(), None | Some(']')) {
            return Ok(());
        }
        self.rest.next();
        let end = match self.rest.next() {
            Some('\\') => self.escape()?,
            Some(c) => Atom::Char(c),
            None => unreachable!("a character was seen ahead"),
        };
        let Atom::Char(end) = end else {
            return Err("a single character at the end of a range");
        };
        if end < start {
            return Err("the ends of a range in ascending order");
        }
        self.out.push('-');
        self.literal(end);
        Ok(())
    }

    /// What an escape means, the backslash already taken.
    fn escape(&mut self) -> Result<Atom, &'static str> {
        let c = self.rest.next().ok_or("a character after `\\`")?;
        Ok(match c {
            'd' | 'D' => Atom::Set("0-9", c == 'D'),
            's' | 'S' => Atom::Set(r"\t\n\x0C\r ", c == 'S'),
            'w' | 'W' => Atom::Set("0-9A-Za-z_", c == 'W'),
            'x' => {
                let mut digit = || self.rest.next().and_then(|c| c.to_digit(16));
                let code = digit().zip(digit()).map(|(high, low)| high * 16 + low);
                let c = code.and_then(char::from_u32);
                Atom::Char(c.ok_or("two hexadecimal digits after `\\x`")?)
            }
            _ if c.is_ascii_alphanumeric() => {
                return Err("one of `dDsSwWx` or a symbol after `\\`");
            }
            _ => Atom::Char(c),
        })
    }

    fn set(&mut self, members: &str, excluded: bool) {
        self.out.push_str(if excluded { "[^" } else { "[" });
        self.out.push_str(members);
        self.out.push(']');
    }

    fn literal(&mut self, c: char) {
        if c.is_ascii_alphanumeric() {
            self.out.push(c);
        } else {
            let code = u32::from(c);
            write!(self.out, "\\x{{{code:X}}}").expect("a string takes whatever is written");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn regex(body: &str) -> Regex {
        Regex::new(body).expect("the expression compiles")
    }

    #[track_caller]
    fn fails(body: &str, expected: &str) {
        let kind = Regex::new(body).expect_err("the expression does not compile");
        assert_eq!(
            kind.to_string(),
            format!(
                "expected {expected}, found `%{body}%` (CloudWatch: Failed to compile regular expression.)"
            )
        );
    }

    #[test]
    fn classes_are_ascii() {
        assert!(!regex("\\d").is_match("٣"));
        assert!(!regex("\\w").is_match("é"));
        assert!(regex("\\W").is_match("é"));
        assert!(!regex("\\s").is_match("\u{a0}"));
        assert!(regex("[\\d_]+x").is_match("1_x"));
        assert!(regex("[^\\D]").is_match("a1"));
        assert!(!regex("[^\\D]").is_match("ab"));
    }

    #[test]
    fn what_means_more_to_the_crate_is_literal() {
        assert!(regex("[+--]").is_match(","));
        assert!(regex("[[]").is_match("["));
        assert!(regex("[]]").is_match("]"));
        assert!(regex("[a-]").is_match("-"));
        assert!(regex("x]").is_match("x]"));
        assert!(regex("a}").is_match("a}"));
        assert!(regex("\\x28\\x29").is_match("()"));
        assert!(regex("\\x25").is_match("100%"));
        assert!(regex("\\#\\ \\@").is_match("# @"));
    }

    #[test]
    fn an_expression_that_makes_no_sense_says_why() {
        fails("*a", "something to repeat before a repetition operator");
        fails("a|+", "something to repeat before a repetition operator");
        fails("a++", "something to repeat before a repetition operator");
        fails(
            "a{2}{3}",
            "something to repeat before a repetition operator",
        );
        fails("a+??", "something to repeat before a repetition operator");
        fails("a{,3}", "a repetition such as `{2}`, `{2,}` or `{2,5}`");
        fails("a{1, 3}", "a repetition such as `{2}`, `{2,}` or `{2,5}`");
        fails("a{1", "a repetition such as `{2}`, `{2,}` or `{2,5}`");
        fails("a{3,2}", "the counts of a repetition in ascending order");
        fails("a{99999999999}", "a smaller regular expression");
        fails("[z-a]", "the ends of a range in ascending order");
        fails("[a-\\d]", "a single character at the end of a range");
        fails("[abc", "`]` at the end of a class");
        fails("[]", "`]` at the end of a class");
        fails("a\\", "a character after `\\`");
        fails("\\p", "one of `dDsSwWx` or a symbol after `\\`");
        fails("\\bx", "one of `dDsSwWx` or a symbol after `\\`");
        fails("\\x2", "two hexadecimal digits after `\\x`");
        fails(&"\\W{999}".repeat(8), "a smaller regular expression");
    }
}
