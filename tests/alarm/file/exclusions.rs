//! `Exclude` of files.

use insta::assert_snapshot;

use super::{PARAMETERS, alarm, errors, load_all};

/// An `Exclude` section of a file, for calls of one user.
fn exclude(user: &str, expires: &str) -> String {
    format!(
        "Exclude:\n  - {{Pattern: '{{ $.userIdentity.userName = \"{user}\" }}', Reason: r, Owner: o, Expires: {expires}}}\n"
    )
}

#[test]
fn the_exclusions_of_a_file_apply_to_its_alarms_and_to_those_of_included_files() {
    let own = "Exclude: [{Pattern: '{ $.a = 1 }', Reason: own, Owner: o, Expires: 2027-01-31}]\n";
    let root = format!(
        "Include: [pack.yaml, noise.yaml]\n{PARAMETERS}{}{}",
        exclude("${Team}", "2027-01-31"),
        alarm(&format!("AlarmName: root\n{own}"))
    );
    let pack = format!(
        "{}{}",
        exclude("pack", "2027-01-31"),
        alarm("AlarmName: pack")
    );
    let files = [
        ("alarms.yaml", root.as_str()),
        ("pack.yaml", pack.as_str()),
        ("noise.yaml", &exclude("noise", "never")),
    ];
    let file = load_all(&files).unwrap_or_else(|error| panic!("{error}"));
    let shown: Vec<String> = (file.alarms.iter())
        .map(|alarm| {
            let entries = alarm.exclude.iter();
            let entries = entries.map(|entry| format!("  {} {:?}", entry.pattern, entry.expires));
            format!("{}\n{}", alarm.name, entries.collect::<Vec<_>>().join("\n"))
        })
        .collect();
    assert_snapshot!(shown.join("\n"), @r#"
    root
      { $.a = 1 } Some(2027-01-31)
      { $.userIdentity.userName = "payments" } Some(2027-01-31)
      { $.userIdentity.userName = "noise" } None
    pack
      { $.userIdentity.userName = "payments" } Some(2027-01-31)
      { $.userIdentity.userName = "pack" } Some(2027-01-31)
      { $.userIdentity.userName = "noise" } None
    "#);
}

#[test]
fn errors_in_the_exclusions_of_a_file_are_reported_once() {
    let two = format!(
        "{}{}",
        alarm("AlarmName: a"),
        alarm("AlarmName: b").replace("Alarms:\n", "")
    );
    let all: Vec<String> = [
        "Exclude:\n".to_owned(),
        "Exclude: {}\n".to_owned(),
        "Exclude: [{Pattern: '{ $.a == 1 }', Reason: r}]\n".to_owned(),
        exclude("x", "Never"),
        format!("{PARAMETERS}{}", exclude("${NotGiven}", "never")),
    ]
    .iter()
    .map(|section| errors(&format!("{section}{two}")))
    .collect();
    assert_snapshot!(all.join("\n\n"), @r#"
    alarms.yaml:1:1: `Exclude` is empty; set a value or remove it
    1 | Exclude:
      | ^^^^^^^

    alarms.yaml:1:10: `Exclude`: expected a list, found a mapping
    1 | Exclude: {}
      |          ^

    alarms.yaml:1:11: the exclusion has no `Owner`
    1 | Exclude: [{Pattern: '{ $.a == 1 }', Reason: r}]
      |           ^

    alarms.yaml:1:11: the exclusion has no `Expires`
    1 | Exclude: [{Pattern: '{ $.a == 1 }', Reason: r}]
      |           ^

    alarms.yaml:1:29: expected a value, found `=` (CloudWatch: Invalid metric filter pattern)
    1 | Exclude: [{Pattern: '{ $.a == 1 }', Reason: r}]
      |                             ^

    alarms.yaml:2:82: `Expires`: expected a date such as 2027-01-31, or `never`, found `Never`
    2 |   - {Pattern: '{ $.userIdentity.userName = "x" }', Reason: r, Owner: o, Expires: Never}
      |                                                                                  ^^^^^

    alarms.yaml:9:45: `Exclude` needs parameter `NotGiven`, which has no value; set the environment variable NOT_GIVEN
    9 |   - {Pattern: '{ $.userIdentity.userName = "${NotGiven}" }', Reason: r, Owner: o, Expires: never}
      |                                             ^^^^^^^^^^^
    "#);
}
