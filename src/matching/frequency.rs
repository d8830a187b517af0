//! How often fields of CloudTrail records have a value.

use cloudwatch_filter_pattern::record::{Selector, Step};
use cloudwatch_filter_pattern::{EstimateFrequency, Frequency};

/// Estimates for CloudTrail records, from the records of real accounts.
///
/// One `eventName` is in 1 of 100 records, any `errorCode` in 1 of 20, and one service or identity type in 1 of 5 or more.
/// A Region or an account is in all of them.
#[derive(Clone, Copy, Debug)]
pub struct CloudTrailFrequencies;

impl EstimateFrequency for CloudTrailFrequencies {
    fn text(&self, selector: &Selector) -> Frequency {
        match last_name(selector) {
            "eventSource" | "type" | "invokedBy" => Frequency::Common,
            "eventType" | "eventVersion" | "eventCategory" | "awsRegion" | "accountId"
            | "recipientAccountId" | "readOnly" | "managementEvent" | "mfaAuthenticated" => {
                Frequency::Everywhere
            }
            _ => Frequency::Rare,
        }
    }

    fn value(&self, selector: &Selector) -> Frequency {
        let first = match selector.steps().first() {
            Some(Step::Member(name)) => &**name,
            _ => "",
        };
        match first {
            "errorCode" | "errorMessage" => Frequency::Occasional,
            "requestParameters"
            | "responseElements"
            | "additionalEventData"
            | "serviceEventDetails" => Frequency::Common,
            _ => Frequency::Everywhere,
        }
    }
}

/// The name of the innermost member; empty if there is none.
fn last_name(selector: &Selector) -> &str {
    let names = selector.steps().iter().rev();
    let mut names = names.filter_map(|step| match step {
        Step::Member(name) => Some(&**name),
        Step::Element(_) | Step::Any => None,
    });
    names.next().unwrap_or_default()
}
