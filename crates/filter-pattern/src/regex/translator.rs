//! Translation of regular expressions for the `regex` crate.

use std::fmt::Write as _;

pub(super) const TOO_LARGE: &str = "a smaller regular expression";

/// Translates an expression for the `regex` crate.
///
/// `\d`, `\s` and `\w` become ASCII classes, since the crate's are Unicode classes. Literal symbols become hexadecimal
/// escapes, since some have a meaning in the crate only.
pub(super) struct Translator<'p> {
    rest: std::iter::Peekable<std::str::Chars<'p>>,
    out: String,
}

/// A part of an expression or a class.
enum Atom {
    Char(char),
    /// `\d`, `\s`, `\w` and their negations: the members, and whether they are excluded.
    Set(&'static str, bool),
}

impl<'p> Translator<'p> {
    pub(super) fn new(body: &'p str) -> Self {
        Self {
            rest: body.chars().peekable(),
            out: String::with_capacity(body.len() * 4),
        }
    }

    /// The translation, or what was expected instead.
    pub(super) fn translate(mut self) -> Result<String, &'static str> {
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

    /// Takes the `?` that makes a repetition lazy. Returns that a repetition is not repeatable.
    fn lazy(&mut self) -> bool {
        if self.rest.next_if_eq(&'?').is_some() {
            self.out.push('?');
        }
        false
    }

    /// Translates `{n}`, `{n,}` or `{n,m}` after the brace.
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

    /// Translates a class after its opening bracket. A `]` in first position is a member.
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

    /// Translates the rest of a range such as `a-z` in a class, if `start` begins one.
    fn range_end(&mut self, start: char) -> Result<(), &'static str> {
        let mut ahead = self.rest.clone();
        if ahead.next() != Some('-') || matches!(ahead.next(), None | Some(']')) {
            return Ok(());
        }
        self.rest.next();
        let end = match self.rest.next() {
            Some('\\') => self.escape()?,
            Some(c) => Atom::Char(c),
            None => unreachable!("the clone had one more character"),
        };
        let Atom::Char(end) = end else {
            return Err("a single character at the end of a range");
        };
        if end < start {
            return Err("range bounds in ascending order");
        }
        self.out.push('-');
        self.literal(end);
        Ok(())
    }

    /// Reads an escape after its backslash.
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
            write!(self.out, "\\x{{{code:X}}}").expect("writing to a string cannot fail");
        }
    }
}
