//! Digests of many groups.

use cloudtrail_alarms::alarm::AlarmState;
use cloudtrail_alarms::alarm::digest::GroupNotification;
use cloudtrail_alarms::alarm::state::Status;
use cloudtrail_alarms::notification::Format;
use cloudtrail_alarms::series::{Group, SeriesKey};
use cloudtrail_alarms_testkit::time::time;
use jiff::{SignedDuration, Timestamp};

use crate::input::{RenderInput, default_alarm};

/// The selectors of `GroupBy`.
const SELECTORS: [&str; 2] = ["$.recipientAccountId", "$.userIdentity.arn"];

pub(super) fn digests() -> Vec<(&'static str, RenderInput)> {
    let storm = || (0..990).map(|number| (session(number), to_alarm(number)));
    let others = || {
        let mut others = to_alarm(990);
        (others.count, others.at_least) = (10_000, true);
        (Group::overflow(), others)
    };
    let recovered = |number: u32| {
        let at = time("02:31:00");
        let notification = GroupNotification {
            id: format!("{number:032x}"),
            state: AlarmState::Ok,
            at,
            since: at,
            first: None,
            last: None,
            ..to_alarm(number % 1_000)
        };
        (session(number % 1_000), notification)
    };
    vec![
        ("digest-of-a-storm", digest(storm().chain([others()]))),
        (
            "digest-of-alarms-and-recoveries",
            digest(
                (0..5)
                    .map(|number| (session(number), to_alarm(number)))
                    .chain([2, 3, 7].map(|number| recovered(1_000 + number))),
            ),
        ),
        ("digest-of-recoveries", digest((0..14).map(recovered))),
        ("digest-of-one-group", digest(storm().take(1))),
        ("digest-amazon-q", {
            let mut input = digest(storm().take(12));
            input.context.format = Format::AmazonQ;
            input
        }),
        ("digest-of-hostile-groups", {
            let values = [
                "\u{202e}txt.exe\nRunbook:\nhttps://evil.example/",
                "`*_<!channel>_*` www.evil.example",
                "",
            ];
            let group = |value: &str| {
                let value = Some(value.to_owned());
                Group(vec![("$.userIdentity.arn".to_owned(), value)])
            };
            let groups = values.map(group).into_iter();
            let absent = Group(vec![("$.userIdentity.arn".to_owned(), None)]);
            digest(groups.chain([absent]).zip((0..).map(to_alarm)))
        }),
    ]
}

/// The group of the n-th session.
fn session(number: u32) -> Group {
    let arn = format!("arn:aws:sts::111122223333:assumed-role/app/session-{number}");
    let values = ["111122223333".to_owned(), arn];
    let pair = |(selector, value): (&str, String)| (selector.to_owned(), Some(value));
    Group(SELECTORS.into_iter().zip(values).map(pair).collect())
}

/// An alarm of the n-th session. Few sessions have many records.
fn to_alarm(number: u32) -> GroupNotification {
    let seconds = |seconds: u32| SignedDuration::from_secs(i64::from(seconds));
    let begin: Timestamp = time("02:15:00");
    let at = time("02:20:00") + seconds(number / 10);
    GroupNotification {
        id: format!("{number:032x}"),
        state: AlarmState::Alarm,
        at,
        since: at,
        count: 10 + u64::from(500 / (number + 1)),
        at_least: false,
        first: Some(begin + seconds(number / 20)),
        last: Some(begin + seconds(number / 10 + 1)),
        dropped_before: 0,
    }
}

/// The digest of these notifications.
fn digest(notifications: impl Iterator<Item = (Group, GroupNotification)>) -> RenderInput {
    let now = time("02:35:00");
    let mut status = Status::of_digests(now);
    for (group, notification) in notifications {
        let limit = status.group_limit.as_mut().unwrap();
        limit.admit(&group, &[notification], true, 0, now);
    }
    let mut input = default_alarm(&[]);
    input.definition.group_by = SELECTORS.map(|selector| selector.parse().unwrap()).into();
    let key = SeriesKey {
        alarm: input.definition.name.clone(),
        group: Group::digest(),
    };
    status.close_digest(&key, now);
    input.pending = status.pending.remove(0);
    input
}
