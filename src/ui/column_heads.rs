//! The table's headings: sorting, moving and sizing its columns.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, KeyboardEvent, PointerEvent};

use super::app::Ui;
use super::browser;
use super::command::{Arrange, Command};
use crate::engine::order::{Sort, SortBy};
use crate::geometry::columns::{Column, Shows};

/// What a key changes a width by, in pixels.
const STEP: i32 = 16;

/// The line of headings. `sort` is the order in force, `zone` what times are in.
pub(super) fn heads(ui: Ui, columns: &[Column], sort: Option<Sort>, zone: &'static str) -> impl IntoView + use<> {
    let heads = columns.iter().map(|column| head(ui, column, sort, zone)).collect_view();
    view! { <div class="table-row table-head" role="row">{heads}</div> }
}

fn head(ui: Ui, column: &Column, sort: Option<Sort>, zone: &'static str) -> AnyView {
    let by = match column.shows {
        Shows::Number => None,
        Shows::Score => Some(SortBy::Score),
        Shows::File => Some(SortBy::File),
        Shows::Time(field) | Shows::Level(field) | Shows::Field(field) => Some(SortBy::Column(field as u32)),
    };
    let is_time = matches!(column.shows, Shows::Time(_));
    let name = if is_time { format!("time, {zone}") } else { column.name.clone() };
    let mine = |sort: &Sort| Some(sort.by) == by || is_time && sort.by == SortBy::Merged;
    let (order, sign) = match sort.filter(mine) {
        Some(Sort { descending: false, .. }) => ("ascending", "↑"),
        Some(Sort { descending: true, .. }) => ("descending", "↓"),
        None => ("none", ""),
    };
    let (key, label) = (StoredValue::new(column.key.clone()), name.clone());
    let change = move |change: &dyn Fn(String) -> Arrange| ui.send(Command::Arrange(change(key.get_value())));
    let title = if by.is_some() {
        format!("{name}: sort; drag it, or Shift with ← or →, to move it")
    } else {
        format!("{name}: drag it, or Shift with ← or →, to move it")
    };
    let on_key = move |event: KeyboardEvent| {
        if let (true, Some(right)) = (event.shift_key(), arrow(&event)) {
            event.prevent_default();
            change(&|key| Arrange::Shift(key, right));
        }
    };
    view! {
        <div
            class=column.class
            class:sized=column.width.is_some()
            style:width=column.width.map(|width| format!("{width}px"))
            role="columnheader"
            aria-sort=order
            draggable="true"
            data-key=column.key.clone()
            on:dragstart=move |event| {
                if ui.selection.sizing.with_value(Option::is_some) {
                    // The edge is what is held.
                    event.prevent_default();
                    return;
                }
                if let Some(transfer) = event.data_transfer() {
                    // Without data some browsers drag nothing.
                    let _ = transfer.set_data("text/plain", &key.get_value());
                }
                ui.selection.moving.set_value(Some(key.get_value()));
            }
            on:dragover=|event| event.prevent_default()
            on:drop=move |event| {
                if let Some(moved) = ui.selection.moving.get_value() {
                    event.stop_propagation();
                    event.prevent_default();
                    change(&|target| Arrange::Put(moved.clone(), target));
                }
            }
            on:dragend=move |_| ui.selection.moving.set_value(None)
        >
            <button
                class="bare sort"
                title=title
                data-testid=by.map(|_| "sort")
                data-column=label.clone()
                on:keydown=on_key
                on:click=move |event| {
                    event.stop_propagation();
                    if let Some(by) = by {
                        ui.send(Command::Sort(by));
                    }
                }
            >
                <span class="sort-name">{name}</span>
                {sign}
            </button>
            {grip(ui, key, &label)}
        </div>
    }
    .into_any()
}

/// The right edge of a heading: moved, it sizes the column; a double click fits it to what it shows.
fn grip(ui: Ui, key: StoredValue<String>, name: &str) -> impl IntoView + use<> {
    // Kept apart: the headings are made anew while the pointer moves.
    let start = ui.selection.sizing;
    let size = move |width| ui.send(Command::Arrange(Arrange::Size(key.get_value(), width)));
    let on_down = move |event: PointerEvent| {
        event.prevent_default();
        event.stop_propagation();
        let Some(grip) = target(&event) else { return };
        // Where it can't be captured, moves that leave the heading are lost, no more.
        let _ = grip.set_pointer_capture(event.pointer_id());
        start.set_value(width_of(&grip).map(|width| (event.client_x(), width)));
    };
    let on_move = move |event: PointerEvent| {
        if let Some((from, width)) = start.get_value() {
            size(Some((width + f64::from(event.client_x() - from)).max(0.0) as u32));
        }
    };
    let on_key = move |event: KeyboardEvent| {
        let Some(grip) = target(&event) else { return };
        if event.key() == "Enter" {
            size(browser::fitting(&grip));
        } else if event.key() == "Delete" {
            size(None);
        } else if let (Some(right), Some(width)) = (arrow(&event), width_of(&grip)) {
            let step = if right { STEP } else { -STEP };
            size(Some((width as i32 + step).max(0).cast_unsigned()));
        } else {
            return;
        }
        event.prevent_default();
        event.stop_propagation();
    };
    view! {
        <span
            class="grip"
            role="separator"
            aria-orientation="vertical"
            aria-label=format!("Width of {name}")
            title="Drag to size; double click to fit"
            tabindex="0"
            data-testid="grip"
            on:pointerdown=on_down
            on:pointermove=on_move
            on:pointerup=move |_| start.set_value(None)
            on:pointercancel=move |_| start.set_value(None)
            on:click=|event| event.stop_propagation()
            on:dblclick=move |event| {
                event.stop_propagation();
                size(target(&event).and_then(|grip| browser::fitting(&grip)));
            }
            on:keydown=on_key
        ></span>
    }
}

/// Whether an arrow to the right was pressed, or one to the left.
fn arrow(event: &KeyboardEvent) -> Option<bool> {
    match event.key().as_str() {
        "ArrowRight" => Some(true),
        "ArrowLeft" => Some(false),
        _ => None,
    }
}

fn target(event: &web_sys::Event) -> Option<Element> {
    event.target()?.dyn_into().ok()
}

/// Width of the heading that an element is in.
fn width_of(element: &Element) -> Option<f64> {
    Some(element.closest("[role=columnheader]").ok()??.get_bounding_client_rect().width())
}
