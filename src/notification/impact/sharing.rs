//! Snapshots and images that are shared with other accounts, or with everybody.

use crate::evidence::Facts;
use crate::notification::command::Command;
use crate::notification::diagnosis::{Check, Impact, and_more};
use crate::notification::impact::request::{request, text, texts_below};
use crate::notification::impact::{call, region};
use crate::notification::render_input::RenderInput;
use crate::notification::sanitize::sanitize_within;

/// Maximum length of the name of a resource, in bytes.
const MAX_NAME: usize = 60;

/// Maximum number of receivers in a command.
const MAX_REMOVED: usize = 10;

/// A call that shares a resource.
struct Sharing {
    call: (&'static str, &'static str),
    /// Name of the resource's kind, for people.
    kind: &'static str,
    /// The request parameter that identifies the resource.
    parameter: &'static str,
    /// The member of the request that contains the added receivers.
    added: &'static str,
    /// The members with the receivers, and with `all`.
    receivers: [&'static str; 2],
    /// Beginning of the command that shows the receivers, and the option for the resource.
    check: (&'static str, &'static str),
    /// Beginning of the command that removes receivers.
    undo: &'static str,
    /// The words of that command before an account, and before `all`.
    removal: [&'static str; 2],
    /// The attribute that both commands are about. Empty if the command has it already.
    attribute: &'static str,
}

const SHARING: [Sharing; 4] = [
    Sharing {
        call: ("ec2", "ModifySnapshotAttribute"),
        kind: "EBS snapshot",
        parameter: "snapshotId",
        added: "add",
        receivers: ["userId", "group"],
        check: ("aws ec2 describe-snapshot-attribute", "--snapshot-id"),
        undo: "aws ec2 modify-snapshot-attribute",
        removal: [
            "--operation-type remove --user-ids",
            "--operation-type remove --group-names",
        ],
        attribute: "--attribute createVolumePermission",
    },
    Sharing {
        call: ("ec2", "ModifyImageAttribute"),
        kind: "Machine image",
        parameter: "imageId",
        added: "add",
        receivers: ["userId", "group"],
        check: ("aws ec2 describe-image-attribute", "--image-id"),
        undo: "aws ec2 modify-image-attribute",
        removal: [
            "--operation-type remove --user-ids",
            "--operation-type remove --user-groups",
        ],
        attribute: "--attribute launchPermission",
    },
    Sharing {
        call: ("rds", "ModifyDBSnapshotAttribute"),
        kind: "RDS snapshot",
        parameter: "dBSnapshotIdentifier",
        added: "valuesToAdd",
        receivers: ["", ""],
        check: (
            "aws rds describe-db-snapshot-attributes",
            "--db-snapshot-identifier",
        ),
        undo: "aws rds modify-db-snapshot-attribute",
        removal: ["--attribute-name restore --values-to-remove"; 2],
        attribute: "",
    },
    Sharing {
        call: ("rds", "ModifyDBClusterSnapshotAttribute"),
        kind: "RDS cluster snapshot",
        parameter: "dBClusterSnapshotIdentifier",
        added: "valuesToAdd",
        receivers: ["", ""],
        check: (
            "aws rds describe-db-cluster-snapshot-attributes",
            "--db-cluster-snapshot-identifier",
        ),
        undo: "aws rds modify-db-cluster-snapshot-attribute",
        removal: ["--attribute-name restore --values-to-remove"; 2],
        attribute: "",
    },
];

/// The effect of a call that shares a resource. `None` for other calls, and if nobody was added.
pub(super) fn impact(input: &RenderInput<'_>, facts: &Facts) -> Option<Impact> {
    let sharing = of_call(facts)?;
    let request = request(facts)?;
    let name = text(&request, sharing.parameter)?;
    let receivers = receivers(&request, sharing);
    let shown = sanitize_within(name, MAX_NAME);
    let is_public = receivers.contains(&"all");
    let what = match receivers.as_slice() {
        [] => return None,
        _ if is_public => format!("{} {shown} made public", sharing.kind),
        [first, more @ ..] => format!(
            "{} {shown} shared with account {}{}",
            sharing.kind,
            input.named(first),
            and_more(more.len())
        ),
    };
    let who = if is_public {
        "Every AWS account"
    } else {
        "The other account"
    };
    let command = |words: &str| {
        let command = Command::new(words)
            .with("--region", region(input, facts))
            .with(sharing.check.1, name);
        match sharing.attribute {
            "" => command,
            attribute => command.then(attribute),
        }
    };
    let check = command(sharing.check.0);
    let (public, accounts): (Vec<&str>, Vec<&str>) =
        receivers.iter().partition(|receiver| **receiver == "all");
    let undo = [(accounts, sharing.removal[0]), (public, sharing.removal[1])];
    let undo = (undo.iter()).filter(|(removed, _)| is_removable(removed));
    let undo = undo.filter_map(|(removed, words)| {
        command(sharing.undo)
            .then(words)
            .then(&removed.join(" "))
            .line()
    });
    Some(Impact {
        what,
        names_caller: false,
        consequences: vec![format!(
            "{who} can copy the data. Removing the permission does not delete copies that were already made."
        )],
        undo: undo.collect(),
        checks: Check::new("Who has access now?", [check.line()])
            .into_iter()
            .collect(),
    })
}

/// The shared resource in the request. `None` for other calls.
pub(super) fn resource(facts: &Facts) -> Option<String> {
    let sharing = of_call(facts)?;
    let request = request(facts)?;
    Some(sanitize_within(
        text(&request, sharing.parameter)?,
        MAX_NAME,
    ))
}

fn of_call(facts: &Facts) -> Option<&'static Sharing> {
    let called = call(facts)?;
    SHARING.iter().find(|sharing| sharing.call == called)
}

/// Whether a command can contain these receivers: account IDs, or `all`, and not too many.
fn is_removable(receivers: &[&str]) -> bool {
    let is_account = |text: &str| text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit());
    (1..=MAX_REMOVED).contains(&receivers.len())
        && (receivers.iter()).all(|receiver| *receiver == "all" || is_account(receiver))
}

/// The added accounts, or `all`.
fn receivers<'v>(request: &'v serde_json::Value, sharing: &Sharing) -> Vec<&'v str> {
    let mut found = Vec::new();
    if sharing.added == "valuesToAdd" {
        let values = request
            .get(sharing.added)
            .and_then(serde_json::Value::as_array);
        found.extend(
            values
                .into_iter()
                .flatten()
                .filter_map(serde_json::Value::as_str),
        );
        return found;
    }
    let mut added = Vec::new();
    objects_below(request, sharing.added, &mut added);
    for object in added {
        for name in sharing.receivers {
            texts_below(object, name, &mut found);
        }
    }
    found
}

/// All members with this name, at any depth.
fn objects_below<'v>(
    value: &'v serde_json::Value,
    name: &str,
    found: &mut Vec<&'v serde_json::Value>,
) {
    if let Some(members) = value.as_object() {
        for (key, value) in members {
            if key == name {
                found.push(value);
            } else {
                objects_below(value, name, found);
            }
        }
    }
}
