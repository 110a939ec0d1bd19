//! The columns: what a row is once its text is gone.
//!
//! ```text
//! {"ts":"2026-02-06T10:30:17Z","lvl":"ERROR","msg":"timeout after 5000ms","took_ms":5200}
//!   time      i64 nanoseconds UTC        level     u8 severity
//!   message   u32 hash of its shape      duration  f64 milliseconds
//! ```
//!
//! [`role`], [`alias`] and [`assign`] decide what a field means; [`time`], [`level`] and [`duration`] read its values;
//! [`dataset`] fixes the columns of all files before the first row is parsed; [`column`], [`packed`] and [`segment`] hold
//! the rows of one byte range. A row is not kept as text: a segment knows where the row's bytes are. [`origin`] is what the
//! values don't tell of their texts, so that [`recast`] can read them another way without the file.

pub mod alias;
pub mod assign;
pub mod column;
pub mod dataset;
pub mod duration;
pub mod kind;
pub mod level;
pub mod mapping;
pub mod origin;
pub mod packed;
pub mod reader;
pub mod recast;
pub mod role;
pub mod segment;
pub mod shared;
pub mod text_duration;
pub mod text_id;
pub mod ties;
pub mod time;

pub use assign::{FieldSample, Reading, RoleChoice, assign_roles};
pub use column::Column;
pub use dataset::{ColumnSpec, Dataset};
pub use duration::{DurationFormat, DurationUnit};
pub use kind::Kind;
pub use level::{Level, LevelScale};
pub use role::Role;
pub use segment::{Segment, SegmentId};
pub use text_id::TextId;
pub use time::{TimeFormat, format_time};
