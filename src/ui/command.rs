//! Everything that the interface can ask for, whether by pointer, key or drop.

use web_sys::File;

use super::selection::Pane;
use super::stories::Wish;
use super::synthetic_log::Wanted;
use crate::engine::order::SortBy;
use crate::filter::Expr;
use crate::finding::Kinds;
use crate::geometry::outline::Spot;
use crate::record::{DurationUnit, LevelScale, Role};
use crate::template::Hand;
use crate::view::PlotGrid;

/// A wish of the person. [`super::perform`] fulfils it.
#[derive(Clone, Debug)]
pub enum Command {
    /// Open the browser's file dialogue.
    PickFiles,
    /// Analyse these files together with those that are there.
    AddFiles(Vec<File>),
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
    /// Label the selected row anomalous or ordinary, or take that back.
    Label(bool),
    /// Call so many rows anomalous.
    SetTop(u64),
    /// Call rows anomalous that score above the bend of the curve of scores.
    SetKnee,
    /// Something that concerns the detector or models.
    OfModels(super::models::Wish),
    /// Show only anomalous rows in the table, or all.
    ToggleAnomaliesOnly,
    /// Bring a pane to the front.
    Show(Pane),
    /// Move in the list that was last used.
    Move(Step),
    /// Go to the next (`true`) or the previous row of a kind.
    Seek(Sought, bool),
    /// Put the cursor into the search box.
    FocusSearch,
    /// Search for what was written, once the typing pauses.
    Type(String),
    /// Search for what was written.
    Search(String),
    /// Put another search in the place of the one in force.
    Narrow(Expr),
    /// Search for rows between two times (nanoseconds, both included), or for all times.
    Brush(Option<(i64, i64)>),
    /// Stop searching or sorting; keep what was found.
    Stop,
    /// Sort by this: first one way, then the other, then not at all.
    Sort(SortBy),
    /// Show or hide how often each value occurs.
    ToggleValues,
    /// Show or hide rows over time.
    ToggleTimes,
    /// Change the columns of the table.
    Arrange(Arrange),
    /// Show times in UTC or as they are here.
    ToggleZone,
    /// Select a row of the table by its position in it, and open its detail.
    OpenPosition(u64),
    /// Select a finding or a row of one, and open the row's detail.
    OpenFinding(Spot),
    /// Show (or hide) the rows of a finding: of this one, or of the selected one.
    Unfold(Option<u64>, bool),
    /// Show only findings of this kind (and of others that were chosen), or no longer.
    ToggleKind(Kinds),
    /// Change the templates by hand, and analyse again.
    ChangeTemplates(Hand),
    /// Select a row by its number, and open its detail.
    OpenRow(u64),
    /// Open the detail of the most abnormal row in a cell of the plot: the grid (its counts are not used), the cell's
    /// column and level.
    OpenCell(PlotGrid, u32, u32),
    /// Open the detail of the selected row, or of the first.
    OpenDetail,
    /// Something that concerns sessions.
    OfSessions(Wish),
    /// Something that concerns synthetic logs.
    OfSynthetic(Wanted),
    /// Close what is in front: help, then the detail, then the open session.
    Close,
    /// Copy the record of the open or selected row as JSON.
    CopyRecord,
    /// Copy a link to the search, the order and the row.
    CopyLink,
    /// Save the rows that the table shows as CSV.
    ExportCsv,
    /// Change between light and dark.
    ToggleTheme,
    /// Show or hide the list of keys.
    ToggleHelp,
}

/// A change of the table's columns, which are named by their keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arrange {
    /// Show it, or hide it.
    Toggle(String),
    /// Put the first where the second stands.
    Put(String, String),
    /// Move it one place to the right (`true`) or to the left.
    Shift(String, bool),
    /// Make it so many pixels wide, or as wide as it was at first.
    Size(String, Option<u32>),
    /// All as it was at first.
    Reset,
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

/// A kind of row to go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sought {
    /// Anomalous under the threshold.
    Anomaly,
    /// Level error or worse.
    Error,
    /// Level warning.
    Warning,
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
