//! When the steps of a session were, and how long each took.

use serde::{Deserialize, Serialize};

use super::StepRow;

/// How long a step took.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Took {
    /// In milliseconds.
    pub millis: f64,
    /// Whether nothing says so: it is then the time until the next step.
    pub gap: bool,
}

/// How long each row of a session took: what it says, else the time until the next row; `None` where neither is known.
pub fn took(rows: &[StepRow]) -> Vec<Option<Took>> {
    let own = |row: &StepRow| row.millis.filter(|millis| *millis >= 0.0).map(|millis| Took { millis, gap: false });
    let mut all: Vec<Option<Took>> = rows.iter().map(own).collect();
    for (place, pair) in rows.windows(2).enumerate() {
        if let (None, Some(from), Some(to)) = (all[place], pair[0].time, pair[1].time) {
            all[place] = Some(Took { millis: (to.saturating_sub(from) as f64 / 1e6).max(0.0), gap: true });
        }
    }
    all
}

/// Whether rows are written when their step ends, rather than when it begins: whichever makes the steps of these sessions
/// overlap less. Each has one vote, however long its steps are.
///
/// Logs do either, and hardly any says which. Of a log that does neither better, steps end.
pub fn written_at_the_end<'a>(sessions: impl IntoIterator<Item = &'a [StepRow]>) -> bool {
    let vote = |rows: &[StepRow]| {
        let (mut ending, mut beginning) = (0.0, 0.0);
        for pair in rows.windows(2) {
            let (Some(from), Some(to)) = (pair[0].time, pair[1].time) else { continue };
            let between = to.saturating_sub(from) as f64 / 1e6;
            let over = |millis: Option<f64>| (millis.unwrap_or(0.0) - between).max(0.0);
            ending += over(pair[1].millis);
            beginning += over(pair[0].millis);
        }
        (ending - beginning) / (ending + beginning).max(f64::MIN_POSITIVE)
    };
    sessions.into_iter().map(vote).sum::<f64>() <= 0.0
}

/// How long nothing is done between a row's step and the next one, in milliseconds, where rows say how long theirs took.
pub fn waits(rows: &[StepRow], at_the_end: bool) -> Vec<Option<f64>> {
    let wait = |pair: &[StepRow]| {
        let between = pair[1].time?.saturating_sub(pair[0].time?) as f64 / 1e6;
        let (own, next) = (pair[0].millis?, pair[1].millis?);
        Some((between - if at_the_end { next } else { own }).max(0.0))
    };
    rows.windows(2).map(wait).chain(rows.last().map(|_| None)).collect()
}

/// A step on a session's own clock, in milliseconds since the first step began.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Span {
    /// When it was written.
    pub at: f64,
    /// When it began.
    pub from: f64,
    /// When it ended.
    pub to: f64,
}

/// The steps of a session on its own clock; `None` for rows without a time.
pub fn spans(rows: &[StepRow], took: &[Option<Took>], at_the_end: bool) -> Vec<Option<Span>> {
    let first = rows.iter().find_map(|row| row.time);
    let mut spans: Vec<Option<Span>> = rows
        .iter()
        .zip(took)
        .map(|(row, took)| {
            let at = row.time?.saturating_sub(first?) as f64 / 1e6;
            Some(match took {
                Some(Took { millis, gap: false }) if at_the_end => Span { at, from: at - millis, to: at },
                Some(Took { millis, .. }) => Span { at, from: at, to: at + millis },
                None => Span { at, from: at, to: at },
            })
        })
        .collect();
    // The clock begins with the first step, which may have begun before it was written.
    let begin = spans.iter().flatten().map(|span| span.from).fold(0.0, f64::min);
    for span in spans.iter_mut().flatten() {
        *span = Span { at: span.at - begin, from: span.from - begin, to: span.to - begin };
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::super::tests::row_at;
    use super::*;

    #[test]
    fn a_step_without_a_duration_lasts_until_the_next() {
        let mut rows = [row_at(0, Some(5.0)), row_at(20, None), row_at(50, None)];
        let took = took(&rows);
        assert_eq!(took[0], Some(Took { millis: 5.0, gap: false }));
        assert_eq!(took[1], Some(Took { millis: 30.0, gap: true }));
        assert_eq!(took[2], None);
        rows[1].time = None;
        assert_eq!(super::took(&rows)[1], None);
    }

    #[test]
    fn bars_begin_or_end_where_they_overlap_less() {
        // As a client that waited for 5.2 s and writes it down.
        let ended = [row_at(0, Some(5200.0)), row_at(2000, Some(10.0)), row_at(6000, Some(3200.0))];
        assert!(written_at_the_end([&ended[..]]));
        let began = [row_at(0, Some(1900.0)), row_at(2000, Some(3500.0)), row_at(6000, Some(10.0))];
        assert!(!written_at_the_end([&began[..]]));
        assert_eq!(waits(&ended, true), [Some(1990.0), Some(800.0), None]);
        let spans = spans(&ended, &took(&ended), true);
        assert_eq!(spans[0], Some(Span { at: 5200.0, from: 0.0, to: 5200.0 }));
        assert_eq!(spans[2], Some(Span { at: 11_200.0, from: 8000.0, to: 11_200.0 }));
    }
}
