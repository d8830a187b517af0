//! Items of the lists with a limited number of entries in an hour.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;

use super::item::{ids_of, number, text};
use super::{Cause, DynamoDbStore, is_condition_failure};
use crate::series::EventId;
use crate::store::AdmissionList;

impl DynamoDbStore {
    pub(super) async fn try_admit(
        &self,
        list: AdmissionList,
        alarm: &str,
        hour: Timestamp,
        entries: &BTreeSet<EventId>,
        expires: Timestamp,
    ) -> Result<BTreeSet<EventId>, Cause> {
        let attribute = match list {
            AdmissionList::Groups => "groups",
            AdmissionList::NewCombinations => "combinations",
        };
        let pk = format!("{alarm}#{attribute}");
        let sk = format!("{attribute}#{:012}", hour.as_second().max(0));
        loop {
            let item = self.item(pk.clone(), &sk).await?.unwrap_or_default();
            let admitted = ids_of(&item, attribute)?;
            let capacity = list.limit().saturating_sub(admitted.len());
            let new: BTreeSet<EventId> = entries
                .difference(&admitted)
                .take(capacity)
                .copied()
                .collect();
            let all: BTreeSet<EventId> = admitted.union(&new).copied().collect();
            let answer = entries.intersection(&all).copied().collect();
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
                .update_expression("ADD #entries :new SET #expires = :expires")
                .condition_expression("attribute_not_exists(#entries) OR size(#entries) <= :most")
                .expression_attribute_names("#entries", attribute)
                .expression_attribute_names("#expires", "expires_at")
                .expression_attribute_values(":new", AttributeValue::Bs(blobs))
                .expression_attribute_values(":most", number(list.limit() - new.len()))
                .expression_attribute_values(":expires", number(expires.as_second()))
                .send()
                .await;
            match entered {
                Ok(_) => return Ok(answer),
                // Another invocation has added entries. The list only grows, so the loop ends at the latest when it is full.
                Err(error) if is_condition_failure(&error) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}
