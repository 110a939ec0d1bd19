//! Labelled rows in whole analyses: a forest of the ordinary ones, and scores against what is known.

use super::*;
use crate::detect::{Kind, never_cancelled};
use crate::engine::truth::{ByScore, Known, TruthAnswer, TruthQuery, merge};
use crate::engine::warm::{about, ask_features};
use crate::finding::evaluate::{at_bin, roc_auc, steps_of_bins};
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

    fn truth(&mut self, known: &Known) -> [ByScore; 2] {
        let asks = known.ask_count(self.conductor.catalog());
        let counted = |answer| {
            if let Answer::Truth(TruthAnswer::Counted(counts)) = answer { counts } else { panic!("{answer:?}") }
        };
        let counts: Vec<[ByScore; 2]> = self.ask(asks).into_iter().map(counted).collect();
        [0, 1].map(|which| merge(counts.iter().map(|counts| counts[which].clone())))
    }

    /// What another detector says of the known rows.
    fn compare(&mut self, detector: Kind, known: &Known) -> ByScore {
        let (limit, seed) = (self.conductor.sample_limit(), self.conductor.forest().seed);
        let offer = Query::Committee(CommitteeQuery::Offer { limit, seed });
        let offers = self.ask((0..self.shards.len()).map(|worker| (worker, offer.clone())).collect()).into_iter();
        let part = |answer| {
            if let Answer::Committee(CommitteeAnswer::Part(part)) = answer { part } else { panic!("{answer:?}") }
        };
        let offers: Vec<_> = offers.map(part).collect();
        let Request::Fit { offers, wanted, rows, detector, options } = self.conductor.fit_beside(detector, offers)
        else {
            panic!("no fit")
        };
        let fitted = lead::fit(&offers, wanted as usize, rows, detector, options, &mut never_cancelled);
        let Event::Fitted { model: detector } = fitted else { panic!("no detector") };
        let seat = Query::Truth(TruthQuery::Seat { detector });
        self.ask((0..self.shards.len()).map(|worker| (worker, seat.clone())).collect());
        let mut counted = Vec::new();
        for (worker, segments) in known.by_segment(self.conductor.catalog()) {
            for (segment, truth) in segments {
                let mut from = Some(0);
                while let Some(begin) = from {
                    let score = TruthQuery::Score { segment, from: begin, truth: truth.clone() };
                    let answer = self.ask(vec![(worker, Query::Truth(score))]).remove(0);
                    let Answer::Truth(TruthAnswer::Scored { counts, next }) = answer else { panic!("{answer:?}") };
                    counted.push(counts);
                    from = next;
                }
            }
        }
        merge(counted)
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
        let known = Known::Rows(known);
        prop_assert_eq!(one.truth(&known), other.truth(&known));
        for detector in [Kind::IsolationForest, Kind::Knn] {
            let compared = one.compare(detector, &known);
            prop_assert_eq!(&compared, &other.compare(detector, &known));
            prop_assert_eq!(compared.iter().map(|counts| counts.1 + counts.2).sum::<u64>(), 200);
        }
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
    let [scores, forest] = run.truth(&Known::Column(2));
    assert!(forest.is_empty());
    let rows_before = run.rows();
    let truth: Vec<bool> = (0..600).map(|n| n % 11 == 5).collect();
    let called: Vec<bool> = rows_before.iter().map(|row| row.score.unwrap() >= 0.5).collect();
    assert_eq!(at_bin(&scores, bin_of(0.5)), Confusion::of(&called, &truth));
    let known: Vec<(u64, bool)> = (0..).zip(truth).collect();
    let rows = Known::Rows(known);
    assert_eq!(run.truth(&rows)[0], scores);
    assert_eq!(steps_of_bins(&scores).last().unwrap().confusion.true_positives, 55);
    assert!(run.truth(&Known::Column(99))[0].is_empty());

    // Another detector's scores of the same rows are those that it gives as the analysis' own.
    for detector in [Kind::RobustZ, Kind::Lof, Kind::Ensemble] {
        let compared = run.compare(detector, &Known::Column(2));
        assert_eq!(compared, run.compare(detector, &rows));
        let mut alone = Run::new(&[&file], Settings { detector: Some(detector), ..small() }, 2, 9).finish();
        let (its, beside) = (steps_of_bins(&alone.truth(&Known::Column(2))[0]), steps_of_bins(&compared));
        let (its, beside) = (roc_auc(&its).unwrap(), roc_auc(&beside).unwrap());
        assert!((its - beside).abs() < 1e-3, "{detector:?}: {its} alone, {beside} beside others");
    }
    assert_eq!(run.rows(), rows_before, "the analysis stays as it was");
}

#[test]
fn where_only_anomalous_rows_are_marked_the_others_are_ordinary() {
    let table = |marks: [&str; 2]| {
        let line = |row: usize| format!("{},{},{}\n", row * 7 % 11, row * 5 % 13, marks[usize::from(row % 40 == 3)]);
        format!("cpu,memory,label\n{}", (0..400).map(line).collect::<String>())
    };
    for (marks, known) in
        [(["", "1"], 400), (["", "bad"], 0), (["", "anomaly"], 400), (["0", "1"], 400), (["", "0"], 10)]
    {
        let mut run = Run::new(&[table(marks).as_bytes()], small(), 2, 1).finish();
        let [counts, _] = run.truth(&Known::Column(2));
        let (ordinary, anomalous) = counts.iter().fold((0, 0), |sum, count| (sum.0 + count.1, sum.1 + count.2));
        assert_eq!(ordinary + anomalous, known, "{marks:?}");
        assert_eq!(anomalous, if marks[1] == "0" || known == 0 { 0 } else { 10 }, "{marks:?}");
    }
}
