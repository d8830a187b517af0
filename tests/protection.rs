//! What keeps the alarms from being silenced: the rate of publications, the health of a scheduled run, and a table whose
//! times lie in the future.

#[expect(dead_code, reason = "shared with the other tests of the function")]
mod support;

#[path = "protection/health.rs"]
mod health;
#[path = "protection/poisoned.rs"]
mod poisoned;
#[path = "protection/rate.rs"]
mod rate;
