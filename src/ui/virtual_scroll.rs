//! Scrolling through more rows than the document could hold: [`crate::geometry::window`], wired to an element.

use leptos::html::Div;
use leptos::prelude::*;
use web_sys::WheelEvent;

use super::browser;
use super::live::{Live, live, watch};
use crate::geometry::window::{Extent, Window};

/// How long the scrollbar rests before it is put where the content is, in milliseconds.
const REST: u64 = 160;

/// The scrolling of one list. The element `node` scrolls; in it stands [`Self::content`].
#[derive(Clone, Copy)]
pub(super) struct VirtualScroll {
    pub(super) node: NodeRef<Div>,
    /// Height of what stands above the rows in the layer.
    header: f64,
    viewport: RwSignal<f64>,
    extent: Memo<Extent>,
    top: RwSignal<f64>,
    /// The rows to draw. Most of what changes the list's length leaves them as they are.
    window: Memo<Window>,
    bar: StoredValue<f64>,
    rest: StoredValue<Option<TimeoutHandle>>,
}

impl VirtualScroll {
    pub(super) fn new(rows: Memo<u64>, row_height: f64, header: f64) -> Self {
        let (viewport, top) = (RwSignal::new(0.0), RwSignal::new(0.0));
        let extent = Memo::new(move |_| Extent { rows: rows.get(), row_height, viewport: viewport.get() });
        let this = Self {
            node: NodeRef::new(),
            header,
            viewport,
            extent,
            top,
            window: Memo::new(move |_| extent.get().window(top.get())),
            bar: StoredValue::new(0.0),
            rest: StoredValue::new(None),
        };
        watch(move || {
            if let Some(node) = this.node.get() {
                browser::watch_size(&node, move |_, height| {
                    this.viewport.set((height - header).max(0.0));
                });
            }
        });
        // The list grew, shrank or was resized: the same position is another place on the scrollbar.
        watch(move || {
            let extent = this.extent.get();
            let top = extent.clamp(this.top.get_untracked());
            this.top.set(top);
            this.put_bar(&extent, top);
        });
        this
    }

    /// The rows to draw.
    pub(super) fn window(&self) -> Window {
        self.window.get()
    }

    /// What stands in the scrolling element: as high as all rows (so that the scrollbar is right), with `head` and the
    /// rows of [`Self::window`] in a layer that stays in sight.
    pub(super) fn content(&self, head: impl FnMut() -> AnyView + Send + 'static, rows: Live<AnyView>) -> AnyView {
        let this = *self;
        view! {
            <div class="spacer" style:height=live(move || format!("{}px", this.extent.get().spacer() + this.header))>
                <div class="layer" style:height=live(move || format!("{}px", this.viewport.get() + this.header))>
                    {live(head)}
                    <div class="layer-rows" role="presentation">
                        <div
                            role="presentation"
                            style:transform=live(move || format!("translateY({}px)", -this.window().shift))
                        >
                            {rows}
                        </div>
                    </div>
                </div>
            </div>
        }
        .into_any()
    }

    /// Rows that a page key moves by.
    pub(super) fn page(&self) -> u64 {
        self.extent.get().page()
    }

    /// Moves as little as needed to show a row.
    pub(super) fn reveal(&self, row: u64) {
        let extent = self.extent.get_untracked();
        if extent.viewport > 0.0 {
            self.go(&extent, extent.reveal(self.top.get_untracked(), row));
        }
    }

    fn go(&self, extent: &Extent, top: f64) {
        self.top.set(top);
        self.put_bar(extent, top);
    }

    fn put_bar(&self, extent: &Extent, top: f64) {
        let bar = extent.bar_of(top).round();
        if (bar - self.bar.get_value()).abs() < 1.0 {
            return;
        }
        self.bar.set_value(bar);
        if let Some(node) = self.node.get_untracked() {
            node.set_scroll_top(bar as i32);
        }
    }

    /// To be called at `scroll`.
    pub(super) fn on_scroll(&self) {
        let Some(node) = self.node.get_untracked() else { return };
        let new = f64::from(node.scroll_top());
        let old = self.bar.get_value();
        if (new - old).abs() < 1.0 {
            return;
        }
        let extent = self.extent.get_untracked();
        self.bar.set_value(new);
        self.top.set(extent.after_scroll(self.top.get_untracked(), old, new));
        // A finger may still move it: the small difference between bar and content is settled when all is quiet.
        if let Some(rest) = self.rest.get_value() {
            rest.clear();
        }
        let this = *self;
        let settle = move || {
            if let Some(top) = this.top.try_get_untracked() {
                this.put_bar(&this.extent.get_untracked(), top);
            }
        };
        let handle = set_timeout_with_handle(settle, std::time::Duration::from_millis(REST));
        self.rest.set_value(handle.ok());
    }

    /// To be called at `wheel`. Where the scrollbar is scaled, a wheel would jump over rows; here it does not.
    pub(super) fn on_wheel(&self, event: &WheelEvent) {
        let extent = self.extent.get_untracked();
        let sideways = event.delta_y() == 0.0 || event.shift_key() || event.ctrl_key();
        if sideways || extent.content() <= extent.spacer() {
            return;
        }
        event.prevent_default();
        let unit = match event.delta_mode() {
            WheelEvent::DOM_DELTA_LINE => extent.row_height,
            WheelEvent::DOM_DELTA_PAGE => extent.viewport,
            _ => 1.0,
        };
        let top = extent.clamp(self.top.get_untracked() + event.delta_y() * unit);
        self.go(&extent, top);
    }
}
