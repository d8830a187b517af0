//! The diagnosis of the calls in a notification, for all formats.

use crate::notification::arn::Arn;
use crate::notification::sanitize::sanitize;

/// The findings about the calls in the records.
#[derive(Clone, Debug, Default)]
pub(super) struct Diagnosis {
    /// Kind of the resources, in the singular: `key`.
    pub(super) resource_kind: &'static str,
    /// The resources by name, with the number of calls. The most frequent one is first.
    pub(super) resources: Vec<(String, u64)>,
    /// Sanitized names from request and response, such as `routeTableId rtb-...`. They are shown if no resource is
    /// known.
    pub(super) names: Vec<String>,
    /// Sanitized lines that describe the KMS encryption context: `S3 object arn:aws:s3:::...`.
    pub(super) encryption_context: Vec<String>,
    /// Effects of successful calls that the reader must know first.
    pub(super) impacts: Vec<Impact>,
    /// Causes of failed calls, the most frequent first.
    pub(super) causes: Vec<Cause>,
    /// Further information for the reader before they act.
    pub(super) notes: Vec<String>,
    /// Read-only commands that help to investigate.
    pub(super) checks: Vec<Check>,
    /// Links to the AWS console: label and URL.
    pub(super) links: Vec<(String, String)>,
}

/// The effect of one kind of call on one resource.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Impact {
    /// The call and its effect, as the first line: `KMS key 1b2c3d4e... scheduled for deletion on 2026-11-27`.
    pub(super) what: String,
    /// Whether `what` contains the caller.
    pub(super) names_caller: bool,
    /// Consequences and deadlines, one sentence each.
    pub(super) consequences: Vec<String>,
    /// Commands that undo the call. They change resources.
    pub(super) undo: Vec<String>,
    /// Read-only commands that show the current state.
    pub(super) checks: Vec<Check>,
}

/// A cause of failed calls.
#[derive(Clone, Debug)]
pub(super) struct Cause {
    /// The error code, sanitized. If several codes have the same reason, one of them.
    pub(super) code: String,
    /// Number of calls.
    pub(super) count: u64,
    /// The reason, without a full stop.
    pub(super) reason: String,
    /// Recommended action.
    pub(super) advice: String,
    /// Commands that remove the cause. They change resources.
    pub(super) remedies: Vec<String>,
}

/// A question, and the commands that answer it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Check {
    pub(super) question: String,
    /// Command lines. One about a resource of another account is a comment.
    pub(super) commands: Vec<String>,
}

impl Check {
    /// A question with the commands that have valid values. `None` if there are none.
    pub(super) fn new(
        question: &str,
        commands: impl IntoIterator<Item = Option<String>>,
    ) -> Option<Self> {
        let commands: Vec<String> = commands.into_iter().flatten().collect();
        (!commands.is_empty()).then(|| Self {
            question: question.to_owned(),
            commands,
        })
    }

    /// The lines for a shell: the question as a comment, then the commands.
    pub(super) fn lines(&self) -> Vec<String> {
        let question = format!("# {}", self.question);
        [question]
            .into_iter()
            .chain(self.commands.iter().cloned())
            .collect()
    }
}

/// Label of the links to CloudTrail events.
pub(super) const EVENT_LABEL: &str = "CloudTrail event";

impl Diagnosis {
    /// The link to the first event that has one.
    pub(super) fn event_link(&self) -> Option<&(String, String)> {
        self.links
            .iter()
            .find(|(label, _)| label.starts_with(EVENT_LABEL))
    }

    /// The object of the summary sentence: ` on key 1b2c...`, ` on 3 keys`, ` (routeTableId rtb-...)`, or empty.
    ///
    /// If not all of the `known` records name a resource: ` (1 of 2 on key 1b2c...)`.
    pub(super) fn on_resources(&self, known: u64) -> String {
        let on = match self.resources.as_slice() {
            [] if self.names.is_empty() => return String::new(),
            [] => return format!(" ({})", self.names.join(", ")),
            [(name, _)] => format!("on {} {}", self.resource_kind, sanitize(short(name))),
            more => format!("on {} {}s", more.len(), self.resource_kind),
        };
        let named: u64 = self.resources.iter().map(|(_, count)| count).sum();
        if named < known {
            format!(" ({named} of {known} {on})")
        } else {
            format!(" {on}")
        }
    }
}

/// `, and 3 more`; empty if nothing was left out.
pub(super) fn and_more(left_out: usize) -> String {
    match left_out {
        0 => String::new(),
        more => format!(", and {more} more"),
    }
}

/// The resource part of an ARN; a key ID for a KMS key. Other names are returned unchanged.
fn short(name: &str) -> &str {
    match Arn::parse(name) {
        Some(arn) if arn.service == "kms" => {
            arn.resource.strip_prefix("key/").unwrap_or(arn.resource)
        }
        Some(arn) if !arn.resource.is_empty() => arn.resource,
        _ => name,
    }
}
