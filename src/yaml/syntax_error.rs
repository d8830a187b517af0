//! Syntax errors of the parser, at the position that a person looks for.

use serde_saphyr::granit_parser::ScanError;

/// Why a text is not YAML.
#[derive(Debug)]
pub struct SyntaxError {
    /// Byte offset in the text.
    pub offset: usize,
    /// Line, from 1.
    pub line: usize,
    /// The cause, for people.
    pub message: String,
}

impl SyntaxError {
    /// The error of the parser, which reports a tab in an indentation at the scalar before it.
    pub(super) fn new(text: &str, error: &ScanError) -> Self {
        let marker = error.marker();
        let offset = marker.byte_offset().unwrap_or_default();
        let tab = (error.info().contains("found a tab"))
            .then(|| indenting_tab(text, offset))
            .flatten();
        Self {
            offset: tab.unwrap_or(offset),
            line: tab.map_or(marker.line(), |tab| text[..tab].matches('\n').count() + 1),
            message: format!("invalid YAML: {}{}", error.info(), advice(&error.info())),
        }
    }
}

/// The fix of frequent errors, to follow the parser's message.
fn advice(error: &str) -> &'static str {
    match error {
        _ if error.contains("found a tab") || error.contains("tabs disallowed") => {
            "; indent with spaces"
        }
        _ if error.contains("trailing content after double-quoted") => {
            "; put a text that contains double quotes in single quotes"
        }
        _ => "",
    }
}

/// Byte offset of the first tab from `start` that only spaces precede in its line.
fn indenting_tab(text: &str, start: usize) -> Option<usize> {
    let start = text.floor_char_boundary(start);
    let mut tabs = text[start..].match_indices('\t').map(|(at, _)| start + at);
    tabs.find(|&tab| {
        let line = text[..tab].rsplit('\n').next().unwrap_or_default();
        line.bytes().all(|byte| byte == b' ')
    })
}
