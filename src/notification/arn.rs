//! Amazon Resource Names.

/// The parts of an ARN, `arn:partition:service:region:account:resource`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Arn<'a> {
    pub(super) partition: &'a str,
    pub(super) service: &'a str,
    pub(super) region: &'a str,
    pub(super) account: &'a str,
    pub(super) resource: &'a str,
}

impl<'a> Arn<'a> {
    /// Parses an ARN. `None` if the text is not an ARN.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        match parts.as_slice() {
            ["arn", partition, service, region, account, resource] if !resource.is_empty() => {
                Some(Self {
                    partition,
                    service,
                    region,
                    account,
                    resource,
                })
            }
            _ => None,
        }
    }

    /// The text after the last slash: the name of a role, the ID of a key.
    pub(super) fn name(&self) -> &'a str {
        self.resource.rsplit('/').next().unwrap_or(self.resource)
    }
}

#[cfg(test)]
mod tests {
    use super::Arn;

    #[test]
    fn an_arn_has_six_parts_and_the_last_may_contain_colons() {
        let arn = Arn::parse("arn:aws-cn:secretsmanager:cn-north-1:111122223333:secret:a/b-1x2Y3z")
            .unwrap();
        assert_eq!((arn.partition, arn.service), ("aws-cn", "secretsmanager"));
        assert_eq!((arn.region, arn.account), ("cn-north-1", "111122223333"));
        assert_eq!(
            (arn.resource, arn.name()),
            ("secret:a/b-1x2Y3z", "b-1x2Y3z")
        );
        for other in ["", "arn:aws:kms", "arn:aws:kms:::", "alias/a"] {
            assert_eq!(Arn::parse(other), None, "{other}");
        }
    }
}
