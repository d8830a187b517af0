//! The built function, killed at every request while it publishes one group singly and the other one in a digest.

use std::collections::BTreeMap;

use cloudtrail_alarms::alarm::AlarmState;
use cloudtrail_alarms::series::{Group, SeriesKey};
use cloudtrail_alarms_testkit::alarms::alarm_yaml;
use cloudtrail_alarms_testkit::deployment::Deployment;
use cloudtrail_alarms_testkit::events::{logs_at, scheduled_run};
use cloudtrail_alarms_testkit::function::TIMEOUT;
use cloudtrail_alarms_testkit::proxy::Moment;
use cloudtrail_alarms_testkit::records::sample;
use jiff::{Timestamp, ToSpan as _};
use serde_json::{Value, json};

use crate::crash::{Victim, kill_at_every_request};
use crate::environment;

/// An alarm for each call. One notification in an hour is published singly.
const BY_CALL: &str = r#"AlarmName: by-call
FilterPattern: '{ $.errorCode = "*" && $.eventSource = "kms.amazonaws.com" }'
TreatMissingData: ignore
AllowedLateness: 1m
GroupBy: [$.eventName]
MaxNotificationsPerHour: 1"#;

/// Two failed calls of each of two kinds.
fn calls() -> Vec<String> {
    let call: Value = serde_json::from_str(&sample("kms-access-denied")).expect("it is JSON");
    let failed = |number: usize| {
        let mut call = call.clone();
        call["eventID"] = json!(format!("1d77bd0f-85a9-4d10-a30e-{number:012x}"));
        call["eventName"] = json!(["Decrypt", "Encrypt"][number / 2]);
        call.to_string()
    };
    (0..4).map(failed).collect()
}

/// Kills the function after the n-th request of the batch that raises both alarms, or of the scheduled run that publishes the
/// digest. Returns the action of the request, and the number of single notifications and of digests. `None` if there are
/// fewer requests.
#[track_caller]
fn killed_in_a_storm(victim: Victim, request: usize) -> Option<(String, [usize; 2])> {
    let group = Group(vec![("$.eventName".to_owned(), Some("Encrypt".to_owned()))]);
    let series = SeriesKey {
        alarm: "by-call".to_owned(),
        group,
    };
    let name = format!("storm-{victim:?}-{request}");
    let deployment =
        Deployment::new(environment(), &name).with_alarms(&alarm_yaml(BY_CALL), series);
    let time = Timestamp::now();
    let calls = calls();
    let records: Vec<&str> = calls.iter().map(String::as_str).collect();
    let burst = logs_at(time, &records).to_string();
    let run = scheduled_run().to_string();

    let mut function = deployment.start();
    let event = match victim {
        Victim::Batch => &burst,
        Victim::ScheduledRun => {
            let reply = function.invoke_text(&burst, TIMEOUT);
            reply.expect("it is not killed");
            function.set_ahead(2.minutes());
            &run
        }
    };
    (deployment.proxy).kill_at(function.id(), request, Moment::AfterRequest);
    let died = function.try_invoke(event, TIMEOUT).is_err();
    let at = deployment.proxy.log().requests.get(request - 1).cloned();
    deployment.proxy.clear_plan();
    drop(function);

    let mut function = deployment.start();
    if victim == Victim::Batch {
        let reply = function.invoke_text(&burst, TIMEOUT);
        reply.expect("the retry succeeds");
    }
    // The leases of the killed function have expired. A second digest can follow after ten minutes.
    for minutes in [4, 6, 17, 19] {
        function.run_after(minutes.minutes());
    }

    let case = format!("{victim:?} {request} {at:?}");
    let mut groups: BTreeMap<String, u64> = BTreeMap::new();
    let mut sent = [0, 0];
    for notification in deployment.subscription.receive() {
        let text = notification["Message"].as_str().expect("it is a text");
        let document: Value = serde_json::from_str(text).expect("it is JSON");
        let extension = &document["CloudTrailAlarms"];
        let digest = &extension["digest"];
        sent[usize::from(digest.is_object())] += 1;
        let id = extension["id"].as_str().expect("it is a text");
        let count = digest["groupsToAlarm"].as_u64().unwrap_or(1);
        groups.insert(id.to_owned(), count);
    }
    // One single notification and one digest, each with one group, and at most one of them twice.
    let distinct: Vec<u64> = groups.into_values().collect();
    assert_eq!(distinct, [1, 1], "{case}: {sent:?}");
    assert!(sent.iter().sum::<usize>() <= 3, "{case}: {sent:?}");
    assert!(sent.iter().all(|sent| *sent >= 1), "{case}: {sent:?}");
    assert_eq!(deployment.state(time), (2, AlarmState::Alarm, 0), "{case}");
    died.then(|| (at.expect("it died at a request"), sent))
}

#[test]
fn every_group_is_notified_of_once_whichever_request_the_function_dies_at() {
    kill_at_every_request("single notifications and digests", killed_in_a_storm);
}
