//! A session beside its twin, as its view shows it.

use crate::baseline::Expected;
use crate::context::pace::{spans, took, waits, written_at_the_end};
use crate::context::{Difference, Paced, Part, Relation, Span, Step, StepRow, Took, Wanted, compare, sample};
use crate::record::{Level, SegmentId};
use crate::view::story::Whole;
use crate::view::{Line, StepLine, StepView, Story};

/// A session and its twin: hash of the key and rows in order.
#[derive(Debug)]
pub(super) struct Sides {
    pub(super) here: (u64, Vec<StepRow>),
    pub(super) there: Option<(u64, Vec<StepRow>)>,
    /// The row that it is about.
    pub(super) at: Option<(SegmentId, u32)>,
}

/// One of the two.
struct Side<'a> {
    rows: &'a [StepRow],
    took: Vec<Option<Took>>,
    waits: Vec<Option<f64>>,
    spans: Vec<Option<Span>>,
    whole: Whole,
}

impl<'a> Side<'a> {
    fn new((key, rows): &'a (u64, Vec<StepRow>), at_the_end: bool) -> Option<Self> {
        let took = took(rows);
        let spans = spans(rows, &took, at_the_end);
        let timed = || rows.iter().filter_map(|row| row.time);
        let whole = Whole {
            key: *key,
            rows: rows.len() as u64,
            errors: rows.iter().filter(|row| row.level >= Level::Error as u8).count() as u64,
            range: timed().next().zip(timed().next_back()),
            ends: spans.iter().flatten().map(|span| span.to).fold(0.0, f64::max),
            first: rows.first()?.place,
        };
        Some(Self { rows, took, waits: waits(rows, at_the_end), spans, whole })
    }

    fn step(&self, at: usize) -> Option<StepView> {
        let row = self.rows.get(at)?;
        Some(StepView {
            number: at as u64,
            segment: row.segment,
            row: row.row,
            level: Level::from_u8(row.level),
            span: self.spans.get(at).copied().flatten(),
            took: self.took.get(at).copied().flatten(),
        })
    }

    /// From the first row to the last, in milliseconds: as long as the list of sessions says.
    fn lasted(&self) -> f64 {
        self.whole.range.map_or(0.0, |(start, end)| end.saturating_sub(start) as f64 / 1e6)
    }

    fn paced(&self) -> Paced<'_> {
        Paced { rows: self.rows, took: &self.took, waits: &self.waits }
    }
}

/// Tells a session's story; `None` where it has no rows. `expected`: what is ordinary for a template's durations.
pub(super) fn tell(sides: &Sides, expected: impl Fn(u32) -> Option<Expected>, wanted: &Wanted) -> Option<Story> {
    let both = std::iter::once(&sides.here).chain(&sides.there);
    let at_the_end = written_at_the_end(both.map(|(_, rows)| rows.as_slice()));
    let here = Side::new(&sides.here, at_the_end)?;
    let there = sides.there.as_ref().and_then(|there| Side::new(there, at_the_end));
    let steps: Vec<Step> = if let Some(there) = &there {
        compare(here.paced(), there.paced(), &expected)
    } else {
        // Without a twin there is nothing to say of a step but itself.
        let alone = |at| Step { here: Some(at), there: None, relation: Relation::Same, slow: None, times: None };
        (0..here.rows.len()).map(alone).collect()
    };
    let difference = there.as_ref().map(|there| Difference::of(&steps, (here.lasted(), there.lasted())));
    let at = sides
        .at
        .and_then(|(segment, row)| here.rows.iter().position(|step| step.segment == segment && step.row == row));
    let place = at.and_then(|at| steps.iter().position(|step| step.here == Some(at)));
    let matters = |place: usize| {
        let Some(step) = steps.get(place) else { return false };
        let bad = |at: usize| here.rows.get(at).is_some_and(|row| row.level >= Level::Error as u8);
        let differs = !matches!(step.relation, Relation::Same | Relation::Repeated);
        step.slow.is_some() || step.times.is_some() || differs || step.here.is_some_and(bad)
    };
    let lines = sample(steps.len(), place, matters, wanted).into_iter().filter_map(|part| match part {
        Part::Shown(place) => {
            let step = steps.get(place)?;
            Some(Line::Step(StepLine {
                here: step.here.and_then(|at| here.step(at)),
                there: step.there.and_then(|at| there.as_ref()?.step(at)),
                relation: step.relation,
                slow: step.slow,
                times: step.times,
            }))
        }
        Part::LeftOut { from, count } => {
            let rows = steps.iter().skip(from).take(count).filter(|step| step.here.is_some()).count();
            Some(Line::LeftOut { from: from as u32, count: count as u32, here: rows as u32 })
        }
    });
    Some(Story {
        lines: lines.collect(),
        difference,
        at: at.map(|at| at as u64),
        written_at_the_end: at_the_end,
        there: there.as_ref().map(|there| there.whole),
        here: here.whole,
    })
}
