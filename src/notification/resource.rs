//! Short names of resources, for people.

use crate::notification::arn::Arn;
use crate::notification::sanitize::sanitize_within;

/// Maximum length of a short name, in bytes.
const MAX_NAME: usize = 60;

/// Number of shown characters of a key ID. The commands have all of them.
const KEY_CHARS: usize = 8;

/// A KMS key: `key 1b2c3d4e...`, or `alias/orders`.
pub(super) fn key(name: &str) -> String {
    let id = Arn::parse(name).map_or(name, |arn| arn.resource);
    let id = id.strip_prefix("key/").unwrap_or(id);
    let digits = id.strip_prefix("mrk-").unwrap_or(id);
    let prefix = &id[..id.len() - digits.len()];
    let is_id =
        digits.len() > KEY_CHARS && digits.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
    if is_id {
        format!("key {prefix}{}...", &digits[..KEY_CHARS])
    } else if id.starts_with("alias/") {
        sanitize_within(id, MAX_NAME)
    } else {
        format!("key {}", sanitize_within(id, MAX_NAME))
    }
}

/// The resource part of an ARN. Other names are returned sanitized.
pub(super) fn short(name: &str) -> String {
    let resource = match Arn::parse(name) {
        Some(arn) if arn.service == "kms" => return key(name),
        Some(arn) if !arn.resource.is_empty() => arn.resource,
        _ => name,
    };
    sanitize_within(resource, MAX_NAME)
}

#[cfg(test)]
mod tests {
    use super::{key, short};

    #[test]
    fn a_key_id_is_shortened_and_a_name_is_not() {
        for (name, shown) in [
            (
                "arn:aws:kms:ap-southeast-2:111122223333:key/1b2c3d4e-5f60-4718-92a3-b4c5d6e7f809",
                "key 1b2c3d4e...",
            ),
            (
                "mrk-0f1e2d3c4b5a69788796a5b4c3d2e1f0",
                "key mrk-0f1e2d3c...",
            ),
            ("arn:aws:kms:r:1:alias/orders", "alias/orders"),
            ("1b2c3d4e", "key 1b2c3d4e"),
        ] {
            assert_eq!(key(name), shown);
        }
        assert_eq!(short("arn:aws:s3:::bucket"), "bucket");
        assert_eq!(short("evil.example"), "evil[.]example");
    }
}
