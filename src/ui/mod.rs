//! The page: one component per file, named as on screen.
//!
//! ```text
//! Header            what is loaded, its stage, and what can be done with it
//! FileList          one line per file: format, progress, records with problems
//! Findings          ThresholdControl over the ranked list
//! ScorePlot         score over time
//! RowTable | FieldsPanel | ProblemsPanel        one of them, by tab; the first with SearchBox, TimeHistogram, FacetsPanel
//! DetailDrawer      all of one row
//! StatusBar         the last message
//! DropZone          all there is before files are given, with GeneratorForm;  HelpOverlay: every key
//! ```
//!
//! State is four stores by responsibility: [`session`] (the files and what the workers say of them), [`selection`] (what
//! is looked at), [`looking`] (what the table is narrowed and sorted to) and [`preferences`] (what outlives a visit). A
//! component reads slices of them and sends a [`Command`](command::Command); only [`perform`], [`travel`] and [`narrow`]
//! change a store. Arithmetic is in [`crate::geometry`], which
//! does without the browser.
//!
//! The page's thread never holds a log: pages of rows come from the workers through [`crate::platform::client`], are text
//! for one screen, and go to the document as text nodes only.

#![allow(clippy::disallowed_methods, reason = "what is drawn need not be equal to the last bit on every platform")]
#![allow(clippy::large_types_passed_by_value, reason = "the stores are bundles of handles, made to be copied")]
#![allow(unreachable_pub, reason = "the component macro makes its props public")]

mod app;
mod badge;
mod browser;
mod command;
mod detail_drawer;
mod drop_zone;
mod facets_panel;
mod fields_panel;
mod file_list;
mod findings;
mod generator_form;
mod header;
mod help_overlay;
mod live;
mod looking;
mod narrow;
mod pager;
mod perform;
mod plot_canvas;
mod preferences;
mod problems_panel;
mod reading_controls;
mod remembered;
mod row_table;
mod row_toolbar;
mod score_histogram;
mod score_plot;
mod search_box;
mod selection;
mod session;
mod shortcuts;
mod status_bar;
mod tabs;
mod threshold_control;
mod time_histogram;
mod travel;
mod virtual_scroll;

pub use app::App;
