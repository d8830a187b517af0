//! AWS Regions.

use std::collections::HashMap;
use std::sync::LazyLock;

/// Display names of Regions in CloudWatch. Source: botocore 1.44.5, `data/endpoints.json` (Apache-2.0).
static NAMES: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("regions.json")).expect("a test reads the file")
});

/// The display name of a Region; the Region itself if it is unknown.
pub(super) fn display_name(region: &str) -> &str {
    NAMES.get(region).copied().unwrap_or(region)
}

/// Whether the Region is in the list of AWS Regions.
pub(super) fn is_known(region: &str) -> bool {
    NAMES.contains_key(region)
}

/// The partition of a Region, as in ARNs; `aws` if the Region is unknown.
pub(super) fn partition(region: &str) -> &'static str {
    const OTHERS: [(&str, &str); 7] = [
        ("cn-", "aws-cn"),
        ("us-gov-", "aws-us-gov"),
        ("us-iso-", "aws-iso"),
        ("us-isob-", "aws-iso-b"),
        ("eu-isoe-", "aws-iso-e"),
        ("us-isof-", "aws-iso-f"),
        ("eusc-", "aws-eusc"),
    ];
    let other = OTHERS.iter().find(|(prefix, _)| region.starts_with(prefix));
    other.map_or("aws", |(_, partition)| partition)
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_region_has_its_display_name_and_an_unknown_one_its_own() {
        assert_eq!(
            super::display_name("ap-southeast-2"),
            "Asia Pacific (Sydney)"
        );
        assert_eq!(super::display_name("us-east-1"), "US East (N. Virginia)");
        assert_eq!(super::display_name("xx-north-9"), "xx-north-9");
    }
}
