//! At most five publications a second over all invocations: SNS deactivates an email subscription that gets more than ten.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use cloudtrail_alarms::alarm::definition::RecordSource;
use cloudtrail_alarms_testkit::alarms::{TASK_ROLE, alarm_item, load_for_role};
use cloudtrail_alarms_testkit::emulators::{Subscription, dynalite, moto};
use cloudtrail_alarms_testkit::events::{logs_at, scheduled_run};
use cloudtrail_alarms_testkit::folder::folder;
use cloudtrail_alarms_testkit::function::{Environment, FunctionProcess};
use cloudtrail_alarms_testkit::proxy::{Fault, FaultProxy, Moment};
use cloudtrail_alarms_testkit::records::sample;
use cloudtrail_alarms_testkit::repository::{file, path};
use jiff::{Timestamp, ToSpan as _};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::environment;

/// Most publications that may begin within a second.
const MOST_A_SECOND: usize = 5;

/// Two alarms, each grouped by caller. The second is more severe, although its name sorts later.
fn by_caller() -> String {
    let alarm = |name, pattern, severity| {
        alarm_item(&format!(
            "AlarmName: {name}\nFilterPattern: '{pattern}'\nComparisonOperator: GreaterThanOrEqualToThreshold\n\
             TreatMissingData: ignore\nGroupBy: [$.userIdentity.arn]\nMaxNotificationsPerHour: 1000\n\
             Severity: {severity}"
        ))
    };
    let any = alarm("any-error", r#"{ $.errorCode = "*" }"#, "LOW");
    let pattern = r#"{ $.errorCode = "*" && $.userAgent = "severe" }"#;
    let severe = alarm("severe-error", pattern, "CRITICAL");
    format!("Alarms:\n{any}{severe}")
}

/// An alarms file, a topic, and the times at which notifications are published to it.
struct RateTest {
    name: String,
    folder: TempDir,
    subscription: Subscription,
    sns: String,
    published: Arc<Mutex<Vec<Instant>>>,
}

impl RateTest {
    fn new(name: &str, alarms: &str) -> Self {
        let folder = folder(&[("alarms.yaml", alarms)]);
        let published = Arc::new(Mutex::new(Vec::new()));
        let proxy = FaultProxy::default();
        let times = Arc::clone(&published);
        proxy.plan(move |_, action| {
            if action == "Publish" {
                let mut times = times.lock().expect("no thread panics with the lock");
                times.push(Instant::now());
            }
            Fault::None
        });
        Self {
            name: name.to_owned(),
            folder,
            subscription: Subscription::new(name),
            sns: proxy.relay(moto().address),
            published,
        }
    }

    /// The environment of a function that keeps its state in memory.
    fn environment(&self) -> Environment {
        let alarms_file = self.folder.path().join("alarms.yaml");
        let alarms_file = alarms_file.to_str().expect("the path is UTF-8");
        environment()
            .with("ALARMS_FILE", alarms_file)
            .with("ALARM_TOPIC_ARN", &self.subscription.topic)
            .with("AWS_ENDPOINT_URL_SNS", &self.sns)
    }

    /// So many functions that share a table.
    fn functions(&self, count: usize) -> Vec<FunctionProcess> {
        dynalite().create_table(&self.name);
        let start = |_| {
            self.environment()
                .with("STATE_TABLE_NAME", &self.name)
                .with("AWS_ENDPOINT_URL_DYNAMODB", &dynalite().url())
                .start()
        };
        (0..count).map(start).collect()
    }

    /// How many publications there were, and most of them within a second.
    fn published(&self) -> (usize, usize) {
        let times = self
            .published
            .lock()
            .expect("no thread panics with the lock");
        let second = Duration::from_secs(1);
        let within = |first: &Instant| {
            let times = times.iter().skip_while(|time| *time < first);
            times
                .take_while(|time| time.duration_since(*first) < second)
                .count()
        };
        (
            times.len(),
            times.iter().map(within).max().unwrap_or_default(),
        )
    }

    /// Invokes the function, and then makes scheduled runs until so many notifications are published in all. None of them
    /// is published too soon after others.
    #[track_caller]
    fn publish_all(&self, function: &mut FunctionProcess, event: &Value, all: u64) {
        invoke(function, event);
        for _ in 0..3 {
            invoke(function, &scheduled_run());
        }
        let (published, most) = self.published();
        assert_eq!(published as u64, all, "each once, and none lost");
        assert!(most <= MOST_A_SECOND, "{most} within a second");
    }

    /// All notifications that were received.
    fn received(&self) -> Vec<Value> {
        let mut all = Vec::new();
        loop {
            let some = self.subscription.receive();
            if some.is_empty() {
                return all;
            }
            all.extend(some);
        }
    }
}

/// A failed call of each of these callers; every fifth one is severe.
fn calls(callers: std::ops::Range<usize>) -> Value {
    let call: Value = serde_json::from_str(&sample("kms-access-denied")).expect("it is JSON");
    let by = |number: usize| {
        let mut call = call.clone();
        call["eventID"] = json!(format!("1d77bd0f-85a9-4d10-a30e-{number:012x}"));
        call["userIdentity"]["arn"] = json!(format!(
            "arn:aws:sts::111122223333:assumed-role/app/{number}"
        ));
        if number % 5 == 4 {
            call["userAgent"] = json!("severe");
        }
        call.to_string()
    };
    let records: Vec<String> = callers.map(by).collect();
    let records: Vec<&str> = records.iter().map(String::as_str).collect();
    logs_at(Timestamp::now(), &records)
}

/// Invokes the function as Lambda does, which repeats an event twice: the emulator of the table may be slow.
#[track_caller]
fn invoke(function: &mut FunctionProcess, event: &Value) -> Value {
    let mut tries = (0..3).map(|_| function.invoke(event));
    let reply = tries.find_map(Result::ok);
    reply.expect("one of three tries succeeds")
}

#[track_caller]
fn count(reply: &Value, name: &str) -> u64 {
    reply["notifications"][name].as_u64().expect("a number")
}

#[test]
fn twenty_groups_of_a_payload_are_published_at_most_five_a_second() {
    let test = RateTest::new("rate-20", &by_caller());
    test.publish_all(&mut test.functions(1)[0], &calls(0..20), 24);
}

#[test]
fn concurrent_invocations_share_the_rate_and_the_next_runs_send_what_waits() {
    let test = RateTest::new("rate-concurrent", &by_caller());
    let mut functions = test.functions(5);
    std::thread::scope(|scope| {
        for (part, function) in functions.iter_mut().enumerate() {
            let event = calls(part * 8..(part + 1) * 8);
            scope.spawn(move || invoke(function, &event));
        }
    });
    let (published, _) = test.published();
    assert!(published < 48, "no invocation waits so long");
    // Each record comes again, and counts once.
    test.publish_all(&mut functions[0], &calls(0..40), 48);
    let ids: BTreeSet<String> = (test.received().iter())
        .map(|one| one["MessageAttributes"]["id"]["Value"].to_string())
        .collect();
    assert_eq!(ids.len(), 48, "each once, and none lost");
}

#[test]
fn of_a_thousand_groups_the_most_severe_are_published_first() {
    let test = RateTest::new("rate-1000", &by_caller());
    let mut function = test.environment().start();
    let event = calls(0..1000).to_string();
    let reply = function.invoke_text(&event, Duration::from_mins(1));
    let reply = reply.expect("it succeeds");
    assert_eq!(count(&reply, "sent") + count(&reply, "owed"), 1200);
    assert!(count(&reply, "sent") > 0);
    // The time of this run is not enough for the 200 severe ones.
    let run = scheduled_run().to_string();
    let reply = function.invoke_text(&run, Duration::from_secs(20));
    let reply = reply.expect("it succeeds");
    assert!(
        count(&reply, "sent") > 0 && count(&reply, "owed") > 1000,
        "{reply}"
    );
    let received = test.received();
    assert!(
        (received.iter()).all(|one| one["MessageAttributes"]["severity"]["Value"] == "CRITICAL"),
        "an alarm of LOW severity came before one of CRITICAL severity"
    );
    let (published, most) = test.published();
    assert_eq!(published, received.len());
    assert!(most <= MOST_A_SECOND, "{most} within a second");
}

#[test]
fn one_call_of_each_of_eighteen_watched_kinds_is_published_at_most_five_a_second() {
    let packs = [
        "guard",
        "kms",
        "infrastructure-changes",
        "cis-aws-foundations",
    ];
    let packs = packs.map(|pack| format!("catalogue/{pack}.yaml"));
    let mut records = Vec::new();
    for pack in &packs[..3] {
        let loaded = load_for_role(pack, TASK_ROLE);
        for alarm in loaded
            .alarms
            .iter()
            .filter(|alarm| alarm.settings.threshold <= 1.0)
        {
            let example = alarm.tests.iter().find(|test| test.matches);
            let json = match &example.expect("an alarm has a test that matches").record {
                RecordSource::Inline(json) => json.clone(),
                RecordSource::File(path) => file(path),
            };
            let mut record: Value = serde_json::from_str(&json).expect("a record is JSON");
            record["eventID"] = json!(format!("1d77bd0f-85a9-4d10-a30e-{:012x}", records.len()));
            records.push(record.to_string());
        }
    }
    records.truncate(18);
    let records: Vec<&str> = records.iter().map(String::as_str).collect();
    let paths = packs.map(|pack| path(pack).display().to_string());
    let include = paths.join(", ");
    let alarms = format!("Include: [{include}]\n{}", file("alarms.yaml"));
    let test = RateTest::new("rate-18", &alarms);
    let event = logs_at(Timestamp::now() - 1.second(), &records);
    let mut function = test.environment().start();
    let reply = invoke(&mut function, &event);
    let all = count(&reply, "sent") + count(&reply, "owed");
    assert!(all >= 18, "{reply}");
    test.publish_all(&mut function, &event, all);
}

#[test]
fn a_table_that_stalls_and_answers_that_are_lost_do_not_raise_the_rate() {
    let test = RateTest::new("rate-stall", &by_caller());
    dynalite().create_table(&test.name);
    let table = FaultProxy::default();
    // Every few requests the table stops for longer than some turns.
    table.plan(|index, _| match index % 40 {
        0 => Fault::Delay(Duration::from_millis(1200)),
        _ => Fault::None,
    });
    let lossy = FaultProxy::default();
    let published = Arc::clone(&test.published);
    lossy.plan(move |index, action| {
        if action != "Publish" {
            return Fault::None;
        }
        let mut times = published.lock().expect("no thread panics with the lock");
        times.push(Instant::now());
        match index % 3 {
            0 => Fault::Reset(Moment::AfterRequest),
            1 => Fault::Throttle,
            _ => Fault::None,
        }
    });
    let environment = || {
        test.environment()
            .with("STATE_TABLE_NAME", &test.name)
            .with(
                "AWS_ENDPOINT_URL_DYNAMODB",
                &table.relay(dynalite().address),
            )
            .with("AWS_ENDPOINT_URL_SNS", &lossy.relay(moto().address))
    };
    let mut functions: Vec<FunctionProcess> = (0..3).map(|_| environment().start()).collect();
    std::thread::scope(|scope| {
        for (part, function) in functions.iter_mut().enumerate() {
            let event = calls(part * 10..(part + 1) * 10);
            // A lost answer fails the invocation; its notification stays pending.
            scope.spawn(move || function.invoke(&event).ok());
        }
    });
    let (published, most) = test.published();
    assert!(published > 5, "{published} were published");
    assert!(most <= MOST_A_SECOND, "{most} within a second");
}

#[test]
fn a_status_that_is_deleted_while_its_notification_is_published_repeats_nothing() {
    let test = RateTest::new("rate-deleted", &by_caller());
    dynalite().create_table(&test.name);
    let deleting = FaultProxy::default();
    let (name, published) = (test.name.clone(), Arc::clone(&test.published));
    deleting.plan(move |_, action| {
        if action == "Publish" {
            let mut times = published.lock().expect("no thread panics with the lock");
            times.push(Instant::now());
            dynalite().delete_statuses(&name);
        }
        Fault::None
    });
    let mut function = test
        .environment()
        .with("STATE_TABLE_NAME", &test.name)
        .with("AWS_ENDPOINT_URL_DYNAMODB", &dynalite().url())
        .with("AWS_ENDPOINT_URL_SNS", &deleting.relay(moto().address))
        .start();
    let reply = function.invoke(&calls(0..1)).expect("it succeeds");
    assert_eq!(reply["notifications"], json!({"sent": 1, "owed": 0}));
    assert_eq!(test.published().0, 1);
}

#[test]
fn a_table_that_takes_longer_than_a_turn_keeps_no_notification_back() {
    let test = RateTest::new("rate-slow", &by_caller());
    dynalite().create_table(&test.name);
    let table = FaultProxy::default();
    table.plan(|_, _| Fault::Delay(Duration::from_millis(400)));
    let mut function = test
        .environment()
        .with("STATE_TABLE_NAME", &test.name)
        .with(
            "AWS_ENDPOINT_URL_DYNAMODB",
            &table.relay(dynalite().address),
        )
        .start();
    let reply = function.invoke(&calls(0..1)).expect("it succeeds");
    assert_eq!(reply["notifications"], json!({"sent": 1, "owed": 0}));
}
