//! The sentence about new combinations of values, of an alarm with `FirstSeen`.

use jiff::Timestamp;

use crate::evidence::Fact;
use crate::notification::render_input::RenderInput;
use crate::notification::sanitize::sanitize_within;

/// Maximum length of a combination, in bytes.
const MAX_COMBINATION: usize = 200;

/// How many combinations are described.
const MAX_DESCRIBED: usize = 3;

/// `New combination, not seen since 2026-11-02 00:00 UTC: $.eventName=Decrypt, $.awsRegion=eu-west-3.` `None` without one.
pub(super) fn sentence(input: &RenderInput<'_>) -> Option<String> {
    let evidence = input.evidence();
    let described = || (evidence.records.iter()).filter_map(|facts| facts.text(Fact::FirstSeen));
    let mut combinations: Vec<String> = described()
        .take(MAX_DESCRIBED)
        .map(|combination| sanitize_within(combination, MAX_COMBINATION))
        .collect();
    if combinations.is_empty() {
        return None;
    }
    let what = match evidence.count {
        0 | 1 => "New combination".to_owned(),
        count => format!("{count} new combinations"),
    };
    // The latest one holds for all of them.
    let since = (evidence.records.iter())
        .filter_map(|facts| facts.text(Fact::NotSeenSince)?.parse::<Timestamp>().ok())
        .max();
    let since = since.map(|since| format!(", not seen since {} UTC", since.strftime("%F %H:%M")));
    let others = evidence.count.saturating_sub(combinations.len() as u64);
    if others > 0 {
        combinations.push(format!("and {others} more"));
    }
    let since = since.unwrap_or_default();
    Some(format!("{what}{since}: {}.", combinations.join("; ")))
}
