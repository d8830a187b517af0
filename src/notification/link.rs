//! Links into the AWS console.
//!
//! Where a page is and how its address is encoded was taken from public code; each encoding has vectors below. Every
//! link ends in a letter or digit, since mail clients leave a closing bracket or quote at the end out.

use std::fmt::Write as _;

use jiff::Timestamp;

/// Longest link, in bytes: a pattern of the usual 1,024 characters fits, and all links together into the mail.
const MAX_LINK: usize = 2_400;

/// The console of one Region.
#[derive(Clone, Debug)]
pub(super) struct Console<'r> {
    /// `https://eu-west-1.console.aws.amazon.com`.
    base: String,
    /// The base for what has no Region.
    global: &'static str,
    region: &'r str,
}

impl<'r> Console<'r> {
    /// None for a Region that could not be one, and for partitions whose console has no known address.
    pub(super) fn new(region: &'r str) -> Option<Self> {
        if !could_be_region(region) {
            return None;
        }
        let (base, global) = match super::region::partition(region) {
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

    /// One event of CloudTrail's event history: management events of the last 90 days, after some minutes.
    pub(super) fn event(&self, event_id: &str) -> Option<String> {
        let Self { base, region, .. } = self;
        let id = id(event_id)?;
        Some(format!(
            "{base}/cloudtrailv2/home?region={region}#/events/{id}"
        ))
    }

    /// A KMS key by its id.
    pub(super) fn key(&self, key_id: &str) -> Option<String> {
        let Self { base, region, .. } = self;
        let id = id(key_id)?;
        Some(format!("{base}/kms/home?region={region}#/kms/keys/{id}"))
    }

    /// A role by its name.
    pub(super) fn role(&self, name: &str) -> Option<String> {
        let link = format!(
            "{}/iam/home#/roles/details/{}",
            self.global,
            component(name)
        );
        (!name.is_empty() && link.len() <= MAX_LINK).then_some(link)
    }

    /// The events of a log group that match a filter pattern, between two instants.
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

    /// Logs Insights with a query over a log group, between two instants.
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

/// Whether it has the form of a Region's name, `eu-west-1`: a record may say anything, and this becomes a host.
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

/// An id that may stand in a link as it is.
fn id(text: &str) -> Option<&str> {
    let is_id = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let ends = text.ends_with(|c: char| c.is_ascii_alphanumeric());
    (ends && text.len() <= 128 && text.chars().all(is_id)).then_some(text)
}

/// JavaScript's `encodeURIComponent`.
fn uri_component(text: &str) -> String {
    percent_encoded(text, b"-_.!~*'()")
}

/// A URI component that ends in a letter or digit, whatever the text ends in.
fn component(text: &str) -> String {
    let end = text.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
    let (head, tail) = text.split_at(end.len());
    percent_encoded(head, b"-_.~") + &percent_encoded(tail, b"")
}

fn percent_encoded(text: &str, kept: &[u8]) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || kept.contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// A value in a fragment of the CloudWatch console: encoded twice, and `$` for `%`.
fn fragment(text: &str) -> String {
    uri_component(&uri_component(text)).replace('%', "$")
}

/// A text in the query of Logs Insights: byte by byte, `*` and two digits.
fn star(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-') {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "*{byte:02x}");
        }
    }
    encoded
}

/// The same fragment without the brackets and quotes that mail clients take for the end of a link.
fn unbracketed(fragment: &str) -> String {
    fragment
        .replace('(', "$2528")
        .replace(')', "$2529")
        .replace('\'', "$2527")
}

/// `2026-01-01T00:00:00.000Z`.
fn iso(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn console(region: &str) -> Console<'_> {
        Console::new(region).unwrap()
    }

    #[track_caller]
    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    // The four vectors were computed with the encodings as the console's own pages write them.
    #[test]
    fn a_fragment_is_encoded_twice_with_dollars() {
        for (text, encoded) in [
            (
                "/aws/cloudtrail/org-trail",
                "$252Faws$252Fcloudtrail$252Forg-trail",
            ),
            (
                "2026/01/01/[$LATEST]0123abcd",
                "2026$252F01$252F01$252F$255B$2524LATEST$255D0123abcd",
            ),
            (
                r#"{ ($.eventSource = "kms.amazonaws.com") && ($.errorCode = "*") }"#,
                "$257B$2520($2524.eventSource$2520$253D$2520$2522kms.amazonaws.com$2522)$2520$2526$2526$2520\
                 ($2524.errorCode$2520$253D$2520$2522*$2522)$2520$257D",
            ),
        ] {
            assert_eq!(fragment(text), encoded);
        }
    }

    #[test]
    fn a_query_is_encoded_with_stars() {
        assert_eq!(
            star("fields @timestamp, errorCode\n| filter eventSource = \"kms.amazonaws.com\""),
            "fields*20*40timestamp*2c*20errorCode*0a*7c*20filter*20eventSource*20*3d*20*22kms.amazonaws.com*22"
        );
        assert_eq!(
            star(&iso(time("2026-01-01T00:00:00Z"))),
            "2026-01-01T00*3a00*3a00.000Z"
        );
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
            assert!(Console::new(region).is_none(), "{region}");
        }
        assert_eq!(
            console("cn-north-1").role("app").unwrap(),
            "https://console.amazonaws.cn/iam/home#/roles/details/app"
        );
    }

    #[test]
    fn an_event_and_a_role_open() {
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
    fn a_log_group_opens_with_pattern_and_time_and_the_link_ends_in_a_digit() {
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
