//! Hostile alarms files. The function and `lint` must report the same fault at the same position.

use std::fmt::Write as _;
use std::path::Path;

use crate::folder::folder;

/// Asserts that a program rejects each of the alarms files with the expected message.
///
/// `output_of` starts the program in a folder with `alarms.yaml`, asserts that it fails, and returns its output.
#[track_caller]
pub fn assert_all_rejected(output_of: impl Fn(&Path) -> String) {
    let mut all = vec![aliases(), control_characters(), included_secret()];
    all.extend(deep_collections());
    all.extend(circular_includes());
    for FaultyFiles {
        files,
        start,
        message,
    } in all
    {
        let files: Vec<_> = (files.iter())
            .map(|(path, text)| (*path, text.as_str()))
            .collect();
        let folder = folder(&files);
        let output = output_of(&folder.path().join(start));
        assert!(output.contains(message), "{message}: {output:.2000}");
    }
}

/// Files that are read from a start file, and a part of the expected error message.
struct FaultyFiles {
    /// Paths and texts.
    files: Vec<(&'static str, String)>,
    /// Folder of the start file, `alarms.yaml`, below the folder of all files.
    start: &'static str,
    message: &'static str,
}

fn faulty(files: &[(&'static str, &str)], message: &'static str) -> FaultyFiles {
    let files = files.iter().map(|(path, text)| (*path, (*text).to_owned()));
    FaultyFiles {
        files: files.collect(),
        start: "",
        message,
    }
}

/// Aliases of aliases, which would expand to 10^10 values.
fn aliases() -> FaultyFiles {
    let mut bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for (name, of) in ('b'..='j').zip('a'..) {
        let aliases = vec![format!("*{of}"); 10].join(", ");
        writeln!(bomb, "{name}: &{name} [{aliases}]").expect("a `String` can be written to");
    }
    faulty(
        &[("alarms.yaml", &bomb)],
        "alarms.yaml:2:8: aliases are not supported",
    )
}

/// Lists that are nested 50,000 deep, in both styles of YAML.
fn deep_collections() -> [FaultyFiles; 2] {
    ["[", "- "].map(|open| {
        let alarms = format!("Alarms:\n  {}", open.repeat(50_000));
        faulty(
            &[("alarms.yaml", &alarms)],
            "invalid YAML: recursion limit exceeded",
        )
    })
}

/// Files that include themselves, directly and through another file.
fn circular_includes() -> [FaultyFiles; 2] {
    let message = "circular include of ";
    [
        faulty(&[("alarms.yaml", "Include: [alarms.yaml]\n")], message),
        faulty(
            &[
                ("alarms.yaml", "Include: [b.yaml]\n"),
                ("b.yaml", "Include: [./alarms.yaml]\n"),
            ],
            message,
        ),
    ]
}

/// A name with terminal control sequences and a line break.
fn control_characters() -> FaultyFiles {
    let alarms = "Alarms:\n  - AlarmName: \"a\\e[2J\\nSubject: OK\"\n";
    let message = "alarms.yaml:2:16: `AlarmName`: expected a name without control characters";
    faulty(&[("alarms.yaml", alarms)], message)
}

/// An included file that is not an alarms file.
///
/// Known limitation: `Include` reads any path, and the error message contains a line of the file. Do not run `lint` or a
/// build on an alarms file of an unknown author with access to secrets. A path with `..` is valid, because an alarms file may
/// include one of a neighboring folder.
fn included_secret() -> FaultyFiles {
    let files = [
        ("function/alarms.yaml", "Include: [../secret]\n"),
        ("secret", "root:x:0:0:root:/root:/bin/sh\n"),
    ];
    FaultyFiles {
        start: "function",
        ..faulty(&files, "secret:1:1: ")
    }
}
