//! What was sent, and the switch that lets nothing more be sent.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::store::ModelStore;
use crate::explain::ledger::{Entry, csv};
use crate::geometry::number;
use crate::platform::policy;
use crate::record::format_time;
use crate::ui::app::Ui;
use crate::ui::browser;
use crate::ui::live::live;

/// Most requests that are listed, the newest ones; the file has all.
const LISTED: usize = 100;

/// The ledger.
#[component]
pub(super) fn Ledger() -> impl IntoView {
    let ui = Ui::here();
    let store = ModelStore::here();
    let summary = live(move || {
        store.ledger.with(|ledger| {
            let (sent, shown): (Vec<&Entry>, Vec<&Entry>) = ledger.iter().partition(|entry| entry.sent);
            let shown = match shown.len() as u64 {
                0 => String::new(),
                count => format!(" ({} recorded, not sent)", number::group(count)),
            };
            if sent.is_empty() {
                return format!("Sent so far: nothing{shown}");
            }
            let bytes = sent.iter().map(|entry| entry.bytes).sum();
            format!("Sent so far: {}, {}{shown}", number::counted(sent.len() as u64, "request"), number::bytes(bytes))
        })
    });
    let save = move |_| {
        let text = store.ledger.with_untracked(|ledger| String::from_utf8_lossy(&csv(ledger)).into_owned());
        let blob = browser::blob_of_text(&text, "text/csv;charset=utf-8");
        if blob.and_then(|blob| browser::save(&blob, "strayline-sent.csv")).is_none() {
            ui.selection.say("The browser did not save the file");
        }
    };
    let rows =
        live(move || store.ledger.with(|ledger| ledger.iter().rev().take(LISTED).map(entry).collect_view().into_any()));
    let table = live(move || {
        (store.ledger.with(Vec::len) > 0)
            .then(|| view! { <button data-testid="ledger-save" on:click=save>"Save as CSV"</button> }.into_any())
    });
    let network = live(move || match store.offline.get() {
        Some(said) => view! {
            <p class="note" role="status" data-testid="offline">
                "No network: " {said}
            </p>
        }
        .into_any(),
        None => view! {
            <button
                data-testid="no-network"
                title="Forbids every connection until the page is loaded again"
                on:click=move |_| go_offline(store)
            >
                "No network from now on"
            </button>
        }
        .into_any(),
    });
    view! {
        <details class="fold" data-testid="ledger">
            <summary data-testid="ledger-summary">{summary}</summary>
            <div class="wide">
                <table class="grid">
                    <thead>
                        <tr>
                            <th scope="col">"time (UTC)"</th>
                            <th scope="col">"for"</th>
                            <th scope="col">"outcome"</th>
                            <th scope="col">"model"</th>
                            <th scope="col" class="number">"size"</th>
                            <th scope="col" class="number">"rows"</th>
                            <th scope="col" class="number">"replaced"</th>
                            <th scope="col">"to"</th>
                            <th scope="col">"SHA-256"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            {table}
        </details>
        <div class="line">{network}</div>
    }
}

fn entry(entry: &Entry) -> impl IntoView + use<> {
    let time = format_time(entry.at);
    let time = time.split(['T', '.', 'Z']).nth(1).unwrap_or_default().to_owned();
    view! {
        <tr data-testid="ledger-entry">
            <td class="data">{time}</td>
            <td>{entry.purpose}</td>
            <td title=entry.outcome.clone()>{entry.outcome.clone()}</td>
            <td class="data">{entry.model.clone()}</td>
            <td class="data number">{number::bytes(entry.bytes)}</td>
            <td class="data number">{number::group(entry.rows)}</td>
            <td class="data number">{number::group(entry.redactions)}</td>
            <td class="data" title=entry.destination.clone()>{entry.destination.clone()}</td>
            <td class="data" title=entry.sha256.clone()>{entry.sha256.clone()}</td>
        </tr>
    }
}

/// Tightens the page's policy, and tries to get through it.
fn go_offline(store: ModelStore) {
    store.explaining.stop();
    store.labelling.stop();
    spawn_local(async move {
        let said = if policy::forbid() {
            match policy::try_to_reach(&window().location().href().unwrap_or_default()).await {
                Some(refusal) => format!(
                    "the page tried to reach its own site, and the browser refused ({refusal}). It stays so until the page is loaded again."
                ),
                None => {
                    "the browser did not confirm that it refuses connections. Disconnect the machine to be sure.".into()
                }
            }
        } else {
            "the browser did not take the new policy. Disconnect the machine to be sure.".to_owned()
        };
        store.offline.set(Some(said));
    });
}
