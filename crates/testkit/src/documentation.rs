//! Examples in the documentation.

use crate::repository::file;

/// The first fenced block of a page in this language that contains this text, without indentation.
#[track_caller]
pub fn block(page: &str, language: &str, holding: &str) -> String {
    let page = file(page);
    let mut parts = page.split("```");
    let found = parts.find(|part| part.starts_with(language) && part.contains(holding));
    let found = found.expect("the page has such a block");
    let lines = found.lines().skip(1).map(str::trim_start);
    lines.flat_map(|line| [line, "\n"]).collect()
}
