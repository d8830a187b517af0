//! `export logs-insights` and `export athena`: the text of the queries.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::super::{folder, run};

/// An alarm that has a little of everything that a pattern can say.
const QUERIED: &str = r#"
Alarms:
  - AlarmName: All
    FilterPattern: '{ $.eventName = Put*Policy && $.errorCode != "Access_Denied" && ($.readOnly IS FALSE || $.userIdentity.invokedBy NOT EXISTS) && $.requestParameters.a-b > 5 && $.userAgent != %curl/[0-9]% && $.resources[0].ARN = "*" && $.errorMessage = "it''s \"so\"" }'
    MetricNamespace: N
    MetricName: M
    Period: 300
    EvaluationPeriods: 1
    Threshold: 3
    ComparisonOperator: GreaterThanThreshold
    GroupBy: [$.recipientAccountId]
    CountDistinct: $.resources[0].ARN
  - AlarmName: Wildcard
    FilterPattern: '{ $.requestParameters.items[*].name != "a" && $.resources[*].ARN NOT EXISTS }'
    MetricNamespace: N
    MetricName: M
    Period: 60
    EvaluationPeriods: 1
    Threshold: 1
    ComparisonOperator: GreaterThanOrEqualToThreshold
  - AlarmName: Slash
    FilterPattern: '{ $.userAgent = %x\/y% && $.requestParameters.n = 5 && $.requestParameters.t IS TRUE }'
    MetricNamespace: N
    MetricName: M
    Period: 60
    EvaluationPeriods: 1
    Threshold: 1
    ComparisonOperator: GreaterThanOrEqualToThreshold
  - AlarmName: Dot
    FilterPattern: '{ $.requestParameters.[''a.b''] = x }'
    MetricNamespace: N
    MetricName: M
    Period: 60
    EvaluationPeriods: 1
    Threshold: 1
    ComparisonOperator: GreaterThanOrEqualToThreshold
  - AlarmName: Terms
    FilterPattern: ERROR
    MetricNamespace: N
    MetricName: M
    Period: 60
    EvaluationPeriods: 1
    Threshold: 1
    ComparisonOperator: GreaterThanOrEqualToThreshold
"#;

#[test]
fn a_query_of_insights_asks_what_the_alarm_asks() {
    let folder = folder(&[("alarms.yaml", QUERIED)]);
    let printed = run(&folder, &["export", "logs-insights"], &[], "");
    assert_snapshot!(printed.stdout, @r#"
    # Wildcard: left out: Insights has no wildcard, as in `$.requestParameters.items[*].name`
    # Dot: left out: Insights cannot name a field with a dot or backtick in its name, as in `$.requestParameters.['a.b']`
    # Terms: left out: its pattern is not about fields

    # All
    # windows do not slide: records on both sides of a window's end are not counted together
    filter eventName like /^Put.*Policy$/ and (ispresent(errorCode) and errorCode != "Access_Denied") and (readOnly = 0 or not ispresent(userIdentity.invokedBy)) and `requestParameters.a-b` > 5 and (ispresent(userAgent) and userAgent not like /curl\/[0-9]/) and ispresent(resources.0.ARN) and errorMessage = "it's \"so\""
    | stats count_distinct(resources.0.ARN) as matches by bin(300s), recipientAccountId
    | filter matches > 3

    # Slash
    # windows do not slide: records on both sides of a window's end are not counted together
    filter userAgent like /x\/y/ and requestParameters.n = 5 and requestParameters.t = 1
    | stats count(*) as matches by bin(60s)
    | filter matches >= 1
    "#);
    assert_snapshot!(printed.stderr, @r#"
    All, Slash: windows do not slide: records on both sides of a window's end are not counted together
    Wildcard: left out: Insights has no wildcard, as in `$.requestParameters.items[*].name`
    Dot: left out: Insights cannot name a field with a dot or backtick in its name, as in `$.requestParameters.['a.b']`
    Terms: left out: its pattern is not about fields
    "#);
}

#[test]
fn the_sql_of_athena_asks_what_the_alarm_asks() {
    let folder = folder(&[("alarms.yaml", QUERIED)]);
    let printed = run(&folder, &["export", "athena"], &[], "");
    assert_snapshot!(printed.stdout, @r#"
    -- Terms: left out: its pattern is not about fields

    -- All
    -- the query counts by `eventTime`: the table does not have the delivery time
    -- windows do not slide: records on both sides of a window's end are not counted together
    SELECT from_unixtime(floor(to_unixtime(from_iso8601_timestamp(eventtime)) / 300) * 300) AS period,
           recipientaccountid AS group_1,
           count(DISTINCT element_at(resources, 1).arn) AS matches
    FROM cloudtrail_logs
    WHERE eventname LIKE 'Put%Policy' AND errorcode <> 'Access_Denied' AND (readonly = 'false' OR useridentity.invokedby IS NULL) AND try_cast(json_format(json_extract(requestparameters, '$["a-b"]')) AS DOUBLE) > 5 AND NOT regexp_like(useragent, 'curl/[0-9]') AND element_at(resources, 1).arn IS NOT NULL AND errormessage = 'it''s "so"'
    GROUP BY 1, 2
    HAVING count(DISTINCT element_at(resources, 1).arn) > 3
    ORDER BY 1;

    -- Wildcard
    -- the query counts by `eventTime`: the table does not have the delivery time
    -- windows do not slide: records on both sides of a window's end are not counted together
    SELECT from_unixtime(floor(to_unixtime(from_iso8601_timestamp(eventtime)) / 60) * 60) AS period,
           count(*) AS matches
    FROM cloudtrail_logs
    WHERE (json_extract(requestparameters, '$["items"]') IS NOT NULL AND NOT coalesce(any_match(coalesce(try_cast(json_extract(requestparameters, '$["items"]') AS ARRAY(JSON)), map_values(try_cast(json_extract(requestparameters, '$["items"]') AS MAP(VARCHAR, JSON)))), element -> json_extract_scalar(element, '$["name"]') = 'a'), false)) AND NOT coalesce(any_match(resources, element -> element.arn IS NOT NULL), false)
    GROUP BY 1
    HAVING count(*) >= 1
    ORDER BY 1;

    -- Slash
    -- the query counts by `eventTime`: the table does not have the delivery time
    -- windows do not slide: records on both sides of a window's end are not counted together
    SELECT from_unixtime(floor(to_unixtime(from_iso8601_timestamp(eventtime)) / 60) * 60) AS period,
           count(*) AS matches
    FROM cloudtrail_logs
    WHERE regexp_like(useragent, 'x\/y') AND (json_extract_scalar(requestparameters, '$["n"]') = '5' OR try_cast(json_format(json_extract(requestparameters, '$["n"]')) AS DOUBLE) = 5) AND json_format(json_extract(requestparameters, '$["t"]')) = 'true'
    GROUP BY 1
    HAVING count(*) >= 1
    ORDER BY 1;

    -- Dot
    -- the query counts by `eventTime`: the table does not have the delivery time
    -- windows do not slide: records on both sides of a window's end are not counted together
    SELECT from_unixtime(floor(to_unixtime(from_iso8601_timestamp(eventtime)) / 60) * 60) AS period,
           count(*) AS matches
    FROM cloudtrail_logs
    WHERE json_extract_scalar(requestparameters, '$["a.b"]') = 'x'
    GROUP BY 1
    HAVING count(*) >= 1
    ORDER BY 1;
    "#);
    assert_snapshot!(printed.stderr, @r#"
    All, Wildcard, Slash, Dot: the query counts by `eventTime`: the table does not have the delivery time
    All, Wildcard, Slash, Dot: windows do not slide: records on both sides of a window's end are not counted together
    Terms: left out: its pattern is not about fields
    "#);
    let json = run(&folder, &["export", "athena", "--output", "json"], &[], "").stdout;
    let rows: Value = serde_json::from_str(&json).expect("it is JSON");
    assert_eq!(
        (&rows[0]["alarm"], &rows[1]["alarm"]),
        (&json!("All"), &json!("Wildcard"))
    );
}
