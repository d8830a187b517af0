//! Sets of alarms of different sizes.

use cloudtrail_alarms::alarm::definition::AlarmDefinition;
use serde_json::Value;

use crate::alarms::{alarm_item, alarms, default_alarm};
use crate::records::REAL_ROLE;
use crate::vectors;

/// The patterns of CIS 1.2, of later versions, and some that are often deployed with them: IDs in
/// `crates/filter-pattern/tests/language/vectors/real-patterns.jsonl`.
const CIS: [&str; 20] = [
    "unauthorized-api-calls-17",
    "console-signin-without-mfa-22",
    "root-usage-11",
    "iam-policy-changes-13",
    "cloudtrail-config-changes-12",
    "consolelogin-02",
    "kms-key-disable-delete-14",
    "s3-bucket-policy-changes-11",
    "config-changes-15",
    "security-group-changes-13",
    "network-acl-changes-15",
    "network-gateway-changes-13",
    "route-table-changes-13",
    "vpc-changes-09",
    "organizations-changes-11",
    "security-group-changes-03",
    "access-key-created-01",
    "admin-account-creation-t1136-01",
    "admin-policy-attached-01",
    "organizations-changes-02",
];

/// Named sets of alarms: the default alarm, the same with the CIS alarms, and the same with 100 more.
pub fn alarm_sets() -> [(&'static str, Vec<AlarmDefinition>); 3] {
    let default = default_alarm(REAL_ROLE);
    let mut all = vec![default.clone()];
    all.extend(cis_alarms());
    let mut many = all.clone();
    many.extend((0..100).map(|index| AlarmDefinition {
        name: format!("alarm {index}"),
        pattern: format!(
            "{{ $.eventSource = \"service{index}.amazonaws.com\" && ($.eventName = Create{index} || $.eventName = Delete{index}) }}"
        )
        .parse()
        .expect("a pattern"),
        ..default.clone()
    }));
    [
        ("1 alarm", vec![default]),
        ("21 alarms", all),
        ("121 alarms", many),
    ]
}

fn cis_alarms() -> Vec<AlarmDefinition> {
    let rows = vectors::real_patterns();
    let rows = rows
        .iter()
        .filter(|row| CIS.iter().any(|id| row["id"] == *id));
    let items: Vec<String> = rows.map(cis_alarm).collect();
    assert_eq!(items.len(), CIS.len(), "a pattern is missing");
    alarms(&format!("Alarms:\n{}", items.concat()))
}

fn cis_alarm(row: &Value) -> String {
    let (id, pattern) = (&row["id"], &row["pattern"]);
    alarm_item(&format!(
        "AlarmName: {id}\nFilterPattern: {pattern}\nMetricName: {id}\nPeriod: 300\n\
         ComparisonOperator: GreaterThanOrEqualToThreshold"
    ))
}
