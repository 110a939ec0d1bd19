//! A forest of labelled rows: fitted, used on all rows, saved.

use std::collections::BTreeMap;
use std::sync::Arc;

use web_sys::Blob;

use super::{Client, blob};
use crate::engine::warm::{about, ask_features};
use crate::engine::{Answer, Query, WarmAnswer, WarmQuery};
use crate::finding::ScoreHistogram;
use crate::model::warm::{Called, Warm};
use crate::record::SegmentId;

/// What came of a forest of labelled rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Predicted {
    /// How it was fitted.
    pub warm: Warm,
    /// Rows that are predicted to be anomalous.
    pub anomalous: u64,
    /// All scores that the rows would have if it were the analysis' detector.
    scores: ScoreHistogram,
}

impl Client {
    /// Fits a forest to the rows (by their numbers from 0) that are called normal, and predicts all rows by it. `progress` is
    /// told how many rows are predicted. `without`: the column that says what is true, which the forest must not see. `None`
    /// where too few rows are called normal, and where rows are scored anew meanwhile.
    pub async fn warm(
        &self,
        called: &[(u64, Called)],
        without: Option<u32>,
        progress: impl Fn(u64),
    ) -> Option<Predicted> {
        let asks = ask_features(self.0.conductor.borrow().catalog(), called, without);
        let scores = self.0.conductor.borrow().scores().map(Arc::clone);
        let parts = self.ask_warm(asks).await.into_iter();
        let parts =
            parts.filter_map(|answer| if let WarmAnswer::Part(part) = answer { Some(part) } else { None }).collect();
        let forest = self.0.conductor.borrow().forest();
        let fit = Query::Warm(WarmQuery::Fit { parts, forest, without });
        let Some(WarmAnswer::Fitted(Some((forest, warm)))) = self.ask_warm(vec![(0, fit)]).await.pop() else {
            return None;
        };
        let load =
            |worker| (worker, Query::Warm(WarmQuery::Load { forest: forest.clone(), threshold: warm.threshold }));
        let asks = (0..self.0.workers).map(load).collect();
        drop(forest);
        self.ask_warm(asks).await;
        let segments: Vec<(SegmentId, usize)> = self.0.conductor.borrow().catalog().segments().collect();
        let (mut anomalous, mut done, mut parts) = (0, 0, Vec::new());
        // A few segments at a time, so that other questions are answered in between.
        for some in segments.chunks(self.0.workers.max(1)) {
            let mut asks: BTreeMap<usize, Vec<SegmentId>> = BTreeMap::new();
            for (segment, worker) in some {
                asks.entry(*worker).or_default().push(*segment);
            }
            let asks =
                asks.into_iter().map(|(worker, segments)| (worker, Query::Warm(WarmQuery::Predict { segments })));
            for answer in self.ask_warm(asks.collect()).await {
                let WarmAnswer::Predicted(rows, bins) = answer else { continue };
                anomalous += rows;
                done += bins.iter().map(|(_, rows)| rows).sum::<u64>();
                parts.push(bins);
            }
            progress(done);
        }
        // Workers forget the forest when rows get new scores.
        if self.0.conductor.borrow().scores().map(Arc::as_ptr) != scores.as_ref().map(Arc::as_ptr) {
            return None;
        }
        let scores = ScoreHistogram::merge(parts.iter().map(Vec::as_slice));
        Some(Predicted { warm, anomalous, scores })
    }

    /// The forest as a model's file, that other files can be scored with.
    pub async fn warm_model(&self, predicted: &Predicted) -> Option<Blob> {
        let about = about(&self.0.conductor.borrow(), &predicted.scores, predicted.warm.threshold);
        let save = Query::Warm(WarmQuery::Save { about: Box::new(about) });
        match self.ask_warm(vec![(0, save)]).await.pop()? {
            WarmAnswer::Saved(model) => model.map(|model| blob(&model)),
            _ => None,
        }
    }

    async fn ask_warm(&self, asks: Vec<(usize, Query)>) -> Vec<WarmAnswer> {
        let of_warm = |answer| if let Answer::Warm(answer) = answer { Some(answer) } else { None };
        self.ask(asks).await.into_iter().filter_map(of_warm).collect()
    }
}
