//! Protections of the alarms: the rate of publications, the health of a scheduled run, and the correction of stored times
//! that are in the future.

mod health;
mod poisoned;
mod rate;
