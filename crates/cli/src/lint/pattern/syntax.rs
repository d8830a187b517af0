//! A text that is no pattern: why, and what would make it one, if that is certain.

use std::ops::Range;

use super::{Code, Edit, Finding, Suggestion};
use cloudwatch_filter_pattern::{FilterPattern, PatternError, PatternErrorKind};

/// Words that, in capitals, are hardly meant as part of a value.
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
            None => (Code::Syntax, slip(source, &error.span())),
        },
    };
    Finding {
        code,
        span: error.span(),
        message: error.message(),
        suggestion,
    }
}

/// The edits, if the text then parses, or is wrong only further on.
fn repair(source: &str, error: &Range<usize>, edits: Vec<Edit>) -> Option<Suggestion> {
    let last = edits.last()?;
    let grown: usize = edits.iter().map(|edit| edit.replacement.len()).sum();
    let shrunk: usize = edits.iter().map(|edit| edit.span.len()).sum();
    let behind = last.span.end + grown - shrunk;
    let suggestion = Suggestion { edits };
    let text = suggestion.apply(source);
    let advances = match text.parse::<FilterPattern>() {
        Ok(_) => true,
        Err(next) => next.span().start >= behind && next.span().start > error.start,
    };
    (advances && text != source).then_some(suggestion)
}

/// The whole value that the error stands in or behind, with quotes: `= Failed authentication`.
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
    // A word needs no quotes, and what has some, or more of the language in it, is wrong in another way.
    let is_word = |c: char| c.is_alphanumeric() || "_.-+*".contains(c);
    let says_more = value.contains(['"', '\\', '“', '”', '\'', '%', '$', '=', '<', '>'])
        || value
            .split_whitespace()
            .any(|word| KEYWORDS.contains(&word));
    if value.chars().all(is_word) || says_more || end < error.start {
        return None;
    }
    repair(
        source,
        error,
        vec![Edit::new(start..start, "\""), Edit::new(end..end, "\"")],
    )
}

/// A slip that is seen often, and what is meant.
fn slip(source: &str, error: &Range<usize>) -> Option<Suggestion> {
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
        // The last test lacks its closing parenthesis.
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
