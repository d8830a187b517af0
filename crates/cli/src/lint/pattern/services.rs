//! Rule: names of AWS services that CloudTrail does not write, such as `kms` for `kms.amazonaws.com`.

use super::code::Code;
use super::finding::Finding;
use super::json_pattern::JsonPattern;
use super::schema::Values;
use super::target::{Target, target};
use cloudtrail_alarms::spelling::distance;

/// The domain of services.
const DOMAIN: &str = ".amazonaws.com";

/// The domain of some services in China.
const DOMAIN_IN_CHINA: &str = ".amazonaws.com.cn";

/// Names of services without the domain, one per line: endpoint prefixes and signing names of the service models in botocore
/// 1.43.11, and the event sources of 12,765 real records. The list need not be complete: a name that is not similar to one of
/// these is accepted.
const SERVICES: &str = include_str!("services.txt");

/// Common names of services, and the names that CloudTrail uses.
const ALIASES: [(&str, &str); 9] = [
    ("cloudwatch", "monitoring"),
    ("cloudwatchlogs", "logs"),
    ("directoryservice", "ds"),
    ("efs", "elasticfilesystem"),
    ("elb", "elasticloadbalancing"),
    ("emr", "elasticmapreduce"),
    ("eventbridge", "events"),
    ("msk", "kafka"),
    ("stepfunctions", "states"),
];

pub(super) fn check(pattern: &JsonPattern<'_>, findings: &mut Vec<Finding>) {
    for test in pattern.root.tests() {
        let Target::Field { field, .. } = target(test.selector.steps()) else {
            continue;
        };
        let Some((comparison, text)) = test.equality() else {
            continue;
        };
        let wrong = match field.values {
            Values::Service => wrong_name(text),
            Values::PerhapsService => {
                misspelled_domain(text).map(|meant| WrongName { meant: Some(meant) })
            }
            _ => None,
        };
        if let Some(WrongName { meant }) = wrong {
            let near = match &meant {
                Some(near) => format!("did you mean `{near}`?"),
                None => "service names look like `kms.amazonaws.com`".to_owned(),
            };
            findings.push(Finding {
                code: Code::ServiceName,
                span: comparison.operand.span.clone(),
                message: format!(
                    "no record has the value `{text}` in `{}`; {near}",
                    pattern.selector(test)
                ),
                suggestion: meant.and_then(|meant| pattern.replace_operand(comparison, &meant)),
            });
        }
    }
}

/// A name that no service has.
#[derive(Debug, PartialEq)]
struct WrongName {
    /// The name that was probably meant, if one is similar.
    meant: Option<String>,
}

fn wrong_name(text: &str) -> Option<WrongName> {
    if let Some((_, tail)) = text.rsplit_once('*') {
        let fits = |domain: &str| domain.ends_with(tail) || tail.ends_with(domain);
        return (!fits(DOMAIN) && !fits(DOMAIN_IN_CHINA)).then(|| WrongName {
            meant: misspelled_domain(text),
        });
    }
    let in_domain = text
        .strip_suffix(DOMAIN)
        .or_else(|| text.strip_suffix(DOMAIN_IN_CHINA));
    let name = in_domain.unwrap_or_else(|| text.split('.').next().unwrap_or_default());
    if in_domain.is_some() && is_service(name) {
        return None;
    }
    let lower = name.to_lowercase();
    let meant = alias(&lower).or_else(|| is_service(&lower).then_some(lower.as_str()));
    let meant = meant
        .or_else(|| misspelling_of(&lower))
        .map(|meant| format!("{meant}{DOMAIN}"));
    // A name in the domain that is not similar to a known one may be a new service.
    (meant.is_some() || in_domain.is_none()).then_some(WrongName { meant })
}

fn is_service(name: &str) -> bool {
    SERVICES.lines().any(|service| service == name)
}

fn alias(name: &str) -> Option<&'static str> {
    ALIASES
        .iter()
        .find(|(alias, _)| *alias == name)
        .map(|(_, service)| *service)
}

/// The service whose name differs by one inserted, missing or replaced letter, or by two swapped letters.
fn misspelling_of(name: &str) -> Option<&'static str> {
    // Short names are similar to each other, and a digit marks a new version.
    if name.len() < 4 || name.ends_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let letters = |name: &str| {
        let mut letters: Vec<char> = name.chars().collect();
        letters.sort_unstable();
        letters
    };
    SERVICES
        .lines()
        .find(|service| match distance(name, service) {
            1 => true,
            2 => letters(name) == letters(service),
            _ => false,
        })
}

/// Corrects the domain of a name: `delivery.logs.amazon.com`.
fn misspelled_domain(text: &str) -> Option<String> {
    /// Edit distance between `amazon.com` and `amazonaws.com`.
    const MAX_DISTANCE: usize = 3;
    let mut labels = text.rsplitn(3, '.');
    let (top, second, name) = (labels.next()?, labels.next()?, labels.next()?);
    let domain = format!(".{second}.{top}");
    let is_console = name.rsplit('.').next() == Some("aws");
    let is_near =
        domain.starts_with(".am") && (1..=MAX_DISTANCE).contains(&distance(&domain, DOMAIN));
    (is_near && !is_console).then(|| format!("{name}{DOMAIN}"))
}

#[cfg(test)]
mod tests {
    use super::{ALIASES, SERVICES, WrongName, is_service, misspelled_domain, wrong_name};

    #[track_caller]
    fn meant(text: &str, instead: &str) {
        let meant = Some(instead.to_owned());
        assert_eq!(wrong_name(text), Some(WrongName { meant }), "{text}");
    }

    #[test]
    fn a_misspelled_service_is_found() {
        meant("kms.amazon.com", "kms.amazonaws.com");
        meant("kms", "kms.amazonaws.com");
        meant("KMS.amazonaws.com", "kms.amazonaws.com");
        meant("s3.aws.com", "s3.amazonaws.com");
        meant("cloudtrial.amazonaws.com", "cloudtrail.amazonaws.com");
        meant(
            "secretmanager.amazonaws.com",
            "secretsmanager.amazonaws.com",
        );
        meant("cloudwatch.amazonaws.com", "monitoring.amazonaws.com");
        meant("*.amazon.com", "*.amazonaws.com");
        let meant = None;
        assert_eq!(wrong_name("my-service"), Some(WrongName { meant }));
    }

    #[test]
    fn a_possible_service_is_accepted() {
        for text in [
            "kms.amazonaws.com",
            "kms*",
            "*s.amazonaws.com",
            "*",
            "ec2.amazonaws.com.cn",
            "brandnewservice.amazonaws.com",
            "inspector3.amazonaws.com",
            "abc.amazonaws.com",
        ] {
            assert_eq!(wrong_name(text), None, "{text}");
        }
    }

    #[test]
    fn a_misspelled_domain_is_found_among_other_values() {
        assert_eq!(
            misspelled_domain("delivery.logs.amazon.com").as_deref(),
            Some("delivery.logs.amazonaws.com")
        );
        for text in [
            "10.0.0.1",
            "10.*",
            "AWS Internal",
            "config.amazonaws.com",
            "signin.aws.amazon.com",
        ] {
            assert_eq!(misspelled_domain(text), None, "{text}");
        }
    }

    #[test]
    fn aliases_are_not_services_but_refer_to_some() {
        assert!(SERVICES.lines().is_sorted());
        for (alias, service) in ALIASES {
            assert!(!is_service(alias), "{alias}");
            assert!(is_service(service), "{service}");
        }
    }
}
