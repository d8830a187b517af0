//! Limits of CloudWatch and of this crate on one pattern.

/// Maximum length of a pattern in characters: the limit of `filterPattern` in every CloudWatch Logs API.
pub const MAX_LENGTH: usize = 1024;

/// Maximum nesting of parentheses.
///
/// CloudWatch documents no limit. This one keeps the recursive functions on the tree from overflowing the stack.
pub const MAX_DEPTH: usize = 128;

/// Maximum number of regular expressions in a JSON or space-delimited pattern ("Metric filter syntax" in the CloudWatch
/// Logs user guide).
pub const MAX_REGEXES: usize = 2;

/// Maximum number of different selectors with a wildcard in a JSON pattern (the same page).
///
/// It is unknown whether CloudWatch counts each use of the same selector. This crate counts it once, so that it accepts
/// every pattern that CloudWatch accepts.
pub const MAX_WILDCARDS: usize = 3;
