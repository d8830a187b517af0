//! Temporary folders with files.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// A temporary folder with these files: path below the folder, and text. It is deleted when the value is dropped.
#[track_caller]
pub fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = empty_folder();
    for (path, text) in files {
        write(&folder, path, text);
    }
    folder
}

/// A temporary folder without files.
#[track_caller]
pub fn empty_folder() -> TempDir {
    tempfile::tempdir().expect("the system has a folder for temporary files")
}

/// Writes a file at a path below the folder, and returns its whole path.
#[track_caller]
pub fn write(folder: impl AsRef<Path>, path: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.as_ref().join(path);
    let parent = path.parent().expect("a file is in a folder");
    fs::create_dir_all(parent).expect("the folder can be created");
    fs::write(&path, bytes).expect("the file can be written");
    path
}
