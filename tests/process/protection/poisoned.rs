//! Stored states with times in the future are corrected, so that their alarms work again with the next record.

use cloudtrail_alarms::alarm::AlarmState;
use cloudtrail_alarms::handler::{Handler, Invocation, Outcome};
use cloudtrail_alarms::matching::OwnIdentity;
use cloudtrail_alarms::notification::DeploymentContext;
use cloudtrail_alarms::settings::{Settings, compiled_in};
use cloudtrail_alarms::store::MemoryStore;
use cloudtrail_alarms_testkit::events::logs_at;
use cloudtrail_alarms_testkit::function::TIMEOUT;
use cloudtrail_alarms_testkit::futures::block_on;
use cloudtrail_alarms_testkit::publisher::RecordingPublisher;
use cloudtrail_alarms_testkit::records::sample;
use jiff::{Span, Timestamp, ToSpan as _};
use serde_json::Value;

use crate::environment;

const RUN: &str = r#"{"source":"cloudtrail-alarms.tick"}"#;

/// A handler of the built-in alarm that keeps its state in memory.
fn handler() -> Handler<MemoryStore, RecordingPublisher> {
    let role = "arn:aws:iam::111122223333:role/pattern1-application-task";
    let variable = |name: &str| (name == "ECS_TASK_ROLE_ARN").then(|| role.to_owned());
    let settings = Settings::from_environment(&variable, &compiled_in).expect("it is valid");
    Handler::new(
        settings.alarms,
        MemoryStore::default(),
        RecordingPublisher::default(),
        OwnIdentity::default(),
        DeploymentContext::default(),
    )
}

/// A handler, and the invocations of two hours.
struct InvocationSequence {
    handler: Handler<MemoryStore, RecordingPublisher>,
    begin: Timestamp,
    requests: usize,
}

impl InvocationSequence {
    fn new() -> Self {
        Self {
            handler: handler(),
            begin: "2026-11-20T02:00:00Z".parse().expect("it is a time"),
            requests: 0,
        }
    }

    fn invoke(&mut self, after: Span, event: &str) -> Outcome {
        self.requests += 1;
        let invocation = Invocation {
            request_id: format!("request-{}", self.requests),
            now: self.begin + after,
            ..Invocation::default()
        };
        let (outcome, _) = block_on(self.handler.handle(event, &invocation));
        outcome.expect("it succeeds")
    }

    /// Delivers `count` failing calls at this minute. Returns the states that were entered, and how many notifications were sent.
    fn calls(&mut self, minutes: i64, count: usize) -> (Vec<AlarmState>, u64) {
        let records: Vec<String> = (0..count)
            .map(|n| {
                let mut call: Value =
                    serde_json::from_str(&sample("kms-access-denied")).expect("it is JSON");
                call["eventID"] = format!("1d77bd0f-85a9-4d10-{minutes:04x}-{n:012x}").into();
                call.to_string()
            })
            .collect();
        let records: Vec<&str> = records.iter().map(String::as_str).collect();
        let event = logs_at(self.begin + minutes.minutes(), &records).to_string();
        let outcome = self.invoke(minutes.minutes(), &event);
        let states = outcome.transitions.iter().map(|change| change.to);
        (states.collect(), outcome.notifications.sent)
    }
}

#[test]
fn an_alarm_that_was_evaluated_for_2099_fires_as_an_alarm_that_was_not() {
    let announced = |is_poisoned: bool| {
        let mut sequence = InvocationSequence::new();
        let mut announced = vec![sequence.calls(1, 2)];
        if is_poisoned {
            // An earlier version accepted such a run.
            sequence.invoke((73 * 365 * 24).hours(), RUN);
        }
        for minutes in [20, 40, 60, 80] {
            // A window with one call ends the alarm. The next burst raises it again.
            announced.push(sequence.calls(minutes, 1));
            sequence.invoke((minutes + 10).minutes(), RUN);
            announced.push(sequence.calls(minutes + 15, 3));
        }
        let alarms = announced
            .iter()
            .filter(|(states, _)| states.contains(&AlarmState::Alarm));
        let sent: u64 = announced.iter().map(|(_, sent)| sent).sum();
        (alarms.count(), sent)
    };
    assert_eq!(announced(false).0, 5);
    assert_eq!(announced(true), announced(false));
}

#[test]
fn a_run_for_the_future_is_rejected_and_a_replay_is_accepted() {
    let mut function = environment().start();
    for time in [
        "2099-01-01T00:00:00Z".to_owned(),
        (Timestamp::now() + 2.minutes()).to_string(),
    ] {
        let run = format!(r#"{{"source":"cloudtrail-alarms.tick","time":"{time}"}}"#);
        let error = function
            .invoke_text(&run, TIMEOUT)
            .expect_err("it is refused");
        assert_eq!(error.error_type, "InvalidEvent");
        assert!(
            error
                .error_message
                .contains("not to be later than the clock"),
            "{}",
            error.error_message
        );
    }
    let past = format!(
        r#"{{"source":"cloudtrail-alarms.tick","time":"{}"}}"#,
        Timestamp::now() - 2.hours()
    );
    function
        .invoke_text(&past, TIMEOUT)
        .expect("a replay is taken");
}
