//! Examples and generated parts of the documentation.

use std::fs;
use std::sync::Mutex;

use crate::repository::{file, path};

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

/// Checks a generated part of a page: the lines between `<!-- generated: NAME -->` and `<!-- end -->`.
///
/// If the environment has `UPDATE_REFERENCE`, the part is rewritten instead.
#[track_caller]
pub fn check_generated(page: &str, name: &str, expected: &str) {
    /// Several tests can rewrite parts of one page.
    static PAGES: Mutex<()> = Mutex::new(());
    let _guard = PAGES.lock();
    let text = file(page);
    let (begin, end) = (format!("<!-- generated: {name} -->\n"), "<!-- end -->");
    let start = text.find(&begin).map(|at| at + begin.len());
    let start = start.unwrap_or_else(|| panic!("{page} has no part {name}"));
    let length = text[start..].find(end).expect("the part has an end");
    let found = text[start..start + length].trim_matches('\n');
    let expected = expected.trim_matches('\n');
    if found == expected {
        return;
    }
    assert!(
        std::env::var_os("UPDATE_REFERENCE").is_some(),
        "{page}: the part {name} is out of date; `UPDATE_REFERENCE=1 cargo test --workspace` rewrites it\n\
         expected:\n{expected}\nfound:\n{found}"
    );
    let (before, after) = (&text[..start], &text[start + length..]);
    let text = format!("{before}\n{expected}\n\n{after}");
    fs::write(path(page), text).expect("the page can be written");
}
