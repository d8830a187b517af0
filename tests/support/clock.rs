//! The clock of the function's process, which a test can set ahead.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::{SignedDuration, Span};

use super::aws::tool;

/// A clock that is read by one process, through libfaketime. Durations are still measured by the real one.
pub struct Clock {
    offset: PathBuf,
}

impl Clock {
    /// A clock that is right.
    pub fn new() -> Self {
        static CLOCKS: AtomicU64 = AtomicU64::new(0);
        let number = CLOCKS.fetch_add(1, Ordering::Relaxed);
        let name = format!("clock-{}-{number}", std::process::id());
        let clock = Self {
            offset: PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name),
        };
        clock.set_ahead(Span::new());
        clock
    }

    /// From now on the clock is ahead by this much.
    pub fn set_ahead(&self, ahead: Span) {
        let ahead = SignedDuration::try_from(ahead).expect("hours at most");
        // Replaced in one step: the process reads the file whenever it asks for the time.
        let new = self.offset.with_extension("new");
        fs::write(&new, format!("+{}", ahead.as_secs()))
            .expect("the target folder can be written to");
        fs::rename(&new, &self.offset).expect("the target folder can be written to");
    }

    /// The environment variables by which a process reads this clock.
    pub fn variables(&self) -> [(&'static str, String); 4] {
        let libraries = format!("{}/lib", tool("libfaketime"));
        let python = fs::read_dir(&libraries).expect("libfaketime is installed");
        let python = python
            .map(|entry| entry.expect("it can be read").path())
            .next();
        let library = python
            .expect("a Python environment has a folder for its version")
            .join("site-packages/libfaketime/vendor/libfaketime/src/libfaketime.so.1");
        assert!(library.exists(), "{} is missing", library.display());
        [
            ("LD_PRELOAD", library.display().to_string()),
            ("FAKETIME_TIMESTAMP_FILE", self.offset.display().to_string()),
            ("FAKETIME_NO_CACHE", "1".to_owned()),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
        ]
    }
}

impl Drop for Clock {
    fn drop(&mut self) {
        // What is left is in the target folder.
        let _ = fs::remove_file(&self.offset);
    }
}
