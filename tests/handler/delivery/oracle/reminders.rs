//! The expected notifications of an alarm that lasts.

use std::collections::BTreeSet;

use super::{ALARM, Series, Status};
use crate::delivery::rules::Rules;
use crate::delivery::run::GroupHistory;

/// Pause before a notification of a new kind of call.
const NEW_KIND_PAUSE: i64 = 600;

const DAY: i64 = 24 * 3_600;

/// The last notification of an alarm that lasts.
pub(super) struct Notified {
    /// When it was decided.
    at: i64,
    /// How many there are with it.
    pub(super) number: u64,
    /// It included everything that had arrived in the buckets before this time.
    through: i64,
    /// The buckets and elements that it and the earlier ones reported.
    reported: BTreeSet<(i64, usize)>,
    /// How many elements of its buckets it reported since [`Notified::open_from`].
    counted: u64,
    /// Where the next one begins, if there is something to report.
    next_from: Option<i64>,
    /// The kinds of calls that it and the earlier ones reported.
    kinds: BTreeSet<u8>,
    /// Whether something to report is of another kind.
    has_new_kind: bool,
    /// How many of them came before their pause had passed.
    early: u64,
}

impl Notified {
    /// Start of the oldest bucket that was open at the time of the notification.
    fn open_from(&self, rules: &Rules) -> i64 {
        let width = rules.width();
        let open = (self.at - rules.lateness).div_euclid(width) * width;
        open.min(self.through)
    }
}

impl Series<'_> {
    /// Reminds of an alarm that lasts if records arrived that no notification of it reported: after a pause that doubles up to
    /// a day, or as long as the first one is.
    ///
    /// The records of an alarm are those since its first windows. A reminder includes everything since the previous
    /// notification. If a record arrived in an earlier bucket, it begins with that bucket, or with the oldest one that was
    /// open then. If a call is of a kind that no notification reported, it follows after ten minutes.
    pub(super) fn remind(
        &self,
        step: usize,
        now: i64,
        state: &mut Status,
        history: &mut GroupHistory,
    ) {
        let (Some(first), Some(notified), ALARM) =
            (self.rules.renotify_after, &mut state.notified, state.state)
        else {
            return;
        };
        let width = self.rules.width();
        let begin = state.since - self.newest_reach();
        let end = (now.div_euclid(width) + 1) * width;
        let known = self.elements(begin, end, step);
        let unreported = known.difference(&notified.reported).count() as u64;
        if unreported == 0 {
            (notified.next_from, notified.has_new_kind) = (None, false);
            return;
        }
        let next = notified.through.max(begin);
        let brought = self
            .facts
            .iter()
            .filter(|fact| fact.arrivals.contains(&step));
        let brought = brought.filter_map(|fact| Some(fact.time?.div_euclid(width) * width));
        let earlier = brought
            .filter(|bucket| (begin..next).contains(bucket))
            .min();
        let later = known.iter().map(|(bucket, _)| *bucket);
        let later = later.filter(|bucket| *bucket >= next).min();
        let from = earlier.map_or(later.unwrap_or(next), |bucket| {
            bucket.min(notified.open_from(self.rules)).max(begin)
        });
        let from = notified.next_from.unwrap_or(from).min(from);
        notified.next_from = Some(from);
        let kinds = self.kinds(from, end, step);
        let new_kinds = kinds.difference(&notified.kinds).count() as u64;
        notified.has_new_kind |= new_kinds > 0;
        let mut pause = first;
        for _ in 1..notified.number - notified.early {
            pause = (pause * 2).min(DAY.max(first));
        }
        let is_early = now < notified.at + pause;
        if is_early && !(notified.has_new_kind && now >= notified.at + NEW_KIND_PAUSE) {
            return;
        }
        let early = notified.early + u64::from(is_early);
        let number = notified.number;
        let mut notice = self.notice(step, from, end);
        (notice.from, notice.to, notice.at) = (ALARM.to_owned(), ALARM.to_owned(), now);
        notice.repeat = number;
        notice.new_kinds = if notified.has_new_kind {
            new_kinds.max(1)
        } else {
            0
        };
        notice.already_reported = if from >= notified.through {
            0
        } else if self.rules.is_distinct {
            notified.counted
        } else {
            notice.count - unreported
        };
        let count = self.count(begin, end, step);
        notice.totals = (!self.rules.is_distinct).then_some((state.since, count, number));
        history.notices.push(notice);
        let mut after = self.notified(now, number + 1, (begin, end), known, step);
        after.kinds = &notified.kinds | &kinds;
        after.early = early;
        state.notified = Some(after);
    }

    /// The kinds of calls that have arrived by a step in the buckets from `start` to `end`.
    fn kinds(&self, start: i64, end: i64, step: usize) -> BTreeSet<u8> {
        let known = self.facts.iter().filter(|fact| fact.is_known(step));
        let inside = known.filter(|fact| {
            let width = self.rules.width();
            let bucket = fact.time.map(|time| time.div_euclid(width) * width);
            bucket.is_some_and(|bucket| start <= bucket && bucket < end)
        });
        inside.map(|fact| fact.kind).collect()
    }

    /// The state after a notification of the alarm whose records are in `begin..`, which includes all buckets before
    /// `through`.
    pub(super) fn notified(
        &self,
        at: i64,
        number: u64,
        (begin, through): (i64, i64),
        reported: BTreeSet<(i64, usize)>,
        step: usize,
    ) -> Notified {
        let mut notified = Notified {
            at,
            number,
            through,
            reported,
            counted: 0,
            next_from: None,
            kinds: self.kinds(begin, through, step),
            has_new_kind: false,
            early: 0,
        };
        let from = notified.open_from(self.rules).max(begin);
        notified.counted = self.count(from, through, step);
        notified
    }

    /// The elements that have arrived by a step in the buckets from `start` to `end`, each once in each bucket.
    pub(super) fn elements(&self, start: i64, end: i64, step: usize) -> BTreeSet<(i64, usize)> {
        let width = self.rules.width();
        let known = self.facts.iter().filter(|fact| fact.is_known(step));
        let elements = known.filter_map(|fact| {
            let bucket = fact.time?.div_euclid(width) * width;
            (start <= bucket && bucket < end).then_some((bucket, fact.element))
        });
        elements.collect()
    }
}
