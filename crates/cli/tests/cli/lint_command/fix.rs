//! The files that `lint --fix` writes.

use std::fs::{self, DirEntry, Permissions};
use std::io;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::super::{TOOL, folder};
use super::{ALARMS, MORE, lint_in};

/// The corrections of [`ALARMS`].
const CORRECTIONS: [(&str, &str); 4] = [
    (
        r#"&& $.userIdentity.invokedBy != "it''s" }"#,
        r#"&& ($.userIdentity.invokedBy NOT EXISTS || $.userIdentity.invokedBy != "it''s") }"#,
    ),
    (r#"\"a\" || $.userAgent"#, r#"\"a\" && $.userAgent"#),
    ("$.readOnly = false", "$.readOnly IS FALSE"),
    (
        "$.userIdentity.userName\n        != \"x\" }",
        "($.userIdentity.userName NOT EXISTS || $.userIdentity.userName\n        != \"x\") }",
    ),
];

/// The corrections of [`MORE`].
const MORE_CORRECTIONS: [(&str, &str); 3] = [
    ("Failed authentication", "\"Failed authentication\""),
    ("$.errorCode IS NULL", "$.errorCode NOT EXISTS"),
    ("$eventName", "$.eventName"),
];

/// The text with each correction in its place.
#[track_caller]
fn corrected(text: &str, corrections: &[(&str, &str)]) -> String {
    corrections
        .iter()
        .fold(text.to_owned(), |text, (written, instead)| {
            assert_eq!(text.matches(written).count(), 1, "{written}");
            text.replace(written, instead)
        })
}

#[test]
fn fix_writes_the_corrections_and_nothing_else() {
    let files = [("alarms.yaml", ALARMS), ("more.yaml", MORE)];
    let folder = folder(&files);
    let report = lint_in(&folder, "alarms.yaml", &["--fix"]).findings();
    let read = |name| fs::read_to_string(folder.path().join(name)).unwrap();
    assert_eq!(read("alarms.yaml"), corrected(ALARMS, &CORRECTIONS));
    assert_eq!(read("more.yaml"), corrected(MORE, &MORE_CORRECTIONS));
    assert_eq!(report.matches(": fixed: ").count(), 7, "{report}");

    let second = lint_in(&folder, "alarms.yaml", &["--fix"]).findings();
    assert!(
        !second.contains("fixed: ") && !second.contains("write: "),
        "{second}"
    );
    assert_eq!(read("alarms.yaml"), corrected(ALARMS, &CORRECTIONS));
}

/// The names of what is in a folder.
fn names(folder: impl AsRef<Path>) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("it is a folder");
    let name = |entry: io::Result<DirEntry>| entry.expect("it is there").file_name();
    let mut names: Vec<_> = entries
        .map(name)
        .map(|name| name.display().to_string())
        .collect();
    names.sort();
    names
}

#[test]
fn fix_keeps_the_permissions_of_a_file_and_the_link_to_it() {
    let files = [("alarms.yaml", ALARMS), ("more.yaml", MORE)];
    let folder = folder(&files);
    fs::rename(
        folder.path().join("more.yaml"),
        folder.path().join("shared.yaml"),
    )
    .unwrap();
    symlink("shared.yaml", folder.path().join("more.yaml")).unwrap();
    let mode = |name| {
        fs::metadata(folder.path().join(name))
            .unwrap()
            .permissions()
            .mode()
            & 0o777
    };
    for (name, mode) in [("alarms.yaml", 0o640), ("shared.yaml", 0o664)] {
        fs::set_permissions(folder.path().join(name), Permissions::from_mode(mode)).unwrap();
    }
    lint_in(&folder, "alarms.yaml", &["--fix"]).findings();
    assert_eq!((mode("alarms.yaml"), mode("shared.yaml")), (0o640, 0o664));
    let link = fs::read_link(folder.path().join("more.yaml")).unwrap();
    assert_eq!(link, Path::new("shared.yaml"));
    let shared = fs::read_to_string(folder.path().join("shared.yaml")).unwrap();
    assert_eq!(shared, corrected(MORE, &MORE_CORRECTIONS));
    assert_eq!(names(&folder), ["alarms.yaml", "more.yaml", "shared.yaml"]);
}

#[test]
fn a_disk_that_fills_while_fix_writes_leaves_every_file_as_it_was() {
    // The first file fits, the second does not.
    let long = format!("{MORE}{}", "# a comment\n".repeat(1_000));
    let files = [("alarms.yaml", ALARMS), ("more.yaml", long.as_str())];
    let folder = folder(&files);
    let output = Command::new("sh")
        .args([
            "-c",
            "trap '' XFSZ; ulimit -f 8; exec \"$0\" lint --fix alarms.yaml",
            TOOL,
        ])
        .current_dir(&folder)
        .output()
        .expect("there is a shell");
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{complaint}");
    assert!(
        complaint.starts_with("error: cannot write more.yaml: "),
        "{complaint}"
    );
    for (name, text) in files {
        assert_eq!(
            fs::read_to_string(folder.path().join(name)).unwrap(),
            text,
            "{name}"
        );
    }
    assert_eq!(names(&folder), ["alarms.yaml", "more.yaml"]);
}

#[test]
fn escapes_and_continued_lines_are_corrected_in_place() {
    let written = r#"Alarms:
  - AlarmName: Escaped
    FilterPattern: "{ $.eventSource = \"kms.\x61mazon.com\" && \
        $.readOnly = \U00000074rue }"
  - AlarmName: Plain
    FilterPattern: “Denied”
  - AlarmName: PlainParagraphs
    FilterPattern: “Denied

      twice”
"#;
    let folder = folder(&[("alarms.yaml", written)]);
    let report = lint_in(&folder, "alarms.yaml", &["--fix"]).findings();
    assert_eq!(
        fs::read_to_string(folder.path().join("alarms.yaml")).unwrap(),
        corrected(
            written,
            &[
                (r"kms.\x61mazon.com", "kms.amazonaws.com"),
                (r"= \U00000074rue", "IS TRUE"),
                ("“Denied”", "'\"Denied\"'"),
            ]
        )
    );
    let not_written = r#"^
in PlainParagraphs
not written: cannot rewrite this value automatically
suggested: "Denied twice"
"#;
    assert!(report.contains(not_written), "{report}");
    let json = lint_in(&folder, "alarms.yaml", &["--fix", "--output", "json"]).findings();
    let json: Value = serde_json::from_str(&json).unwrap();
    let finding = json
        .as_array()
        .unwrap()
        .iter()
        .find(|finding| finding["code"] == "syntax");
    assert_eq!(
        finding.unwrap()["not_fixed"],
        "cannot rewrite this value automatically"
    );
}
