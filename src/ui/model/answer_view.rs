//! An answer: what it says, and which of its claims hold. All of it is text, whatever the model wrote.

use leptos::prelude::*;

use super::explain::Turn;
use crate::explain::cause::Part;
use crate::explain::verify::{self, Checked, Fault};
use crate::geometry::number;
use crate::ui::app::Ui;
use crate::ui::command::Command;

/// A question and its answer.
pub(super) fn answer(ui: Ui, turn: &Turn) -> AnyView {
    let shown = |text: &str| turn.prepared.redactor.restore(text);
    let explanation = &turn.explanation;
    let confidence = explanation.confidence.name();
    let question = turn.prepared.question.as_ref().map(|question| view! { <p class="question">{question.clone()}</p> });
    let notes = turn.notes.iter().map(|note| view! { <p class="note">{note.clone()}</p> }).collect_view();
    let parts = [(Part::Timeline, "Timeline"), (Part::Cause, "Root cause"), (Part::Factor, "Contributing factors")];
    let parts = parts.map(|(part, title)| {
        let claims: Vec<_> = turn.claims.iter().filter(|checked| checked.claim.part == part).collect();
        (!claims.is_empty()).then(|| {
            let claims = claims.into_iter().map(|checked| claim(ui, checked, &shown)).collect_view();
            view! {
                <h3>{title}</h3>
                <ul class="claims">{claims}</ul>
            }
        })
    });
    let checks = explanation.checks.iter().map(|check| view! { <li>{shown(check)}</li> }).collect_view();
    let checks = (!explanation.checks.is_empty()).then(|| {
        view! {
            <h3>"To look at next"</h3>
            <ul class="plain" data-testid="answer-checks">{checks}</ul>
        }
    });
    let tokens = number::group(turn.usage.total);
    let tokens = if turn.recorded.is_some() { String::new() } else { format!(", {tokens} tokens") };
    let by = format!("{}{tokens}; it calls its confidence {confidence}", turn.model);
    let recorded = turn.recorded.map(|said| view! { <p class="note" role="status" data-testid="recorded">{said}</p> });
    let whose = if turn.recorded.is_some() { "these" } else { "the model’s" };
    view! {
        <article class="answer" data-testid="answer">
            {question}
            {recorded}
            <div class="answer-head">
                <strong data-testid="answer-headline">{verify::headline(&turn.claims)}</strong>
                <span class="quiet">{by}</span>
            </div>
            {notes}
            <p data-testid="answer-summary">{shown(&explanation.summary)}</p>
            <p>
                <strong>"Most likely: "</strong>
                {shown(&explanation.root_cause)}
                <span class="quiet">{format!(" ({whose} words are not checked; the claims below are)")}</span>
            </p>
            {parts.into_iter().collect_view()}
            {checks}
        </article>
    }
    .into_any()
}

fn claim(ui: Ui, checked: &Checked, shown: &dyn Fn(&str) -> String) -> AnyView {
    let claim = &checked.claim;
    let holds = checked.faults.is_empty();
    // Only of a claim that holds are all rows known to be there.
    let rows = claim.rows.iter().filter(|_| holds).map(|&row| {
        let open = move |_| ui.send(Command::OpenRow(row.saturating_sub(1)));
        view! {
            <button class="link data" data-testid="claim-row" on:click=open>
                {format!("row {}", number::group(row))}
            </button>
            " "
        }
    });
    let faults: Vec<String> = checked.faults.iter().map(Fault::to_string).collect();
    let verdict = if holds { "✓ verified".to_owned() } else { format!("✗ {}", faults.join("; ")) };
    let quote = claim.quote.trim();
    let quote = (!quote.is_empty()).then(|| view! { <q class="data">{shown(quote)}</q> });
    let text = shown(&claim.text);
    let text = if holds { view! { <span>{text}</span> }.into_any() } else { view! { <s>{text}</s> }.into_any() };
    view! {
        <li class="claim" class:refuted=!holds data-testid="claim" data-holds=holds.to_string()>
            {text}
            {quote}
            <span class="verdict">{verdict} " " {rows.collect_view()}</span>
        </li>
    }
    .into_any()
}
