//! The clock of the function's process, which a test can set ahead.

use std::fs;
use std::path::PathBuf;

use jiff::{SignedDuration, Span};
use tempfile::TempDir;

use crate::folder::empty_folder;
use crate::repository::tool;

/// A clock that one process reads through libfaketime. The monotonic clock, which measures durations, is not changed.
#[derive(Debug)]
pub(crate) struct FakeClock {
    folder: TempDir,
}

impl FakeClock {
    /// A clock without an offset.
    pub(crate) fn new() -> Self {
        let clock = Self {
            folder: empty_folder(),
        };
        clock.set_ahead(Span::new());
        clock
    }

    fn offset(&self) -> PathBuf {
        self.folder.path().join("offset")
    }

    /// Sets the clock ahead of the real time. `ahead` has no units above hours.
    pub(crate) fn set_ahead(&self, ahead: Span) {
        let ahead = SignedDuration::try_from(ahead).expect("hours at most");
        // The file is replaced atomically, because the process reads it whenever it reads the time.
        let new = self.folder.path().join("new");
        fs::write(&new, format!("+{}", ahead.as_secs())).expect("the folder can be written to");
        fs::rename(&new, self.offset()).expect("the folder can be written to");
    }

    /// The environment variables by which a process reads this clock.
    pub(crate) fn variables(&self) -> [(&'static str, String); 4] {
        let libraries = tool("libfaketime").join("lib");
        let python = fs::read_dir(&libraries).expect("libfaketime is installed");
        let python = python
            .map(|entry| entry.expect("the folder can be read").path())
            .next();
        let library = python
            .expect("a Python environment has a folder for its version")
            .join("site-packages/libfaketime/vendor/libfaketime/src/libfaketime.so.1");
        assert!(library.exists(), "{} is missing", library.display());
        [
            ("LD_PRELOAD", library.display().to_string()),
            (
                "FAKETIME_TIMESTAMP_FILE",
                self.offset().display().to_string(),
            ),
            ("FAKETIME_NO_CACHE", "1".to_owned()),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
        ]
    }
}
