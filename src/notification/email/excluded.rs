//! The fields of the records that did not count because of an exclusion.

use crate::notification::email::section::Section;
use crate::notification::excluded::excluded_by;
use crate::notification::render_input::RenderInput;
use crate::notification::sanitize::sanitize_multiline_within;

/// Maximum length of a reason, in bytes.
const MAX_REASON: usize = 200;

/// Adds a field for each exclusion that kept records from counting: `Excluded: 12 records: A scanner calls every API.` The JSON
/// document also has the owner and the last day.
pub(super) fn add(section: &mut Section, input: &RenderInput<'_>) {
    let evidence = input.evidence();
    let at_least = if evidence.excluded_at_least {
        "at least "
    } else {
        ""
    };
    let mut field = |records: u64, reason: &str| {
        let plural = if records == 1 { "" } else { "s" };
        let text = format!("{at_least}{records} record{plural}: {reason}");
        section.field("Excluded", &text);
    };
    let mut others = evidence.excluded;
    for exclusion in excluded_by(input) {
        others = others.saturating_sub(exclusion.records);
        let reason = exclusion.reason.split_whitespace().collect::<Vec<_>>();
        let reason = sanitize_multiline_within(&reason.join(" "), MAX_REASON);
        field(exclusion.records, &reason);
    }
    if others > 0 {
        field(others, "other exclusions");
    }
}
