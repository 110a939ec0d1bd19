//! Geometry and text of the screen, without the browser: numbers in, positions and words out.
//!
//! ```text
//! window   scroll position            → which rows to draw, and where
//! outline  entries with members       → units of height, and back
//! pages    rows wanted                → which page to ask for next
//! plot     grid of counts and pixels  → cells, and the cell under the pointer
//! bars     rows over time            → heights, and the times under a brush
//! spark    counts over time           → the path of a small picture
//! overlay  two distributions, curves     → paths
//! ticks    a span of time or scores   → labelled marks
//! columns  fields of the data           → columns of the table
//! slider   slider position            ↔ contamination
//! ramp     a score's share            → colour
//! number, json                        → text
//! ```
//!
//! Nothing here names Leptos or `web_sys`, so everything here is tested natively. A component that needs arithmetic gets
//! it from here and keeps only the drawing.

#![allow(clippy::disallowed_methods, reason = "what is drawn need not be equal to the last bit on every platform")]

pub mod bars;
pub mod columns;
pub mod curve;
pub mod json;
pub mod number;
pub mod outline;
pub mod overlay;
pub mod pages;
pub mod plot;
pub mod ramp;
pub mod slider;
pub mod spark;
pub mod story;
pub mod ticks;
pub mod window;
