//! Buys labels: window after window, at the pace that the provider allows, each one once.

use std::rc::Rc;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::labels::{Run, labeller};
use super::send::{Queue, Sender, send, work};
use super::store::ModelStore;
use crate::explain::answer::{Failure, Kind};
use crate::explain::pace::{Outcome, State};
use crate::ui::app::Ui;

/// Requests that may be under way at a time.
const AT_ONCE: u32 = 2;

/// Sends what is prepared. All of it was approved as a whole.
pub(super) fn start(ui: Ui, store: ModelStore) {
    let labelling = store.labelling;
    let Some(run) = labelling.run.get_untracked() else { return };
    if untrack(|| labelling.busy()) {
        return;
    }
    let per_minute = labelling.choice.with_untracked(|choice| choice.per_minute);
    let queue = Queue::new(run.order.borrow().len(), per_minute, AT_ONCE, store.fence.get_value());
    labelling.queue.set(Some(queue.clone()));
    labelling.stopped.set(None);
    labelling.asked.set_value(labeller(&run.provider));
    let analysis = ui.session.run.get_untracked();
    let sender: Sender = {
        let (run, queue) = (run.clone(), queue.clone());
        Rc::new(move |index| {
            let (run, queue) = (run.clone(), queue.clone());
            Box::pin(async move { window(ui, store, analysis, &run, &queue, index).await })
        })
    };
    spawn_local(async move {
        let outcome = work(queue.clone(), sender, move |why| labelling.waiting.set(why)).await;
        if !ui.session.is_current(analysis) {
            labelling.queue.set(None);
            return;
        }
        for (index, state) in queue.pace.borrow().states().enumerate() {
            if let (State::GivenUp(why), Some(&window)) = (state, run.order.borrow().get(index)) {
                run.batch.borrow_mut().give_up(window, why);
            }
        }
        labelling.queue.set(None);
        labelling.paused.set(false);
        labelling.left_out(&run);
        // What is left over is prepared again, so that it can be bought later.
        labelling.turn.update(|turn| *turn += 1);
        labelling.stopped.set(outcome.err());
    });
}

async fn window(ui: Ui, store: ModelStore, analysis: u32, run: &Run, queue: &Queue, index: usize) -> Outcome {
    let labelling = store.labelling;
    let gone = || Outcome::Failed(Failure::of_kind(Kind::Invalid, "There is no such window.".to_owned()));
    let Some(window) = run.order.borrow().get(index).copied() else { return gone() };
    let rows = run.batch.borrow().rows(window).to_vec();
    let binding = run.binding.get();
    let Some((parcel, redactor)) = run.parcel(&rows, binding, store.fence.get_value()) else { return gone() };
    let answer = match send(store, &parcel, &queue.stop, &|_| {}).await {
        Ok(answer) => answer,
        Err(failure) => {
            if failure.kind == Kind::Invalid
                && let Some(weaker) = binding.weaker()
            {
                // Once for all windows; this one is asked again in the weaker form.
                run.binding.set(run.binding.get().max(weaker));
                run.order.borrow_mut().push(window);
                queue.pace.borrow_mut().add();
                return Outcome::Answered;
            }
            if failure.kind == Kind::Invalid && run.batch.borrow().labels().is_empty() {
                // Nothing was ever accepted in any form: nor will the other windows be.
                queue.pace.borrow_mut().stop(&failure.sentence);
            }
            return Outcome::Failed(failure);
        }
    };
    let empty = answer.text.trim().is_empty();
    if !ui.session.is_current(analysis) || (empty && queue.stop.is_stopped()) {
        return Outcome::Answered;
    }
    if let (true, Some(why)) = (empty, answer.trouble()) {
        run.batch.borrow_mut().give_up(window, &why);
        labelling.left_out(run);
        return Outcome::Answered;
    }
    let cut = answer.is_cut();
    // Kept before anything else: it is paid for.
    run.kept.put(&parcel.request.hash(), &format!("{}{}", if cut { 'c' } else { 'w' }, answer.text)).await;
    let again = run.batch.borrow_mut().hear(window, &answer.text, cut);
    for window in again {
        run.order.borrow_mut().push(window);
        queue.pace.borrow_mut().add();
    }
    labelling.enter(run.said(&rows, &redactor), &labeller(&parcel.provider));
    labelling.left_out(run);
    Outcome::Answered
}
