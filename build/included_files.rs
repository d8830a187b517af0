// The files that an alarms file includes. `build.rs` and a test use this file.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

#[path = "../src/alarm/file/path.rs"]
mod path;

/// The part of an alarms file that matters here. The loader checks the rest.
#[derive(Default, Deserialize)]
struct AlarmsFile {
    #[serde(default, rename = "Include")]
    include: Vec<String>,
}

/// The file `start` and all files that it includes: normalized paths below `root`, and texts.
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
