//! Why a row is unusual, and what caused it: asked of a language model, shown before it is sent, and checked when it comes.

use leptos::prelude::*;

use super::answer_view::answer;
use super::explain::{ask, follow, gather, markdown, prepare};
use super::ledger::Ledger;
use super::preview::preview;
use super::recorded;
use super::redaction::Redaction;
use super::settings::ModelSettings;
use super::store::ModelStore;
use crate::geometry::number;
use crate::ui::app::Ui;
use crate::ui::browser;
use crate::ui::live::{live, watch};

/// The pane.
#[component]
pub(in crate::ui) fn ExplainPanel() -> impl IntoView {
    let ui = Ui::here();
    let store = ModelStore::here();
    let explaining = store.explaining;
    // While nothing is lost by it, the pane follows the selection.
    watch(move || follow(ui, store));
    watch(move || prepare(store));
    view! {
        <section class="model-panel pane" aria-label="Explain" data-testid="explain-panel">
            <div class="scroll model-body" tabindex="0">
                {live(move || Some(head(ui, store)))}
                {live(move || explaining.turns.with(|turns| turns.iter().map(|turn| answer(ui, turn)).collect_view().into_any()))}
                {live(move || streaming(store))}
                {live(move || {
                    explaining
                        .failed
                        .get()
                        .map(|why| view! { <p class="note" role="alert" data-testid="explain-failed">{why}</p> }.into_any())
                })}
                {live(move || after(ui, store))}
                {live(move || recorded::way_to_explanation(ui, store))}
                {live(move || ahead(ui, store))}
                <ModelSettings />
                <Redaction />
                <Ledger />
            </div>
        </section>
    }
}

/// Which row it is about.
fn head(ui: Ui, store: ModelStore) -> AnyView {
    let explaining = store.explaining;
    let subject = explaining.subject.get();
    let selected = ui.selection.row.get();
    let Some(subject) = subject else {
        let text = match selected {
            Some(_) => "Looking up what stands around the row…",
            None => {
                "Select a finding or a row: a language model can then be asked why it is there. Nothing is sent before you have seen it."
            }
        };
        return view! { <p class="hint">{text}</p> }.into_any();
    };
    let row = subject.detail.finding.row.row;
    let rows = number::group(subject.rows.rows.len() as u64);
    let around = match (subject.session, subject.normal.is_some()) {
        (true, true) => format!("its session of {rows} rows and the nearest ordinary session"),
        (true, false) => format!("its session of {rows} rows"),
        (false, _) => format!("the {rows} rows around it"),
    };
    let other = selected.filter(|&selected| selected != row).map(|selected| {
        view! {
            <button data-testid="explain-other" on:click=move |_| gather(ui, store, selected)>
                {format!("Explain row {} instead", number::group(selected + 1))}
            </button>
        }
    });
    view! {
        <div class="line">
            <h2 data-testid="explain-subject">{format!("Row {} with {around}", number::group(row + 1))}</h2>
            {other}
        </div>
        <p class="data subject">{subject.detail.finding.message.clone()}</p>
    }
    .into_any()
}

/// The answer as it comes.
fn streaming(store: ModelStore) -> Option<AnyView> {
    let text = store.explaining.streaming.get()?;
    let waiting = store.explaining.waiting.get().unwrap_or_else(|| {
        if text.is_empty() { "asked; the answer has not begun".to_owned() } else { "the answer is coming".to_owned() }
    });
    Some(
        view! {
            <div class="line">
                <span role="status" data-testid="explain-waiting">{waiting}</span>
                <button data-testid="explain-stop" on:click=move |_| store.explaining.stop()>"Stop"</button>
            </div>
            <pre class="data raw streaming">{text}</pre>
        }
        .into_any(),
    )
}

/// What can be done with an answer.
fn after(ui: Ui, store: ModelStore) -> Option<AnyView> {
    let explaining = store.explaining;
    if explaining.busy() || explaining.question.with(Option::is_some) {
        return None;
    }
    let last = explaining.turns.with(|turns| turns.last().cloned())?;
    let written = RwSignal::new(String::new());
    let asked = last.recorded.is_none();
    let save = move |originals: bool| {
        let last = last.clone();
        move |_| {
            let blob = browser::blob_of_text(&markdown(&last, originals), "text/markdown;charset=utf-8");
            let name = format!("{}-explanation.md", ui.session.name());
            if blob.and_then(|blob| browser::save(&blob, &name)).is_none() {
                ui.selection.say("The browser did not save the file");
            }
        }
    };
    let next = move || {
        let question = written.get_untracked().trim().to_owned();
        if !question.is_empty() {
            explaining.question.set(Some(question));
        }
    };
    // Nobody is there to answer a further question about an answer that no model gave.
    let further = asked.then(|| {
        view! {
            <form
                class="line"
                on:submit=move |event| {
                    event.prevent_default();
                    next();
                }
            >
                <input
                    type="text"
                    class="grow"
                    placeholder="A further question"
                    aria-label="A further question"
                    data-testid="further-question"
                    on:input=move |event| written.set(event_target_value(&event))
                />
                <button data-testid="further-prepare">"Prepare"</button>
            </form>
        }
    });
    Some(
        view! {
            {further}
            <div class="line">
                <button data-testid="save-markdown" on:click=save(true)>"Save as Markdown"</button>
                <button title="As it was sent: pseudonyms stay" on:click=save(false)>"Save with pseudonyms"</button>
                <button data-testid="explain-again" on:click=move |_| explaining.forget_answers()>"Start over"</button>
            </div>
        }
        .into_any(),
    )
}

/// Has the provider count the tokens, which takes sending it all.
fn count(store: ModelStore, prepared: &super::explain::Prepared) -> Option<AnyView> {
    prepared.count.as_ref()?;
    let missing = store.missing();
    let text = live(move || match store.explaining.counted.get() {
        Some(Ok(tokens)) => format!("{} tokens exactly", number::group(tokens)),
        Some(Err(why)) => why,
        None => String::new(),
    });
    Some(
        view! {
            <button
                data-testid="explain-count"
                title="The provider counts them, so that all of it is sent there; it gives no answer and costs nothing"
                disabled=live(move || missing.with(Option::is_some))
                on:click=move |_| super::explain::count(store)
            >
                "Send to count tokens only"
            </button>
            <span class="data" data-testid="explain-counted">{text}</span>
        }
        .into_any(),
    )
}

/// The request that is ready to be sent.
fn ahead(ui: Ui, store: ModelStore) -> Option<AnyView> {
    let explaining = store.explaining;
    if explaining.busy()
        || explaining.turns.with(|turns| !turns.is_empty()) && explaining.question.with(Option::is_none)
    {
        return None;
    }
    if let Some(why) = explaining.unprepared.get() {
        return Some(view! { <p class="note" data-testid="unprepared">{why}</p> }.into_any());
    }
    let prepared = explaining.prepared.get()?;
    let host = prepared.address.split('/').nth(2).unwrap_or_default().to_owned();
    let missing = store.missing();
    let question = prepared.question.clone().map(|question| {
        view! {
            <p class="question">{question}</p>
            <button on:click=move |_| explaining.question.set(None)>"Ask something else"</button>
        }
    });
    let wrong = prepared.wrong.clone().map(|wrong| view! { <p class="note" role="alert">{wrong}</p> });
    Some(
        view! {
            <div class="ahead">
                {question}
                <h3>"What would be sent"</h3>
                {preview(&prepared.parcel, &prepared.address, prepared.tokens, &prepared.redactor)}
                {wrong}
                <div class="line">
                    <button
                        class="primary"
                        data-testid="explain-send"
                        disabled=live(move || missing.with(Option::is_some))
                        on:click=move |_| ask(ui, store)
                    >
                        {format!("Send to {host}")}
                    </button>
                    {recorded::explanation(ui, store, &prepared)}
                    {count(store, &prepared)}
                    <span class="quiet">{live(move || missing.get().unwrap_or_default().to_owned())}</span>
                </div>
            </div>
        }
        .into_any(),
    )
}
