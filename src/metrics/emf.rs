//! The metrics of an invocation in CloudWatch's embedded metric format.

use jiff::Timestamp;
use serde::{Serialize, Serializer};
use serde_json::Number;

use super::definition::{HEALTHY, METRICS, NAMESPACE, Unit};
use super::invocation::InvocationMetrics;

/// Which metrics the document declares. CloudWatch charges for each declared metric. The values of the others are only in
/// the log line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeclaredMetrics {
    /// [`HEALTHY`].
    #[default]
    Healthy,
    /// All metrics.
    All,
}

impl InvocationMetrics {
    /// The metrics as one line in embedded metric format.
    ///
    /// # Panics
    /// Never, because strings and numbers can be written as JSON.
    pub fn to_emf(
        &self,
        declared: DeclaredMetrics,
        function_name: &str,
        request_id: &str,
        now: Timestamp,
    ) -> String {
        let metrics: Vec<Metric> = METRICS
            .iter()
            .filter_map(|definition| {
                Some(Metric {
                    name: definition.name,
                    unit: definition.unit,
                    value: (definition.value)(self)?,
                })
            })
            .collect();
        let declared: Vec<&Metric> = (metrics.iter())
            .filter(|metric| declared == DeclaredMetrics::All || metric.name == HEALTHY)
            .collect();
        let directive = (!declared.is_empty()).then_some(Directive {
            namespace: NAMESPACE,
            dimensions: [["FunctionName"]],
            metrics: declared,
        });
        let document = Document {
            aws: Aws {
                timestamp: now.as_millisecond(),
                cloud_watch_metrics: directive.as_slice(),
            },
            function_name,
            request_id,
            unhealthy: self.health.as_deref().unwrap_or_default(),
            values: Values(&metrics),
        };
        serde_json::to_string(&document).expect("strings and numbers can be written as JSON")
    }
}

/// A metric: its declaration and its value.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Metric {
    name: &'static str,
    unit: Unit,
    #[serde(skip)]
    value: Number,
}

/// The document. Serialized directly, without a tree of JSON values, because every invocation writes one.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Document<'a> {
    #[serde(rename = "_aws")]
    aws: Aws<'a>,
    function_name: &'a str,
    request_id: &'a str,
    /// Problems that a scheduled run found. Text is not a metric and is not billed as one.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    unhealthy: &'a [String],
    #[serde(flatten)]
    values: Values<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Aws<'a> {
    timestamp: i64,
    cloud_watch_metrics: &'a [Directive<'a>],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Directive<'a> {
    namespace: &'static str,
    dimensions: [[&'static str; 1]; 1],
    metrics: Vec<&'a Metric>,
}

/// The values of the metrics by name.
struct Values<'a>(&'a [Metric]);

impl Serialize for Values<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map(self.0.iter().map(|metric| (metric.name, &metric.value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Combinations;

    fn document(measured: &InvocationMetrics, declared: DeclaredMetrics) -> serde_json::Value {
        let text = measured.to_emf(declared, "f", "r", Timestamp::UNIX_EPOCH);
        assert!(!text.contains('\n'));
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn only_a_scheduled_run_without_a_problem_is_healthy() {
        let reported = |health: Option<&[&str]>| {
            let texts = |texts: &[&str]| texts.iter().map(ToString::to_string).collect();
            let measured = InvocationMetrics {
                health: health.map(texts),
                ..InvocationMetrics::default()
            };
            let document = document(&measured, DeclaredMetrics::Healthy);
            let directives = document["_aws"]["CloudWatchMetrics"].as_array().unwrap();
            assert_eq!(directives.is_empty(), document["Healthy"].is_null());
            (document["Healthy"].clone(), document["Unhealthy"].clone())
        };
        let none = serde_json::Value::Null;
        assert_eq!(reported(None), (none.clone(), none.clone()));
        assert_eq!(reported(Some(&[])), (1.into(), none.clone()));
        let problems = serde_json::json!(["no canary"]);
        assert_eq!(reported(Some(&["no canary"])), (none, problems));
    }

    #[test]
    fn every_metric_has_a_value_and_only_healthy_is_declared_by_default() {
        let measured = InvocationMetrics {
            invalid_values: 1,
            combinations: Combinations {
                first: 1,
                known: 1,
                learned: 1,
                surplus: 1,
            },
            delivery_lag: Some(7),
            health: Some(Vec::new()),
            ..InvocationMetrics::default()
        };
        let all: Vec<&str> = METRICS.iter().map(|metric| metric.name).collect();
        for (declared, expected) in [
            (DeclaredMetrics::All, all.as_slice()),
            (DeclaredMetrics::Healthy, &["Healthy"]),
        ] {
            let document = document(&measured, declared);
            let metrics = &document["_aws"]["CloudWatchMetrics"][0]["Metrics"];
            let names: Vec<&str> = (metrics.as_array().unwrap().iter())
                .map(|metric| metric["Name"].as_str().unwrap())
                .collect();
            assert_eq!(names, expected);
            for name in &all {
                assert!(document[name].is_number(), "{name}");
            }
        }
    }
}
