//! What comes through `public/start.js`, which hears drops, pastes and the buttons of `index.html` from the first paint on:
//! before the page is there as well as after.

use leptos::prelude::*;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::File;

use super::app::Ui;
use super::command::Command;
use super::synthetic_log::Wanted;

#[wasm_bindgen]
extern "C" {
    /// Tells the page what it has missed, and from then on whatever is asked for: a name, and what belongs to it.
    #[wasm_bindgen(js_namespace = strayline, js_name = listen)]
    fn listen_with(ear: &Closure<dyn Fn(String, JsValue)>);
    /// Opens the browser's file dialogue.
    #[wasm_bindgen(js_namespace = strayline, js_name = pick)]
    pub(super) fn pick_files();
    /// Changes between light and dark, and remembers it.
    #[wasm_bindgen(js_namespace = strayline, js_name = toggleTheme)]
    pub(super) fn toggle_theme();
}

/// Begins to listen, once the page stands.
pub(super) fn listen(ui: Ui) {
    let ear = Closure::<dyn Fn(String, JsValue)>::new(move |wish: String, value: JsValue| match wish.as_str() {
        "files" => {
            let files = js_sys::Array::from(&value);
            let files = files.iter().filter_map(|file| file.dyn_into::<File>().ok()).collect();
            ui.send(Command::AddFiles(files));
        }
        "say" => ui.selection.say(value.as_string().unwrap_or_default()),
        "help" => ui.send(Command::ToggleHelp),
        "generate" => ui.send(Command::OfSynthetic(Wanted::Form(true))),
        _ => {}
    });
    listen_with(&ear);
    // Heard for as long as the page lives.
    ear.forget();
}

/// Whether the page is dark, as `public/start.js` says by an attribute of the document and an event at each change.
pub(super) fn dark() -> RwSignal<bool> {
    fn now() -> bool {
        let root = document().document_element();
        root.is_some_and(|root| root.get_attribute("data-theme").as_deref() == Some("dark"))
    }
    let dark = RwSignal::new(now());
    window_event_listener_untyped("strayline:theme", move |_| dark.set(now()));
    dark
}
