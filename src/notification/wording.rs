//! Names and spellings that several formats share.

use crate::alarm::definition::{AlarmDefinition, Statistic, TreatMissingData};
use crate::notification::deployment::DeploymentContext;
use crate::notification::region::partition;

/// An ARN in the format of a CloudWatch alarm's ARN. The service is not an AWS service, so it cannot name a real alarm.
pub(super) fn alarm_arn(definition: &AlarmDefinition, deployment: &DeploymentContext) -> String {
    let DeploymentContext {
        region, account, ..
    } = deployment;
    let partition = partition(region);
    format!(
        "arn:{partition}:cloudtrail-alarms:{region}:{account}:alarm:{}",
        definition.name
    )
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
