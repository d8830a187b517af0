//! Items of statuses, and of the schedule.

use jiff::{SignedDuration, Timestamp};

use super::item::{STATUS, number, partition, status_item, stored_of, text, text_of, time_of};
use super::{Cause, DynamoDbStore, is_condition_failure};
use crate::alarm::state::Status;
use crate::series::{Group, SeriesKey};
use crate::store::{DueSeries, SaveOptions, SaveOutcome, Schedule, StoredStatus};

/// Partition of the schedule.
const SCHEDULE: &str = "visit";

/// Maximum time between the first and the last request of an invocation: Lambda's maximum timeout.
const LONGEST_INVOCATION: SignedDuration = SignedDuration::from_mins(15);

impl DynamoDbStore {
    pub(super) async fn try_status(
        &self,
        series: &SeriesKey,
    ) -> Result<Option<StoredStatus>, Cause> {
        let item = self.item(partition(series), STATUS).await?;
        item.map(|item| stored_of(&item)).transpose()
    }

    pub(super) async fn try_save(
        &self,
        series: &SeriesKey,
        status: &Status,
        options: SaveOptions,
    ) -> Result<SaveOutcome, Cause> {
        if (options.previous_schedule, options.schedule) == (Schedule::Idle, Schedule::Due) {
            self.client
                .get()
                .await
                .put_item()
                .table_name(&self.table)
                .item("pk", text(SCHEDULE))
                .item("sk", text(partition(series)))
                .item("alarm", text(&series.alarm))
                .item("group", text(serde_json::to_string(&series.group)?))
                .item("asked", number(options.now.as_millisecond()))
                .send()
                .await?;
        }
        let saved = self
            .client
            .get()
            .await
            .put_item()
            .table_name(&self.table)
            .set_item(Some(status_item(series, status, options)?))
            .condition_expression(match options.expected_version {
                0 => "attribute_not_exists(pk) OR #version = :version",
                _ => "#version = :version",
            })
            .expression_attribute_names("#version", "version")
            .expression_attribute_values(":version", number(options.expected_version))
            .send()
            .await;
        match saved {
            Ok(_) => Ok(SaveOutcome::Applied),
            Err(error) if is_condition_failure(&error) => Ok(SaveOutcome::Conflict),
            Err(error) => Err(error.into()),
        }
    }

    pub(super) async fn try_due_series(&self) -> Result<Vec<DueSeries>, Cause> {
        let mut pages = self
            .client
            .get()
            .await
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", text(SCHEDULE))
            .consistent_read(true)
            .into_paginator()
            .items()
            .send();
        let mut due = Vec::new();
        while let Some(item) = pages.try_next().await? {
            let group: Group = serde_json::from_str(text_of(&item, "group")?)?;
            let series = SeriesKey {
                alarm: text_of(&item, "alarm")?.to_owned(),
                group,
            };
            due.push(DueSeries {
                series,
                scheduled_at: time_of(&item, "asked")?,
            });
        }
        Ok(due)
    }

    pub(super) async fn try_unschedule(
        &self,
        due: &DueSeries,
        now: Timestamp,
    ) -> Result<(), Cause> {
        // A time far in the future comes from a wrong clock. It must not keep the series on the list indefinitely.
        if now.duration_since(due.scheduled_at).abs() < LONGEST_INVOCATION {
            return Ok(());
        }
        let deleted = self
            .client
            .get()
            .await
            .delete_item()
            .table_name(&self.table)
            .key("pk", text(SCHEDULE))
            .key("sk", text(partition(&due.series)))
            .condition_expression("asked = :asked")
            .expression_attribute_values(":asked", number(due.scheduled_at.as_millisecond()))
            .send()
            .await;
        match deleted {
            Err(error) if is_condition_failure(&error) => Ok(()),
            other => Ok(other.map(|_| ())?),
        }
    }
}
