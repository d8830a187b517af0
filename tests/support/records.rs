//! Real CloudTrail records, as they lie in `tests/data/cloudtrail`.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

/// The files with the records, one a collection.
pub fn paths() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/cloudtrail");
    let entries = fs::read_dir(folder).expect("the folder is there");
    let mut paths: Vec<_> = entries
        .map(|entry| entry.expect("it can be listed").path())
        .filter(|path| path.extension().is_some_and(|end| end == "gz"))
        .collect();
    paths.sort();
    paths
}

/// The records of all files, in the order of the files: JSON on one line.
pub fn all() -> Vec<String> {
    let read = |path: PathBuf| {
        let mut lines = String::new();
        let file = fs::File::open(path).expect("it can be read");
        let mut text = MultiGzDecoder::new(file);
        text.read_to_string(&mut lines).expect("it is gzip of text");
        lines.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    paths().into_iter().flat_map(read).collect()
}
