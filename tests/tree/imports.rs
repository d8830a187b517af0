//! The graph of imports between the source files of a package, read from their text.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A module path, such as `["alarm", "file"]`; empty for the root of the package.
type Module = Vec<String>;

/// The files of a package, and which of them each file imports.
///
/// An import through a re-export counts as an import of the file that defines the item. A module's own file may use its
/// submodules and they may use it: that is one unit of code, so the edge from the parent is left out.
pub(crate) struct Imports {
    root: PathBuf,
    /// The code of each module's file, without comments and tests.
    code: BTreeMap<Module, String>,
}

impl Imports {
    /// Reads all files below `folder`, a `src` folder relative to the root package.
    pub(crate) fn of(folder: &str) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        let mut code = BTreeMap::new();
        let mut folders = vec![root.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).expect("the folder can be read") {
                let path = entry.expect("the folder can be read").path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension == "rs") {
                    let text = fs::read_to_string(&path).expect("a source is text");
                    let path = path.strip_prefix(&root).expect("it is below the root");
                    code.insert(module(path), code_of(&text));
                }
            }
        }
        Self { root, code }
    }

    /// All modules with their code.
    pub(crate) fn modules(&self) -> impl Iterator<Item = (String, &str)> {
        self.code
            .iter()
            .map(|(module, code)| (module.join("::"), code.as_str()))
    }

    /// The modules that each module imports.
    pub(crate) fn edges(&self) -> BTreeMap<String, BTreeSet<String>> {
        assert!(self.code.len() > 20, "{}", self.root.display());
        let imports = |(from, code): (&Module, &String)| {
            let used = paths(from, code)
                .into_iter()
                .filter_map(|path| self.definition(&path, 0))
                .filter(|to| to != from && !to.starts_with(from))
                .map(|to| to.join("::"));
            (from.join("::"), used.collect())
        };
        self.code.iter().map(imports).collect()
    }

    /// The module that defines the item at `path`, which re-exports lead to.
    fn definition(&self, path: &[String], depth: usize) -> Option<Module> {
        let length = (0..=path.len())
            .rev()
            .find(|length| self.code.contains_key(&path[..*length]))?;
        let module = path[..length].to_vec();
        let Some(item) = path.get(length).filter(|_| depth < 8) else {
            return Some(module);
        };
        let exported = re_exports(&module, &self.code[&module])
            .into_iter()
            .find(|exported| exported.last() == Some(item));
        match exported {
            Some(exported) => self.definition(&exported, depth + 1).or(Some(module)),
            None => Some(module),
        }
    }
}

/// The module of a file: `alarm/file/mod.rs` is `alarm::file`.
fn module(path: &Path) -> Module {
    let mut names: Module = path
        .with_extension("")
        .components()
        .map(|name| name.as_os_str().to_string_lossy().into_owned())
        .collect();
    if names == ["lib"] || names.last().is_some_and(|last| last == "mod") {
        names.pop();
    }
    names
}

/// The text without comments, and without the test module, which comes last.
fn code_of(text: &str) -> String {
    let code = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    let lines = code
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// All paths of this package that the code of a module names, from the root of the package.
fn paths(from: &[String], code: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for start in ["crate::", "super::", "self::"] {
        for (at, _) in code.match_indices(start) {
            let before = code[..at].chars().next_back();
            if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
                continue;
            }
            expand(&mut Vec::new(), &code[at..], &mut found);
        }
    }
    found
        .iter()
        .filter_map(|path| absolute(from, path))
        .collect()
}

/// The paths that `pub use` of a module exports, from the root of the package.
fn re_exports(module: &[String], code: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for line in code.split(';') {
        let line = line.trim_start();
        let exported = ["pub use ", "pub(crate) use ", "pub(super) use "]
            .iter()
            .find_map(|start| line.strip_prefix(start));
        if let Some(tree) = exported {
            expand(&mut Vec::new(), tree, &mut found);
        }
    }
    let relative =
        |path: &Vec<String>| absolute(module, path).unwrap_or_else(|| [module, path].concat());
    found.iter().map(relative).collect()
}

/// A path that begins with `crate`, `super` or `self`, from the root of the package.
fn absolute(from: &[String], path: &[String]) -> Option<Vec<String>> {
    let mut base = from.to_vec();
    let mut rest = path;
    match rest.first()?.as_str() {
        "crate" => base.clear(),
        "self" => {}
        "super" => _ = base.pop(),
        _ => return None,
    }
    rest = &rest[1..];
    while rest.first().is_some_and(|name| name == "super") {
        base.pop();
        rest = &rest[1..];
    }
    Some([&base, rest].concat())
}

/// Expands a tree such as `crate::a::{b, c::d}` into its paths. Returns the number of bytes read.
fn expand(prefix: &mut Vec<String>, tree: &str, found: &mut Vec<Vec<String>>) -> usize {
    let depth = prefix.len();
    let mut at = 0;
    loop {
        let rest = &tree[at..];
        let name: String = rest
            .chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect();
        at += name.len();
        if !name.is_empty() {
            prefix.push(name);
        }
        if let Some(next) = tree[at..].strip_prefix("::") {
            at += 2;
            if next.starts_with('{') {
                at += 1;
                loop {
                    at += tree[at..].len() - tree[at..].trim_start().len();
                    if tree[at..].starts_with('}') || tree[at..].is_empty() {
                        at += 1;
                        break;
                    }
                    at += expand(prefix, &tree[at..], found);
                    let end = tree[at..].find([',', '}']).unwrap_or(tree[at..].len());
                    at += end;
                    if tree[at..].starts_with(',') {
                        at += 1;
                    }
                }
                break;
            }
            continue;
        }
        if prefix.last().is_some_and(|last| last == "self") && prefix.len() > 1 {
            prefix.pop();
        }
        found.push(prefix.clone());
        break;
    }
    prefix.truncate(depth);
    at.min(tree.len())
}
