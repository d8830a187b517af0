//! The resource of a call, with a short name for people.

use crate::evidence::{Fact, Facts};
use crate::notification::kms;
use crate::notification::resource;

/// The resource of one call: `key 1b2c3d4e...`, `bucket-name`, `routeTableId rtb-1`. `None` if the record names none.
pub(super) fn of_call(facts: &Facts) -> Option<String> {
    if facts
        .text(Fact::EventSource)
        .is_some_and(|source| kms::EVENT_SOURCES.contains(&source))
    {
        return kms::key_of(facts).map(resource::key);
    }
    let named = [Fact::ResourceArn, Fact::DeniedResource];
    let named = named.into_iter().find_map(|fact| facts.text(fact));
    named.map(resource::short)
}
