//! Levels and scores, the same wherever they stand: as text, and by colour.

use leptos::prelude::*;

use super::preferences::Preferences;
use crate::geometry::{number, ramp, ticks};
use crate::record::Level;
use crate::view::RowView;

/// Class of a level's colour.
pub(super) fn level_class(level: Level) -> &'static str {
    match level {
        Level::Unknown => "level",
        Level::Trace | Level::Debug => "level level-low",
        Level::Info => "level level-info",
        Level::Notice => "level level-notice",
        Level::Warn => "level level-warn",
        Level::Error => "level level-error",
        Level::Critical | Level::Fatal => "level level-fatal",
    }
}

/// A level's name; nothing for a row without one.
pub(super) fn level_text(level: Level) -> &'static str {
    if level == Level::Unknown { "" } else { level.name() }
}

/// A time; its date is an element of its own, so that it can go where there is no room.
pub(super) fn time(preferences: Preferences, at: Option<i64>) -> impl IntoView + use<> {
    at.map(|at| ticks::table_time(preferences.local_time(at))).map(|(date, clock)| {
        view! {
            <span class="date">{date}" "</span>
            {clock}
        }
    })
}

/// The time of day of a row; its number where it has none.
pub(super) fn clock(preferences: Preferences, row: &RowView) -> String {
    let clock = row.time.map(|at| ticks::table_time(preferences.local_time(at)).1);
    clock.unwrap_or_else(|| format!("row {}", number::group(row.row + 1)))
}

/// A score with its colour; an anomalous one also has a mark in front, so that colour is not the only sign.
pub(super) fn score(
    score: Option<f32>,
    anomalous: bool,
    range: (f32, f32),
    dark: bool,
    testid: Option<&'static str>,
) -> impl IntoView + use<> {
    let (text, colour) = match score {
        Some(score) => (number::score(score), ramp::css(ramp::share(score, range), dark)),
        None => (String::new(), "transparent".to_owned()),
    };
    let class = if anomalous { "score anomalous" } else { "score" };
    view! {
        <span class=class data-testid=testid>
            <i class="chip" style:background-color=colour></i>
            {text}
        </span>
    }
}
