//! Counters and metrics of an invocation, and the document that reports them.
//!
//! The document has CloudWatch's embedded metric format, one line on standard output, so metrics cost no API call
//! (CloudWatch User Guide, "Embedded metric format specification").

mod counters;
mod definition;
mod emf;
mod invocation;

pub use counters::{Combinations, Counters, Occurrences};
pub use definition::{HEALTHY, METRICS, MetricDefinition, NAMESPACE, Unit};
pub use emf::DeclaredMetrics;
pub use invocation::InvocationMetrics;
