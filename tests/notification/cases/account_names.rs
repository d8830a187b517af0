//! Accounts that the alarms file names.

use cloudtrail_alarms::alarm::AlarmState;
use cloudtrail_alarms::notification::Format;
use cloudtrail_alarms::series::Group;

use super::callers::{guest, in_two_accounts};
use super::{ON_KEY, twice};
use crate::input::{RenderInput, default_alarm, denied};

/// Adds names; one of them looks like a host name.
fn named(mut input: RenderInput) -> RenderInput {
    input.context.account_names = [
        ("111122223333", "prod-payments"),
        ("444455556666", "shared.services"),
        ("999988887777", "unused"),
    ]
    .map(|(id, name)| (id.to_owned(), name.to_owned()))
    .into_iter()
    .collect();
    input
}

pub(super) fn account_names() -> Vec<(&'static str, RenderInput)> {
    let record = || {
        denied(&format!(
            "{ON_KEY} because no identity-based policy allows the kms:Decrypt action"
        ))
    };
    let mut group = named(twice(record()));
    group.group = Group(vec![
        (
            "$.recipientAccountId".to_owned(),
            Some("111122223333".to_owned()),
        ),
        ("$.sourceIPAddress".to_owned(), None),
    ]);
    let mut recovery = named(default_alarm(&[]));
    recovery.pending.change.from = AlarmState::Alarm;
    recovery.pending.change.to = AlarmState::Ok;
    let mut chat = named(in_two_accounts());
    chat.context.format = Format::AmazonQ;
    vec![
        ("account-names", named(twice(record()))),
        ("account-names-amazon-q", chat),
        ("account-names-in-a-group", group),
        ("account-names-in-a-recovery", recovery),
        ("account-names-in-two-accounts", named(in_two_accounts())),
        (
            "account-names-of-a-caller",
            named(default_alarm(&[guest()])),
        ),
    ]
}
