use std::collections::HashMap;
use std::sync::LazyLock;

/// Names of the Regions as CloudWatch shows them; out of botocore 1.44.5, `data/endpoints.json` (Apache-2.0).
static NAMES: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("regions.json")).expect("a test reads the file")
});

/// The name that CloudWatch shows for a Region; the Region's own for one that is not known.
pub(super) fn display_name(region: &str) -> &str {
    NAMES.get(region).copied().unwrap_or(region)
}

/// Whether the Region existed when this list was made.
pub(super) fn is_known(region: &str) -> bool {
    NAMES.contains_key(region)
}

/// The partition of a Region, as ARNs name it; `aws` for one that is not known.
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
    let of = OTHERS.iter().find(|(prefix, _)| region.starts_with(prefix));
    of.map_or("aws", |(_, partition)| partition)
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
