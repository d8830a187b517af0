//! `template.yaml` as it is deployed: translated by SAM, created in an emulator of AWS, and run with the built function.

#[expect(dead_code, reason = "shared with the other tests of the function")]
mod support;

#[path = "stack/delivery.rs"]
mod delivery;
#[path = "stack/deployed.rs"]
mod deployed;
#[path = "stack/documentation.rs"]
mod documentation;
#[path = "stack/guard.rs"]
mod guard;
#[path = "stack/health.rs"]
mod health;
#[path = "stack/permissions.rs"]
mod permissions;
#[path = "stack/redrive.rs"]
mod redrive;
