//! A small histogram of all scores, with the cut. A click or a drag moves the cut.

use leptos::html::Canvas;
use leptos::prelude::*;
use web_sys::PointerEvent;

use super::app::Ui;
use super::browser;
use super::command::Command;
use super::live::watch;
use super::plot_canvas::{Palette, Surface};
use crate::geometry::ramp;

/// Width of a bar and its gap, in pixels.
const BAR: f64 = 4.0;

/// Scores from low to high, on a logarithmic count: a single row has to be seen beside a million.
#[component]
pub(super) fn ScoreHistogram() -> impl IntoView {
    let ui = Ui::here();
    let session = ui.session;
    let node = NodeRef::<Canvas>::new();
    let size = RwSignal::new((0.0, 0.0));
    let dragging = StoredValue::new(false);
    watch(move || {
        if let Some(canvas) = node.get() {
            browser::watch_size(&canvas, move |width, height| size.set((width, height)));
        }
    });
    watch(move || {
        let (width, height) = size.get();
        let dark = ui.preferences.dark.get();
        let bars = (width / BAR) as usize;
        let Some(canvas) = node.get().filter(|_| bars > 0) else { return };
        let Some(surface) = Surface::of(&canvas, width, height) else { return };
        let palette = Palette::of(&canvas);
        let (low, high) = session.score_range.get();
        let cut = session.threshold.with(|cut| cut.as_ref().map_or(f32::MAX, |cut| cut.score));
        surface.fill(&palette.line, 0.0, height - 1.0, width, 1.0);
        session.scores.with(|scores| {
            let Some(scores) = scores else { return };
            let counts = scores.bars(bars);
            let most = counts.iter().copied().max().unwrap_or(0).max(1) as f64;
            for (index, &count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
                let part = ((count as f64).ln_1p() / most.ln_1p()).max(0.08);
                let at = index as f32 / bars as f32;
                let score = low + (high - low) * at;
                let step = (high - low) / bars as f32;
                surface.alpha(if score + step > cut { 1.0 } else { 0.5 });
                let tall = (height - 2.0) * part;
                let left = f64::from(at) * width;
                surface.fill(&ramp::css(at, dark), left, height - 1.0 - tall, BAR - 1.0, tall);
            }
            surface.alpha(1.0);
            if cut <= 1.0 && high > low {
                let x = f64::from(ramp::share(cut, (low, high))) * (width - 1.0);
                surface.fill(&palette.accent, x.round(), 0.0, 1.0, height);
            }
        });
    });
    let choose = move |event: &PointerEvent| {
        let (width, _) = size.get_untracked();
        let (low, high) = session.score_range.get_untracked();
        let share = (f64::from(event.offset_x()) / width.max(1.0)).clamp(0.0, 1.0);
        ui.send(Command::SetScore(low + (high - low) * share as f32));
    };
    view! {
        <canvas
            class="histogram"
            node_ref=node
            role="img"
            aria-label="Histogram of scores, with the threshold"
            title="Click or drag to set the threshold"
            on:pointerdown=move |event| {
                if let Some(canvas) = node.get_untracked() {
                    let _ = canvas.set_pointer_capture(event.pointer_id());
                }
                dragging.set_value(true);
                choose(&event);
            }
            on:pointermove=move |event| {
                if dragging.get_value() {
                    choose(&event);
                }
            }
            on:pointerup=move |_| dragging.set_value(false)
            on:pointercancel=move |_| dragging.set_value(false)
        ></canvas>
    }
}
