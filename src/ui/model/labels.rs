//! Labels of rows: which rows, in which windows, what was said of them, and what it will cost to ask about the rest.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::label_panel::{cell, place_of};
use super::send::{Parcel, Queue};
use super::store::ModelStore;
use crate::explain::batch::Batch;
use crate::explain::label::{self, Label, PROMPT};
use crate::explain::label_file::Labelled;
use crate::explain::limit::{Limit, read_limits};
use crate::explain::redact::Redactor;
use crate::explain::{Binding, Choices, Encoding, Provider, Row, Table, Thinking, request};
use crate::platform::keep::Kept;
use crate::record::Role;
use crate::ui::app::Ui;

/// Most rows that are labelled at a time.
pub(super) const MOST_ROWS: u32 = 20_000;
/// Windows that the size of all is estimated from.
const ESTIMATED: usize = 20;

/// Which rows are labelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sampling {
    /// The windows that the detectors disagree on most: where a label teaches most.
    Disputed,
    /// Those whose scores are nearest to the threshold: where the detector is least sure.
    Threshold,
    /// Windows spread evenly over the log.
    Spread,
    /// From the first on.
    All,
}

/// What the person chose.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Choice {
    pub(super) sampling: Sampling,
    pub(super) rows: u32,
    pub(super) window: usize,
    pub(super) encoding: Encoding,
    pub(super) per_minute: u32,
    /// The column that holds the truth; it is not sent.
    pub(super) truth: Option<String>,
}

/// A run over the rows that were drawn.
pub(super) struct Run {
    /// As they are sent: without the truth.
    table: Table,
    places: BTreeMap<u64, usize>,
    pub(super) batch: RefCell<Batch>,
    /// Windows that are still to be asked about, in the order of the queue.
    pub(super) order: RefCell<Vec<usize>>,
    /// How the form of answers is asked for; weaker once it was refused.
    pub(super) binding: Cell<Binding>,
    encoding: Encoding,
    limits: Vec<Limit>,
    /// Where rows name their service and their instance.
    named: [Option<usize>; 2],
    /// As it was when the requests were shown; each request begins with a copy.
    redactor: Redactor,
    pub(super) provider: Provider,
    pub(super) kept: Kept,
    /// Tokens of the requests that are left, roughly.
    pub(super) tokens: u64,
}

/// Store of labels.
#[derive(Clone, Copy)]
pub(in crate::ui) struct Labelling {
    pub(super) choice: RwSignal<Choice>,
    /// Limits of durations as JSON.
    pub(super) limits: RwSignal<String>,
    /// The rows that were drawn, as they stand in the log.
    pub(super) drawn: RwSignal<Option<Rc<Table>>, LocalStorage>,
    pub(super) drawing: RwSignal<bool>,
    /// How these rows were chosen, or are being chosen.
    pub(super) chosen_by: RwSignal<Option<String>>,
    /// Whether labels are shown that were written for a sample.
    pub(super) recorded: RwSignal<bool>,
    pub(super) run: RwSignal<Option<Rc<Run>>, LocalStorage>,
    /// Why nothing can be asked.
    pub(super) trouble: RwSignal<Option<String>>,
    /// Why the last run ended early.
    pub(super) stopped: RwSignal<Option<String>>,
    pub(super) labels: RwSignal<BTreeMap<u64, Labelled>>,
    pub(super) failed: RwSignal<BTreeMap<u64, String>>,
    /// How many labels answers gave to rows that were not asked about.
    pub(super) invented: RwSignal<u64>,
    pub(super) queue: RwSignal<Option<Rc<Queue>>, LocalStorage>,
    pub(super) paused: RwSignal<bool>,
    pub(super) waiting: RwSignal<Option<String>>,
    /// Counted up when everything is to be prepared again.
    pub(super) turn: RwSignal<u32>,
    /// Who was asked last.
    pub(super) asked: StoredValue<String>,
    /// Number of the newest preparation: an older one that ends later is dropped.
    ticket: StoredValue<u32>,
}

impl Labelling {
    pub(super) fn new(labels: RwSignal<BTreeMap<u64, Labelled>>) -> Self {
        let choice = Choice {
            sampling: Sampling::Disputed,
            rows: 1000,
            window: crate::explain::window::WINDOW_ROWS,
            encoding: Encoding::JsonLines,
            per_minute: 10,
            truth: None,
        };
        Self {
            choice: RwSignal::new(choice),
            limits: RwSignal::new(String::new()),
            drawn: RwSignal::new_local(None),
            drawing: RwSignal::new(false),
            chosen_by: RwSignal::new(None),
            recorded: RwSignal::new(false),
            run: RwSignal::new_local(None),
            trouble: RwSignal::new(None),
            stopped: RwSignal::new(None),
            labels,
            failed: RwSignal::new(BTreeMap::new()),
            invented: RwSignal::new(0),
            queue: RwSignal::new_local(None),
            paused: RwSignal::new(false),
            waiting: RwSignal::new(None),
            turn: RwSignal::new(0),
            asked: StoredValue::new(String::new()),
            ticket: StoredValue::new(0),
        }
    }

    pub(super) fn busy(&self) -> bool {
        self.queue.with(Option::is_some)
    }

    /// Forgets rows and labels.
    pub(super) fn clear(&self) {
        self.stop();
        self.drawing.set(false);
        // Other files have other columns.
        self.choice.update(|choice| choice.truth = None);
        self.drawn.set(None);
        self.chosen_by.set(None);
        self.recorded.set(false);
        self.run.set(None);
        self.labels.set(BTreeMap::new());
        self.failed.set(BTreeMap::new());
        self.invented.set(0);
        self.trouble.set(None);
        self.stopped.set(None);
    }

    /// Stops what is under way; what was bought stays.
    pub(super) fn stop(&self) {
        if let Some(queue) = self.queue.get_untracked() {
            queue.cancel();
        }
        self.paused.set(false);
    }

    /// Tells what a run got no label of, and what it got labels of without having asked.
    pub(super) fn left_out(&self, run: &Run) {
        let batch = run.batch.borrow();
        self.failed.set(batch.failed().clone());
        self.invented.set(batch.invented());
    }

    /// The same of what is prepared. Why a row got no label when this labeller was asked last stays true until it has one.
    fn left_over(&self, run: &Run, by: &str) {
        let tried =
            if self.asked.with_value(|asked| asked == by) { self.failed.get_untracked() } else { BTreeMap::new() };
        self.left_out(run);
        let is_left = |row: &u64| {
            let is_labelled =
                |labels: &BTreeMap<u64, Labelled>| labels.get(&(row - 1)).is_some_and(|label| label.said.is_some());
            run.places.contains_key(row) && !self.labels.with_untracked(is_labelled)
        };
        self.failed.update(|failed| failed.extend(tried.into_iter().filter(|(row, _)| is_left(row))));
    }

    /// Enters what a model says of rows (by the numbers that the page shows).
    pub(super) fn enter(&self, said: Vec<(u64, Label)>, model: &str) {
        self.labels.update(|labels| {
            for (row, label) in said {
                let entry = labels.entry(row - 1).or_default();
                entry.said = Some(label);
                model.clone_into(&mut entry.model);
            }
        });
    }
}

impl Run {
    /// The request about some rows; `None` where the provider can't be asked.
    pub(super) fn parcel(&self, rows: &[u64], binding: Binding, fence: u64) -> Option<(Parcel, Redactor)> {
        let mut redactor = self.redactor.clone();
        let rows: Vec<Row> =
            rows.iter().filter_map(|row| self.table.rows.get(*self.places.get(row)?).cloned()).collect();
        let listing = self.table.write(&rows, self.encoding, &mut redactor);
        let mut limits = self.limits_of(&rows);
        for name in limits.iter_mut().flat_map(|limit| [&mut limit.service, &mut limit.instance]) {
            // As the rows have them.
            *name = redactor.redact(name).text;
        }
        let prompt = label::prompt(&listing, self.encoding, &limits, fence);
        let thinking = matches!(self.provider, Provider::Gemini { .. }).then_some(Thinking::Low);
        let request = self.provider.ask(&prompt, Choices { binding, thinking, ..Choices::default() }, false).ok()?;
        let mut parcel = Parcel::plain("labels", &self.provider, request);
        parcel.rows = rows.len() as u64;
        parcel.redactions = redactor.replacements().count() as u64;
        Some((parcel, redactor))
    }

    /// The limits that can hold for some of these rows. A name that no column has may be any.
    fn limits_of(&self, rows: &[Row]) -> Vec<Limit> {
        let [service, instance] = self.named;
        let name = |row, place: Option<usize>| place.map(|_| cell(row, place).unwrap_or_default());
        let holds = |limit: &Limit, row| limit.fits(name(row, service), name(row, instance));
        self.limits.iter().filter(|limit| rows.iter().any(|row| holds(limit, row))).cloned().collect()
    }

    /// What was said of some rows, as a person reads it.
    pub(super) fn said(&self, rows: &[u64], redactor: &Redactor) -> Vec<(u64, Label)> {
        let batch = self.batch.borrow();
        let said = |row: &u64| {
            let label = batch.labels().get(row)?;
            Some((*row, Label { anomalous: label.anomalous, reason: redactor.restore(&label.reason) }))
        };
        rows.iter().filter_map(said).collect()
    }

    /// The answer about a window that was bought before, with the redactor of its request.
    async fn bought(&self, store: ModelStore, window: usize) -> Option<(String, bool, Redactor)> {
        let rows = self.batch.borrow().rows(window).to_vec();
        for binding in [Binding::Schema, Binding::Bare, Binding::Json] {
            let (parcel, redactor) = self.parcel(&rows, binding, store.fence.get_value())?;
            if let Some(kept) = self.kept.get(&parcel.request.hash()).await {
                // What is kept says first whether the answer was cut off.
                let (mark, text) = kept.split_at_checked(1)?;
                return Some((text.to_owned(), mark == "c", redactor));
            }
        }
        None
    }
}

/// Who labels, as labels remember it: provider, model, and the version of what it is told.
pub(super) fn labeller(provider: &Provider) -> String {
    match provider {
        Provider::Gemini { model } => format!("{model} (Gemini, prompt {PROMPT})"),
        Provider::Local { model, .. } => format!("{model} (this machine, prompt {PROMPT})"),
    }
}

/// Prepares the requests anew from all that they depend on, and enters what was bought before. Nothing is sent.
pub(super) fn prepare(ui: Ui, store: ModelStore) {
    let labelling = store.labelling;
    labelling.turn.track();
    let Some(drawn) = labelling.drawn.get() else { return };
    let choice = labelling.choice.get();
    let provider = store.provider();
    let limits = labelling.limits.with(|limits| read_limits(limits));
    let (redactor, wrong) = store.redactor();
    labelling.trouble.set(limits.as_ref().err().cloned().or(wrong));
    if untrack(|| labelling.busy()) {
        return;
    }
    // What was prepared before is no longer what would be sent.
    labelling.run.set(None);
    let ticket = labelling.ticket.get_value() + 1;
    labelling.ticket.set_value(ticket);
    let Ok(limits) = limits else { return };
    let analysis = ui.session.run.get_untracked();
    let valid = move || ui.session.is_current(analysis) && labelling.ticket.get_value() == ticket;
    let fence = store.fence.get_value();
    spawn_local(async move {
        let mut table = (*drawn).clone();
        let truth = choice.truth.as_ref().and_then(|truth| table.columns.iter().position(|column| column == truth));
        if let Some(truth) = truth {
            table.columns.remove(truth);
            for row in &mut table.rows {
                if truth < row.cells.len() {
                    row.cells.remove(truth);
                }
            }
        }
        let places = table.rows.iter().enumerate().map(|(place, row)| (row.id, place)).collect();
        let ids: Vec<u64> = table.rows.iter().map(|row| row.id).collect();
        let named = [Role::Service, Role::Instance].map(|role| place_of(ui, &table, role));
        let mut run = Run {
            named,
            table,
            places,
            batch: RefCell::new(Batch::new(&ids, choice.window)),
            order: RefCell::default(),
            binding: Cell::new(Binding::Schema),
            encoding: choice.encoding,
            limits,
            redactor,
            provider,
            kept: Kept::open().await,
            tokens: 0,
        };
        let by = labeller(&run.provider);
        let (mut window, mut estimated, mut tokens) = (0, 0, 0);
        let mut bought = Vec::new();
        while window < run.batch.borrow().windows() && valid() {
            if let Some((text, cut, redactor)) = run.bought(store, window).await {
                run.batch.borrow_mut().hear(window, &text, cut);
                let rows = run.batch.borrow().rows(window).to_vec();
                bought.extend(run.said(&rows, &redactor));
            } else {
                run.order.borrow_mut().push(window);
                if estimated < ESTIMATED {
                    let rows = run.batch.borrow().rows(window).to_vec();
                    let Some((parcel, _)) = run.parcel(&rows, Binding::Schema, fence) else {
                        if !valid() {
                            return;
                        }
                        labelling.run.set(None);
                        let why = "This model or address can’t be asked: see the settings below.";
                        return labelling.trouble.set(Some(why.to_owned()));
                    };
                    // An answer has about a third of a window's tokens.
                    tokens += request::estimated_tokens(&parcel.request.body) * 4 / 3;
                    estimated += 1;
                }
            }
            window += 1;
        }
        if !valid() {
            return;
        }
        labelling.enter(bought, &by);
        run.tokens = tokens * run.order.borrow().len() as u64 / (estimated as u64).max(1);
        labelling.left_over(&run, &by);
        labelling.run.set(Some(Rc::new(run)));
    });
}
