//! The page: one component per file, named as on screen.
//!
//! ```text
//! header            what is loaded, its stage, and what can be done with it
//! FileList          one line per file: format, progress, records with problems
//! Measured          of a synthetic log: how well the findings are those that are known
//! Findings          ThresholdControl over the list of findings, each with its rows below it
//! ScorePlot         score over time
//! RowTable | TemplatesPanel | SessionsPanel | DetectionPanel | ModelsPanel | FieldsPanel | ProblemsPanel | ExplainPanel | LabelPanel
//!                   one of them, by tab; the first with SearchBox, TimeHistogram, FacetsPanel, the third with SessionKey
//!                   and StoryView
//! DetailDrawer      all of one row, with AroundRow
//! HelpOverlay       every key
//! ```
//!
//! What stands around them, and the start screen, is in `index.html`; [`frame`] fills its places. All of this module is
//! fetched only when it is needed (`public/start.js`), and hears through [`intake`] what was asked for until then.
//!
//! State is a store per responsibility: [`session`] (the files and what the workers say of them), [`selection`] (what is
//! looked at), [`grouped`] and [`templates_look`] (the lists of findings and of templates), [`stories`] (sessions),
//! [`looking`] (what the table is narrowed and sorted to), [`models`] (the detector and its models), [`model`] (the
//! language model), [`synthetic_log`] (one that is made)
//! and [`preferences`] (what outlives a visit). A component reads slices of them and sends a [`Command`](command::Command);
//! only [`perform`], [`travel`], [`narrow`], [`stories`] and [`synthetic_log`] change a store. Arithmetic is in
//! [`crate::geometry`], which
//! does without the browser.
//!
//! The page's thread never holds a log: pages of rows come from the workers through [`crate::platform::client`], are text
//! for one screen, and go to the document as text nodes only.

#![allow(clippy::disallowed_methods, reason = "what is drawn need not be equal to the last bit on every platform")]
#![allow(clippy::large_types_passed_by_value, reason = "the stores are bundles of handles, made to be copied")]
#![allow(unreachable_pub, reason = "the component macro makes its props public")]

mod app;
mod around_row;
mod badge;
mod browser;
mod column_heads;
mod command;
mod detail_drawer;
mod detail_finding;
mod detection_features;
mod detection_panel;
mod facets_panel;
mod fields_panel;
mod file_list;
mod findings;
mod frame;
mod generator_form;
mod grouped;
mod header;
mod help_overlay;
mod intake;
mod label_mark;
mod link;
mod live;
mod looking;
mod loss_curve;
mod measured;
mod model;
mod models;
mod narrow;
mod number_box;
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
mod session_key;
mod sessions_panel;
mod shortcuts;
mod stories;
mod story_view;
mod synthetic_log;
mod tabs;
mod templates_list;
mod templates_look;
mod templates_panel;
mod threshold_control;
mod time_histogram;
mod travel;
mod virtual_scroll;

pub use frame::start;
