//! The built function during outages of its table and its topic, and three functions at once.
//!
//! Afterwards the counts are exact, the alarm was raised once, and its notification arrived once or twice.

use std::io::Write as _;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use cloudtrail_alarms::alarm::AlarmState;
use cloudtrail_alarms_testkit::deployment::Deployment;
use cloudtrail_alarms_testkit::events::logs_at;
use cloudtrail_alarms_testkit::function::{FunctionProcess, TIMEOUT};
use cloudtrail_alarms_testkit::proxy::{Fault, Moment};
use cloudtrail_alarms_testkit::records::sample;
use jiff::{Timestamp, ToSpan as _};
use serde_json::{Value, json};

use crate::environment;

/// More tries than Lambda and a redrive make.
const MOST_TRIES: usize = 10;

/// Failed calls by the task role, each with its own `eventID`.
fn failures(numbers: impl Iterator<Item = usize>) -> Vec<String> {
    let record: Value = serde_json::from_str(&sample("kms-access-denied")).expect("it is JSON");
    let numbered = |number| {
        let mut record = record.clone();
        record["eventID"] = json!(format!("1d77bd0f-85a9-4d10-a30e-{number:012x}"));
        record.to_string()
    };
    numbers.map(numbered).collect()
}

fn batch(time: Timestamp, numbers: impl Iterator<Item = usize>) -> String {
    let records = failures(numbers);
    let texts: Vec<&str> = records.iter().map(String::as_str).collect();
    logs_at(time, &texts).to_string()
}

/// The scheduled runs of the next minutes: leases expire, and pending notifications are published.
fn scheduled_runs(function: &mut FunctionProcess) {
    for minutes in [2, 3] {
        function.run_after(minutes.minutes());
    }
}

/// One request of the function.
struct Request {
    /// Which invocation makes it, from 1.
    tried: usize,
    /// Its number among the requests of the invocation, from 1.
    index: usize,
    /// Its number among the publications of the invocation, from 1. `None` for a request to the table.
    publication: Option<usize>,
}

impl Request {
    fn is_first_try_of_table(&self) -> bool {
        self.publication.is_none() && self.tried == 1
    }

    fn is_publication_of_first_tries(&self) -> bool {
        self.publication.is_some() && self.tried <= 2
    }
}

/// An outage, the timeout of invocations in seconds, and the errors of the invocations that fail.
struct Outage {
    name: &'static str,
    seconds: u64,
    fault: fn(&Request) -> Option<Fault>,
    errors: &'static [&'static str],
}

const OUTAGES: [Outage; 11] = [
    Outage {
        name: "nothing happens",
        seconds: 30,
        fault: |_| None,
        errors: &[],
    },
    Outage {
        name: "table throttles every second request",
        seconds: 30,
        fault: |r| (r.publication.is_none() && r.index % 2 == 1).then_some(Fault::Throttle),
        errors: &[],
    },
    Outage {
        name: "table throttles for the first try",
        seconds: 6,
        fault: |r| r.is_first_try_of_table().then_some(Fault::Throttle),
        errors: &["DeadlineExceeded"],
    },
    Outage {
        name: "table unavailable for the first try",
        seconds: 6,
        fault: |r| r.is_first_try_of_table().then_some(Fault::Unavailable),
        errors: &["DeadlineExceeded"],
    },
    Outage {
        name: "table too slow for the first try",
        seconds: 3,
        fault: |r| (r.is_first_try_of_table()).then_some(Fault::Delay(Duration::from_secs(1))),
        errors: &["DeadlineExceeded"],
    },
    Outage {
        name: "every third connection reset before",
        seconds: 30,
        // Publications are counted separately, because the number of requests between them depends on the time.
        fault: |r| {
            let is_hit = r.publication.unwrap_or(r.index) % 3 == 1;
            is_hit.then_some(Fault::Reset(Moment::BeforeRequest))
        },
        errors: &[],
    },
    Outage {
        name: "every third connection of the table reset after",
        seconds: 30,
        fault: |r| {
            let is_hit = r.publication.is_none() && r.index % 3 == 1;
            is_hit.then_some(Fault::Reset(Moment::AfterRequest))
        },
        errors: &[],
    },
    Outage {
        name: "topic resets the first connection after",
        seconds: 30,
        fault: |r| (r.publication == Some(1)).then_some(Fault::Reset(Moment::AfterRequest)),
        errors: &[],
    },
    Outage {
        name: "topic answers after five seconds",
        seconds: 60,
        fault: |r| (r.publication.is_some()).then_some(Fault::Delay(Duration::from_secs(5))),
        errors: &[],
    },
    Outage {
        name: "topic throttles for two tries",
        seconds: 60,
        fault: |r| r.is_publication_of_first_tries().then_some(Fault::Throttle),
        errors: &["PublishFailed", "PublishFailed"],
    },
    Outage {
        name: "topic down for two tries",
        seconds: 60,
        fault: |r| {
            let is_hit = r.is_publication_of_first_tries();
            is_hit.then_some(Fault::Reset(Moment::BeforeRequest))
        },
        // The notification may have been published: the second try leaves it to an invocation after the lease has expired.
        errors: &["PublishFailed"],
    },
];

/// Invokes the function until it succeeds. Returns a line of the printed table.
#[track_caller]
fn survive(outage: &Outage) -> String {
    let Outage {
        name,
        seconds,
        fault,
        errors,
    } = *outage;
    let deployment = Deployment::new(environment(), &name.replace(' ', "-"));
    let time = Timestamp::now();
    let burst = batch(time, 0..3);
    let mut function = deployment.start();
    let mut requests = 0;
    let mut failed = Vec::new();
    for tried in 1..=MOST_TRIES {
        let mut publications = 0;
        deployment.proxy.plan(move |index, name| {
            publications += usize::from(name == "Publish");
            let request = Request {
                tried,
                index,
                publication: (name == "Publish").then_some(publications),
            };
            fault(&request).unwrap_or(Fault::None)
        });
        // The deadline is part of what happens, not of what is done about it.
        let is_hit = tried <= errors.len();
        let patience = if is_hit { seconds } else { 60 };
        let reply = function.invoke_text(&burst, Duration::from_secs(patience));
        requests += deployment.proxy.log().requests.len();
        match reply {
            Ok(_) => break,
            Err(error) => failed.push(error.error_type),
        }
    }
    deployment.proxy.clear_plan();
    scheduled_runs(&mut function);
    let sent = deployment.subscription.receive().len();
    assert!((1..=2).contains(&sent), "{name}: {sent} notifications");
    assert_eq!(deployment.state(time), (3, AlarmState::Alarm, 0), "{name}");
    // Only after an error response of SNS may a notification be published again.
    assert!(
        sent == 1 || name.starts_with("topic resets"),
        "{name}: {sent}"
    );
    let tries = failed.len() + 1;
    let line = format!(
        "{name:<48} {tries:>5} {requests:>8} {sent:>13}  {}",
        failed.join(", ")
    );
    assert_eq!(failed, errors, "{line}");
    line
}

#[test]
fn in_every_outage_the_counts_are_exact_and_the_notification_arrives() {
    // The outages are waited for in parallel.
    let table: Vec<String> = thread::scope(|scope| {
        let running: Vec<_> = (OUTAGES.iter())
            .map(|outage| scope.spawn(|| survive(outage)))
            .collect();
        let lines = running.into_iter().map(thread::ScopedJoinHandle::join);
        lines
            .map(|line| line.expect("the outage is survived"))
            .collect()
    });
    let head = format!("{:<48} tries requests notifications  errors", "outage");
    let _ = writeln!(std::io::stdout(), "{head}\n{}", table.join("\n"));
}

#[test]
fn three_functions_at_once_on_one_table_count_exactly_and_alarm_once() {
    const BATCHES: usize = 12;
    const FUNCTIONS: usize = 3;
    let deployment = Deployment::new(environment(), "three-at-once");
    let time = Timestamp::now();
    // Each batch shares half of its records with the next, and each comes to two of the functions.
    let batches: Vec<String> = (0..BATCHES)
        .map(|batch_number| batch(time, batch_number * 10..batch_number * 10 + 20))
        .collect();
    let replies: Vec<Value> = thread::scope(|scope| {
        let running: Vec<_> = (0..FUNCTIONS)
            .map(|mine| {
                let (deployment, batches) = (&deployment, &batches);
                scope.spawn(move || {
                    let mut function = deployment.start();
                    let of_mine =
                        (batches.iter().enumerate()).filter(|(n, _)| n % FUNCTIONS != mine);
                    let invoke = |(_, batch): (usize, &String)| {
                        let reply = function.invoke_text(batch, TIMEOUT);
                        reply.unwrap_or_else(|error| panic!("{error:?}"))
                    };
                    of_mine.map(invoke).collect::<Vec<_>>()
                })
            })
            .collect();
        let done = running.into_iter().map(thread::ScopedJoinHandle::join);
        done.flat_map(|replies| replies.expect("no function fails"))
            .collect()
    });
    let sum = |name: &str| -> u64 {
        let counts = replies
            .iter()
            .map(|reply| reply["occurrences"][name].as_u64());
        counts.map(|count| count.expect("a reply counts")).sum()
    };
    let distinct = (BATCHES * 10 + 10) as u64;
    assert_eq!(sum("new"), distinct);
    assert_eq!(
        sum("new") + sum("duplicate"),
        (BATCHES * 20 * (FUNCTIONS - 1)) as u64
    );
    let transitions = replies
        .iter()
        .map(|reply| reply["transitions"].as_array().map_or(0, Vec::len));
    assert_eq!(transitions.sum::<usize>(), 1);
    scheduled_runs(&mut deployment.start());
    let events = usize::try_from(distinct).expect("it is small");
    assert_eq!(deployment.state(time), (events, AlarmState::Alarm, 0));
    assert_eq!(deployment.subscription.receive().len(), 1);
}

#[test]
fn three_thousand_matches_of_one_alarm_make_a_handful_of_requests() {
    let deployment = Deployment::new(environment(), "three-thousand");
    let time = Timestamp::now();
    let mut function = deployment.start();
    let event = batch(time, 0..3_000);
    let begin = Instant::now();
    let reply = function.invoke_text(&event, TIMEOUT).expect("it succeeds");
    let took = begin.elapsed();
    let requests = deployment.proxy.log().requests.clone();
    let _ = writeln!(
        std::io::stdout(),
        "3,000 matches: {} requests, {took:?}",
        requests.len()
    );
    assert_eq!(
        reply["occurrences"],
        json!({"new": 2_000, "duplicate": 0, "tooLate": 0, "overflow": 1_000})
    );
    assert!(requests.len() <= 10, "{requests:?}");
    let notifications = deployment.subscription.receive();
    let text = notifications[0]["Message"].as_str().expect("it is a text");
    assert!(text.contains("2000") || text.contains("2,000"), "{text}");
}

/// Sends SIGTERM, as Lambda does, and returns whether the function exits successfully.
fn terminated(mut function: FunctionProcess) -> bool {
    let id = function.id().to_string();
    let sent = Command::new("kill").args(["-TERM", &id]).status();
    assert!(sent.expect("kill is there").success());
    function.exits_successfully()
}

#[test]
fn a_function_exits_on_sigterm_and_the_next_one_finishes_its_work() {
    let idle = Deployment::new(environment(), "terminated-idle");
    let mut function = idle.start();
    let time = Timestamp::now();
    function
        .invoke_text(&batch(time, 0..3), TIMEOUT)
        .expect("it succeeds");
    assert!(terminated(function), "an idle function ends by itself");
    assert_eq!(idle.subscription.receive().len(), 1);

    let busy = Deployment::new(environment(), "terminated-busy");
    let function = busy.start();
    busy.proxy.plan(|_, name| match name {
        "Publish" => Fault::Delay(Duration::from_secs(20)),
        _ => Fault::None,
    });
    function.begin(&batch(time, 0..3), TIMEOUT);
    let begin = Instant::now();
    while !busy
        .proxy
        .log()
        .requests
        .iter()
        .any(|name| name == "Publish")
    {
        assert!(begin.elapsed() < TIMEOUT, "{:?}", busy.proxy.log());
        thread::sleep(Duration::from_millis(5));
    }
    assert!(terminated(function), "a busy function ends by itself");
    busy.proxy.clear_plan();
    let mut function = busy.start();
    function
        .invoke_text(&batch(time, 0..3), TIMEOUT)
        .expect("the retry succeeds");
    scheduled_runs(&mut function);
    assert_eq!(busy.state(time), (3, AlarmState::Alarm, 0));
    assert!((1..=2).contains(&busy.subscription.receive().len()));
}
