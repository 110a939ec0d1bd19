//! What stands around the row whose detail is open: its session, or its neighbours.

use leptos::prelude::*;

use super::app::Ui;
use super::badge;
use super::browser;
use super::command::Command;
use super::live::live;
use super::stories::Wish;
use crate::geometry::number;
use crate::view::{Around, Near, Scope};

/// How many rows on either side a person can choose.
const REACHES: [u32; 5] = [3, 5, 10, 25, 50];

/// The context of a row.
#[component]
pub(super) fn AroundRow() -> impl IntoView {
    let ui = Ui::here();
    let stories = ui.stories;
    let head = live(move || stories.around.with(|around| around.as_ref().map(|around| head(ui, around))));
    let lines = live(move || {
        stories.around.with(|around| match around {
            Some(around) => around.lines.iter().map(|line| near(ui, line)).collect_view().into_any(),
            None => ().into_any(),
        })
    });
    view! {
        <h3>"Context"</h3>
        <div class="around-head" data-testid="context">{head}</div>
        <ol
            class="around data"
            on:click=move |event| {
                if let Some(row) = browser::number_at(&event, "data-row") {
                    ui.send(Command::OpenRow(row));
                }
            }
        >
            {lines}
        </ol>
    }
}

fn head(ui: Ui, around: &Around) -> AnyView {
    let send = move |wish: Wish| ui.send(Command::OfSessions(wish));
    match &around.scope {
        Scope::FullSession { name, rows, at, .. } => {
            let place =
                format!("Full session {name}: this is row {} of {}", number::group(at + 1), number::group(*rows));
            view! {
                <span data-testid="context-scope" data-scope="FULL_SESSION">{place}</span>
                <button class="primary" data-testid="open-session" title="Enter, or s" on:click=move |_| send(Wish::OpenOwn)>
                    "Its session"
                </button>
                <button data-testid="context-window" on:click=move |_| send(Wish::Window(true))>"Neighbours"</button>
            }
            .into_any()
        }
        Scope::Window { reach, instance } => {
            let source = match instance {
                Some(instance) => format!("of {instance} in the same file"),
                None => "in the same file".to_owned(),
            };
            let options = REACHES.map(|choice| {
                view! { <option value=choice.to_string() selected=choice == *reach>{choice}</option> }
            });
            let choose = move |event| send(Wish::Reach(event_target_value(&event).parse().unwrap_or(10)));
            let wanted = ui.stories.window.get_untracked();
            view! {
                <label class="check" data-testid="context-scope" data-scope="WINDOW">
                    "Window: rows before and after"
                    <select data-testid="context-reach" on:change=choose>{options.into_iter().collect_view()}</select>
                </label>
                <span>{source}</span>
                {wanted.then(|| view! {
                    <button data-testid="context-session" on:click=move |_| send(Wish::Window(false))>"Session"</button>
                })}
            }
            .into_any()
        }
    }
}

fn near(ui: Ui, line: &Near) -> AnyView {
    match line {
        Near::Row { row, level, time, message, this } => view! {
            <li class="near" class:this=*this data-row=row.to_string() data-testid="near">
                <i class=format!("mark {}", badge::level_class(*level)) title=badge::level_text(*level)></i>
                <span class="quiet near-time">{badge::time(ui.preferences, *time)}</span>
                <button class="bare near-message" aria-current=this.then_some("true")>{message.clone()}</button>
            </li>
        }
        .into_any(),
        Near::LeftOut(count) => view! {
            <li class="quiet near-left" data-testid="near-left-out">
                {format!("… {} left out …", number::counted(*count, "row"))}
            </li>
        }
        .into_any(),
    }
}
