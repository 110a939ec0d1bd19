//! The bottom line: the last message, and where to find the keys.

use leptos::prelude::*;

use super::app::Ui;
use super::live::live;
use super::model::ModelStore;

/// The last message.
#[component]
pub(super) fn StatusBar() -> impl IntoView {
    let ui = Ui::here();
    let store = ModelStore::here();
    view! {
        <footer class="status">
            <span role="status" aria-live="polite" data-testid="status">{live(move || ui.selection.status.get())}</span>
            <span class="quiet push only-wide">{live(move || store.sent())}</span>
            <span class="quiet only-wide"><kbd>"?"</kbd>" keys"</span>
        </footer>
    }
}
