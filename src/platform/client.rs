//! The page's only door to the engine.

mod committee;
mod found;
mod gather;
mod learn;
mod look;
mod sessions;
mod truth;
mod warm;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use futures_channel::oneshot;
use js_sys::{Array, Uint8Array};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Blob, BlobPropertyBag, File};

use super::pool::{News, Pool, worker_count};
use crate::engine::catalog::Ask;
use crate::engine::order::Ruler;
use crate::engine::query::{EXPORT_COLUMNS, PREDICTED_COLUMN};
use crate::engine::recast::Recasting;
use crate::engine::{Answer, Conductor, Event, FileInfo, Filter, Query, Request, Settings, Snapshot};
use crate::record::SegmentId;
use crate::record::mapping::Mapping;
use crate::view::export::CsvText;
use crate::view::{FindingView, IssueView, PlotGrid, RowDetail, RowView, Stage};

pub use found::MOST_MEMBERS;
pub use gather::Gathered;
use look::Found;
pub use look::{Countable, Listing, Searched};
pub use sessions::Told;
pub use truth::Comparing;
pub use warm::Predicted;

/// Least time between two updates within a stage, in milliseconds.
const UPDATE_MS: i32 = 100;
/// Why a text of all rows can't be put together.
const NO_MEMORY: &str = "the browser has no memory for it.";

/// A running or finished analysis. Cheap to clone; clones share it. Bound to the page's thread.
#[derive(Clone)]
pub struct Client(Rc<Inner>);

struct Inner {
    conductor: RefCell<Conductor>,
    pool: RefCell<Option<Pool>>,
    /// Who fits the detector: a worker of its own, so that the others go on answering, and that it can be ended at any moment.
    fitter: RefCell<Option<Pool>>,
    workers: usize,
    tickets: RefCell<BTreeMap<u32, oneshot::Sender<Answer>>>,
    next_ticket: Cell<u32>,
    /// Rows of each segment under the filter that was asked for last.
    shown: RefCell<Option<(Filter, BTreeMap<SegmentId, u32>)>>,
    /// What the newest search has found.
    found: RefCell<Option<Found>>,
    /// Number of the newest search.
    last_filter: Cell<u32>,
    /// The order that was asked for last.
    ruler: RefCell<Option<(Listing, Rc<Ruler>)>>,
    on_update: Box<dyn Fn(Rc<Snapshot>)>,
    told: Cell<Option<Stage>>,
    update_due: Cell<bool>,
}

impl Client {
    /// Starts the workers and the analysis. `on_update` is called with the newest snapshot at each change of stage, and at
    /// most ten times a second in between.
    pub fn start(files: &[File], settings: Settings, on_update: impl Fn(Rc<Snapshot>) + 'static) -> Self {
        let workers = worker_count();
        let infos = files
            .iter()
            .map(|file| FileInfo {
                name: file.name(),
                size: file.size() as u64,
                modified: Some((file.last_modified() * 1e6) as i64),
            })
            .collect();
        let client = Self(Rc::new(Inner {
            conductor: RefCell::new(Conductor::new(settings, infos, workers)),
            pool: RefCell::new(None),
            fitter: RefCell::new(None),
            workers,
            tickets: RefCell::default(),
            next_ticket: Cell::new(0),
            shown: RefCell::new(None),
            found: RefCell::new(None),
            last_filter: Cell::new(0),
            ruler: RefCell::new(None),
            on_update: Box::new(on_update),
            told: Cell::new(None),
            update_due: Cell::new(false),
        }));
        // The pool must not keep the client alive: ending it ends the workers.
        let weak = Rc::downgrade(&client.0);
        let hear: Rc<dyn Fn(usize, News)> = Rc::new(move |worker, news| {
            if let Some(inner) = weak.upgrade() {
                inner.hear(worker, news);
            }
        });
        *client.0.pool.borrow_mut() = Some(Pool::start(workers, files, &hear));
        client.0.go_on();
        client
    }

    /// Stops reading; what was read is analysed.
    pub fn cancel(&self) {
        self.0.conductor.borrow_mut().cancel();
        self.0.go_on();
    }

    /// Applies another mapping to the rows that were read, without reading them again; `false` where that can't be done, and
    /// nothing has changed. From then on answers are about the rows as they are now.
    pub async fn recast(&self, mapping: Mapping) -> bool {
        let asks = self.0.conductor.borrow().ask_recast(&mapping);
        self.change_columns(asks, |conductor, to| conductor.recast(mapping, to)).await
    }

    /// Goes on without the saved model, without reading; `false` where that can't be done, and nothing has changed.
    pub async fn leave_model(&self, mapping: Mapping) -> bool {
        let asks = self.0.conductor.borrow().ask_leave_model(&mapping);
        self.change_columns(asks, |conductor, to| conductor.leave_model(mapping, to)).await
    }

    async fn change_columns(&self, asks: Vec<Ask>, change: impl FnOnce(&mut Conductor, Recasting) -> bool) -> bool {
        let wanted = asks.len();
        let mut found = Vec::with_capacity(wanted);
        for answer in self.ask(asks).await {
            if let Answer::Recast(Some(recasting)) = answer {
                found.push(*recasting);
            }
        }
        let all = found.len() == wanted;
        let Some(recasting) = found.pop().filter(|_| all) else { return false };
        if !change(&mut self.0.conductor.borrow_mut(), recasting) {
            return false;
        }
        (*self.0.shown.borrow_mut(), *self.0.found.borrow_mut(), *self.0.ruler.borrow_mut()) = (None, None, None);
        self.0.go_on();
        true
    }

    /// Ends the workers. Questions that are open get no answer.
    pub fn close(&self) {
        self.0.pool.borrow_mut().take();
        self.0.fitter.borrow_mut().take();
        self.0.tickets.borrow_mut().clear();
    }

    /// Rows `from..from + count` of a listing.
    pub async fn rows(&self, listing: Listing, from: u64, count: u32) -> Vec<RowView> {
        if listing.sort.is_some() {
            return self.sorted(listing, from, count).await;
        }
        let filter = listing.filter;
        let shown = self.shown(filter).await;
        let asks = self.0.conductor.borrow().catalog().ask_rows(filter, &shown, from, count);
        let answers = self.ask(asks).await;
        answers.into_iter().flat_map(|answer| if let Answer::Rows(rows) = answer { rows } else { Vec::new() }).collect()
    }

    /// Findings by rank, best first.
    pub async fn findings(&self, from: u64, count: u32) -> Vec<FindingView> {
        let asks = {
            let conductor = self.0.conductor.borrow();
            let ranked = &conductor.ranking().0;
            let from = (from as usize).min(ranked.len());
            let to = from.saturating_add(count as usize).min(ranked.len());
            conductor.catalog().ask_findings(&ranked[from..to], from as u64)
        };
        self.found_of(asks).await
    }

    /// All there is to know of a row, with its finding of a group if it has one (0: with its strongest).
    pub async fn detail(&self, row: u64, group: u32) -> Option<RowDetail> {
        let ask = self.0.conductor.borrow().catalog().ask_detail(row, group)?;
        match self.ask(vec![ask]).await.pop()? {
            Answer::Detail(detail) => Some(RowDetail { finding: self.calibrate(detail.finding.clone()), ..*detail }),
            _ => None,
        }
    }

    /// Score over time as a grid; `None` before all rows are scored.
    pub async fn plot(&self, bins_x: u32, bins_y: u32) -> Option<PlotGrid> {
        let (grid, asks) = {
            let conductor = self.0.conductor.borrow();
            let (low, high) = conductor.scores()?.range()?;
            let scores = [low, high + 1].map(|bin| bin as f32 / crate::finding::threshold::BINS as f32);
            let grid = PlotGrid::empty(conductor.axis(), bins_x, bins_y, (scores[0], scores[1]));
            let workers = conductor.catalog().bases_by_worker().into_iter();
            let asks: Vec<Ask> =
                workers.map(|(worker, bases)| (worker, Query::Plot { grid: grid.clone(), bases })).collect();
            (grid, asks)
        };
        let mut sum = grid;
        for answer in self.ask(asks).await {
            if let Answer::Plot(part) = answer {
                sum.merge(&part);
            }
        }
        Some(sum)
    }

    /// Records of a file that have a problem, in its order.
    pub async fn issues(&self, file: u32, from: u64, count: u32) -> Vec<IssueView> {
        let asks = self.0.conductor.borrow().catalog().ask_issues(file, from, count);
        let answers = self.ask(asks).await;
        answers
            .into_iter()
            .flat_map(|answer| if let Answer::Issues(issues) = answer { issues } else { Vec::new() })
            .collect()
    }

    /// CSV of the rows that a filter shows, or why it can't be made whole. `predicted`: with a column of what the forest of
    /// labelled rows predicts. `progress` is told how many rows are written.
    pub async fn export_csv(
        &self,
        filter: Filter,
        predicted: bool,
        progress: impl Fn(u64) + 'static,
    ) -> Result<Blob, String> {
        let shown = self.shown(filter).await;
        let (asks, fields, counts) = {
            let conductor = self.0.conductor.borrow();
            let fields: Vec<String> = conductor.dataset().columns.iter().map(|column| column.name.clone()).collect();
            let counts = conductor.catalog().sizes(filter, &shown);
            let names: Vec<String> = conductor.snapshot().files.into_iter().map(|file| file.name).collect();
            (conductor.catalog().ask_export(filter, &names, predicted), fields, counts)
        };
        let mut header = CsvText::default();
        let predicted = predicted.then_some(PREDICTED_COLUMN);
        header.push(EXPORT_COLUMNS.into_iter().chain(predicted).chain(fields.iter().map(String::as_str)));
        let parts = self.pieces(&header.into_bytes(), asks.into_iter().zip(counts), progress).await?;
        Blob::new_with_blob_sequence_and_options(&parts, &csv_type()).map_err(|_| NO_MEMORY.into())
    }

    /// A head and the texts of asks, each for so many rows. `progress` is told how many rows are written.
    async fn pieces(
        &self,
        head: &[u8],
        asks: impl Iterator<Item = (Ask, u64)>,
        progress: impl Fn(u64),
    ) -> Result<Array, String> {
        let pieces = Array::of1(&blob(head));
        let mut written = 0;
        // One ask after the other: the text of a gigabyte must not pile up in memory.
        for (ask, rows) in asks {
            match self.ask(vec![ask]).await.pop() {
                Some(Answer::Csv(text)) => pieces.push(&blob(&text)),
                Some(Answer::Failed(error)) => return Err(error.reason),
                _ => return Err("an analysis worker has stopped.".into()),
            };
            written += rows;
            progress(written);
        }
        Ok(pieces)
    }

    /// Rows of each segment under a filter.
    async fn shown(&self, filter: Filter) -> BTreeMap<SegmentId, u32> {
        match filter {
            // The catalog knows.
            Filter::All => return BTreeMap::new(),
            Filter::Where(_) => return self.found(filter),
            Filter::AtLeast(_) => {}
        }
        if let Some((known, shown)) = &*self.0.shown.borrow()
            && *known == filter
        {
            return shown.clone();
        }
        let asks = (0..self.0.workers).map(|worker| (worker, Query::Count { filter })).collect();
        let mut shown = BTreeMap::new();
        for answer in self.ask(asks).await {
            if let Answer::Counts(counts) = answer {
                shown.extend(counts);
            }
        }
        *self.0.shown.borrow_mut() = Some((filter, shown.clone()));
        shown
    }

    fn calibrate(&self, finding: FindingView) -> FindingView {
        let calibrated = self.0.conductor.borrow().scores().map_or(0.0, |scores| scores.calibrated(finding.score));
        FindingView { calibrated, ..finding }
    }

    /// Asks workers; answers come in the order of the asks. What a worker that is gone would have said is missing.
    async fn ask(&self, asks: Vec<Ask>) -> Vec<Answer> {
        let receivers: VecDeque<_> = asks.into_iter().map(|(worker, query)| self.0.ask(worker, query)).collect();
        let mut answers = Vec::with_capacity(receivers.len());
        for receiver in receivers {
            answers.extend(receiver.await.ok());
        }
        answers
    }
}

impl Inner {
    fn ask(&self, worker: usize, query: Query) -> oneshot::Receiver<Answer> {
        let ticket = self.next_ticket.replace(self.next_ticket.get().wrapping_add(1));
        let (sender, receiver) = oneshot::channel();
        if let Some(pool) = &*self.pool.borrow() {
            self.tickets.borrow_mut().insert(ticket, sender);
            pool.send(worker, Request::Query { ticket, query });
        }
        receiver
    }

    fn hear(self: &Rc<Self>, worker: usize, news: News) {
        match news {
            News::Event(Event::Answer { ticket, answer }) => {
                if let Answer::Failed(error) = &answer {
                    self.conductor.borrow_mut().complain(error.clone());
                    self.update();
                }
                let sender = self.tickets.borrow_mut().remove(&ticket);
                // Whoever asked may have gone on to something else.
                let _ = sender.map(|sender| sender.send(answer));
                return;
            }
            News::Event(event) => {
                if matches!(event, Event::Ranked { .. }) {
                    // Rows may have other scores than when these were asked for.
                    self.shown.borrow_mut().take();
                    self.ruler.borrow_mut().take();
                }
                self.conductor.borrow_mut().hear(worker, event);
            }
            News::Lost(reason) => {
                self.conductor.borrow_mut().lose_worker(&reason);
                self.tickets.borrow_mut().clear();
                // The rest is of no use without it. Ended later: it is a worker's listener that runs here.
                let pool = self.pool.borrow_mut().take();
                wasm_bindgen_futures::spawn_local(async move { drop(pool) });
            }
        }
        self.go_on();
    }

    /// Sends what the conductor wants sent, and lets the page know.
    fn go_on(self: &Rc<Self>) {
        let requests = self.conductor.borrow_mut().requests();
        for (worker, request) in requests {
            if learn::precedes_a_fit(&request) {
                self.call_fitter();
            }
            if matches!(request, Request::Fit { .. }) {
                self.fit(request);
            } else if let Some(pool) = &*self.pool.borrow() {
                pool.send(worker, request);
            }
        }
        let stage = self.conductor.borrow().stage();
        if self.told.get() != Some(stage) {
            self.told.set(Some(stage));
            self.update();
        } else if !self.update_due.replace(true) {
            let weak = Rc::downgrade(self);
            let later = Closure::once_into_js(move || {
                if let Some(inner) = weak.upgrade() {
                    inner.update_due.set(false);
                    inner.update();
                }
            });
            if let Some(window) = web_sys::window() {
                let _ = window.set_timeout_with_callback_and_timeout_and_arguments_0(later.unchecked_ref(), UPDATE_MS);
            }
        }
    }

    fn update(&self) {
        let snapshot = Rc::new(self.conductor.borrow().snapshot());
        (self.on_update)(snapshot);
    }
}

fn csv_type() -> BlobPropertyBag {
    let options = BlobPropertyBag::new();
    options.set_type("text/csv;charset=utf-8");
    options
}

fn blob(bytes: &[u8]) -> Blob {
    let parts = Array::of1(&Uint8Array::from(bytes));
    // Only a browser without memory refuses this.
    Blob::new_with_u8_array_sequence(&parts).expect("a blob of bytes")
}
