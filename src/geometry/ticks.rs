//! Marks along an axis, and their words.

use crate::record::format_time;

/// A mark: where it stands on the axis (0 at the start, 1 at the end) and what it says.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    /// Share of the axis.
    pub at: f64,
    /// Its label.
    pub label: String,
}

const SECOND: i128 = 1_000_000_000;
const DAY: i128 = 86_400 * SECOND;
/// Steps that people count time in.
const TIME_STEPS: [i128; 30] = [
    1,
    1_000,
    10_000,
    100_000,
    1_000_000,
    5_000_000,
    10_000_000,
    50_000_000,
    100_000_000,
    500_000_000,
    SECOND,
    5 * SECOND,
    15 * SECOND,
    30 * SECOND,
    60 * SECOND,
    300 * SECOND,
    900 * SECOND,
    1800 * SECOND,
    3600 * SECOND,
    3 * 3600 * SECOND,
    6 * 3600 * SECOND,
    12 * 3600 * SECOND,
    DAY,
    2 * DAY,
    7 * DAY,
    30 * DAY,
    90 * DAY,
    365 * DAY,
    3650 * DAY,
    36_500 * DAY,
];

/// Marks of a span of time (both ends included, nanoseconds UTC), at most `most` of them.
pub fn time(from: i64, to: i64, most: usize) -> Vec<Tick> {
    let (from, to) = (i128::from(from), i128::from(to.max(from)));
    let span = (to - from).max(1);
    let fits = |step: &&i128| span / **step < most.max(1) as i128;
    let step = TIME_STEPS.iter().find(fits).copied().unwrap_or(span);
    let first = from.div_euclid(step) * step + if from.rem_euclid(step) == 0 { 0 } else { step };
    let count = if first > to { 0 } else { (to - first) / step + 1 };
    (0..count)
        .map(|index| {
            let at = first + index * step;
            Tick {
                at: (at - from) as f64 / span as f64,
                label: time_label(i64::try_from(at).unwrap_or(i64::MAX), step),
            }
        })
        .collect()
}

/// As much of a time as tells neighbouring marks apart.
fn time_label(at: i64, step: i128) -> String {
    let text = format_time(at);
    let midnight = i128::from(at).rem_euclid(DAY) == 0;
    let part = if step >= 90 * DAY {
        text.get(..7)
    } else if step >= DAY || midnight {
        text.get(5..10)
    } else if step >= 60 * SECOND {
        text.get(11..16)
    } else if step >= SECOND {
        text.get(11..19)
    } else {
        text.get(14..).map(|rest| rest.trim_end_matches('Z'))
    };
    part.unwrap_or(&text).to_owned()
}

/// Marks of an axis of numbers from `from` to `to`, about `most` of them.
pub fn number(from: f64, to: f64, most: usize) -> Vec<Tick> {
    let span = to - from;
    if span.is_nan() || span <= 0.0 {
        return Vec::new();
    }
    let rough = span / most.max(1) as f64;
    let magnitude = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0]
        .map(|factor| factor * magnitude)
        .into_iter()
        .find(|&step| step >= rough * 0.999)
        .unwrap_or(rough);
    let decimals = (-step.log10().floor()).max(0.0) as usize;
    let first = (from / step).ceil();
    let count = ((to / step + 1e-9).floor() - first + 1.0).max(0.0) as u32;
    (0..count)
        .map(|index| {
            let value = (first + f64::from(index)) * step;
            Tick { at: (value - from) / span, label: format!("{value:.decimals$}") }
        })
        .collect()
}

/// A time as the table shows it: date, and time to the millisecond, without the letters of RFC 3339.
pub fn table_time(at: i64) -> (String, String) {
    let text = format_time(at);
    let date = text.get(..10).unwrap_or(&text);
    let clock = text.get(11..19).unwrap_or_default();
    let millisecond = at.rem_euclid(1_000_000_000) / 1_000_000;
    (date.to_owned(), format!("{clock}.{millisecond:03}"))
}

/// A time without its year and its parts of a second.
pub fn day_time(at: i64) -> String {
    let (date, clock) = table_time(at);
    format!("{} {}", apart(&date, '-').1, apart(&clock, '.').0)
}

/// What stands before and behind the first of a sign.
pub fn apart(text: &str, sign: char) -> (&str, &str) {
    text.split_once(sign).unwrap_or((text, ""))
}

/// Whether two times are of two days.
pub fn several_days(from: i64, to: i64) -> bool {
    table_time(from).0 != table_time(to).0
}

/// A span of time as clocks, with the dates where they differ.
pub fn clocks(from: i64, to: i64) -> String {
    let ((day, start), (last_day, end)) = (table_time(from), table_time(to));
    let short = |clock: &str| clock.trim_end_matches("000").trim_end_matches('.').to_owned();
    // The last nanosecond before a full second is, for a person, that second.
    let (_, next) = table_time(to.saturating_add(1));
    let end = if next.ends_with(".000") { next } else { end };
    if day == last_day {
        format!("{} to {}", short(&start), short(&end))
    } else {
        format!("{day} {} to {last_day} {}", short(&start), short(&end))
    }
}

/// A span of time in words; the second date is said only where it is another day.
pub fn span(from: i64, to: i64) -> String {
    let ((day, start), (last_day, end)) = (table_time(from), table_time(to));
    let whole = |clock: &str| clock.split('.').next().unwrap_or_default().to_owned();
    if day != last_day {
        format!("{day} {} to {last_day} {}", whole(&start), whole(&end))
    } else if whole(&start) == whole(&end) {
        format!("{day} {start} to {end}")
    } else {
        format!("{day} {} to {}", whole(&start), whole(&end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000_000_000;
    /// 2026-02-06T10:30:17Z
    const MORNING: i64 = 1_770_373_817_000_000_000;

    #[test]
    fn an_hour_is_marked_in_quarters() {
        let labels: Vec<_> = time(MORNING, MORNING + HOUR, 6).into_iter().map(|tick| tick.label).collect();
        assert_eq!(labels, ["10:45", "11:00", "11:15", "11:30"]);
    }

    #[test]
    fn midnight_says_the_day() {
        let labels: Vec<_> = time(MORNING, MORNING + 24 * HOUR, 6).into_iter().map(|tick| tick.label).collect();
        assert_eq!(labels, ["12:00", "18:00", "02-07", "06:00"]);
    }

    #[test]
    fn any_span_has_a_handful_of_marks_inside_the_axis() {
        for (from, to) in
            [(0, 0), (5, 5), (0, 7), (MORNING, MORNING + 1), (MORNING, MORNING + 900 * 24 * HOUR), (i64::MIN, i64::MAX)]
        {
            let ticks = time(from, to, 8);
            assert!(ticks.len() <= 9, "{from}..{to}: {}", ticks.len());
            assert!(ticks.iter().all(|tick| (0.0..=1.0).contains(&tick.at)));
        }
    }

    #[test]
    fn scores_are_marked_at_round_numbers() {
        let labels: Vec<_> = number(0.35, 0.82, 5).into_iter().map(|tick| tick.label).collect();
        assert_eq!(labels, ["0.4", "0.5", "0.6", "0.7", "0.8"]);
        assert!(number(1.0, 1.0, 5).is_empty());
        assert_eq!(number(0.0, 1_204_331.0, 5).len(), 3);
    }

    #[test]
    fn table_times_have_milliseconds() {
        assert_eq!(table_time(MORNING + 42_000_000), ("2026-02-06".to_owned(), "10:30:17.042".to_owned()));
    }

    #[test]
    fn a_log_of_several_days_tells_the_day() {
        assert_eq!(day_time(MORNING), "02-06 10:30:17");
        assert_eq!(["2026-02-06", "none"].map(|date| apart(date, '-')), [("2026", "02-06"), ("none", "")]);
        assert!(several_days(MORNING, MORNING + 24 * HOUR));
        assert!(!several_days(MORNING, MORNING + HOUR));
    }

    #[test]
    fn the_clocks_of_a_bar_are_round() {
        assert_eq!(clocks(MORNING, MORNING + HOUR - 1), "10:30:17 to 11:30:17");
        assert_eq!(clocks(MORNING, MORNING + 5_000_000), "10:30:17 to 10:30:17.005");
        assert_eq!(clocks(MORNING, MORNING + 24 * HOUR - 1), "2026-02-06 10:30:17 to 2026-02-07 10:30:17");
    }

    #[test]
    fn a_span_says_no_more_than_it_has_to() {
        assert_eq!(span(MORNING, MORNING + HOUR), "2026-02-06 10:30:17 to 11:30:17");
        assert_eq!(span(MORNING, MORNING + 24 * HOUR), "2026-02-06 10:30:17 to 2026-02-07 10:30:17");
        assert_eq!(span(MORNING, MORNING + 5_000_000), "2026-02-06 10:30:17.000 to 10:30:17.005");
    }
}
