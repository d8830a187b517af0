//! The properties of parameters, exclusions, `FirstSeen` and tests.

use super::Presence::{Default, Optional, Required};
use super::{Kind, Property};

/// Any text.
const TEXT: Kind = Kind::Text {
    least: 0,
    most: None,
};

/// The properties of a parameter.
pub const PARAMETER: &[&[Property]] = &[&[
    Property {
        name: "Type",
        kind: Kind::Choice(&["String", "Number", "CommaDelimitedList"]),
        presence: Required,
        example: "CommaDelimitedList",
        meaning: "Type of the value. A pattern with a `CommaDelimitedList` matches any of its items.",
    },
    Property {
        name: "Description",
        kind: TEXT,
        presence: Optional,
        example: "Roles of the application",
        meaning: "Explains the parameter.",
    },
    Property {
        name: "Example",
        kind: TEXT,
        presence: Optional,
        example: "arn:aws:iam::111122223333:role/app",
        meaning: "The value that the tool uses if nothing else sets the parameter. The function does not use it.",
    },
    Property {
        name: "Default",
        kind: TEXT,
        presence: Optional,
        example: "arn:aws:iam::111122223333:role/app",
        meaning: "The value if no other is given.",
    },
]];

/// The properties of `FirstSeen`.
pub const FIRST_SEEN: &[&[Property]] = &[&[
    Property {
        name: "Fields",
        kind: Kind::Selectors(10),
        presence: Required,
        example: "[$.userIdentity.sessionContext.sessionIssuer.arn, $.eventName]",
        meaning: "The fields whose values are the combination. An absent field is a value of its own.",
    },
    Property {
        name: "History",
        kind: Kind::Duration {
            least: "1d",
            most: "365d",
        },
        presence: Default("14d"),
        example: "30d",
        meaning: "A combination that was seen in this time before a record is known. Whole days (UTC).",
    },
    Property {
        name: "WarmUp",
        kind: Kind::Duration {
            least: "0s",
            most: "90d",
        },
        presence: Default("7d"),
        example: "14d",
        meaning: "For this time after the alarm first ran with these `Fields` and `GroupBy`, combinations are remembered, and no record counts.",
    },
]];

/// The properties of an exclusion.
pub const EXCLUSION: &[&[Property]] = &[&[
    Property {
        name: "Pattern",
        kind: Kind::Pattern,
        presence: Required,
        example: r#"'{ $.userAgent = "scanner" }'"#,
        meaning: "The records that do not count.",
    },
    Property {
        name: "Reason",
        kind: Kind::Text {
            least: 1,
            most: Some(1024),
        },
        presence: Required,
        example: "Approved scanner",
        meaning: "Why they do not count.",
    },
    Property {
        name: "Owner",
        kind: Kind::Text {
            least: 1,
            most: Some(255),
        },
        presence: Required,
        example: "security@example.com",
        meaning: "Who is responsible for the exclusion.",
    },
    Property {
        name: "Expires",
        kind: Kind::Date,
        presence: Required,
        example: "2027-01-31",
        meaning: "The last day (UTC) on which the exclusion applies.",
    },
]];

/// The properties of a test.
pub const TEST: &[&[Property]] = &[&[
    Property {
        name: "Name",
        kind: Kind::Text {
            least: 1,
            most: Some(255),
        },
        presence: Optional,
        example: "a call that the key policy denies",
        meaning: "Name of the test in the output. If it is absent, the output shows the path of the record or the number of the test.",
    },
    Property {
        name: "Record",
        kind: Kind::PathOrMapping,
        presence: Required,
        example: "events/records/kms-access-denied.json",
        meaning: "A CloudTrail record: the path of a JSON file, relative to the alarms file, or the record itself as a mapping.",
    },
    Property {
        name: "Match",
        kind: Kind::Boolean,
        presence: Required,
        example: "true",
        meaning: "Whether the record must match the alarm's pattern.",
    },
]];
