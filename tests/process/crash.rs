//! The built function, killed at every request that it makes to its table and its topic, and invoked again.
//!
//! In every case the counts are exact, the alarm is raised once, and its notification arrives once or twice.

use std::fmt::Debug;
use std::io::Write as _;

use cloudtrail_alarms::alarm::AlarmState;
use cloudtrail_alarms::series::{Group, SeriesKey};
use cloudtrail_alarms_testkit::alarms::alarm_yaml;
use cloudtrail_alarms_testkit::deployment::Deployment;
use cloudtrail_alarms_testkit::events::{logs_at, scheduled_run};
use cloudtrail_alarms_testkit::function::TIMEOUT;
use cloudtrail_alarms_testkit::proxy::Moment;
use cloudtrail_alarms_testkit::records::sample;
use jiff::{Timestamp, ToSpan as _};

use crate::environment;

/// More requests than an invocation makes.
const MOST_REQUESTS: usize = 60;

/// Kills the function at its n-th request, and invokes it again. Returns the action of the request and the number of
/// notifications. `None` if the function makes fewer requests.
#[track_caller]
fn killed_at(request: usize, moment: Moment) -> Option<(String, usize)> {
    let deployment = Deployment::new(environment(), &format!("{moment:?}-{request}"));
    let time = Timestamp::now();
    let records = ["kms-incorrect-key", "kms-access-denied", "kms-disabled"].map(sample);
    let burst = logs_at(time, &records.each_ref().map(String::as_str)).to_string();

    let mut function = deployment.start();
    deployment.proxy.kill_at(function.id(), request, moment);
    let died = function.try_invoke(&burst, TIMEOUT).is_err();
    let at = deployment.proxy.log().requests.get(request - 1).cloned();
    deployment.proxy.clear_plan();
    drop(function);

    // Lambda retries, and scheduled runs follow. By then, a lease of the killed function has expired.
    let mut function = deployment.start();
    let reply = function
        .try_invoke(&burst, TIMEOUT)
        .expect("it is not killed");
    reply.expect("the retry succeeds");
    for minutes in [2, 3] {
        function.run_after(minutes.minutes());
    }

    let notifications = deployment.subscription.receive();
    let sent = notifications.len();
    assert!(
        (1..=2).contains(&sent),
        "{moment:?} {request} {at:?}: {sent} notifications"
    );
    let id =
        |notification: &serde_json::Value| notification["MessageAttributes"]["id"]["Value"].clone();
    assert!(
        notifications
            .iter()
            .all(|one| id(one) == id(&notifications[0]))
    );
    assert_eq!(
        deployment.state(time),
        (3, AlarmState::Alarm, 0),
        "{moment:?} {request} {at:?}"
    );
    died.then(|| (at.expect("it died at a request"), sent))
}

#[track_caller]
fn killed_at_every_request(moment: Moment) {
    let mut table = Vec::new();
    for request in 1..MOST_REQUESTS {
        let Some((at, sent)) = killed_at(request, moment) else {
            assert!(request > 4, "only {request} requests were made");
            let head = "killed           request         notifications";
            let _ = writeln!(std::io::stdout(), "{head}\n{}", table.join("\n"));
            return;
        };
        table.push(format!("{moment:<16?} {request:>3} {at:<14} {sent}"));
    }
    panic!("the function makes more than {MOST_REQUESTS} requests");
}

#[test]
fn a_function_that_dies_before_any_of_its_requests_loses_and_repeats_nothing() {
    killed_at_every_request(Moment::BeforeRequest);
}

#[test]
fn a_function_that_dies_after_any_of_its_requests_loses_nothing_and_repeats_at_most_once() {
    killed_at_every_request(Moment::AfterRequest);
}

/// An alarm for each account that recovers and notifies of it.
const BY_ACCOUNT: &str = r#"AlarmName: by-account
FilterPattern: '{ $.errorCode = "*" && $.eventSource = "kms.amazonaws.com" }'
TreatMissingData: notBreaching
AllowedLateness: 1m
GroupBy: [$.recipientAccountId]
OKActions: [arn:aws:sns:ap-southeast-2:111122223333:alarms]"#;

/// Kills the function at the n-th request of the batch that raises an alarm, or of the scheduled run that ends it. Returns
/// the action of the request, and the number of notifications of ALARM and OK. `None` if there are fewer requests.
#[track_caller]
fn killed_in_an_incident(victim: Victim, request: usize) -> Option<(String, [usize; 2])> {
    let account = Some("111122223333".to_owned());
    let series = SeriesKey {
        alarm: "by-account".to_owned(),
        group: Group(vec![("$.recipientAccountId".to_owned(), account)]),
    };
    let name = format!("life-{victim:?}-{request}");
    let deployment =
        Deployment::new(environment(), &name).with_alarms(&alarm_yaml(BY_ACCOUNT), series);
    let time = Timestamp::now();
    let records = ["kms-incorrect-key", "kms-access-denied", "kms-disabled"].map(sample);
    let burst = logs_at(time, &records.each_ref().map(String::as_str)).to_string();
    let run = scheduled_run().to_string();
    let mut killed = None;
    for (role, event) in [(Victim::Batch, burst), (Victim::ScheduledRun, run)] {
        let mut function = deployment.start();
        if role == Victim::ScheduledRun {
            function.set_ahead(30.minutes());
        }
        if role == victim {
            let moment = Moment::AfterRequest;
            deployment.proxy.kill_at(function.id(), request, moment);
            let died = function.try_invoke(&event, TIMEOUT).is_err();
            let at = deployment.proxy.log().requests.get(request - 1).cloned();
            killed = died.then(|| at.expect("it died at a request"));
            deployment.proxy.clear_plan();
            function = deployment.start();
        }
        if role == Victim::Batch {
            function
                .invoke_text(&event, TIMEOUT)
                .expect("the retry succeeds");
        } else {
            for minutes in [31, 33] {
                function.run_after(minutes.minutes());
            }
        }
        if role == Victim::Batch {
            // The leases of the killed function have expired.
            function.run_after(2.minutes());
        }
    }
    let notifications = deployment.subscription.receive();
    let of = |state: &str| {
        let is_of = |one: &&serde_json::Value| one["MessageAttributes"]["state"]["Value"] == state;
        notifications.iter().filter(is_of).count()
    };
    let sent = [of("ALARM"), of("OK")];
    let case = format!("{victim:?} {request} {killed:?}: {sent:?}");
    assert!(sent.iter().all(|sent| (1..=2).contains(sent)), "{case}");
    assert_eq!(deployment.state(time), (3, AlarmState::Ok, 0), "{case}");
    Some((killed?, sent))
}

/// The invocation that is killed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Victim {
    Batch,
    ScheduledRun,
}

/// Kills each kind of invocation at each of its requests, and prints a table of the results under this heading. `kill` returns
/// the action of the request and the result; `None` if there are fewer requests.
#[track_caller]
pub(crate) fn kill_at_every_request<T: Debug>(
    heading: &str,
    kill: impl Fn(Victim, usize) -> Option<(String, T)>,
) {
    let mut out = std::io::stdout();
    let _ = writeln!(out, "killed after     request    {heading}");
    for victim in [Victim::Batch, Victim::ScheduledRun] {
        let made = (1..MOST_REQUESTS).map_while(|request| Some((request, kill(victim, request)?)));
        let mut requests = 0;
        for (request, (at, result)) in made {
            let _ = writeln!(out, "{victim:<12?} {request:>3} {at:<14} {result:?}");
            requests = request;
        }
        assert!(
            requests >= 5,
            "{victim:?}: only {requests} requests were made"
        );
    }
}

#[test]
fn an_alarm_of_a_group_is_raised_and_ended_whichever_request_the_function_dies_at() {
    kill_at_every_request("notifications of ALARM and OK", killed_in_an_incident);
}

/// Kills the function at the n-th request of a batch in state `ALARM`: two calls of a kind that was not reported, half an hour
/// after the first email. Returns the action of the request, and the number of times that the reminder arrived. `None` if
/// there are fewer requests.
#[track_caller]
fn killed_in_a_reminder(request: usize) -> Option<(String, usize)> {
    let deployment = Deployment::new(environment(), &format!("reminder-{request}"));
    let time = Timestamp::now();
    let records = ["kms-incorrect-key", "kms-access-denied"].map(sample);
    let burst = logs_at(time, &records.each_ref().map(String::as_str));
    deployment.start().invoke(&burst).expect("it is not killed");

    let other = records.map(|record| {
        let mut record: serde_json::Value = serde_json::from_str(&record).unwrap();
        let id = record["eventID"].as_str().unwrap().replace('a', "b");
        (record["eventID"], record["eventName"]) = (id.into(), "DisableKey".into());
        record.to_string()
    });
    let ahead = 30.minutes();
    let batch = logs_at(time + ahead, &other.each_ref().map(String::as_str)).to_string();
    let mut function = deployment.start();
    function.set_ahead(ahead);
    (deployment.proxy).kill_at(function.id(), request, Moment::AfterRequest);
    let died = function.try_invoke(&batch, TIMEOUT).is_err();
    let at = deployment.proxy.log().requests.get(request - 1).cloned();
    deployment.proxy.clear_plan();
    drop(function);

    let mut function = deployment.start();
    function.set_ahead(ahead);
    let reply = function.invoke_text(&batch, TIMEOUT);
    reply.expect("the retry succeeds");
    for minutes in [32, 33] {
        function.run_after(minutes.minutes());
    }
    let reminders = |notification: serde_json::Value| {
        let text = notification["Message"].as_str().unwrap();
        let document: serde_json::Value = serde_json::from_str(text).unwrap();
        let extension = &document["CloudTrailAlarms"];
        let parts =
            ["id", "repeat", "alreadyReported", "newKinds"].map(|key| extension[key].clone());
        (extension["repeat"] != 0).then(|| (parts, extension["evidence"]["count"].clone()))
    };
    let sent: Vec<_> = (deployment.subscription.receive().into_iter())
        .filter_map(reminders)
        .collect();
    let case = format!("{request} {at:?}: {sent:?}");
    assert!((1..=2).contains(&sent.len()), "{case}");
    let ([_, repeat, already_reported, new_kinds], count) = &sent[0];
    assert_eq!(
        [repeat, already_reported, new_kinds, count].map(serde_json::Value::as_u64),
        [1, 0, 2, 2].map(Some),
        "{case}"
    );
    assert!(sent.iter().all(|one| *one == sent[0]), "{case}");
    assert_eq!(deployment.state(time), (4, AlarmState::Alarm, 0), "{case}");
    died.then(|| (at.expect("it died at a request"), sent.len()))
}

#[test]
fn a_reminder_of_new_records_arrives_whichever_request_the_function_dies_at() {
    let mut out = std::io::stdout();
    let _ = writeln!(out, "killed after    reminders");
    let made =
        (1..MOST_REQUESTS).map_while(|request| Some((request, killed_in_a_reminder(request)?)));
    let mut requests = 0;
    for (request, (at, sent)) in made {
        let _ = writeln!(out, "{request:>3} {at:<14} {sent}");
        requests = request;
    }
    assert!(requests >= 5, "only {requests} requests were made");
}

/// An alarm that counts the first record of each error code.
const FIRST_SEEN: &str = r#"AlarmName: first-seen
FilterPattern: '{ $.errorCode = "*" && $.eventSource = "kms.amazonaws.com" }'
Threshold: 0
FirstSeen: {Fields: [$.errorCode], WarmUp: 0s}"#;

/// Kills the function at the n-th request of a batch with two new combinations, and with an earlier record of a combination
/// that counts already. Returns the action of the request. `None` if there are fewer requests.
#[track_caller]
fn killed_in_first_records(request: usize, moment: Moment) -> Option<String> {
    let series = SeriesKey {
        alarm: "first-seen".to_owned(),
        group: Group::default(),
    };
    let name = format!("first-{moment:?}-{request}");
    let deployment =
        Deployment::new(environment(), &name).with_alarms(&alarm_yaml(FIRST_SEEN), series);
    let time = Timestamp::now();
    let [earlier, others @ ..] =
        ["kms-disabled", "kms-incorrect-key", "kms-access-denied"].map(sample);
    let mut later: serde_json::Value = serde_json::from_str(&earlier).unwrap();
    later["eventID"] = "1d77bd0f-85a9-4d10-a30e-7e4bd6a9bbd6".into();
    let later = logs_at(time, &[&later.to_string()]);
    deployment.start().invoke(&later).expect("it is not killed");

    let records = [&earlier, &others[0], &others[1]].map(String::as_str);
    let batch = logs_at(time - 2.minutes(), &records).to_string();
    let mut function = deployment.start();
    deployment.proxy.kill_at(function.id(), request, moment);
    let died = function.try_invoke(&batch, TIMEOUT).is_err();
    let at = deployment.proxy.log().requests.get(request - 1).cloned();
    deployment.proxy.clear_plan();
    drop(function);

    let mut function = deployment.start();
    let reply = function.invoke_text(&batch, TIMEOUT);
    reply.expect("the retry succeeds");
    for minutes in [2, 3] {
        function.run_after(minutes.minutes());
    }
    let (events, _, pending) = deployment.state(time);
    assert_eq!((events, pending), (3, 0), "{moment:?} {request} {at:?}");
    died.then(|| at.expect("it died at a request"))
}

#[test]
fn the_first_record_of_each_combination_counts_whichever_request_the_function_dies_at() {
    let mut out = std::io::stdout();
    for moment in [Moment::BeforeRequest, Moment::AfterRequest] {
        let made = (1..MOST_REQUESTS)
            .map_while(|request| Some((request, killed_in_first_records(request, moment)?)));
        let mut requests = 0;
        for (request, at) in made {
            let _ = writeln!(out, "{moment:<16?} {request:>3} {at}");
            requests = request;
        }
        assert!(requests >= 15, "only {requests} requests were made");
    }
}
