//! Other detectors, held against the same truth as the scores of the analysis.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use futures_channel::oneshot;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::evaluate_view::Worth;
use super::store::ModelStore;
use crate::detect::Kind;
use crate::engine::truth::Known;
use crate::finding::ScoreHistogram;
use crate::platform::client::Comparing;
use crate::ui::app::Ui;

/// What detectors say of the rows of which the truth is known; `None` of one that could not be fitted.
type Found = Vec<(Kind, Option<Arc<Worth>>)>;

/// What a comparison is about: the truth, and the scores that rows had then.
type Subject = (Known, Option<Arc<ScoreHistogram>>);

/// Store of the comparison.
#[derive(Clone, Copy)]
pub(in crate::ui) struct Comparison {
    subject: RwSignal<Option<Subject>>,
    found: RwSignal<Found>,
    /// Who is at work, and how far.
    pub(super) now: RwSignal<Option<(Kind, Comparing)>>,
    stop: StoredValue<Option<oneshot::Sender<()>>>,
}

impl Comparison {
    pub(super) fn new() -> Self {
        Self {
            subject: RwSignal::new(None),
            found: RwSignal::new(Vec::new()),
            now: RwSignal::new(None),
            stop: StoredValue::new(None),
        }
    }

    /// Stops, and forgets it.
    pub(super) fn clear(&self) {
        self.stop();
        self.subject.set(None);
        self.found.set(Vec::new());
    }

    /// Stops; what was found stays.
    pub(super) fn stop(&self) {
        // Whoever drops it stops what listens.
        self.stop.set_value(None);
        self.now.set(None);
    }

    /// What was found, where it is about this truth and the scores that rows have now.
    pub(super) fn found(&self, ui: Ui, known: &Known) -> Found {
        let is_it = self.subject.with(|subject| {
            let scores = ui.session.scores.get();
            subject.as_ref().is_some_and(|subject| subject.0 == *known && subject.1 == scores)
        });
        if is_it { self.found.get() } else { Vec::new() }
    }
}

/// Compares all detectors, one after the other.
pub(super) fn compare(ui: Ui, store: ModelStore, known: Known) {
    let Some(client) = ui.session.client() else { return };
    let comparison = store.comparison;
    let (run, scores) = (ui.session.run.get_untracked(), ui.session.scores.get_untracked());
    comparison.clear();
    comparison.subject.set(Some((known.clone(), scores.clone())));
    let (stop, stopped) = oneshot::channel();
    comparison.stop.set_value(Some(stop));
    let is_it = move || ui.session.is_current(run) && ui.session.scores.get_untracked() == scores;
    spawn_local(until(stopped, async move {
        for detector in Kind::ALL {
            comparison.now.set(Some((detector, Comparing::Fitting(0.0))));
            let told = move |how| comparison.now.set(Some((detector, how)));
            let counts = client.compare(detector, &known, told).await;
            if !is_it() {
                break;
            }
            comparison.found.update(|found| found.push((detector, counts.map(|counts| Arc::new(Worth::new(counts))))));
        }
        comparison.now.set(None);
    }));
}

/// Works until that is done, or whoever has the other end wants no more of it.
async fn until(stopped: oneshot::Receiver<()>, work: impl Future<Output = ()>) {
    let (mut stopped, mut work) = (pin!(stopped), pin!(work));
    poll_fn(|context| match stopped.as_mut().poll(context) {
        Poll::Ready(_) => Poll::Ready(()),
        Poll::Pending => work.as_mut().poll(context),
    })
    .await;
}
