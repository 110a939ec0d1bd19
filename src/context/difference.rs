//! What a session has that its twin has not, and the other way round, step by step and in one sentence.

use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};

use super::StepRow;
use super::pace::Took;
use crate::baseline::Expected;
use crate::common::number::{count, duration};
use crate::session::{Change, align};

/// A step is slow if it took this many robust standard deviations longer than its template does.
const SLOW: f64 = 3.0;
/// Where nothing is known of the template: if it took so many times as long as the twin's.
const TIMES: f64 = 5.0;
/// A wait for the next step, which is nobody's own time, must be so many times as long.
const TIMES_OF_GAPS: f64 = 20.0;
/// A session of the same steps waits longer between them if it lasts so many times as long.
const LONGER: f64 = 1.5;
/// Least difference in milliseconds that is told: clocks are coarse.
const LEAST: f64 = 5.0;

/// How a place of an alignment stands to the other session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Relation {
    /// Both have it.
    Same,
    /// Only the session has it, and the twin has no such step at all.
    Added,
    /// The session has it once more than the twin.
    Repeated,
    /// Both have it, the session in another place: here.
    Moved,
    /// Only the twin has it.
    Missing,
    /// Both have it, the session in another place: not here.
    MovedAway,
}

/// A slow step.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Slow {
    /// How long it took, in milliseconds.
    pub millis: f64,
    /// What that is compared with: the twin's step, or what is ordinary.
    pub usual: f64,
    /// Whether it is the twin's step.
    pub of_twin: bool,
    /// Whether both are times until the next step.
    pub gap: bool,
}

impl Slow {
    /// How many times as long.
    pub fn times(&self) -> f64 {
        self.millis / self.usual.max(1e-6)
    }

    /// As a few words: `40× slower: 5,200 ms, the twin 130 ms`.
    pub fn text(&self) -> String {
        let (more, than) =
            (if self.gap { "longer wait" } else { "slower" }, if self.of_twin { "the twin" } else { "usually" });
        format!("{} {more}: {}, {than} {}", times(self.times()), duration(self.millis), duration(self.usual))
    }
}

/// A factor: `1.8×`, `40×`, `over 1,000×`.
fn times(factor: f64) -> String {
    match factor {
        f if f >= 1000.0 => "over 1,000×".to_owned(),
        f if f >= 9.5 => format!("{f:.0}×"),
        f => format!("{f:.1}×"),
    }
}

/// One place of a session beside its twin.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Index of the session's row.
    pub here: Option<usize>,
    /// Index of the twin's row.
    pub there: Option<usize>,
    /// What that means.
    pub relation: Relation,
    /// Whether the session's step took long.
    pub slow: Option<Slow>,
    /// How many rows the session has of a step that it repeats, at the first of them.
    pub times: Option<u32>,
}

/// A session's rows and how long each took.
#[derive(Clone, Copy, Debug)]
pub struct Paced<'a> {
    /// In order.
    pub rows: &'a [StepRow],
    /// By [`super::pace::took`].
    pub took: &'a [Option<Took>],
    /// By [`super::pace::waits`].
    pub waits: &'a [Option<f64>],
}

/// A session beside its twin. `expected`: what is ordinary for a template's durations.
pub fn compare(session: Paced<'_>, twin: Paced<'_>, expected: impl Fn(u32) -> Option<Expected>) -> Vec<Step> {
    let templates = |rows: &[StepRow]| rows.iter().map(|row| row.template).collect::<Vec<_>>();
    let (here, there) = (templates(session.rows), templates(twin.rows));
    let mut counts: FxHashMap<u32, (u32, u32)> = FxHashMap::default();
    for &template in &here {
        counts.entry(template).or_default().0 += 1;
    }
    for &template in &there {
        counts.entry(template).or_default().1 += 1;
    }
    let both = |template: u32| counts.get(&template).copied().unwrap_or_default();
    let mut begun: FxHashSet<u32> = FxHashSet::default();
    let step = |change: Change| {
        let (at, other, relation) = match change {
            Change::Same(at, other) => (Some(at), Some(other), Relation::Same),
            Change::Added(at) | Change::Repeated(at) => {
                let relation = match both(here[at]) {
                    (_, 0) => Relation::Added,
                    (mine, theirs) if mine > theirs => Relation::Repeated,
                    _ => Relation::Moved,
                };
                (Some(at), None, relation)
            }
            Change::Missing(other) => {
                let (mine, theirs) = both(there[other]);
                (None, Some(other), if mine < theirs { Relation::Missing } else { Relation::MovedAway })
            }
        };
        let slow = at.and_then(|at| {
            let wait = || waited(session, at, twin, other?);
            slow(session, at, other.and_then(|other| *twin.took.get(other)?), &expected).or_else(wait)
        });
        let first = at.filter(|&at| begun.insert(here[at]));
        let times = first.map(|at| both(here[at])).filter(|(mine, theirs)| mine > theirs && *mine > 1);
        Step { here: at, there: other, relation, slow, times: times.map(|times| times.0) }
    };
    align(&here, &there).into_iter().map(step).collect()
}

fn slow(session: Paced<'_>, at: usize, twin: Option<Took>, expected: impl Fn(u32) -> Option<Expected>) -> Option<Slow> {
    let (row, took) = (session.rows.get(at)?, (*session.took.get(at)?)?);
    let twin = twin.filter(|twin| twin.gap == took.gap).map(|twin| twin.millis);
    let expected = expected(row.template).filter(|_| !took.gap);
    let is_slow = match (expected, twin) {
        (Some(expected), _) => expected.z(took.millis) > SLOW,
        (None, Some(twin)) => took.millis > twin * if took.gap { TIMES_OF_GAPS } else { TIMES },
        (None, None) => false,
    };
    // Where the twin happens to be as slow, it is no measure.
    let of_twin = twin.filter(|twin| *twin > 0.0 && took.millis >= 1.5 * twin);
    let usual = of_twin.or_else(|| Some(libm::exp(expected?.median)))?;
    let slow = Slow { millis: took.millis, usual, of_twin: of_twin.is_some(), gap: took.gap };
    (is_slow && took.millis - usual >= LEAST).then_some(slow)
}

/// A wait behind a row that matters: many times the twin's, and most of the session's time.
fn waited(session: Paced<'_>, at: usize, twin: Paced<'_>, other: usize) -> Option<Slow> {
    let (wait, usual) = ((*session.waits.get(at)?)?, (*twin.waits.get(other)?)?);
    let timed = || session.rows.iter().filter_map(|row| row.time);
    let lasted = timed().next_back()?.saturating_sub(timed().next()?) as f64 / 1e6;
    let slow = Slow { millis: wait, usual, of_twin: true, gap: true };
    (wait > TIMES_OF_GAPS * usual && 2.0 * wait > lasted && wait - usual >= LEAST).then_some(slow)
}

/// A session's difference from its twin in numbers.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct Difference {
    /// Steps that only the twin has.
    pub missing: u32,
    /// Steps that the twin has not at all.
    pub added: u32,
    /// Different steps that come more often.
    pub repeated: u32,
    /// Most rows of one of these.
    pub most: u32,
    /// Steps in another place.
    pub moved: u32,
    /// Slow steps.
    pub slow: u32,
    /// The slowest by its factor: the index of the session's row.
    pub slowest: Option<(usize, Slow)>,
    /// How long the session and its twin lasted, in milliseconds.
    pub lasted: (f64, f64),
}

impl Difference {
    /// Counts the steps of [`compare`]. `lasted`: how long the session and its twin did, in milliseconds.
    pub fn of(steps: &[Step], lasted: (f64, f64)) -> Self {
        let mut all = Self { lasted, ..Self::default() };
        for step in steps {
            match step.relation {
                Relation::Missing => all.missing += 1,
                Relation::Added => all.added += 1,
                Relation::Moved => all.moved += 1,
                Relation::Same | Relation::Repeated | Relation::MovedAway => {}
            }
            if let Some(times) = step.times {
                all.repeated += 1;
                all.most = all.most.max(times);
            }
            if let (Some(slow), Some(at)) = (step.slow, step.here) {
                all.slow += 1;
                if all.slowest.is_none_or(|(_, known)| slow.times() > known.times()) {
                    all.slowest = Some((at, slow));
                }
            }
        }
        all
    }

    /// The difference as a sentence.
    pub fn sentence(&self) -> String {
        let steps = |count: u32| if count == 1 { "1 step".to_owned() } else { format!("{count} steps") };
        let mut parts = Vec::new();
        if self.missing > 0 {
            parts.push(format!("{} missing", steps(self.missing)));
        }
        if self.repeated > 0 {
            let most = if self.repeated == 1 { "" } else { "up to " };
            parts.push(format!("{} repeated ({most}×{})", steps(self.repeated), count(u64::from(self.most))));
        }
        if self.added > 0 {
            parts.push(format!("{} that the twin has not", steps(self.added)));
        }
        if self.moved > 0 {
            parts.push(format!("{} in another place", steps(self.moved)));
        }
        if let Some((at, slow)) = self.slowest {
            let others = match self.slow {
                1 => String::new(),
                2 => " and another one is slow".to_owned(),
                more => format!(" and {} more are slow", more - 1),
            };
            let (what, than) = (
                if slow.gap { "the wait after step" } else { "step" },
                if slow.of_twin { "in the twin" } else { "usual" },
            );
            let how = if slow.gap { "longer" } else { "slower" };
            parts.push(format!("{what} {} is {} {how} than {than}{others}", at + 1, times(slow.times())));
        }
        let (here, there) = self.lasted;
        match parts.split_last() {
            None if here >= LONGER * there && here - there >= LEAST => format!(
                "The same steps as its twin, with more time between them: it lasts {}, the twin {}.",
                duration(here),
                duration(there)
            ),
            None => "The same steps as its twin, none of them slow.".to_owned(),
            Some((last, [])) => sentence(last),
            Some((last, rest)) => sentence(&format!("{}, and {last}", rest.join(", "))),
        }
    }
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::super::pace::{took, waits};
    use super::super::tests::{row, row_at};
    use super::*;

    fn steps(session: &[(u32, f64)], twin: &[(u32, f64)]) -> Vec<Step> {
        let rows = |steps: &[(u32, f64)]| -> Vec<StepRow> {
            (0..).zip(steps).map(|(time, &(template, millis))| row(template, time * 1_000_000, millis)).collect()
        };
        let expected =
            |template| (template < 100).then_some(Expected { median: libm::log(10.0), spread: 0.2, least: 0.0 });
        compared(&rows(session), &rows(twin), expected)
    }

    fn compared(session: &[StepRow], twin: &[StepRow], expected: impl Fn(u32) -> Option<Expected>) -> Vec<Step> {
        let [here, there] = [session, twin].map(|rows| (took(rows), waits(rows, true)));
        let session = Paced { rows: session, took: &here.0, waits: &here.1 };
        compare(session, Paced { rows: twin, took: &there.0, waits: &there.1 }, expected)
    }

    fn relations(steps: &[Step]) -> Vec<Relation> {
        steps.iter().map(|step| step.relation).collect()
    }

    #[test]
    fn slow_and_missing_steps_are_told() {
        let steps = steps(&[(1, 10.0), (2, 400.0)], &[(1, 10.0), (2, 10.0), (3, 11.0)]);
        assert_eq!(relations(&steps), [Relation::Same, Relation::Same, Relation::Missing]);
        assert_eq!(steps[0].slow, None);
        assert_eq!(steps[1].slow.unwrap().text(), "40× slower: 400 ms, the twin 10 ms");
        assert_eq!(
            Difference::of(&steps, (20.0, 20.0)).sentence(),
            "1 step missing, and step 2 is 40× slower than in the twin."
        );
    }

    #[test]
    fn repeated_added_and_moved_steps_are_told_apart() {
        // Step 2 comes three times, not one after the other; 9 is no step of the twin; 3 and 4 changed places.
        let session = [(1, 10.0), (2, 10.0), (9, 10.0), (2, 10.0), (2, 10.0), (4, 10.0), (3, 10.0)];
        let steps = steps(&session, &[(1, 10.0), (2, 10.0), (3, 10.0), (4, 10.0)]);
        let count = |relation| relations(&steps).into_iter().filter(|other| *other == relation).count();
        assert_eq!(count(Relation::Repeated), 2);
        assert_eq!(count(Relation::Added), 1);
        assert_eq!((count(Relation::Moved), count(Relation::MovedAway)), (1, 1));
        assert_eq!(steps.iter().filter_map(|step| step.times).collect::<Vec<_>>(), [3]);
        let sentence = "1 step repeated (×3), 1 step that the twin has not, and 1 step in another place.";
        assert_eq!(Difference::of(&steps, (20.0, 20.0)).sentence(), sentence);
    }

    #[test]
    fn without_a_baseline_the_twin_is_the_measure() {
        let slow = steps(&[(100, 600.0)], &[(100, 100.0)]);
        assert_eq!(slow[0].slow.unwrap().text(), "6.0× slower: 600 ms, the twin 100 ms");
        assert_eq!(steps(&[(100, 300.0)], &[(100, 100.0)])[0].slow, None);
        // A twin that is as slow is no measure of what is usual.
        assert_eq!(steps(&[(1, 400.0)], &[(1, 400.0)])[0].slow.unwrap().text(), "40× slower: 400 ms, usually 10 ms");
        assert_eq!(
            Difference::of(&steps(&[(1, 9.0)], &[(1, 9.0)]), (20.0, 20.0)).sentence(),
            "The same steps as its twin, none of them slow."
        );
        assert_eq!(
            Difference::of(&steps(&[(1, 9.0)], &[(1, 9.0)]), (24_000.0, 9_100.0)).sentence(),
            "The same steps as its twin, with more time between them: it lasts 24,000 ms, the twin 9,100 ms."
        );
    }

    #[test]
    fn a_wait_that_no_step_explains_is_told() {
        let twin = [row_at(0, Some(5.0)), row_at(20, Some(10.0)), row_at(40, Some(10.0))];
        let session = [row_at(0, Some(5.0)), row_at(20, Some(10.0)), row_at(180_040, Some(10.0))];
        let told = Difference::of(&compared(&session, &twin, |_| None), (180_040.0, 40.0)).sentence();
        assert_eq!(told, "The wait after step 2 is over 1,000× longer than in the twin.");
    }
}
