//! CloudWatch metric filters and alarms over CloudTrail, with an email that shows who did what to which key.
//!
//! ```text
//! Lambda event -> event -> record -> pattern matching -> series (counts) -> store -> evaluation -> notification
//! ```
//!
//! The filter pattern language and the JSON reader are in the package [`cloudwatch_filter_pattern`]. The command-line tool
//! is in the package `cloudtrail-alarms-cli`.
//!
//! # Layout
//!
//! * [`handler`]: one invocation, from the Lambda event to the result. Calls the stages in order.
//! * [`event`]: the events that Lambda may invoke the function with; [`event::payload`] decodes a subscription payload.
//! * [`matching`]: matches log events against all alarms. Pure.
//! * [`alarm`]: definitions, loading, evaluation, state machine. Pure.
//! * [`series`], [`evidence`]: counts per bucket, and the facts that notifications show.
//! * [`store`]: keeps counts and states.
//! * [`notification`]: renders notifications and publishes them.
//! * [`query`]: translates filter patterns into query languages.
//! * [`subscription`]: checks the pattern of the subscription filter against the alarms.
//! * [`settings`], [`metrics`], [`error`]: the environment, the counters of an invocation, and the errors.
//! * [`client`]: creates clients of AWS services on first use.
//! * [`spelling`]: suggests a known word for a misspelled one.
//! * [`unsafe_char`]: the characters that can deceive the reader of untrusted text.
//! * [`yaml`]: parses YAML into a tree with positions.

pub mod alarm;
pub mod client;
pub mod error;
pub mod event;
pub mod evidence;
pub mod handler;
pub mod matching;
pub mod metrics;
pub mod notification;
pub mod query;
pub mod series;
pub mod settings;
pub mod spelling;
pub mod store;
pub mod subscription;
pub mod unsafe_char;
pub mod yaml;
