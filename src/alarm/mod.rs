//! Alarm definitions, how they are loaded, and how their state is decided. Pure: no clock, no network.
//!
//! * [`definition`]: one checked alarm. [`rule`] and [`metric`] are the parts of it that evaluation needs.
//! * [`first_seen`]: the property by which only new combinations of values count.
//! * [`mod@file`]: loads definitions from the alarms file (YAML with CloudFormation's property names).
//! * [`account_names`]: the names of accounts in the alarms file, for notifications.
//! * [`evaluation`]: decides the next state from datapoints, rule and state, as CloudWatch does.
//! * [`window`]: when CloudWatch evaluates, and over which time windows.
//! * [`state`]: the stored state of an alarm. [`advance`] updates it when events arrive or time passes.
//! * [`group_limit`]: which notifications of groups are published singly, and which in a [`digest`].
//!
//! Everything outside of `file` is independent of `file`.

pub mod account_names;
pub mod advance;
mod alarm_state;
mod call_kind;
mod datapoints;
pub mod definition;
pub mod digest;
mod digest_outbox;
pub mod evaluation;
pub mod file;
pub mod first_seen;
pub mod group_limit;
pub mod metric;
mod notified;
mod outbox;
mod reason;
mod reminder;
pub mod rule;
mod running_totals;
pub mod state;
mod transitions;
pub mod window;

pub use alarm_state::AlarmState;
pub use datapoints::Series;
