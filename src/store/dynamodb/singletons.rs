//! Single items: the time of the next publication, and the delivery time of the newest canary.

use std::time::Duration;

use jiff::Timestamp;

use super::item::{number, text, time_of};
use super::{Cause, DynamoDbStore, is_condition_failure};
use crate::alarm::window::MAX_AHEAD;

/// Partition and sort key of the item with the earliest time of the next publication.
const PUBLICATIONS: &str = "publications";

/// Partition and sort key of the item with the delivery time of the newest canary.
const CANARY: &str = "canary";

impl DynamoDbStore {
    pub(super) async fn try_reserve_publication(
        &self,
        now: Timestamp,
        interval: Duration,
        latest: Timestamp,
    ) -> Result<Option<Timestamp>, Cause> {
        // The stored time of the next publication. The first attempt assumes that it has passed, and does not read it.
        let mut reserved: Option<Timestamp> = None;
        loop {
            let turn = match reserved {
                Some(reserved) if reserved > latest => return Ok(None),
                Some(reserved) => reserved,
                None if now > latest => return Ok(None),
                None => now,
            };
            let next = turn.checked_add(interval)?;
            let update = self
                .client
                .get()
                .await
                .update_item()
                .table_name(&self.table)
                .key("pk", text(PUBLICATIONS))
                .key("sk", text(PUBLICATIONS))
                .update_expression("SET #next = :next")
                .expression_attribute_names("#next", "next")
                .expression_attribute_values(":next", number(next.as_millisecond()));
            let update = if let Some(reserved) = reserved {
                update
                    .condition_expression("#next = :reserved")
                    .expression_attribute_values(":reserved", number(reserved.as_millisecond()))
            } else {
                let farthest = now.checked_add(MAX_AHEAD)?;
                update
                    .condition_expression(
                        "attribute_not_exists(#next) OR #next <= :now OR #next > :farthest",
                    )
                    .expression_attribute_values(":now", number(now.as_millisecond()))
                    .expression_attribute_values(":farthest", number(farthest.as_millisecond()))
            };
            match update.send().await {
                Ok(_) => return Ok(Some(turn)),
                Err(error) if is_condition_failure(&error) => {}
                Err(error) => return Err(error.into()),
            }
            // An attempt fails only if another invocation has reserved a time, so the loop ends at `latest`.
            let item = self.item(PUBLICATIONS.to_owned(), PUBLICATIONS).await?;
            reserved = item.map(|item| time_of(&item, "next")).transpose()?;
            reserved = reserved.filter(|reserved| *reserved > now);
        }
    }

    pub(super) async fn try_record_canary(
        &self,
        delivered: Timestamp,
        now: Timestamp,
    ) -> Result<(), Cause> {
        let farthest = now.checked_add(MAX_AHEAD)?;
        let seen = self
            .client
            .get()
            .await
            .update_item()
            .table_name(&self.table)
            .key("pk", text(CANARY))
            .key("sk", text(CANARY))
            .update_expression("SET #delivered = :delivered")
            .condition_expression(
                "attribute_not_exists(#delivered) OR #delivered < :delivered OR #delivered > :farthest",
            )
            .expression_attribute_names("#delivered", "delivered")
            .expression_attribute_values(":delivered", number(delivered.as_millisecond()))
            .expression_attribute_values(":farthest", number(farthest.as_millisecond()))
            .send()
            .await;
        match seen {
            // A newer one is stored.
            Err(error) if is_condition_failure(&error) => Ok(()),
            other => Ok(other.map(|_| ())?),
        }
    }

    pub(super) async fn try_newest_canary(&self, now: Timestamp) -> Result<Timestamp, Cause> {
        let item = self.item(CANARY.to_owned(), CANARY).await?;
        let known = item.map(|item| time_of(&item, "delivered")).transpose()?;
        match known {
            Some(known) if known.duration_since(now) <= MAX_AHEAD => Ok(known),
            _ => {
                self.try_record_canary(now, now).await?;
                Ok(now)
            }
        }
    }
}
