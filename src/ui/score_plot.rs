//! Score over time, for all rows at once.

use leptos::html::Canvas;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::app::Ui;
use super::browser;
use super::command::Command;
use super::live::{live, watch};
use super::plot_canvas::{Palette, Surface, draw_grid, draw_marks};
use crate::geometry::plot::{self, Frame};
use crate::geometry::{number, ticks};
use crate::view::{PlotAxis, PlotGrid, RowDetail};

/// How near to the threshold's line a pointer takes hold of it, in pixels.
const GRIP: f64 = 6.0;
/// How far beside a cell the pointer still means it, in cells.
const REACH: u32 = 2;

/// The plot: two canvases, one with the rows, one above it with what follows the pointer.
#[component]
pub(super) fn ScorePlot(
    /// The open row's detail, to show where it is.
    detail: RwSignal<Option<RowDetail>>,
) -> impl IntoView {
    let ui = Ui::here();
    let session = ui.session;
    let (base, marks) = (NodeRef::<Canvas>::new(), NodeRef::<Canvas>::new());
    let size = RwSignal::new((0.0, 0.0));
    let grid = RwSignal::new(None::<PlotGrid>);
    let pointer = RwSignal::new(None::<(f64, f64)>);
    let dragging = RwSignal::new(false);
    let frame = Memo::new(move |_| {
        let (width, height) = size.get();
        Frame::within(width, height)
    });
    watch(move || {
        if let Some(canvas) = base.get() {
            browser::watch_size(&canvas, move |width, height| size.set((width, height)));
        }
    });

    let bins = Memo::new(move |_| frame.get().bins());
    watch(move || {
        let (bins_x, bins_y) = bins.get();
        let scored = session.scores.with(Option::is_some);
        let run = session.run.get();
        let Some(client) = session.client().filter(|_| scored) else {
            grid.set(None);
            return;
        };
        spawn_local(async move {
            let answer = client.plot(bins_x, bins_y).await;
            let newest = session.is_current(run) && bins.try_get_untracked() == Some((bins_x, bins_y));
            if newest {
                grid.set(answer.filter(|grid| grid.counts.len() as u32 == grid.bins_x * grid.bins_y));
            }
        });
    });

    let threshold = move || session.threshold.with(|cut| cut.as_ref().filter(|cut| cut.rows > 0).map(|cut| cut.score));
    watch(move || {
        let (width, height) = size.get();
        let Some(canvas) = base.get().filter(|_| width > 0.0) else { return };
        let Some(surface) = Surface::of(&canvas, width, height) else { return };
        grid.with(|grid| {
            if let Some(grid) = grid {
                draw_grid(&surface, &Palette::of(&canvas), &frame.get(), grid, threshold(), ui.preferences);
            }
        });
    });

    // The cell that the pointer means: its column, level and count.
    let hovered = Memo::new(move |_| {
        let (x, y) = pointer.get().filter(|_| !dragging.get())?;
        grid.with(|grid| {
            let grid = grid.as_ref()?;
            plot::nearest(grid, frame.get().cell_at(x, y, grid)?, REACH)
        })
    });
    let threshold_y = move || {
        grid.with(|grid| {
            let scores = grid.as_ref()?.scores;
            Some(frame.get().y_of(threshold()?, scores))
        })
    };
    watch(move || {
        let (width, height) = size.get();
        ui.preferences.dark.track();
        let Some(canvas) = marks.get().filter(|_| width > 0.0) else { return };
        let Some(surface) = Surface::of(&canvas, width, height) else { return };
        let frame = frame.get();
        let selected = grid.with(|grid| {
            let grid = grid.as_ref()?;
            detail.with(|detail| {
                let row = &detail.as_ref()?.finding.row;
                let position = match grid.axis {
                    PlotAxis::Time(..) => row.time?,
                    PlotAxis::Row(_) => i64::try_from(row.row).ok()?,
                };
                Some((frame.x_of(position, grid.axis), frame.y_of(row.score?, grid.scores)))
            })
        });
        let hovered = grid.with(|grid| {
            let (grid, (column, level, _)) = (grid.as_ref()?, hovered.get()?);
            let (low, high) = plot::scores_of(level, grid);
            let x = frame.left + frame.width * (f64::from(column) + 0.5) / f64::from(grid.bins_x);
            Some((x, frame.y_of(f32::midpoint(low, high), grid.scores)))
        });
        draw_marks(&surface, &Palette::of(&canvas), &frame, threshold_y(), selected, hovered);
    });

    let readout = move || {
        if dragging.get() {
            let rows = number::counted(ui.finding_count.get(), "row");
            return threshold().map(|score| format!("threshold {}, {rows}", number::score(score)));
        }
        let (column, level, count) = hovered.get()?;
        grid.with(|grid| Some(read_out(ui, grid.as_ref()?, column, level, count)))
    };
    let set_threshold = move |y: f64| {
        if let Some(scores) = grid.with_untracked(|grid| grid.as_ref().map(|grid| grid.scores)) {
            ui.send(Command::SetScore(frame.get_untracked().score_at(y, scores)));
        }
    };
    let at_line = move |y: f64| untrack(threshold_y).is_some_and(|line| (line - y).abs() <= GRIP);
    let open = move |column, level| {
        let layout = |grid: &PlotGrid| PlotGrid::empty(grid.axis, grid.bins_x, grid.bins_y, grid.scores);
        if let Some(grid) = grid.with_untracked(|grid| grid.as_ref().map(layout)) {
            ui.send(Command::OpenCell(grid, column, level));
        }
    };
    let over_line = move || pointer.get().is_some_and(|(_, y)| at_line(y));
    let by_row = move || grid.with(|grid| matches!(grid.as_ref().map(|grid| grid.axis), Some(PlotAxis::Row(_))));
    let title = live(move || if by_row() { "Score by row" } else { "Score over time" }.to_owned());
    let axis = move || {
        grid.with(|grid| match grid.as_ref().map(|grid| grid.axis) {
            None => "appears when rows are scored".to_owned(),
            Some(PlotAxis::Row(_)) => "rows in their order, for want of a time".to_owned(),
            Some(PlotAxis::Time(from, to)) => {
                let shift = |at| ui.preferences.local_time(at);
                format!("{}, {}", ticks::span(shift(from), shift(to)), ui.preferences.zone())
            }
        })
    };
    view! {
        <section class="plot pane" aria-label="Score plot">
            <div class="pane-head">
                <h2>{title}</h2>
                <span class="quiet">{live(axis)}</span>
                <output class="data readout">{live(move || readout().unwrap_or_default())}</output>
            </div>
            <div class="plot-area">
                <canvas class="plot-base" node_ref=base></canvas>
                <canvas
                    class="plot-marks"
                    class:grip=live(over_line)
                    node_ref=marks
                    role="img"
                    aria-label="Scores of all rows; the ranked list of findings has the same rows as text"
                    data-testid="plot"
                    data-ready=live(move || grid.with(Option::is_some).to_string())
                    on:pointerdown=move |event| {
                        let y = f64::from(event.offset_y());
                        if at_line(y) {
                            if let Some(canvas) = marks.get_untracked() {
                                let _ = canvas.set_pointer_capture(event.pointer_id());
                            }
                            dragging.set(true);
                        }
                    }
                    on:pointermove=move |event| {
                        let (x, y) = (f64::from(event.offset_x()), f64::from(event.offset_y()));
                        pointer.set(Some((x, y)));
                        if dragging.get_untracked() {
                            set_threshold(y);
                        }
                    }
                    on:pointerup=move |_| {
                        if dragging.get_untracked() {
                            dragging.set(false);
                        } else if let Some((column, level, _)) = hovered.get_untracked() {
                            open(column, level);
                        }
                    }
                    on:pointercancel=move |_| dragging.set(false)
                    on:pointerleave=move |_| pointer.set(None)
                ></canvas>
            </div>
        </section>
    }
}

fn read_out(ui: Ui, grid: &PlotGrid, column: u32, level: u32, count: u32) -> String {
    let (low, high) = plot::scores_of(level, grid);
    let start = plot::start_of(column, grid);
    let place = match grid.axis {
        PlotAxis::Time(..) => {
            let (date, clock) = ticks::table_time(ui.preferences.local_time(start));
            format!("{date} {clock}")
        }
        PlotAxis::Row(_) => format!("row {}", number::group(start.unsigned_abs() + 1)),
    };
    let rows = number::counted(u64::from(count), "row");
    format!("{place}, score {} to {}, {rows}", number::score(low), number::score(high))
}
