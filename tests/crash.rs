//! The built function, killed at every request that it makes to its table and its topic, and invoked again.
//!
//! Whatever the moment, the counts are exact, the alarm is raised once, and its notification arrives: never not at all,
//! and at most twice.

#[expect(dead_code, reason = "shared with the other tests of the function")]
mod support;

use std::io::Write as _;

use cloudtrail_alarms::alarm::AlarmState;
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
        let tick = json!({"source": "cloudtrail-alarms.tick", "time": time + minutes.minutes()});
        function.invoke(&tick).expect("a tick succeeds");
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
