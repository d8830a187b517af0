//! The rules of `docs/design/architecture.md` on imports, and on the few files that do I/O.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::imports::Imports;

/// The modules of the function, from the lowest to the highest. A module imports only lower ones.
const LAYERS: [&str; 19] = [
    "client",
    "raw_event",
    "spelling",
    "unsafe_char",
    "yaml",
    "query",
    "event",
    "evidence",
    "series",
    "alarm",
    "subscription",
    "metrics",
    "matching",
    "store",
    "notification",
    "settings",
    "error",
    "handler",
    "main",
];

/// Modules that must not reach another one, not even through a third one.
const MUST_NOT_REACH: [(&str, &[&str]); 7] = [
    ("event", &["alarm", "series", "evidence"]),
    ("series", &["alarm"]),
    ("alarm", &["client"]),
    ("matching", &["client", "store", "notification"]),
    ("subscription", &["client", "store", "notification"]),
    ("store", &["notification"]),
    ("notification", &["store"]),
];

/// The files that use an AWS SDK, and that await.
const IO: [&str; 3] = ["main", "notification::sns", "store::dynamodb"];

fn top(module: &str) -> &str {
    module.split("::").next().unwrap_or_default()
}

/// Everything that can be reached from a node, with the node itself only if it is on a cycle.
fn reachable<'g>(graph: &'g BTreeMap<String, BTreeSet<String>>, from: &str) -> BTreeSet<&'g str> {
    let mut found = BTreeSet::new();
    let mut pending: Vec<&str> = graph[from].iter().map(String::as_str).collect();
    while let Some(next) = pending.pop() {
        if found.insert(next) {
            pending.extend(graph[next].iter().map(String::as_str));
        }
    }
    found
}

/// The files below `folder` that import each other, directly or through other files.
fn cyclic(folder: &str) -> Vec<String> {
    let graph = Imports::of(folder).edges();
    let is_cyclic = |file: &&String| reachable(&graph, file).contains(file.as_str());
    graph.keys().filter(is_cyclic).cloned().collect()
}

#[test]
fn no_files_import_each_other() {
    let cyclic = ["src", "crates/filter-pattern/src", "crates/cli/src"].map(cyclic);
    assert_eq!(cyclic, [const { Vec::<String>::new() }; 3]);
}

/// The imports between the modules directly below `src`.
fn module_graph() -> BTreeMap<String, BTreeSet<String>> {
    let mut graph: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (from, used) in Imports::of("src").edges() {
        let to = used.iter().map(|to| top(to)).filter(|to| *to != top(&from));
        graph
            .entry(top(&from).to_owned())
            .or_default()
            .extend(to.map(str::to_owned));
    }
    graph
}

#[test]
fn a_module_imports_only_lower_ones() {
    let layer = |module: &str| LAYERS.iter().position(|known| *known == module);
    for (from, used) in module_graph() {
        if from.is_empty() {
            continue;
        }
        let own = layer(&from).unwrap_or_else(|| panic!("{from} has no layer"));
        for to in used {
            let other = layer(&to).unwrap_or_else(|| panic!("{to} has no layer"));
            assert!(other < own, "{from} imports {to}, which is a higher module");
        }
    }
}

#[test]
fn the_filter_pattern_crate_does_not_depend_on_cloudtrail() {
    // Comments count, unlike in `Imports`.
    let mut pending = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/filter-pattern/src")];
    let mut sources = 0;
    while let Some(folder) = pending.pop() {
        for entry in fs::read_dir(folder).expect("the folder can be read") {
            let path = entry.expect("the folder can be read").path();
            if path.is_dir() {
                pending.push(path);
                continue;
            }
            let text = fs::read_to_string(&path).expect("a source is text");
            for name in ["CloudTrail", "aws_"] {
                assert!(!text.contains(name), "{} contains {name}", path.display());
            }
            sources += 1;
        }
    }
    assert!(sources > 20, "{sources}");
}

#[test]
fn no_module_imports_what_it_must_not() {
    let graph = module_graph();
    for (from, forbidden) in MUST_NOT_REACH {
        let found = reachable(&graph, from);
        for to in forbidden {
            assert!(!found.contains(to), "{from} reaches {to}");
        }
    }
}

fn containing(needles: &[&str]) -> BTreeSet<String> {
    let imports = Imports::of("src");
    let contains = |(module, code): (String, &str)| {
        needles
            .iter()
            .any(|needle| code.contains(needle))
            .then_some(module)
    };
    imports.modules().filter_map(contains).collect()
}

fn does_io(module: &str) -> bool {
    IO.iter()
        .any(|io| module == *io || module.starts_with(&format!("{io}::")))
}

#[test]
fn only_the_edges_use_the_sdks() {
    // A type of the SDK can also be imported through another module.
    let found = containing(&["aws_sdk_", "AttributeValue::"]);
    let others: Vec<&String> = found.iter().filter(|module| !does_io(module)).collect();
    assert!(others.is_empty(), "{others:?}");
    assert!(found.len() >= IO.len(), "{found:?}");
}

#[test]
fn only_the_handler_and_the_edges_await() {
    let found = containing(&[".await"]);
    let others: Vec<&String> = found
        .iter()
        .filter(|module| !does_io(module) && top(module) != "handler")
        .collect();
    assert!(others.is_empty(), "{others:?}");
}

#[test]
fn only_main_reads_the_clock_and_the_environment() {
    let found = containing(&["Timestamp::now", "std::env::", "SystemTime"]);
    assert_eq!(found, ["main".to_owned()].into());
}
