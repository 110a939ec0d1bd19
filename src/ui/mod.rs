//! The page: one component per file, named as on screen.
//!
//! ```text
//! Header            what is loaded, its stage, and what can be done with it
//! FileList          one line per file: format, progress, records with problems
//! Findings          ThresholdControl over the ranked list
//! ScorePlot         score over time
//! RowTable | FieldsPanel | ProblemsPanel        one of them, by tab
//! DetailDrawer      all of one row
//! StatusBar         the last message
//! DropZone          all there is before files are given;  HelpOverlay: every key
//! ```
//!
//! State is three stores by responsibility: [`session`] (the files and what the workers say of them), [`selection`] (what
//! is looked at) and [`preferences`] (what outlives a visit). A component reads slices of them and sends a
//! [`Command`](command::Command); only [`perform`] and [`travel`] change a store. Arithmetic is in [`geometry`], which does
//! without the browser.
//!
//! The page's thread never holds a log: pages of rows come from the workers through [`crate::platform::client`], are text
//! for one screen, and go to the document as text nodes only.

#![allow(clippy::disallowed_methods, reason = "what is drawn need not be equal to the last bit on every platform")]
#![allow(clippy::large_types_passed_by_value, reason = "the stores are bundles of handles, made to be copied")]
#![allow(unreachable_pub, reason = "the component macro makes its props public")]

pub mod geometry;

#[cfg(feature = "page")]
mod app;
#[cfg(feature = "page")]
mod badge;
#[cfg(feature = "page")]
mod browser;
#[cfg(feature = "page")]
mod command;
#[cfg(feature = "page")]
mod detail_drawer;
#[cfg(feature = "page")]
mod drop_zone;
#[cfg(feature = "page")]
mod fields_panel;
#[cfg(feature = "page")]
mod file_list;
#[cfg(feature = "page")]
mod findings;
#[cfg(feature = "page")]
mod header;
#[cfg(feature = "page")]
mod help_overlay;
#[cfg(feature = "page")]
mod live;
#[cfg(feature = "page")]
mod pager;
#[cfg(feature = "page")]
mod perform;
#[cfg(feature = "page")]
mod plot_canvas;
#[cfg(feature = "page")]
mod preferences;
#[cfg(feature = "page")]
mod problems_panel;
#[cfg(feature = "page")]
mod row_table;
#[cfg(feature = "page")]
mod score_histogram;
#[cfg(feature = "page")]
mod score_plot;
#[cfg(feature = "page")]
mod selection;
#[cfg(feature = "page")]
mod session;
#[cfg(feature = "page")]
mod shortcuts;
#[cfg(feature = "page")]
mod status_bar;
#[cfg(feature = "page")]
mod tabs;
#[cfg(feature = "page")]
mod threshold_control;
#[cfg(feature = "page")]
mod travel;
#[cfg(feature = "page")]
mod virtual_scroll;

#[cfg(feature = "page")]
pub use app::App;
