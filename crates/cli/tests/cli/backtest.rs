//! `cloudtrail-alarms backtest`, the built binary over small inputs of every kind.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use cloudtrail_alarms_testkit::events::{LOG_STREAM, gzip, log_event_id, logs_at, payload};
use cloudtrail_alarms_testkit::folder::{empty_folder, write};
use cloudtrail_alarms_testkit::records::{gunzip_file, sample};
use cloudtrail_alarms_testkit::repository::{file, path};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{TOOL, root};

const ALARM: &str = "Pattern1ApplicationKMSSecurityAlarm";

/// Three failed calls by the task role within five minutes, and one that did not fail.
const BURST: [&str; 4] = [
    "kms-incorrect-key",
    "kms-access-denied",
    "kms-disabled",
    "near-miss-no-error",
];

/// The result of a backtest.
#[derive(Debug)]
struct Run {
    code: i32,
    stdout: String,
    stderr: String,
}

/// Runs a backtest in the project's folder, with `input` on standard input.
#[track_caller]
fn backtest_of(input: &[u8], arguments: &[&str]) -> Run {
    let mut process = Command::new(TOOL)
        .arg("backtest")
        .args(arguments)
        .current_dir(root())
        .env_remove("ECS_TASK_ROLE_ARN")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the tool is built");
    let mut stdin = process.stdin.take().expect("it is piped");
    stdin.write_all(input).expect("the tool reads its input");
    drop(stdin);
    Run::of(process.wait_with_output().expect("the tool ends"))
}

/// Runs a backtest of these paths that prints JSON.
#[track_caller]
fn backtest(paths: &[&Path]) -> Run {
    let paths = paths
        .iter()
        .map(|path| path.to_str().expect("a path is text"));
    let arguments: Vec<&str> = ["--output", "json"].into_iter().chain(paths).collect();
    backtest_of(b"", &arguments)
}

impl Run {
    #[track_caller]
    fn of(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("the tool writes UTF-8");
        Self {
            code: output.status.code().expect("the tool exits"),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }

    /// The lines of one kind.
    #[track_caller]
    fn lines(&self, kind: &str) -> Vec<Value> {
        let line = |line: &str| -> Value { serde_json::from_str(line).expect("a line is JSON") };
        self.stdout
            .lines()
            .filter_map(|text| line(text).get_mut(kind).map(Value::take))
            .collect()
    }

    #[track_caller]
    fn summary(&self) -> Value {
        let last = self.stdout.lines().last().expect("there is a last line");
        let mut last: Value = serde_json::from_str(last).expect("a line is JSON");
        last["summary"].take()
    }

    /// Counts of records: in, matched, unmatched, invalid.
    #[track_caller]
    fn counters(&self) -> [u64; 4] {
        let counters = &self.summary()["counters"];
        ["recordsIn", "matched", "unmatched", "invalid"]
            .map(|name| counters[name].as_u64().expect("a count is a number"))
    }

    /// The times of the emails in the printed timeline.
    #[track_caller]
    fn email_times(&self) -> Vec<Timestamp> {
        assert_eq!(self.code, 0, "{}", self.stderr);
        self.stdout
            .lines()
            .filter_map(|line| Some(time(line.split_once("  email: ALARM: ")?.0)))
            .collect()
    }

    /// The notifications, `OLD -> NEW`.
    #[track_caller]
    fn changes_notified(&self) -> Vec<String> {
        let notifications = self.lines("notification");
        let change = |notification: &Value| {
            let text = notification["default"].as_str().expect("it is a text");
            let document: Value = serde_json::from_str(text).expect("which is JSON");
            let state = |key: &str| document[key].as_str().expect("a state is text").to_owned();
            format!("{} -> {}", state("OldStateValue"), state("NewStateValue"))
        };
        notifications.iter().map(change).collect()
    }
}

fn minutes_between(times: &[Timestamp]) -> Vec<i64> {
    times
        .windows(2)
        .map(|pair| pair[1].duration_since(pair[0]).as_mins())
        .collect()
}

#[track_caller]
fn time(text: &str) -> Timestamp {
    text.parse().expect("a time is RFC 3339")
}

/// The burst's records, of this time.
fn burst_at(event_time: &str) -> Vec<String> {
    let of_time = |name: &str| {
        let mut record: Value = serde_json::from_str(&sample(name)).expect("a record is JSON");
        record["eventTime"] = event_time.into();
        record.to_string()
    };
    BURST.iter().map(|name| of_time(name)).collect()
}

fn burst() -> Vec<String> {
    burst_at("2026-11-20T02:16:03Z")
}

fn json_lines(records: &[String]) -> String {
    records.join("\n") + "\n"
}

fn log_file(records: &[String]) -> String {
    format!("{{\"Records\":[{}]}}", records.join(","))
}

/// Output of `aws logs filter-log-events`.
fn filter_log_events(time: Timestamp, records: &[String]) -> String {
    let event = |(index, message): (usize, &String)| {
        json!({
            "logStreamName": LOG_STREAM,
            "timestamp": time.as_millisecond(),
            "message": message,
            "ingestionTime": time.as_millisecond() + 21,
            "eventId": log_event_id(index),
        })
    };
    let events: Vec<Value> = records.iter().enumerate().map(event).collect();
    let printed = json!({"events": events, "searchedLogStreams": []});
    serde_json::to_string_pretty(&printed).expect("a tree can be printed")
}

/// Output of `aws cloudtrail lookup-events`.
fn lookup_events(records: &[String]) -> String {
    let event = |(index, record): (usize, &String)| {
        json!({
            "EventId": format!("{index}"),
            "EventName": "Decrypt",
            "ReadOnly": "true",
            "EventTime": 1_795_140_963.0,
            "EventSource": "kms.amazonaws.com",
            "Resources": [],
            "CloudTrailEvent": record,
        })
    };
    let events: Vec<Value> = records.iter().enumerate().map(event).collect();
    let printed = json!({"Events": events, "NextToken": "t"});
    serde_json::to_string_pretty(&printed).expect("a tree can be printed")
}

/// EventBridge events with a record each, one on each line.
fn eventbridge_events(time: Timestamp, records: &[String]) -> String {
    let event = |(index, record): (usize, &String)| {
        let record: Value = serde_json::from_str(record).expect("a record is JSON");
        json!({
            "version": "0",
            "id": format!("event-{index}"),
            "detail-type": "AWS API Call via CloudTrail",
            "source": "aws.kms",
            "account": "111122223333",
            "time": time,
            "region": "ap-southeast-2",
            "resources": [],
            "detail": record,
        })
        .to_string()
    };
    let events: Vec<String> = records.iter().enumerate().map(event).collect();
    json_lines(&events)
}

/// The records in every format and layout, delivered at this time where the format says it.
fn every_format(records: &[String], delivered: Timestamp) -> Vec<(&'static str, Vec<u8>)> {
    let messages: Vec<&str> = records.iter().map(String::as_str).collect();
    let subscription = logs_at(delivered, &messages);
    let decoded = payload(&subscription);
    let pretty: Vec<String> = records
        .iter()
        .map(|record| {
            let record: Value = serde_json::from_str(record).expect("a record is JSON");
            format!("{record:#}")
        })
        .collect();
    let log_events: Vec<String> = (decoded["logEvents"]
        .as_array()
        .expect("it is a list")
        .iter())
    .map(Value::to_string)
    .collect();
    let pretty_log_file = format!(" {{ \"Records\" : [\n{}\n] }}\n", pretty.join(",\n"));
    let lines = json_lines(records);
    let (some, others) = records.split_at(2);
    let members = [some, others].map(|records| gzip(json_lines(records).as_bytes()));
    let texts = [
        ("payload.json", subscription.to_string()),
        ("payload-pretty.json", format!("{subscription:#}")),
        (
            "payloads.jsonl",
            format!("{subscription}\n{subscription}\n"),
        ),
        ("decoded.json", decoded.to_string()),
        ("decoded-pretty.json", format!("{decoded:#}")),
        ("log-file.json", log_file(records)),
        ("log-file-pretty.json", pretty_log_file),
        ("log-files.json", log_file(some) + &log_file(others)),
        ("records.jsonl", lines.clone()),
        ("records-pretty.json", pretty.join("\n")),
        (
            "filter-log-events.json",
            filter_log_events(delivered, records),
        ),
        ("log-events.jsonl", json_lines(&log_events)),
        ("array.json", format!("[{}]", records.join(","))),
        (
            "array-pretty.json",
            format!("[\n{}\n]\n", pretty.join(",\n")),
        ),
        ("lookup-events.json", lookup_events(records)),
        ("eventbridge.jsonl", eventbridge_events(delivered, records)),
    ];
    let gzipped = [
        ("log-file.json.gz", gzip(log_file(records).as_bytes())),
        ("records.jsonl.gz", gzip(lines.as_bytes())),
        ("members.gz", members.concat()),
    ];
    let texts = texts.map(|(name, text)| (name, text.into_bytes()));
    texts.into_iter().chain(gzipped).collect()
}

/// The document of a notification, without the number of records that came again.
fn document_but_for_duplicates(notification: &Value) -> Value {
    let text = notification["default"].as_str().expect("it is a text");
    let mut document: Value = serde_json::from_str(text).expect("it is JSON");
    let evidence = &mut document["CloudTrailAlarms"]["evidence"];
    assert!(evidence["duplicates"].take().is_u64(), "{text}");
    document
}

#[test]
fn the_same_records_do_the_same_in_every_format() {
    // Records without a delivery time are delivered at the end of their five minutes.
    let formats = every_format(&burst(), time("2026-11-20T02:20:00Z"));
    let folder = empty_folder();
    let files: Vec<PathBuf> = (formats.iter())
        .map(|(name, bytes)| write(&folder, name, bytes))
        .collect();
    let expected = backtest(&[&files[0]]);
    assert_eq!(expected.code, 0, "{}", expected.stderr);
    assert_eq!(expected.counters(), [4, 3, 1, 0]);
    let transitions = expected.lines("transition");
    assert_eq!(transitions.len(), 1);
    assert_eq!(transitions[0]["at"], "2026-11-20T02:20:10Z");
    for file in &files {
        let run = backtest(&[file]);
        let name = file.display();
        assert_eq!(run.code, 0, "{name}: {}", run.stderr);
        assert_eq!(run.lines("transition"), transitions, "{name}");
        let copies = if name.to_string().ends_with("payloads.jsonl") {
            2
        } else {
            1
        };
        if copies == 1 {
            let notifications = expected.lines("notification");
            assert_eq!(run.lines("notification"), notifications, "{name}");
        }
        let documents = |run: &Run| -> Vec<Value> {
            let lines = run.lines("notification");
            lines.iter().map(document_but_for_duplicates).collect()
        };
        assert_eq!(documents(&run), documents(&expected), "{name}");
        assert_eq!(
            run.counters(),
            [4, 3, 1, 0].map(|count| count * copies),
            "{name}"
        );
    }
    // All of them at once: the same records again and again, each counted once.
    let all = backtest(&[folder.path()]);
    assert_eq!(all.lines("transition"), transitions);
    assert_eq!(all.summary()["counters"]["occurrences"]["new"], 3);
    assert_eq!(all.summary()["files"]["read"], files.len());
}

#[test]
fn the_sample_burst_is_one_alarm() {
    let run = backtest(&[Path::new("events/kms-error-burst.json")]);
    assert_eq!((run.code, run.counters()), (0, [3, 3, 0, 0]));
    let notified = run.changes_notified();
    let (first, reminders) = notified.split_first().expect("there is a notification");
    assert_eq!(first, "INSUFFICIENT_DATA -> ALARM");
    assert!(reminders.iter().all(|change| change == "ALARM -> ALARM"));
    let summary = run.summary();
    assert_eq!(summary["alarms"][ALARM]["alarms"], 1);
    assert_eq!(summary["delivery"], Value::Null);
    let notification = &run.lines("notification")[0];
    let keys: BTreeSet<&str> = (notification.as_object().expect("it is an object").keys())
        .map(String::as_str)
        .collect();
    assert_eq!(keys, BTreeSet::from(["default", "email", "sms", "subject"]));
}

#[test]
fn text_and_json_show_the_same_times() {
    let path = "events/kms-error-burst.json";
    let json = backtest_of(b"", &["--output", "json", path]);
    let line: Value = serde_json::from_str(json.stdout.lines().next().unwrap()).unwrap();
    let clocks = ["deliveredAt", "evaluatedAt"].map(|name| line[name].as_str().unwrap());
    assert_eq!(clocks, ["2026-11-20T02:20:06Z", "2026-11-20T02:20:10Z"]);
    assert_eq!(line["transition"]["at"], line["evaluatedAt"]);
    let email: Value = serde_json::from_str(json.stdout.lines().nth(1).unwrap()).unwrap();
    assert_eq!(email["deliveredAt"], line["deliveredAt"]);

    let text = backtest_of(b"", &[path]).stdout;
    let [delivered, evaluated] = clocks;
    let expected = format!(
        "deliveredAt\n{delivered}  {ALARM}  INSUFFICIENT_DATA -> ALARM  evaluatedAt {evaluated}  Threshold Crossed: "
    );
    assert!(text.starts_with(&expected), "{text}");
    assert_eq!(text.matches("deliveredAt").count(), 1);
}

#[test]
fn a_storm_is_one_alarm_and_one_reminder() {
    let mut template: Value = serde_json::from_str(&burst()[0]).expect("a record is JSON");
    let begin = time("2026-11-20T02:15:00Z").as_millisecond();
    let mut log_event = |index: i64| {
        template["eventID"] = format!("00000000-0000-4000-8000-{index:012x}").into();
        json!({"timestamp": begin + index * 11, "message": template.to_string()}).to_string()
    };
    let log_events: Vec<String> = (0..5_020).map(&mut log_event).collect();
    let folder = empty_folder();
    let file = write(&folder, "storm.jsonl", json_lines(&log_events));
    let run = backtest_of(b"", &[file.to_str().expect("a path is text")]);
    let mails = run.email_times();
    assert_eq!(mails[0], time("2026-11-20T02:15:00.99Z"));
    let pauses = minutes_between(&mails);
    // The records after the first email, an hour later. Nothing is new after that; the clock continues for 24 hours.
    assert_eq!(pauses, [60]);
    assert!(
        run.stdout.contains("records: 5020; 5020 matched"),
        "{}",
        run.stdout
    );
}

#[test]
fn a_later_burst_of_an_alarm_that_lasts_is_reported_at_once() {
    let first = burst_at("2026-10-01T02:16:03Z");
    let other_id = |record: String| {
        let mut record: Value = serde_json::from_str(&record).expect("a record is JSON");
        let id = record["eventID"].as_str().expect("it is text");
        record["eventID"] = format!("00000000{}", &id[8..]).into();
        record.to_string()
    };
    let second = burst_at("2026-11-20T02:16:03Z").into_iter().map(other_id);
    let records: Vec<String> = first.into_iter().chain(second).collect();
    let folder = empty_folder();
    let file = write(&folder, "records.jsonl", json_lines(&records));
    let run = backtest_of(b"", &[file.to_str().expect("a path is text")]);
    let pauses = minutes_between(&run.email_times());
    assert_eq!(pauses, [50 * 24 * 60]);
}

#[test]
fn recovery_after_the_last_record_is_found() {
    let folder = empty_folder();
    let alarms =
        file("alarms.yaml").replace("TreatMissingData: ignore", "TreatMissingData: notBreaching");
    let alarms = write(&folder, "alarms.yaml", alarms);
    let records = write(&folder, "records.jsonl", json_lines(&burst()));
    let paths = [&alarms, &records].map(|path| path.to_str().expect("a path is text"));
    let run = backtest_of(
        b"",
        &["--alarms-file", paths[0], "--output", "json", paths[1]],
    );
    let states: Vec<Value> = (run.lines("transition").iter())
        .map(|transition| transition["to"].clone())
        .collect();
    assert_eq!(states, ["ALARM", "OK"]);
    assert_eq!(run.summary()["settled"], true);
}

#[test]
fn the_order_in_which_records_are_found_does_not_matter() {
    let hours = (0..8).map(|hour| burst_at(&format!("2026-11-20T{hour:02}:16:03Z")));
    let records: Vec<String> = (0..)
        .zip(hours.flatten())
        .map(|(index, record)| {
            let mut record: Value = serde_json::from_str(&record).expect("a record is JSON");
            record["eventID"] = format!("00000000-0000-4000-8000-{index:012x}").into();
            record.to_string()
        })
        .collect();
    let folder = empty_folder();
    let sorted = write(&folder, "sorted/all.jsonl", json_lines(&records));
    let backwards: Vec<String> = records.iter().rev().cloned().collect();
    let reversed = write(&folder, "reversed/all.jsonl", json_lines(&backwards));
    for (index, record) in records.iter().enumerate() {
        let name = format!("scattered/{}/{index}.json", index % 3);
        write(&folder, &name, log_file(std::slice::from_ref(record)));
    }
    let expected = backtest(&[&sorted]);
    assert_eq!(expected.counters(), [32, 24, 8, 0]);
    for other in [reversed, folder.path().join("scattered")] {
        let run = backtest(&[&other]);
        assert_eq!(run.lines("transition"), expected.lines("transition"));
        assert_eq!(run.changes_notified(), expected.changes_notified());
        assert_eq!(run.summary()["counters"], expected.summary()["counters"]);
    }
}

#[test]
fn a_file_that_cannot_be_read_is_named_and_the_others_count() {
    let folder = empty_folder();
    write(&folder, "good.json", log_file(&burst()));
    let whole = gzip(log_file(&burst()).as_bytes());
    let cut = write(&folder, "cut.json.gz", &whole[..whole.len() - 9]);
    let broken = write(&folder, "broken.json", &log_file(&burst())[..900]);
    let other = write(&folder, "other.json", "[1, 2]");
    let run = backtest(&[folder.path(), Path::new("/no/such/file")]);
    assert_eq!((run.code, run.counters()), (1, [4, 3, 1, 0]));
    assert_eq!(run.summary()["files"]["read"], 1);
    let failed = run.summary()["files"]["failed"].take();
    let failed: BTreeSet<&str> = failed
        .as_array()
        .expect("it is a list")
        .iter()
        .map(|unused| unused["file"].as_str().expect("a file has a name"))
        .collect();
    let paths = [&cut, &broken, &other].map(|path| path.to_str().expect("a path is text"));
    assert_eq!(failed, paths.into_iter().chain(["/no/such/file"]).collect());
    for file in failed {
        assert!(
            run.stderr.contains(&format!("error: {file}: ")),
            "{}",
            run.stderr
        );
    }
}

/// Runs a backtest of a folder that prints JSON, and may have so many files open.
#[track_caller]
fn backtest_within(descriptors: usize, folder: &TempDir) -> Run {
    let script = "ulimit -n $2 && exec \"$0\" backtest --output json \"$1\"";
    let output = Command::new("sh")
        .args(["-c", script])
        .arg(TOOL)
        .arg(folder.path())
        .arg(descriptors.to_string())
        .current_dir(root())
        .env_remove("ECS_TASK_ROLE_ARN")
        .output()
        .expect("there is a shell");
    Run::of(output)
}

/// Files of an organization trail with the same time, each with a burst in each of three deliveries.
fn organization_trail(files: usize) -> TempDir {
    let folder = empty_folder();
    let times = ["02:14:00", "02:18:00", "02:21:00"].map(|time| format!("2026-11-20T{time}Z"));
    let bursts: Vec<String> = times.iter().flat_map(|time| burst_at(time)).collect();
    for file in 0..files {
        let own = |(index, record): (usize, &String)| {
            let mut record: Value = serde_json::from_str(record).expect("a record is JSON");
            record["eventID"] = format!("{file}-{index}").into();
            record.to_string()
        };
        let records: Vec<String> = bursts.iter().enumerate().map(own).collect();
        let bytes = gzip(log_file(&records).as_bytes());
        write(&folder, &format!("{file:04}.json.gz"), bytes);
    }
    folder
}

#[test]
fn more_files_of_one_time_than_may_be_open_are_all_read() {
    let run = backtest_within(160, &organization_trail(300));
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(run.counters(), [3_600, 2_700, 900, 0]);
    assert_eq!(run.summary()["files"]["read"], 300);
}

#[test]
fn how_many_threads_read_changes_nothing() {
    let folder = organization_trail(40);
    let hours = (0..12).flat_map(|hour| burst_at(&format!("2026-11-20T{hour:02}:16:03Z")));
    let hours: Vec<String> = hours.cycle().take(1_200).collect();
    write(&folder, "long.jsonl", json_lines(&hours));
    write(&folder, "broken.jsonl", "{\"Records\":[{");
    for (name, bytes) in every_format(&burst(), time("2026-11-20T02:18:40Z")) {
        write(&folder, &format!("{name}.json"), bytes);
    }
    let outputs = ["1", "2", "7"].map(|threads| {
        let mut tool = Command::new(TOOL);
        tool.args(["backtest", "--output", "json"])
            .arg(folder.path())
            .current_dir(root())
            .env_remove("ECS_TASK_ROLE_ARN")
            .env("RAYON_NUM_THREADS", threads);
        let run = Run::of(tool.output().expect("the tool is built"));
        assert!(run.counters()[1] > 900, "{}", run.stderr);
        (run.stdout, run.stderr)
    });
    assert!(outputs.iter().all(|output| *output == outputs[0]));
}

#[test]
fn a_file_that_was_read_ahead_to_its_end_is_no_longer_open() {
    let run = backtest_within(64, &organization_trail(200));
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(run.summary()["files"]["read"], 200);
}

#[test]
fn digest_files_and_files_of_other_kinds_are_skipped_and_named() {
    let folder = empty_folder();
    let digest = r#"{"awsAccountId":"111122223333","digestStartTime":"2026-11-20T01:15:00Z","logFiles":[{"hashValue":"0"}]}"#;
    write(
        &folder,
        "CloudTrail-Digest/digest.json.gz",
        gzip(digest.as_bytes()),
    );
    write(&folder, "README.md", "# Notes");
    write(
        &folder,
        "CloudTrail/log.json.gz",
        gzip(log_file(&burst()).as_bytes()),
    );
    let run = backtest(&[folder.path()]);
    assert_eq!((run.code, run.counters()), (0, [4, 3, 1, 0]));
    let skipped = run.summary()["files"]["skipped"].to_string();
    assert!(
        skipped.contains("digest.json.gz") && skipped.contains("README.md"),
        "{skipped}"
    );
}

#[test]
fn messages_that_are_not_records_or_have_no_time_are_counted() {
    let lines = format!(
        "{}{{\"eventName\":\"Decrypt\"}}\nnot JSON\n{{\"cut\": \n",
        json_lines(&burst())
    );
    let run = backtest_of(lines.as_bytes(), &["--output", "json", "-"]);
    assert_eq!((run.code, run.counters()), (0, [6, 3, 1, 2]));
    assert_eq!(run.summary()["withoutTimestamp"], 1);
    let warning =
        "warning: standard input: no delivery time and no `eventTime` in 1 of its records";
    assert!(run.stderr.contains(warning), "{}", run.stderr);
}

#[test]
fn standard_input_is_read_like_a_file() {
    let folder = empty_folder();
    let file = write(&folder, "records.jsonl", json_lines(&burst()));
    let bytes = gzip(json_lines(&burst()).as_bytes());
    let run = backtest_of(&bytes, &["--output", "json", "-"]);
    assert_eq!((run.code, run.stdout), (0, backtest(&[&file]).stdout));
}

#[test]
fn a_backtest_without_a_record_is_a_finding() {
    let message = "error: no record was read; expected CloudTrail log files, subscription payloads, records as JSON, or the output \
                   of `aws logs filter-log-events` or `aws cloudtrail lookup-events`\n";
    let empty = backtest_of(b"", &["--output", "json", "-"]);
    assert_eq!((empty.code, empty.counters()), (1, [0; 4]));
    assert!(empty.stderr.ends_with(message), "{}", empty.stderr);
    assert_eq!(
        (empty.stdout.lines().count(), &empty.summary()["first"]),
        (1, &Value::Null)
    );
    let folder = empty_folder();
    let run = backtest(&[folder.path()]);
    assert!(run.code == 1 && run.stderr.ends_with(message), "{run:?}");
    for text in [
        "[]",
        "{\"Records\":[]}",
        "{\"eventName\":\"Decrypt\"}",
        "{}\nno JSON\n",
    ] {
        let run = backtest_of(text.as_bytes(), &["-"]);
        assert_eq!(run.code, 1, "{text}");
        assert!(run.stderr.ends_with(message), "{text}: {}", run.stderr);
    }
}

#[test]
fn an_aggregated_event_is_delivered_after_its_window() {
    let record = r#"{"eventId":"62759c1a-6248-48e1-a6b3-d5fb7e6c4bc0","eventCategory":"Aggregated",
        "timeWindow":{"windowStart":"2026-11-20T02:10:00Z","windowEnd":"2026-11-20T02:15:00Z","windowSize":"PT5M"}}"#;
    let run = backtest_of(record.as_bytes(), &["--output", "json", "-"]);
    let summary = run.summary();
    assert_eq!(
        (run.code, summary["withoutTimestamp"].as_u64()),
        (0, Some(0))
    );
    assert_eq!(summary["first"], "2026-11-20T02:20:00Z");
}

#[test]
fn a_time_that_cannot_be_read_is_shown() {
    let lines = "{\"eventTime\":\"2026-11-20T02:16:03Z\"}\n{}\n{\"eventTime\":\"2026-11-20 02:16:03\"}\n{\"eventTime\":7}\n";
    let run = backtest_of(lines.as_bytes(), &["--output", "json", "-"]);
    assert_eq!(
        (run.code, run.summary()["withoutTimestamp"].as_u64()),
        (0, Some(3))
    );
    assert_eq!(
        run.stderr.lines().last(),
        Some(
            "warning: standard input: no delivery time and no readable `eventTime` in 3 of its records (expected a time such as \
             \"2026-01-31T12:00:00Z\", found \"2026-11-20 02:16:03\"); they are skipped"
        )
    );
}

#[test]
fn the_delivery_interval_is_the_users() {
    let folder = empty_folder();
    let file = write(&folder, "records.jsonl", json_lines(&burst()));
    let path = file.to_str().expect("a path is text");
    let arguments = ["--output", "json", path, "--delivery-interval", "1m"];
    let run = backtest_of(b"", &arguments);
    assert_eq!(run.summary()["first"], "2026-11-20T02:17:00Z");
    let note = run.summary()["delivery"].take();
    assert!(
        note.as_str()
            .expect("it is a text")
            .contains("each interval of 1m"),
        "{note}"
    );
}

#[test]
fn invalid_arguments_are_usage_errors() {
    for arguments in [
        &["--output", "json"][..],
        &["events", "--delivery-interval", "0s"],
        &["events", "--param", "NoSuchParameter=1"],
        &["events", "--alarms-file", "no-such-file.yaml"],
        &["no-such-file.yaml", "--from", "events"],
    ] {
        let run = backtest_of(b"", arguments);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(!run.stderr.is_empty());
    }
}

#[test]
fn emails_are_printed_on_request() {
    let run = backtest_of(b"", &["events/kms-error-burst.json", "--show-emails"]);
    assert!(
        run.stdout.contains("IncorrectKeyException"),
        "{}",
        run.stdout
    );
    let account_and_region = ["--account", "999999999999", "--region", "eu-west-1"];
    let arguments = [&["events/kms-error-burst.json"][..], &account_and_region].concat();
    assert!(
        backtest_of(b"", &arguments)
            .stdout
            .contains("in Europe (Ireland)")
    );
}

#[test]
fn real_records_are_counted_as_a_plain_reading_counts_them_and_always_the_same() {
    let folder = empty_folder();
    let alarms = "Alarms:\n  - {AlarmName: Errors, FilterPattern: '{ $.errorCode = \"*\" }', MetricNamespace: N, \
                  MetricName: M, Period: 300, EvaluationPeriods: 1, Threshold: 2, TreatMissingData: notBreaching, \
                  ComparisonOperator: GreaterThanThreshold, GroupBy: [$.recipientAccountId]}\n";
    let alarms = write(&folder, "alarms.yaml", alarms);
    let alarms = alarms.to_str().expect("a path is text");
    let (mut records, mut errors) = (0, 0);
    let mut arguments = ["--alarms-file", alarms, "--output", "json"]
        .map(str::to_owned)
        .to_vec();
    for name in ["invictus", "stratus", "traildiscover"] {
        let path = path(format!("tests/data/cloudtrail/{name}.jsonl.gz"));
        let text = gunzip_file(&path);
        for line in text.lines() {
            let record: Value = serde_json::from_str(line).expect("a line is JSON");
            records += 1;
            errors += u64::from(record["errorCode"].is_string());
        }
        arguments.push(path.display().to_string());
    }
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let run = backtest_of(b"", &arguments);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(run.counters(), [records, errors, records - errors, 0]);
    let transitions = run.lines("transition");
    assert!(!transitions.is_empty());
    let instants: Vec<Timestamp> = (transitions.iter())
        .map(|transition| time(transition["at"].as_str().expect("it is a text")))
        .collect();
    let back = SignedDuration::from_hours(1);
    assert!(
        instants
            .windows(2)
            .all(|pair| pair[0].duration_since(pair[1]) < back)
    );
    assert_eq!(backtest_of(b"", &arguments).stdout, run.stdout);
}

#[test]
fn an_alarm_on_first_records_learns_first_unless_the_warm_up_is_skipped() {
    let alarms = "Alarms:
  - AlarmName: New
    FilterPattern: '{ $.eventName = \"*\" }'
    MetricNamespace: N
    MetricName: M
    Period: 60
    EvaluationPeriods: 1
    Threshold: 1
    ComparisonOperator: GreaterThanOrEqualToThreshold
    TreatMissingData: notBreaching
    FirstSeen: {Fields: [$.eventName], WarmUp: 7d}
";
    let record = |number: usize, time: &str, name: &str| {
        let id = format!("1d77bd0f-85a9-4d10-a30e-{number:012x}");
        json!({"eventID": id, "eventTime": time, "eventName": name}).to_string()
    };
    let records = [
        record(1, "2026-11-01T10:00:00Z", "Decrypt"),
        record(2, "2026-11-03T10:00:00Z", "Encrypt"),
        record(3, "2026-11-09T10:00:00Z", "Sign"),
        record(4, "2026-11-10T10:00:00Z", "Decrypt"),
        record(5, "2026-11-10T11:00:00Z", "Sign"),
    ]
    .join("\n");
    let folder = cloudtrail_alarms_testkit::folder::folder(&[("my.yaml", alarms)]);
    let file = folder.path().join("my.yaml").display().to_string();
    let emails = |options: &[&str]| {
        let always = ["--alarms-file", &file, "-", "--output", "json"];
        let run = backtest_of(records.as_bytes(), &[&always, options].concat());
        assert_eq!(run.code, 0, "{}", run.stderr);
        let note = "note: new combinations of `FirstSeen` that do not count, because they are in the warm-up: 2;";
        assert_eq!(
            run.stderr.contains(note),
            options.is_empty(),
            "{}",
            run.stderr
        );
        let summary: Value = serde_json::from_str(run.stdout.lines().last().unwrap()).unwrap();
        summary["summary"]["alarms"]["New"]["notifications"].clone()
    };
    assert_eq!(emails(&[]), 1);
    assert_eq!(emails(&["--skip-warm-up"]), 3);
}
