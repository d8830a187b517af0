//! Calls that delete, disable or stop something, as data.
//!
//! Source: the API reference of each service.

/// A command about a resource: its beginning, and the option that takes the resource.
pub(super) type OnResource = (&'static str, &'static str);

/// A destructive call.
pub(super) struct Destructive {
    pub(super) call: (&'static str, &'static str),
    /// The call and its effect; `{}` is to be replaced by the resource.
    pub(super) what: &'static str,
    /// The request parameter that identifies the resource. Empty if there is none.
    pub(super) parameter: &'static str,
    pub(super) consequence: &'static str,
    pub(super) undo: Option<OnResource>,
    pub(super) check: Option<OnResource>,
}

pub(super) const DESTRUCTIVE: [Destructive; 16] = [
    Destructive {
        call: ("kms", "DisableKey"),
        what: "KMS {} disabled",
        parameter: "keyId",
        consequence: "Calls that use the key fail until the key is enabled again.",
        undo: Some(("aws kms enable-key", "--key-id")),
        check: None,
    },
    Destructive {
        call: ("kms", "DeleteImportedKeyMaterial"),
        what: "Key material of KMS {} deleted",
        parameter: "keyId",
        consequence: "The key is unusable until the same key material is imported again.",
        undo: None,
        check: None,
    },
    Destructive {
        call: ("cloudtrail", "StopLogging"),
        what: "Logging of trail {} stopped",
        parameter: "name",
        consequence: "The trail records nothing until logging starts again, and alarms on the trail do not fire.",
        undo: Some(("aws cloudtrail start-logging", "--name")),
        check: Some(("aws cloudtrail get-trail-status", "--name")),
    },
    Destructive {
        call: ("cloudtrail", "DeleteTrail"),
        what: "Trail {} deleted",
        parameter: "name",
        consequence: "The trail records nothing, and alarms on the trail do not fire. A deleted trail must be created again. \
                      Its log files in S3 remain.",
        undo: None,
        check: None,
    },
    Destructive {
        call: ("cloudtrail", "DeleteEventDataStore"),
        what: "CloudTrail Lake event data store {} deleted",
        parameter: "eventDataStore",
        consequence: "The event data store can be restored for 7 days.",
        undo: Some((
            "aws cloudtrail restore-event-data-store",
            "--event-data-store",
        )),
        check: Some(("aws cloudtrail get-event-data-store", "--event-data-store")),
    },
    Destructive {
        call: ("s3", "DeleteBucket"),
        what: "S3 bucket {} deleted",
        parameter: "bucketName",
        consequence: "A deleted bucket cannot be restored, and another AWS account can create a bucket with its name.",
        undo: None,
        check: None,
    },
    Destructive {
        call: ("s3", "DeletePublicAccessBlock"),
        what: "Public access block of S3 bucket {} deleted",
        parameter: "bucketName",
        consequence: "Bucket policy and ACLs can now make the objects public.",
        undo: None,
        check: Some(("aws s3api get-bucket-policy-status", "--bucket")),
    },
    Destructive {
        call: ("logs", "DeleteLogGroup"),
        what: "Log group {} deleted",
        parameter: "logGroupName",
        consequence: "Its log events cannot be restored.",
        undo: None,
        check: None,
    },
    Destructive {
        call: ("config", "StopConfigurationRecorder"),
        what: "AWS Config recorder {} stopped",
        parameter: "configurationRecorderName",
        consequence: "Configuration changes are not recorded until the recorder starts again.",
        undo: Some((
            "aws configservice start-configuration-recorder",
            "--configuration-recorder-name",
        )),
        check: Some((
            "aws configservice describe-configuration-recorder-status",
            "--configuration-recorder-names",
        )),
    },
    Destructive {
        call: ("config", "DeleteConfigurationRecorder"),
        what: "AWS Config recorder {} deleted",
        parameter: "configurationRecorderName",
        consequence: "Configuration changes are not recorded until a recorder is created again.",
        undo: None,
        check: None,
    },
    Destructive {
        call: ("guardduty", "DeleteDetector"),
        what: "GuardDuty detector {} deleted",
        parameter: "detectorId",
        consequence: "GuardDuty no longer monitors the account in this Region, and its findings are lost.",
        undo: None,
        check: None,
    },
    Destructive {
        call: ("securityhub", "DisableSecurityHub"),
        what: "Security Hub disabled",
        parameter: "",
        consequence: "Security Hub no longer checks the account in this Region.",
        undo: None,
        check: None,
    },
    Destructive {
        call: ("ec2", "DeleteFlowLogs"),
        what: "VPC flow logs deleted",
        parameter: "",
        consequence: "Network traffic is not recorded until flow logs are created again. Records that were written remain.",
        undo: None,
        check: None,
    },
    Destructive {
        call: ("rds", "DeleteDBInstance"),
        what: "RDS instance {} deleted",
        parameter: "dBInstanceIdentifier",
        consequence: "The instance can only be restored from a snapshot or a retained automated backup.",
        undo: None,
        check: None,
    },
    Destructive {
        call: ("rds", "DeleteDBCluster"),
        what: "RDS cluster {} deleted",
        parameter: "dBClusterIdentifier",
        consequence: "The cluster can only be restored from a snapshot or a retained automated backup.",
        undo: None,
        check: None,
    },
    Destructive {
        call: ("dynamodb", "DeleteTable"),
        what: "DynamoDB table {} deleted",
        parameter: "tableName",
        consequence: "The table can only be restored from a backup or by point-in-time recovery.",
        undo: None,
        check: None,
    },
];
