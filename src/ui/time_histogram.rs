//! Rows over time by level, above the table. A brush over it narrows the table to those times.

use leptos::html::Canvas;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::app::Ui;
use super::browser;
use super::command::Command;
use super::live::{live, watch};
use super::plot_canvas::{Palette, Surface};
use crate::geometry::{bars, number, ticks};
use crate::view::TimeHistogram;

/// Width of a bar and its gap, in pixels.
const BAR: f64 = 5.0;
/// Height of the labels below the bars, in pixels.
const LABELS: f64 = 16.0;
/// How far a pointer has to move for a brush, in pixels.
const BRUSH: f64 = 4.0;

/// The bars, and the brush.
#[component]
pub(super) fn TimeHistogramStrip() -> impl IntoView {
    let ui = Ui::here();
    let (session, looking, preferences) = (ui.session, ui.looking, ui.preferences);
    let node = NodeRef::<Canvas>::new();
    let size = RwSignal::new((0.0, 0.0));
    let histogram = RwSignal::new(None::<TimeHistogram>);
    let pointer = RwSignal::new(None::<f64>);
    let brush = RwSignal::new(None::<(f64, f64)>);
    watch(move || {
        if let Some(canvas) = node.get() {
            browser::watch_size(&canvas, move |width, height| size.set((width, height)));
        }
    });
    let most = Memo::new(move |_| (size.get().0 / BAR) as u32);
    // What is asked: it goes over all rows, so that it is asked again only where something else may come of it.
    let asked = Memo::new(move |before: Option<&Option<_>>| {
        let (run, filter, zoom, most) = (session.run.get(), ui.listing.get().filter, looking.zoom.get(), most.get());
        session.stage.track();
        if !ui.settled() {
            return before.cloned().flatten();
        }
        let times = zoom.or(session.client()?.times())?;
        // Other meanings of the fields may be other times and levels.
        (most > 0).then(|| (run, filter, times, most, session.now(|now| now.mapping.clone())))
    });
    watch(move || {
        let Some(((run, filter, (from, to), most, _), client)) = asked.get().zip(session.client()) else {
            histogram.set(None);
            return;
        };
        spawn_local(async move {
            let answer = client.histogram(filter, TimeHistogram::empty(from, to, most)).await;
            let newest = session.is_current(run) && ui.listing.get_untracked().filter == filter;
            if let Some(answer) = answer.filter(|_| newest) {
                let _ = histogram.try_set(Some(answer));
            }
        });
    });
    watch(move || {
        let (width, height) = size.get();
        preferences.dark.track();
        let Some(canvas) = node.get().filter(|_| width > 0.0) else { return };
        let Some(surface) = Surface::of(&canvas, width, height) else { return };
        let palette = Palette::of(&canvas);
        histogram.with(|histogram| {
            if let Some(histogram) = histogram {
                let shift = |at| preferences.local_time(at);
                draw(&surface, &palette, (width, height), histogram, &shift);
            }
        });
    });
    let readout = move || {
        let (width, _) = size.get();
        let x = pointer.get()?;
        let (from, to) = brush.get().unwrap_or((x, x));
        histogram.with(|histogram| {
            let histogram = histogram.as_ref()?;
            let low = bars::bar_at(histogram, from.min(to), width);
            let high = bars::bar_at(histogram, from.max(to), width);
            let mut sum = [0; bars::KINDS];
            for bar in low..=high {
                sum.iter_mut().zip(bars::kinds(histogram, bar)).for_each(|(sum, rows)| *sum += rows);
            }
            let rows = number::counted(sum.iter().sum(), "row");
            let bad = Some(sum[2] + sum[3]).filter(|&bad| bad > 0).map(|bad| number::counted(bad, "error"));
            let times = (histogram.span(low).0, histogram.span(high).1);
            let times = ticks::clocks(preferences.local_time(times.0), preferences.local_time(times.1));
            Some(format!("{times}: {rows}{}", bad.map(|bad| format!(", {bad}")).unwrap_or_default()))
        })
    };
    let said = live(move || {
        readout().unwrap_or_else(|| {
            histogram.with(|histogram| match histogram {
                Some(histogram) => format!("{} a bar", bars::length(histogram.step)),
                None => String::new(),
            })
        })
    });
    let outside = live(move || {
        let rows = histogram.with(|histogram| histogram.as_ref().map_or(0, |histogram| histogram.outside));
        if rows > 0 { format!("{} without a time", number::group(rows)) } else { String::new() }
    });
    let all = live(move || {
        looking.zoom.get().map(|_| {
            view! {
                <button class="bare" data-testid="all-times" on:click=move |_| ui.send(Command::Brush(None))>
                    "All times"
                </button>
            }
            .into_any()
        })
    });
    let end = move |keep: bool| {
        let (width, _) = size.get_untracked();
        let drawn = brush.get_untracked().filter(|(from, to)| keep && (from - to).abs() >= BRUSH);
        brush.set(None);
        let times = drawn.and_then(|(from, to)| {
            histogram.with_untracked(|histogram| Some(bars::brushed(histogram.as_ref()?, from, to, width)))
        });
        if times.is_some() {
            ui.send(Command::Brush(times));
        }
    };
    view! {
        <div class="times" class:gone=live(move || histogram.with(Option::is_none))>
            <div class="times-head quiet">
                <span>"Rows over time"</span>
                <output class="data">{said}</output>
                <span class="data push">{outside}</span>
                {all}
            </div>
            <div class="times-area">
                <canvas
                    node_ref=node
                    role="img"
                    aria-label="Rows over time, by level; a search such as time:[10:30 TO 10:45] narrows the rows to a time"
                    title="Drag to narrow the rows to a time; double-click for all times"
                    data-testid="times"
                    data-bars=live(move || {
                        histogram.with(|histogram| histogram.as_ref().map_or(0, TimeHistogram::bars)).to_string()
                    })
                    on:pointerdown=move |event| {
                        if event.button() != 0 {
                            return;
                        }
                        if let Some(canvas) = node.get_untracked() {
                            let _ = canvas.set_pointer_capture(event.pointer_id());
                        }
                        let x = f64::from(event.offset_x());
                        brush.set(Some((x, x)));
                    }
                    on:pointermove=move |event| {
                        let x = f64::from(event.offset_x()).clamp(0.0, size.get_untracked().0);
                        pointer.set(Some(x));
                        brush.update(|brush| {
                            if let Some((_, to)) = brush {
                                *to = x;
                            }
                        });
                    }
                    on:pointerup=move |_| end(true)
                    on:pointercancel=move |_| end(false)
                    on:pointerleave=move |_| pointer.set(None)
                    on:dblclick=move |_| ui.send(Command::Brush(None))
                ></canvas>
                {live(move || {
                    brush.get().filter(|(from, to)| (from - to).abs() >= BRUSH).map(|(from, to)| {
                        let (left, width) = (from.min(to), (from - to).abs());
                        view! {
                            <i class="brush" style:left=format!("{left}px") style:width=format!("{width}px")></i>
                        }
                        .into_any()
                    })
                })}
            </div>
        </div>
    }
}

fn draw(
    surface: &Surface,
    palette: &Palette,
    (width, height): (f64, f64),
    histogram: &TimeHistogram,
    shift: &dyn Fn(i64) -> i64,
) {
    let base = (height - LABELS).max(1.0);
    let count = histogram.bars();
    let kinds: Vec<_> = (0..count).map(|bar| bars::kinds(histogram, bar)).collect();
    let most = kinds.iter().map(|kinds| kinds.iter().sum::<u64>()).max().unwrap_or(0);
    let edge = |bar: usize| (bar as f64 / count as f64 * width).round();
    for (bar, kinds) in kinds.iter().enumerate() {
        let (left, right) = (edge(bar), edge(bar + 1));
        let mut y = base;
        // The worst stand on the ground, where their heights can be compared.
        for (tall, colour) in bars::heights(*kinds, most, base - 2.0).into_iter().zip(&palette.kinds).rev() {
            y -= tall;
            surface.fill(colour, left, y, (right - left - 1.0).max(1.0), tall);
        }
    }
    surface.fill(&palette.line, 0.0, base, width, 1.0);
    let (from, to) = (shift(histogram.span(0).0), shift(histogram.span(count.saturating_sub(1)).1));
    for tick in ticks::time(from, to, (width / 80.0) as usize) {
        let x = width * tick.at;
        surface.fill(&palette.line, x.round(), base, 1.0, 3.0);
        if x > 20.0 && width - x > 20.0 {
            surface.label(palette, &tick.label, x, base + 9.0, "center");
        }
    }
}
