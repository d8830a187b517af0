//! Counts, groups and evidence of matched records.

use std::collections::{BTreeMap, BTreeSet};

use cloudtrail_alarms::alarm::Series;
use cloudtrail_alarms::alarm::definition::AlarmDefinition;
use cloudtrail_alarms::alarm::state::{PendingNotification, Status};
use cloudtrail_alarms::alarm::window::Window;
use cloudtrail_alarms::evidence::{Evidence, ExclusionId, Fact};
use cloudtrail_alarms::handler::{Handler, Invocation, Outcome};
use cloudtrail_alarms::matching::{Batch, Delivery, Matcher, OwnIdentity, Tally};
use cloudtrail_alarms::metrics::{InvocationMetrics, Occurrences};
use cloudtrail_alarms::notification::{DeploymentContext, Publisher};
use cloudtrail_alarms::series::{Bucket, EventId, Group, MAX_GROUPS_PER_HOUR, Member, SeriesKey};
use cloudtrail_alarms::store::{Detail, MemoryStore, Store as _};
use cloudtrail_alarms_testkit::alarms;
use cloudtrail_alarms_testkit::futures::block_on;
use cloudtrail_alarms_testkit::publisher::{RecordingPublisher, UnresponsivePublisher};
use cloudtrail_alarms_testkit::time::time;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use serde_json::{Value, json};

/// An alarm over failed calls, more than one in a minute, with these properties.
#[track_caller]
fn alarm(properties: &[&str]) -> AlarmDefinition {
    alarms::alarm(&properties.join("\n"))
}

/// The n-th failed call, at 02:15:01 unless said otherwise.
fn failure(number: usize) -> Value {
    json!({
        "eventID": format!("1d77bd0f-85a9-4d10-a30e-{number:012x}"),
        "eventTime": "2026-11-20T02:15:01Z",
        "errorCode": "AccessDenied",
        "eventName": "Decrypt",
        "sourceIPAddress": "192.0.2.1",
    })
}

/// A handler of one alarm.
struct AlarmHandler<P>(Handler<MemoryStore, P>);

impl<P: Publisher> AlarmHandler<P> {
    fn new(alarm: AlarmDefinition, publisher: P) -> Self {
        let store = MemoryStore::default();
        let own = OwnIdentity::default();
        Self(Handler::new(
            vec![alarm],
            store,
            publisher,
            own,
            DeploymentContext::default(),
        ))
    }

    /// Delivers records at one time.
    fn deliver(
        &self,
        clock: &str,
        records: &[Value],
    ) -> (Result<Outcome, String>, InvocationMetrics) {
        let texts: Vec<String> = records.iter().map(Value::to_string).collect();
        let deliveries = texts.iter().map(|message| Delivery {
            log_group: "",
            log_stream: "",
            id: "",
            time: time(clock),
            message,
        });
        let invocation = Invocation {
            request_id: "r".to_owned(),
            now: time(clock),
            deadline: Some(time(clock) + SignedDuration::from_secs(2)),
            ..Invocation::default()
        };
        let (outcome, measured) = block_on(self.0.handle_deliveries(deliveries, &invocation));
        (outcome.map_err(|error| error.to_string()), measured)
    }

    fn status(&self, group: Group) -> Option<Status> {
        let series = SeriesKey {
            alarm: "A".to_owned(),
            group,
        };
        let stored = block_on(self.0.store().status(&series)).unwrap();
        stored.map(|stored| stored.status)
    }
}

/// The only pending notification of an alarm without groups.
#[track_caller]
fn pending_notification(handler: &AlarmHandler<UnresponsivePublisher>) -> PendingNotification {
    let status = handler.status(Group::default()).unwrap();
    assert_eq!(status.pending.len(), 1);
    status.pending.into_iter().next().unwrap()
}

#[test]
fn the_evidence_counts_every_record_by_its_facts() {
    let handler = AlarmHandler::new(alarm(&["Threshold: 99"]), UnresponsivePublisher);
    let record = |number: usize| {
        let mut record = failure(number);
        if number.is_multiple_of(3) {
            record["errorCode"] = json!("DisabledException");
        }
        record
    };
    let records: Vec<Value> = (0..60).map(record).collect();
    let (outcome, _) = handler.deliver("02:15:30", &records);
    outcome.unwrap();
    let records: Vec<Value> = (50..150).map(record).collect();
    let (failed, measured) = handler.deliver("02:15:40", &records);
    failed.unwrap_err();
    assert_eq!(measured.counters.occurrences.duplicate, 10);
    let Evidence {
        count,
        at_least,
        first,
        uncounted,
        timeline,
        duplicates,
        records,
        tallies,
        ..
    } = pending_notification(&handler).evidence;
    assert_eq!(
        (count, at_least, uncounted, duplicates),
        (150, false, 0, 10)
    );
    assert_eq!(first, Some(time("02:15:01")));
    let counts: Vec<_> = (tallies.iter())
        .map(|tally| (tally.facts.text(Fact::ErrorCode).unwrap(), tally.count))
        .collect();
    assert_eq!(counts, [("AccessDenied", 100), ("DisabledException", 50)]);
    assert_eq!(records.len(), 20);
    // Ten minutes. The last one has all records.
    assert_eq!(timeline.slot_seconds, 60);
    assert_eq!(timeline.start, time("02:06:00"));
    assert_eq!(timeline.counts, [0, 0, 0, 0, 0, 0, 0, 0, 0, 150]);
}

#[test]
fn of_a_long_period_all_records_are_counted_and_the_newest_are_listed() {
    let handler = AlarmHandler::new(
        alarm(&["Period: 86400", "Threshold: 149"]),
        UnresponsivePublisher,
    );
    for number in 0..149 {
        let clock = format!("{:02}:{:02}:30", number / 60, number % 60);
        handler.deliver(&clock, &[failure(number)]).0.unwrap();
    }
    handler.deliver("02:29:30", &[failure(149)]).0.unwrap_err();
    let evidence = pending_notification(&handler).evidence;
    assert_eq!(evidence.count, 150);
    assert_eq!(evidence.tallies.len(), 1);
    assert_eq!((evidence.tallies[0].count, evidence.uncounted), (150, 0));
    assert_eq!(evidence.records.len(), 25);
    assert_eq!(evidence.timeline.counts.iter().sum::<u64>(), 150);
}

#[test]
fn the_evidence_of_distinct_values_does_not_depend_on_batches() {
    let record = |number: usize| {
        let mut record = failure(number);
        record["eventTime"] = json!(format!("2026-11-20T02:15:0{}Z", number + 1));
        record["key"] = json!("k");
        record
    };
    let evidence = |batches: &[&[Value]]| {
        let handler = AlarmHandler::new(
            alarm(&["CountDistinct: $.key", "Threshold: 0"]),
            UnresponsivePublisher,
        );
        for batch in batches {
            // The topic does not answer, so that the notification of the first batch stays pending.
            let _ = handler.deliver("02:15:30", batch);
        }
        let series = SeriesKey {
            alarm: "A".to_owned(),
            group: Group::default(),
        };
        let span = Window {
            start: time("02:15:00"),
            end: time("02:16:00"),
        };
        let buckets = block_on(handler.0.store().buckets(&series, span, Detail::All)).unwrap();
        Series::new(&alarm(&["CountDistinct: $.key"]), buckets).evidence(span)
    };
    let records: Vec<Value> = (0..3).map(record).collect();
    let at_once = evidence(&[&records]);
    assert_eq!(at_once.count, 1);
    assert_eq!(at_once.last, Some(time("02:15:03")));
    assert_eq!(at_once.records.len(), 3);
    assert_eq!(at_once, evidence(&[&records[1..], &records[..1]]));
}

#[test]
fn forty_tasks_with_forty_addresses_are_counted_by_kind() {
    let handler = AlarmHandler::new(alarm(&["Threshold: 99"]), UnresponsivePublisher);
    let record = |number: usize| {
        let mut record = failure(number);
        let task = format!("{:032x}", number % 40);
        record["userIdentity"]["arn"] =
            json!(format!("arn:aws:sts::111122223333:assumed-role/app/{task}"));
        record["sourceIPAddress"] = json!(format!("10.0.{}.{number}", number % 40));
        record
    };
    let records: Vec<Value> = (0..200).map(record).collect();
    handler.deliver("02:15:30", &records).0.unwrap_err();
    let evidence = pending_notification(&handler).evidence;
    assert_eq!((evidence.tallies.len(), evidence.uncounted), (40, 0));
}

#[test]
fn more_combinations_than_are_kept_are_counted_all_the_same() {
    let handler = AlarmHandler::new(alarm(&["Threshold: 99"]), UnresponsivePublisher);
    let record = |number: usize| {
        let mut record = failure(number);
        record["errorCode"] = json!(format!("Error{number}"));
        record
    };
    let records: Vec<Value> = (0..100).map(record).collect();
    handler.deliver("02:15:30", &records).0.unwrap_err();
    let evidence = pending_notification(&handler).evidence;
    assert_eq!(evidence.count, 100);
    assert_eq!(evidence.tallies.len(), 48);
    assert_eq!(evidence.uncounted, 52);
}

#[test]
fn excluded_and_late_records_are_counted_once_however_often_they_are_delivered() {
    let handler = AlarmHandler::new(
        alarm(&[
            "TimeSource: EventTime",
            "AllowedLateness: 5m",
            "Exclude: [{Pattern: '{ $.sourceIPAddress = \"198.51.100.7\" }', Reason: scanner, Owner: us, Expires: 2027-01-31}]",
        ]),
        UnresponsivePublisher,
    );
    let scanner = |number: usize| {
        let mut record = failure(number);
        record["sourceIPAddress"] = json!("198.51.100.7");
        record
    };
    let mut late = failure(9);
    late["eventTime"] = json!("2026-11-20T02:00:00Z");
    let aside = [scanner(5), scanner(6), scanner(7), late];
    for _ in 0..2 {
        let (outcome, measured) = handler.deliver("02:15:30", &aside);
        let counters = outcome.unwrap().counters;
        assert_eq!((counters.matched, counters.unmatched), (1, 3));
        assert_eq!(counters.occurrences.too_late, 1);
        assert_eq!(measured.excluded, 3);
        assert!(measured.exclusions.values().eq([&3]));
    }
    assert_eq!(handler.status(Group::default()), None);
    handler
        .deliver("02:15:40", &[failure(1), failure(2)])
        .0
        .unwrap_err();
    let evidence = pending_notification(&handler).evidence;
    assert_eq!(
        (evidence.count, evidence.excluded, evidence.too_late),
        (2, 3, 1)
    );
}

/// The exclusions of an alarm, each with its address.
fn exclusions(addresses: &[&str]) -> String {
    let entry = |address: &&str| {
        format!(
            "{{Pattern: '{{ $.sourceIPAddress = \"{address}\" }}', Reason: scanner {address}, Owner: us, Expires: never}}"
        )
    };
    let entries: Vec<String> = addresses.iter().map(entry).collect();
    format!("Exclude: [{}]", entries.join(", "))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// The oracle: each record that is delivered at least once counts once, for the exclusion of its address.
    #[test]
    fn each_exclusion_has_its_records_in_any_order_and_however_often_they_are_delivered(
        deliveries in proptest::collection::vec((0_usize..12, 0_usize..4), 1..40),
        reordered in any::<bool>(),
    ) {
        let addresses = ["198.51.100.0", "198.51.100.1", "198.51.100.2"];
        let definition = alarm(&[&exclusions(&addresses)]);
        let mut buckets: BTreeMap<Timestamp, Bucket> = BTreeMap::new();
        for batch in 0..4 {
            let mut order = addresses;
            if reordered && batch % 2 == 1 {
                // A deployment in between changes the order of the list.
                order.reverse();
            }
            let mut matcher = Matcher::new(vec![alarm(&[&exclusions(&order)])].into());
            let mut tally = Tally::default();
            for (number, _) in deliveries.iter().filter(|(_, of)| *of == batch) {
                let mut record = failure(*number);
                record["sourceIPAddress"] = json!(format!("198.51.100.{}", number % 4));
                let delivery = Delivery {
                    log_group: "",
                    log_stream: "",
                    id: "",
                    // Two batches are delivered in another bucket.
                    time: time(["02:15:30", "02:16:30"][batch / 2]),
                    message: &record.to_string(),
                };
                let (own, now) = (&OwnIdentity::default(), time("02:17:00"));
                matcher.match_event(delivery, &mut Batch { own, now, tally: &mut tally });
            }
            for (key, additions) in tally.additions {
                buckets.entry(key.start).or_default().add(&additions);
            }
        }
        let span = Window { start: time("02:00:00"), end: time("02:20:00") };
        let evidence = Series::new(&definition, buckets).evidence(span);

        let delivered: BTreeSet<usize> = deliveries.iter().map(|(number, _)| *number).collect();
        let mut expected: Vec<(ExclusionId, u64)> = (definition.exclude.iter().enumerate())
            .map(|(index, exclusion)| {
                let records = delivered.iter().filter(|number| *number % 4 == index).count();
                (exclusion.id(), records as u64)
            })
            .filter(|(_, records)| *records > 0)
            .collect();
        let counts = evidence.exclusions.iter();
        let mut counts: Vec<_> = counts.map(|count| (count.exclusion, count.records)).collect();
        prop_assert!(counts.is_sorted_by_key(|(_, records)| std::cmp::Reverse(*records)));
        expected.sort_unstable();
        counts.sort_unstable();
        let total: u64 = expected.iter().map(|(_, records)| records).sum();
        prop_assert_eq!(evidence.excluded, total);
        prop_assert_eq!(counts, expected);
    }
}

#[test]
fn an_aggregated_event_is_counted_once_however_often_it_is_delivered() {
    let pattern = r#"FilterPattern: '{ $.eventCategory = "Aggregated" && $.summary.primaryDimension.statistics[0].value > 100 }'"#;
    let event = |id: &str, category: &str| {
        json!({
            "eventVersion": "1.0",
            "accountId": "111122223333",
            "eventId": id,
            "eventCategory": category,
            "eventType": "AwsAggregatedEvent",
            "awsRegion": "ap-southeast-2",
            "eventSource": "s3.amazonaws.com",
            "timeWindow": {"windowStart": "2026-11-20T02:10:00Z", "windowEnd": "2026-11-20T02:15:00Z", "windowSize": "PT5M"},
            "summary": {"primaryDimension": {"dimension": "eventName", "aggregationType": "Count",
                "statistics": [{"name": "GetObject", "value": 800}]}},
        })
    };
    let first = event("62759c1a-6248-48e1-a6b3-d5fb7e6c4bc0", "Aggregated");
    // A delivery with other text, as after a correction, has the same `eventId`.
    let mut again = first.clone();
    again["addition"] = true.into();
    let second = event("2ed87efa-45c1-412d-bc38-7e0879faa6df", "Aggregated");
    for time_source in ["LogTimestamp", "EventTime"] {
        let properties = [pattern, &format!("TimeSource: {time_source}")];
        let handler = AlarmHandler::new(alarm(&properties), RecordingPublisher::default());
        let records = [&first, &first, &again, &second].map(Clone::clone);
        let (outcome, _) = handler.deliver("02:15:30", &records);
        let counters = outcome.unwrap().counters;
        assert_eq!(
            (counters.matched, counters.invalid),
            (4, 0),
            "{time_source}"
        );
        let Occurrences { new, duplicate, .. } = counters.occurrences;
        assert_eq!((new, duplicate), (2, 2), "{time_source}");
    }
}

#[test]
fn groups_beyond_an_hours_number_are_counted_as_one() {
    let handler = AlarmHandler::new(
        alarm(&["GroupBy: [$.sourceIPAddress]"]),
        RecordingPublisher::default(),
    );
    let record = |number: usize| {
        let mut record = failure(number);
        record["sourceIPAddress"] = json!(format!("2001:db8::{number:x}"));
        record
    };
    let surplus = 3;
    let records: Vec<Value> = (0..MAX_GROUPS_PER_HOUR + surplus).map(record).collect();
    let (outcome, measured) = handler.deliver("02:15:30", &records);
    let outcome = outcome.unwrap();
    assert_eq!(measured.in_overflow_group, surplus as u64);
    assert_eq!(outcome.counters.occurrences.new, records.len() as u64);
    let alarmed: Vec<_> = outcome
        .transitions
        .iter()
        .map(|change| &change.group)
        .collect();
    let rest = BTreeMap::from([("(group)".to_owned(), Some("(all others)".to_owned()))]);
    assert_eq!(alarmed, [&rest]);

    // Again, in another batch: each is counted where it was.
    let (outcome, measured) = handler.deliver("02:15:40", &records);
    assert_eq!(measured.in_overflow_group, surplus as u64);
    let occurrences = outcome.unwrap().counters.occurrences;
    assert_eq!((occurrences.new, occurrences.duplicate), (0, 1_003));
}

#[test]
fn a_threshold_beyond_what_one_item_holds_is_crossed_and_not_before() {
    let threshold = 7_000;
    let handler = AlarmHandler::new(
        alarm(&[&format!("Threshold: {threshold}")]),
        RecordingPublisher::default(),
    );
    let records: Vec<Value> = (0..=threshold).map(failure).collect();
    let (outcome, _) = handler.deliver("02:15:30", &records[..threshold]);
    let outcome = outcome.unwrap();
    assert_eq!(outcome.counters.occurrences.new, threshold as u64);
    assert_eq!(outcome.transitions.len(), 0);
    let (outcome, _) = handler.deliver("02:15:40", &records);
    let outcome = outcome.unwrap();
    assert_eq!(outcome.counters.occurrences.new, 1);
    assert_eq!(outcome.transitions.len(), 1);
}

#[test]
fn a_payload_of_invalid_records_only_is_counted_and_does_not_fill_the_log() {
    let handler = AlarmHandler::new(alarm(&[]), RecordingPublisher::default());
    let rubbish = vec![json!([]); 5_000];
    let (outcome, _) = handler.deliver("02:15:30", &rubbish);
    assert_eq!(outcome.unwrap().counters.invalid, 5_000);
}

/// Buckets of a minute each with these elements.
fn buckets(elements: &[(u8, u8, i8)], has_value: bool) -> BTreeMap<Timestamp, Bucket> {
    let mut buckets: BTreeMap<Timestamp, Bucket> = BTreeMap::new();
    for (minute, id, value) in elements {
        let start = time("02:00:00") + SignedDuration::from_mins(i64::from(*minute));
        let id = EventId::of_texts(&[&id.to_string()]);
        let member = Member::new(id, has_value.then(|| f64::from(*value)), None);
        buckets.entry(start).or_default().members.insert(member);
    }
    buckets
}

#[test]
fn a_value_that_could_make_a_sum_infinite_is_left_out_and_counted() {
    let handler = AlarmHandler::new(
        alarm(&["Statistic: Sum", "MetricValue: $.requestParameters.n"]),
        UnresponsivePublisher,
    );
    let values = [
        "1e400", "-1e400", "1e308", "1.1e300", "NaN", "inf", "many", "",
    ]
    .map(|text| json!(text));
    let of_no_text = [json!(null), json!(true), json!([1]), json!({})];
    let records: Vec<Value> = (values.iter().chain(&of_no_text).enumerate())
        .map(|(number, value)| {
            let mut record = failure(number);
            record["requestParameters"]["n"] = value.clone();
            record
        })
        .collect();
    let (outcome, measured) = handler.deliver("02:15:30", &records);
    assert_eq!(outcome.unwrap().counters.occurrences.new, 0);
    assert_eq!(measured.invalid_values, values.len() as u64);
    assert_eq!(handler.status(Group::default()), None);
}

#[test]
fn a_sum_stays_finite() {
    let definition = alarm(&["Statistic: Sum", "MetricValue: $.requestParameters.n"]);
    let sum = |values: &[f64]| {
        let members = values.iter().zip(0..).map(|(value, n): (_, u8)| {
            let start = time("02:00:00") + SignedDuration::from_mins(i64::from(n / 2));
            let id = EventId::of_texts(&[&n.to_string()]);
            (start, Member::new(id, Some(*value), None))
        });
        let mut buckets: BTreeMap<Timestamp, Bucket> = BTreeMap::new();
        for (start, member) in members {
            buckets.entry(start).or_default().members.insert(member);
        }
        let window = Window {
            start: time("02:00:00"),
            end: time("03:00:00"),
        };
        Series::new(&definition, buckets).value(window)
    };
    assert_eq!(sum(&[1e308, 1e308]), Some(f64::MAX));
    assert_eq!(sum(&[-1e308, -1e308]), Some(f64::MIN));
    // One bucket with the largest sum, another one with the smallest.
    assert_eq!(sum(&[1e308, 1e308, -1e308, -1e308]), Some(0.0));
}

proptest! {
    #[test]
    fn the_statistic_of_a_window_is_that_of_its_elements(
        elements in prop::collection::vec((0_u8..12, 0_u8..9, -5_i8..6), 0..30),
        from in 0_i64..12,
        length in 1_i64..12,
        statistic in prop::sample::select(vec!["Sum", "SampleCount", "Average", "Minimum", "Maximum"]),
        counted in prop::sample::select(vec!["records", "a field", "distinct values"]),
    ) {
        let statistic = if counted == "distinct values" { "Sum" } else { statistic };
        let further = match counted {
            "a field" => "MetricValue: $.requestParameters.n",
            "distinct values" => "CountDistinct: $.requestParameters.keyId",
            _ => "MetricValue: '2'",
        };
        let definition = alarm(&[&format!("Statistic: {statistic}"), further]);
        let has_value = counted == "a field";
        let buckets = buckets(&elements, has_value);
        // Of a record only the earliest bucket that has it, of a distinct value every one.
        let mut seen = BTreeSet::new();
        let mut inside: BTreeMap<EventId, f64> = BTreeMap::new();
        let window = Window {
            start: time("02:00:00") + SignedDuration::from_mins(from),
            end: time("02:00:00") + SignedDuration::from_mins(from + length),
        };
        for (start, bucket) in &buckets {
            for member in &bucket.members {
                let counts = seen.insert(member.id()) || counted == "distinct values";
                if counts && window.contains(*start) {
                    let each = if counted == "distinct values" { 1.0 } else { 2.0 };
                    inside.insert(member.id(), member.value().unwrap_or(each));
                }
            }
        }
        let values = || inside.values().copied();
        let count = f64::from(u32::try_from(inside.len()).unwrap());
        let expected = (!inside.is_empty()).then(|| match statistic {
            "Sum" => values().sum(),
            "SampleCount" => count,
            "Average" => values().sum::<f64>() / count,
            "Minimum" => values().fold(f64::INFINITY, f64::min),
            _ => values().fold(f64::NEG_INFINITY, f64::max),
        });
        let series = Series::new(&definition, buckets);
        prop_assert_eq!(series.value(window), expected);
    }
}
