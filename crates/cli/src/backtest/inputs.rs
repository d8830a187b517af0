//! Resolves the paths of the command line to the files to read.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::Serialize;
use tempfile::NamedTempFile;

/// Extensions of the files in a folder that are read. A file that the command line names is read regardless of its name.
const EXTENSIONS: [&str; 4] = ["json", "jsonl", "ndjson", "gz"];

/// A file that can be read several times.
#[derive(Debug)]
pub(super) struct Source {
    /// Its name in messages.
    pub(super) name: String,
    content: Content,
}

#[derive(Debug)]
enum Content {
    File(PathBuf),
    /// A copy of a pipe or another stream that can be read only once. Dropping it deletes the copy.
    Copy(NamedTempFile),
}

impl Source {
    /// Opens the file at its beginning.
    pub(super) fn open(&self) -> io::Result<File> {
        match &self.content {
            Content::File(path) => File::open(path),
            Content::Copy(copy) => copy.reopen(),
        }
    }

    fn copy(name: String, mut from: impl Read) -> io::Result<Self> {
        let mut copy = NamedTempFile::new()?;
        io::copy(&mut from, &mut copy)?;
        Ok(Self {
            name,
            content: Content::Copy(copy),
        })
    }
}

/// A file that is not used.
#[derive(Debug, Serialize)]
pub(super) struct SkippedFile {
    /// Its name in messages.
    pub(super) file: String,
    pub(super) reason: String,
}

/// The files below the paths of the command line.
#[derive(Debug, Default)]
pub(super) struct Inputs {
    /// The files to read, in the order of the paths and, within a folder, of the names.
    pub(super) sources: Vec<Source>,
    /// Files and folders that cannot be read.
    pub(super) failed: Vec<SkippedFile>,
    /// Files that are not meant to be read.
    pub(super) skipped: Vec<SkippedFile>,
}

impl Inputs {
    /// Resolves paths: `-` is standard input; folders are searched recursively.
    pub(super) fn find(paths: &[PathBuf]) -> Self {
        let mut inputs = Self::default();
        for path in paths {
            if path == Path::new("-") {
                let copy = Source::copy("standard input".to_owned(), io::stdin().lock());
                inputs.add("standard input".to_owned(), copy);
            } else if path.is_dir() {
                inputs.add_folder(path);
            } else {
                inputs.add_file(path.clone());
            }
        }
        inputs
    }

    fn add(&mut self, name: String, source: io::Result<Source>) {
        match source {
            Ok(source) => self.sources.push(source),
            Err(error) => self.failed.push(SkippedFile {
                file: name,
                reason: error.to_string(),
            }),
        }
    }

    fn add_file(&mut self, path: PathBuf) {
        let name = path.display().to_string();
        let source = fs::metadata(&path).and_then(|metadata| {
            if metadata.is_file() {
                let content = Content::File(path);
                let name = name.clone();
                Ok(Source { name, content })
            } else {
                Source::copy(name.clone(), File::open(&path)?)
            }
        });
        self.add(name, source);
    }

    fn add_folder(&mut self, folder: &Path) {
        let mut paths = Vec::new();
        let listed = fs::read_dir(folder).and_then(|entries| {
            for entry in entries {
                paths.push(entry?.path());
            }
            Ok(())
        });
        if let Err(error) = listed {
            self.failed.push(SkippedFile {
                file: folder.display().to_string(),
                reason: error.to_string(),
            });
        }
        paths.sort();
        for path in paths {
            let extension = path.extension().unwrap_or_default();
            let skip = |reason: &str| SkippedFile {
                file: path.display().to_string(),
                reason: reason.to_owned(),
            };
            if path.is_dir() {
                // A link could form a loop.
                if path.is_symlink() {
                    self.skipped.push(skip("a link to a folder"));
                } else {
                    self.add_folder(&path);
                }
            } else if EXTENSIONS
                .iter()
                .any(|known| extension.eq_ignore_ascii_case(known))
            {
                self.add_file(path);
            } else {
                self.skipped
                    .push(skip("not a .json, .jsonl, .ndjson or .gz file"));
            }
        }
    }
}
