//! Files of the repository, and the tools that `make tools` installs into it.

use std::fs;
use std::path::{Path, PathBuf};

/// Root folder of the repository.
pub fn root() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = package.ancestors().nth(2);
    root.expect("the package is in `crates/`").to_owned()
}

/// Path of a file or folder, from its path below the root.
pub fn path(path: impl AsRef<Path>) -> PathBuf {
    root().join(path)
}

/// Text of a file.
#[track_caller]
pub fn file(path: impl AsRef<Path>) -> String {
    let path = self::path(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Path of a file below `.tools`.
#[track_caller]
pub fn tool(path: &str) -> PathBuf {
    let path = self::path(".tools").join(path);
    assert!(
        path.exists(),
        "{} is missing: `make tools` installs it",
        path.display()
    );
    path
}
