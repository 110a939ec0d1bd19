//! Boxes that a number is typed into.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Event, HtmlInputElement};

use super::app::Ui;

/// The number that was typed. What is none is said with what is wanted, and the box shows the number before again.
pub(super) fn typed<T>(
    ui: Ui,
    event: &Event,
    parse: impl FnOnce(&str) -> Option<T>,
    before: &str,
    wanted: &str,
) -> Option<T> {
    let text = event_target_value(event);
    let found = parse(text.trim());
    ui.selection.say("");
    if found.is_none() {
        if let Some(input) = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok()) {
            input.set_value(before);
        }
        ui.selection.say(format!("\"{}\" is not {wanted}: it stays at {before}", text.trim()));
    }
    found
}

/// A number with a point or a comma, at least 0.
pub(super) fn decimal(text: &str) -> Option<f64> {
    text.replace(',', ".").parse().ok().filter(|value: &f64| value.is_finite() && *value >= 0.0)
}
