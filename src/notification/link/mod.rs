//! Links to pages of the AWS console.
//!
//! The addresses and their encodings are taken from public code. Every link ends in a letter or digit, because mail
//! clients exclude a closing bracket or quote at the end.

mod encoding;

use jiff::Timestamp;

use crate::notification::region::partition;
use encoding::{component, fragment, iso, star, unbracketed};

/// Maximum length of a link, in bytes. A pattern of 1,024 ordinary characters fits, and all links together fit into the
/// email.
const MAX_LINK: usize = 2_400;

/// The console of one Region.
#[derive(Clone, Debug)]
pub(super) struct AwsConsole<'r> {
    /// The base URL: `https://eu-west-1.console.aws.amazon.com`.
    base: String,
    /// The base URL of global services.
    global: &'static str,
    region: &'r str,
}

impl<'r> AwsConsole<'r> {
    /// The console of a Region. `None` if the Region is malformed, or the console of its partition is unknown.
    pub(super) fn new(region: &'r str) -> Option<Self> {
        if !could_be_region(region) {
            return None;
        }
        let (base, global) = match partition(region) {
            "aws" => (
                format!("https://{region}.console.aws.amazon.com"),
                "https://console.aws.amazon.com",
            ),
            "aws-cn" => (
                "https://console.amazonaws.cn".to_owned(),
                "https://console.amazonaws.cn",
            ),
            "aws-us-gov" => (
                "https://console.amazonaws-us-gov.com".to_owned(),
                "https://console.amazonaws-us-gov.com",
            ),
            _ => return None,
        };
        Some(Self {
            base,
            global,
            region,
        })
    }

    /// An event in CloudTrail's event history. It contains the management events of the last 90 days, with a delay of
    /// minutes.
    pub(super) fn event(&self, event_id: &str) -> Option<String> {
        let Self { base, region, .. } = self;
        let id = id(event_id)?;
        Some(format!(
            "{base}/cloudtrailv2/home?region={region}#/events/{id}"
        ))
    }

    /// A KMS key by its ID.
    pub(super) fn key(&self, key_id: &str) -> Option<String> {
        let Self { base, region, .. } = self;
        let id = id(key_id)?;
        Some(format!("{base}/kms/home?region={region}#/kms/keys/{id}"))
    }

    /// An IAM role by its name.
    pub(super) fn role(&self, name: &str) -> Option<String> {
        let link = format!(
            "{}/iam/home#/roles/details/{}",
            self.global,
            component(name)
        );
        (!name.is_empty() && link.len() <= MAX_LINK).then_some(link)
    }

    /// The events of a log group in a time range that match a filter pattern. `None` if the link is too long.
    pub(super) fn log_events(
        &self,
        log_group: &str,
        pattern: &str,
        start: Timestamp,
        end: Timestamp,
    ) -> Option<String> {
        let Self { base, region, .. } = self;
        let link = format!(
            "{base}/cloudwatch/home?region={region}#logsV2:log-groups/log-group/{}/log-events$3FfilterPattern$3D{}\
             $26start$3D{}$26end$3D{}",
            unbracketed(&fragment(log_group)).replace('*', "$252A"),
            unbracketed(&fragment(pattern)).replace('*', "$252A"),
            start.as_millisecond(),
            end.as_millisecond(),
        );
        (link.len() <= MAX_LINK).then_some(link)
    }

    /// Logs Insights with a query of a log group in a time range. `None` if the link is too long.
    pub(super) fn insights(
        &self,
        log_group: &str,
        query: &str,
        start: Timestamp,
        end: Timestamp,
    ) -> Option<String> {
        let Self { base, region, .. } = self;
        let detail = format!(
            "~(end~'{}~start~'{}~timeType~'ABSOLUTE~tz~'UTC~editorString~'{}~source~(~'{})~lang~'CWLI)",
            star(&iso(end)),
            star(&iso(start)),
            star(query),
            star(log_group),
        );
        let link = format!(
            "{base}/cloudwatch/home?region={region}#logsV2:logs-insights$3FqueryDetail$3D{}",
            unbracketed(&detail).replace('~', "$257E"),
        );
        (link.len() <= MAX_LINK).then_some(link)
    }
}

/// Whether the text has the format of a Region, such as `eu-west-1`. It becomes part of a host name, and a record can
/// contain any text.
fn could_be_region(text: &str) -> bool {
    let is_name = |part: &str| part.chars().all(|c| c.is_ascii_lowercase()) && !part.is_empty();
    let Some((names, number)) = text.rsplit_once('-') else {
        return false;
    };
    text.len() <= 32
        && names.contains('-')
        && names.split('-').all(is_name)
        && matches!(
            number.as_bytes(),
            [b'1'..=b'9'] | [b'1'..=b'9', b'0'..=b'9']
        )
}

/// The ID, if a link can contain it without encoding.
fn id(text: &str) -> Option<&str> {
    let is_id = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let ends = text.ends_with(|c: char| c.is_ascii_alphanumeric());
    (ends && text.len() <= 128 && text.chars().all(is_id)).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn console(region: &str) -> AwsConsole<'_> {
        AwsConsole::new(region).unwrap()
    }

    #[track_caller]
    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn each_partition_has_its_console() {
        for (region, link) in [
            (
                "eu-west-1",
                "https://eu-west-1.console.aws.amazon.com/kms/home?region=eu-west-1#/kms/keys/mrk-12ab",
            ),
            (
                "cn-north-1",
                "https://console.amazonaws.cn/kms/home?region=cn-north-1#/kms/keys/mrk-12ab",
            ),
            (
                "us-gov-west-1",
                "https://console.amazonaws-us-gov.com/kms/home?region=us-gov-west-1#/kms/keys/mrk-12ab",
            ),
        ] {
            assert_eq!(console(region).key("mrk-12ab").unwrap(), link);
        }
        for region in [
            "",
            "us-iso-east-1",
            "evil.example/",
            "eu-west-1#",
            "r",
            "evil",
            "eu--1",
            "eu-west-0",
            "eu-west-123",
        ] {
            assert!(AwsConsole::new(region).is_none(), "{region}");
        }
        assert_eq!(
            console("cn-north-1").role("app").unwrap(),
            "https://console.amazonaws.cn/iam/home#/roles/details/app"
        );
    }

    #[test]
    fn events_and_roles_have_links() {
        let console = console("ap-southeast-2");
        assert_eq!(
            console
                .event("4c6f1a0e-8d2b-4f57-9b63-1e0a7c95d240")
                .unwrap(),
            "https://ap-southeast-2.console.aws.amazon.com/cloudtrailv2/home?region=ap-southeast-2#/events/\
             4c6f1a0e-8d2b-4f57-9b63-1e0a7c95d240"
        );
        assert_eq!(
            console.role("app.task,").unwrap(),
            "https://console.aws.amazon.com/iam/home#/roles/details/app.task%2C"
        );
        for id in ["", "a/../b", "a b", "a-", "\u{e9}"] {
            assert_eq!(console.event(id), None, "{id}");
        }
    }

    #[test]
    fn log_links_have_pattern_and_time_and_end_in_a_digit() {
        let console = console("eu-west-1");
        let (start, end) = (time("2026-01-01T00:00:00Z"), time("2026-01-01T01:00:00Z"));
        assert_eq!(
            console
                .log_events("org/trail", "{ ($.a = \"*\") }", start, end)
                .unwrap(),
            "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#logsV2:log-groups/log-group/\
             org$252Ftrail/log-events$3FfilterPattern$3D$257B$2520$2528$2524.a$2520$253D$2520$2522$252A$2522$2529$2520\
             $257D$26start$3D1767225600000$26end$3D1767229200000"
        );
        assert_eq!(
            console
                .insights("org/trail", "filter a = 1", start, end)
                .unwrap(),
            "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#logsV2:logs-insights\
             $3FqueryDetail$3D$257E$2528end$257E$25272026-01-01T01*3a00*3a00.000Z$257Estart$257E\
             $25272026-01-01T00*3a00*3a00.000Z$257EtimeType$257E$2527ABSOLUTE$257Etz$257E$2527UTC$257EeditorString\
             $257E$2527filter*20a*20*3d*201$257Esource$257E$2528$257E$2527org*2ftrail$2529$257Elang$257E\
             $2527CWLI$2529"
        );
        assert_eq!(
            console.log_events("g", &"(".repeat(4_000), start, end),
            None
        );
    }
}
