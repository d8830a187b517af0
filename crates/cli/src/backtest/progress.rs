//! The progress of a long run: one line on standard error if that is a terminal, otherwise nothing.

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::Timestamp;

/// Maximum number of redraws per second.
const REDRAWS: u8 = 5;

/// The progress line. Dropping it erases the line.
#[derive(Debug)]
pub(super) struct Progress {
    /// Unlike a single bar it can be erased and drawn again.
    screen: MultiProgress,
    bar: ProgressBar,
}

impl Progress {
    /// Begins with the first pass.
    pub(super) fn new() -> Self {
        let target = ProgressDrawTarget::stderr_with_hz(REDRAWS);
        let screen = MultiProgress::with_draw_target(target);
        let bar = screen.add(ProgressBar::no_length());
        bar.set_style(style("reading: {pos} records"));
        Self { screen, bar }
    }

    /// Adds records of the first pass.
    pub(super) fn indexed(&self, records: u64) {
        self.bar.inc(records);
    }

    /// Begins the replay of so many records.
    pub(super) fn begin_replay(&self, records: u64) {
        self.clear();
        self.bar.set_style(style("{percent:>3} % at {msg}"));
        self.bar.reset();
        self.bar.set_length(records);
    }

    /// Adds records of the replay, which has reached the time `now`.
    pub(super) fn replayed(&self, records: u64, now: Timestamp) {
        if !self.screen.is_hidden() {
            self.bar.set_message(now.strftime("%F %R").to_string());
            self.bar.inc(records);
        }
    }

    /// Erases the line before other output. The next update draws it again.
    pub(super) fn clear(&self) {
        // The line is only informative, so a failure does not matter.
        let _ = self.screen.clear();
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("the templates are valid")
}
