//! Drawing: a canvas at the screen's resolution, the page's colours, and the score plot's marks.

use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

use leptos::prelude::{Get, window};

use super::preferences::Preferences;
use crate::geometry::plot::{self, Frame};
use crate::geometry::{bars, ramp, ticks};
use crate::view::{PlotAxis, PlotGrid};

/// Colours and type as the style sheet has them. A canvas cannot use CSS variables, so the style sheet hands them over as
/// colours of the canvas element that nothing else uses.
pub(super) struct Palette {
    /// Text on the canvas.
    pub(super) ink: String,
    /// Axes and grid lines.
    pub(super) line: String,
    /// The threshold.
    pub(super) accent: String,
    /// Rows of each kind ([`bars::KINDS`]).
    pub(super) kinds: [String; bars::KINDS],
    font: String,
}

impl Palette {
    /// The palette of a canvas element, in the theme of now.
    pub(super) fn of(canvas: &HtmlCanvasElement) -> Self {
        let style = window().get_computed_style(canvas).ok().flatten();
        let value = |name| {
            let value = style.as_ref().and_then(|style| style.get_property_value(name).ok());
            value.unwrap_or_default()
        };
        Self {
            ink: value("color"),
            line: value("border-top-color"),
            accent: value("outline-color"),
            kinds: ["column-rule-color", "border-right-color", "border-bottom-color", "border-left-color"].map(value),
            font: format!("11px {}", value("font-family")),
        }
    }
}

/// A canvas to draw on, in CSS pixels.
pub(super) struct Surface {
    context: CanvasRenderingContext2d,
}

impl Surface {
    /// An empty surface of the element's size.
    pub(super) fn of(canvas: &HtmlCanvasElement, width: f64, height: f64) -> Option<Self> {
        let ratio = window().device_pixel_ratio().max(1.0);
        let (device_width, device_height) = ((width * ratio) as u32, (height * ratio) as u32);
        // Setting the size clears the canvas, also when the size stays.
        canvas.set_width(device_width);
        canvas.set_height(device_height);
        let context: CanvasRenderingContext2d = canvas.get_context("2d").ok()??.dyn_into().ok()?;
        context.scale(ratio, ratio).ok()?;
        Some(Self { context })
    }

    /// Fills a rectangle.
    pub(super) fn fill(&self, colour: &str, x: f64, y: f64, width: f64, height: f64) {
        self.context.set_fill_style_str(colour);
        self.context.fill_rect(x, y, width, height);
    }

    /// Sets how opaque what follows is.
    pub(super) fn alpha(&self, alpha: f64) {
        self.context.set_global_alpha(alpha);
    }

    /// Writes a label, its middle at this height.
    pub(super) fn label(&self, palette: &Palette, text: &str, x: f64, y: f64, align: &str) {
        self.context.set_font(&palette.font);
        self.context.set_text_baseline("middle");
        self.context.set_fill_style_str(&palette.ink);
        self.text(text, x, y, align);
    }

    fn text(&self, text: &str, x: f64, y: f64, align: &str) {
        self.context.set_text_align(align);
        let _ = self.context.fill_text(text, x, y);
    }

    fn diamond(&self, x: f64, y: f64, reach: f64) {
        let context = &self.context;
        context.begin_path();
        context.move_to(x, y - reach);
        context.line_to(x + reach, y);
        context.line_to(x, y + reach);
        context.line_to(x - reach, y);
        context.close_path();
    }
}

/// Cells past the threshold that are still drawn as marks.
const MOST_MARKS: usize = 400;

/// Draws axes and cells. Rows past the threshold are diamonds, large enough for a single one to be found; the others are
/// shaded by how many they are.
pub(super) fn draw_grid(
    surface: &Surface,
    palette: &Palette,
    frame: &Frame,
    grid: &PlotGrid,
    threshold: Option<f32>,
    preferences: Preferences,
) {
    let dark = preferences.dark.get();
    draw_axes(surface, palette, frame, grid, preferences);
    let most = grid.counts.iter().copied().max().unwrap_or(0).max(1);
    let weight = |count: u32| f64::from(count).ln_1p() / f64::from(most).ln_1p();
    // Marks that would run into each other are drawn as plain cells: then it is their density that tells.
    let first = threshold.map_or(grid.bins_y, |threshold| grid.level(threshold));
    let columns = grid.counts.chunks_exact(grid.bins_y as usize);
    let marks = columns.flat_map(|column| &column[first as usize..]).filter(|&&count| count > 0).count();
    let sparse = marks <= MOST_MARKS;
    let (cell_width, cell_height) = (frame.width / f64::from(grid.bins_x), frame.height / f64::from(grid.bins_y));
    for level in 0..grid.bins_y {
        let (low, high) = plot::scores_of(level, grid);
        let share = (level as f32 + 0.5) / grid.bins_y as f32;
        let anomalous = level >= first;
        let y = frame.y_of(f32::midpoint(low, high), grid.scores);
        let lower = (y + cell_height / 2.0).round();
        let height = lower - (y - cell_height / 2.0).round();
        surface.context.set_fill_style_str(&ramp::css(share, dark));
        for column in 0..grid.bins_x {
            let count = grid.counts[(column * grid.bins_y + level) as usize];
            if count == 0 {
                continue;
            }
            // On whole pixels: fractions of neighbouring cells would show as seams.
            let edge = |column: u32| (frame.left + cell_width * f64::from(column)).round();
            let (x, width) = (edge(column), edge(column + 1) - edge(column));
            if anomalous && sparse {
                surface.alpha(0.9);
                surface.diamond(x + width / 2.0, y, 3.0 + 3.0 * weight(count));
                surface.context.fill();
            } else {
                surface.alpha(if anomalous { 1.0 } else { 0.25 + 0.6 * weight(count) });
                surface.context.fill_rect(x, lower - height, width, height);
            }
        }
    }
    surface.alpha(1.0);
}

fn draw_axes(surface: &Surface, palette: &Palette, frame: &Frame, grid: &PlotGrid, preferences: Preferences) {
    let context = &surface.context;
    context.set_font(&palette.font);
    context.set_text_baseline("middle");
    let (low, high) = grid.scores;
    for tick in ticks::number(f64::from(low), f64::from(high), ((frame.height / 26.0) as usize).min(8)) {
        let y = frame.top + frame.height * (1.0 - tick.at);
        surface.fill(&palette.line, frame.left, y.round(), frame.width, 1.0);
        context.set_fill_style_str(&palette.ink);
        surface.text(&tick.label, frame.left - 6.0, y, "right");
    }
    let marks = match grid.axis {
        PlotAxis::Time(from, to) => {
            let (from, to) = (preferences.local_time(from), preferences.local_time(to));
            ticks::time(from, to, (frame.width / 70.0) as usize)
        }
        PlotAxis::Row(rows) => ticks::number(0.0, rows as f64, (frame.width / 90.0) as usize),
    };
    let below = frame.top + frame.height;
    context.set_fill_style_str(&palette.ink);
    surface.text("score", 2.0, 7.0, "left");
    let label = if matches!(grid.axis, PlotAxis::Row(_)) { "row" } else { preferences.zone() };
    surface.text(label, frame.left + frame.width, below + 13.0, "right");
    for tick in marks.into_iter().filter(|tick| frame.width * (1.0 - tick.at) > 48.0) {
        let x = frame.left + frame.width * tick.at;
        surface.fill(&palette.line, x.round(), below, 1.0, 4.0);
        context.set_fill_style_str(&palette.ink);
        surface.text(&tick.label, x, below + 13.0, "center");
    }
    surface.fill(&palette.line, frame.left, below, frame.width, 1.0);
}

/// Draws what moves: the threshold's line, the selected row and the cell under the pointer.
pub(super) fn draw_marks(
    surface: &Surface,
    palette: &Palette,
    frame: &Frame,
    threshold_y: Option<f64>,
    selected: Option<(f64, f64)>,
    hovered: Option<(f64, f64)>,
) {
    let context = &surface.context;
    context.set_stroke_style_str(&palette.accent);
    context.set_line_width(1.0);
    if let Some(y) = threshold_y {
        surface.fill(&palette.accent, frame.left, y.round(), frame.width, 1.0);
        // A grip, to show that the line can be taken.
        surface.fill(&palette.accent, frame.left + frame.width - 14.0, y.round() - 2.0, 14.0, 5.0);
    }
    if let Some((x, y)) = selected {
        context.set_line_width(2.0);
        surface.diamond(x, y, 8.0);
        context.stroke();
        surface.fill(&palette.accent, x.round(), frame.top, 1.0, (y - 8.0 - frame.top).max(0.0));
        surface.fill(&palette.accent, x.round(), y + 8.0, 1.0, (frame.top + frame.height - y - 8.0).max(0.0));
    }
    if let Some((x, y)) = hovered {
        context.set_line_width(1.5);
        context.set_stroke_style_str(&palette.ink);
        context.begin_path();
        let _ = context.arc(x, y, 7.0, 0.0, std::f64::consts::TAU);
        context.stroke();
    }
}
