//! Generates CloudTrail records from a seed: the same records in each run.
//!
//! The structures are those of the CloudTrail documentation ("CloudTrail record contents", "Log file examples"). All names,
//! accounts and IDs are fictitious.

use serde_json::{Value, json};

/// The traffic of an account.
#[derive(Clone, Copy, Debug)]
pub(super) struct Traffic {
    /// Name in reports.
    pub(super) name: &'static str,
    /// Percentage of records with an `errorCode`.
    errors: u64,
    /// Percentage of sessions of the root user.
    root: u64,
    /// Changes that match a CIS alarm, per 1,000 records.
    changes: u64,
    /// Average number of consecutive records of one session.
    burst: u64,
    /// Whether requests contain long random texts.
    is_random: bool,
}

/// An ordinary account: some errors, few changes, sessions with several calls.
pub(super) const TYPICAL: Traffic = Traffic {
    name: "typical",
    errors: 5,
    root: 0,
    changes: 10,
    burst: 3,
    is_random: false,
};

/// An account under attack: many records that match alarms.
pub(super) const ADVERSE: Traffic = Traffic {
    name: "adverse",
    errors: 40,
    root: 30,
    ..TYPICAL
};

/// Traffic that compresses badly.
pub(super) const RANDOM: Traffic = Traffic {
    name: "random",
    burst: 1,
    is_random: true,
    ..TYPICAL
};

/// The random number generator `SplitMix64`, as Sebastiano Vigna describes it.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn of<'a, T: ?Sized>(&mut self, all: &[&'a T]) -> &'a T {
        let index = self.below(all.len() as u64);
        all[usize::try_from(index).expect("it is an index")]
    }

    /// Random characters of this alphabet.
    fn text(&mut self, alphabet: &str, length: usize) -> String {
        let alphabet: Vec<char> = alphabet.chars().collect();
        (0..length)
            .map(|_| {
                let index = self.below(alphabet.len() as u64);
                alphabet[usize::try_from(index).expect("it is an index")]
            })
            .collect()
    }

    fn uuid(&mut self) -> String {
        let digits = self.text("0123456789abcdef", 32);
        let parts = [0..8, 8..12, 12..16, 16..20, 20..32];
        parts.map(|part| digits[part].to_owned()).join("-")
    }

    fn id(&mut self, length: usize) -> String {
        self.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", length)
    }
}

/// Calls that match no alarm: service, name, whether the call is read-only.
const CALLS: [(&str, &str, bool); 16] = [
    ("kms", "Decrypt", true),
    ("kms", "GenerateDataKey", true),
    ("s3", "GetObject", true),
    ("s3", "ListObjects", true),
    ("s3", "GetBucketAcl", true),
    ("s3", "PutObject", false),
    ("sts", "AssumeRole", true),
    ("ec2", "DescribeInstances", true),
    ("ec2", "DescribeSecurityGroups", true),
    ("ec2", "DescribeVolumes", true),
    ("logs", "CreateLogStream", false),
    ("ecs", "DescribeTasks", true),
    ("ssm", "GetParameters", true),
    ("dynamodb", "DescribeTable", true),
    ("secretsmanager", "GetSecretValue", true),
    ("sns", "ListTopics", true),
];

/// Calls that match a CIS alarm: service, name.
const CHANGES: [(&str, &str); 8] = [
    ("ec2", "AuthorizeSecurityGroupIngress"),
    ("ec2", "CreateRoute"),
    ("ec2", "CreateNetworkAclEntry"),
    ("iam", "AttachRolePolicy"),
    ("s3", "PutBucketPolicy"),
    ("kms", "DisableKey"),
    ("cloudtrail", "StopLogging"),
    ("config", "StopConfigurationRecorder"),
];

const ERRORS: [&str; 6] = [
    "AccessDenied",
    "AccessDeniedException",
    "Client.UnauthorizedOperation",
    "NoSuchKey",
    "ThrottlingException",
    "ResourceNotFoundException",
];

const REGIONS: [&str; 3] = ["ap-southeast-2", "us-east-1", "eu-west-1"];

const AGENTS: [&str; 4] = [
    "aws-sdk-java/2.25.11 Linux/5.10.226 OpenJDK_64-Bit_Server_VM/17.0.10+7-LTS Java/17.0.10 vendor/Amazon.com_Inc. io/sync http/Apache cfg/retry-mode/legacy",
    "Boto3/1.34.69 md/Botocore#1.34.69 ua/2.0 os/linux#6.1.79 md/arch#x86_64 lang/python#3.11.8 md/pyimpl#CPython cfg/retry-mode#legacy Botocore/1.34.69",
    "[aws-cli/2.15.30 Python/3.11.8 Linux/5.10.226 exe/x86_64.amzn.2 prompt/off command/s3.cp]",
    "APN/1.0 HashiCorp/1.0 Terraform/1.7.5 (+https://www.terraform.io) terraform-provider-aws/5.42.0 (+https://registry.terraform.io/providers/hashicorp/aws)",
];

/// The caller of consecutive records.
struct Session {
    identity: Value,
    address: String,
    agent: &'static str,
    region: &'static str,
}

fn session(traffic: Traffic, random: &mut Random) -> Session {
    const ACCOUNT: &str = "111122223333";
    let identity = if random.below(100) < traffic.root {
        json!({
            "type": "Root",
            "principalId": ACCOUNT,
            "arn": format!("arn:aws:iam::{ACCOUNT}:root"),
            "accountId": ACCOUNT,
            "accessKeyId": format!("ASIA{}", random.id(16)),
        })
    } else {
        let role = format!(
            "app-{}",
            random.of(&["orders", "payments", "search", "ingest", "audit"])
        );
        let task = random.text("0123456789abcdef", 32);
        let principal = format!("AROA{}", random.id(17));
        json!({
            "type": "AssumedRole",
            "principalId": format!("{principal}:{task}"),
            "arn": format!("arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{task}"),
            "accountId": ACCOUNT,
            "accessKeyId": format!("ASIA{}", random.id(16)),
            "sessionContext": {
                "sessionIssuer": {
                    "type": "Role",
                    "principalId": principal,
                    "arn": format!("arn:aws:iam::{ACCOUNT}:role/{role}"),
                    "accountId": ACCOUNT,
                    "userName": role,
                },
                "webIdFederationData": {},
                "attributes": {"creationDate": "2026-11-20T02:01:44Z", "mfaAuthenticated": "false"},
            },
        })
    };
    Session {
        identity,
        address: format!(
            "10.{}.{}.{}",
            random.below(256),
            random.below(256),
            random.below(256)
        ),
        agent: random.of(&AGENTS),
        region: random.of(&REGIONS),
    }
}

fn record(traffic: Traffic, session: &Session, second: u64, random: &mut Random) -> Value {
    let (service, name, is_read) = if random.below(1_000) < traffic.changes {
        let index = usize::try_from(random.below(CHANGES.len() as u64)).expect("it is an index");
        (CHANGES[index].0, CHANGES[index].1, false)
    } else {
        CALLS[usize::try_from(random.below(CALLS.len() as u64)).expect("it is an index")]
    };
    let region = session.region;
    let key = format!("arn:aws:kms:{region}:111122223333:key/{}", random.uuid());
    let parameters = match service {
        "kms" => json!({
            "encryptionAlgorithm": "SYMMETRIC_DEFAULT",
            "encryptionContext": {"aws:s3:arn": format!("arn:aws:s3:::orders-{region}/in/{}", random.uuid())},
            "keyId": key,
        }),
        "s3" => json!({
            "bucketName": format!("orders-{region}"),
            "Host": format!("orders-{region}.s3.{region}.amazonaws.com"),
            "key": format!("in/2026/11/20/{}.json", random.uuid()),
        }),
        "ec2" => {
            json!({"instancesSet": {"items": [{"instanceId": format!("i-{}", random.text("0123456789abcdef", 17))}]}, "filterSet": {}})
        }
        "sts" => {
            json!({"roleArn": "arn:aws:iam::111122223333:role/app-orders", "roleSessionName": random.uuid(), "durationSeconds": 3600})
        }
        _ if traffic.is_random => {
            json!({"blob": random.text("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", 300)})
        }
        _ => {
            json!({"name": format!("/orders/{}", random.of(&["database", "queue", "mail", "limits"])), "withDecryption": true})
        }
    };
    let mut record = json!({
        "eventVersion": "1.11",
        "userIdentity": session.identity,
        "eventTime": format!("2026-11-20T{:02}:{:02}:{:02}Z", second / 3_600 % 24, second / 60 % 60, second % 60),
        "eventSource": format!("{service}.amazonaws.com"),
        "eventName": name,
        "awsRegion": region,
        "sourceIPAddress": session.address,
        "userAgent": session.agent,
        "requestParameters": parameters,
        "responseElements": null,
        "requestID": random.uuid(),
        "eventID": random.uuid(),
        "readOnly": is_read,
        "resources": [{"accountId": "111122223333", "type": "AWS::KMS::Key", "ARN": key}],
        "eventType": "AwsApiCall",
        "managementEvent": true,
        "recipientAccountId": "111122223333",
        "eventCategory": "Management",
        "tlsDetails": {
            "tlsVersion": "TLSv1.3",
            "cipherSuite": "TLS_AES_128_GCM_SHA256",
            "clientProvidedHostHeader": format!("{service}.{region}.amazonaws.com"),
        },
    });
    if random.below(100) < traffic.errors {
        record["errorCode"] = (*random.of(&ERRORS)).into();
        record["errorMessage"] = format!(
            "User: {} is not authorized to perform: {service}:{name} on resource: {key}",
            session.identity["arn"].as_str().unwrap_or_default()
        )
        .into();
    }
    record
}

/// Generates `count` records as JSON text.
pub(super) fn records(traffic: Traffic, seed: u64, count: usize) -> Vec<String> {
    let mut random = Random(seed);
    let mut current = session(traffic, &mut random);
    (0..count as u64)
        .map(|index| {
            if random.below(traffic.burst) == 0 {
                current = session(traffic, &mut random);
            }
            record(traffic, &current, index / 8, &mut random).to_string()
        })
        .collect()
}
