//! A pattern and its owner.

use cloudwatch_filter_pattern::FilterPattern;

/// A pattern and the name of its alarm.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'p> {
    pub(super) name: &'p str,
    pub(super) pattern: &'p FilterPattern,
}

impl<'p> Subject<'p> {
    /// The pattern of the alarm with this name.
    pub fn new(name: &'p str, pattern: &'p FilterPattern) -> Self {
        Self { name, pattern }
    }
}
