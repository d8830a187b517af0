//! The handler driven by a plan, with its results and notifications.

use std::collections::BTreeMap;

use cloudtrail_alarms::alarm::state::Status;
use cloudtrail_alarms::alarm::window::Window;
use cloudtrail_alarms::handler::{Handler, Invocation, Outcome};
use cloudtrail_alarms::matching::OwnIdentity;
use cloudtrail_alarms::notification::DeploymentContext;
use cloudtrail_alarms::series::{Group, SeriesKey};
use cloudtrail_alarms::store::{Detail, MemoryStore, Store as _};
use cloudtrail_alarms_testkit::events::subscription;
use cloudtrail_alarms_testkit::futures::ready;
use cloudtrail_alarms_testkit::publisher::RecordingPublisher;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::plan::{Plan, Record, Step};

/// The content of a published document. Times are in seconds since 1970.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Notice {
    pub(super) step: usize,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) at: i64,
    pub(super) repeat: u64,
    pub(super) already_reported: u64,
    pub(super) new_kinds: u64,
    pub(super) count: u64,
    pub(super) duplicates: u64,
    pub(super) too_late: u64,
    /// The times of the first and the last call. `None` if the alarm counts distinct values.
    pub(super) calls: Option<(i64, i64)>,
    /// Where the timeline begins, the length of its slots, and the counts in them.
    pub(super) timeline: (i64, i64, Vec<u64>),
    /// The begin of the incident, its count, and the number of earlier notifications.
    pub(super) totals: Option<(i64, u64, u64)>,
}

/// A change of state in the answer.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Change {
    pub(super) step: usize,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) at: i64,
}

/// The content of a bucket: elements, deliveries, records that came too late.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Count {
    pub(super) elements: usize,
    pub(super) deliveries: u64,
    pub(super) too_late: usize,
}

/// The events of one group. Its name is empty if the alarm has no groups.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct GroupHistory {
    pub(super) counts: BTreeMap<i64, Count>,
    pub(super) changes: Vec<Change>,
    pub(super) notices: Vec<Notice>,
}

/// All that was seen.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Seen {
    pub(super) groups: BTreeMap<String, GroupHistory>,
    /// In each invocation: new, duplicate, too late.
    pub(super) occurrences: Vec<[u64; 3]>,
}

/// The handler after a plan was carried out.
pub(super) struct Run {
    handler: Handler<MemoryStore, RecordingPublisher>,
    pub(super) seen: Seen,
}

/// The name of a group's value.
pub(super) fn group_name(group: Option<u8>) -> String {
    group.map_or_else(|| "(none)".to_owned(), |group| format!("g{group}"))
}

impl Run {
    /// Carries out a plan.
    #[track_caller]
    pub(super) fn of(plan: &Plan) -> Self {
        let handler = Handler::new(
            vec![plan.rules.definition()],
            MemoryStore::default(),
            RecordingPublisher::default(),
            OwnIdentity::default(),
            DeploymentContext::default(),
        );
        let mut run = Self {
            handler,
            seen: Seen::default(),
        };
        let last_batch = plan.steps.iter().rposition(|step| step.batch.is_some());
        for (index, step) in plan.steps.iter().enumerate() {
            run.step(index, step, &plan.records);
            if Some(index) == last_batch {
                // Before time passes and they are forgotten.
                run.count(plan);
            }
        }
        run
    }

    fn step(&mut self, step: usize, Step { now, batch }: &Step, records: &[Record]) {
        let event = match batch {
            None => r#"{"source":"cloudtrail-alarms.tick"}"#.to_owned(),
            Some(indices) => payload(step, indices.iter().map(|&index| (index, &records[index]))),
        };
        let invocation = Invocation {
            request_id: format!("request-{step}"),
            now: Timestamp::from_second(*now).unwrap(),
            ..Invocation::default()
        };
        let (outcome, measured) = ready(self.handler.handle(&event, &invocation));
        assert!(!measured.failed, "an invocation failed");
        let Outcome {
            counters,
            transitions,
            notifications,
        } = outcome.unwrap();
        assert_eq!(
            counters.records_in,
            batch.as_ref().map_or(0, Vec::len) as u64
        );
        assert_eq!(
            (
                counters.invalid,
                counters.own,
                counters.occurrences.overflow
            ),
            (0, 0, 0)
        );
        let occurrences = counters.occurrences;
        let occurrences = [occurrences.new, occurrences.duplicate, occurrences.too_late];
        self.seen.occurrences.push(occurrences);
        for transition in transitions {
            let group = transition.group.into_values().next();
            let group = group.map_or_else(String::new, |value| {
                value.unwrap_or_else(|| "(none)".to_owned())
            });
            let history = self.seen.groups.entry(group).or_default();
            history.changes.push(Change {
                step,
                from: transition.from.as_str().to_owned(),
                to: transition.to.as_str().to_owned(),
                at: transition.at.as_second(),
            });
        }
        let published = self.handler.publisher().take();
        assert_eq!(notifications.sent, published.len() as u64);
        assert_eq!(notifications.pending, 0);
        for notification in published {
            let document: Value = serde_json::from_str(&notification.default).unwrap();
            let (group, notice) = notice(step, &document);
            let history = self.seen.groups.entry(group).or_default();
            history.notices.push(notice);
        }
    }

    fn count(&mut self, plan: &Plan) {
        let all = Window {
            start: Timestamp::UNIX_EPOCH,
            end: Timestamp::MAX,
        };
        for (name, key) in keys(plan) {
            let buckets = ready(self.handler.store().buckets(&key, all, Detail::All)).unwrap();
            let counts = buckets.into_iter().map(|(start, bucket)| {
                let count = Count {
                    elements: bucket.members.len(),
                    deliveries: bucket.deliveries,
                    too_late: bucket.too_late.len(),
                };
                (start.as_second(), count)
            });
            let counts: BTreeMap<i64, Count> = counts.collect();
            if !counts.is_empty() {
                self.seen.groups.entry(name).or_default().counts = counts;
            }
        }
    }

    /// The history of each group.
    pub(super) fn statuses(&self, plan: &Plan) -> BTreeMap<String, Status> {
        let status = |(name, key): (String, SeriesKey)| {
            let stored = ready(self.handler.store().status(&key)).unwrap();
            stored.map(|stored| (name, stored.status))
        };
        keys(plan).filter_map(status).collect()
    }
}

/// All groups that a record of the plan can be in.
fn keys(plan: &Plan) -> impl Iterator<Item = (String, SeriesKey)> {
    let groups = if plan.rules.is_grouped {
        let values = [None, Some(0), Some(1), Some(2), Some(3)];
        let group = |value: Option<u8>| {
            let text = value.map(|value| group_name(Some(value)));
            (group_name(value), Group(vec![("$.group".to_owned(), text)]))
        };
        values.map(group).to_vec()
    } else {
        vec![(String::new(), Group::default())]
    };
    groups.into_iter().map(|(name, group)| {
        let alarm = "A".to_owned();
        (name, SeriesKey { alarm, group })
    })
}

/// The event with which CloudWatch Logs delivers these records.
fn payload<'a>(step: usize, records: impl Iterator<Item = (usize, &'a Record)>) -> String {
    let log_event = |(index, record): (usize, &Record)| {
        let mut message = json!({
            "eventID": format!("1d77bd0f-85a9-4d10-a30e-{index:012x}"),
            "eventTime": Timestamp::from_second(record.called).unwrap(),
            "eventSource": "kms.amazonaws.com",
            "eventName": "Decrypt",
        });
        if record.matches {
            message["errorCode"] = json!(format!("Error{}", record.kind));
        }
        if record.group.is_some() {
            message["group"] = json!(group_name(record.group));
        }
        if let Some(key) = record.key {
            message["key"] = json!(format!("key {key}"));
        }
        json!({
            // A second subscription has ids of its own; a record is known by its `eventID`.
            "id": format!("{step:028}{index:028}"),
            "timestamp": record.delivered * 1_000,
            "message": message.to_string(),
        })
    };
    let log_events: Vec<Value> = records.map(log_event).collect();
    subscription(&log_events).to_string()
}

/// The group of a document, and its content.
fn notice(step: usize, document: &Value) -> (String, Notice) {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let number = |value: &Value| value.as_u64().unwrap();
    let instant = |value: &Value| -> i64 {
        let time: Timestamp = value.as_str().unwrap().parse().unwrap();
        time.as_second()
    };
    let extension = &document["CloudTrailAlarms"];
    let group = match extension["group"].as_array().unwrap().as_slice() {
        [] => String::new(),
        [value] => value["value"].as_str().unwrap_or("(none)").to_owned(),
        more => panic!("a group has one value, not {more:?}"),
    };
    let evidence = &extension["evidence"];
    assert_eq!(
        (&evidence["atLeast"], &evidence["excluded"]),
        (&json!(false), &json!(0))
    );
    let calls = evidence["first"].is_string();
    let timeline = &evidence["timeline"];
    let totals = &extension["totals"];
    let notice = Notice {
        step,
        from: text(&document["OldStateValue"]),
        to: text(&document["NewStateValue"]),
        at: instant(&document["StateChangeTime"]),
        repeat: number(&extension["repeat"]),
        already_reported: number(&extension["alreadyReported"]),
        new_kinds: number(&extension["newKinds"]),
        count: number(&evidence["count"]),
        duplicates: number(&evidence["duplicates"]),
        too_late: number(&evidence["tooLate"]),
        calls: calls.then(|| (instant(&evidence["first"]), instant(&evidence["last"]))),
        timeline: (
            instant(&timeline["start"]),
            timeline["slotSeconds"].as_i64().unwrap(),
            timeline["counts"]
                .as_array()
                .unwrap()
                .iter()
                .map(number)
                .collect(),
        ),
        totals: totals.is_object().then(|| {
            let before = number(&totals["notifications"]);
            (instant(&totals["since"]), number(&totals["count"]), before)
        }),
    };
    (group, notice)
}
