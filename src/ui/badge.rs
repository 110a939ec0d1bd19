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

/// A time; what can go where there is no room are elements of their own: the date, or of a log of several days what is not
/// the day or the second.
pub(super) fn time(preferences: Preferences, at: Option<i64>) -> impl IntoView + use<> {
    at.map(|at| ticks::table_time(preferences.local_time(at))).map(|(date, clock)| {
        let (year, day) = ticks::apart(&date, '-');
        let (second, fraction) = ticks::apart(&clock, '.');
        view! {
            <span class="date">
                <span class="year">{year.to_owned()}"-"</span>
                {day.to_owned()}
                " "
            </span>
            {second.to_owned()}
            <span class="fraction">"."{fraction.to_owned()}</span>
        }
    })
}

/// The time of day of a row, with the day in a log of several; its number where it has no time.
pub(super) fn clock(preferences: Preferences, several_days: bool, row: &RowView) -> String {
    let Some(at) = row.time else { return format!("row {}", number::group(row.row + 1)) };
    let at = preferences.local_time(at);
    if several_days { ticks::day_time(at) } else { ticks::table_time(at).1 }
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
