//! `export athena`: a SQL query for each alarm, for Amazon Athena.
//!
//! The queries use the table from the Athena User Guide, "Create a table for CloudTrail logs in Athena using manual
//! partitioning". Its columns `useridentity` and `tlsdetails` are structs, `resources` is an array of structs, and
//! `requestparameters` and similar columns contain JSON text.
//!
//! As in a pattern, `<>` and `NOT LIKE` are not true if the value is missing. JSON `null` is also a missing value.

use super::queries::{self, QueryLanguage};
use cloudtrail_alarms::alarm::definition::AlarmDefinition;
use cloudtrail_alarms::query::{Dialect, Unsupported, Value, ValueTest};
use cloudwatch_filter_pattern::record::{Selector, Step};

/// Athena SQL.
pub(super) struct Athena;

/// String columns.
const STRING_COLUMNS: [&str; 21] = [
    "eventversion",
    "eventtime",
    "eventsource",
    "eventname",
    "awsregion",
    "sourceipaddress",
    "useragent",
    "errorcode",
    "errormessage",
    "requestid",
    "eventid",
    "eventtype",
    "apiversion",
    "readonly",
    "recipientaccountid",
    "sharedeventid",
    "vpcendpointid",
    "vpcendpointaccountid",
    "eventcategory",
    "sessioncredentialfromconsole",
    "edgedevicedetails",
];

/// Columns with JSON text.
const JSON_COLUMNS: [&str; 4] = [
    "requestparameters",
    "responseelements",
    "additionaleventdata",
    "serviceeventdetails",
];

/// Paths of the strings in struct columns.
const STRUCT_FIELDS: [&str; 20] = [
    "useridentity.type",
    "useridentity.principalid",
    "useridentity.arn",
    "useridentity.accountid",
    "useridentity.invokedby",
    "useridentity.accesskeyid",
    "useridentity.username",
    "useridentity.onbehalfof.userid",
    "useridentity.onbehalfof.identitystorearn",
    "useridentity.sessioncontext.attributes.mfaauthenticated",
    "useridentity.sessioncontext.attributes.creationdate",
    "useridentity.sessioncontext.sessionissuer.type",
    "useridentity.sessioncontext.sessionissuer.principalid",
    "useridentity.sessioncontext.sessionissuer.arn",
    "useridentity.sessioncontext.sessionissuer.accountid",
    "useridentity.sessioncontext.sessionissuer.username",
    "useridentity.sessioncontext.ec2roledelivery",
    "tlsdetails.tlsversion",
    "tlsdetails.ciphersuite",
    "tlsdetails.clientprovidedhostheader",
];

/// Fields of an element of `resources`.
const RESOURCE_FIELDS: [&str; 3] = ["arn", "accountid", "type"];

impl Dialect for Athena {
    const AND: &'static str = " AND ";
    const OR: &'static str = " OR ";

    fn test(&self, selector: &Selector, test: &ValueTest<'_>) -> Result<String, Unsupported> {
        match column(selector)? {
            Column::Value(value) => condition(&value, test),
            // A struct can only be tested for its presence.
            Column::Struct(column) => match test {
                ValueTest::Missing => Ok(format!("{column} IS NULL")),
                _ => Err(Unsupported(format!(
                    "`{selector}` does not select a single value"
                ))),
            },
            Column::Array { array, element } => any_element(&array, &element, test),
        }
    }
}

impl QueryLanguage for Athena {
    const COMMENT: &'static str = "--";

    fn query(&self, alarm: &AlarmDefinition, condition: &str) -> Result<String, Unsupported> {
        let period = alarm.settings.period;
        let window = format!(
            "from_unixtime(floor(to_unixtime(from_iso8601_timestamp(eventtime)) / {period}) * {period})"
        );
        let single = |selector: &Selector| match column(selector)? {
            Column::Value(value) => Ok(value),
            Column::Struct(_) | Column::Array { .. } => Err(Unsupported(format!(
                "`{selector}` does not select a single value"
            ))),
        };
        let mut columns = vec![format!("{window} AS period")];
        for (number, selector) in (1..).zip(&alarm.group_by) {
            columns.push(format!("{} AS group_{number}", single(selector)?));
        }
        let grouped: Vec<String> = (1..=columns.len())
            .map(|number| number.to_string())
            .collect();
        let count = match &alarm.count_distinct {
            Some(selector) => format!("count(DISTINCT {})", single(selector)?),
            None => "count(*)".to_owned(),
        };
        columns.push(format!("{count} AS matches"));
        Ok(format!(
            "SELECT {}\nFROM cloudtrail_logs\nWHERE {condition}\nGROUP BY {}\nHAVING {count} {}\nORDER BY 1;",
            columns.join(",\n       "),
            grouped.join(", "),
            queries::threshold(alarm),
        ))
    }
}

/// The location of a field in the table.
enum Column {
    /// An expression whose value is a string or null.
    Value(String),
    /// A column with several values.
    Struct(String),
    /// An array, and the expression of the value in its element `element`.
    Array { array: String, element: String },
}

fn column(selector: &Selector) -> Result<Column, Unsupported> {
    let unknown = || Unsupported(format!("the table has no column for `{selector}`"));
    let [Step::Member(first), rest @ ..] = selector.steps() else {
        return Err(unknown());
    };
    let column = first.to_lowercase();
    let wildcard = rest.iter().position(|step| *step == Step::Any);
    if JSON_COLUMNS.contains(&column.as_str()) {
        return Ok(match wildcard {
            None if rest.is_empty() => Column::Struct(column),
            None => Column::Value(format!("json_extract_scalar({column}, {})", path(rest))),
            Some(at) => Column::Array {
                array: format!(
                    "CAST(json_extract({column}, {}) AS ARRAY(JSON))",
                    path(&rest[..at])
                ),
                element: match &rest[at + 1..] {
                    [] => "json_extract_scalar(element, '$')".to_owned(),
                    below => format!("json_extract_scalar(element, {})", path(below)),
                },
            },
        });
    }
    if column == "resources" {
        return match rest {
            [] => Some(Column::Struct(column)),
            [Step::Element(index), Step::Member(name)] => resource(name)
                .map(|name| Column::Value(format!("element_at(resources, {}).{name}", index + 1))),
            [Step::Any, Step::Member(name)] => resource(name).map(|name| Column::Array {
                array: column,
                element: format!("element.{name}"),
            }),
            _ => None,
        }
        .ok_or_else(unknown);
    }
    let names: Option<Vec<String>> = rest
        .iter()
        .map(|step| match step {
            Step::Member(name) => Some(name.to_lowercase()),
            Step::Element(_) | Step::Any => None,
        })
        .collect();
    let names = [vec![column], names.ok_or_else(unknown)?]
        .concat()
        .join(".");
    if STRING_COLUMNS.contains(&names.as_str()) || STRUCT_FIELDS.contains(&names.as_str()) {
        Ok(Column::Value(names))
    } else if STRUCT_FIELDS
        .iter()
        .any(|known| known.starts_with(&format!("{names}.")))
    {
        Ok(Column::Struct(names))
    } else {
        Err(unknown())
    }
}

/// The name of a field of `resources`.
fn resource(name: &str) -> Option<String> {
    let name = name.to_lowercase();
    RESOURCE_FIELDS.contains(&name.as_str()).then_some(name)
}

/// A JSON path as SQL string: `'$["a"]["b"][0]'`.
fn path(steps: &[Step]) -> String {
    let step = |step: &Step| match step {
        Step::Member(name) => format!("[\"{}\"]", name.replace('\\', "\\\\").replace('"', "\\\"")),
        Step::Element(index) => format!("[{index}]"),
        Step::Any => "[*]".to_owned(),
    };
    let steps: String = steps.iter().map(step).collect();
    quoted(&format!("${steps}"))
}

/// Tests the elements of an array. One of them must satisfy the test. For `!=`, none may be equal; for `NOT EXISTS`,
/// none may be present.
fn any_element(array: &str, element: &str, test: &ValueTest<'_>) -> Result<String, Unsupported> {
    let any = |inner: String| format!("any_match({array}, element -> {inner})");
    Ok(match test {
        ValueTest::Missing => format!(
            "NOT coalesce({}, false)",
            any(format!("{element} IS NOT NULL"))
        ),
        ValueTest::NotEqual(value) => {
            let equal = condition(element, &ValueTest::Equal(value.clone()))?;
            format!(
                "({array} IS NOT NULL AND NOT coalesce({}, false))",
                any(equal)
            )
        }
        other => any(condition(element, other)?),
    })
}

/// Tests one value.
fn condition(value: &str, test: &ValueTest<'_>) -> Result<String, Unsupported> {
    Ok(match test {
        ValueTest::Missing => format!("{value} IS NULL"),
        ValueTest::Present => format!("{value} IS NOT NULL"),
        ValueTest::True => format!("{value} = 'true'"),
        ValueTest::False => format!("{value} = 'false'"),
        ValueTest::Null => {
            return Err(Unsupported(
                "the table does not distinguish null from a missing field".to_owned(),
            ));
        }
        ValueTest::Ordering(operator, number) => {
            format!("try_cast({value} AS DOUBLE) {} {number}", operator.as_str())
        }
        // All columns are strings.
        ValueTest::Equal(Value::Number(string) | Value::Text(string)) => {
            format!("{value} = {}", quoted(string))
        }
        ValueTest::NotEqual(Value::Number(string) | Value::Text(string)) => {
            format!("{value} <> {}", quoted(string))
        }
        ValueTest::Equal(Value::Glob(pieces)) => format!("{value} LIKE {}", like(pieces)),
        ValueTest::NotEqual(Value::Glob(pieces)) => format!("{value} NOT LIKE {}", like(pieces)),
        ValueTest::Equal(Value::Regex(regex)) => format!("regexp_like({value}, {})", quoted(regex)),
        ValueTest::NotEqual(Value::Regex(regex)) => {
            format!("NOT regexp_like({value}, {})", quoted(regex))
        }
    })
}

/// A SQL string.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// The pieces of a glob as the right side of `LIKE`: `'Delete%Policy' ESCAPE '\'`.
fn like(pieces: &[&str]) -> String {
    let escape = |piece: &&str| {
        let piece = piece.replace('\\', "\\\\");
        piece.replace('%', "\\%").replace('_', "\\_")
    };
    let pieces: Vec<String> = pieces.iter().map(escape).collect();
    let pattern = pieces.join("%");
    let escape = if pattern.contains('\\') {
        " ESCAPE '\\'"
    } else {
        ""
    };
    format!("{}{escape}", quoted(&pattern))
}
