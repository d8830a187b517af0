//! The value of the key `digest` in the JSON document.

use jiff::Timestamp;
use serde::Serialize;

use crate::alarm::AlarmState;
use crate::alarm::digest::{DescribedGroup, Digest};
use crate::notification::render_input::RenderInput;
use crate::notification::wording::{alarm_arn, contributor_id};

/// A digest. `docs/reference/notification.schema.json` documents each key.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DigestData<'a> {
    groups_to_alarm: u64,
    groups_to_ok: u64,
    groups_to_insufficient_data: u64,
    notifications: u64,
    from: Timestamp,
    to: Timestamp,
    groups: Vec<GroupData<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct GroupData<'a> {
    group: Vec<ValueData<'a>>,
    alarm_contributor_id: Option<String>,
    alarm_arn: String,
    state: AlarmState,
    state_change_time: Timestamp,
    went_to_alarm: bool,
    count: u64,
    at_least: bool,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
}

#[derive(Serialize)]
struct ValueData<'a> {
    selector: &'a str,
    value: Option<&'a str>,
}

impl<'a> DigestData<'a> {
    pub(super) fn new(input: &RenderInput<'a>, digest: &'a Digest) -> Self {
        let group = |one: &'a DescribedGroup| GroupData {
            group: (one.group.0.iter())
                .map(|(selector, value)| ValueData {
                    selector,
                    value: value.as_deref(),
                })
                .collect(),
            alarm_contributor_id: contributor_id(&one.group),
            alarm_arn: alarm_arn(input.definition, &one.group, input.deployment),
            state: one.state,
            state_change_time: one.at,
            went_to_alarm: one.has_alarmed,
            count: one.count,
            at_least: one.at_least,
            first: one.first,
            last: one.last,
        };
        Self {
            groups_to_alarm: digest.alarmed,
            groups_to_ok: digest.recovered,
            groups_to_insufficient_data: digest.without_data,
            notifications: digest.notifications,
            from: digest.from,
            to: digest.to,
            groups: digest.groups.iter().map(group).collect(),
        }
    }
}
