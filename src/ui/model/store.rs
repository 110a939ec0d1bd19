//! What the person chose of language models, and what was sent.

use std::collections::{BTreeMap, BTreeSet};

use leptos::prelude::*;

use super::compare::Comparison;
use super::evaluate_panel::Source;
use super::explain::Explaining;
use super::hand_labels;
use super::labels::Labelling;
use super::warm_panel::Warming;
use crate::explain::label_file::Labelled;
use crate::explain::ledger::Entry;
use crate::explain::models::PREFERRED;
use crate::explain::reach::Reach;
use crate::explain::redact::{Own, Redactor, Rule};
use crate::explain::{Provider, request};
use crate::geometry::number;
use crate::platform::model::Line;
use crate::platform::policy;
use crate::ui::app::Ui;
use crate::ui::live::{live, watch};
use crate::ui::{browser, frame};

/// Where a key is kept when the person wants it kept: until the tab is closed. No provider is ever sent another's: the page
/// and its twin share one storage.
const fn key_name(local: bool) -> &'static str {
    if local { "strayline.local-key" } else { "strayline.model-key" }
}
/// A number that whoever writes logs can't know: what delimits data in a prompt depends on it. Kept, so that the same rows
/// make the same request after the page was loaded again.
const FENCE: &str = "strayline.fence";
/// A usual address of a server on this machine.
const LOCAL_BASE: &str = "http://localhost:11434/v1";

/// Store of language models. Copied freely.
#[derive(Clone, Copy)]
pub(in crate::ui) struct ModelStore {
    /// Whom the page's policy lets it speak to.
    pub(super) reach: StoredValue<Reach>,
    /// Whether a server on this machine is asked, not Gemini.
    pub(super) local: RwSignal<bool>,
    /// Address of the server on this machine.
    pub(super) base: RwSignal<String>,
    /// Name of the model.
    pub(super) model: RwSignal<String>,
    /// Models that the provider listed.
    pub(super) models: RwSignal<Vec<String>>,
    /// The key of whoever is asked. It is nowhere else but, if the person wants that, in the tab's storage.
    pub(super) key: RwSignal<String>,
    /// The key of the other provider, where the page may ask both.
    other_key: StoredValue<String>,
    pub(super) keep_key: RwSignal<bool>,
    /// What the last test of the key came to.
    pub(super) tested: RwSignal<Option<Result<String, String>>>,
    pub(super) testing: RwSignal<bool>,
    /// Rules of redaction that are on.
    pub(super) rules: RwSignal<BTreeSet<Rule>>,
    /// The person's own words and `/patterns/`, one a line.
    pub(super) own: RwSignal<String>,
    /// Whether every connection was forbidden, and what the browser said when one was tried.
    pub(super) offline: RwSignal<Option<String>>,
    pub(super) ledger: RwSignal<Vec<Entry>>,
    pub(super) fence: StoredValue<u64>,
    pub(super) explaining: Explaining,
    pub(super) labelling: Labelling,
    pub(super) warming: Warming,
    pub(super) comparison: Comparison,
    /// What the person chose to hold scores against.
    pub(super) held_against: RwSignal<Option<Source>>,
}

impl ModelStore {
    /// Nothing is sent, and nothing was.
    pub(in crate::ui) fn new(labels: RwSignal<BTreeMap<u64, Labelled>>) -> Self {
        let reach = policy::reach();
        let local = reach.gemini.is_none() && reach.local;
        let kept = kept_key(local);
        Self {
            reach: StoredValue::new(reach),
            local: RwSignal::new(local),
            base: RwSignal::new(LOCAL_BASE.to_owned()),
            model: RwSignal::new(if local { String::new() } else { PREFERRED[0].to_owned() }),
            models: RwSignal::new(Vec::new()),
            keep_key: RwSignal::new(kept.is_some()),
            key: RwSignal::new(kept.unwrap_or_default()),
            other_key: StoredValue::new(kept_key(!local).unwrap_or_default()),
            tested: RwSignal::new(None),
            testing: RwSignal::new(false),
            rules: RwSignal::new(Rule::SWITCHES.into_iter().filter(|rule| rule.by_default()).collect()),
            own: RwSignal::new(String::new()),
            offline: RwSignal::new(None),
            ledger: RwSignal::new(Vec::new()),
            fence: StoredValue::new(fence()),
            explaining: Explaining::new(),
            labelling: Labelling::new(labels),
            warming: Warming::new(),
            comparison: Comparison::new(),
            held_against: RwSignal::new(None),
        }
    }

    /// The store of the page that a component stands in.
    pub(in crate::ui) fn here() -> Self {
        expect_context::<Self>()
    }

    /// What is missing before anything can be sent.
    pub(super) fn missing(self) -> Memo<Option<&'static str>> {
        // What a pattern was to hide would be sent without it.
        let pattern =
            move || self.redactor().1.map(|_| "A pattern of your own can’t be read: mend it under Redaction.");
        Memo::new(move |_| self.lacks().or_else(pattern))
    }

    /// Whether there is no model that could be asked.
    pub(super) fn cannot_ask(self) -> bool {
        self.lacks().is_some()
    }

    fn lacks(self) -> Option<&'static str> {
        let allowed = self.reach.with_value(|reach| reach.local || reach.gemini.is_some());
        match (self.offline.with(Option::is_some), self.local.get(), self.key.with(String::is_empty)) {
            (true, ..) => Some("Every connection is forbidden for this visit."),
            _ if !allowed => Some("This page’s policy allows no model."),
            (_, false, true) => Some("It takes a key: see below."),
            _ if self.model.with(String::is_empty) => Some("It takes the name of a model: see below."),
            _ => None,
        }
    }

    /// What became of the files' text, for the bottom line.
    pub(in crate::ui) fn sent(&self) -> String {
        match self.ledger.with(|ledger| ledger.iter().filter(|entry| entry.sent && entry.rows > 0).count()) {
            0 => "read in this tab, sent nowhere".to_owned(),
            count => {
                format!("read in this tab; rows sent to the model in {}", number::counted(count as u64, "request"))
            }
        }
    }

    /// Forgets what was said of files that are no longer there.
    pub(in crate::ui) fn clear(&self) {
        self.explaining.clear();
        self.labelling.clear();
        self.warming.clear();
        self.comparison.clear();
        self.held_against.set(None);
    }

    /// Who is asked, as chosen now.
    pub(super) fn provider(&self) -> Provider {
        let model = self.model.get();
        if self.local.get() { Provider::Local { base: self.base.get(), model } } else { Provider::Gemini { model } }
    }

    /// How whoever is asked is spoken to.
    pub(super) fn line(&self, provider: &Provider) -> Line {
        let local = matches!(provider, Provider::Local { .. });
        // What was prepared for one of them is not sent with the key of the other.
        let chosen = local == self.local.get_untracked();
        let key = if chosen { self.key.get_untracked() } else { self.other_key.get_value() };
        Line { header: provider.key_header(), key, local }
    }

    /// Where a request goes: to Gemini at the address that the page's policy names.
    pub(super) fn address(&self, url: &str) -> String {
        match url.strip_prefix(request::GEMINI) {
            Some(rest) => {
                self.reach.with_value(|reach| format!("{}{rest}", reach.gemini.as_deref().unwrap_or(request::GEMINI)))
            }
            None => url.to_owned(),
        }
    }

    /// A redactor as chosen now, and what is wrong with the person's own words.
    pub(super) fn redactor(&self) -> (Redactor, Option<String>) {
        let mut own = Own::default();
        let mut wrong = None;
        for line in self.own.get().lines().map(str::trim).filter(|line| !line.is_empty()) {
            let pattern =
                line.strip_prefix('/').and_then(|rest| rest.strip_suffix('/')).filter(|inner| !inner.is_empty());
            let added = match pattern {
                Some(pattern) => own.add_pattern(pattern),
                None => own.add_word(line),
            };
            if let Err(error) = added {
                wrong = Some(format!("{line}: {error}"));
            }
        }
        (Redactor::new(self.rules.get(), own), wrong)
    }

    /// Keeps the key until the tab is closed, or no longer.
    pub(super) fn store_key(&self) {
        let Some(storage) = session_storage() else { return };
        let (key, name) = (self.key.get_untracked(), key_name(self.local.get_untracked()));
        // Where nothing may be stored, the key is kept until the page is closed.
        let _ = if self.keep_key.get_untracked() && !key.is_empty() {
            storage.set_item(name, &key)
        } else {
            storage.remove_item(name)
        };
    }

    /// From now on the server on this machine is asked, or Gemini; each with its own key.
    pub(super) fn choose(&self, local: bool) {
        if self.local.get_untracked() != local {
            let other = self.other_key.get_value();
            self.other_key.set_value(self.key.get_untracked());
            self.key.set(other);
            self.keep_key.set(kept_key(local).is_some());
            self.local.set(local);
        }
        self.models.set(Vec::new());
        self.tested.set(None);
    }
}

/// Forgets what was said of files that are gone, and keeps the bottom line true.
pub(in crate::ui) fn follow(ui: Ui, store: ModelStore) {
    watch(move || {
        ui.session.run.track();
        store.clear();
    });
    // New scores of the same rows come with other features: the forest and what it predicts go with the old ones.
    watch(move || {
        ui.session.scores.track();
        store.warming.clear();
        ui.session.predicted.set(None);
    });
    hand_labels::follow(ui);
    frame::fill("sent", live(move || store.sent()).into_any());
}

fn session_storage() -> Option<web_sys::Storage> {
    window().session_storage().ok().flatten()
}

fn kept_key(local: bool) -> Option<String> {
    session_storage()?.get_item(key_name(local)).ok().flatten()
}

fn fence() -> u64 {
    let kept = browser::storage().and_then(|storage| storage.get_item(FENCE).ok().flatten());
    if let Some(kept) = kept.and_then(|text| u64::from_str_radix(&text, 16).ok()) {
        return kept;
    }
    let mut bytes = [0; 8];
    // Without random numbers the delimiters still depend on the data.
    let _ = window().crypto().map(|crypto| crypto.get_random_values_with_u8_array(&mut bytes));
    let fresh = u64::from_le_bytes(bytes);
    if let Some(storage) = browser::storage() {
        let _ = storage.set_item(FENCE, &format!("{fresh:x}"));
    }
    fresh
}
