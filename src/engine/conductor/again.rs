//! Rows that are held are scored again: by another detector or other features, or although a check speaks against it.

use std::sync::Arc;

use super::{Conductor, LEAD, Phase, Step};
use crate::engine::message::Request;
use crate::engine::part::Part;
use crate::engine::refit::Refit;
use crate::engine::snapshot::Learning;
use crate::feature::Recipe;
use crate::model::check::Limits;
use crate::model::{Report, Verdict};

/// What was in force before, and is again if the work is stopped.
#[derive(Debug)]
pub(super) struct Before {
    learning: Learning,
    recipe: Option<Recipe>,
    known: [Vec<Option<f32>>; 2],
    /// Whether the work is to be stopped at the next occasion.
    stopped: bool,
}

impl Conductor {
    /// Fits another detector, or the same to other features, to the rows that are held, and scores them by it. Until that is
    /// done they keep their scores. `false`, and nothing happens, while the analysis is at work, without rows, and where a
    /// saved model scores: its templates are not those of the files.
    pub fn refit(&mut self, learning: Learning) -> bool {
        if !matches!(self.phase, Phase::Done) || self.settings.model.is_some() {
            return false;
        }
        let (before, features) = (Learning::of(&self.settings), learning.features.clone());
        learning.enter(&mut self.settings);
        let (recipe, known) = (self.recipe.clone(), self.known.clone());
        self.before = Some(Box::new(Before { learning: before, recipe, known, stopped: false }));
        self.fitted = 0.0;
        self.phase = Phase::Merging;
        self.outbox.push_back((LEAD, Request::Refit(Refit::Recipe { features })));
        true
    }

    /// Ends the fit of a detector, or the scoring that follows it where rows had scores before: they keep these. After a
    /// first fit rows are scored by what they belong to alone. `true` where a fit is under way that is of no use any more.
    pub fn stop_fit(&mut self) -> bool {
        match (&self.phase, &mut self.before) {
            (Phase::Fitting, _) => {
                self.load(Part::default());
                true
            }
            (Phase::Scoring(_), Some(_)) => {
                self.restore();
                false
            }
            (_, Some(before)) => {
                before.stopped = true;
                false
            }
            _ => false,
        }
    }

    /// Goes on with the features of another choice.
    pub(super) fn chosen(&mut self, recipe: Recipe) {
        if self.give_up() {
            return;
        }
        let needs_sessions = recipe.needs_sessions();
        self.tell_all(&Request::Refit(Refit::Choose { recipe: recipe.clone() }));
        self.recipe = Some(recipe);
        if needs_sessions { self.count(Step::SessionNumbers) } else { self.sample() }
    }

    /// Takes a fitted detector. Without one (the fit was ended), rows have the scores that they had, or those of what they
    /// belong to.
    pub(super) fn load(&mut self, model: Part) {
        if !matches!(self.phase, Phase::Fitting) {
            // What was given up.
            return;
        }
        self.fitted = 1.0;
        if model.is_empty() && self.before.is_some() {
            self.restore();
            return;
        }
        self.tell_all(&Request::Load { model });
        self.score();
    }

    /// Whether the work was to be stopped; then it is.
    pub(super) fn give_up(&mut self) -> bool {
        let stopped = self.before.as_ref().is_some_and(|before| before.stopped);
        if stopped {
            self.restore();
        }
        stopped
    }

    fn restore(&mut self) {
        let Some(before) = self.before.take() else { return };
        before.learning.enter(&mut self.settings);
        (self.recipe, self.known) = (before.recipe, before.known);
        (self.fitted, self.scored) = (1.0, self.catalog.rows());
        // What is still heard of this attempt does not count.
        self.attempt += 1;
        self.tell_all(&Request::Refit(Refit::GiveUp));
        self.phase = Phase::Done;
    }

    /// Takes what a saved model makes of the files.
    pub(super) fn checked(&mut self, report: Report) {
        let waits = self.settings.check_only || self.settings.ask_first && report.verdict >= Verdict::Retrain;
        self.report = Some(Arc::new(report));
        if waits || self.scores.is_some() {
            self.phase = Phase::Done;
        } else {
            self.score();
        }
    }

    /// Scores rows by the saved model although the check speaks against it.
    pub fn score_anyway(&mut self) {
        if matches!(self.phase, Phase::Done) && self.report.is_some() && self.scores.is_none() {
            self.score();
        }
    }

    /// Holds the files against the saved model once more, with other limits.
    pub fn check_again(&mut self, limits: Limits) {
        if matches!(self.phase, Phase::Done) && self.settings.model.is_some() {
            self.settings.limits = limits;
            self.sample();
        }
    }
}
