//! `strayline model fit --labels`: a model that is fitted to the rows which labels call ordinary.

use std::collections::BTreeSet;
use std::path::Path;

use super::Analysis;
use super::cli::Failure;
use crate::engine::warm::{about, ask_features};
use crate::engine::{Answer, Query, WarmAnswer, WarmQuery};
use crate::explain::label_file;
use crate::finding::ScoreHistogram;
use crate::model::warm::{Called, FEWEST, Warm};

/// What came of it.
pub(super) struct Labelled {
    /// The model's file.
    pub(super) model: Vec<u8>,
    pub(super) warm: Warm,
    /// Rows that are predicted to be anomalous.
    pub(super) anomalous: u64,
    /// What is to be said of lines of the labels that were of no use.
    pub(super) trouble: Option<String>,
}

/// Fits a forest to the rows of a finished analysis.
pub(super) fn fit(analysis: &mut Analysis, labels: &Path) -> Result<Labelled, Failure> {
    let shown = labels.display();
    let text = std::fs::read_to_string(labels).map_err(|error| Failure(3, format!("Can't open {shown}: {error}.")))?;
    let labels = label_file::read(&text).map_err(|reason| Failure(2, format!("{shown}: {reason}.")))?;
    let labels = labels.of_rows(analysis.conductor().catalog().rows());
    let trouble = labels.trouble();
    let called =
        |(row, label): (u64, label_file::Labelled)| Some((row, Called { anomalous: label.anomalous()?, truth: None }));
    let called: Vec<(u64, Called)> = labels.labels.into_iter().filter_map(called).collect();
    let asks = ask_features(analysis.conductor().catalog(), &called, None);
    let parts = ask(analysis, asks)?.into_iter();
    let parts =
        parts.filter_map(|answer| if let WarmAnswer::Part(part) = answer { Some(part) } else { None }).collect();
    let forest = analysis.conductor().forest();
    let fitted = ask(analysis, vec![(0, Query::Warm(WarmQuery::Fit { parts, forest, without: None }))])?.pop();
    let Some(WarmAnswer::Fitted(Some((forest, warm)))) = fitted else {
        let also = trouble.map_or_else(String::new, |trouble| format!("; {trouble}"));
        let reason = format!("{shown} calls fewer than {FEWEST} of the rows ordinary, so there is no model{also}.");
        return Err(Failure(1, reason));
    };
    let segments: Vec<_> = analysis.conductor().catalog().segments().collect();
    let owners: BTreeSet<usize> = segments.iter().map(|(_, worker)| *worker).chain([0]).collect();
    let threshold = warm.threshold;
    let load = |worker| (worker, Query::Warm(WarmQuery::Load { forest: forest.clone(), threshold }));
    ask(analysis, owners.into_iter().map(load).collect())?;
    let predict = |(segment, worker)| (worker, Query::Warm(WarmQuery::Predict { segments: vec![segment] }));
    let (mut anomalous, mut bins) = (0, Vec::new());
    for answer in ask(analysis, segments.into_iter().map(predict).collect())? {
        if let WarmAnswer::Predicted(rows, part) = answer {
            anomalous += rows;
            bins.push(part);
        }
    }
    let scores = ScoreHistogram::merge(bins.iter().map(Vec::as_slice));
    let about = Box::new(about(analysis.conductor(), &scores, threshold));
    match ask(analysis, vec![(0, Query::Warm(WarmQuery::Save { about }))])?.pop() {
        Some(WarmAnswer::Saved(Some(model))) => Ok(Labelled { model: model.into_vec(), warm, anomalous, trouble }),
        _ => Err(Failure(1, "no row could be scored, so there is no model.".into())),
    }
}

fn ask(analysis: &mut Analysis, asks: Vec<(usize, Query)>) -> Result<Vec<WarmAnswer>, Failure> {
    let answers = analysis.ask(asks).map_err(|reason| Failure(3, reason))?;
    let of_warm = |answer| if let Answer::Warm(answer) = answer { Some(answer) } else { None };
    Ok(answers.into_iter().filter_map(of_warm).collect())
}
