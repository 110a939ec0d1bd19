//! How well scores find rows that are known to be anomalous.

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use super::Client;
use crate::detect::Kind;
use crate::engine::catalog::Ask;
use crate::engine::truth::{ByScore, Counts, Known, Truth, TruthAnswer, TruthQuery, merge};
use crate::engine::{Answer, Query};
use crate::platform::spare;
use crate::record::SegmentId;

/// How far the comparison with a detector is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Comparing {
    /// It is fitted: the share that is done, 0..=1.
    Fitting(f32),
    /// It scores: the share of the segments, 0..=1.
    Scoring(f32),
}

impl Client {
    /// Rows of which the truth is known by bin of their score; by the scores of the analysis, and by those of the forest of
    /// labelled rows.
    pub async fn truth(&self, known: &Known) -> [ByScore; 2] {
        let asks = known.ask_count(self.0.conductor.borrow().catalog());
        let answers = self.ask_truth(asks).await.into_iter();
        let counted = |answer| if let TruthAnswer::Counted(counts) = answer { Some(counts) } else { None };
        let (scores, predicted): (Vec<_>, Vec<_>) = answers.filter_map(counted).map(|[a, b]| (a, b)).unzip();
        [merge(scores), merge(predicted)]
    }

    /// Fits another detector to the rows that the analysis' was fitted to, and gives the same rows by their raw scores
    /// ([`crate::finding::evaluate::step_of`]). The analysis stays as it is. `None` where no detector could be fitted. Whoever drops the
    /// future stops it.
    pub async fn compare(&self, detector: Kind, known: &Known, told: impl Fn(Comparing) + 'static) -> Option<ByScore> {
        let told = Rc::new(told);
        let limit = self.0.conductor.borrow().sample_limit();
        let offers = self.offers(limit).await;
        let request = self.0.conductor.borrow().fit_beside(detector, offers);
        let hear = Rc::clone(&told);
        let detector = spare::fit(request, move |done| hear(Comparing::Fitting(done))).await?;
        let seat = |worker| (worker, Query::Truth(TruthQuery::Seat { detector: detector.clone() }));
        let asks = (0..self.0.workers).map(seat).collect();
        drop(detector);
        self.ask_truth(asks).await;
        let by_worker = known.by_segment(self.0.conductor.borrow().catalog());
        let all = by_worker.values().map(Vec::len).sum::<usize>().max(1) as f32;
        let mut left: BTreeMap<usize, VecDeque<(SegmentId, u32, Truth)>> = BTreeMap::new();
        for (worker, segments) in by_worker {
            left.insert(worker, segments.into_iter().map(|(segment, truth)| (segment, 0, truth)).collect());
        }
        let mut counted = Counts::default();
        // Some rows of each worker at a time, so that other questions are answered in between.
        loop {
            left.retain(|_, segments| !segments.is_empty());
            if left.is_empty() {
                return Some(counted.into_list());
            }
            told(Comparing::Scoring(1.0 - left.values().map(VecDeque::len).sum::<usize>() as f32 / all));
            let asks = left.iter().filter_map(|(worker, segments)| {
                let (segment, from, truth) = segments.front()?.clone();
                Some((*worker, Query::Truth(TruthQuery::Score { segment, from, truth })))
            });
            let answers = self.ask_truth(asks.collect()).await;
            if answers.len() != left.len() {
                return None;
            }
            for (segments, answer) in left.values_mut().zip(answers) {
                let TruthAnswer::Scored { counts, next } = answer else { return None };
                counted.extend(counts);
                match (next, segments.front_mut()) {
                    (Some(next), Some((_, from, _))) => *from = next,
                    _ => drop(segments.pop_front()),
                }
            }
        }
    }

    async fn ask_truth(&self, asks: Vec<Ask>) -> Vec<TruthAnswer> {
        let of_truth = |answer| if let Answer::Truth(answer) = answer { Some(answer) } else { None };
        self.ask(asks).await.into_iter().filter_map(of_truth).collect()
    }
}
