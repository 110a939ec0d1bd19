//! The few things that components need of the browser beside Leptos.

use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, Element, HtmlAnchorElement, MediaQueryList, ResizeObserver, Storage, Url};

/// Leaves a mark for whoever measures the page (User Timing).
pub(super) fn mark(name: &str) {
    if let Some(performance) = window().performance() {
        // A mark that cannot be set is a measurement lost, nothing that a person would miss.
        let _ = performance.mark(name);
    }
}

/// A parameter of the page's address.
pub(super) fn parameter(name: &str) -> Option<String> {
    let query = window().location().search().ok()?;
    web_sys::UrlSearchParams::new_with_str(&query).ok()?.get(name)
}

/// Small settings between visits; `None` where the browser refuses storage.
pub(super) fn storage() -> Option<Storage> {
    window().local_storage().ok().flatten()
}

/// Calls `changed` now and at each change of a media query.
pub(super) fn watch_media(query: &str, changed: impl Fn(bool) + 'static) {
    let Ok(Some(list)) = window().match_media(query) else {
        return;
    };
    changed(list.matches());
    let heard = list.clone();
    let closure = Closure::<dyn Fn()>::new(move || changed(heard.matches()));
    let target: &MediaQueryList = &list;
    if target.add_event_listener_with_callback("change", closure.as_ref().unchecked_ref()).is_ok() {
        // Heard for as long as the page lives.
        closure.forget();
    }
}

/// Goes on once what is under way is done: what a person looks at first is asked for first.
pub(super) async fn soon() {
    let wait = js_sys::Promise::new(&mut |resolve, _| {
        // Without a timer it goes on at once.
        if window().set_timeout_with_callback(&resolve).is_err() {
            let _ = resolve.call0(&JsValue::UNDEFINED);
        }
    });
    // It is never refused.
    let _ = JsFuture::from(wait).await;
}

/// An observer that lets go when its owner does.
struct Resizing {
    observer: ResizeObserver,
    _closure: Closure<dyn Fn()>,
}

impl Drop for Resizing {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}

/// Calls `resized` with the element's inner width and height, now and at each change, until the owner is gone.
pub(super) fn watch_size(element: &Element, resized: impl Fn(f64, f64) + 'static) {
    let seen = element.clone();
    let closure = Closure::<dyn Fn()>::new(move || {
        resized(f64::from(seen.client_width()), f64::from(seen.client_height()));
    });
    if let Ok(observer) = ResizeObserver::new(closure.as_ref().unchecked_ref()) {
        observer.observe(element);
        StoredValue::new_local(Resizing { observer, _closure: closure });
    }
}

/// A text as something that can be saved.
pub(super) fn blob_of_text(text: &str, kind: &str) -> Option<Blob> {
    let options = web_sys::BlobPropertyBag::new();
    options.set_type(kind);
    Blob::new_with_str_sequence_and_options(&js_sys::Array::of1(&JsValue::from_str(text)), &options).ok()
}

/// Bytes as something that can be saved.
pub(super) fn blob_of_bytes(bytes: &[u8]) -> Option<Blob> {
    Blob::new_with_u8_array_sequence(&js_sys::Array::of1(&js_sys::Uint8Array::from(bytes))).ok()
}

/// What clocks here show more than UTC at a time (nanoseconds since the epoch), in nanoseconds.
pub(super) fn clock_offset(at: i64) -> i64 {
    let date = js_sys::Date::new(&JsValue::from_f64(at.div_euclid(1_000_000) as f64));
    // Minutes that UTC shows more; no number for a time that the browser has no calendar for.
    -(date.get_timezone_offset() as i64) * 60_000_000_000
}

/// Gives an element the focus.
pub(super) fn focus(id: &str) {
    let element = document().get_element_by_id(id).and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok());
    if let Some(element) = element {
        // One that can't have it leaves it where it is.
        let _ = element.focus();
    }
}

/// Scrolls as little as needed to show an element.
pub(super) fn show(id: &str) {
    if let Some(element) = document().get_element_by_id(id) {
        let options = web_sys::ScrollIntoViewOptions::new();
        options.set_block(web_sys::ScrollLogicalPosition::Nearest);
        element.scroll_into_view_with_scroll_into_view_options(&options);
    }
}

/// Puts a text on the clipboard; `false` where the browser does not let it.
pub(super) async fn copy(text: &str) -> bool {
    let navigator = window().navigator();
    // Not there outside of a secure context, whatever its type says.
    let missing = js_sys::Reflect::get(&navigator, &JsValue::from_str("clipboard"))
        .map_or(true, |clipboard| clipboard.is_undefined());
    if missing {
        return false;
    }
    JsFuture::from(navigator.clipboard().write_text(text)).await.is_ok()
}

/// Offers a blob as a download.
pub(super) fn save(blob: &Blob, name: &str) -> Option<()> {
    let url = Url::create_object_url_with_blob(blob).ok()?;
    let link: HtmlAnchorElement = document().create_element("a").ok()?.dyn_into().ok()?;
    link.set_href(&url);
    link.set_download(name);
    link.click();
    // The browser has taken hold of the blob by the time the click has been handled, but not always before.
    set_timeout(
        move || {
            let _ = Url::revoke_object_url(&url);
        },
        std::time::Duration::from_mins(1),
    );
    Some(())
}

/// The width that the column of a heading needs for what the table shows of it, in pixels.
pub(super) fn fitting(inside: &Element) -> Option<u32> {
    let heading = inside.closest("[role=columnheader]").ok()??;
    let cells = heading.parent_element()?.children();
    let place = (0..cells.length()).find(|&place| cells.item(place).as_ref() == Some(&heading))?;
    let lines = heading.closest("[role=grid]").ok()??.query_selector_all("[role=row]").ok()?;
    let range = document().create_range().ok()?;
    let mut widest = 0.0_f64;
    for line in (0..lines.length()).filter_map(|line| lines.item(line)) {
        let Some(cell) = line.dyn_into::<Element>().ok().and_then(|line| line.children().item(place)) else { continue };
        // What else is in a heading is as wide as the column.
        let content = cell.query_selector(".sort-name").ok().flatten().unwrap_or(cell);
        if range.select_node_contents(&content).is_ok() {
            widest = widest.max(range.get_bounding_client_rect().width());
        }
    }
    // The padding of a cell, and a pixel for what was rounded.
    (widest > 0.0).then_some(widest as u32 + 18)
}

/// The number that an element (or one around it) carries in an attribute; how a list knows which row was clicked.
pub(super) fn number_at(event: &web_sys::Event, attribute: &str) -> Option<u64> {
    let element: Element = event.target()?.dyn_into().ok()?;
    let holder = element.closest(&format!("[{attribute}]")).ok()??;
    holder.get_attribute(attribute)?.parse().ok()
}
