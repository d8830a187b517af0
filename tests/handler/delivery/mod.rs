//! Counts, decisions and notifications do not depend on the order in which records are delivered.
//!
//! The real handler, over a store in memory, is compared with an oracle that has all records at once, the time at which each
//! of them arrives, and the rules. The oracle shares only the loading of the alarm with the handler.

mod oracle;
mod plan;
mod properties;
mod rules;
mod run;
