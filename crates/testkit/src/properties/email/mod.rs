//! Properties of notifications of records with any text in their fields.

mod checks;
mod commands;
mod notifications;

use cloudtrail_alarms::notification::{DeploymentContext, Format, render};
use serde_json::Value;

use checks::check_document;
pub use checks::{check_custom, check_notification};
pub use commands::{COMMANDS_TITLE, commands};
use notifications::{ALARMS, RUNBOOK, pending_notifications, record};

use crate::untrusted_text::{is_console, is_link_to};

/// Separates the records of an input.
const RECORD: char = '\u{1e}';

/// Separates the fields of a record.
const FIELD: char = '\u{1f}';

/// Maximum number of records of an input that are used. Further records take time and show nothing new.
const MAX_RECORDS: usize = 6;

/// A name of accounts that must be sanitized.
const ACCOUNT_NAME: &str = "www.prod.example/\u{202e}<!here> [x](y) `a`";

/// Asserts the properties for a text that has the fields of records, with separators.
///
/// The first field selects the alarm, the format, the Region and the kind of the notification. The others are the
/// fields of a record.
///
/// * The records match, and rendering them does not panic.
/// * Email and text message have no control character (except the end of a line) and no invisible character.
/// * All that an email client would link leads into the AWS console or is the runbook.
/// * The email has at most [`MAX_EMAIL`](cloudtrail_alarms::notification::MAX_EMAIL) bytes and each section at most once.
/// * In commands, values of records are quoted.
/// * The subject has at most 100 printable ASCII characters.
/// * The text for programs is JSON.
pub fn check(input: &str) {
    let (options, records) = input.split_once(FIELD).unwrap_or((input, ""));
    let mut options = options.bytes().map(usize::from).chain([0; 4]);
    let mut option = |choices: usize| options.next().unwrap_or_default() % choices;
    let (alarm, format, region, kind) = (option(4), option(2), option(4), option(4));
    let records: Vec<Value> = (records.split(RECORD).take(MAX_RECORDS))
        .enumerate()
        .map(|(index, fields)| record(index, &fields.split(FIELD).collect::<Vec<_>>()))
        .collect();
    let definition = &ALARMS.0[alarm];
    for (group, pending) in pending_notifications(definition, &records, kind) {
        let region = ["ap-southeast-2", "cn-north-1", "us-gov-west-1", "nowhere"][region];
        let context = DeploymentContext {
            account: "111122223333".to_owned(),
            region: region.to_owned(),
            topic_arn: Some("arn:aws:sns:ap-southeast-2:111122223333:alarms".to_owned()),
            log_group: Some("aws-cloudtrail-logs/management".to_owned()),
            account_names: (["111122223333", "444455556666"])
                .map(|id| (id.to_owned(), ACCOUNT_NAME.to_owned()))
                .into_iter()
                .collect(),
            format: [Format::CloudWatch, Format::AmazonQ][format],
        };
        let notification = render(definition, &group, &pending, &context);
        check_notification(&notification, is_expected_link);
        match context.format {
            Format::CloudWatch => check_document(&notification),
            Format::AmazonQ => check_custom(&notification, is_expected_link),
        }
    }
}

/// Whether the line is the runbook or a link into the AWS console.
fn is_expected_link(line: &str) -> bool {
    line == RUNBOOK || is_link_to(line, is_console)
}
