//! The columns of the table, and the position of a record's fields in them.

use cloudtrail_alarms::query::Unsupported;
use cloudwatch_filter_pattern::record::{Selector, Step};

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

/// The column of a boolean. Like the other columns, it contains text.
const BOOLEAN_COLUMN: &str = "readonly";

/// The location of a field in the table.
pub(super) enum Column {
    /// A text, or the text of a boolean.
    Text(TextColumn),
    /// A value in a JSON column.
    Json(JsonValue),
    /// A struct.
    Struct(String),
    /// The whole text of a JSON column.
    Document,
    /// The elements of an array, or the members of an object.
    Elements(Elements),
}

/// A text.
pub(super) struct TextColumn {
    /// The expression of the text.
    pub(super) text: String,
    /// Whether the text is that of a boolean.
    pub(super) is_boolean: bool,
}

/// A value in a JSON document.
pub(super) struct JsonValue {
    /// The expression of the text of a string, number or boolean. It is null for other values.
    pub(super) scalar: String,
    /// The expression of the value as JSON. It is null if the field is missing.
    pub(super) json: String,
}

/// The elements of an array, or the members of an object.
pub(super) struct Elements {
    /// The expression of an array.
    pub(super) array: String,
    /// The condition that the container exists. `None` if the table does not have this information.
    pub(super) exists: Option<String>,
    /// The field of one element, which is named `element`.
    pub(super) element: Element,
}

/// A field of an element.
pub(super) enum Element {
    Text(TextColumn),
    Json(JsonValue),
}

/// Finds a field in the table.
pub(super) fn column(selector: &Selector) -> Result<Column, Unsupported> {
    let unknown = || Unsupported(format!("the table has no column for `{selector}`"));
    let [Step::Member(first), rest @ ..] = selector.steps() else {
        return Err(unknown());
    };
    let column = first.to_lowercase();
    if JSON_COLUMNS.contains(&column.as_str()) {
        return Ok(json_column(&column, rest));
    }
    if column == "resources" {
        return resources(rest).ok_or_else(unknown);
    }
    let names: Option<Vec<String>> = rest.iter().map(member).collect();
    let names = [vec![column], names.ok_or_else(unknown)?].concat();
    let name = names.join(".");
    if STRING_COLUMNS.contains(&name.as_str()) || STRUCT_FIELDS.contains(&name.as_str()) {
        Ok(Column::Text(TextColumn {
            is_boolean: name == BOOLEAN_COLUMN,
            text: name,
        }))
    } else if (STRUCT_FIELDS.iter()).any(|known| known.starts_with(&format!("{name}."))) {
        Ok(Column::Struct(name))
    } else {
        Err(unknown())
    }
}

/// The name of a member in lower case, as columns have it.
fn member(step: &Step) -> Option<String> {
    match step {
        Step::Member(name) => Some(name.to_lowercase()),
        Step::Element(_) | Step::Any => None,
    }
}

fn json_column(column: &str, steps: &[Step]) -> Column {
    let wildcard = steps.iter().position(|step| *step == Step::Any);
    match wildcard {
        None if steps.is_empty() => Column::Document,
        None => Column::Json(json_value(column, steps)),
        Some(at) => {
            let container = json_value(column, &steps[..at]).json;
            let element = match &steps[at + 1..] {
                [] => JsonValue {
                    scalar: "json_extract_scalar(element, '$')".to_owned(),
                    json: "element".to_owned(),
                },
                below => json_value("element", below),
            };
            // An object is not an array, so one of the two is null.
            let array = format!(
                "coalesce(try_cast({container} AS ARRAY(JSON)), map_values(try_cast({container} AS MAP(VARCHAR, JSON))))"
            );
            Column::Elements(Elements {
                array,
                // The table does not distinguish a missing column from JSON null.
                exists: (at > 0).then(|| format!("{container} IS NOT NULL")),
                element: Element::Json(element),
            })
        }
    }
}

fn json_value(document: &str, steps: &[Step]) -> JsonValue {
    let path = path(steps);
    JsonValue {
        scalar: format!("json_extract_scalar({document}, {path})"),
        json: format!("json_extract({document}, {path})"),
    }
}

fn resources(steps: &[Step]) -> Option<Column> {
    let field = |step: &Step| {
        let name = member(step)?;
        RESOURCE_FIELDS.contains(&name.as_str()).then_some(name)
    };
    let text = |text| TextColumn {
        text,
        is_boolean: false,
    };
    match steps {
        [] => Some(Column::Struct("resources".to_owned())),
        [Step::Element(index), name] => {
            let name = field(name)?;
            Some(Column::Text(text(format!(
                "element_at(resources, {}).{name}",
                index + 1
            ))))
        }
        [Step::Any, name] => Some(Column::Elements(Elements {
            array: "resources".to_owned(),
            exists: Some("resources IS NOT NULL".to_owned()),
            element: Element::Text(text(format!("element.{}", field(name)?))),
        })),
        _ => None,
    }
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

/// A SQL string.
pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
