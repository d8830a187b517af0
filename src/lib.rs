//! CloudWatch metric filters and alarms over CloudTrail, with a mail that says who did what to which key.
//!
//! ```text
//! Lambda event -> event -> record -> pattern, alarm definitions -> series (counts) -> store -> evaluation -> notification
//! ```
//!
//! A record is matched against patterns as `AWS::Logs::MetricFilter` has them:
//!
//! ```
//! use cloudtrail_alarms::pattern::FilterPattern;
//!
//! let pattern: FilterPattern = r#"{ $.errorCode = "*" && $.eventSource = "kms.amazonaws.com" }"#.parse()?;
//! assert!(pattern.matches(r#"{"eventSource": "kms.amazonaws.com", "errorCode": "AccessDenied"}"#));
//! assert!(!pattern.matches(r#"{"eventSource": "kms.amazonaws.com", "errorCode": null}"#));
//! # Ok::<(), cloudtrail_alarms::pattern::PatternError>(())
//! ```
//!
//! # Layout
//!
//! * [`event`]: what Lambda may invoke the function with; [`event::payload`] decodes a subscription payload.
//! * [`record`]: one CloudTrail record, read in one walk for just the fields that somebody asked for.
//! * [`pattern`]: the filter pattern language.
//! * [`alarm`]: definitions, how they are loaded, evaluation, state. Pure.
//! * [`matching`]: log events against all alarms. Pure.
//! * [`series`], [`evidence`]: what is counted under which key, and what a notification tells of it.
//! * [`store`]: where counts and states are kept.
//! * [`notification`]: what is said, and how it is sent.
//! * [`subscription`]: what the subscription filter has to let through.
//! * [`handler`]: one invocation, top to bottom.
//! * [`settings`], [`metrics`], [`error`]: the environment, the books, what can fail.
//! * [`client`]: clients of AWS services that are made when they are first needed.
//! * [`cli`]: the command-line tool.

pub mod alarm;
pub mod cli;
pub mod client;
pub mod error;
pub mod event;
pub mod evidence;
pub mod handler;
pub mod matching;
pub mod metrics;
pub mod notification;
pub mod pattern;
pub mod record;
pub mod series;
pub mod settings;
mod spelling;
pub mod store;
pub mod subscription;
