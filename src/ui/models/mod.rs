//! The detector and models: what is chosen, what was learned, what is kept, and what the loaded model makes of the files.

mod drift_view;
mod kept_models;
mod onboarding;
mod panel;
mod take;
mod wishes;

use std::rc::Rc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_bytes::ByteBuf;

pub(super) use self::panel::ModelsPanel;
pub(super) use self::take::take_files;
pub use self::wishes::Wish;
pub(super) use self::wishes::perform;
use super::app::Ui;
use super::live::watch;
use super::selection::Pane;
use super::session::Session;
use crate::engine::inspect::Description;
use crate::engine::snapshot::Learning;
use crate::platform::shelf::{Card, Shelf};
use crate::view::{LearnedView, Stage};

/// A model that was loaded.
#[derive(Debug)]
pub(super) struct Loaded {
    /// Its name, for the person.
    pub(super) name: String,
    /// Its file.
    pub(super) file: ByteBuf,
    /// What it is.
    pub(super) description: Description,
}

/// Store of the detector and of models.
#[derive(Clone, Copy)]
pub(super) struct Models {
    session: Session,
    /// What is chosen, and not fitted yet where it differs from [`Self::in_force`].
    pub(super) draft: RwSignal<Learning>,
    /// What rows are scored by.
    pub(super) in_force: Memo<Learning>,
    /// What was learned.
    pub(super) learned: RwSignal<Option<Rc<LearnedView>>, LocalStorage>,
    /// The kept models with their numbers.
    pub(super) list: RwSignal<Vec<(u32, Card)>>,
    /// The model that scores.
    pub(super) loaded: RwSignal<Option<Rc<Loaded>>, LocalStorage>,
    /// The column of which the person said that it holds the labels.
    pub(super) label: RwSignal<Option<String>>,
    /// Why a model could not be loaded.
    pub(super) trouble: RwSignal<Option<String>>,
    /// Which wish for a model, or for none, is the last one.
    turn: StoredValue<u32>,
}

impl Models {
    pub(super) fn new(session: Session) -> Self {
        let in_force = Memo::new(move |_| session.now(|now| now.learning.clone()));
        Self {
            session,
            draft: RwSignal::new(in_force.get_untracked()),
            in_force,
            learned: RwSignal::new_local(None),
            list: RwSignal::new(Vec::new()),
            loaded: RwSignal::new_local(None),
            label: RwSignal::new(None),
            trouble: RwSignal::new(None),
            turn: StoredValue::new(0),
        }
    }

    /// A wish for another model begins: what was wished before is overtaken.
    fn take_turn(&self) -> u32 {
        self.turn.update_value(|turn| *turn += 1);
        self.turn.get_value()
    }

    fn is_turn(&self, turn: u32) -> bool {
        self.turn.get_value() == turn
    }

    /// Forgets the loaded model, and one that is on its way.
    pub(super) fn clear(&self) {
        self.take_turn();
        self.loaded.set(None);
        self.label.set(None);
        self.trouble.set(None);
    }

    /// Whether files were held against a model, which speaks against it, and nothing is scored.
    pub(super) fn waits(&self) -> bool {
        self.session.now(|now| now.stage == Stage::Done && now.report.is_some() && now.scores.is_none())
    }

    /// Whether a detector is being fitted or rows are being scored, and whether that can be stopped.
    pub(super) fn working(&self) -> Option<f32> {
        self.session.now(|now| match now.stage {
            Stage::Fitting if now.again || now.fitted > 0.0 && now.fitted < 1.0 => Some(now.fitted * 0.5),
            Stage::Scoring if now.again => Some(0.5 + 0.5 * now.scored as f32 / now.rows.max(1) as f32),
            _ => None,
        })
    }
}

/// Keeps the store in step with the analysis and with what is kept.
pub(super) fn follow(ui: Ui) {
    let Ui { session, models, selection, .. } = ui;
    watch(move || models.draft.set(models.in_force.get()));
    watch(move || {
        let run = session.run.get();
        let scored = session.scores.with(Option::is_some);
        let Some(client) = session.client().filter(|_| scored) else {
            models.learned.set(None);
            return;
        };
        spawn_local(async move {
            let learned = client.learned().await.map(Rc::new);
            if session.is_current(run) {
                models.learned.set(learned);
            }
        });
    });
    let waits = Memo::new(move |_| models.waits());
    watch(move || {
        if waits.get() {
            selection.pane.set(Pane::Models);
            selection.say("The check speaks against the model; nothing is scored");
        }
    });
    let before = StoredValue::new((0, None));
    watch(move || {
        let now = (session.run.get(), session.scores.get());
        let was = before.get_value();
        before.set_value(now.clone());
        // The same rows with other scores.
        if was.0 == now.0 && was.1.is_some() && now.1.is_some() && was.1 != now.1 {
            // Another finding may stand in its place.
            selection.finding.set(None);
            selection.say(format!("The rows are scored anew, by {}", session.now(|now| now.detector.title())));
        }
    });
    take::tell_on_start(ui);
    spawn_local(async move { models.list.set(Shelf::open().await.list().await) });
}
