//! What the path in an `Include` means. The build script uses this file too.

use std::path::{Component, Path, PathBuf};

/// `path` as the file `of` means it: relative to the folder that it is in.
pub(crate) fn relative(of: &Path, path: &str) -> PathBuf {
    of.parent().unwrap_or(Path::new("")).join(path)
}

/// The path without `.` and `..`, as far as its text tells.
pub(crate) fn normalized(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir
                if matches!(plain.components().next_back(), Some(Component::Normal(_))) =>
            {
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    plain
}
