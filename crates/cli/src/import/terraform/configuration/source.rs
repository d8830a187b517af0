//! The files of a configuration, parsed, with the positions of their expressions.

use std::ops::Range;

use hcl_edit::structure::Body;

use super::{heredoc, json};
use crate::error::CliError;

/// A file of a configuration.
#[derive(Debug)]
pub(in crate::import::terraform) struct SourceFile {
    pub(in crate::import::terraform) path: String,
    /// Offsets at which lines begin. `None` if the file is JSON: its expressions have no positions in the file.
    line_starts: Option<Vec<usize>>,
}

impl SourceFile {
    /// Parses a file. A path that ends in `.json` is in the JSON syntax.
    pub(in crate::import::terraform) fn parse(
        path: &str,
        text: &str,
    ) -> Result<(Self, Body), CliError> {
        let fault = |line, reason| CliError::Line {
            path: path.to_owned(),
            line,
            reason,
        };
        let path = path.to_owned();
        // Terraform accepts a byte order mark.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        if is_json(&path, text) {
            let body = json::parse(text).map_err(|(line, reason)| fault(line, reason))?;
            return Ok((
                Self {
                    path,
                    line_starts: None,
                },
                body,
            ));
        }
        let text = heredoc::without_empty(text);
        let body = hcl_edit::parser::parse_body(&text).map_err(|error| {
            let at = error.location();
            let reason = format!("column {}: {}", at.column(), error.message());
            fault(at.line(), reason)
        })?;
        let breaks = text.match_indices('\n').map(|(at, _)| at + 1);
        let line_starts = Some(std::iter::once(0).chain(breaks).collect());
        Ok((Self { path, line_starts }, body))
    }

    /// The line of a position, from 1.
    pub(in crate::import::terraform) fn line(&self, span: Option<Range<usize>>) -> Option<usize> {
        let starts = self.line_starts.as_ref()?;
        let start = span?.start;
        Some(starts.partition_point(|&begin| begin <= start))
    }

    /// The path and, if known, the line, for messages.
    pub(in crate::import::terraform) fn position(&self, span: Option<Range<usize>>) -> String {
        match self.line(span) {
            Some(line) => format!("{}:{line}", self.path),
            None => self.path.clone(),
        }
    }
}

/// Whether a file is in the JSON syntax: by its name, or, for another name than Terraform's, by its first character.
fn is_json(path: &str, text: &str) -> bool {
    let has = |extension: &str| path.to_ascii_lowercase().ends_with(extension);
    has(".json") || (!has(".tf") && !has(".tfvars") && text.trim_start().starts_with(['{', '[']))
}
