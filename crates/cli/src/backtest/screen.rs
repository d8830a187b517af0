//! Which records an alarm may count. What an alarm does with them, the handler decides.

use cloudtrail_alarms::alarm::definition::AlarmDefinition;
use cloudtrail_alarms::matching::RecordParser;
use cloudwatch_filter_pattern::record::{Reader, Selectors};
use cloudwatch_filter_pattern::{FilterPattern, PatternSet};

/// The patterns of all alarms.
#[derive(Clone, Debug)]
pub(super) struct Screen {
    patterns: PatternSet,
    reader: Reader,
    record_parser: RecordParser,
    hits: Vec<usize>,
}

impl Screen {
    pub(super) fn new(alarms: &[AlarmDefinition], record_parser: RecordParser) -> Self {
        let patterns: Vec<FilterPattern> =
            alarms.iter().map(|alarm| alarm.pattern.clone()).collect();
        let mut selectors = Selectors::default();
        Self {
            patterns: PatternSet::new(&patterns, &mut selectors),
            reader: selectors.into_reader(),
            record_parser,
            hits: Vec::new(),
        }
    }

    /// Whether more is to be said of a record than that no alarm's pattern matches it.
    pub(super) fn passes(&mut self, message: &str) -> bool {
        let Ok(record) = self.record_parser.read(&mut self.reader, message) else {
            return true;
        };
        (self.patterns).matches(message, Some(record), &mut self.hits);
        !self.hits.is_empty()
    }
}
