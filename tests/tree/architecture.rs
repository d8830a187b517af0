//! The sources against the rules of DESIGN.md: which room may know which, and where the outside is.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A room, and the rooms of ours that it may name.
const MAY_KNOW: [(&str, &[&str]); 18] = [
    ("client", &[]),
    ("event", &[]),
    ("spelling", &[]),
    ("record", &[]),
    ("query", &[]),
    ("unsafe_char", &[]),
    ("pattern", &["record", "spelling"]),
    ("evidence", &["record"]),
    // An alarm and its series know each other: buckets are as wide as the alarm needs, states are decided on their counts.
    (
        "alarm",
        &["pattern", "record", "evidence", "series", "spelling"],
    ),
    ("series", &["alarm", "evidence"]),
    (
        "matching",
        &[
            "alarm", "pattern", "record", "evidence", "series", "metrics",
        ],
    ),
    ("store", &["alarm", "client", "series"]),
    (
        "notification",
        &[
            "alarm",
            "client",
            "evidence",
            "pattern",
            "query",
            "record",
            "series",
            "unsafe_char",
        ],
    ),
    ("metrics", &["series"]),
    ("subscription", &["alarm", "pattern"]),
    (
        "settings",
        &["alarm", "matching", "notification", "subscription"],
    ),
    ("error", &["event", "store", "notification"]),
    (
        "handler",
        &[
            "alarm",
            "error",
            "event",
            "evidence",
            "matching",
            "metrics",
            "notification",
            "series",
            "store",
        ],
    ),
];

fn sources() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.clone()];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the sources can be read") {
            let path = entry.expect("the sources can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("a source is text");
                let path = path
                    .strip_prefix(&root)
                    .expect("it stands below src")
                    .to_owned();
                found.push((path, code_of(&text)));
            }
        }
    }
    assert!(found.len() > 40, "only {} sources were found", found.len());
    found
}

/// The text without comments and without what follows the first test module.
fn code_of(text: &str) -> String {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    code.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n")
}

fn containing(needle: &str) -> BTreeSet<String> {
    let holds =
        |(path, code): (PathBuf, String)| code.contains(needle).then(|| path.display().to_string());
    sources().into_iter().filter_map(holds).collect()
}

#[test]
fn the_sdks_are_known_to_three_files() {
    let expected = ["main.rs", "notification/sns.rs", "store/dynamodb/mod.rs"];
    assert_eq!(containing("aws_sdk_"), expected.map(str::to_owned).into());
}

#[test]
fn only_the_handler_and_the_edges_await() {
    let is_edge = |path: &String| {
        path.starts_with("handler/")
            || ["main.rs", "notification/sns.rs", "store/dynamodb/mod.rs"].contains(&path.as_str())
    };
    // The tool drives the same handler.
    let others: Vec<_> = containing(".await")
        .into_iter()
        .filter(|path| !is_edge(path) && !path.starts_with("cli/"))
        .collect();
    assert_eq!(others, [""; 0]);
}

#[test]
fn nobody_but_the_edge_reads_the_clock_or_the_environment() {
    for call in ["Timestamp::now", "std::env::", "SystemTime"] {
        let inside: Vec<_> = containing(call)
            .into_iter()
            .filter(|path| *path != "main.rs" && !path.starts_with("cli/"))
            .collect();
        assert_eq!(inside, [""; 0], "{call}");
    }
}

#[test]
fn rooms_name_only_the_rooms_they_may_know() {
    let rooms: BTreeSet<&str> = MAY_KNOW.iter().map(|(room, _)| *room).collect();
    for (path, code) in sources() {
        let room = path
            .components()
            .next()
            .expect("a path has a part")
            .as_os_str()
            .to_string_lossy();
        let room = room.trim_end_matches(".rs").to_owned();
        let Some((_, allowed)) = MAY_KNOW.iter().find(|(name, _)| *name == room) else {
            assert!(
                ["main", "lib", "bin", "cli"].contains(&room.as_str()),
                "{room} has no rule"
            );
            continue;
        };
        for (_, rest) in code
            .match_indices("crate::")
            .map(|(at, _)| code.split_at(at + 7))
        {
            let named: String = rest
                .chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect();
            let may = named == room
                || allowed.contains(&named.as_str())
                || !rooms.contains(named.as_str());
            assert!(may, "{} names {named}", path.display());
        }
    }
}
