//! Labelled rows in whole analyses: a forest of the ordinary ones, and scores against what is known.

use super::*;
use crate::engine::truth::{ByScore, Truth, ask_rows, merge};
use crate::engine::warm::{about, ask_features};
use crate::finding::evaluate::{at_bin, steps_of_bins};
use crate::finding::threshold::bin_of;
use crate::finding::{ScoreHistogram, evaluate::Confusion};
use crate::model::Saved;
use crate::model::warm::{Called, Warm};

/// Jobs, of which every eleventh is slow; the table says which.
fn jobs(rows: usize) -> Vec<u8> {
    let line = |n: usize| {
        let slow = n % 11 == 5;
        format!("{},{},{}\n", if slow { 9000 + n } else { 20 + n % 17 }, n % 23, u8::from(slow))
    };
    let text: String = (0..rows).map(line).collect();
    format!("took,batch,is_slow\n{text}").into_bytes()
}

fn labels(rows: usize) -> Vec<(u64, Called)> {
    let called = |n: usize| Called { anomalous: n % 11 == 5, truth: None };
    (0..rows).step_by(2).map(|n| (n as u64, called(n))).collect()
}

impl Run {
    fn warm(&mut self, called: &[(u64, Called)]) -> Option<(Warm, u64, Vec<u8>)> {
        let parts = self.ask(ask_features(self.conductor.catalog(), called, Some(2))).into_iter();
        let part = |answer| if let Answer::Warm(WarmAnswer::Part(part)) = answer { part } else { panic!() };
        let parts = parts.map(part).collect();
        let fit = Query::Warm(WarmQuery::Fit { parts, forest: self.conductor.forest(), without: Some(2) });
        let answer = self.ask(vec![(0, fit)]).remove(0);
        let Answer::Warm(WarmAnswer::Fitted(fitted)) = answer else { panic!("{answer:?}") };
        let (forest, warm) = fitted?;
        let load = WarmQuery::Load { forest, threshold: warm.threshold };
        self.ask((0..self.shards.len()).map(|worker| (worker, Query::Warm(load.clone()))).collect());
        let segments: Vec<_> = self.conductor.catalog().segments().collect();
        let predict = |(segment, worker)| (worker, Query::Warm(WarmQuery::Predict { segments: vec![segment] }));
        let (mut anomalous, mut bins) = (0, Vec::new());
        for answer in self.ask(segments.into_iter().map(predict).collect()) {
            let Answer::Warm(WarmAnswer::Predicted(rows, part)) = answer else { panic!("{answer:?}") };
            anomalous += rows;
            bins.push(part);
        }
        let scores = ScoreHistogram::merge(bins.iter().map(Vec::as_slice));
        let about = Box::new(about(&self.conductor, &scores, warm.threshold));
        let answer = self.ask(vec![(0, Query::Warm(WarmQuery::Save { about }))]).remove(0);
        let Answer::Warm(WarmAnswer::Saved(Some(model))) = answer else { panic!("{answer:?}") };
        Some((warm, anomalous, model.into_vec()))
    }

    fn truth(&mut self, asks: Vec<catalog::Ask>) -> [ByScore; 2] {
        let counted = |answer| if let Answer::Truth(counted) = answer { counted } else { panic!("{answer:?}") };
        merge(self.ask(asks).into_iter().map(counted))
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]

    #[test]
    fn predictions_do_not_depend_on_workers_or_cuts(
        workers in 1..6_usize, segment_bytes in 200..3000_u64, order in any::<u64>(),
    ) {
        let file = jobs(400);
        let (mut one, mut other) = (
            Run::new(&[&file], small(), 1, 1).finish(),
            Run::new(&[&file], Settings { segment_bytes, ..small() }, workers, order).finish(),
        );
        let labels = labels(400);
        let (first, second) = (one.warm(&labels), other.warm(&labels));
        prop_assert_eq!(&first.as_ref().unwrap().0, &second.as_ref().unwrap().0);
        prop_assert_eq!(first, second);
        prop_assert_eq!(one.rows(), other.rows());
        let known: Vec<(u64, bool)> = labels.iter().map(|(row, called)| (*row, called.anomalous)).collect();
        let asks = (ask_rows(one.conductor.catalog(), &known), ask_rows(other.conductor.catalog(), &known));
        prop_assert_eq!(one.truth(asks.0), other.truth(asks.1));
    }
}

#[test]
fn a_forest_of_labelled_rows_predicts_the_others_and_is_saved() {
    let file = jobs(600);
    let mut run = Run::new(&[&file], small(), 3, 4).finish();
    let before = run.rows();
    assert!(before.iter().all(|row| row.predicted.is_none()));
    let (warm, anomalous, model) = run.warm(&labels(600)).unwrap();
    assert_eq!((warm.normal, warm.anomalous), (273, 27));
    let rows = run.rows();
    let calls = |row: &RowView| row.predicted.unwrap() >= warm.threshold;
    let called: Vec<bool> = rows.iter().map(calls).collect();
    let truth: Vec<bool> = (0..600).map(|n| n % 11 == 5).collect();
    assert!(Confusion::of(&called, &truth).f1() > 0.95);
    assert_eq!(anomalous, called.iter().filter(|called| **called).count() as u64);
    assert!(rows.iter().zip(&before).all(|(now, was)| now.score == was.score), "the analysis stays as it was");

    // Used on the same rows as any saved model, the forest scores them so.
    let saved = Saved::from_bytes(&model).unwrap();
    assert_eq!(bin_of(saved.about.threshold), bin_of(warm.threshold));
    let mut again = Run::new(&[&file], Settings { model: Some(model.into()), ..small() }, 2, 9).finish();
    let scored: Vec<Option<f32>> = again.rows().iter().map(|row| row.score).collect();
    assert_eq!(scored, rows.iter().map(|row| row.predicted).collect::<Vec<_>>());
    assert!(run.warm(&labels(600)[..10]).is_none(), "too few rows are labelled");
}

#[test]
fn scores_are_held_against_columns_and_rows() {
    let file = jobs(600);
    let mut run = Run::new(&[&file], small(), 3, 4).finish();
    let ask = |worker| (worker, Query::Truth(Truth::Column(2)));
    let [scores, forest] = run.truth((0..3).map(ask).collect());
    assert!(forest.is_empty());
    let rows = run.rows();
    let truth: Vec<bool> = (0..600).map(|n| n % 11 == 5).collect();
    let called: Vec<bool> = rows.iter().map(|row| row.score.unwrap() >= 0.5).collect();
    assert_eq!(at_bin(&scores, bin_of(0.5)), Confusion::of(&called, &truth));
    let known: Vec<(u64, bool)> = (0..).zip(truth).collect();
    let asks = ask_rows(run.conductor.catalog(), &known);
    assert_eq!(run.truth(asks)[0], scores);
    assert_eq!(steps_of_bins(&scores).last().unwrap().confusion.true_positives, 55);
    assert!(run.truth(vec![(0, Query::Truth(Truth::Column(99)))])[0].is_empty());
}
