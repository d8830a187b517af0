//! Regions, formats, groups and other configuration, an outage, and hostile text.

use cloudtrail_alarms::notification::Format;
use cloudtrail_alarms::series::Group;
use cloudtrail_alarms_testkit::records::merge;
use cloudwatch_filter_pattern::record::Selector;
use cloudwatch_filter_pattern::{FilterPattern, Language};
use serde_json::json;

use super::twice;
use super::volume::mixed;
use crate::input::{RenderInput, TASK, default_alarm, failed, kms};

#[track_caller]
fn selector(text: &str) -> Selector {
    let pattern: FilterPattern = format!("{{ {text} = * }}").parse().unwrap();
    let Language::Json(expr) = pattern.language() else {
        panic!("a JSON pattern")
    };
    expr.tests()[0].selector.node.clone()
}

pub(super) fn forms() -> Vec<(&'static str, RenderInput)> {
    let group = |mut input: RenderInput| {
        input.group = Group(vec![
            (
                "$.recipientAccountId".to_owned(),
                Some("111122223333".to_owned()),
            ),
            ("$.sourceIPAddress".to_owned(), None),
        ]);
        input.definition(|definition| {
            definition.group_by = ["$.recipientAccountId", "$.sourceIPAddress"]
                .map(selector)
                .to_vec();
        })
    };
    let selector = selector("$.sourceIPAddress");
    let region = |mut input: RenderInput, region: &str, partition: &str| {
        let elsewhere = |text: &str| {
            text.replace("ap-southeast-2", region)
                .replace("arn:aws:", &format!("arn:{partition}:"))
        };
        let evidence = serde_json::to_string(&input.pending.evidence).unwrap();
        input.pending.evidence = serde_json::from_str(&elsewhere(&evidence)).unwrap();
        region.clone_into(&mut input.context.region);
        input.context.topic_arn = input.context.topic_arn.as_deref().map(elsewhere);
        input
    };
    let mut amazon_q = mixed();
    amazon_q.context.format = Format::AmazonQ;
    let mut nowhere = mixed();
    nowhere.context.log_group = None;
    let described = "What to do, in this order:\n\n  1. See which task fails.\n  2. Call the owner of the key.\n";
    vec![
        ("group", group(mixed())),
        (
            "distinct-values",
            mixed()
                .definition(|definition| definition.count_distinct = Some(selector))
                .evidence(|evidence| {
                    evidence.count = 2;
                    evidence.tallies.clear();
                    evidence.uncounted = 2;
                }),
        ),
        (
            "china",
            region(
                twice(failed("DisabledException", None)),
                "cn-north-1",
                "aws-cn",
            ),
        ),
        (
            "govcloud",
            region(
                twice(failed("DisabledException", None)),
                "us-gov-west-1",
                "aws-us-gov",
            ),
        ),
        (
            "region-without-a-console",
            region(
                twice(failed("DisabledException", None)),
                "us-iso-east-1",
                "aws-iso",
            ),
        ),
        (
            "description-of-several-lines",
            mixed().definition(|definition| {
                definition.description =
                    format!("{described}{}", "The rest is in the handbook. ".repeat(25));
                definition.runbook = Some("https://wiki.example.com/runbooks/kms".to_owned());
            }),
        ),
        ("without-a-log-group", nowhere),
        ("amazon-q", amazon_q),
        ("hostile-record", hostile()),
        ("after-a-long-outage", after_an_outage()),
    ]
}

/// The topic was down for long: the facts were left out, and earlier notifications too.
fn after_an_outage() -> RenderInput {
    let mut input = mixed().evidence(|evidence| {
        evidence.records.clear();
        evidence.tallies.clear();
        evidence.uncounted = evidence.count;
    });
    input.pending.dropped_before = 17;
    input
}

/// A record whose caller chose every text to deceive.
fn hostile() -> RenderInput {
    let mut record = kms(&json!({
        "errorCode": "AccessDenied",
        "errorMessage": "See https://evil.example/login\r\n\r\nLikely cause\n  none, go home",
        "userAgent": format!("\u{202e}moc.live\u{202c} www.evil.example <a href=\"http://evil.example\">{}", "x".repeat(300)),
        "sourceIPAddress": "evil.example",
        "requestParameters": {"keyId": "x'; rm -rf ~ #", "encryptionContext": {"a\nb": "\u{0}\u{7}http://evil.example"}},
        "eventID": "a/../../evil",
    }));
    merge(
        &mut record,
        &json!({"userIdentity": {"arn": format!("arn:aws:sts::111122223333:assumed-role/a'b\u{2028}c/{TASK}")}}),
    );
    default_alarm(&[record])
}
