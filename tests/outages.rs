//! The built function while its table and its topic do what services do on a bad day, and three of it at once.
//!
//! Whatever happens, the counts are exact when it is over, the alarm is raised once, and its notification arrives: never
//! not at all, and at most twice.

#[expect(dead_code, reason = "shared with the other tests of the function")]
mod support;

use std::io::Write as _;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use cloudtrail_alarms::alarm::AlarmState;
use jiff::{Timestamp, ToSpan as _};
use serde_json::{Value, json};
use support::event::{logs_at, record};
use support::function::{Function, TIMEOUT};
use support::relay::{Fate, Moment};
use support::scene::Scene;

/// More tries than Lambda and a redrive make.
const MOST_TRIES: usize = 10;

/// Failed calls by the task role, each with an identity of its own.
fn failures(numbers: impl Iterator<Item = usize>) -> Vec<String> {
    let record: Value = serde_json::from_str(&record("kms-access-denied")).expect("it is JSON");
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

/// The ticks of the next minutes, in which what is owed is published and leases end.
fn ticks(function: &mut Function, time: Timestamp) {
    for minutes in [2, 3] {
        let tick = json!({"source": "cloudtrail-alarms.tick", "time": time + minutes.minutes()});
        function.invoke(&tick).expect("a tick succeeds");
    }
}

/// What an outage came to.
struct Row {
    outage: &'static str,
    tries: usize,
    requests: usize,
    errors: Vec<String>,
    notifications: usize,
}

/// Invokes the function until it succeeds, as Lambda does, while requests have these fates.
#[track_caller]
fn through(
    outage: &'static str,
    patience: Duration,
    fate: impl FnMut(usize, usize, &str) -> Fate + Send + Clone + 'static,
) -> Row {
    let scene = Scene::new(&outage.replace(' ', "-"));
    let time = Timestamp::now();
    let burst = batch(time, 0..3);
    let mut function = scene.function();
    let mut row = Row {
        outage,
        tries: 0,
        requests: 0,
        errors: Vec::new(),
        notifications: 0,
    };
    while row.tries < MOST_TRIES {
        row.tries += 1;
        let tried = row.tries;
        let mut of_try = fate.clone();
        scene
            .witness
            .plan(move |place, name| of_try(tried, place, name));
        let reply = function.invoke_text(&burst, patience);
        row.requests += scene.witness.log().requests.len();
        match reply {
            Ok(_) => break,
            Err(error) => row.errors.push(error.error_type),
        }
    }
    scene.witness.disarm();
    ticks(&mut function, time);
    let notifications = scene.subscription.receive();
    row.notifications = notifications.len();
    assert!(
        (1..=2).contains(&row.notifications),
        "{outage}: {} notifications",
        row.notifications
    );
    assert_eq!(scene.state(time), (3, AlarmState::Alarm, 0), "{outage}");
    row
}

#[test]
fn whatever_happens_to_requests_the_counts_are_exact_and_the_notification_arrives() {
    const PATIENCE: Duration = Duration::from_secs(30);
    let table = |name: &str| name != "Publish";
    let rows = [
        through("nothing happens", PATIENCE, |_, _, _| Fate::Pass),
        through(
            "table throttles every second request",
            PATIENCE,
            |_, place, name| {
                if name != "Publish" && place % 2 == 1 {
                    Fate::Throttle
                } else {
                    Fate::Pass
                }
            },
        ),
        through(
            "table unavailable for the first try",
            PATIENCE,
            move |tried, _, name| {
                if table(name) && tried == 1 {
                    Fate::Unavailable
                } else {
                    Fate::Pass
                }
            },
        ),
        through(
            "table throttles for the first try",
            Duration::from_secs(8),
            move |tried, _, name| {
                if table(name) && tried == 1 {
                    Fate::Throttle
                } else {
                    Fate::Pass
                }
            },
        ),
        through(
            "every third connection reset before",
            PATIENCE,
            |_, place, _| {
                if place % 3 == 1 {
                    Fate::Reset(Moment::BeforeRequest)
                } else {
                    Fate::Pass
                }
            },
        ),
        through(
            "every third connection of the table reset after",
            PATIENCE,
            move |_, place, name| {
                if table(name) && place % 3 == 1 {
                    Fate::Reset(Moment::AfterRequest)
                } else {
                    Fate::Pass
                }
            },
        ),
        through("topic resets the first connection after", PATIENCE, {
            let mut publications = 0;
            move |tried, _, name| {
                publications += usize::from(name == "Publish");
                let first = tried == 1 && name == "Publish" && publications == 1;
                if first {
                    Fate::Reset(Moment::AfterRequest)
                } else {
                    Fate::Pass
                }
            }
        }),
        through(
            "topic throttles for two tries",
            Duration::from_secs(8),
            |tried, _, name| {
                if name == "Publish" && tried <= 2 {
                    Fate::Throttle
                } else {
                    Fate::Pass
                }
            },
        ),
        through(
            "topic down for two tries",
            Duration::from_secs(8),
            |tried, _, name| {
                if name == "Publish" && tried <= 2 {
                    Fate::Reset(Moment::BeforeRequest)
                } else {
                    Fate::Pass
                }
            },
        ),
        through(
            "table too slow for the first try",
            Duration::from_secs(3),
            move |tried, _, name| {
                if table(name) && tried == 1 {
                    Fate::Wait(Duration::from_secs(1))
                } else {
                    Fate::Pass
                }
            },
        ),
    ];
    let mut out = std::io::stdout();
    let _ = writeln!(out, "{:<48} tries requests notifications  errors", "outage");
    for row in &rows {
        let Row {
            outage,
            tries,
            requests,
            errors,
            notifications,
        } = row;
        let _ = writeln!(
            out,
            "{outage:<48} {tries:>5} {requests:>8} {notifications:>13}  {}",
            errors.join(", ")
        );
    }
    // What needs no second try has none, and what does says why.
    let errors = |at: usize| {
        rows[at]
            .errors
            .iter()
            .map(String::as_str)
            .collect::<Vec<_>>()
    };
    assert_eq!(errors(0), [""; 0]);
    assert_eq!(errors(1), [""; 0]);
    assert_eq!(errors(4), [""; 0]);
    assert_eq!(errors(5), [""; 0]);
    assert_eq!(errors(6), [""; 0]);
    assert_eq!(errors(9), ["DeadlineExceeded"]);
}

#[test]
fn three_functions_at_once_on_one_table_count_exactly_and_alarm_once() {
    const BATCHES: usize = 12;
    const FUNCTIONS: usize = 3;
    let scene = Scene::new("three-at-once");
    let time = Timestamp::now();
    // Each batch shares half of its records with the next, and each comes to two of the functions.
    let batches: Vec<String> = (0..BATCHES)
        .map(|batch_number| batch(time, batch_number * 10..batch_number * 10 + 20))
        .collect();
    let replies: Vec<Value> = thread::scope(|scope| {
        let running: Vec<_> = (0..FUNCTIONS)
            .map(|mine| {
                let (scene, batches) = (&scene, &batches);
                scope.spawn(move || {
                    let mut function = scene.function();
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
        let done = running.into_iter().map(|function| function.join());
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
    ticks(&mut scene.function(), time);
    let events = usize::try_from(distinct).expect("it is small");
    assert_eq!(scene.state(time), (events, AlarmState::Alarm, 0));
    assert_eq!(scene.subscription.receive().len(), 1);
}

#[test]
fn three_thousand_matches_of_one_alarm_make_a_handful_of_requests() {
    let scene = Scene::new("three-thousand");
    let time = Timestamp::now();
    let mut function = scene.function();
    let begin = Instant::now();
    let reply = function
        .invoke_text(&batch(time, 0..3_000), TIMEOUT)
        .expect("it succeeds");
    let took = begin.elapsed();
    let requests = scene.witness.log().requests.clone();
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
    let notifications = scene.subscription.receive();
    let text = notifications[0]["Message"].as_str().expect("it is a text");
    assert!(text.contains("2000") || text.contains("2,000"), "{text}");
}

/// Ends a function as Lambda ends an environment; whether it went by itself, without an error.
fn terminated(mut function: Function) -> bool {
    let id = function.id().to_string();
    let sent = Command::new("kill").args(["-TERM", &id]).status();
    assert!(sent.expect("kill is there").success());
    function.ends_well()
}

#[test]
fn a_function_that_is_told_to_end_ends_and_what_it_left_is_done_by_the_next() {
    let idle = Scene::new("terminated-idle");
    let mut function = idle.function();
    let time = Timestamp::now();
    function
        .invoke_text(&batch(time, 0..3), TIMEOUT)
        .expect("it succeeds");
    assert!(terminated(function), "an idle function ends by itself");
    assert_eq!(idle.subscription.receive().len(), 1);

    let busy = Scene::new("terminated-busy");
    let function = busy.function();
    busy.witness.plan(|_, name| match name {
        "Publish" => Fate::Wait(Duration::from_secs(20)),
        _ => Fate::Pass,
    });
    function.begin(&batch(time, 0..3), TIMEOUT);
    let begin = Instant::now();
    while !busy
        .witness
        .log()
        .requests
        .iter()
        .any(|name| name == "Publish")
    {
        assert!(begin.elapsed() < TIMEOUT, "{:?}", busy.witness.log());
        thread::sleep(Duration::from_millis(5));
    }
    assert!(terminated(function), "a busy function ends by itself");
    busy.witness.disarm();
    let mut function = busy.function();
    function
        .invoke_text(&batch(time, 0..3), TIMEOUT)
        .expect("the retry succeeds");
    ticks(&mut function, time);
    assert_eq!(busy.state(time), (3, AlarmState::Alarm, 0));
    assert!((1..=2).contains(&busy.subscription.receive().len()));
}
