//! Sets of patterns that are matched together.

use crate::compiled_test::{CompiledTest, Compiler};
use crate::expression::Expr;
use crate::frequency::{DefaultFrequencies, EstimateFrequency};
use crate::index::Index;
use crate::pattern::{FilterPattern, Language};
use crate::record::{Record, Selectors};
use crate::regex::Regex;
use crate::space_delimited::SpaceDelimited;
use crate::terms::Terms;
use crate::trigger::Triggers;

/// Patterns compiled to be matched together.
///
/// They read a record through the slots of one [`Selectors`], so each record is parsed once. An index of the values that
/// they compare with selects the few patterns that a record can match; only those are evaluated. Matching does not
/// allocate.
///
/// ```
/// use cloudwatch_filter_pattern::PatternSet;
/// use cloudwatch_filter_pattern::record::Selectors;
///
/// let patterns = ["{ $.status >= 500 }".parse()?, "timeout".parse()?, "{ $.method = P* }".parse()?];
/// let mut selectors = Selectors::default();
/// let set = PatternSet::new(&patterns, &mut selectors);
/// let mut reader = selectors.into_reader();
///
/// let message = r#"{"method": "GET", "status": 504, "error": "timeout"}"#;
/// let mut hits = Vec::new();
/// set.matches(message, reader.read(message).ok(), &mut hits);
/// assert_eq!(hits, [0, 1]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct PatternSet {
    patterns: Vec<Compiled>,
    index: Index,
    /// Patterns that are not JSON patterns, in ascending order.
    of_text: Vec<usize>,
}

#[derive(Clone, Debug)]
enum Compiled {
    Everything,
    Json(Expr<CompiledTest>),
    Terms(Terms),
    SpaceDelimited(SpaceDelimited),
    Regex(Regex),
}

impl PatternSet {
    /// Compiles the patterns, and registers the selectors that they read.
    pub fn new(patterns: &[FilterPattern], selectors: &mut Selectors) -> Self {
        Self::with_frequencies(patterns, selectors, &DefaultFrequencies)
    }

    /// Same as [`new`](Self::new), with estimates for the records that will be matched. They affect only the speed.
    pub fn with_frequencies(
        patterns: &[FilterPattern],
        selectors: &mut Selectors,
        frequencies: &dyn EstimateFrequency,
    ) -> Self {
        let mut compiler = Compiler {
            selectors,
            frequencies,
        };
        let compile = |pattern: &FilterPattern| match &pattern.language {
            Language::Everything => Compiled::Everything,
            Language::Json(expr) => Compiled::Json(compiler.compile(expr)),
            Language::Terms(terms) => Compiled::Terms(terms.clone()),
            Language::SpaceDelimited(fields) => Compiled::SpaceDelimited(fields.clone()),
            Language::Regex(regex) => Compiled::Regex(regex.node.clone()),
        };
        let patterns: Vec<Compiled> = patterns.iter().map(compile).collect();
        let mut index = Index::default();
        let mut of_text = Vec::new();
        for (at, pattern) in patterns.iter().enumerate() {
            if let Compiled::Json(expr) = pattern {
                index.insert(at, Triggers::new(expr));
            } else {
                index.insert(at, None);
                of_text.push(at);
            }
        }
        Self {
            patterns,
            index,
            of_text,
        }
    }

    /// Whether all patterns are JSON patterns, so that matching does not read the message's text.
    pub fn is_json_only(&self) -> bool {
        self.of_text.is_empty()
    }

    /// Replaces `hits` by the indices of the patterns that match, in ascending order.
    ///
    /// `record` is the result of a [`Reader`](crate::record::Reader) of the same selectors for `message`; `None` if the
    /// message is not one JSON object, which no JSON pattern matches.
    pub fn matches(&self, message: &str, record: Option<Record<'_>>, hits: &mut Vec<usize>) {
        match record {
            Some(record) => self.index.candidates(record, hits),
            None => hits.clone_from(&self.of_text),
        }
        hits.retain(|&at| self.matches_one(at, message, record));
    }

    /// Whether the pattern at `index` matches; `message` and `record` as for [`matches`](Self::matches).
    ///
    /// # Panics
    /// If `index` is not the index of a pattern.
    pub fn matches_one(&self, index: usize, message: &str, record: Option<Record<'_>>) -> bool {
        match &self.patterns[index] {
            Compiled::Everything => true,
            Compiled::Json(expr) => {
                record.is_some_and(|record| expr.holds(&|test| test.holds(record)))
            }
            Compiled::Terms(terms) => terms.matches(message),
            Compiled::SpaceDelimited(fields) => fields.matches(message),
            Compiled::Regex(regex) => regex.is_match(message),
        }
    }
}

impl FilterPattern {
    /// Whether one message matches.
    ///
    /// Compiles the pattern on each call. To match many messages, use a [`PatternSet`].
    pub fn matches(&self, message: &str) -> bool {
        let mut selectors = Selectors::default();
        let set = PatternSet::new(std::slice::from_ref(self), &mut selectors);
        let mut reader = selectors.into_reader();
        set.matches_one(0, message, reader.read(message).ok())
    }
}
