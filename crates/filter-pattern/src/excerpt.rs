//! Parts of an input in error messages: quoted texts, and lines with carets.
//!
//! The output of this module has no control characters, so an input cannot send commands to a terminal or add lines to a
//! message.

use std::fmt;
use std::ops::Range;

/// Maximum length of a quoted text in characters.
const MAX_QUOTED: usize = 60;

/// Maximum length of an excerpt's line in characters.
const MAX_LINE: usize = 120;

const ELLIPSIS: &str = "...";

/// Quotes a text in backticks, on one line, with at most 60 characters. A longer text is truncated and ends in `...`.
///
/// Control characters become spaces or escapes, as with [`on_one_line`].
///
/// ```
/// use cloudwatch_filter_pattern::excerpt::quoted;
///
/// assert_eq!(quoted("two\nlines"), "`two lines`");
/// assert_eq!(quoted("\u{1b}[31m"), r"`\u{1b}[31m`");
/// ```
pub fn quoted(text: &str) -> String {
    let mut shown = String::from("`");
    let mut length = 0;
    for c in text.chars() {
        let before = shown.len();
        push_on_one_line(&mut shown, c);
        length += shown[before..].chars().count();
        if length > MAX_QUOTED {
            shown.truncate(before);
            shown.push_str(ELLIPSIS);
            break;
        }
    }
    shown.push('`');
    shown
}

/// Replaces line breaks and tabs by a space each, and other control characters by an escape such as `\u{1b}`.
pub fn on_one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    text.chars().for_each(|c| push_on_one_line(&mut line, c));
    line
}

fn push_on_one_line(line: &mut String, c: char) {
    match c {
        '\n' | '\r' | '\t' => line.push(' '),
        c if c.is_control() => line.extend(c.escape_unicode()),
        c => line.push(c),
    }
}

/// A line of a text, and carets below a part of it.
///
/// Each control character of the line, including a tab, becomes one space, so that the carets are below the right
/// characters. Of a line with more than 120 characters, the part around the carets is shown, with `...` for the rest.
///
/// ```
/// use cloudwatch_filter_pattern::excerpt::Excerpt;
///
/// let excerpt = Excerpt::new("first\n\tsecond", 10..13);
/// assert_eq!(excerpt.line, " second");
/// assert_eq!(excerpt.carets, "    ^^^");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// The line that contains the start of the part.
    pub line: String,
    /// Spaces and at least one caret. The carets end with the line.
    pub carets: String,
}

impl Excerpt {
    /// The excerpt for a byte range of `text`. An offset within a character moves to its start.
    ///
    /// # Panics
    /// If the range starts after the end of the text.
    pub fn new(text: &str, span: Range<usize>) -> Self {
        let start = text.floor_char_boundary(span.start);
        let line_start = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let line = text[line_start..].lines().next().unwrap_or_default();
        let characters: Vec<char> = line
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();

        let column = text[line_start..start].chars().count();
        let marked = start..span.end.min(line_start + line.len());
        let width = text[start..]
            .char_indices()
            .take_while(|(at, _)| start + at < marked.end)
            .count();

        let first = match characters.len() {
            0..=MAX_LINE => 0,
            length => column.saturating_sub(MAX_LINE / 2).min(length - MAX_LINE),
        };
        let last = characters.len().min(first + MAX_LINE);
        let shown: String = characters[first..last].iter().collect();
        let before = if first > 0 { ELLIPSIS } else { "" };
        let after = if last < characters.len() {
            ELLIPSIS
        } else {
            ""
        };
        let indent = " ".repeat(before.len() + column - first);
        let carets = "^".repeat(width.min(last.saturating_sub(column)).max(1));
        Self {
            line: format!("{before}{shown}{after}"),
            carets: format!("{indent}{carets}"),
        }
    }
}

/// Prints both lines, each indented by two spaces.
impl fmt::Display for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "  {}\n  {}", self.line, self.carets)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn shows(text: &str, span: Range<usize>, line: &str, carets: &str) {
        let excerpt = Excerpt::new(text, span);
        assert_eq!((&*excerpt.line, &*excerpt.carets), (line, carets));
    }

    #[test]
    fn carets_are_below_the_characters() {
        shows("a: b", 3..4, "a: b", "   ^");
        shows("a:\n  é: ü!\r\nc:\n", 9..12, "  é: ü!", "     ^^");
        shows("a:\tb", 3..4, "a: b", "   ^");
        shows("\u{1b}[31m", 1..5, " [31m", " ^^^^");
    }

    #[test]
    fn carets_end_with_the_line_and_there_is_at_least_one() {
        shows("a:", 2..2, "a:", "  ^");
        shows("", 0..9, "", "^");
        shows("a: b\nc", 3..6, "a: b", "   ^");
        shows("a\n", 2..2, "", "^");
        shows("a\r\nb", 0..4, "a", "^");
        shows("é", 1..9, "é", "^");
    }

    #[test]
    fn the_part_of_a_long_line_around_the_carets_is_shown() {
        let line = format!("{}here{}", "-".repeat(200), "+".repeat(200));
        shows(
            &line,
            200..204,
            &format!("...{}here{}...", "-".repeat(60), "+".repeat(56)),
            &format!("{}^^^^", " ".repeat(63)),
        );
        shows(
            &line,
            404..404,
            &format!("...{}", "+".repeat(120)),
            &format!("{}^", " ".repeat(123)),
        );
        shows(
            &line,
            0..404,
            &format!("{}...", "-".repeat(120)),
            &"^".repeat(120),
        );
    }

    #[test]
    fn a_long_text_is_truncated() {
        assert_eq!(quoted(&"é".repeat(60)), format!("`{}`", "é".repeat(60)));
        assert_eq!(quoted(&"é".repeat(61)), format!("`{}...`", "é".repeat(60)));
        // An escape is shown as a whole or not at all.
        let text = format!("{}\u{1b}", "x".repeat(58));
        assert_eq!(quoted(&text), format!("`{}...`", "x".repeat(58)));
    }
}
