//! Items of the groups that are counted separately in an hour.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;

use super::item::{ids_of, number, text};
use super::{Cause, DynamoDbStore, is_condition_failure};
use crate::series::{EventId, MAX_GROUPS_PER_HOUR};

impl DynamoDbStore {
    pub(super) async fn try_admit(
        &self,
        alarm: &str,
        hour: Timestamp,
        groups: &BTreeSet<EventId>,
        expires: Timestamp,
    ) -> Result<BTreeSet<EventId>, Cause> {
        let pk = format!("{alarm}#groups");
        let sk = format!("groups#{:012}", hour.as_second().max(0));
        loop {
            let item = self.item(pk.clone(), &sk).await?.unwrap_or_default();
            let admitted = ids_of(&item, "groups")?;
            let capacity = MAX_GROUPS_PER_HOUR.saturating_sub(admitted.len());
            let new: BTreeSet<EventId> = groups
                .difference(&admitted)
                .take(capacity)
                .copied()
                .collect();
            let all: BTreeSet<EventId> = admitted.union(&new).copied().collect();
            let answer = groups.intersection(&all).copied().collect();
            if new.is_empty() {
                return Ok(answer);
            }
            let blobs = new.iter().map(|id| Blob::new(id.to_bytes())).collect();
            let entered = self
                .client
                .get()
                .await
                .update_item()
                .table_name(&self.table)
                .key("pk", text(&pk))
                .key("sk", text(&sk))
                .update_expression("ADD #groups :new SET #expires = :expires")
                .condition_expression("attribute_not_exists(#groups) OR size(#groups) <= :most")
                .expression_attribute_names("#groups", "groups")
                .expression_attribute_names("#expires", "expires_at")
                .expression_attribute_values(":new", AttributeValue::Bs(blobs))
                .expression_attribute_values(":most", number(MAX_GROUPS_PER_HOUR - new.len()))
                .expression_attribute_values(":expires", number(expires.as_second()))
                .send()
                .await;
            match entered {
                Ok(_) => return Ok(answer),
                // Another invocation has added groups. The list only grows, so the loop ends at the latest when it is full.
                Err(error) if is_condition_failure(&error) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}
