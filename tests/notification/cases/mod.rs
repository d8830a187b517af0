//! All notifications that have a file in `emails/`.

use cloudtrail_alarms::notification::Format;
use cloudtrail_alarms_testkit::records::merge;
use serde_json::{Value, json};

use crate::input::{RenderInput, default_alarm};

mod account_names;
mod callers;
mod configuration;
mod denials;
mod destructive;
mod digests;
mod failures;
mod other_alarms;
mod states;
mod volume;

const ON_KEY: &str =
    "on resource: arn:aws:kms:ap-southeast-2:111122223333:key/1b2c3d4e-5f60-4718-92a3-b4c5d6e7f809";

/// Names of files in `emails/`, and the input of each notification.
#[track_caller]
pub(crate) fn cases() -> Vec<(&'static str, RenderInput)> {
    let mut cases = Vec::new();
    cases.extend(denials::denials());
    cases.extend(failures::failures());
    cases.extend(callers::callers());
    cases.extend(account_names::account_names());
    cases.extend(states::states());
    cases.extend(other_alarms::other_alarms());
    cases.extend(destructive::destructive());
    cases.extend(digests::digests());
    cases.extend(configuration::forms());
    cases
}

/// The cases whose JSON document is that of CloudWatch.
pub(crate) fn cloudwatch_cases() -> Vec<(&'static str, RenderInput)> {
    let mut cases = cases();
    cases.retain(|(_, input)| input.context.format == Format::CloudWatch);
    cases
}

/// The default alarm with this record and a similar one.
fn twice(record: Value) -> RenderInput {
    let mut again = record.clone();
    merge(
        &mut again,
        &json!({"eventTime": "2026-11-20T02:15:06Z", "eventID": "e05d7c38-64fa-4b19-8a2e-c9f3b10d7e56",
            "requestID": "d28e6f10-7b95-4c3a-a0e4-5f81b6c93d72"}),
    );
    default_alarm(&[record, again])
}
