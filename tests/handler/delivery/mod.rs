//! Counts, decisions and notifications do not depend on the order in which records are delivered.
//!
//! The handler, with a store in memory, is compared with an oracle. The oracle has all records with their times of arrival,
//! and the rules. It shares only the loading of the alarm with the handler.

mod oracle;
mod plan;
mod properties;
mod rules;
mod run;
