//! The files, the analysis that runs on them, and slices of what it reports.

use std::rc::Rc;
use std::sync::Arc;

use js_sys::Uint8Array;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_bytes::ByteBuf;
use wasm_bindgen_futures::JsFuture;
use web_sys::File;

use super::command::Correction;
use super::{browser, remembered};
use crate::common::hash::{hash_bytes, hash_pair};
use crate::detect::Kind;
use crate::engine::snapshot::{Learning, Settings, Snapshot};
use crate::finding::threshold::BINS;
use crate::finding::{Group, ScoreHistogram, Threshold};
use crate::geometry::slider;
use crate::platform::client::Client;
use crate::record::Role;
use crate::record::mapping::Mapping;
use crate::template::Hand;
use crate::view::{FieldReport, FileReport, Stage};

/// Bytes at the beginning and at the end of a file that help to tell it from others.
const ENDS: f64 = 65_536.0;

/// How the person chose the line between normal and anomalous.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Cut {
    /// By share of rows.
    Contamination(f64),
    /// By score.
    Score(f32),
    /// By number of rows.
    Top(u64),
    /// Where rows stand apart, or by the first share of rows where none do.
    Knee,
}

/// Store of the data.
#[derive(Clone, Copy)]
pub(super) struct Session {
    client: StoredValue<Option<Client>, LocalStorage>,
    sources: StoredValue<Vec<File>, LocalStorage>,
    settings: StoredValue<Settings>,
    snapshot: RwSignal<Rc<Snapshot>, LocalStorage>,
    last_run: StoredValue<u32>,
    /// The run with which the client began: what an older client says is dropped.
    began: StoredValue<u32>,
    /// Which analysis this is, counted from 1; 0 while there is none.
    pub(super) run: RwSignal<u32>,
    /// Whether the last change of what fields mean was made without reading the files; `None` before the first.
    pub(super) in_place: RwSignal<Option<bool>>,
    /// Whether a change is being made.
    changing: StoredValue<bool>,
    pub(super) cut: RwSignal<Option<Cut>>,
    /// Rows written of the export that is being made.
    pub(super) exporting: RwSignal<Option<u64>>,
    pub(super) stage: Memo<Stage>,
    /// Whether findings stand on the screen, even while rows are scored again.
    pub(super) done: Memo<bool>,
    pub(super) files: Memo<Vec<FileReport>>,
    pub(super) fields: Memo<Vec<FieldReport>>,
    /// The number under which what is said of the files is remembered, and what that is.
    pub(super) mapping: Memo<(u64, Mapping)>,
    /// Whether the rows are of several files and can be put in one order of time.
    pub(super) merges: Memo<bool>,
    pub(super) rows: Memo<u64>,
    pub(super) scored: Memo<u64>,
    pub(super) cancelled: Memo<bool>,
    pub(super) scores: Memo<Option<Arc<ScoreHistogram>>>,
    /// The findings, grouped, best first.
    pub(super) groups: Memo<Arc<[Group]>>,
    /// The lowest bin of a row with a finding.
    pub(super) found: Memo<Option<u32>>,
    /// What was changed of the templates by hand.
    pub(super) hand: RwSignal<Hand>,
    /// Lowest and highest score; what colours are spread over.
    pub(super) score_range: Memo<(f32, f32)>,
    pub(super) threshold: Memo<Option<Threshold>>,
    /// Rows are predicted to be anomalous from this score of a forest of labelled rows on, where there is one.
    pub(super) predicted: RwSignal<Option<f32>>,
}

fn nothing() -> Rc<Snapshot> {
    Rc::new(Snapshot {
        stage: Stage::Opening,
        files: Vec::new(),
        fields: Vec::new(),
        rows: 0,
        scored: 0,
        detector: Kind::IsolationForest,
        learning: Learning::of(&Settings::default()),
        again: false,
        fitted: 0.0,
        report: None,
        scores: None,
        found: None,
        groups: Arc::default(),
        cancelled: false,
        mapping: (0, Mapping::default()),
    })
}

/// Whether two are the same, for what is to be done anew where they are not.
pub(super) fn same_scores(a: Option<&Option<Arc<ScoreHistogram>>>, b: Option<&Option<Arc<ScoreHistogram>>>) -> bool {
    match (a, b) {
        (Some(Some(a)), Some(Some(b))) => Arc::ptr_eq(a, b),
        (Some(None), Some(None)) => true,
        _ => false,
    }
}

impl Session {
    pub(super) fn new() -> Self {
        let snapshot = RwSignal::new_local(nothing());
        let cut = RwSignal::new(None);
        let scores =
            Memo::new_with_compare(move |_| snapshot.with(|now| now.scores.clone()), |old, new| !same_scores(old, new));
        let found = Memo::new(move |_| snapshot.with(|now| now.found));
        Self {
            client: StoredValue::new_local(None),
            sources: StoredValue::new_local(Vec::new()),
            settings: StoredValue::new(settings()),
            snapshot,
            last_run: StoredValue::new(0),
            began: StoredValue::new(0),
            run: RwSignal::new(0),
            in_place: RwSignal::new(None),
            changing: StoredValue::new(false),
            cut,
            exporting: RwSignal::new(None),
            stage: Memo::new(move |_| snapshot.with(|now| now.stage)),
            done: Memo::new(move |_| snapshot.with(|now| now.again || now.stage == Stage::Done)),
            files: Memo::new(move |_| snapshot.with(|now| now.files.clone())),
            fields: Memo::new(move |_| snapshot.with(|now| now.fields.clone())),
            mapping: Memo::new(move |_| snapshot.with(|now| now.mapping.clone())),
            merges: Memo::new(move |_| {
                snapshot.with(|now| {
                    let timed = now.fields.iter().any(|field| field.role == Some(Role::Time));
                    now.files.len() > 1 && timed && matches!(now.stage, Stage::Fitting | Stage::Scoring | Stage::Done)
                })
            }),
            rows: Memo::new(move |_| snapshot.with(|now| now.rows)),
            scored: Memo::new(move |_| snapshot.with(|now| now.scored)),
            cancelled: Memo::new(move |_| snapshot.with(|now| now.cancelled)),
            scores,
            groups: Memo::new(move |_| snapshot.with(|now| now.groups.clone())),
            found,
            hand: RwSignal::new(remembered::load_hand()),
            predicted: RwSignal::new(None),
            score_range: Memo::new(move |_| {
                let range = scores.with(|scores| scores.as_ref().and_then(|scores| scores.range()));
                let (low, high) = range.unwrap_or((0, BINS as u32 - 1));
                (low as f32 / BINS as f32, (high + 1) as f32 / BINS as f32)
            }),
            threshold: Memo::new(move |_| {
                let cut = cut.get();
                let first =
                    |scores: &ScoreHistogram| scores.by_contamination(slider::first_contamination(scores.rows()));
                scores.with(|scores| {
                    scores.as_ref().map(|scores| match cut {
                        Some(Cut::Contamination(share)) => scores.by_contamination(share),
                        Some(Cut::Score(score)) => scores.by_score(score),
                        Some(Cut::Top(rows)) => scores.by_rows(rows),
                        Some(Cut::Knee) => scores.by_knee().unwrap_or_else(|| first(scores)),
                        None => {
                            let first = first(scores);
                            // No finding is hidden before a person chose to.
                            found.get().filter(|&bin| bin < first.bin).map_or(first, |bin| scores.at_bin(bin))
                        }
                    })
                })
            }),
        }
    }

    /// The engine, while there is one.
    pub(super) fn client(&self) -> Option<Client> {
        self.client.get_value()
    }

    /// Names the files that are open, by their names, their sizes, and how they begin and end: a log that is rotated at a
    /// fixed size has the same name and size each time.
    pub(super) async fn files_key(self) -> String {
        let mut hash = 0;
        for file in self.sources.get_value() {
            hash = hash_pair(hash_bytes(file.name().as_bytes()) ^ file.size() as u64, hash);
            for part in [file.slice_with_f64_and_f64(0.0, ENDS), file.slice_with_f64(file.size() - ENDS)] {
                let Ok(part) = part else { continue };
                // A part that can't be read now is told by whoever reads the file.
                let Ok(bytes) = JsFuture::from(part.array_buffer()).await else { continue };
                hash = hash_pair(hash_bytes(&Uint8Array::new(&bytes).to_vec()), hash);
            }
        }
        format!("labels {hash:016x}")
    }

    /// A slice of what the analysis reports.
    pub(super) fn now<T>(&self, of: impl FnOnce(&Snapshot) -> T) -> T {
        self.snapshot.with(|now| of(now))
    }

    /// From the next analysis on a saved model scores, or none.
    pub(super) fn set_model(&self, model: Option<ByteBuf>) {
        self.settings.update_value(|settings| {
            (settings.model, settings.ask_first) = (model, true);
            settings.names.clear();
        });
    }

    /// Says that something was given, before it is known what. Gives what was said until then, and what is said now.
    pub(super) fn look_up(&self) -> [Rc<Snapshot>; 2] {
        let before = self.snapshot.get_untracked();
        let now = Rc::new(Snapshot { stage: Stage::Opening, ..(*before).clone() });
        self.snapshot.set(now.clone());
        [before, now]
    }

    /// Says again what was said before: what was given changes nothing. News that came meanwhile stay.
    pub(super) fn look_back(&self, [before, now]: [Rc<Snapshot>; 2]) {
        if Rc::ptr_eq(&self.snapshot.get_untracked(), &now) {
            self.snapshot.set(before);
        }
    }

    /// Analyses the files anew, if there are some.
    pub(super) fn again(&self) {
        if self.sources.with_value(|sources| !sources.is_empty()) {
            self.start();
        }
    }

    /// How many rows are ranked as findings at most.
    pub(super) fn ranked(&self) -> u32 {
        self.settings.with_value(|settings| settings.ranked)
    }

    /// Whether files were given.
    pub(super) fn open(&self) -> bool {
        self.run.get() > 0
    }

    /// Whether the analysis is still at work.
    pub(super) fn busy(&self) -> bool {
        !matches!(self.stage.get(), Stage::Done | Stage::Failed)
    }

    /// Whether `run` is the analysis that the page shows; an answer to an older one is dropped.
    pub(super) fn is_current(&self, run: u32) -> bool {
        self.run.get_untracked() == run
    }

    /// Whether this file is open, and no other.
    pub(super) fn is_only(&self, file: &File) -> bool {
        self.sources.with_value(|sources| sources.as_slice() == std::slice::from_ref(file))
    }

    /// Adds files and analyses all of them.
    pub(super) fn add(&self, files: Vec<File>) {
        self.sources.update_value(|sources| sources.extend(files));
        self.start();
    }

    /// Whether rows have messages: then there are findings of all kinds, else only what the row detector scores.
    pub(super) fn has_messages(&self) -> bool {
        self.fields.with(|fields| fields.iter().any(|field| field.role == Some(Role::Message)))
    }

    /// Gives a field a role, or none, and analyses again; `told` hears whether that goes without reading the files.
    pub(super) fn set_role(&self, field: &str, role: Option<Role>, told: impl Fn(bool) + 'static) {
        let before = self
            .fields
            .with_untracked(|fields| fields.iter().find(|report| report.name == field).and_then(|report| report.role));
        self.say_of_files(|mapping| choose(&mut mapping.roles, field, before, role), told);
    }

    /// Reads times, levels or durations another way, and analyses again; `told` hears whether that goes without reading the
    /// files.
    pub(super) fn correct(&self, correction: Correction, told: impl Fn(bool) + 'static) {
        let change = |mapping: &mut Mapping| match correction {
            Correction::Zone(minutes) => mapping.zone_minutes = minutes,
            Correction::DayFirst(first) => mapping.day_first = first,
            Correction::Unit(unit) => mapping.duration_unit = unit,
            Correction::Scale(scale) => mapping.level_scale = scale,
            Correction::Forget => *mapping = Mapping::default(),
        };
        self.say_of_files(change, told);
    }

    /// Takes a field for one of the loaded model's that has no role, or none, and analyses again.
    pub(super) fn name_field(&self, known: String, field: Option<String>) {
        self.settings.update_value(|settings| {
            settings.names.retain(|(other, _)| *other != known);
            settings.names.extend(field.map(|field| (known, field)));
        });
        self.start();
    }

    /// Which fields the person took for those of the loaded model, each behind that.
    pub(super) fn names(&self) -> Vec<(String, String)> {
        self.settings.with_value(|settings| settings.names.clone())
    }

    /// Changes templates by hand, remembers it for other files, and analyses again.
    pub(super) fn change_templates(&self, hand: Hand) {
        remembered::remember_hand(&hand);
        self.settings.update_value(|settings| settings.hand = hand.clone());
        self.hand.set(hand);
        self.start();
    }

    /// Changes what is said of the files' fields, remembers it for files like them, and analyses again.
    fn say_of_files(&self, change: impl FnOnce(&mut Mapping), told: impl Fn(bool) + 'static) {
        let (fingerprint, mut mapping) = self.mapping.get_untracked();
        change(&mut mapping);
        let all = remembered::remember(fingerprint, &mapping);
        self.settings.update_value(|settings| {
            settings.mapping.clone_from(&mapping);
            settings.remembered = all;
        });
        let this = *self;
        let told = move |in_place| {
            this.in_place.set(Some(in_place));
            told(in_place);
        };
        self.change_columns(mapping.clone(), async move |client: Client| client.recast(mapping).await, told);
    }

    /// Goes on without the loaded model; `told` hears whether that goes without reading the files.
    pub(super) fn leave_model(&self, told: impl Fn(bool) + 'static) {
        self.set_model(None);
        let (fingerprint, _) = self.mapping.get_untracked();
        let said = self.settings.with_value(|now| now.mapping.clone().or_remembered(&now.remembered, fingerprint));
        self.change_columns(said.clone(), async move |client: Client| client.leave_model(said).await, told);
    }

    /// Analyses the rows with other columns: in place, or else by reading the files again. `told` hears which.
    fn change_columns(
        &self,
        mapping: Mapping,
        change: impl AsyncFnOnce(Client) -> bool + 'static,
        told: impl Fn(bool) + 'static,
    ) {
        let this = *self;
        let done = move |in_place| {
            if in_place {
                this.renumber();
            } else {
                this.start();
            }
            this.changing.set_value(false);
            told(in_place);
        };
        let Some(client) = self.client().filter(|_| !self.changing.get_value()) else {
            // A change upon a change: both at once.
            done(false);
            return;
        };
        self.changing.set_value(true);
        // What is shown is no longer what was asked for.
        let now = self.snapshot.get_untracked();
        let mapping = (now.mapping.0, mapping);
        let now = Snapshot { mapping, stage: Stage::Fitting, scores: None, report: None, ..(*now).clone() };
        self.snapshot.set(Rc::new(now));
        let run = self.run.get_untracked();
        spawn_local(async move {
            let in_place = change(client).await;
            // Other files came meanwhile: all are read as is wanted now.
            if this.is_current(run) {
                done(in_place);
            }
        });
    }

    /// What was asked before is about rows that are no longer so.
    fn renumber(&self) -> u32 {
        // Runs are never numbered twice, or an answer that is still under way could pass for a new one.
        let run = self.last_run.get_value() + 1;
        self.last_run.set_value(run);
        self.predicted.set(None);
        self.exporting.set(None);
        self.run.set(run);
        run
    }

    /// Forgets files, roles and results.
    pub(super) fn clear(&self) {
        self.stop();
        self.sources.set_value(Vec::new());
        self.settings.set_value(settings());
        self.cut.set(None);
        self.in_place.set(None);
        self.predicted.set(None);
        self.run.set(0);
    }

    fn stop(&self) {
        if let Some(client) = self.client.get_value() {
            client.close();
        }
        self.client.set_value(None);
        self.exporting.set(None);
        self.changing.set_value(false);
        self.snapshot.set(nothing());
    }

    fn start(&self) {
        self.stop();
        let began = self.renumber();
        self.began.set_value(began);
        let this = *self;
        let update = move |now: Rc<Snapshot>| {
            if this.began.get_value() != began || this.run.get_untracked() == 0 {
                return;
            }
            if this.stage.get_untracked() <= Stage::Reading && now.stage > Stage::Reading {
                browser::mark("strayline:ingested");
            }
            if now.stage == Stage::Done {
                // A choice counts once rows are scored by it.
                this.settings.update_value(|settings| now.learning.clone().enter(settings));
            }
            this.snapshot.set(now);
        };
        let client = Client::start(&self.sources.get_value(), self.settings.get_value(), update);
        self.client.set_value(Some(client));
    }

    /// A name for what is saved from this session: the first file's, without its ending.
    pub(super) fn name(&self) -> String {
        self.sources.with_value(|sources| {
            let name = sources.first().map(File::name).unwrap_or_default();
            match name.split_once('.') {
                Some((stem, _)) if !stem.is_empty() => stem.to_owned(),
                _ => "strayline".to_owned(),
            }
        })
    }
}

/// The settings before anything is said, with what was said in earlier visits.
fn settings() -> Settings {
    let settings = Settings { remembered: remembered::load(), hand: remembered::load_hand(), ..Settings::default() };
    // `?memory=` in the address, in MiB: for a small machine, or for one that has more to give.
    let memory = browser::parameter("memory").and_then(|memory| memory.parse::<u32>().ok());
    let memory_budget = memory.map_or(settings.memory_budget, |memory| u64::from(memory) << 20);
    Settings { memory_budget, ..settings }
}

/// Enters the choice of a field's role: a role has one field and a field one role, and a role that was taken from its
/// field stays empty rather than be detected there again.
fn choose(roles: &mut Vec<(Role, Option<String>)>, field: &str, before: Option<Role>, after: Option<Role>) {
    roles.retain(|(role, name)| Some(*role) != after && name.as_deref() != Some(field));
    if let Some(before) = before.filter(|role| Some(*role) != after) {
        roles.retain(|(role, _)| *role != before);
        roles.push((before, None));
    }
    if let Some(after) = after {
        roles.push((after, Some(field.to_owned())));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_moves_from_field_to_field() {
        let mut roles = Vec::new();
        choose(&mut roles, "text", None, Some(Role::Message));
        assert_eq!(roles, [(Role::Message, Some("text".to_owned()))]);
        choose(&mut roles, "body", None, Some(Role::Message));
        assert_eq!(roles, [(Role::Message, Some("body".to_owned()))]);
        choose(&mut roles, "body", Some(Role::Message), None);
        assert_eq!(roles, [(Role::Message, None)]);
        choose(&mut roles, "body", None, Some(Role::Service));
        assert_eq!(roles, [(Role::Message, None), (Role::Service, Some("body".to_owned()))]);
    }
}
