//! What a screen needs, still pure: pages of rows, findings with their reasons, the plot's grid, reports on files and fields.
//!
//! Everything here crosses from a worker to the page (or from the engine to the command line) and is small: a page of a
//! million-row table is forty [`RowView`]s. Nothing here holds a log's text for longer than it is on screen.

pub mod export;
pub mod histogram;
pub mod learned;
pub mod plot;
pub mod report;
pub mod row;
pub mod scores;
pub mod session;
pub mod story;
pub mod template;

pub use histogram::TimeHistogram;
pub use learned::{LearnedFeature, LearnedView};
pub use plot::{PlotAxis, PlotGrid};
pub use report::{FieldReport, FileReport, IssueView, Stage};
pub use row::{Cell, DetectorScore, FindingView, Reason, RowDetail, RowView};
pub use session::SessionView;
pub use story::{Around, Line, Near, Scope, StepLine, StepView, Story};
pub use template::{TemplateSample, TemplateView};
