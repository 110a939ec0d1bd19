//! From the sample to scores.

use std::collections::VecDeque;
use std::sync::Arc;

use super::{AHEAD, Conductor, Gathering, Phase};
use crate::detect::{FitOptions, ForestParams, Kind, sample};
use crate::engine::message::{Request, Step};
use crate::engine::part::Part;
use crate::engine::refit::Refit;
use crate::finding::ScoreHistogram;
use crate::finding::threshold::BINS;
use crate::model::About;
use crate::model::saved::QUANTILES;
use crate::record::Role;

impl Conductor {
    pub(super) fn sample(&mut self) {
        let limit = self.sample_limit();
        self.gather(Gathering::Samples, &Request::Sample { limit, seed: self.settings.seed });
    }

    /// The highest rank of a row that is offered for the sample.
    pub fn sample_limit(&self) -> u64 {
        sample::limit(self.sample_rows(), self.catalog.rows())
    }

    /// Enough rows for every tree to have its own.
    fn sample_rows(&self) -> usize {
        let ForestParams { trees, subsample, .. } = self.forest();
        (trees * subsample) as usize
    }

    /// The forest that the settings ask for.
    pub fn forest(&self) -> ForestParams {
        let (trees, subsample, seed) = (self.settings.trees, self.settings.subsample, self.settings.seed);
        ForestParams { trees, subsample, seed }.checked()
    }

    /// The detector: the one that was chosen, or the one for such rows.
    pub fn detector(&self) -> Kind {
        let has_messages = self.dataset.role(Role::Message).is_some();
        let usual = if has_messages { Kind::IsolationForest } else { Kind::Ensemble };
        self.settings.detector.unwrap_or(usual)
    }

    /// What is asked of the lead once all shards have offered rows: to fit a detector, or to hold them against the model.
    pub(super) fn use_sample(&self, offers: Vec<Part>) -> Request {
        if self.settings.model.is_some() {
            let wanted = self.sample_rows() as u32;
            return Request::Check { offers, wanted, limits: self.settings.limits };
        }
        self.fit_beside(self.detector(), offers)
    }

    /// Fits a detector to the rows that shards offered ([`Self::sample_limit`]); whoever does it needs no rows.
    pub fn fit_beside(&self, detector: Kind, offers: Vec<Part>) -> Request {
        let ForestParams { trees, subsample, seed } = self.forest();
        let (contamination, members) = (self.settings.contamination, self.settings.members.clone());
        let [largest, unseen] = self.known.clone();
        let options =
            FitOptions { seed, trees, subsample, contamination, members, largest, unseen, ..FitOptions::default() };
        let wanted = self.sample_rows() as u32;
        Request::Fit { offers, wanted, rows: self.catalog.rows(), detector, options }
    }

    pub(super) fn score(&mut self) {
        self.phase = Phase::Scoring(self.catalog.segments().collect());
        (self.bins, self.least_found, self.scored) = (vec![0; BINS], None, 0);
        self.attempt += 1;
        self.score_on();
    }

    pub(super) fn score_on(&mut self) {
        let attempt = self.attempt;
        let Phase::Scoring(todo) = &mut self.phase else { return };
        let mut later = VecDeque::new();
        while let Some((id, worker)) = todo.pop_front() {
            if self.busy[worker] < AHEAD {
                self.busy[worker] += 1;
                self.outbox.push_back((worker, Request::Score { id, attempt }));
            } else {
                later.push_back((id, worker));
            }
        }
        *todo = later;
        if todo.is_empty() && self.busy.iter().all(|&tasks| tasks == 0) {
            let bins: Vec<(u32, u64)> = (0..).zip(self.bins.iter().copied()).filter(|(_, rows)| *rows > 0).collect();
            self.newest = Some(Arc::new(ScoreHistogram::merge([bins.as_slice()])));
            self.tell_all(&Request::Refit(Refit::Take));
            self.count(Step::Together);
        }
    }

    /// Ranks as many rows as are shown.
    pub(super) fn rank_shown(&mut self) {
        let limit = self.settings.ranked;
        self.gather(Gathering::Rankings { limit }, &Request::Rank { from_bin: 0, limit });
    }

    /// What a saved model says of itself, with the bin of the score histogram from which on rows are anomalous; `None` before
    /// rows are scored.
    pub fn about(&self, from_bin: u32) -> Option<About> {
        Some(self.about_of(self.scores.as_ref()?, from_bin, self.detector()))
    }

    /// The same of rows that another detector scores so.
    pub fn about_of(&self, scores: &ScoreHistogram, from_bin: u32, detector: Kind) -> About {
        let at = |bin: u32| bin as f32 / BINS as f32;
        let quantile = |place: usize| {
            let share = place as f64 / (QUANTILES - 1) as f64;
            at(scores.quantile(share))
        };
        About {
            program: env!("CARGO_PKG_VERSION").to_owned(),
            // Where they were is nobody else's business.
            files: self
                .files
                .iter()
                .filter_map(|file| Some(file.info.name.rsplit(['/', '\\']).next()?.to_owned()))
                .collect(),
            rows: self.catalog.rows(),
            seed: self.settings.seed,
            detector,
            features: self.settings.features.clone(),
            mapping: self.settings.mapping.clone(),
            threshold: at(from_bin),
            scores: (0..QUANTILES).map(quantile).collect(),
        }
    }
}
