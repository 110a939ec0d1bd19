//! The templates of the analysis, and how the person looks at them. It outlives the panel, so that one finds everything as it
//! was after a look at the rows.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::app::Ui;
use super::browser;
use super::live::watch;
use super::session::Session;
use crate::engine::Filter;
use crate::geometry::outline::{Outline, Spot};
use crate::view::template::{TemplateCounts, TemplateKey, arrange};
use crate::view::{TemplateSample, TemplateView};

/// Rows that are shown of an open template.
pub(super) const SAMPLES: u32 = 5;

/// A day in nanoseconds.
const DAY: i64 = 86_400_000_000_000;

type Samples = BTreeMap<u32, Rc<Vec<TemplateSample>>>;

/// Store of the templates panel.
#[derive(Clone, Copy)]
pub(super) struct TemplatesLook {
    session: Session,
    /// Whether times need their dates.
    pub(super) dated: Memo<bool>,
    /// Whether any of them has durations.
    pub(super) timed: Memo<bool>,
    /// All templates, most frequent first.
    pub(super) list: RwSignal<Rc<Vec<TemplateView>>, LocalStorage>,
    /// How many of their rows the search shows.
    pub(super) counts: RwSignal<Rc<TemplateCounts>, LocalStorage>,
    samples: RwSignal<Samples, LocalStorage>,
    /// Which rows are counted and sampled, and how many times rows had got scores then: samples have theirs.
    sampled: StoredValue<(Filter, u32)>,
    scored: StoredValue<u32>,
    /// What is searched for in their texts.
    pub(super) text: RwSignal<String>,
    /// What they are sorted by, and whether from the highest.
    pub(super) sort: RwSignal<(TemplateKey, bool)>,
    /// Numbers of those that are open.
    pub(super) open: RwSignal<BTreeSet<u32>>,
    /// Numbers of those that are marked to be merged.
    pub(super) marked: RwSignal<BTreeSet<u32>>,
    /// Where the keys are.
    pub(super) at: RwSignal<Option<Spot>>,
    /// Places in the list of those that are shown, in their order.
    pub(super) shown: Memo<Vec<usize>>,
    /// Where they and their samples stand.
    pub(super) outline: Memo<Outline>,
}

impl TemplatesLook {
    pub(super) fn new(session: Session) -> Self {
        let list = RwSignal::new_local(Rc::new(Vec::<TemplateView>::new()));
        let counts = RwSignal::new_local(Rc::new(TemplateCounts::default()));
        let text = RwSignal::new(String::new());
        let sort = RwSignal::new((TemplateKey::Rows, true));
        let open = RwSignal::new(BTreeSet::new());
        let shown = Memo::new(move |_| {
            let (key, descending) = sort.get();
            // Only where it matters: the order must not jump while the threshold moves.
            let counted = matches!(key, TemplateKey::Anomalies | TemplateKey::Errors | TemplateKey::Rows);
            let counts = if counted { counts.get() } else { Rc::default() };
            list.with(|list| text.with(|text| arrange(list, &counts, text.trim(), key, descending)))
        });
        let outline = Memo::new(move |_| {
            list.with(|list| {
                shown.with(|shown| {
                    open.with(|open| {
                        let unfolded = (0..).zip(shown).filter_map(|(entry, &place)| {
                            let view = list.get(place).filter(|view| open.contains(&view.number))?;
                            let shown = counts.with(|counts| counts.of(view).rows);
                            Some((entry, lines(if shown == 0 { view.rows } else { shown })))
                        });
                        Outline::new(shown.len() as u64, 1, &unfolded.collect())
                    })
                })
            })
        });
        let dated = Memo::new(move |_| {
            let times = list.with(|list| {
                let times = || list.iter().filter_map(|view| view.times);
                times().map(|times| times.0).min().zip(times().map(|times| times.1).max())
            });
            times.is_some_and(|(from, to)| to.saturating_sub(from) >= DAY)
        });
        let timed = Memo::new(move |_| list.with(|list| list.iter().any(|view| view.durations.is_some())));
        let this = Self {
            session,
            dated,
            timed,
            list,
            counts,
            samples: RwSignal::new_local(Samples::new()),
            sampled: StoredValue::new((Filter::All, 0)),
            scored: StoredValue::new(0),
            text,
            sort,
            open,
            marked: RwSignal::new(BTreeSet::new()),
            at: RwSignal::new(None),
            shown,
            outline,
        };
        this.follow();
        this
    }

    /// Keeps the list in step with the analysis.
    fn follow(self) {
        let session = self.session;
        watch(move || {
            let (run, done) = (session.run.get(), session.done.get());
            if !done {
                self.list.set(Rc::default());
                self.counts.set(Rc::default());
                self.samples.set(Samples::new());
                self.sampled.set_value((Filter::All, 0));
                self.open.set(BTreeSet::new());
                self.marked.set(BTreeSet::new());
                self.at.set(None);
                return;
            }
            let Some(client) = session.client() else { return };
            spawn_local(async move {
                browser::soon().await;
                let found = client.templates().await;
                if session.is_current(run) {
                    self.list.set(Rc::new(found));
                }
            });
        });
    }

    /// Keeps the counts in step with the search and the threshold, while the list is on the screen.
    pub(super) fn count(self, ui: Ui) {
        let session = self.session;
        let bin = Memo::new(move |_| session.threshold.with(|cut| cut.as_ref().map(|cut| cut.bin)));
        watch(move || {
            session.scores.track();
            self.scored.update_value(|scored| *scored += 1);
        });
        watch(move || {
            session.scores.track();
            let (run, filter, bin) = (session.run.get(), ui.listing.get().filter, bin.get());
            let read = session.done.get() && ui.settled();
            let (Some(client), Some(bin)) = (session.client().filter(|_| read), bin) else { return };
            spawn_local(async move {
                let Some(counts) = client.template_counts(filter, bin).await else { return };
                let newest = session.threshold.with_untracked(|cut| cut.as_ref().map(|cut| cut.bin)) == Some(bin);
                if session.is_current(run) && newest && ui.listing.get_untracked().filter == filter {
                    self.take(counts);
                    self.resample(filter);
                }
            });
        });
    }

    /// The list may be in another order then; the keys stay where they are.
    fn take(self, counts: TemplateCounts) {
        let at = self.at.get_untracked();
        let place = at.and_then(|at| self.shown.with_untracked(|shown| shown.get(at.entry as usize).copied()));
        self.counts.set(Rc::new(counts));
        let Some((at, place)) = at.zip(place) else { return };
        let entry = self.shown.with_untracked(|shown| shown.iter().position(|other| *other == place));
        let now = entry.map(|entry| Spot { entry: entry as u64, ..at });
        if now != Some(at) {
            self.at.set(now);
        }
    }

    /// Whether the template at a position of the list is open.
    pub(super) fn is_open(&self, entry: u64) -> bool {
        untrack(|| self.view(entry).is_some_and(|view| self.open.with(|open| open.contains(&view.number))))
    }

    /// The template at a position of the list.
    pub(super) fn view(&self, entry: u64) -> Option<TemplateView> {
        let place = self.shown.with(|shown| shown.get(usize::try_from(entry).ok()?).copied())?;
        self.list.with(|list| list.get(place).cloned())
    }

    /// Opens or closes the template at a position of the list.
    pub(super) fn unfold(&self, entry: u64, unfold: bool) {
        let Some(view) = untrack(|| self.view(entry)) else { return };
        if !unfold {
            self.open.update(|open| {
                open.remove(&view.number);
            });
            return;
        }
        self.open.update(|open| {
            open.insert(view.number);
        });
        if !self.samples.with_untracked(|samples| samples.contains_key(&view.number)) {
            self.sample(view.number);
        }
    }

    /// Draws the samples of a template.
    fn sample(self, number: u32) {
        let Some(client) = self.session.client() else { return };
        let (run, sampled) = (self.session.run.get_untracked(), self.sampled.get_value());
        spawn_local(async move {
            let Some(mut found) = client.template_samples(number, sampled.0, SAMPLES).await else { return };
            // Of a template that the search leaves out, others are better than none.
            if found.is_empty() {
                let Some(any) = client.template_samples(number, Filter::All, SAMPLES).await else { return };
                found = any;
            }
            if self.session.is_current(run) && self.sampled.get_value() == sampled {
                self.samples.update(|samples| {
                    samples.insert(number, Rc::new(found));
                });
            }
        });
    }

    /// Draws the samples of open templates anew, where other rows are shown than before, or have other scores.
    fn resample(self, filter: Filter) {
        let now = (filter, self.scored.get_value());
        if self.sampled.get_value() == now {
            return;
        }
        self.sampled.set_value(now);
        let open = self.open.get_untracked();
        self.samples.update(|samples| samples.retain(|number, _| open.contains(number)));
        for number in open {
            self.sample(number);
        }
    }

    /// Rows of an open template, once they are here.
    pub(super) fn samples_of(&self, number: u32) -> Option<Rc<Vec<TemplateSample>>> {
        self.samples.with(|samples| samples.get(&number).cloned())
    }

    /// Sorts by a column; by the same one again: the other way round.
    pub(super) fn sort_by(&self, key: TemplateKey) {
        let first_down = !matches!(key, TemplateKey::Number | TemplateKey::Text | TemplateKey::First);
        self.sort.update(|sort| {
            *sort = (key, if sort.0 == key { !sort.1 } else { first_down });
        });
        self.at.set(None);
    }
}

/// Lines below an open template that has so many rows: what can be done with it, and its samples.
fn lines(rows: u64) -> u64 {
    1 + rows.min(SAMPLES.into())
}
