//! How far a long run has come, in one line on a terminal; nothing where standard error is none.

use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use jiff::Timestamp;

/// How often the line is written anew.
const PAUSE: Duration = Duration::from_millis(200);

/// Goes to the beginning of the line and erases it.
const ERASE: &str = "\r\x1b[K";

/// The line.
#[derive(Debug)]
pub(super) struct Progress {
    is_shown: bool,
    is_written: bool,
    written: Instant,
    surveyed: u64,
    delivered: u64,
    expected: u64,
}

impl Progress {
    pub(super) fn new() -> Self {
        Self {
            is_shown: std::io::stderr().is_terminal(),
            is_written: false,
            written: Instant::now(),
            surveyed: 0,
            delivered: 0,
            expected: 0,
        }
    }

    /// So many more records were read.
    pub(super) fn surveyed(&mut self, records: u64) {
        self.surveyed += records;
        if self.is_due() {
            self.write(&format!("reading: {} records", self.surveyed));
        }
    }

    /// So many records are to be delivered.
    pub(super) fn expect(&mut self, records: u64) {
        self.expected = records;
        self.clear();
    }

    /// So many more records were delivered.
    pub(super) fn delivered(&mut self, records: u64, now: Timestamp) {
        self.delivered += records;
        if self.is_due() {
            let percent = self.delivered * 100 / self.expected.max(1);
            self.write(&format!("{percent:3} % at {}", now.strftime("%F %R")));
        }
    }

    /// Makes room for other output.
    pub(super) fn clear(&mut self) {
        if std::mem::take(&mut self.is_written) {
            print(ERASE);
        }
    }

    fn is_due(&self) -> bool {
        self.is_shown && self.written.elapsed() >= PAUSE
    }

    fn write(&mut self, line: &str) {
        print(&format!("{ERASE}{line}"));
        self.is_written = true;
        self.written = Instant::now();
    }
}

/// Nothing depends on whether anybody sees it.
fn print(text: &str) {
    let mut stderr = std::io::stderr();
    let _ = stderr
        .write_all(text.as_bytes())
        .and_then(|()| stderr.flush());
}
