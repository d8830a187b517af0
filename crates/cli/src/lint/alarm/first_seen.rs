//! Rules about `FirstSeen`.

use super::{Code, Finding, Property};
use cloudtrail_alarms::alarm::definition::{AlarmDefinition, ComparisonOperator, TreatMissingData};
use jiff::SignedDuration;

/// Fields of the caller that differ between sessions of one role. A caller can choose the name of its session, and an access
/// key of a session is new each time.
const BY_SESSION: [&str; 4] = [
    "$.userIdentity.arn",
    "$.userIdentity.principalId",
    "$.userIdentity.accessKeyId",
    "$.userIdentity.sessionContext.attributes.creationDate",
];

/// Fields whose value no other record has.
const UNIQUE: [&str; 5] = [
    "$.eventID",
    "$.eventTime",
    "$.requestID",
    "$.sharedEventID",
    "$.addendum.originalEventID",
];

/// The shortest `WarmUp` that includes what is done once a day.
const SHORTEST_WARM_UP: SignedDuration = SignedDuration::from_hours(24);

pub(super) fn lint(alarm: &AlarmDefinition) -> Vec<Finding> {
    let Some(first_seen) = &alarm.first_seen else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    for (index, selector) in first_seen.fields.iter().enumerate() {
        let selector = selector.to_string();
        let (code, message) = if BY_SESSION.contains(&selector.as_str()) {
            (
                Code::FirstSeenBySession,
                "each session of a role has another value, so every new session counts; compare by the role: \
                 $.userIdentity.sessionContext.sessionIssuer.arn",
            )
        } else if UNIQUE.contains(&selector.as_str()) {
            (
                Code::FirstSeenByUniqueValue,
                "each record has another value, so every record counts; remove the field",
            )
        } else {
            continue;
        };
        findings.push(Finding {
            code,
            at: Property::FirstSeenField(index),
            message: message.to_owned(),
        });
    }
    let warm_up = if first_seen.warm_up > first_seen.history {
        Some(
            "`WarmUp` is longer than `History`: combinations are forgotten again before the first one counts",
        )
    } else if first_seen.warm_up < SHORTEST_WARM_UP {
        Some(
            "`WarmUp` is shorter than a day: after the deployment, the alarm reports combinations that are in use",
        )
    } else {
        None
    };
    findings.extend(warm_up.map(|message| Finding {
        code: Code::WarmUp,
        at: Property::FirstSeen,
        message: message.to_owned(),
    }));
    let on_less = matches!(
        alarm.settings.comparison_operator,
        ComparisonOperator::LessThanThreshold | ComparisonOperator::LessThanOrEqualToThreshold
    );
    if on_less || alarm.settings.treat_missing_data == TreatMissingData::Breaching {
        findings.push(Finding {
            code: Code::FirstSeenOnFew,
            at: Property::FirstSeen,
            message: "new combinations are rare, so the alarm is nearly always in ALARM; compare with a Greater operator, \
                      and do not treat missing data as breaching"
                .to_owned(),
        });
    }
    findings
}
