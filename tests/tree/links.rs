//! The relative links of all Markdown files: the file exists, and so does the heading that the link names.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use cloudtrail_alarms_testkit::repository::root;

/// Folders with build results and installed tools.
const SKIPPED: [&str; 5] = [".aws-sam", ".git", ".tools", "dist", "target"];

/// All Markdown files of the repository.
fn pages() -> Vec<PathBuf> {
    let mut pages = Vec::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the folder can be read") {
            let path = entry.expect("the folder can be read").path();
            let name = path.file_name().and_then(|name| name.to_str());
            if path.is_dir() && !name.is_some_and(|name| SKIPPED.contains(&name)) {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                pages.push(path);
            }
        }
    }
    pages
}

/// The lines of a page outside of fenced code, with their numbers.
fn prose(page: &str) -> Vec<(usize, &str)> {
    let mut in_code = false;
    let lines = (1..).zip(page.lines()).filter(|(_, line)| {
        let is_fence = line.trim_start().starts_with("```");
        in_code ^= is_fence;
        !in_code && !is_fence
    });
    lines.collect()
}

/// The targets of the links in a line, `[text](target)`. Inline code has none.
fn targets(line: &str) -> Vec<String> {
    let text: String = line.split('`').step_by(2).collect();
    let after = text.split("](").skip(1);
    after
        .filter_map(|rest| Some(rest.split_once(')')?.0.to_owned()))
        .collect()
}

/// The anchor of a heading on GitHub and in mdBook: lower case, hyphens instead of spaces, no other punctuation.
fn anchor(heading: &str) -> String {
    let lower = heading.trim().to_lowercase();
    let kept = lower.chars().filter_map(|c| match c {
        ' ' => Some('-'),
        '-' | '_' => Some(c),
        c => c.is_alphanumeric().then_some(c),
    });
    kept.collect()
}

/// The anchors of a page. A repeated heading gets a number.
fn anchors(page: &str) -> BTreeSet<String> {
    let mut anchors = BTreeSet::new();
    for (_, line) in prose(page) {
        let text = line.trim_start_matches('#');
        if text.len() < line.len() && text.starts_with(' ') {
            let first = anchor(text);
            let mut unique = first.clone();
            for number in 1.. {
                if anchors.insert(unique) {
                    break;
                }
                unique = format!("{first}-{number}");
            }
        }
    }
    anchors
}

/// The fault of a link on a page; `None` if it has none, or is not relative.
fn problem(page: &Path, target: &str) -> Option<&'static str> {
    if target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    let (path, heading) = target.split_once('#').unwrap_or((target, ""));
    let file = match path {
        "" => page.to_owned(),
        path => page.parent()?.join(path),
    };
    if !file.exists() {
        return Some("there is no such file");
    }
    let is_missing = || {
        let text = fs::read_to_string(&file).expect("a page is text");
        !anchors(&text).contains(heading)
    };
    (!heading.is_empty() && is_missing()).then_some("there is no such heading")
}

#[test]
fn every_relative_link_has_its_file_and_heading() {
    let mut problems = Vec::new();
    let pages = pages();
    assert!(pages.len() > 40, "{} pages", pages.len());
    for page in pages {
        let text = fs::read_to_string(&page).expect("a page is text");
        for (number, line) in prose(&text) {
            for target in targets(line) {
                if let Some(problem) = problem(&page, &target) {
                    problems.push(format!("{}:{number}: {target}: {problem}", page.display()));
                }
            }
        }
    }
    assert!(problems.is_empty(), "{problems:#?}");
}

/// The path without `..`.
fn canonical(path: &Path) -> PathBuf {
    path.canonicalize().expect("the page exists")
}

#[test]
fn every_page_of_the_documentation_is_in_the_table_of_contents() {
    let docs = root().join("docs");
    let contents = docs.join("SUMMARY.md");
    let text = fs::read_to_string(&contents).expect("there is a table of contents");
    let listed: BTreeSet<PathBuf> = (prose(&text).into_iter())
        .flat_map(|(_, line)| targets(line))
        .map(|target| docs.join(target))
        .collect();
    let listed: BTreeSet<PathBuf> = listed.iter().map(|page| canonical(page)).collect();
    // The site has only the listed pages, so a link to another one would be broken there.
    let linked = listed.iter().flat_map(|page| {
        let text = fs::read_to_string(page).expect("a page is text");
        let targets: Vec<String> = (prose(&text).into_iter())
            .flat_map(|(_, line)| targets(line))
            .collect();
        let folder = page.parent().expect("a page is in a folder");
        let paths = targets.iter().filter_map(|target| target.split('#').next());
        let is_page = |path: &&str| Path::new(path).extension().is_some_and(|end| end == "md");
        let pages = paths.filter(|path| is_page(path) && !path.contains("://"));
        let pages: Vec<PathBuf> = pages.map(|path| canonical(&folder.join(path))).collect();
        pages
    });
    let missing: BTreeSet<PathBuf> = (pages().into_iter())
        .filter(|page| page.starts_with(&docs) && *page != contents)
        .map(|page| canonical(&page))
        .chain(linked)
        .filter(|page| !listed.contains(page))
        .collect();
    assert!(missing.is_empty(), "not in docs/SUMMARY.md: {missing:#?}");
}

#[test]
fn anchors_are_those_of_github() {
    let page =
        "# A `code`, and more!\n## -unhealthy\n## Twice\n## Twice\n```\n# a comment\n```\n#hash\n";
    let expected = ["-unhealthy", "a-code-and-more", "twice", "twice-1"];
    assert_eq!(anchors(page), expected.map(str::to_owned).into());
}
