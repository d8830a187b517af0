//! The item with the times of the latest health events.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::item::{number, text, time_of};
use super::{Cause, DynamoDbStore};
use crate::store::HealthEvent;

/// Partition and sort key of the item.
const HEALTH: &str = "health";

impl DynamoDbStore {
    pub(super) async fn try_record_health_events(
        &self,
        events: &BTreeSet<HealthEvent>,
        now: Timestamp,
    ) -> Result<(), Cause> {
        if events.is_empty() {
            return Ok(());
        }
        let set = events.iter().map(|event| event.attribute());
        let set: Vec<String> = set.map(|name| format!("{name} = :now")).collect();
        self.client
            .get()
            .await
            .update_item()
            .table_name(&self.table)
            .key("pk", text(HEALTH))
            .key("sk", text(HEALTH))
            .update_expression(format!("SET {}", set.join(", ")))
            .expression_attribute_values(":now", number(now.as_millisecond()))
            .send()
            .await?;
        Ok(())
    }

    pub(super) async fn try_health_events(
        &self,
    ) -> Result<BTreeMap<HealthEvent, Timestamp>, Cause> {
        let Some(item) = self.item(HEALTH.to_owned(), HEALTH).await? else {
            return Ok(BTreeMap::new());
        };
        let stored = HealthEvent::ALL
            .into_iter()
            .filter(|event| item.contains_key(event.attribute()));
        stored
            .map(|event| Ok((event, time_of(&item, event.attribute())?)))
            .collect()
    }
}
