//! `explain`.

use std::path::Path;

use cloudtrail_alarms_testkit::events::{gzip, logs_at};
use cloudtrail_alarms_testkit::folder::write;
use cloudtrail_alarms_testkit::time::time;
use serde_json::{Value, json};

use super::{ANY_THRESHOLD, Outcome, alarm, empty_folder, folder, run, tool};

const ALARM: [&str; 3] = ["explain", "--alarm", "Pattern1ApplicationKMSSecurityAlarm"];

fn explain(pattern: &str, message: &str) -> Outcome {
    let arguments = ["explain", "--filter-pattern", pattern, "-"];
    run(Path::new("."), &arguments, &[], message)
}

#[test]
fn a_match_rests_on_every_clause() {
    assert_eq!(
        tool(&[&ALARM[..], &["events/records/kms-incorrect-key.json"]].concat()).success(),
        r#"match of alarm Pattern1ApplicationKMSSecurityAlarm
  (* = clause that decides the result)
* true   all of (&&)
* true     $.errorCode = "*"                    is "IncorrectKeyException"
* true     $.eventSource = "kms.amazonaws.com"  is "kms.amazonaws.com"
* true     $.userIdentity.sessionContext.sessionIssuer.arn = "arn:aws:iam::111122223333:role/pattern1-application-task"  is "arn:aws:iam::111122223333:role/pattern1-application-task"
"#
    );
}

#[test]
fn a_parameter_is_given_in_four_ways() {
    let parameters = "Parameters:
  Code: {Type: String, Default: of-default, Example: of-example}
  Name: {Type: String, Example: of-example}
Alarms:
";
    let pattern = r#"{ $.code = "${Code}" || $.name = "${Name}" }"#;
    let alarms = parameters.to_owned() + &alarm("A", pattern, ANY_THRESHOLD);
    let folder = folder(&[("my.yaml", &alarms), ("record.json", "{}")]);
    let compared = |arguments: &[&str], variables: &[(&str, &str)]| {
        let always = [
            "explain",
            "--alarm",
            "A",
            "--alarms-file",
            "my.yaml",
            "record.json",
        ];
        let text = run(&folder, &[&always, arguments].concat(), variables, "").success();
        let operands = text
            .split("= \"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next());
        operands.collect::<Vec<_>>().join(" ")
    };
    let param = [
        "--param",
        "Code=a",
        "--param",
        "Code=of=param",
        "--output",
        "text",
    ];
    assert_eq!(compared(&[], &[]), "of-default of-example");
    assert_eq!(
        compared(&[], &[("CODE", "of-env"), ("NAME", " ")]),
        "of-env of-example"
    );
    assert_eq!(
        compared(&param, &[("CODE", "of-env")]),
        "of=param of-example"
    );

    let unknown = [
        "explain",
        "--alarm",
        "A",
        "--alarms-file",
        "my.yaml",
        "-",
        "--param",
        "Cod=x",
    ];
    assert_eq!(
        run(&folder, &unknown, &[], "").usage_error(),
        "error: --param Cod: unknown parameter; did you mean `Code`?\n"
    );
}

#[test]
fn a_pattern_without_an_alarm_gets_its_parameters_too() {
    let arguments = ["explain", "--filter-pattern", r#"{ $.a = "${A}" }"#, "-"];
    let with = |more: &[&str], variables: &[(&str, &str)]| {
        run(
            Path::new("."),
            &[&arguments, more].concat(),
            variables,
            r#"{"a":"x"}"#,
        )
    };
    assert!(
        with(&["--param", "A=x"], &[])
            .success()
            .starts_with("match\n")
    );
    assert!(with(&[], &[("A", "y")]).success().starts_with("no match\n"));
    assert_eq!(
        with(&[], &[]).usage_error(),
        "error: --filter-pattern: the parameter `A` has no value; give it with --param A=VALUE\n"
    );
    assert_eq!(
        with(&["--param", "B=x"], &[]).usage_error(),
        "error: --param B: unknown parameter; available: `A`\n"
    );
}

#[test]
fn the_structure_shows_in_the_indentation() {
    assert_eq!(
        explain(
            "{ ($.a != 1 || $.b IS TRUE) && $.c[*] != 2 || $.d NOT EXISTS }",
            r#"{"b":"true","c":[],"d":null}"#
        )
        .success(),
        r#"no match
  (* = clause that decides the result)
* false  any of (||)
* false    all of (&&)
* false      any of (||)
* false        $.a != 1     is missing: `!=` is false if the field is missing; use `NOT EXISTS` to match that
* false        $.b IS TRUE  is "true": this is a string and not a boolean; `=` compares it
  true       $.c[*] != 2    is missing: through a wildcard, `!=` is true if no value in the container is equal, so also if it is empty
* false    $.d NOT EXISTS   is null: a field that is null exists
"#
    );
}

#[test]
fn the_other_kinds_of_pattern_are_explained() {
    assert_eq!(
        explain("[ip, ..., status=4* || status=5*]", "::1 GET 404\n").success(),
        r#"match
  (* = clause that decides the result)
* true   all of (&&)
* true     ip               is "::1"
* true     any of (||)
* true       status = "4*"  is "404"
  false      status = "5*"  is "404"
"#
    );
    assert_eq!(
        explain("[a, b]", "one").success(),
        "no match\n  too few tokens: the message has 1, and the pattern needs 2\n"
    );
    assert_eq!(
        explain("ERROR -time ?x", "ERROR timeout").success(),
        r"no match
  (* = clause that decides the result)
* false  all of (&&)
  true     ERROR  occurs
* false    -time  occurs
  ?x is ignored: `?` counts only if every term has it
"
    );
    assert_eq!(
        explain("%out|in%", "ERROR").success(),
        "no match\n  (* = clause that decides the result)\n* false  %out|in%  does not occur\n"
    );
    assert_eq!(
        explain("", "ERROR").success(),
        "match\n  the pattern matches every message\n"
    );
    assert_eq!(
        explain("{ $.a = 1 }", "ERROR").success(),
        "no match\n  the message is not one whole JSON object, so no JSON pattern matches it\n"
    );
}

#[test]
fn a_record_is_read_as_cloudtrail_delivers_it() {
    let text = explain(r#""\"a\":1""#, "{\n  \"a\" : 1\n}\n").success();
    assert!(text.starts_with("match\n"), "{text}");
}

#[test]
fn a_long_value_is_cut_for_people_only() {
    let record = json!({"a": "x".repeat(500)}).to_string();
    let text = explain("{ $.a = y }", &record).success();
    assert!(text.ends_with("xxx...\n") && text.len() < 300, "{text}");
    let arguments = [
        "explain",
        "--output",
        "json",
        "--filter-pattern",
        "{ $.a = y }",
        "-",
    ];
    let json = run(Path::new("."), &arguments, &[], &record).success();
    assert!(json.contains(&"x".repeat(500)));
}

#[test]
fn nothing_in_a_record_or_a_pattern_steers_the_terminal() {
    let record = json!({"a": "\u{1b}[31m\u{9b}\u{202e}\u{7f}"}).to_string();
    assert_eq!(
        explain("{ $.a = y }", &record).success(),
        r#"no match
  (* = clause that decides the result)
* false  $.a = "y"  is "\u001b[31m\u009b\u202e\u007f"
"#
    );
    assert_eq!(
        explain("{ $.a = \u{9b}31m }", &record).usage_error(),
        "error: expected quotes around a value with such a character, found `\\u{9b}` \
         (CloudWatch: Invalid character(s) in term '\\u{9b}')\n  { $.a =  31m }\n          ^\n"
    );
}

#[test]
fn programs_get_the_same_as_json() {
    let arguments = ["--output", "json", "explain", "--filter-pattern"];
    let json = |pattern: &str, message: &str| {
        let arguments = [&arguments[..], &[pattern, "-"]].concat();
        let json = run(Path::new("."), &arguments, &[], message).success();
        serde_json::from_str::<Value>(&json).expect("it is JSON")
    };
    let pattern = "{ $.a = 1 && ($.b != 2 || $.c[*] = x) }";
    assert_eq!(
        json(pattern, r#"{"a":1.0,"c":["x",null]}"#),
        json!({
            "filterPattern": pattern,
            "record": 1,
            "records": 1,
            "matches": true,
            "clauses": {"verdict": true, "decides": true, "and": [
                {"verdict": true, "decides": true, "clause": "$.a = 1", "subject": "$.a", "values": [1.0]},
                {"verdict": true, "decides": true, "or": [
                    {
                        "verdict": false, "decides": false, "clause": "$.b != 2", "subject": "$.b", "values": [],
                        "note": "`!=` is false if the field is missing; use `NOT EXISTS` to match that",
                    },
                    {
                        "verdict": true, "decides": true, "clause": "$.c[*] = \"x\"", "subject": "$.c[*]",
                        "values": ["x", null],
                    },
                ]},
            ]},
        })
    );
    assert_eq!(
        json("a ?b", "b"),
        json!({
            "filterPattern": "a ?b",
            "record": 1,
            "records": 1,
            "matches": false,
            "clauses": {"verdict": false, "decides": true, "clause": "a", "occurs": false},
            "ignored": ["?b"],
        })
    );
    assert_eq!(
        json("{ $.a = 1 }", "[1"),
        json!({
            "filterPattern": "{ $.a = 1 }",
            "record": 1,
            "records": 1,
            "matches": false,
            "obstacle": "the message is not one whole JSON object, so no JSON pattern matches it",
        })
    );
}

/// Three exclusions, about records with `$.b` or `$.c`; the last one holds longest.
const EXCLUDING: &str = "Exclude:
  - {Pattern: '{ $.b = 1 }', Reason: \"known\\nfor long\\n\", Owner: team@example.com, Expires: 2027-01-31}
  - {Pattern: '{ $.b = 2 }', Reason: other, Owner: team@example.com, Expires: 2027-01-31}
  - {Pattern: '{ $.c = 1 }', Reason: later, Owner: Ann, Expires: 2027-02-28}
";

/// Explains a record on a day, in a folder of this name: text, and JSON.
#[track_caller]
fn explained_on(today: &str, record: &str) -> (String, Value) {
    let alarm = alarm("A", "{ $.a = 1 }", &format!("{ANY_THRESHOLD}{EXCLUDING}"));
    let alarms = format!("Alarms:\n{alarm}");
    let folder = folder(&[("alarms.yaml", &alarms)]);
    let arguments = ["explain", "--alarm", "A", "-", "--today", today];
    let text = run(&folder, &arguments, &[], record).success();
    let arguments = [&arguments[..], &["--output", "json"]].concat();
    let json = run(&folder, &arguments, &[], record).success();
    (text, serde_json::from_str(&json).expect("it is JSON"))
}

#[test]
fn an_exclusion_that_applies_is_shown() {
    let (text, json) = explained_on("2027-01-31", r#"{"a":1,"b":1}"#);
    assert_eq!(
        text,
        "match of alarm A
  (* = clause that decides the result)
* true   $.a = 1  is 1
excluded until 2027-01-31, so it does not count: known for long (team@example.com)
"
    );
    assert_eq!(
        json["exclusions"],
        json!([{
            "reason": "known\nfor long\n", "owner": "team@example.com", "expires": "2027-01-31", "expired": false,
        }])
    );
}

#[test]
fn an_exclusion_that_expired_lets_it_count() {
    let (text, json) = explained_on("2027-02-01", r#"{"a":1,"b":1}"#);
    let expected =
        "\nits exclusion expired on 2027-01-31, so it counts: known for long (team@example.com)\n";
    assert!(text.ends_with(expected), "{text}");
    assert_eq!(json["exclusions"][0]["expired"], true);

    let (text, json) = explained_on("2027-02-01", r#"{"a":1,"b":1,"c":1}"#);
    let expected = "
another exclusion expired on 2027-01-31: known for long (team@example.com)
excluded until 2027-02-28, so it does not count: later (Ann)
";
    assert!(text.ends_with(expected), "{text}");
    let expired = [0, 1].map(|index| &json["exclusions"][index]["expired"]);
    assert_eq!(expired, [true, false]);
}

#[test]
fn what_does_not_match_needs_no_exclusion() {
    let (text, json) = explained_on("2027-01-31", r#"{"b":1}"#);
    assert!(
        text.starts_with("no match") && !text.contains("exclu"),
        "{text}"
    );
    assert_eq!(json.get("exclusions"), None);
}

#[test]
fn what_is_not_there_is_a_usage_error() {
    assert_eq!(
        tool(&[
            "explain",
            "--alarm",
            "Other",
            "events/records/kms-disabled.json"
        ])
        .usage_error(),
        "error: unknown alarm \"Other\"; available: `Pattern1ApplicationKMSSecurityAlarm`\n"
    );
    assert_eq!(
        tool(&["explain", "--filter-pattern", "a", "none.json"]).usage_error(),
        "error: cannot read none.json: No such file or directory (os error 2)\n"
    );
    assert_eq!(
        explain("{ $.a }", "{}").usage_error().lines().nth(1),
        Some("  { $.a }")
    );
    let neither = tool(&["explain", "events/records/kms-disabled.json"]).usage_error();
    assert!(
        neither.contains("<--alarm <NAME>|--filter-pattern <PATTERN>>"),
        "{neither}"
    );
}

/// Two records in each format, and the name of a file with them.
fn two_records() -> Vec<(&'static str, Vec<u8>)> {
    let records = ["a", "b"].map(|name| json!({"eventTime": "2026-11-20T02:16:03Z", "n": name}));
    let [first, second] = &records;
    let texts = records.each_ref().map(Value::to_string);
    let log_event = |text: &String| json!({"timestamp": 1, "message": text, "eventId": "1"});
    let found = |text: &String| json!({"EventId": "1", "EventTime": 1.0, "CloudTrailEvent": text});
    let bridged = |record: &Value| {
        json!({
            "version": "0", "id": "1", "detail-type": "AWS API Call via CloudTrail", "source": "aws.kms",
            "account": "111122223333", "time": "2026-11-20T02:16:05Z", "region": "eu-west-1", "resources": [],
            "detail": record,
        })
        .to_string()
    };
    let log_file = json!({"Records": records});
    let messages = texts.each_ref().map(String::as_str);
    let files = [
        ("log.json", log_file.to_string()),
        ("pretty.json", format!("{log_file:#}")),
        ("lines.jsonl", texts.join("\n")),
        ("values.json", format!("{first:#}\n{second:#}\n")),
        ("array.json", json!(records).to_string()),
        (
            "events.json",
            json!({"events": texts.each_ref().map(log_event)}).to_string(),
        ),
        (
            "lookup.json",
            json!({"Events": texts.each_ref().map(found)}).to_string(),
        ),
        ("bridge.jsonl", records.each_ref().map(bridged).join("\n")),
        (
            "payload.json",
            logs_at(time("02:20:00"), &messages).to_string(),
        ),
    ];
    let mut files: Vec<_> = (files.into_iter())
        .map(|(name, text)| (name, text.into_bytes()))
        .collect();
    files.push(("lines.jsonl.gz", gzip(texts.join("\n").as_bytes())));
    files
}

#[test]
fn a_record_of_a_file_is_selected_by_its_number() {
    let folder = empty_folder();
    for (name, bytes) in two_records() {
        write(&folder, name, bytes);
        let explained = |more: &[&str]| {
            let arguments = ["explain", "--filter-pattern", "{ $.n = b }", name];
            run(&folder, &[&arguments, more].concat(), &[], "")
        };
        for (number, verdict, value) in [("1", "no match", "a"), ("2", "match", "b")] {
            let outcome = explained(&["--record", number]);
            assert_eq!(outcome.code, 0, "{name}: {outcome:?}");
            assert!(outcome.stdout.starts_with(verdict), "{name}: {outcome:?}");
            assert!(
                outcome.stdout.contains(&format!("is \"{value}\"")),
                "{name}: {outcome:?}"
            );
            assert_eq!(
                outcome.stderr,
                format!(
                    "note: record {number} of 2 is explained; --record N selects another one\n"
                ),
                "{name}"
            );
        }
        assert_eq!(explained(&[]), explained(&["--record", "1"]), "{name}");
        let json = explained(&["--output", "json", "--record", "2"]).stdout;
        let json: Value = serde_json::from_str(&json).unwrap();
        assert_eq!([&json["record"], &json["records"]], [2, 2], "{name}");
        assert_eq!(
            explained(&["--record", "3"]).usage_error(),
            format!(
                "error: --record: expected at most 2, the number of records in {name}, found 3\n"
            )
        );
    }
}

#[test]
fn a_file_without_records_is_one_message() {
    for message in ["[1, 2] words", "ERROR a\nERROR b", "[1", "{\"a\":"] {
        let arguments = ["explain", "--output", "json", "--filter-pattern", "", "-"];
        let outcome = run(Path::new("."), &arguments, &[], message).success();
        let json: Value = serde_json::from_str(&outcome).unwrap();
        assert_eq!(json["records"], 1, "{message}");
    }
    assert_eq!(
        explain("a", r#"{"Records":[{"a":1},{"#).usage_error(),
        "error: cannot read the records of standard input: unexpected end of file in a JSON object\n"
    );
    let zero = tool(&["explain", "--filter-pattern", "a", "-", "--record", "0"]).usage_error();
    assert!(zero.contains("--record <N>"), "{zero}");
}

#[test]
fn an_empty_list_of_records_is_a_finding() {
    for text in ["{\"Records\": []}", "{\"logEvents\": []}", "[]"] {
        let files = folder(&[("log.json", text)]);
        let arguments = ["explain", "--filter-pattern", "{ $.a = 1 }", "log.json"];
        let outcome = run(&files, &arguments, &[], "");
        assert_eq!(
            (
                outcome.code,
                outcome.stdout.as_str(),
                outcome.stderr.as_str()
            ),
            (
                1,
                "",
                "error: log.json has no record; its list of records is empty\n"
            ),
            "{text:?}"
        );
    }
}

#[test]
fn an_empty_file_is_an_error() {
    for text in ["", " \n"] {
        let files = folder(&[("record.json", text)]);
        let arguments = ["explain", "--filter-pattern", "{ $.a = 1 }", "record.json"];
        assert_eq!(
            run(&files, &arguments, &[], "").usage_error(),
            "error: record.json is empty; expected a record as JSON, or a log file with records\n"
        );
    }
}

#[test]
fn the_combination_of_an_alarm_on_first_records_is_shown() {
    let first_seen = "FirstSeen: {Fields: [$.eventName, $.awsRegion], History: 30d}\n";
    let excluded = format!(
        "{first_seen}Exclude: [{{Pattern: '{{ $.a = 1 }}', Reason: r, Owner: o, Expires: never}}]\n"
    );
    let record = r#"{"errorCode": "AccessDenied", "eventName": "Decrypt", "a": 1}"#;
    for (properties, expected) in [
        (
            first_seen,
            "first seen: counts only if no record with $.eventName = Decrypt, $.awsRegion absent was seen in the 30 days \
             before, after the warm-up\n",
        ),
        (
            &*excluded,
            "first seen: an excluded record is not remembered\n",
        ),
    ] {
        let pattern = "{ $.errorCode = \"*\" }";
        let item = alarm("A", pattern, &format!("{ANY_THRESHOLD}{properties}"));
        let folder = folder(&[
            ("my.yaml", &format!("Alarms:\n{item}")),
            ("record.json", record),
        ]);
        let always = [
            "explain",
            "--alarm",
            "A",
            "--alarms-file",
            "my.yaml",
            "record.json",
        ];
        let text = run(&folder, &always, &[], "").success();
        assert!(text.ends_with(expected), "{text}");
        let json = run(
            &folder,
            &[&always[..], &["--output", "json"]].concat(),
            &[],
            "",
        )
        .success();
        let report: Value = serde_json::from_str(&json).unwrap();
        assert_eq!(
            report["firstSeen"],
            json!({
                "combination": {"$.eventName": "Decrypt", "$.awsRegion": null},
                "historyDays": 30,
                "warmUpSeconds": 604_800,
            })
        );
    }
}
