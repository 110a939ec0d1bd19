//! Sending: each request goes through here, into the ledger first.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use futures_channel::oneshot;
use leptos::prelude::*;

use super::store::ModelStore;
use crate::explain::answer::{Answer, Failure};
use crate::explain::ledger::{Entry, sha256};
use crate::explain::pace::{Next, Outcome, Pace, Why};
use crate::explain::recorded::MODEL;
use crate::explain::{Provider, Request};
use crate::geometry::number;
use crate::platform::model::Stop;

/// Between two looks at the queue, in milliseconds.
const TICK: u64 = 100;

/// A request, and what the ledger is told of it.
#[derive(Clone, Debug)]
pub(super) struct Parcel {
    pub(super) purpose: &'static str,
    pub(super) model: String,
    /// Who is asked.
    pub(super) provider: Provider,
    /// To its last byte as it is sent.
    pub(super) request: Request,
    pub(super) rows: u64,
    pub(super) redactions: u64,
}

impl Parcel {
    /// A request without anything of a log.
    pub(super) fn plain(purpose: &'static str, provider: &Provider, request: Request) -> Self {
        let (Provider::Gemini { model } | Provider::Local { model, .. }) = provider;
        Self { purpose, model: model.clone(), provider: provider.clone(), request, rows: 0, redactions: 0 }
    }
}

/// Sends one request and waits for its answer. A body that is empty means that something is only got.
pub(super) async fn send(
    store: ModelStore,
    parcel: &Parcel,
    stop: &Stop,
    heard: &dyn Fn(&Answer),
) -> Result<Answer, Failure> {
    let place = enter(store, parcel);
    let url = store.address(&parcel.request.url);
    let outcome = store.line(&parcel.provider).ask(&url, &parcel.request.body, stop, heard).await;
    let said = match &outcome {
        Ok(answer) => answer.trouble().unwrap_or_else(|| format!("answered, {} tokens", answer.usage.total)),
        Err(_) if stop.is_stopped() => "stopped".to_owned(),
        Err(failure) => failure.sentence.clone(),
    };
    leave(store, place, said);
    outcome
}

/// Sends one request (or gets, with an empty body) and gives the text of the answer.
pub(super) async fn get(store: ModelStore, parcel: &Parcel, stop: &Stop) -> Result<String, Failure> {
    let place = enter(store, parcel);
    let url = store.address(&parcel.request.url);
    let body = Some(parcel.request.body.as_str()).filter(|body| !body.is_empty());
    let outcome = store.line(&parcel.provider).text(&url, body, stop).await;
    leave(store, place, outcome.as_ref().map_or_else(|failure| failure.sentence.clone(), |_| "answered".to_owned()));
    outcome
}

fn enter(store: ModelStore, parcel: &Parcel) -> usize {
    let entry = Entry {
        at: (js_sys::Date::now() * 1e6) as i64,
        purpose: parcel.purpose,
        destination: store.address(&parcel.request.url),
        model: parcel.model.clone(),
        bytes: parcel.request.body.len() as u64,
        rows: parcel.rows,
        redactions: parcel.redactions,
        sha256: sha256(&parcel.request.body),
        outcome: "sent".to_owned(),
        sent: true,
    };
    let place = store.ledger.with_untracked(Vec::len);
    store.ledger.update(|ledger| ledger.push(entry));
    place
}

/// Enters a request that was shown with an answer that was written for it, and not sent.
pub(super) fn record(store: ModelStore, parcel: &Parcel) {
    let place = enter(store, parcel);
    store.ledger.update(|ledger| {
        if let Some(entry) = ledger.get_mut(place) {
            "nowhere".clone_into(&mut entry.destination);
            MODEL.clone_into(&mut entry.model);
            "recorded, not sent".clone_into(&mut entry.outcome);
            entry.sent = false;
        }
    });
}

fn leave(store: ModelStore, place: usize, said: String) {
    store.ledger.update(|ledger| {
        if let Some(entry) = ledger.get_mut(place) {
            entry.outcome = said;
        }
    });
}

/// What a queue asks for: sends the request of this number, and says what became of it.
pub(super) type Sender = Rc<dyn Fn(usize) -> std::pin::Pin<Box<dyn Future<Output = Outcome>>>>;

/// Requests on their way.
pub(super) struct Queue {
    pub(super) pace: RefCell<Pace>,
    /// Stops what is under way.
    pub(super) stop: Stop,
    /// Whether nothing new is sent for now.
    pub(super) paused: Cell<bool>,
}

impl Queue {
    pub(super) fn new(count: usize, per_minute: u32, at_once: u32, seed: u64) -> Rc<Self> {
        let pace = RefCell::new(Pace::new(count, per_minute, at_once, seed));
        Rc::new(Self { pace, stop: Stop::new(), paused: Cell::new(false) })
    }

    /// Stops everything.
    pub(super) fn cancel(&self) {
        // Who is paused would never hear of it.
        self.paused.set(false);
        self.pace.borrow_mut().stop("Cancelled.");
        self.stop.now();
    }
}

/// Sends what a queue holds, at its pace, until all is answered, given up or stopped; gives the reason in the last case.
/// `waiting` is told what is waited for, and when that is over.
pub(super) async fn work(queue: Rc<Queue>, sender: Sender, waiting: impl Fn(Option<String>)) -> Result<(), String> {
    let under_way = Rc::new(Cell::new(0_u32));
    loop {
        let next = if queue.paused.get() { None } else { Some(queue.pace.borrow_mut().next(now())) };
        match next {
            Some(Next::Send(index)) => {
                waiting(None);
                under_way.set(under_way.get() + 1);
                let (queue, sender, under_way) = (queue.clone(), sender.clone(), under_way.clone());
                leptos::task::spawn_local(async move {
                    let outcome = sender(index).await;
                    queue.pace.borrow_mut().heard(index, outcome, now());
                    under_way.set(under_way.get() - 1);
                });
            }
            Some(Next::Wait(until, why)) => {
                let seconds = until.saturating_sub(now()).div_ceil(1000);
                waiting(match why {
                    Why::UnderWay => None,
                    Why::Rate => {
                        Some(format!("next request in {} (requests per minute)", number::counted(seconds, "second")))
                    }
                    Why::Asked => Some(format!("the provider asks to wait {}", number::counted(seconds, "second"))),
                    Why::Failure => Some(format!("again in {}", number::counted(seconds, "second"))),
                });
                sleep(TICK).await;
            }
            Some(Next::Stopped(reason)) if under_way.get() == 0 => {
                waiting(None);
                return Err(reason);
            }
            Some(Next::Done) if under_way.get() == 0 => {
                waiting(None);
                return Ok(());
            }
            None => {
                waiting(Some("paused".to_owned()));
                sleep(TICK).await;
            }
            Some(Next::Stopped(_) | Next::Done) => sleep(TICK).await,
        }
    }
}

/// Milliseconds of a clock that does not run backwards.
fn now() -> u64 {
    window().performance().map_or(0, |performance| performance.now() as u64)
}

async fn sleep(milliseconds: u64) {
    let (sender, over) = oneshot::channel();
    let wake = move || {
        // Whoever slept may be gone.
        let _ = sender.send(());
    };
    let mut wake = Some(wake);
    set_timeout(
        move || {
            if let Some(wake) = wake.take() {
                wake();
            }
        },
        Duration::from_millis(milliseconds),
    );
    let _ = over.await;
}
