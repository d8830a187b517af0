//! Names of accounts.

use insta::assert_snapshot;

use super::{alarm, errors, load_all};

#[test]
fn the_names_of_all_files_are_merged() {
    let files = [
        (
            "alarms.yaml",
            format!(
                "Include: [accounts.yaml, more.yaml]\nAccountNames: {{\"111122223333\": 'Prod: payments'}}\n{}",
                alarm("")
            ),
        ),
        (
            "accounts.yaml",
            "AccountNames:\n  012345678901: 2026\n  444455556666: audit é\n".to_owned(),
        ),
        (
            "more.yaml",
            "AccountNames: {'444455556666': audit é, '555566667777': '${Team}'}\n".to_owned(),
        ),
    ];
    let files = files.each_ref().map(|(path, text)| (*path, text.as_str()));
    let file = load_all(&files).unwrap_or_else(|error| panic!("{error}"));
    let names: Vec<_> = file.account_names.iter().collect();
    assert_eq!(
        names,
        [
            ("012345678901", "2026"),
            ("111122223333", "Prod: payments"),
            ("444455556666", "audit é"),
            ("555566667777", "${Team}"),
        ]
    );
    assert_eq!(file.account_names.name("999999999999"), None);
}

#[test]
fn errors_of_account_names_are_reported() {
    let shown = |section: &str| errors(&format!("{section}\n{}", alarm("")));
    let long = format!("AccountNames: {{'111122223333': {}}}", "x".repeat(65));
    let sections = [
        "AccountNames:",
        "AccountNames: [prod]",
        "AccountNames: {prod: '111122223333', 11112222333: a, '11112222333x': b, 1111222233334: c}",
        "AccountNames:\n  \"111122223333\": a\n  111122223333: a",
        "AccountNames:\n  111122223333:\n  444455556666: [a]\n  555566667777: ''\n  666677778888: \"a\\tb\"",
        &long,
        "AccountName: {}",
    ];
    let all: Vec<String> = sections.iter().map(|section| shown(section)).collect();
    assert_snapshot!(all.join("\n\n"), @r#"
    alarms.yaml:1:1: `AccountNames` is empty; set a value or remove it
    1 | AccountNames:
      | ^^^^^^^^^^^^

    alarms.yaml:1:15: `AccountNames`: expected a mapping of account IDs to names, found a list
    1 | AccountNames: [prod]
      |               ^

    alarms.yaml:1:16: `AccountNames`: expected an account ID of 12 digits, found `prod`
    1 | AccountNames: {prod: '111122223333', 11112222333: a, '11112222333x': b, 1111222233334: c}
      |                ^^^^

    alarms.yaml:1:38: `AccountNames`: expected an account ID of 12 digits, found `11112222333`
    1 | AccountNames: {prod: '111122223333', 11112222333: a, '11112222333x': b, 1111222233334: c}
      |                                      ^^^^^^^^^^^

    alarms.yaml:1:54: `AccountNames`: expected an account ID of 12 digits, found `11112222333x`
    1 | AccountNames: {prod: '111122223333', 11112222333: a, '11112222333x': b, 1111222233334: c}
      |                                                      ^^^^^^^^^^^^^^

    alarms.yaml:1:73: `AccountNames`: expected an account ID of 12 digits, found `1111222233334`
    1 | AccountNames: {prod: '111122223333', 11112222333: a, '11112222333x': b, 1111222233334: c}
      |                                                                         ^^^^^^^^^^^^^

    alarms.yaml:3:3: `111122223333` is given twice
    3 |   111122223333: a
      |   ^^^^^^^^^^^^

    alarms.yaml:2:15: `111122223333`: expected a text, found nothing
    2 |   111122223333:
      |               ^

    alarms.yaml:3:17: `444455556666`: expected a text, found a list
    3 |   444455556666: [a]
      |                 ^

    alarms.yaml:4:17: `555566667777`: expected 1 to 64 characters, found 0
    4 |   555566667777: ''
      |                 ^^

    alarms.yaml:5:17: `666677778888`: expected a name without control characters, found `a b`
    5 |   666677778888: "a\tb"
      |                 ^^^^^^

    alarms.yaml:1:32: `111122223333`: expected 1 to 64 characters, found 65
    1 | AccountNames: {'111122223333': xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx}
      |                                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

    alarms.yaml:1:1: unknown property `AccountName`; did you mean `AccountNames`?
    1 | AccountName: {}
      | ^^^^^^^^^^^
    "#);
}

#[test]
fn two_files_must_not_give_an_account_different_names() {
    let first = format!(
        "Include: [b.yaml]\nAccountNames: {{111122223333: prod}}\n{}",
        alarm("")
    );
    let files = [
        ("a.yaml", first.as_str()),
        ("b.yaml", "AccountNames: {111122223333: production}\n"),
    ];
    let error = load_all(&files).expect_err("the names differ");
    assert_snapshot!(error.to_string(), @r"
    b.yaml:1:16: account 111122223333 is already named `prod` at a.yaml:2:16
    1 | AccountNames: {111122223333: production}
      |                ^^^^^^^^^^^^
    ");
}
