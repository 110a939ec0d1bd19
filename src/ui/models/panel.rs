//! Models: the one that scores and what can be made of it, those that are kept, and what the loaded one makes of the files.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;

use super::super::app::Ui;
use super::super::command::Command;
use super::super::live::live;
use super::Wish;
use super::kept_models::KeptModels;
use super::onboarding::Onboarding;
use crate::detect::Kind;
use crate::geometry::number;
use crate::view::scores::ScoreForm;

/// The panel.
#[component]
pub(in super::super) fn ModelsPanel() -> impl IntoView {
    let ui = Ui::here();
    let models = ui.models;
    let trouble = live(move || {
        models
            .trouble
            .get()
            .map(|trouble| view! { <p class="note" role="alert" data-testid="model-trouble">{trouble}</p> }.into_any())
    });
    let has_report = Memo::new(move |_| ui.session.now(|now| now.report.is_some()));
    view! {
        <section class="models pane" aria-label="Models" data-testid="models">
            <div class="pane-head">
                <strong data-testid="model-in-force">{live(move || told(ui))}</strong>
                <span class="push"></span>
                <LoadModel />
            </div>
            <div class="scroll models-body" tabindex="0">
                {trouble}
                {live(move || has_report.get().then(|| view! { <Onboarding /> }.into_any()))}
                <TakeAlong />
                <KeptModels />
            </div>
        </section>
    }
}

fn told(ui: Ui) -> String {
    if let Some(loaded) = ui.models.loaded.get() {
        let about = &loaded.description.about;
        let detector = about.detector.title();
        return format!("{}: {detector} of {}", loaded.name, number::counted(about.rows, "row"));
    }
    match ui.models.learned.get() {
        Some(learned) if learned.features.is_empty() => {
            let nothing = "No field tells the rows apart: there is nothing that a detector could learn";
            let kinds = if knows_kinds(ui) { ", and a model knows kinds of messages alone" } else { "" };
            format!("{nothing}{kinds}")
        }
        Some(learned) => format!("{}, fitted to these files", learned.detector.title()),
        None => "No model yet".to_owned(),
    }
}

/// Whether there are kinds of messages, with what is ordinary for each.
fn knows_kinds(ui: Ui) -> bool {
    ui.templates.list.with(|list| !list.is_empty())
}

/// A button that takes a model's file.
#[component]
fn LoadModel() -> impl IntoView {
    let ui = Ui::here();
    let input = NodeRef::<leptos::html::Input>::new();
    let chosen = move |event: web_sys::Event| {
        let Some(input) = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok()) else { return };
        if let Some(file) = input.files().and_then(|files| files.get(0)) {
            ui.send(Command::OfModels(Wish::Load(file)));
        }
        // The same file may be chosen again.
        input.set_value("");
    };
    view! {
        <input
            type="file"
            class="hidden"
            tabindex="-1"
            accept=".model"
            aria-label="Model file"
            data-testid="model-input"
            node_ref=input
            on:change=chosen
        />
        <button
            title="Or drop it anywhere, alone or with the files that it shall score"
            on:click=move |_| {
                if let Some(input) = input.get_untracked() {
                    input.click();
                }
            }
        >
            "Load model…"
        </button>
    }
}

/// What can be saved of the model that scores, and its scores.
#[component]
fn TakeAlong() -> impl IntoView {
    let ui = Ui::here();
    let (session, models) = (ui.session, ui.models);
    let ready = Memo::new(move |_| {
        let learned = models.learned.with(|learned| learned.as_ref().map(|learned| !learned.features.is_empty()));
        session.scores.with(Option::is_some) && learned.is_some_and(|features| features || knows_kinds(ui))
    });
    let scored = Memo::new(move |_| session.scores.with(Option::is_some) && session.exporting.get().is_none());
    let name = RwSignal::new(String::new());
    let usual = move || models.loaded.get().map_or_else(|| session.name(), |loaded| loaded.name.clone());
    let named = move || {
        let given = name.get();
        if given.trim().is_empty() { usual() } else { given.trim().to_owned() }
    };
    let is_forest = Memo::new(move |_| {
        models.learned.with(|learned| learned.as_ref().is_some_and(|now| now.detector == Kind::IsolationForest))
    });
    let send = move |wish: fn(String) -> Wish| move |_| ui.send(Command::OfModels(wish(untrack(named))));
    let scores = move |form| move |_| ui.send(Command::OfModels(Wish::Scores(form)));
    view! {
        <h3>"Save"</h3>
        <p class="quiet">
            "A model holds the detector, its features with their vocabularies, the templates and what is ordinary for each, the
            threshold, and how each feature was distributed; no rows. It scores other files, here and on the command line."
        </p>
        <div class="take-along">
            <label>
                "Name"
                <input
                    type="text"
                    data-testid="model-name"
                    placeholder=live(usual)
                    prop:value=live(move || name.get())
                    on:input=move |event| name.set(event_target_value(&event))
                />
            </label>
            <button class="primary" data-testid="keep-model" disabled=live(move || !ready.get()) on:click=send(Wish::Keep)>
                "Keep in this browser"
            </button>
            <button data-testid="download-model" disabled=live(move || !ready.get()) on:click=send(Wish::Download)>
                "Save as file"
            </button>
            <button
                data-testid="save-onnx"
                title="For other programs"
                disabled=live(move || !(ready.get() && is_forest.get()))
                on:click=send(Wish::Onnx)
            >
                "Save as ONNX"
            </button>
            {live(move || {
                let advice = if models.loaded.with(Option::is_some) { "." } else { ": choose it under Detection." };
                let told = view! { <span class="quiet" data-testid="no-onnx">"Only a forest alone can be written as ONNX"{advice}</span> };
                (ready.get() && !is_forest.get()).then(|| told.into_any())
            })}
        </div>
        <div class="take-along">
            <span>"Scores of all rows"</span>
            <button data-testid="scores-csv" disabled=live(move || !scored.get()) on:click=scores(ScoreForm::Csv)>"CSV"</button>
            <button data-testid="scores-jsonl" disabled=live(move || !scored.get()) on:click=scores(ScoreForm::JsonLines)>
                "JSON Lines"
            </button>
            <span class="quiet">
                {live(move || session.exporting.get().map(|done| format!("{} written", number::counted(done, "row"))).unwrap_or_default())}
            </span>
        </div>
    }
}
