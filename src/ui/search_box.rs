//! The search: what is written, what is wrong with it, how far it is, and its terms.

use leptos::prelude::*;

use super::app::Ui;
use super::browser;
use super::command::Command;
use super::live::{live, watch};
use crate::filter::{Expr, QueryError};

/// The box that is typed into.
#[component]
pub(super) fn SearchBox() -> impl IntoView {
    let ui = Ui::here();
    let looking = ui.looking;
    let node = ui.search_input;
    // The document keeps what was typed; the store may know better, as when a term was taken away.
    watch(move || {
        let text = looking.text.get();
        if let Some(input) = node.get().filter(|input| input.value() != text) {
            input.set_value(&text);
        }
    });
    let wrong = Memo::new(move |_| looking.error.with(Option::is_some));
    let clear = live(move || {
        looking.text.with(|text| !text.is_empty()).then(|| {
            view! {
                <button
                    class="bare"
                    aria-label="Clear the search"
                    data-testid="search-clear"
                    on:click=move |_| ui.send(Command::Search(String::new()))
                >
                    "✕"
                </button>
            }
            .into_any()
        })
    });
    view! {
        <div class="search" role="search" class:wrong=live(move || wrong.get())>
            <input
                type="text"
                role="searchbox"
                class="data"
                aria-label="Search rows"
                placeholder="level:>=warn service:pay* -timeout"
                title="Words stand anywhere in a row. field:value, field:>10, /regex/, OR, - for not; ? shows more"
                autocomplete="off"
                autocapitalize="off"
                spellcheck="false"
                aria-invalid=live(move || wrong.get().to_string())
                aria-describedby="search-error"
                data-testid="search"
                node_ref=node
                on:input=move |event| ui.send(Command::Type(event_target_value(&event)))
                on:keydown=move |event| match event.key().as_str() {
                    "Enter" => {
                        event.prevent_default();
                        let text = looking.text.get_untracked();
                        ui.send(Command::Search(text));
                        if !wrong.get_untracked() {
                            browser::focus("rows");
                        }
                    }
                    "Escape" => {
                        event.prevent_default();
                        if looking.text.with_untracked(String::is_empty) {
                            browser::focus("rows");
                        } else {
                            ui.send(Command::Search(String::new()));
                        }
                    }
                    _ => {}
                }
            />
            {clear}
            <kbd class="only-wide">"/"</kbd>
        </div>
    }
}

/// What stands under the box while there is something to say.
#[component]
pub(super) fn SearchNotes() -> impl IntoView {
    let ui = Ui::here();
    let looking = ui.looking;
    let error = live(move || {
        let error = looking.error.get();
        error.map(|(text, error)| wrong(&text, &error).into_any())
    });
    let working = live(move || {
        looking.working.get().map(|working| {
            view! {
                <p class="working" role="status" data-testid="working">
                    <progress max="100" value=working.percent.to_string()></progress>
                    <span class="quiet">{working.what}" "<span class="data">{working.percent}" %"</span></span>
                    <button data-testid="stop-search" on:click=move |_| ui.send(Command::Stop)>"Stop"</button>
                </p>
            }
            .into_any()
        })
    });
    let terms = live(move || {
        looking.expr.with(|expr| {
            let terms: Vec<_> = expr.parts().iter().map(|part| term(ui, expr, part)).collect();
            (!terms.is_empty())
                .then(|| view! { <ul class="terms" aria-label="Terms of the search">{terms}</ul> }.into_any())
        })
    });
    view! {
        <div id="search-error" role="alert">{error}</div>
        {working}
        {terms}
    }
}

/// A text with the place of the trouble, and a sentence.
fn wrong(text: &str, error: &QueryError) -> impl IntoView + use<> {
    let at = (0..=error.at.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
    let (before, rest) = text.split_at(at);
    let end = rest.find(char::is_whitespace).filter(|&end| end > 0).unwrap_or(rest.len());
    let (place, after) = rest.split_at(end);
    // Where the text ends too early there is nothing to underline but the place behind it.
    let place = if place.is_empty() { "\u{a0}" } else { place };
    view! {
        <p class="note" data-testid="search-error">
            <span class="data place">{before.to_owned()}<mark>{place.to_owned()}</mark>{after.to_owned()}</span>
            {error.message.clone()}
        </p>
    }
}

fn term(ui: Ui, expr: &Expr, part: &Expr) -> impl IntoView + use<> {
    let text = part.to_string();
    let negated = matches!(part, Expr::Not(_));
    let less = expr.without(part);
    let turned = Expr::and(
        expr.parts().iter().map(|known| if known == part { Expr::not(known.clone()) } else { known.clone() }).collect(),
    );
    let turn = if negated { "Show the rows with it instead" } else { "Show the rows without it instead" };
    view! {
        <li class="term" data-testid="term">
            <button
                class="bare"
                title=turn
                aria-label=format!("Turn {text} around")
                aria-pressed=negated.to_string()
                data-testid="term-turn"
                on:click=move |_| ui.send(Command::Narrow(turned.clone()))
            >
                "−"
            </button>
            <span class="data" data-testid="term-text" title=text.clone()>{text.clone()}</span>
            <button
                class="bare"
                aria-label=format!("Remove {text}")
                data-testid="term-remove"
                on:click=move |_| ui.send(Command::Narrow(less.clone()))
            >
                "✕"
            </button>
        </li>
    }
}
