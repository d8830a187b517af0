//! Files that include other files.

use std::path::PathBuf;

use cloudtrail_alarms::alarm::definition::RecordSource;
use insta::assert_snapshot;

use super::{alarm, load_all, position};

#[test]
fn files_are_split() {
    let alarm_of = |name: &str| alarm(&format!("AlarmName: {name}"));
    let files = [
        (
            "etc/alarms.yaml",
            format!(
                "Include: [catalogue/one.yaml, ./two.yaml]\nParameters: {{Team: {{Type: String}}}}\n{}",
                alarm_of("root")
            ),
        ),
        (
            "etc/catalogue/one.yaml",
            format!(
                "Include: [../three.yaml]\nParameters: {{Team: {{Type: String, Example: x}}}}\n{}",
                alarm_of("one-${Team}")
            ),
        ),
        (
            "etc/./two.yaml",
            alarm_of("two-${Team}") + "    Tests: [{Record: r.json, Match: true}]\n",
        ),
        ("etc/catalogue/../three.yaml", alarm_of("three")),
    ];
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, text)| (*path, text.as_str()))
        .collect();
    let file = load_all(&files).unwrap();
    let names: Vec<&str> = file
        .alarms
        .iter()
        .map(|alarm| alarm.name.as_str())
        .collect();
    assert_eq!(names, ["root", "one-payments", "three", "two-payments"]);
    assert_eq!(
        file.locations[1].name,
        position("etc/catalogue/one.yaml", 4, 16)
    );
    assert_eq!(file.parameters.len(), 1);
    assert_eq!(
        file.alarms[3].tests[0].record,
        RecordSource::File(PathBuf::from("etc/./r.json"))
    );
}

#[test]
fn errors_of_includes_are_reported() {
    let shown = |files: &[(&str, &str)]| {
        load_all(files)
            .expect_err("the files are wrong")
            .to_string()
    };
    let ok = alarm("");
    assert_snapshot!(shown(&[("a.yaml", "Include: [b.yaml]\n"), ("b.yaml", "Include: [./a.yaml]\n")]), @r"
    b.yaml:1:11: circular include of a.yaml
    1 | Include: [./a.yaml]
      |           ^^^^^^^^
    ");
    assert_snapshot!(shown(&[("a.yaml", "Include: [a.yaml]\n")]), @r"
    a.yaml:1:11: circular include of a.yaml
    1 | Include: [a.yaml]
      |           ^^^^^^
    ");
    assert_snapshot!(shown(&[("a.yaml", "Include:\n  - x/b.yaml\n  - x/../x/b.yaml\n"), ("x/b.yaml", &ok)]), @r"
    a.yaml:3:5: x/b.yaml is already included at a.yaml:2:5
    3 |   - x/../x/b.yaml
      |     ^^^^^^^^^^^^^
    ");
    assert_snapshot!(shown(&[("a.yaml", "Include: [none.yaml, '']\n")]), @r"
    a.yaml:1:22: `Include`: expected 1 to 1024 characters, found 0
    1 | Include: [none.yaml, '']
      |                      ^^
    ");
    assert_snapshot!(shown(&[("a.yaml", "Include: [none.yaml]\n")]), @r"
    a.yaml:1:11: cannot read none.yaml: entity not found
    1 | Include: [none.yaml]
      |           ^^^^^^^^^
    ");
    assert_snapshot!(shown(&[("a.yaml", &format!("Include: [b.yaml]\n{ok}")), ("b.yaml", &ok)]), @r"
    b.yaml:2:16: alarm `Errors` is already defined at a.yaml:3:16
    2 |   - AlarmName: Errors
      |                ^^^^^^
    ");
    assert_snapshot!(shown(&[("a.yaml", "Include: [b.yaml]\nParameters: {X: {Type: String}}\n"), ("b.yaml", "Parameters: {X: {Type: Number}}\n")]), @r"
    b.yaml:1:14: conflicting declarations of parameter `X`: `Type` or `Default` differs from that at a.yaml:2:14
    1 | Parameters: {X: {Type: Number}}
      |              ^
    ");
}
