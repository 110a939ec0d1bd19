//! Detectors and models: what is fitted, checked and saved of the rows that are held.

use std::collections::BTreeMap;
use std::rc::Rc;

use web_sys::Blob;

use super::{Client, Inner, NO_MEMORY, csv_type};
use crate::engine::refit::Refit;
use crate::engine::snapshot::Learning;
use crate::engine::{Answer, Event, Filter, Query, Request};
use crate::model::About;
use crate::model::check::Limits;
use crate::platform::pool::{News, Pool};
use crate::view::LearnedView;
use crate::view::scores::ScoreForm;

/// Whether a fit will be asked for once this is answered.
pub(super) fn precedes_a_fit(request: &Request) -> bool {
    matches!(request, Request::MergeSurveys { model: None, .. } | Request::Refit(Refit::Recipe { .. }))
}

impl Client {
    /// Fits another detector, or to other features, to the rows that are held. `false` while that is not possible.
    pub fn refit(&self, learning: Learning) -> bool {
        let begun = self.0.conductor.borrow_mut().refit(learning);
        self.0.go_on();
        begun
    }

    /// Ends the fit of a detector at once, or the scoring after it where rows had scores before.
    pub fn stop_fit(&self) {
        if self.0.conductor.borrow_mut().stop_fit() {
            self.0.fitter.borrow_mut().take();
        }
        self.0.go_on();
    }

    /// Scores rows by the saved model although the check speaks against it.
    pub fn score_anyway(&self) {
        self.0.conductor.borrow_mut().score_anyway();
        self.0.go_on();
    }

    /// Holds the files against the saved model once more.
    pub fn check_again(&self, limits: Limits) {
        self.0.conductor.borrow_mut().check_again(limits);
        self.0.go_on();
    }

    /// What the detector has learned; `None` before it has.
    pub async fn learned(&self) -> Option<LearnedView> {
        match self.ask(vec![(0, Query::Learned)]).await.pop()? {
            Answer::Learned(learned) => learned.map(|learned| *learned),
            _ => None,
        }
    }

    /// What scores mean, where rows are anomalous from a bin of the score histogram on.
    pub fn about(&self, from_bin: u32) -> Option<About> {
        self.0.conductor.borrow().about(from_bin)
    }

    /// What was learned, as a file; `None` before there is a detector.
    pub async fn model(&self, about: About) -> Option<Vec<u8>> {
        match self.ask(vec![(0, Query::Model { about: Box::new(about) })]).await.pop()? {
            Answer::Model(model) => model.map(serde_bytes::ByteBuf::into_vec),
            _ => None,
        }
    }

    /// The scores of all rows, or why they can't be written. `progress` is told how many are.
    pub async fn export_scores(
        &self,
        about: &About,
        form: ScoreForm,
        progress: impl Fn(u64) + 'static,
    ) -> Result<Blob, String> {
        let (asks, rows) = {
            let conductor = self.0.conductor.borrow();
            let names: Vec<String> = conductor.snapshot().files.into_iter().map(|file| file.name).collect();
            let catalog = conductor.catalog();
            (catalog.ask_scores(&names, form, about), catalog.sizes(Filter::All, &BTreeMap::default()))
        };
        let parts = self.pieces(&form.head(), asks.into_iter().zip(rows), progress).await?;
        let whole = match form {
            ScoreForm::Csv => Blob::new_with_blob_sequence_and_options(&parts, &csv_type()),
            ScoreForm::JsonLines => Blob::new_with_blob_sequence(&parts),
        };
        whole.map_err(|_| NO_MEMORY.into())
    }
}

impl Inner {
    /// Calls a worker who will fit, so that it is up when it is asked.
    pub(super) fn call_fitter(self: &Rc<Self>) {
        let weak = Rc::downgrade(self);
        let hear: Rc<dyn Fn(usize, News)> = Rc::new(move |_, news| {
            if let Some(inner) = weak.upgrade() {
                inner.hear_fitter(news);
            }
        });
        *self.fitter.borrow_mut() = Some(Pool::start(1, &[], &hear));
    }

    pub(super) fn fit(self: &Rc<Self>, request: Request) {
        if self.fitter.borrow().is_none() {
            self.call_fitter();
        }
        if let Some(fitter) = &*self.fitter.borrow() {
            fitter.send(0, request);
        }
    }

    fn hear_fitter(self: &Rc<Self>, news: News) {
        let ended = match news {
            News::Event(event @ (Event::Fitting { .. } | Event::Fitted { .. })) => {
                let ended = matches!(event, Event::Fitted { .. });
                self.conductor.borrow_mut().hear(0, event);
                ended
            }
            News::Event(_) => return,
            // Without a detector rows are scored by what they belong to.
            News::Lost(_) => {
                self.conductor.borrow_mut().stop_fit();
                true
            }
        };
        if ended {
            // Its memory is of no more use. Ended later: it is its own listener that runs here.
            let fitter = self.fitter.borrow_mut().take();
            wasm_bindgen_futures::spawn_local(async move { drop(fitter) });
        }
        self.go_on();
    }
}
