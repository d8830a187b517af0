//! Compiles `alarms.yaml` and every file that it includes into the function, so that it is deployed without further files.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

#[path = "src/alarm/file/path.rs"]
mod path;

/// The only section of an alarms file that matters here. The loader checks the rest.
#[derive(Default, Deserialize)]
struct AlarmsFile {
    #[serde(default, rename = "Include")]
    include: Vec<String>,
}

// The lint allows printing only in the crate of a build script.
#[allow(clippy::print_stdout, reason = "a test uses this file as a module")]
fn main() {
    let root = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets it"));
    println!("cargo::rerun-if-changed=build.rs");
    match files(&root, Path::new("alarms.yaml")) {
        Ok(files) => {
            for path in files.keys() {
                println!("cargo::rerun-if-changed={}", path.display());
            }
            fs::write(out.join("alarms_files.rs"), table(&files)).expect("cargo made the folder");
        }
        Err(message) => {
            for line in message.lines() {
                println!("cargo::error={line}");
            }
        }
    }
}

/// The file at `start` and all files that it includes: normalized paths relative to `root`, and texts.
pub(crate) fn files(root: &Path, start: &Path) -> Result<BTreeMap<PathBuf, String>, String> {
    let mut files = BTreeMap::new();
    let mut pending = vec![start.to_owned()];
    while let Some(path) = pending.pop() {
        let path = path::normalized(&path);
        // The loader reports a file that is included twice.
        if files.contains_key(&path) {
            continue;
        }
        let text = fs::read_to_string(root.join(&path))
            .map_err(|error| format!("cannot compile {} in: {error}", path.display()))?;
        let file: Option<AlarmsFile> = serde_saphyr::from_str(&text)
            .map_err(|error| format!("cannot compile {} in: {error}", path.display()))?;
        let included = file.unwrap_or_default().include;
        pending.extend(included.iter().map(|item| path::relative(&path, item)));
        files.insert(path, text);
    }
    Ok(files)
}

/// A slice of paths and texts, as Rust source.
fn table(files: &BTreeMap<PathBuf, String>) -> String {
    let pairs: Vec<_> = files.iter().collect();
    format!("&{pairs:?}")
}
