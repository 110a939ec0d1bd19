//! Who is asked, with which key and which model; and a test that says what is wrong.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::send::{Parcel, get, send};
use super::store::ModelStore;
use crate::explain::schema::Form;
use crate::explain::{Choices, Prompt, Request, models};
use crate::geometry::number;
use crate::platform::model::Stop;
use crate::ui::live::live;

/// Provider, key, model.
#[component]
pub(super) fn ModelSettings() -> impl IntoView {
    let store = ModelStore::here();
    let summary = live(move || {
        let model = store.model.get();
        let model = if model.is_empty() { "no model yet".to_owned() } else { model };
        let key = match (store.local.get(), store.key.with(String::is_empty)) {
            (true, _) => "on this machine",
            (false, true) => "no key yet",
            (false, false) => "with your key",
        };
        format!("Model: {model}, {key}")
    });
    let open = untrack(|| !store.local.get() && store.key.with(String::is_empty) || store.model.with(String::is_empty));
    let result = live(move || {
        let (class, text) = match store.tested.get() {
            _ if store.testing.get() => ("quiet", "Asking…".to_owned()),
            None => return None,
            Some(Ok(text)) => ("quiet", text),
            Some(Err(text)) => ("note", text),
        };
        Some(view! { <p class=class role="status" data-testid="key-result">{text}</p> }.into_any())
    });
    let options = live(move || {
        let models = store.models.get().into_iter();
        models.map(|model| view! { <option value=model></option> }).collect_view().into_any()
    });
    let test = "Sends one sentence, and nothing of a log";
    view! {
        <details class="fold" data-testid="model-settings" open=open>
            <summary>{summary}</summary>
            {providers(store)}
            {live(move || if store.local.get() { address(store) } else { key(store) })}
            <div class="line">
                <label class="stack grow">
                    "Model"
                    <input
                        type="text"
                        class="data"
                        list="models"
                        autocomplete="off"
                        spellcheck="false"
                        data-testid="model-name"
                        prop:value=live(move || store.model.get())
                        on:change=move |event| store.model.set(event_target_value(&event).trim().to_owned())
                    />
                </label>
                <datalist id="models">{options}</datalist>
                <button
                    data-testid="test-key"
                    title=test
                    disabled=live(move || store.testing.get())
                    on:click=move |_| test_key(store)
                >
                    {live(move || if store.local.get() { "Test the server" } else { "Test key" }.to_owned())}
                </button>
            </div>
            {result}
        </details>
    }
}

/// A choice between those that the page's policy allows, and how to get to the others.
fn providers(store: ModelStore) -> AnyView {
    let reach = store.reach.get_value();
    match (reach.gemini.is_some(), reach.local) {
        (true, true) => {
            let option = |local: bool, name: &'static str| {
                view! {
                    <button
                        class="choice"
                        aria-pressed=live(move || (store.local.get() == local).to_string())
                        on:click=move |_| store.choose(local)
                    >
                        {name}
                    </button>
                }
            };
            view! { <div class="line">{option(false, "Gemini")} {option(true, "A server on this machine")}</div> }.into_any()
        }
        (true, false) => view! {
            <p class="quiet">
                "This page can speak to Gemini and to nobody else. To ask a model on this machine (Ollama, LM Studio, llama.cpp), open "
                <a href="local.html" data-testid="to-local">"its twin"</a>
                ", whose policy allows servers on this machine and nothing else."
            </p>
        }
        .into_any(),
        (false, true) => view! {
            <p class="quiet">
                "This page can speak to servers on this machine and to nobody else. To ask Gemini, open "
                <a href="./">"its twin"</a> "."
            </p>
        }
        .into_any(),
        (false, false) => {
            view! { <p class="note">"This page’s policy allows no model: whoever hosts it has changed it."</p> }.into_any()
        }
    }
}

fn key(store: ModelStore) -> AnyView {
    let typed = move |event| {
        store.key.set(event_target_value(&event).trim().to_owned());
        store.tested.set(None);
        store.store_key();
    };
    let keep = move |_| {
        store.keep_key.update(|keep| *keep = !*keep);
        store.store_key();
    };
    view! {
        <div class="line">
            <label class="stack grow">
                "Your Gemini key (from AI Studio)"
                <input
                    type="password"
                    class="data"
                    autocomplete="off"
                    spellcheck="false"
                    data-testid="model-key"
                    prop:value=live(move || store.key.get())
                    on:input=typed
                />
            </label>
            <label class="check">
                <input
                    type="checkbox"
                    data-testid="keep-key"
                    prop:checked=live(move || store.keep_key.get())
                    on:change=keep
                />
                "keep it until this tab is closed"
            </label>
        </div>
        <p class="note">
            "With a key of the free tier, Google may use what is sent to improve its products, and people may read it. For logs that are not yours to give away, use a key of a project with billing."
        </p>
    }
    .into_any()
}

fn address(store: ModelStore) -> AnyView {
    view! {
        <div class="line">
            <label class="stack grow">
                "Address of the server"
                <input
                    type="text"
                    class="data"
                    autocomplete="off"
                    spellcheck="false"
                    data-testid="model-base"
                    prop:value=live(move || store.base.get())
                    on:change=move |event| store.base.set(event_target_value(&event).trim().to_owned())
                />
            </label>
            <label class="stack">
                "Key, if it wants one"
                <input
                    type="password"
                    class="data"
                    autocomplete="off"
                    data-testid="model-key"
                    prop:value=live(move || store.key.get())
                    on:input=move |event| {
                        store.key.set(event_target_value(&event).trim().to_owned());
                        store.store_key();
                    }
                />
            </label>
        </div>
        <p class="quiet">
            "The server must allow this page’s origin: OLLAMA_ORIGINS for Ollama, --cors for LM Studio. The browser may ask whether this page may use the local network. Safari can’t do it from an https page."
        </p>
    }
    .into_any()
}

/// Lists the models and asks for one word: a key may be allowed to list and not to ask.
fn test_key(store: ModelStore) {
    store.testing.set(true);
    store.tested.set(None);
    spawn_local(async move {
        let result = try_key(store).await;
        store.testing.set(false);
        store.tested.set(Some(result));
    });
}

async fn try_key(store: ModelStore) -> Result<String, String> {
    let stop = Stop::new();
    let provider = untrack(|| store.provider());
    let url = provider.models_url().map_err(|error| error.to_string())?;
    let list = Parcel::plain("list of models", &provider, Request { url, body: String::new() });
    let listed = get(store, &list, &stop).await.map_err(|failure| failure.sentence)?;
    store.models.set(models::read(&listed));
    if store.model.with_untracked(String::is_empty)
        && let Some(first) = store.models.with_untracked(|models| models.first().cloned())
    {
        store.model.set(first);
    }
    let provider = untrack(|| store.provider());
    let prompt = Prompt {
        system: "You test a connection.".into(),
        user: "Answer with the word ok.".into(),
        form: Form::Object(vec![("word", Form::Text("The word."))]),
    };
    let request = provider.ask(&prompt, Choices::default(), false).map_err(|error| error.to_string())?;
    let parcel = Parcel::plain("test of the key", &provider, request);
    let answer = send(store, &parcel, &stop, &|_| {}).await.map_err(|failure| failure.sentence)?;
    if let Some(trouble) = answer.trouble() {
        return Err(trouble);
    }
    let models = store.models.with_untracked(Vec::len);
    let by = if answer.model.is_empty() { parcel.model } else { answer.model };
    Ok(format!("It works: {by} answered. {} can be chosen.", number::counted(models as u64, "model")))
}
