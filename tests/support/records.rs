//! Real CloudTrail records, as they lie in `tests/data/cloudtrail`.

use std::fs;
use std::io::Read as _;
use std::path::Path;

use flate2::read::MultiGzDecoder;

/// The records of all collections, each with the name of its collection: JSON on one line.
pub fn collections() -> Vec<(String, Vec<String>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/cloudtrail");
    let entries = fs::read_dir(folder).expect("the folder is there");
    let mut paths: Vec<_> = entries
        .map(|entry| entry.expect("it can be listed").path())
        .filter(|path| path.extension().is_some_and(|end| end == "gz"))
        .collect();
    paths.sort();
    let read = |path: &Path| {
        let mut lines = String::new();
        let file = fs::File::open(path).expect("it can be read");
        let mut text = MultiGzDecoder::new(file);
        text.read_to_string(&mut lines).expect("it is gzip of text");
        lines.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let name = |path: &Path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.split('.').next().unwrap_or_default().to_owned()
    };
    paths.iter().map(|path| (name(path), read(path))).collect()
}
