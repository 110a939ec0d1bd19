//! Which rules of redaction are on, and the person's own words.

use leptos::prelude::*;

use super::store::ModelStore;
use crate::explain::redact::Rule;
use crate::ui::live::live;

/// The rules, each to be switched.
#[component]
pub(super) fn Redaction() -> impl IntoView {
    let store = ModelStore::here();
    let switches = Rule::SWITCHES.map(|rule| {
        let toggle = move |_| {
            store.rules.update(|rules| {
                if !rules.remove(&rule) {
                    rules.insert(rule);
                }
            });
        };
        view! {
            <label class="check">
                <input
                    type="checkbox"
                    data-testid=format!("rule-{}", rule.tag().to_lowercase())
                    prop:checked=live(move || store.rules.with(|rules| rules.contains(&rule)))
                    on:change=toggle
                />
                {rule.name()}
            </label>
        }
    });
    let summary = live(move || {
        let (on, of) = (store.rules.with(std::collections::BTreeSet::len), Rule::SWITCHES.len());
        let own = store.own.with(|own| own.lines().filter(|line| !line.trim().is_empty()).count());
        format!("Redaction: {on} of {of} rules, {own} words of your own")
    });
    view! {
        <details class="fold" data-testid="redaction">
            <summary>{summary}</summary>
            <p class="quiet">
                "What a rule finds is replaced by a pseudonym such as "<span class="data">"<EMAIL_3>"</span>
                " before it is sent, the same one for the same text. What it stands for stays here, and is put back when an answer is shown."
            </p>
            <div class="switches">{switches.into_iter().collect_view()}</div>
            <label class="stack">
                "Words of your own, one a line; /between slashes/ a pattern"
                <textarea
                    rows="3"
                    class="data"
                    data-testid="own-words"
                    spellcheck="false"
                    prop:value=live(move || store.own.get())
                    on:change=move |event| store.own.set(event_target_value(&event))
                ></textarea>
            </label>
        </details>
    }
}
