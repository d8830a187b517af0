//! The page about limits has the values of the constants.

use cloudtrail_alarms_testkit::repository::file;

/// Rows of the page: the limit, its value, the source file, and the line there that has the value.
#[rustfmt::skip]
const LIMITS: &[(&str, &str, &str, &str)] = &[
    ("inflated payload", "48 MiB", "src/event/payload/decoder.rs", "MAX_INFLATED: usize = 48 << 20;"),
    ("one record", "2 MiB", "crates/filter-pattern/src/record/reader.rs", "MAX_RECORD: usize = 2 << 20;"),
    ("time of a record after the clock", "5 minutes", "src/alarm/window/mod.rs", "MAX_AHEAD: SignedDuration = SignedDuration::from_mins(5);"),
    ("time from a call to its delivery, if alarms count by `EventTime`", "`AllowedLateness`, by default 30 minutes", "src/alarm/definition.rs", "EVENT_TIME_LATENESS: SignedDuration = SignedDuration::from_mins(30);"),
    ("second delivery of a record", "31 hours", "src/handler/count.rs", "REDELIVERY: SignedDuration = SignedDuration::from_hours(31);"),
    ("log lines about the log events of a payload", "1,000", "src/matching/tally.rs", "MAX_LOG_LINES: u64 = 1_000;"),
    ("records in a bucket (10 or 60 seconds) of one alarm and group", "2,000, or as many as the threshold needs", "src/series/bucket.rs", "MAX_EVENTS_PER_SHARD: usize = 2_000;"),
    ("records that a threshold can require", "24,000", "src/series/bucket.rs", "EVENTS_PLANNED_PER_SHARD: u64 = 1_500;"),
    ("records that a threshold can require", "24,000", "src/series/bucket.rs", "MAX_SHARDS: u8 = 16;"),
    ("groups of an alarm in an hour (`GroupBy`)", "1,000", "src/series/mod.rs", "MAX_GROUPS_PER_HOUR: usize = 1_000;"),
    ("value of a `GroupBy` or `FirstSeen` field", "256 characters", "src/matching/combination.rs", "MAX_VALUE: usize = 256;"),
    ("new combinations of an alarm in an hour (`FirstSeen`)", "1,000", "src/series/sighting.rs", "MAX_NEW_COMBINATIONS_PER_HOUR: usize = 1_000;"),
    ("combinations of an alarm that a batch looks up", "4,000", "src/handler/first_seen.rs", "MAX_LOOKUPS_PER_BATCH: usize = 4_000;"),
    ("records of a combination on a day that arrive out of order", "100", "src/series/sighting.rs", "MAX_SIGHTINGS_PER_DAY: usize = 100;"),
    ("records in a bucket whose details are kept", "20 for each 2,000 records", "src/series/bucket.rs", "MAX_FACTS_PER_SHARD: usize = 20;"),
    ("matched records of one payload with details", "2,000", "src/matching/mod.rs", "MAX_DETAILED: u64 = 2_000;"),
    ("incidents that an alarm or group remembers", "256", "src/alarm/transitions.rs", "MAX_INCIDENTS: usize = 256;"),
    ("state of a group that is not in `ALARM`, without a change", "15 days", "src/handler/mod.rs", "STATUS_LIFE: SignedDuration = SignedDuration::from_hours(15 * 24);"),
    ("requests to the table at the same time", "16", "src/handler/mod.rs", "CONCURRENCY: usize = 16;"),
    ("publications of all invocations", "at most 5 a second", "src/notification/sns.rs", "INTERVAL: Duration = Duration::from_millis(250);"),
    ("notifications of single groups of an alarm in an hour", "`MaxNotificationsPerHour`: 10 by default", "src/alarm/definition.rs", "DEFAULT_NOTIFICATIONS_PER_HOUR: u32 = 10;"),
    ("digests of an alarm", "one in 10 minutes", "src/alarm/group_limit.rs", "DIGEST_INTERVAL: SignedDuration = SignedDuration::from_mins(10);"),
    ("groups that a digest describes", "10", "src/alarm/digest.rs", "MAX_DESCRIBED: usize = 10;"),
    ("changes of state in a digest", "2,000", "src/alarm/group_limit.rs", "MAX_NOTIFICATIONS: usize = 2_000;"),
    ("pending notifications of an alarm or group", "64", "src/alarm/outbox.rs", "MAX_PENDING: usize = 64;"),
    ("pending notifications with details of records", "the newest 4", "src/alarm/outbox.rs", "MAX_PENDING_WITH_FACTS: usize = 4;"),
    ("records with details in a notification", "25", "src/alarm/datapoints.rs", "MAX_FACTS_PER_NOTIFICATION: usize = 25;"),
    ("combinations of facts that a notification counts", "50", "src/alarm/datapoints.rs", "MAX_TALLIES_PER_NOTIFICATION: usize = 50;"),
    ("email", "32 KiB", "src/notification/email/mod.rs", "MAX_EMAIL: usize = 32 << 10;"),
    ("subject (AWS)", "100 characters", "src/notification/subject.rs", "MAX_SUBJECT: usize = 100;"),
    ("reminder interval", "doubles up to 24 hours", "src/alarm/definition.rs", "MAX_REMINDER_INTERVAL: SignedDuration = SignedDuration::from_hours(24);"),
    ("notification about a new kind of call", "once in 10 minutes", "src/alarm/notified.rs", "NEW_KIND_INTERVAL: SignedDuration = SignedDuration::from_mins(10);"),
    ("kinds of calls that an incident remembers", "64", "src/alarm/call_kind.rs", "MAX_KINDS: usize = 64;"),
    ("retries of a throttled publication", "4", "src/handler/publish.rs", "MAX_THROTTLED: u32 = 4;"),
    ("lease of a notification that is being published", "90 seconds", "src/handler/pending.rs", "LEASE: SignedDuration = SignedDuration::from_secs(90);"),
    ("filter pattern (AWS)", "1,024 characters", "crates/filter-pattern/src/limits.rs", "MAX_LENGTH: usize = 1024;"),
    ("regular expressions in a pattern (AWS)", "2", "crates/filter-pattern/src/limits.rs", "MAX_REGEXES: usize = 2;"),
    ("different selectors with a wildcard in a pattern (AWS)", "3", "crates/filter-pattern/src/limits.rs", "MAX_WILDCARDS: usize = 3;"),
    ("nested parentheses in a pattern", "128", "crates/filter-pattern/src/limits.rs", "MAX_DEPTH: usize = 128;"),
    ("nested collections in YAML", "64", "src/yaml/builder.rs", "MAX_DEPTH: usize = 64;"),
    ("evaluation range", "7 days; 1 day if `Period` is less than an hour", "src/alarm/file/evaluation_properties.rs", "MAX_RANGE: u64 = 7 * 24 * 60 * 60;"),
    ("evaluation range", "7 days; 1 day if `Period` is less than an hour", "src/alarm/file/evaluation_properties.rs", "MAX_RANGE_OF_SHORT_PERIODS: u64 = 24 * 60 * 60;"),
    ("memory", "256 MB", "template.yaml", "      MemorySize: 256"),
    ("duration of an invocation", "60 seconds", "template.yaml", "      Timeout: 60"),
    ("retries of an event from CloudWatch Logs", "2, within 6 hours", "template.yaml", "        MaximumRetryAttempts: 2"),
    ("retries of an event from CloudWatch Logs", "2, within 6 hours", "template.yaml", "        MaximumEventAgeInSeconds: 21600"),
    ("events in the dead-letter queue", "14 days", "template.yaml", "      MessageRetentionPeriod: 1209600 "),
    ("one JSON value that the tool reads", "48 MiB", "crates/cli/src/records/json_stream/scanner.rs", "MAX_VALUE: usize = MAX_INFLATED;"),
    ("state of a group in `backtest`", "15 days of its clock", "src/handler/mod.rs", "STATUS_LIFE: SignedDuration = SignedDuration::from_hours(15 * 24);"),
];

/// Rows without a constant: limits of AWS.
const OF_AWS: [&str; 4] = [
    "CloudTrail event in a log group (AWS)",
    "delivery by CloudTrail (AWS)",
    "emails for each email subscription (AWS)",
    "environment of the function (AWS)",
];

#[test]
fn the_page_about_limits_has_the_values_of_the_constants() {
    let page = file("docs/reference/limits.md");
    for (limit, value, source, line) in LIMITS {
        assert!(
            page.contains(&format!("\n| {limit} | {value} |")),
            "the page has no row `{limit}` with the value `{value}`"
        );
        assert!(
            file(source).contains(line),
            "{source} no longer has `{line}`: correct the row `{limit}` of the page, and this table"
        );
    }
    let rows = page.lines().filter_map(|line| line.strip_prefix("| "));
    let limits = rows.filter_map(|row| row.split(" | ").next());
    for limit in limits.filter(|limit| *limit != "limit") {
        let is_checked = LIMITS.iter().any(|(name, ..)| *name == limit);
        assert!(
            is_checked || OF_AWS.contains(&limit),
            "`{limit}` has no check"
        );
    }
}
