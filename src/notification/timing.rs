//! Instants and durations in words.

use jiff::{SignedDuration, Timestamp};

use crate::alarm::definition::TimeSource;
use crate::notification::render_input::RenderInput;

/// The function evaluates records within seconds. A longer delay is stated.
const PROMPT: SignedDuration = SignedDuration::from_mins(2);

/// `2026-11-20 02:15:01 UTC`.
pub(super) fn instant(time: Timestamp) -> String {
    format!("{} UTC", time.strftime("%F %T"))
}

/// `2026-11-20 02:15:01 to 02:15:06 UTC`. The second date is shown if it differs.
pub(super) fn range(first: Timestamp, last: Timestamp) -> String {
    if first == last {
        return instant(first);
    }
    let same_day = first.strftime("%F").to_string() == last.strftime("%F").to_string();
    let format = if same_day { "%T" } else { "%F %T" };
    format!(
        "{} to {} UTC",
        first.strftime("%F %T"),
        last.strftime(format)
    )
}

/// `37 min`, `2 h 5 min`; `0 s` if `to` is not after `from`.
pub(super) fn duration(from: Timestamp, to: Timestamp) -> String {
    seconds(to.duration_since(from).as_secs().max(0))
}

/// `10 s`, `5 min 4 s`, `2 h 5 min`, `3 d 2 h`.
pub(super) fn seconds(total: i64) -> String {
    let (days, hours) = (total / 86_400, total / 3_600 % 24);
    let (minutes, rest) = (total / 60 % 60, total % 60);
    let units = [(days, "d"), (hours, "h"), (minutes, "min"), (rest, "s")];
    let shown = units
        .into_iter()
        .skip_while(|(amount, _)| *amount == 0)
        .take(2);
    let shown: Vec<String> = shown
        .filter(|(amount, _)| *amount > 0)
        .map(|(amount, unit)| format!("{amount} {unit}"))
        .collect();
    if shown.is_empty() {
        "0 s".to_owned()
    } else {
        shown.join(" ")
    }
}

/// `Fired 2026-11-20 02:20:10 UTC, 5 min 4 s after the last call (CloudTrail delivery delay).`
///
/// An alarm fires when the function decides the change of state ([`PendingNotification::since`]). The evaluation instant,
/// `StateChangeTime` in the JSON document, is not that moment: it is the end of a window, which can be minutes earlier if
/// records are late, or later if the threshold is crossed before the window ends.
///
/// [`PendingNotification::since`]: crate::alarm::state::PendingNotification::since
pub(super) fn fired(input: &RenderInput<'_>) -> String {
    let pending = input.pending;
    let fired = pending.since;
    let sentence = format!("Fired {}", instant(fired));
    let Some(last) = input.evidence().last.filter(|last| *last < fired) else {
        return format!("{sentence}.");
    };
    let delay = duration(last, fired);
    // By delivery time, records that the function gets long after their windows were delivered in time.
    let evaluated_late = input.definition.time_source == TimeSource::LogTimestamp
        && fired.duration_since(pending.change.at) > PROMPT;
    if pending.decided_by_older_windows || evaluated_late && pending.change.at <= last {
        format!("{sentence}, {delay} after the last call.")
    } else if evaluated_late {
        format!(
            "{sentence}, {delay} after the last call (CloudTrail delivery delay: {}; then {} until the alarm function \
             evaluated the records).",
            duration(last, pending.change.at),
            duration(pending.change.at, fired)
        )
    } else {
        format!("{sentence}, {delay} after the last call (CloudTrail delivery delay).")
    }
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn the_two_largest_units_are_shown() {
        for (total, words) in [
            (0, "0 s"),
            (59, "59 s"),
            (300, "5 min"),
            (304, "5 min 4 s"),
            (3_600, "1 h"),
            (3_604, "1 h"),
            (7_500, "2 h 5 min"),
            (86_400, "1 d"),
            (266_400, "3 d 2 h"),
        ] {
            assert_eq!(seconds(total), words);
        }
    }
}
