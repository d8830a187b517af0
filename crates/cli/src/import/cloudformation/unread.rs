//! The parts of a template that are not read, although they can have alarms.

use crate::import::document::{Member, Node};

/// The output of CloudFormation that has what macros and transforms add.
const PROCESSED: &str =
    "import the output of `aws cloudformation get-template --template-stage Processed`";

/// The transforms whose templates are read as they are written.
const READ_TRANSFORMS: [&str; 2] = ["AWS::Serverless-2016-10-31", "AWS::LanguageExtensions"];

/// Why a resource that can have alarms is not read.
pub(super) fn reason(member: &Member) -> Option<String> {
    if member.key == "Fn::Transform" {
        return Some(format!("transforms are not applied; {PROCESSED}"));
    }
    match member.value.get("Type")?.text()? {
        "AWS::CloudWatch::LogAlarm" => Some("log alarms are not read".to_owned()),
        "AWS::CloudFormation::Stack" | "AWS::Serverless::Application" => {
            Some("nested stacks are not read; import their templates too".to_owned())
        }
        _ => None,
    }
}

/// The transforms of a template that are not applied, each as a line.
pub(super) fn transforms(document: &Node) -> Vec<String> {
    let Some(section) = document.get("Transform") else {
        return Vec::new();
    };
    let names = section.items().unwrap_or(std::slice::from_ref(section));
    let names = names.iter().filter_map(|transform| {
        let call = transform.get("Fn::Transform").unwrap_or(transform);
        call.get("Name").unwrap_or(call).text()
    });
    let unread = names.filter(|name| !READ_TRANSFORMS.contains(name));
    unread
        .map(|name| format!("transform `{name}` is not applied; {PROCESSED}"))
        .collect()
}
