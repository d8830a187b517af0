//! A configuration as written: `.tf` and `.tf.json` files, parsed but not evaluated.

mod heredoc;
mod json;
mod load;
mod module;
mod source;

pub(in crate::import) use json::is_configuration;
pub(in crate::import) use load::Root;
pub(super) use load::{Configuration, load};
pub(super) use module::{Call, Declaration, Module, ResourceBlock, Target};
pub(super) use source::SourceFile;
