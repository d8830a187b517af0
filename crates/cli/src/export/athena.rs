//! `export athena`: SQL for each alarm, over the table of CloudTrail logs that Athena's documentation has
//! ("Create a table for CloudTrail logs in Athena using manual partitioning" in the Athena user guide).
//!
//! `useridentity` and `tlsdetails` are structs there, `resources` is an array of structs, `requestparameters` and its like are
//! JSON text. SQL's `<>` and `LIKE` are not true of what is missing, as the pattern's `!=` is not. JSON `null` is missing too.

use super::queries::{self, Dialect, Glob, Question};
use cloudtrail_alarms::alarm::definition::AlarmDefinition;
use cloudwatch_filter_pattern::record::{Selector, Step};

/// The SQL of Athena.
pub(super) struct Athena;

/// Columns that are texts.
const TEXTS: [&str; 21] = [
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

/// Columns that are JSON text.
const DOCUMENTS: [&str; 4] = [
    "requestparameters",
    "responseelements",
    "additionaleventdata",
    "serviceeventdetails",
];

/// What is in the columns that are structs.
const STRUCTS: [&str; 20] = [
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

/// What is in an element of `resources`.
const RESOURCE: [&str; 3] = ["arn", "accountid", "type"];

impl Dialect for Athena {
    const COMMENT: &'static str = "--";
    const JOINTS: [&'static str; 2] = [" AND ", " OR "];

    fn test(&self, selector: &Selector, question: &Question<'_>) -> Result<String, String> {
        match place(selector)? {
            Place::Value(value) => condition(&value, question),
            // Of a struct only that it is there can be asked.
            Place::Group(column) => match question {
                Question::Missing => Ok(format!("{column} IS NULL")),
                _ => Err(format!("`{selector}` is no single value")),
            },
            Place::Each { array, element } => each(&array, &element, question),
        }
    }

    fn query(&self, alarm: &AlarmDefinition, test: &str) -> Result<String, String> {
        let period = alarm.settings.period;
        let window = format!(
            "from_unixtime(floor(to_unixtime(from_iso8601_timestamp(eventtime)) / {period}) * {period})"
        );
        let single = |selector: &Selector| match place(selector)? {
            Place::Value(value) => Ok(value),
            Place::Group(_) | Place::Each { .. } => Err(format!("`{selector}` is no single value")),
        };
        let mut columns = vec![format!("{window} AS period")];
        for (number, selector) in (1..).zip(&alarm.group_by) {
            columns.push(format!("{} AS group_{number}", single(selector)?));
        }
        let grouped: Vec<String> = (1..=columns.len()).map(|place| place.to_string()).collect();
        let count = match &alarm.count_distinct {
            Some(selector) => format!("count(DISTINCT {})", single(selector)?),
            None => "count(*)".to_owned(),
        };
        columns.push(format!("{count} AS matches"));
        Ok(format!(
            "SELECT {}\nFROM cloudtrail_logs\nWHERE {test}\nGROUP BY {}\nHAVING {count} {}\nORDER BY 1;",
            columns.join(",\n       "),
            grouped.join(", "),
            queries::raised(alarm),
        ))
    }
}

/// Where the table has what a selector selects.
enum Place {
    /// A text, or null.
    Value(String),
    /// A column that holds more than one value.
    Group(String),
    /// For each `element` of the array the same value of it.
    Each { array: String, element: String },
}

fn place(selector: &Selector) -> Result<Place, String> {
    let unknown = || format!("the table has no column for `{selector}`");
    let [Step::Member(first), rest @ ..] = selector.steps() else {
        return Err(unknown());
    };
    let column = first.to_lowercase();
    let wildcard = rest.iter().position(|step| *step == Step::Any);
    if DOCUMENTS.contains(&column.as_str()) {
        return Ok(match wildcard {
            None if rest.is_empty() => Place::Group(column),
            None => Place::Value(format!("json_extract_scalar({column}, {})", path(rest))),
            Some(at) => Place::Each {
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
            [] => Some(Place::Group(column)),
            [Step::Element(index), Step::Member(name)] => resource(name)
                .map(|name| Place::Value(format!("element_at(resources, {}).{name}", index + 1))),
            [Step::Any, Step::Member(name)] => resource(name).map(|name| Place::Each {
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
    if TEXTS.contains(&names.as_str()) || STRUCTS.contains(&names.as_str()) {
        Ok(Place::Value(names))
    } else if STRUCTS
        .iter()
        .any(|known| known.starts_with(&format!("{names}.")))
    {
        Ok(Place::Group(names))
    } else {
        Err(unknown())
    }
}

fn resource(name: &str) -> Option<String> {
    let name = name.to_lowercase();
    RESOURCE.contains(&name.as_str()).then_some(name)
}

/// `'$["a"]["b"][0]'`: a JSON path as SQL has it.
fn path(steps: &[Step]) -> String {
    let step = |step: &Step| match step {
        Step::Member(name) => format!("[\"{}\"]", name.replace('\\', "\\\\").replace('"', "\\\"")),
        Step::Element(index) => format!("[{index}]"),
        Step::Any => "[*]".to_owned(),
    };
    let steps: String = steps.iter().map(step).collect();
    quoted(&format!("${steps}"))
}

/// One element must satisfy the question; for `!=` none may be equal, and for `NOT EXISTS` there may be none.
fn each(array: &str, element: &str, question: &Question<'_>) -> Result<String, String> {
    let any = |inner: String| format!("any_match({array}, element -> {inner})");
    Ok(match question {
        Question::Missing => format!(
            "NOT coalesce({}, false)",
            any(format!("{element} IS NOT NULL"))
        ),
        Question::Different(glob) => {
            let equal = condition(element, &Question::Equal(glob.clone()))?;
            format!(
                "({array} IS NOT NULL AND NOT coalesce({}, false))",
                any(equal)
            )
        }
        Question::NotFound(regex) => {
            let found = condition(element, &Question::Found(regex))?;
            format!(
                "({array} IS NOT NULL AND NOT coalesce({}, false))",
                any(found)
            )
        }
        other => any(condition(element, other)?),
    })
}

fn condition(value: &str, question: &Question<'_>) -> Result<String, String> {
    Ok(match question {
        Question::Missing => format!("{value} IS NULL"),
        Question::Present => format!("{value} IS NOT NULL"),
        Question::True => format!("{value} = 'true'"),
        Question::False => format!("{value} = 'false'"),
        Question::Null => {
            return Err("the table does not tell null from a missing field".to_owned());
        }
        Question::Order(operator, number) => {
            format!("try_cast({value} AS DOUBLE) {} {number}", operator.as_str())
        }
        Question::Equal(Glob::Exact(text)) => format!("{value} = {}", quoted(text)),
        Question::Different(Glob::Exact(text)) => format!("{value} <> {}", quoted(text)),
        Question::Equal(Glob::Pieces(pieces)) => format!("{value} LIKE {}", like(pieces)),
        Question::Different(Glob::Pieces(pieces)) => format!("{value} NOT LIKE {}", like(pieces)),
        Question::Found(regex) => format!("regexp_like({value}, {})", quoted(regex)),
        Question::NotFound(regex) => format!("NOT regexp_like({value}, {})", quoted(regex)),
    })
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// `'Delete%Policy' ESCAPE '\'`
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
