//! Rule: syntax errors, with a correction for common mistakes.

use std::ops::Range;

use super::code::Code;
use super::finding::{Edit, Finding, Suggestion};
use cloudwatch_filter_pattern::{FilterPattern, PatternError, PatternErrorKind};

/// Words that, in capitals, are unlikely to be part of a value.
const KEYWORDS: [&str; 6] = ["AND", "OR", "IS", "NOT", "EXISTS", "IN"];

pub(super) fn finding(source: &str, error: &PatternError) -> Finding {
    let (code, suggestion) = match error.kind() {
        PatternErrorKind::TooLong { .. }
        | PatternErrorKind::TooDeep
        | PatternErrorKind::TooManyRegexes
        | PatternErrorKind::SecondWildcard
        | PatternErrorKind::TooManyWildcards => (Code::Limit, None),
        _ => match unquoted_value(source, &error.span()) {
            Some(quoted) => (Code::UnquotedValue, Some(quoted)),
            None => (Code::Syntax, common_mistake(source, &error.span())),
        },
    };
    Finding {
        code,
        span: error.span(),
        message: error.message(),
        suggestion,
    }
}

/// Suggests edits if the text then parses, or its first error is after them.
fn repair(source: &str, error: &Range<usize>, edits: Vec<Edit>) -> Option<Suggestion> {
    let last = edits.last()?;
    let grown: usize = edits.iter().map(|edit| edit.replacement.len()).sum();
    let shrunk: usize = edits.iter().map(|edit| edit.span.len()).sum();
    let edited_end = last.span.end + grown - shrunk;
    let suggestion = Suggestion { edits };
    let text = suggestion.apply(source);
    let advances = match text.parse::<FilterPattern>() {
        Ok(_) => true,
        Err(next) => next.span().start >= edited_end && next.span().start > error.start,
    };
    (advances && text != source).then_some(suggestion)
}

/// Quotes the whole value that contains or precedes the error: `= Failed authentication`.
fn unquoted_value(source: &str, error: &Range<usize>) -> Option<Suggestion> {
    let before = source.get(..error.start)?;
    let start = before.rfind('=')? + 1;
    let rest = &source[start..];
    let end = ["&&", "||", ")", "}"]
        .iter()
        .filter_map(|delimiter| rest.find(delimiter))
        .min()?;
    let value = rest[..end].trim();
    let start = start + rest.find(value)?;
    let end = start + value.len();
    // A word needs no quotes. A value with quotes or other syntax has a different error.
    let is_word = |c: char| c.is_alphanumeric() || "_.-+*".contains(c);
    let has_syntax = value.contains(['"', '\\', '“', '”', '\'', '%', '$', '=', '<', '>'])
        || value
            .split_whitespace()
            .any(|word| KEYWORDS.contains(&word));
    if value.chars().all(is_word) || has_syntax || end < error.start {
        return None;
    }
    repair(
        source,
        error,
        vec![Edit::new(start..start, "\""), Edit::new(end..end, "\"")],
    )
}

/// Corrects a common mistake.
fn common_mistake(source: &str, error: &Range<usize>) -> Option<Suggestion> {
    let found = source.get(error.clone())?;
    let at = |span: Range<usize>, text: &str| repair(source, error, vec![Edit::new(span, text)]);
    match found {
        // `==`
        "=" if source[..error.start].ends_with('=') => at(error.clone(), ""),
        _ if found.eq_ignore_ascii_case("and") => at(error.clone(), "&&"),
        _ if found.eq_ignore_ascii_case("or") => at(error.clone(), "||"),
        "&" | "|" => at(error.clone(), &found.repeat(2)),
        "“" | "”" | "'" => {
            let rest = &source[error.end..];
            let close = rest.find(['“', '”', '\'', '"'])?;
            let width = rest[close..].chars().next()?.len_utf8();
            let close = error.end + close;
            let quotes = [error.clone(), close..close + width].map(|span| Edit::new(span, "\""));
            repair(source, error, quotes.into())
        }
        // `$eventName`
        _ if source[..error.start].ends_with('$') => at(error.start..error.start, "."),
        // The closing parenthesis of the last test is missing.
        "}" => {
            let open = source[..error.start].rfind('(')?;
            let inside = &source[open..error.start];
            let is_one_test = !inside.contains("&&") && !inside.contains("||");
            is_one_test
                .then(|| at(error.start..error.start, ")"))
                .flatten()
        }
        _ => None,
    }
}
