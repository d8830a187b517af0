//! However the same records are delivered, what is counted, decided and told is what somebody finds who sees all of them.
//!
//! The real handler, over a store in memory, against an oracle that knows the records, when each of them arrives, and
//! the rules; it shares no code with the handler but the reading of the alarm.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod delivery {
    mod function;
    mod oracle;
    mod plan;
    mod properties;
    mod rules;
}
