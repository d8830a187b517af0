//! Recognizes output and files of Terraform that cannot be imported.

use super::configuration::SourceFile;
use crate::import::document::Node;

/// Whether a text is in Terraform's configuration language.
pub(in crate::import) fn is_configuration_text(text: &str) -> bool {
    let parsed = SourceFile::parse("input.tf", text);
    parsed.is_ok_and(|(_, body)| body.blocks().next().is_some())
}

/// Why a document that Terraform prints has nothing to import, and what to do.
pub(in crate::import) fn reason_against(document: &Node) -> Option<&'static str> {
    let has = |key: &str| document.get(key).is_some();
    if has("@level") && has("@message") {
        Some(
            "these are messages of `terraform plan -json` or `terraform apply -json`; import the output of `terraform show -json`",
        )
    } else if has("version") && has("modules") {
        Some(
            "the state is of Terraform 0.11 or older; import the output of `terraform show -json` of a newer version",
        )
    } else if has("format_version") {
        Some(
            "the state or plan has no resources; import it after an apply, or import the `.tf` files",
        )
    } else {
        None
    }
}
