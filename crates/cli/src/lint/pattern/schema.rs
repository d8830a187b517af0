//! Schema of CloudTrail records: the fields, their JSON types, and whether every record has them.
//!
//! From "CloudTrail record contents" and "CloudTrail userIdentity element" in the CloudTrail user guide (event version
//! 1.11), checked against 12,765 real records. The schema contains only what both agree on. Fields that depend on the API,
//! such as `requestParameters`, may contain any member.

/// A field of a record.
#[derive(Debug, PartialEq)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) shape: Shape,
    pub(super) presence: Presence,
    pub(super) values: Values,
}

/// The JSON type of a field.
#[derive(Debug, PartialEq)]
pub(super) enum Shape {
    /// A string.
    Text,
    /// `true` or `false`, without quotes.
    Boolean,
    /// An object with these members and no others.
    Object(&'static [Field]),
    /// An object with these known members and any others. CloudTrail writes null instead of an empty object.
    Open(&'static [Field]),
    /// An array of objects with these members.
    List(&'static [Field]),
}

/// Whether every record has a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Presence {
    /// Every record of an API call has it.
    Always,
    /// Some ordinary calls do not have it.
    Sometimes,
    /// Only records to which it applies have it. A comparison is meant for those records only.
    WhereItApplies,
}

/// The values of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Values {
    /// Any.
    Any,
    /// These and no others.
    Only(&'static [&'static str]),
    /// These are known. Others are possible unless they look like a misspelling of one of these.
    Known(&'static [&'static str]),
    /// These are known, and all values have this prefix.
    Beginning(&'static str, &'static [&'static str]),
    /// The name of an AWS service: `kms.amazonaws.com`.
    Service,
    /// The name of an AWS service, or anything else.
    PerhapsService,
}

use Presence::{Always, Sometimes, WhereItApplies};

/// The members of a record.
pub(super) const RECORD: &[Field] = &[
    text("eventVersion"),
    Field {
        presence: Always,
        ..object("userIdentity", USER_IDENTITY)
    },
    text("eventTime"),
    text("eventSource").of(Values::Service),
    text("eventName"),
    text("awsRegion"),
    text("sourceIPAddress").of(Values::PerhapsService),
    text("userAgent"),
    text("errorCode").present(Sometimes),
    text("errorMessage").present(Sometimes),
    open("requestParameters", &[]),
    open(
        "responseElements",
        &[text("ConsoleLogin").of(Values::Only(&["Success", "Failure"]))],
    ),
    open(
        "additionalEventData",
        &[
            text("MFAUsed").of(YES_OR_NO),
            text("MobileVersion").of(YES_OR_NO),
        ],
    ),
    text("requestID").present(WhereItApplies),
    text("eventID"),
    text("eventType").of(Values::Beginning(
        "Aws",
        &[
            "AwsApiCall",
            "AwsServiceEvent",
            "AwsConsoleAction",
            "AwsConsoleSignIn",
            "AwsConsoleSignin",
            "AwsCloudTrailInsight",
            "AwsVpceEvent",
            "AwsAggregatedEvent",
        ],
    )),
    text("apiVersion").present(WhereItApplies),
    boolean("managementEvent"),
    boolean("readOnly"),
    Field {
        presence: Sometimes,
        shape: Shape::List(RESOURCE),
        ..object("resources", &[])
    },
    text("recipientAccountId"),
    open("serviceEventDetails", &[]),
    text("sharedEventID").present(WhereItApplies),
    text("vpcEndpointId").present(Sometimes),
    text("vpcEndpointAccountId").present(Sometimes),
    text("eventCategory").of(Values::Known(&[
        "Management",
        "Data",
        "NetworkActivity",
        "Insight",
        "Aggregated",
    ])),
    open("addendum", &[]),
    text("sessionCredentialFromConsole")
        .present(Sometimes)
        .of(Values::Only(&["true"])),
    open("edgeDeviceDetails", &[]),
    object("tlsDetails", TLS_DETAILS),
    open("insightDetails", &[]),
    open("eventContext", &[]),
    // These are fields of aggregated events ("CloudTrail record contents for aggregated events").
    text("accountId").present(WhereItApplies),
    text("eventId").present(WhereItApplies),
    object("timeWindow", TIME_WINDOW),
    open("summary", &[]),
];

const TIME_WINDOW: &[Field] = &[text("windowStart"), text("windowEnd"), text("windowSize")];

const USER_IDENTITY: &[Field] = &[
    text("type").of(Values::Known(&[
        "Root",
        "IAMUser",
        "AssumedRole",
        "Role",
        "FederatedUser",
        "Directory",
        "AWSAccount",
        "AWSService",
        "IdentityCenterUser",
        "SAMLUser",
        "WebIdentityUser",
        "Unknown",
    ])),
    text("principalId").present(Sometimes),
    text("arn").present(Sometimes),
    text("accountId").present(Sometimes),
    text("userName").present(Sometimes),
    text("accessKeyId").present(Sometimes),
    text("invokedBy")
        .present(Sometimes)
        .of(Values::PerhapsService),
    text("identityProvider").present(WhereItApplies),
    text("credentialId").present(WhereItApplies),
    open("onBehalfOf", &[]),
    open("inScopeOf", &[]),
    Field {
        presence: Sometimes,
        ..object("sessionContext", SESSION_CONTEXT)
    },
];

const SESSION_CONTEXT: &[Field] = &[
    Field {
        presence: Sometimes,
        ..object("sessionIssuer", SESSION_ISSUER)
    },
    Field {
        presence: Sometimes,
        ..object("attributes", SESSION_ATTRIBUTES)
    },
    open("webIdFederationData", &[]),
    text("ec2RoleDelivery").present(WhereItApplies),
    text("sourceIdentity").present(Sometimes),
    text("assumedRoot").present(WhereItApplies),
];

const SESSION_ISSUER: &[Field] = &[
    text("type"),
    text("principalId"),
    text("arn"),
    text("accountId"),
    text("userName"),
];

const SESSION_ATTRIBUTES: &[Field] = &[
    text("creationDate"),
    text("mfaAuthenticated").of(Values::Only(&["true", "false"])),
];

const RESOURCE: &[Field] = &[
    text("ARN"),
    text("ARNPrefix").present(WhereItApplies),
    text("accountId").present(WhereItApplies),
    text("type").present(WhereItApplies),
];

const TLS_DETAILS: &[Field] = &[
    text("tlsVersion").present(WhereItApplies),
    text("cipherSuite").present(WhereItApplies),
    text("clientProvidedHostHeader").present(WhereItApplies),
];

const YES_OR_NO: Values = Values::Only(&["Yes", "No"]);

const fn text(name: &'static str) -> Field {
    Field {
        name,
        shape: Shape::Text,
        presence: Always,
        values: Values::Any,
    }
}

const fn boolean(name: &'static str) -> Field {
    Field {
        shape: Shape::Boolean,
        ..text(name)
    }
}

const fn object(name: &'static str, members: &'static [Field]) -> Field {
    Field {
        shape: Shape::Object(members),
        presence: WhereItApplies,
        ..text(name)
    }
}

const fn open(name: &'static str, known: &'static [Field]) -> Field {
    Field {
        shape: Shape::Open(known),
        ..object(name, &[])
    }
}

impl Field {
    const fn present(self, presence: Presence) -> Self {
        Self { presence, ..self }
    }

    const fn of(self, values: Values) -> Self {
        Self { values, ..self }
    }
}
