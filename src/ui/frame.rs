//! The places of `index.html` that the page fills.
//!
//! What is seen before files are given stands in `index.html` and stays: nothing is drawn twice, and the focus stays where
//! it is when the page arrives.

use leptos::mount::mount_to;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use super::app::App;
use super::live::watch;

fn place(id: &str) -> Option<HtmlElement> {
    document().get_element_by_id(id)?.dyn_into().ok()
}

/// Starts the page in the frame that is there.
pub fn start() {
    // A document without the places is not this page's: there is nothing to start.
    if let Some(place) = place("page") {
        mount_to(place, App).forget();
    }
}

/// Puts a view into a place, instead of what is in it, for as long as the page lives.
pub(super) fn fill(id: &str, view: AnyView) {
    if let Some(place) = place(id) {
        place.set_text_content(None);
        mount_to(place, move || view).forget();
    }
}

/// Shows the start screen while `wanted`.
pub(super) fn show_start(wanted: impl Fn() -> bool + 'static) {
    watch(move || {
        if let Some(screen) = place("start") {
            screen.set_hidden(!wanted());
        }
    });
}
