//! The models that this browser keeps.

use leptos::prelude::*;

use super::super::app::Ui;
use super::super::command::Command;
use super::super::live::live;
use super::Wish;
use crate::geometry::number;
use crate::platform::shelf::Card;
use crate::record::format_time;

/// All of them, the newest first.
#[component]
pub(super) fn KeptModels() -> impl IntoView {
    let ui = Ui::here();
    let list = ui.models.list;
    let lines = live(move || {
        list.with(|list| list.iter().map(|(number, card)| line(ui, *number, card)).collect_view().into_any())
    });
    let none = Memo::new(move |_| list.with(Vec::is_empty));
    view! {
        <h3>"Kept in this browser"</h3>
        {live(move || none.get().then(|| view! {
            <p class="quiet">"None yet. A kept model stays on this machine; whoever clears the browser’s data deletes it."</p>
        }.into_any()))}
        <table class="grid kept" hidden=live(move || none.get())>
            <thead>
                <tr>
                    <th scope="col">"name"</th>
                    <th scope="col">"detector"</th>
                    <th scope="col">"fitted to"</th>
                    <th scope="col" class="number">"rows"</th>
                    <th scope="col" class="number">"size"</th>
                    <th scope="col">"kept"</th>
                    <th scope="col"></th>
                </tr>
            </thead>
            <tbody>{lines}</tbody>
        </table>
    }
}

fn line(ui: Ui, number: u32, card: &Card) -> impl IntoView + use<> {
    let send = move |wish: Wish| ui.send(Command::OfModels(wish));
    let at = ui.preferences.local_time((card.kept * 1e6) as i64);
    let kept: String = format_time(at).chars().take(16).collect::<String>().replace('T', " ");
    let day: String = kept.chars().take(10).collect();
    let kept = format!("{kept} {}", ui.preferences.zone());
    view! {
        <tr data-testid="kept-model" data-name=card.name.clone()>
            <th scope="row">
                <input
                    class="bare-name"
                    type="text"
                    aria-label="Name of the model"
                    title="Click to rename"
                    data-testid="rename-model"
                    prop:value=card.name.clone()
                    on:change=move |event| send(Wish::Rename(number, event_target_value(&event)))
                />
            </th>
            <td>{card.detector.clone()}</td>
            <td class="data" title=card.source.clone()>{card.source.clone()}</td>
            <td class="data number">{number::group(card.rows)}</td>
            <td class="data number">{number::bytes(card.bytes)}</td>
            <td class="data" title=kept>{day}</td>
            <td class="acts">
                <button data-testid="use-model" title="Score the open files with it" on:click=move |_| send(Wish::Use(number))>
                    "Use"
                </button>
                <button aria-label="Save as file" title="Save as file" on:click=move |_| send(Wish::DownloadKept(number))>"↓"</button>
                <button
                    aria-label="Delete"
                    title="Delete"
                    data-testid="forget-model"
                    on:click=move |_| send(Wish::Forget(number))
                >
                    "✕"
                </button>
            </td>
        </tr>
    }
}
