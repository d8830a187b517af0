//! Records of calls that this stack makes itself.

use crate::evidence::Fact;
use cloudwatch_filter_pattern::record::{Record, Selectors, Slot};

/// `eventSource` of KMS.
const KMS: &str = "kms.amazonaws.com";

/// `eventName` of the canary's call.
const CANARY_CALL: &str = "GenerateDataKeyWithoutPlaintext";

/// The roles of this stack whose failing KMS calls are expected.
///
/// Only a role's ARN identifies a caller. CloudTrail takes `sessionIssuer.arn` from the session that signed the call;
/// the session's name and all other fields can be chosen by the caller.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnIdentity {
    /// `FUNCTION_ROLE_ARN`: the function's role. Without it no record is the function's own.
    pub role_arn: Option<String>,
    /// `SCHEDULER_ROLE_ARN`: the role whose failing `kms:GenerateDataKeyWithoutPlaintext` calls are the canary. Without it
    /// there is no canary.
    pub scheduler_role_arn: Option<String>,
}

/// Which call of this stack a record reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OwnCall {
    /// A failing KMS call of the function. If it were matched, it could invoke the function in an endless loop.
    Function,
    /// The canary.
    Canary,
}

/// The fields of a record that decide whether it is an own call.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    role_arn: Slot,
    event_source: Slot,
    event_name: Slot,
    error_code: Slot,
}

impl Caller {
    pub(super) fn register(selectors: &mut Selectors) -> Self {
        let mut slot = |fact: Fact| selectors.slot(&fact.selector());
        Self {
            role_arn: slot(Fact::RoleArn),
            event_source: slot(Fact::EventSource),
            event_name: slot(Fact::EventName),
            error_code: slot(Fact::ErrorCode),
        }
    }

    /// The own call that a record reports; `None` for every other record. Alarms match only the others.
    pub(super) fn own_call(&self, own: &OwnIdentity, record: Record<'_>) -> Option<OwnCall> {
        let role = record.text(self.role_arn)?;
        let is = |known: &Option<String>| known.as_deref() == Some(role);
        let call = if is(&own.role_arn) {
            OwnCall::Function
        } else if is(&own.scheduler_role_arn) && record.text(self.event_name) == Some(CANARY_CALL) {
            OwnCall::Canary
        } else {
            return None;
        };
        let is_failing_kms_call =
            record.text(self.event_source) == Some(KMS) && record.text(self.error_code).is_some();
        is_failing_kms_call.then_some(call)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const FUNCTION: &str = "cloudtrail-alarms";
    const ROLE: &str = "arn:aws:iam::111122223333:role/cloudtrail-alarms-FunctionRole-1a2b";
    const SCHEDULER: &str = "arn:aws:iam::111122223333:role/cloudtrail-alarms-SchedulerRole-3c4d";

    fn own_call(record: &Value) -> Option<OwnCall> {
        let mut selectors = Selectors::default();
        let caller = Caller::register(&mut selectors);
        let own = OwnIdentity {
            role_arn: Some(ROLE.to_owned()),
            scheduler_role_arn: Some(SCHEDULER.to_owned()),
        };
        let mut reader = selectors.into_reader();
        caller.own_call(&own, reader.read(&record.to_string()).unwrap())
    }

    /// A failing KMS call of a role.
    fn call(role: &str, name: &str) -> Value {
        json!({
            "eventSource": "kms.amazonaws.com",
            "eventName": name,
            "errorCode": "AccessDenied",
            "userIdentity": {
                "type": "AssumedRole",
                "arn": format!("arn:aws:sts::111122223333:assumed-role/any/{FUNCTION}"),
                "accountId": "111122223333",
                "sessionContext": {"sessionIssuer": {"type": "Role", "arn": role}},
            },
        })
    }

    #[test]
    fn only_failing_kms_calls_of_the_function_and_the_canary_are_own() {
        use OwnCall::{Canary, Function};
        for (role, name, own) in [
            (ROLE, "Decrypt", Some(Function)),
            (ROLE, "GenerateDataKeyWithoutPlaintext", Some(Function)),
            (SCHEDULER, "GenerateDataKeyWithoutPlaintext", Some(Canary)),
            (SCHEDULER, "Decrypt", None),
            ("arn:aws:iam::111122223333:role/app", "Decrypt", None),
            (
                "arn:aws:iam::111122223333:role/app",
                "GenerateDataKeyWithoutPlaintext",
                None,
            ),
        ] {
            assert_eq!(own_call(&call(role, name)), own, "{role} {name}");
        }
        let changed = |pointer: &str, value: Value| {
            let mut record = call(ROLE, "Decrypt");
            *record.pointer_mut(pointer).unwrap() = value;
            own_call(&record)
        };
        assert_eq!(changed("/errorCode", Value::Null), None);
        assert_eq!(changed("/eventSource", json!("sts.amazonaws.com")), None);
        assert_eq!(changed("/userIdentity/sessionContext", json!({})), None);
        assert_eq!(own_call(&json!({"errorCode": "AccessDenied"})), None);
    }

    /// The fields of a record whose value the caller chooses, or can influence.
    const CHOSEN_BY_THE_CALLER: [&str; 20] = [
        "/additionalEventData/note",
        "/errorMessage",
        "/eventID",
        "/requestID",
        "/requestParameters/encryptionContext/role",
        "/requestParameters/keyId",
        "/requestParameters/roleArn",
        "/requestParameters/roleSessionName",
        "/resources/0/ARN",
        "/sourceIPAddress",
        "/tlsDetails/clientProvidedHostHeader",
        "/userAgent",
        "/userIdentity/accessKeyId",
        "/userIdentity/arn",
        "/userIdentity/principalId",
        "/userIdentity/sessionContext/sourceIdentity",
        "/userIdentity/sessionContext/webIdFederationData/attributes/sub",
        "/userIdentity/sessionContext/webIdFederationData/federatedProvider",
        "/userIdentity/userName",
        "/vpcEndpointId",
    ];

    #[test]
    fn no_field_that_a_caller_chooses_makes_a_record_own() {
        let session = format!("arn:aws:sts::111122223333:assumed-role/app/{FUNCTION}");
        for pointer in CHOSEN_BY_THE_CALLER {
            for text in [FUNCTION, ROLE, SCHEDULER, &session] {
                let mut record = call(
                    "arn:aws:iam::111122223333:role/app",
                    "GenerateDataKeyWithoutPlaintext",
                );
                record["resources"] = json!([{}]);
                let mut keys = pointer.rsplitn(2, '/');
                let (key, parent) = (keys.next().unwrap(), keys.next().unwrap());
                let mut target = &mut record;
                for step in parent.split('/').skip(1) {
                    target = match step.parse::<usize>() {
                        Ok(index) => &mut target[index],
                        Err(_) => &mut target[step],
                    };
                }
                target[key] = json!(text);
                assert_eq!(record.pointer(pointer), Some(&json!(text)));
                assert_eq!(own_call(&record), None, "{pointer} = {text}");
            }
        }
    }
}
