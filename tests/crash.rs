//! The built function, killed at every request that it makes to its table and its topic, and invoked again.
//!
//! Whatever the moment, the counts are exact, the alarm is raised once, and its notification arrives: never not at all,
//! and at most twice.

#[expect(dead_code, reason = "shared with the other tests of the function")]
mod support;

use std::io::Write as _;

use cloudtrail_alarms::alarm::AlarmState;
use cloudtrail_alarms::series::{Group, SeriesKey};
use jiff::{Timestamp, ToSpan as _};
use serde_json::json;
use support::event::{logs_at, record};
use support::function::TIMEOUT;
use support::relay::Moment;
use support::scene::Scene;

/// More requests than an invocation makes; reaching it means that they never end.
const MOST_REQUESTS: usize = 60;

/// Kills the function at its n-th request; returns what that request was, or none where it made fewer.
#[track_caller]
fn killed_at(request: usize, moment: Moment) -> Option<(String, usize)> {
    let scene = Scene::new(&format!("{moment:?}-{request}"));
    let time = Timestamp::now();
    let records = ["kms-incorrect-key", "kms-access-denied", "kms-disabled"].map(record);
    let burst = logs_at(time, &records.each_ref().map(String::as_str)).to_string();

    let mut function = scene.function();
    scene.witness.arm(function.id(), request, moment);
    let died = function.try_invoke(&burst, TIMEOUT).is_err();
    let at = scene.witness.log().requests.get(request - 1).cloned();
    scene.witness.disarm();
    drop(function);

    // Lambda tries again, and the schedule goes on; a lease that the dead one held has ended by then.
    let mut function = scene.function();
    let reply = function
        .try_invoke(&burst, TIMEOUT)
        .expect("nobody kills it now");
    reply.expect("the retry succeeds");
    for minutes in [2, 3] {
        function.run_after(minutes.minutes());
    }

    let notifications = scene.subscription.receive();
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
        scene.state(time),
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

/// An alarm for each account, which ends by itself and says so.
const BY_ACCOUNT: &str = r#"
Alarms:
  - AlarmName: by-account
    FilterPattern: '{ $.errorCode = "*" && $.eventSource = "kms.amazonaws.com" }'
    MetricNamespace: N
    MetricName: M
    Period: 60
    EvaluationPeriods: 1
    Threshold: 1
    ComparisonOperator: GreaterThanThreshold
    TreatMissingData: notBreaching
    AllowedLateness: 1m
    GroupBy: [$.recipientAccountId]
    OKActions: [arn:aws:sns:ap-southeast-2:111122223333:alarms]
"#;

/// Kills the function at the n-th request of the batch that raises an alarm, or of the tick that ends it; returns what
/// that request was, and how often each of the two notifications came, or none where it made fewer.
#[track_caller]
fn killed_in_a_whole_life(victim: Victim, request: usize) -> Option<(String, [usize; 2])> {
    let account = Some("111122223333".to_owned());
    let series = SeriesKey {
        alarm: "by-account".to_owned(),
        group: Group(vec![("$.recipientAccountId".to_owned(), account)]),
    };
    let name = format!("life-{victim:?}-{request}");
    let scene = Scene::new(&name).with_alarms(BY_ACCOUNT, series);
    let time = Timestamp::now();
    let records = ["kms-incorrect-key", "kms-access-denied", "kms-disabled"].map(record);
    let burst = logs_at(time, &records.each_ref().map(String::as_str)).to_string();
    let tick = json!({"source": "cloudtrail-alarms.tick"}).to_string();
    let mut killed = None;
    for (role, event) in [(Victim::Batch, burst), (Victim::Tick, tick)] {
        let mut function = scene.function();
        if role == Victim::Tick {
            function.set_ahead(30.minutes());
        }
        if role == victim {
            let moment = Moment::AfterRequest;
            scene.witness.arm(function.id(), request, moment);
            let died = function.try_invoke(&event, TIMEOUT).is_err();
            let at = scene.witness.log().requests.get(request - 1).cloned();
            killed = died.then(|| at.expect("it died at a request"));
            scene.witness.disarm();
            function = scene.function();
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
            // What the dead one held is free again.
            function.run_after(2.minutes());
        }
    }
    let notifications = scene.subscription.receive();
    let of = |state: &str| {
        let is_of = |one: &&serde_json::Value| one["MessageAttributes"]["state"]["Value"] == state;
        notifications.iter().filter(is_of).count()
    };
    let sent = [of("ALARM"), of("OK")];
    let case = format!("{victim:?} {request} {killed:?}: {sent:?}");
    assert!(sent.iter().all(|sent| (1..=2).contains(sent)), "{case}");
    assert_eq!(scene.state(time), (3, AlarmState::Ok, 0), "{case}");
    Some((killed?, sent))
}

/// Who is killed.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Victim {
    Batch,
    Tick,
}

#[test]
fn an_alarm_of_a_group_is_raised_and_ended_whichever_request_the_function_dies_at() {
    let mut out = std::io::stdout();
    let _ = writeln!(
        out,
        "killed after     request    notifications of ALARM and OK"
    );
    for victim in [Victim::Batch, Victim::Tick] {
        let made = (1..MOST_REQUESTS)
            .map_while(|request| Some((request, killed_in_a_whole_life(victim, request)?)));
        let mut requests = 0;
        for (request, (at, sent)) in made {
            let _ = writeln!(out, "{victim:<6?} {request:>3} {at:<14} {sent:?}");
            requests = request;
        }
        assert!(
            requests >= 5,
            "{victim:?}: only {requests} requests were made"
        );
    }
}
