//! Notifications: rendering and publishing.
//!
//! [`render`] is a pure function of the alarm definition, the pending notification and the [`DeploymentContext`], so
//! the content does not depend on the publisher. A [`Publisher`] sends the [`Notification`].
//!
//! The stages of rendering:
//! 1. `render_input`: access to the evidence.
//! 2. `diagnose`: resources, effects, causes, commands and links, by service (`kms`, or `general` for all others).
//! 3. One module for each format: `email`, `subject` (also the text message), `document` (CloudWatch's JSON with the
//!    key in `extension`) and `chat` (Amazon Q Developer).
//!
//! `digest` has the texts of a notification of many groups, `email/digest.rs` its email and `digest_data` its JSON.
//!
//! Text from records is untrusted. It passes through `sanitize`, `command` or `link` before it is in a notification.

mod account;
mod arn;
mod call;
mod call_resource;
mod caller;
mod chat;
mod command;
mod console;
mod denial;
mod deployment;
mod diagnose;
mod diagnosis;
mod digest;
mod digest_data;
mod document;
mod email;
mod excluded;
mod extension;
mod first_line;
mod first_seen;
mod general;
mod impact;
mod insights;
mod kms;
mod link;
mod log_links;
mod message;
mod new_kinds;
mod publisher;
mod region;
mod render;
mod render_input;
mod resource;
mod sanitize;
mod sns;
mod subject;
mod summary;
mod threshold;
mod timing;
mod wording;

pub use console::ConsolePublisher;
pub use deployment::{DeploymentContext, Format};
pub use email::MAX_EMAIL;
pub use message::Notification;
pub use publisher::{PublishError, PublishFailure, Publisher};
pub use render::render;
pub use sns::SnsPublisher;
