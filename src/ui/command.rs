//! Everything that the interface can ask for, whether by pointer, key or drop.

use web_sys::File;

use super::selection::Pane;
use crate::record::{DurationUnit, LevelScale, Role};
use crate::view::PlotGrid;

/// A wish of the person. [`super::perform`] fulfils it.
#[derive(Clone, Debug)]
pub enum Command {
    /// Open the browser's file dialogue.
    PickFiles,
    /// Analyse these files together with those that are there.
    AddFiles(Vec<File>),
    /// Fetch a sample log of this site and analyse it.
    OpenSample(String),
    /// Forget everything and start over.
    New,
    /// Stop reading; keep and analyse what was read.
    Cancel,
    /// Give a field a role, or none, and analyse again.
    SetRole(String, Option<Role>),
    /// Read times, levels or durations another way, and analyse again.
    Correct(Correction),
    /// Save what was said of the fields as JSON.
    ExportMapping,
    /// Call this share of the rows anomalous.
    SetContamination(f64),
    /// Call rows from this score on anomalous.
    SetScore(f32),
    /// Show only anomalous rows in the table, or all.
    ToggleAnomaliesOnly,
    /// Bring a pane to the front.
    Show(Pane),
    /// Move in the list that was last used.
    Move(Step),
    /// Go to the next (`true`) or the previous anomalous row.
    SeekAnomaly(bool),
    /// Go to the next (`true`) or the previous row with level error or worse.
    SeekError(bool),
    /// Select a row of the table by its position in it, and open its detail.
    OpenPosition(u64),
    /// Select a finding by its rank, and open its row's detail.
    OpenFinding(u64),
    /// Select a row by its number, and open its detail.
    OpenRow(u64),
    /// Open the detail of the most abnormal row in a cell of the plot: the grid (its counts are not used), the cell's
    /// column and level.
    OpenCell(PlotGrid, u32, u32),
    /// Open the detail of the selected row, or of the first.
    OpenDetail,
    /// Close what is in front: help, then the detail.
    Close,
    /// Copy the record of the open or selected row as JSON.
    CopyRecord,
    /// Save the rows that the table shows as CSV.
    ExportCsv,
    /// Change between light and dark.
    ToggleTheme,
    /// Show or hide the list of keys.
    ToggleHelp,
}

/// What a person knows better than the samples tell; `None` takes it back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Correction {
    /// Minutes east of UTC of times without a zone.
    Zone(Option<i16>),
    /// Whether the day stands before the month.
    DayFirst(Option<bool>),
    /// The unit of durations that name none.
    Unit(Option<DurationUnit>),
    /// What the numbers of a level field mean.
    Scale(Option<LevelScale>),
    /// Take everything back, roles too.
    Forget,
}

/// A move within a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// One down.
    Next,
    /// One up.
    Previous,
    /// A screen down.
    PageDown,
    /// A screen up.
    PageUp,
    /// To the first.
    First,
    /// To the last.
    Last,
}
