//! Names and spellings that several formats share.

use crate::alarm::definition::{AlarmDefinition, Statistic, TreatMissingData};
use crate::notification::deployment::DeploymentContext;
use crate::notification::region::partition;
use crate::series::Group;

/// An ARN in the format of a CloudWatch alarm's ARN. The service is not an AWS service, so it cannot name a real alarm.
///
/// The ARN of a group differs from those of other groups, because incident tools close an incident on the OK of the same ARN.
pub(super) fn alarm_arn(
    definition: &AlarmDefinition,
    group: &Group,
    deployment: &DeploymentContext,
) -> String {
    let DeploymentContext {
        region, account, ..
    } = deployment;
    let partition = partition(region);
    let name = &definition.name;
    let alarm = format!("arn:{partition}:cloudtrail-alarms:{region}:{account}:alarm:{name}");
    match contributor_id(group) {
        Some(id) => format!("{alarm}/{id}"),
        None => alarm,
    }
}

/// The identity of a group in 16 hexadecimal digits, the maximum length of CloudWatch's `ContributorId`. `None` for an alarm
/// without groups.
///
/// See `AlarmContributor` in the Amazon CloudWatch API Reference.
pub(super) fn contributor_id(group: &Group) -> Option<String> {
    let mut id = group.id();
    id.truncate(16);
    (!group.0.is_empty()).then_some(id)
}

/// `Statistic` in CloudWatch's notifications.
pub(super) fn statistic(statistic: Statistic) -> &'static str {
    match statistic {
        Statistic::SampleCount => "SAMPLE_COUNT",
        Statistic::Average => "AVERAGE",
        Statistic::Sum => "SUM",
        Statistic::Minimum => "MINIMUM",
        Statistic::Maximum => "MAXIMUM",
    }
}

/// `TreatMissingData` in CloudWatch's notifications.
pub(super) fn missing_data(treatment: TreatMissingData) -> &'static str {
    match treatment {
        TreatMissingData::Breaching => "breaching",
        TreatMissingData::NotBreaching => "notBreaching",
        TreatMissingData::Ignore => "ignore",
        TreatMissingData::Missing => "missing",
    }
}
