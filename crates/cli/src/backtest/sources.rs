//! Which files there are to read.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::Serialize;
use tempfile::NamedTempFile;

/// Ends of the names of files in a folder that are read; others in it are none of ours. A file that is named itself is
/// read whatever its name.
const EXTENSIONS: [&str; 4] = ["json", "jsonl", "ndjson", "gz"];

/// Something to read, as often as one likes.
#[derive(Debug)]
pub(super) struct Source {
    /// What messages call it.
    pub(super) name: String,
    place: Place,
}

#[derive(Debug)]
enum Place {
    File(PathBuf),
    /// A copy of what can be read only once; gone when this is dropped.
    Copy(NamedTempFile),
}

impl Source {
    /// A further handle, at the beginning.
    pub(super) fn open(&self) -> io::Result<File> {
        match &self.place {
            Place::File(path) => File::open(path),
            Place::Copy(copy) => copy.reopen(),
        }
    }

    fn copy(name: String, mut from: impl Read) -> io::Result<Self> {
        let mut copy = NamedTempFile::new()?;
        io::copy(&mut from, &mut copy)?;
        Ok(Self {
            name,
            place: Place::Copy(copy),
        })
    }
}

/// A file of which nothing was used, and why.
#[derive(Debug, Serialize)]
pub(super) struct Unused {
    /// What messages call it.
    pub(super) file: String,
    /// Why.
    pub(super) reason: String,
}

/// What the paths lead to.
#[derive(Debug, Default)]
pub(super) struct Sources {
    /// To be read, in the order of the paths, and within a folder in the order of the names.
    pub(super) found: Vec<Source>,
    /// Cannot be read.
    pub(super) failed: Vec<Unused>,
    /// Are not meant to be read.
    pub(super) skipped: Vec<Unused>,
}

/// Follows the paths: `-` to standard input, folders to all that is below them.
pub(super) fn find(paths: &[PathBuf]) -> Sources {
    let mut sources = Sources::default();
    for path in paths {
        if path == Path::new("-") {
            let copy = Source::copy("standard input".to_owned(), io::stdin().lock());
            sources.enter("standard input".to_owned(), copy);
        } else if path.is_dir() {
            sources.folder(path);
        } else {
            sources.file(path.clone());
        }
    }
    sources
}

impl Sources {
    fn enter(&mut self, name: String, source: io::Result<Source>) {
        match source {
            Ok(source) => self.found.push(source),
            Err(error) => self.failed.push(Unused {
                file: name,
                reason: error.to_string(),
            }),
        }
    }

    fn file(&mut self, path: PathBuf) {
        let name = path.display().to_string();
        let source = fs::metadata(&path).and_then(|metadata| {
            if metadata.is_file() {
                let place = Place::File(path);
                let name = name.clone();
                Ok(Source { name, place })
            } else {
                Source::copy(name.clone(), File::open(&path)?)
            }
        });
        self.enter(name, source);
    }

    fn folder(&mut self, folder: &Path) {
        let mut paths = Vec::new();
        let listed = fs::read_dir(folder).and_then(|entries| {
            for entry in entries {
                paths.push(entry?.path());
            }
            Ok(())
        });
        if let Err(error) = listed {
            self.failed.push(Unused {
                file: folder.display().to_string(),
                reason: error.to_string(),
            });
        }
        paths.sort();
        for path in paths {
            let extension = path.extension().unwrap_or_default();
            let skip = |reason: &str| Unused {
                file: path.display().to_string(),
                reason: reason.to_owned(),
            };
            if path.is_dir() {
                // A link could lead back here.
                if path.is_symlink() {
                    self.skipped.push(skip("a link to a folder"));
                } else {
                    self.folder(&path);
                }
            } else if EXTENSIONS
                .iter()
                .any(|known| extension.eq_ignore_ascii_case(known))
            {
                self.file(path);
            } else {
                self.skipped
                    .push(skip("in a folder, and not .json, .jsonl, .ndjson or .gz"));
            }
        }
    }
}
