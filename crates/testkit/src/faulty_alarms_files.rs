//! Hostile alarms files. The function and `lint` must report the same fault at the same position.

use std::fmt::Write as _;

/// Files that are read from a start file, and a part of the expected error message.
#[derive(Clone, Debug)]
pub struct FaultyFiles {
    /// Paths and texts.
    pub files: Vec<(&'static str, String)>,
    /// Folder of the start file, `alarms.yaml`, below the folder of all files.
    pub start: &'static str,
    /// A part of the expected message.
    pub message: &'static str,
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
pub fn aliases() -> FaultyFiles {
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
pub fn deep_collections() -> [FaultyFiles; 2] {
    ["[", "- "].map(|open| {
        let alarms = format!("Alarms:\n  {}", open.repeat(50_000));
        faulty(
            &[("alarms.yaml", &alarms)],
            "not YAML: recursion limit exceeded",
        )
    })
}

/// Files that include themselves, directly and through another file.
pub fn circular_includes() -> [FaultyFiles; 2] {
    let message = "would include itself";
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
pub fn control_characters() -> FaultyFiles {
    let alarms = "Alarms:\n  - AlarmName: \"a\\e[2J\\nSubject: OK\"\n";
    let message = "alarms.yaml:2:16: `AlarmName`: expected a name without control characters";
    faulty(&[("alarms.yaml", alarms)], message)
}

/// An included file that is not an alarms file.
///
/// Known limitation: `Include` reads any path, and the error message contains a line of the file. Do not run `lint` or a
/// build on an alarms file of an unknown author with access to secrets. A path with `..` is valid, because an alarms file may
/// include one of a neighboring folder.
pub fn included_secret() -> FaultyFiles {
    let files = [
        ("function/alarms.yaml", "Include: [../secret]\n"),
        ("secret", "root:x:0:0:root:/root:/bin/sh\n"),
    ];
    FaultyFiles {
        start: "function",
        ..faulty(&files, "secret:1:1: ")
    }
}
