//! `export`.

mod athena;
mod cloudformation;
mod log_alarm;
mod queries;
mod round_trip;
mod selection;
mod subscription_filter;
mod templates;
mod terraform;

/// The alarms files of the repository.
const FILES: [&str; 7] = [
    "alarms.yaml",
    "catalogue/cis-aws-foundations.yaml",
    "catalogue/common-threats.yaml",
    "catalogue/first-seen.yaml",
    "catalogue/infrastructure-changes.yaml",
    "catalogue/kms.yaml",
    "catalogue/guard.yaml",
];
