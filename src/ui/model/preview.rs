//! What is about to be sent: where to, how much, what was replaced and why, and every byte.

use leptos::prelude::*;

use super::send::Parcel;
use crate::explain::redact::Redactor;
use crate::geometry::number;
use crate::ui::live::live;

/// Most replacements that are listed.
const LISTED: usize = 200;

/// A request that has not been sent.
pub(super) fn preview(parcel: &Parcel, address: &str, tokens: u64, redactor: &Redactor) -> AnyView {
    let facts = [
        ("to", address.to_owned()),
        ("model", parcel.model.clone()),
        ("size", number::bytes(parcel.request.body.len() as u64)),
        ("tokens", format!("about {}", number::group(tokens))),
        ("rows", number::group(parcel.rows)),
        ("replaced", number::counted(parcel.redactions, "text")),
    ];
    let facts = facts.map(|(name, value)| {
        view! {
            <div>
                <dt>{name}</dt>
                <dd class="data" data-testid=format!("sends-{name}")>
                    {value}
                </dd>
            </div>
        }
    });
    let body = parcel.request.body.clone();
    let all = RwSignal::new(false);
    let bytes = live(move || {
        all.get()
            .then(|| view! { <pre class="data raw sends" data-testid="sends-body">{body.clone()}</pre> }.into_any())
    });
    view! {
        <dl class="facts">{facts.into_iter().collect_view()}</dl>
        <div class="line">
            {replacements(redactor)}
            <button
                data-testid="show-bytes"
                aria-expanded=live(move || all.get().to_string())
                on:click=move |_| all.update(|all| *all = !*all)
            >
                {live(move || if all.get() { "Hide the exact bytes" } else { "Show the exact bytes" }.to_owned())}
            </button>
        </div>
        {bytes}
    }
    .into_any()
}

/// What was replaced: the text as it stands in the log, what goes in its place, and the rule that said so.
fn replacements(redactor: &Redactor) -> AnyView {
    let all: Vec<_> = redactor
        .replacements()
        .map(|(rule, original, pseudonym)| (rule.name(), original.to_owned(), pseudonym.to_owned()))
        .collect();
    let count = all.len();
    if count == 0 {
        return view! { <span class="quiet">"Nothing matched a rule of redaction."</span> }.into_any();
    }
    let rows = all.into_iter().take(LISTED).map(|(rule, original, pseudonym)| {
        view! {
            <tr>
                <td class="data">{crate::common::text::cut(&original, 120).to_owned()}</td>
                <td class="data">{pseudonym}</td>
                <td>{rule}</td>
            </tr>
        }
    });
    let more = (count > LISTED).then(|| format!("and {} more", number::group((count - LISTED) as u64)));
    view! {
        <details class="fold" data-testid="replacements">
            <summary>{format!("What was replaced ({})", number::group(count as u64))}</summary>
            <table class="grid">
                <thead>
                    <tr>
                        <th scope="col">"stays here"</th>
                        <th scope="col">"is sent"</th>
                        <th scope="col">"because of"</th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
            <p class="quiet">{more}</p>
        </details>
    }
    .into_any()
}
