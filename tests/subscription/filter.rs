//! The template's pattern and exported patterns.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use cloudtrail_alarms::alarm::file::{AlarmsFile, load};
use cloudtrail_alarms::subscription::superset::{MAX_UNITS, Subject, Superset, superset};
use cloudtrail_alarms_testkit::{records, repository, vectors};
use cloudwatch_filter_pattern::record::Selectors;
use cloudwatch_filter_pattern::{
    Condition, FilterPattern, Language, Operand, Operator, PatternSet, Test,
};
use serde::Deserialize;
use serde_json::{Value, json};

fn read(path: &Path) -> std::io::Result<String> {
    fs::read_to_string(repository::path(path))
}

fn pattern(text: &str) -> FilterPattern {
    text.parse().unwrap_or_else(|error| panic!("{error}"))
}

/// The file that is deployed, with all that it includes; its parameters have their examples.
fn deployed() -> AlarmsFile {
    let example = |parameter: &cloudtrail_alarms::alarm::file::ParameterDeclaration| {
        parameter.default.clone().or(parameter.example.clone())
    };
    load(Path::new("alarms.yaml"), &read, &example).unwrap_or_else(|error| panic!("{error}"))
}

/// The pattern of the template's subscription if `SubscriptionFilterPattern` is empty.
fn pattern_of_the_template() -> FilterPattern {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Template {
        mappings: BTreeMap<String, BTreeMap<String, BTreeMap<String, String>>>,
        resources: Resources,
        parameters: BTreeMap<String, Parameter>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Resources {
        subscription: Subscription,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Subscription {
        properties: Properties,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Properties {
        /// `!If`: the condition, the parameter if it holds, and otherwise where the pattern is in `Mappings`.
        filter_pattern: (String, String, [String; 3]),
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Parameter {
        default: Option<Value>,
    }
    let template: Template =
        serde_saphyr::from_str(&read(Path::new("template.yaml")).unwrap()).unwrap();
    let default = &template.parameters["SubscriptionFilterPattern"].default;
    assert_eq!(
        default.as_ref().and_then(Value::as_str),
        Some(""),
        "a stack keeps the defaults of its parameters: a corrected pattern would not reach it"
    );
    let (condition, parameter, [map, key, attribute]) =
        template.resources.subscription.properties.filter_pattern;
    assert_eq!(condition, "HasOwnFilter");
    assert_eq!(parameter, "SubscriptionFilterPattern");
    pattern(&template.mappings[&map][&key][&attribute])
}

/// The alarms that miss records.
fn starved(file: &AlarmsFile, filter: &FilterPattern) -> Vec<String> {
    let starved = |alarm: &&cloudtrail_alarms::alarm::definition::AlarmDefinition| {
        !alarm.pattern.unbound().implies(filter)
    };
    let starved = file.alarms.iter().filter(starved);
    starved.map(|alarm| alarm.name.clone()).collect()
}

#[test]
fn the_templates_pattern_passes_all_records_that_a_deployed_alarm_matches() {
    let starved = starved(&deployed(), &pattern_of_the_template());
    assert!(
        starved.is_empty(),
        "the pattern of Subscription in template.yaml is not proven to let through what these alarms match: {starved:?}; \
         `cloudtrail-alarms export subscription-filter` prints one that does"
    );
}

#[test]
fn the_templates_pattern_is_what_the_tool_exports() {
    let exported = cloudtrail_alarms::subscription::required(&deployed().alarms, &|_| None);
    assert_eq!(
        pattern_of_the_template().source(),
        exported.pattern.source()
    );
}

#[test]
fn an_alarm_that_the_templates_pattern_would_starve_is_found() {
    let mut file = deployed();
    let mut added = file.alarms[0].clone();
    added.name = "added".to_owned();
    added.pattern = pattern(r#"{ $.eventName = "NoSuchCall" }"#);
    file.alarms.push(added);
    let starved = starved(&file, &pattern_of_the_template());
    assert!(starved.contains(&"added".to_owned()), "{starved:?}");
}

#[test]
fn the_export_of_the_deployed_file_lets_all_of_it_through() {
    let file = deployed();
    let subjects: Vec<Subject> = (file.alarms.iter())
        .map(|alarm| Subject::new(&alarm.name, &alarm.pattern))
        .collect();
    let filter = superset(&subjects, &|_| None).pattern;
    assert_eq!(starved(&file, &filter), [""; 0]);
}

/// Patterns that go together, and the pattern that lets through what they match.
struct Pack {
    name: String,
    alarms: Vec<(String, FilterPattern)>,
    superset: Superset,
}

/// Published alarms by their packs, and the patterns that people have deployed, forty at a time.
static PUBLISHED: LazyLock<Vec<Pack>> = LazyLock::new(|| {
    let catalogue = vectors::published_alarms();
    let deployed = vectors::real_patterns().into_iter().enumerate();
    let deployed = deployed.map(|(index, alarm)| (format!("deployed {}", index / 40), alarm));
    let pack = |alarm: Value| {
        let id = alarm["id"].as_str().unwrap();
        let ends = if id.starts_with("cis-") {
            "cis-1.2".len()
        } else {
            id.find('-').unwrap()
        };
        (id[..ends].to_owned(), alarm)
    };
    let mut packs: BTreeMap<String, Vec<(String, FilterPattern)>> = BTreeMap::new();
    for (pack, alarm) in catalogue.into_iter().map(pack).chain(deployed) {
        let text = |key: &str| alarm[key].as_str();
        let source = text("recommended_pattern").or(text("pattern")).unwrap();
        if let Ok(parsed) = source.parse() {
            let alarms = packs.entry(pack).or_default();
            alarms.push((text("id").unwrap().to_owned(), parsed));
        }
    }
    let packs = packs.into_iter().map(|(name, alarms)| Pack {
        superset: superset_of(&alarms),
        name,
        alarms,
    });
    packs.collect()
});

fn superset_of(alarms: &[(String, FilterPattern)]) -> Superset {
    let subjects = alarms.iter();
    let subjects: Vec<Subject> = subjects
        .map(|(name, pattern)| Subject::new(name, pattern))
        .collect();
    superset(&subjects, &|_| None)
}

/// Values that satisfy the test or nearly do.
fn values(asked: &Test) -> Vec<Value> {
    let Condition::Compare(comparison) = &asked.condition.node else {
        return vec![json!(true), json!(false), Value::Null];
    };
    let text = match &comparison.operand.node {
        Operand::Text(text) => text.literal().unwrap_or_default().to_owned(),
        Operand::Number(number) => number.spelling().to_owned(),
        Operand::Regex(regex) => regex.as_str().to_owned(),
    };
    let mut values = vec![json!(text.replace('*', "")), json!(text.replace('*', "x"))];
    if comparison.operator.node != Operator::Equal || text.contains('*') {
        values.push(json!(format!("{text}{text}").replace('*', "")));
        values.push(json!("x"));
    }
    values
}

/// Records at the edge of a pattern: each of its ways to be true, with the values of one test after the other.
fn records_near(pattern: &FilterPattern) -> Vec<String> {
    let Language::Json(expr) = pattern.language() else {
        return Vec::new();
    };
    let tests = expr.tests();
    let mut records = Vec::new();
    for (index, varied) in tests.iter().enumerate() {
        for value in values(varied).into_iter().map(Some).chain([None]) {
            let mut record = json!({});
            // The other tests before and after it, so that of several for a field each has its turn.
            for test in tests.iter().skip(index + 1).chain(tests.iter().take(index)) {
                if !matches!(test.condition.node, Condition::NotExists) {
                    put(&mut record, test, values(test).first().cloned());
                }
            }
            put(&mut record, varied, value);
            records.push(record.to_string());
        }
    }
    records
}

/// Puts the value where the test looks for one.
fn put(record: &mut Value, test: &Test, value: Option<Value>) {
    let selector = test.selector.node.to_string();
    let path = selector.trim_start_matches("$.").replace("[*]", ".0");
    let mut at = record;
    let mut names = path.split('.').peekable();
    while let Some(name) = names.next() {
        if !at.is_object() {
            *at = json!({});
        }
        let members = at.as_object_mut().unwrap();
        if names.peek().is_some() {
            at = members.entry(name).or_insert(json!({}));
        } else if let Some(value) = value {
            members.insert(name.to_owned(), value);
            return;
        } else {
            members.remove(name);
            return;
        }
    }
}

#[test]
fn what_is_exported_of_published_alarms_is_proven_to_let_them_through() {
    assert_eq!(PUBLISHED.len(), 15);
    for Pack {
        name: pack,
        alarms,
        superset,
    } in PUBLISHED.iter()
    {
        let pattern = &superset.pattern;
        let length = pattern.source().encode_utf16().count();
        assert!(length <= MAX_UNITS, "{pack}: {length}");
        for (name, alarm) in alarms {
            assert!(alarm.implies(pattern), "{name}: {pattern}");
        }
    }
}

#[test]
fn what_is_exported_of_a_published_pack_keeps_from_the_function_what_no_alarm_wants() {
    let published = PUBLISHED.iter();
    for pack in published.filter(|pack| !pack.name.starts_with("deployed")) {
        for record in [
            r#"{"eventSource": "sts.amazonaws.com", "eventName": "AssumeRole", "userIdentity": {"type": "AWSService"}, "sourceIPAddress": "ecs.amazonaws.com"}"#,
            r#"{"eventSource": "ec2.amazonaws.com", "eventName": "DescribeInstances", "userIdentity": {"type": "AssumedRole"}, "sourceIPAddress": "192.0.2.1"}"#,
        ] {
            let filter = &pack.superset.pattern;
            assert!(!filter.matches(record), "{}: {filter}", pack.name);
        }
    }
}

#[test]
fn every_record_that_an_alarm_matches_gets_through() {
    let real = records::real();
    for pack in PUBLISHED.iter() {
        let near = pack
            .alarms
            .iter()
            .flat_map(|(_, alarm)| records_near(alarm));
        let records: Vec<String> = near.chain(real.iter().cloned()).collect();
        let mut patterns = vec![pack.superset.pattern.clone()];
        patterns.extend(pack.alarms.iter().map(|(_, pattern)| pattern.clone()));
        let mut selectors = Selectors::default();
        let set = PatternSet::new(&patterns, &mut selectors);
        let mut reader = selectors.into_reader();
        let mut hits = Vec::new();
        let mut matched = 0;
        for record in &records {
            set.matches(record, reader.read(record).ok(), &mut hits);
            matched += usize::from(hits.len() > 1);
            assert!(hits.is_empty() || hits[0] == 0, "{}: {record}", pack.name);
        }
        assert!(
            matched > pack.alarms.len(),
            "{}: only {matched} records matched",
            pack.name
        );
    }
}

#[test]
fn a_parameter_may_have_any_value_unless_it_is_given() {
    let alarm = pattern(r#"{ $.a = "x" && $.role = "arn:${Role}" && $.b != "${Other}" }"#);
    let of = |values: &dyn Fn(&str) -> Option<Vec<String>>| {
        superset(&[Subject::new("A", &alarm)], values)
            .pattern
            .source()
            .to_owned()
    };
    assert_eq!(
        of(&|_| None),
        r#"{ $.a = "x" && $.role = "arn:*" && $.b = "*" }"#
    );
    let given = |name: &str| {
        let values = |some: &[&str]| Some(some.iter().map(|&value| value.to_owned()).collect());
        if name == "Role" {
            values(&["r", "s*t"])
        } else {
            values(&["q", "p"])
        }
    };
    assert_eq!(
        of(&given),
        r#"{ $.a = "x" && ($.role = "arn:r" || $.role = "arn:s*t*") && $.b != "q" && $.b != "p" }"#
    );
}

#[test]
fn what_negates_is_kept_as_it_is_or_left_out() {
    let exported = |texts: &[&str]| {
        let alarms: Vec<_> = texts
            .iter()
            .map(|text| ("A".to_owned(), pattern(text)))
            .collect();
        superset_of(&alarms).pattern.source().to_owned()
    };
    for (patterns, expected) in [
        // One alternative may say less than another, never more.
        (
            &["{ $.a != x* }", "{ $.a != xy }"][..],
            r#"{ $.a != "xy" }"#,
        ),
        (
            &["{ $.a NOT EXISTS }", "{ $.a.b NOT EXISTS }"],
            "{ $.a.b NOT EXISTS }",
        ),
        (
            &["{ $.a[*] != x }", "{ $.a[*] = y }"],
            r#"{ $.a[*] != "x" || $.a[*] = "y" }"#,
        ),
        (&["{ $.a != x }", "{ $.a = y }"], r#"{ $.a != "x" }"#),
        // The service was seen to miss `FooFoo` here.
        (&["{ $.a = *Foo }"], r#"{ $.a = "*Foo*" }"#),
        (&[r#"{ $.a = "" }"#], r#"{ $.a = "*" }"#),
        (&[r#"{ $.a = "x\${y" }"#], r#"{ $.a = "x*" }"#),
    ] {
        assert_eq!(exported(patterns), expected, "{patterns:?}");
    }
}

#[test]
fn the_limits_of_cloudwatch_are_kept() {
    let wildcards: Vec<_> = (0..5)
        .map(|n| {
            (
                "A".to_owned(),
                pattern(&format!("{{ $.f{n}[*] = x && $.e = v{n} }}")),
            )
        })
        .collect();
    let exported = superset_of(&wildcards).pattern;
    assert_eq!(exported.source().matches("[*]").count(), 3, "{exported}");
    let regexes: Vec<_> = (0..4)
        .map(|n| {
            (
                "A".to_owned(),
                pattern(&format!("{{ $.f{n} = %x% && $.e = v{n} }}")),
            )
        })
        .collect();
    let exported = superset_of(&regexes).pattern;
    assert_eq!(exported.source().matches('%').count(), 4, "{exported}");
}

#[test]
fn what_is_not_json_is_let_through_by_terms_or_by_nothing_less_than_everything() {
    let exported = |texts: &[&str]| {
        let alarms: Vec<_> = texts
            .iter()
            .map(|text| ("A".to_owned(), pattern(text)))
            .collect();
        superset_of(&alarms).pattern.source().to_owned()
    };
    assert_eq!(exported(&["ERROR timeout -x", "?a ?b"]), "?timeout ?a ?b");
    assert_eq!(exported(&["-ERROR", "a"]), "");
    assert_eq!(exported(&["[a, b = x]", "[a, b = x]"]), "[a, b = x]");
    assert_eq!(exported(&["{ $.a = x }", "ERROR"]), "");
    assert_eq!(exported(&["%a%", "{ $.a = x }"]), "");
}
