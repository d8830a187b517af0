//! Evaluation of one series: reads the buckets that a decision needs, then decides.

use jiff::Timestamp;

use super::Handler;
use crate::alarm::Series;
use crate::alarm::advance::{Advance, advance};
use crate::alarm::definition::AlarmDefinition;
use crate::alarm::state::Status;
use crate::alarm::window::{self, Window};
use crate::error::Error;
use crate::notification::Publisher;
use crate::series::SeriesKey;
use crate::store::{Detail, Store};

/// Maximum number of buckets whose facts and fingerprints are read. A notification shows few of them, and the memory of the
/// function is limited.
const MAX_DETAILED_BUCKETS: i32 = 100;

/// The input of [`advance`], except the buckets.
struct Decision<'d> {
    key: &'d SeriesKey,
    definition: &'d AlarmDefinition,
    before: &'d Status,
    touched: &'d [Timestamp],
    now: Timestamp,
}

impl<S: Store, P: Publisher> Handler<S, P> {
    /// Decides the state.
    pub(super) async fn advance(
        &self,
        key: &SeriesKey,
        definition: &AlarmDefinition,
        before: &Status,
        touched: &[Timestamp],
        now: Timestamp,
    ) -> Result<Advance, Error> {
        let decision = Decision {
            key,
            definition,
            before,
            touched,
            now,
        };
        let span = before.span(definition, touched, now);
        let advanced = self.advance_over(span, &decision).await?;
        let reported = advanced.reported;
        match reported.and_then(|reported| before.wider_span(definition, span, reported)) {
            Some(wider) => self.advance_over(wider, &decision).await,
            None => Ok(advanced),
        }
    }

    /// Decides the state from the buckets of a span. Over a long span, reads the details of buckets only if there is a
    /// notification to write or a call can be of a new kind: decides from counts first, then a second time with details.
    async fn advance_over(&self, span: Window, decision: &Decision<'_>) -> Result<Advance, Error> {
        let Decision {
            key,
            definition,
            before,
            touched,
            now,
        } = *decision;
        let width = window::bucket_width(&definition.settings);
        let is_short =
            span.end.duration_since(span.start) <= width.saturating_mul(MAX_DETAILED_BUCKETS);
        if is_short {
            let buckets = self.store.buckets(key, span, Detail::All).await?;
            let series = Series::new(definition, buckets);
            return Ok(advance(definition, key, before, &series, touched, now));
        }
        let mut buckets = self.store.buckets(key, span, Detail::Counts).await?;
        let series = Series::new(definition, buckets.clone());
        let advanced = advance(definition, key, before, &series, touched, now);
        let unread = (advanced.status).unread_kinds(definition, before, touched, now);
        let needed = advanced.reported.into_iter().chain(unread);
        let Some(needed) = needed.reduce(Window::around) else {
            return Ok(advanced);
        };
        let detailed = series.tail(needed, MAX_DETAILED_BUCKETS.unsigned_abs() as usize);
        buckets.extend(self.store.buckets(key, detailed, Detail::All).await?);
        let series = Series::new(definition, buckets);
        Ok(advance(definition, key, before, &series, touched, now))
    }
}
