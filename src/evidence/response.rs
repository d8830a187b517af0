//! IDs in `responseElements`. The ID of a created resource is only there.

use serde_json::Value;

/// Maximum number of IDs per response.
const MAX_IDS: usize = 6;

/// Maximum length of an ID in bytes. ARNs fit.
const MAX_ID: usize = 200;

/// Names that end like an ID but do not identify a created resource.
const EXCLUDED: [&str; 3] = ["requestId", "_requestId", "ownerId"];

/// The first members of `responseElements` whose names end in `Id` or `Arn`, as `vpcId vpc-0a1b, ...`. Members of outer
/// objects come first. `None` if there are no such members.
pub(super) fn ids(json: &str) -> Option<String> {
    let response: Value = serde_json::from_str(json).ok()?;
    let mut ids: Vec<String> = Vec::new();
    let mut level = vec![&response];
    while !level.is_empty() && ids.len() < MAX_IDS {
        let mut below = Vec::new();
        for value in level {
            match value {
                Value::Array(items) => below.extend(items),
                Value::Object(members) => {
                    let named = members.iter().filter_map(|(name, value)| {
                        let text = value.as_str()?;
                        is_id(name, text).then(|| format!("{name} {text}"))
                    });
                    ids.extend(named);
                    below.extend(members.values());
                }
                _ => {}
            }
        }
        level = below;
    }
    ids.truncate(MAX_IDS);
    (!ids.is_empty()).then(|| ids.join(", "))
}

fn is_id(name: &str, text: &str) -> bool {
    let ends = name.ends_with("Id") || name.ends_with("Arn") || name == "arn";
    let is_one_word = !text.is_empty() && text.len() <= MAX_ID && !text.contains([' ', ',']);
    ends && !EXCLUDED.contains(&name) && is_one_word
}

#[cfg(test)]
mod tests {
    use super::ids;

    #[test]
    fn ids_of_created_resources_are_listed() {
        for (answer, named) in [
            (
                r#"{"requestId":"r","vpc":{"vpcId":"vpc-1","ownerId":"111122223333","cidrBlock":"10.0.0.0/16"}}"#,
                Some("vpcId vpc-1"),
            ),
            (
                r#"{"instancesSet":{"items":[{"instanceId":"i-1"},{"instanceId":"i-2"}]},"reservationId":"r-1"}"#,
                Some("reservationId r-1, instanceId i-1, instanceId i-2"),
            ),
            (
                r#"{"role":{"arn":"arn:aws:iam::1:role/a","x":1}}"#,
                Some("arn arn:aws:iam::1:role/a"),
            ),
            (r#"{"xId":"two words","yId":7,"zId":""}"#, None),
            ("{}", None),
            ("{", None),
        ] {
            assert_eq!(ids(answer).as_deref(), named, "{answer}");
        }
        let many: Vec<String> = (0..50).map(|n| format!(r#""a{n}Id":"x""#)).collect();
        let many = ids(&format!("{{{}}}", many.join(","))).unwrap();
        assert_eq!(many.split(", ").count(), 6);
    }
}
