//! Where the steps of a session stand on its time axis, and words for the marks on it.

use super::ticks::{Tick, number};
use crate::context::Span;

/// Units of an axis, in milliseconds.
const UNITS: [(f64, &str); 5] = [(3_600_000.0, "h"), (60_000.0, "min"), (1000.0, "s"), (1.0, "ms"), (0.001, "µs")];

fn unit(millis: f64) -> (f64, &'static str) {
    UNITS.into_iter().find(|(size, _)| millis >= 2.0 * size).unwrap_or((0.001, "µs"))
}

/// Marks of an axis that begins at 0 and ends at a time in milliseconds, about `most` of them. The last has the unit.
pub fn axis(ends: f64, most: usize) -> Vec<Tick> {
    let (size, name) = unit(ends);
    let mut marks = number(0.0, ends / size, most);
    if let Some(last) = marks.last_mut() {
        last.label = format!("{} {name}", last.label);
    }
    marks
}

/// A time on a session's clock: `+0 ms`, `+2.05 s`.
pub fn clock(millis: f64) -> String {
    let (size, name) = match millis {
        at if at >= 3_600_000.0 => (3_600_000.0, "h"),
        at if at >= 60_000.0 => (60_000.0, "min"),
        at if at >= 1000.0 => (1000.0, "s"),
        _ => (1.0, "ms"),
    };
    let value = millis / size;
    let whole = value >= 100.0 || name == "ms" && (value >= 10.0 || value.fract() == 0.0);
    let decimals = match value {
        _ if whole => 0,
        value if value >= 10.0 => 1,
        _ => 2,
    };
    format!("+{value:.decimals$} {name}")
}

/// Left edge and width of a step's bar in percent of the axis. Any bar can be seen.
pub fn bar(span: Span, ends: f64) -> (f64, f64) {
    let share = |at: f64| if ends > 0.0 { (at / ends * 100.0).clamp(0.0, 100.0) } else { 0.0 };
    let (from, to) = (share(span.from), share(span.to));
    let width = (to - from).max(0.4);
    (from.min(100.0 - width), width)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_axis_is_in_the_unit_that_fits() {
        let labels = |ends| axis(ends, 5).into_iter().map(|tick| tick.label).collect::<Vec<_>>();
        assert_eq!(labels(13_200.0), ["0", "5", "10 s"]);
        assert_eq!(labels(380.0), ["0", "100", "200", "300 ms"]);
        assert_eq!(labels(0.0), Vec::<String>::new());
        assert_eq!(labels(f64::NAN), Vec::<String>::new());
    }

    #[test]
    fn times_on_the_clock() {
        for (millis, text) in
            [(0.0, "+0 ms"), (12.0, "+12 ms"), (0.25, "+0.25 ms"), (2050.0, "+2.05 s"), (15_040.0, "+15.0 s")]
        {
            assert_eq!(clock(millis), text);
        }
    }

    #[test]
    fn bars_stay_on_the_axis_and_can_be_seen() {
        assert_eq!(bar(Span { at: 50.0, from: 0.0, to: 50.0 }, 100.0), (0.0, 50.0));
        let (left, width) = bar(Span { at: 100.0, from: 100.0, to: 100.0 }, 100.0);
        assert!(width > 0.0 && left + width <= 100.0);
        assert!(bar(Span { at: 0.0, from: 0.0, to: 0.0 }, 0.0).0.abs() < 1e-9);
    }
}
