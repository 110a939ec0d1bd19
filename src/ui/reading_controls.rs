//! How times, levels and durations are read, where a person may know better than the samples tell.

use leptos::prelude::*;

use super::app::Ui;
use super::command::{Command, Correction};
use super::live::live;
use crate::record::{DurationUnit, LevelScale, Role};

/// Zones that are no whole hours from UTC, in minutes.
const BROKEN_ZONES: [i16; 11] = [-570, -210, 210, 270, 330, 345, 390, 525, 570, 630, 765];

/// One control for each thing that can be corrected, and what to do with the corrections.
#[component]
pub(super) fn ReadingControls() -> impl IntoView {
    let ui = Ui::here();
    let mapping = ui.session.mapping;
    let controls = live(move || {
        let (_, mapping) = mapping.get();
        let has = |role| ui.session.fields.with(|fields| fields.iter().any(|field| field.role == Some(role)));
        let mut controls = Vec::new();
        if has(Role::Time) {
            let zones = (-12..=14).map(|hours| hours * 60).chain(BROKEN_ZONES);
            let mut zones: Vec<i16> = zones.collect();
            zones.sort_unstable();
            let options = zones.into_iter().map(|minutes| (minutes.to_string(), zone_name(minutes)));
            let now = mapping.zone_minutes.map(|minutes| minutes.to_string());
            controls.push(choice(ui, "Zone of times without one", "zone", options.collect(), now, |value| {
                Correction::Zone(value.parse().ok())
            }));
            let options = vec![("month".into(), "month/day".into()), ("day".into(), "day/month".into())];
            let now = mapping.day_first.map(|first| if first { "day".to_owned() } else { "month".to_owned() });
            controls.push(choice(ui, "Dates like 05/04/2026", "day-order", options, now, |value| {
                Correction::DayFirst((!value.is_empty()).then_some(value == "day"))
            }));
        }
        if has(Role::Duration) {
            let options = DurationUnit::ALL.map(|unit| (unit.long_name().to_owned(), unit.long_name().to_owned()));
            let now = mapping.duration_unit.map(|unit| unit.long_name().to_owned());
            controls.push(choice(ui, "Unit of durations", "duration-unit", options.into(), now, |value| {
                Correction::Unit(DurationUnit::ALL.into_iter().find(|unit| unit.long_name() == value))
            }));
        }
        if has(Role::Level) {
            let options = LevelScale::ALL.map(|scale| (scale.name().to_owned(), scale.title().to_owned()));
            let now = mapping.level_scale.map(|scale| scale.name().to_owned());
            controls.push(choice(ui, "Levels as numbers of", "level-scale", options.into(), now, |value| {
                Correction::Scale(LevelScale::ALL.into_iter().find(|scale| scale.name() == value))
            }));
        }
        controls.into_any()
    });
    let applied = live(move || {
        let text = match ui.session.in_place.get() {
            None => "A change is applied to the columns at hand; where they have too little, the files are read again",
            Some(true) => "The last change was applied to the columns at hand: no file was read",
            Some(false) => "For the last change the files are read again: the columns at hand had too little",
        };
        text.to_owned()
    });
    let changed = move || mapping.with(|(_, mapping)| !mapping.is_empty());
    view! {
        <div class="pane-head reading-controls">
            {controls}
            <span class="quiet" data-testid="applied">{applied}</span>
            <button
                class="push"
                data-testid="export-mapping"
                title="Save what you changed as JSON, for strayline analyze --mapping"
                disabled=live(move || !changed())
                on:click=move |_| ui.send(Command::ExportMapping)
            >
                "Save mapping"
            </button>
            <button
                data-testid="forget-mapping"
                title="Forget what you changed for files like these, and read them as detected"
                disabled=live(move || !changed())
                on:click=move |_| ui.send(Command::Correct(Correction::Forget))
            >
                "As detected"
            </button>
        </div>
    }
}

/// A labelled list to choose from, the first of which is what was detected.
fn choice(
    ui: Ui,
    label: &'static str,
    id: &'static str,
    options: Vec<(String, String)>,
    now: Option<String>,
    correction: fn(&str) -> Correction,
) -> AnyView {
    let now = now.unwrap_or_default();
    let options = options.into_iter().map(|(value, text)| {
        let selected = value == now;
        view! { <option value=value selected=selected>{text}</option> }
    });
    view! {
        <label class="check">
            <span class="quiet">{label}</span>
            <select
                data-testid=id
                on:change=move |event| ui.send(Command::Correct(correction(&event_target_value(&event))))
            >
                <option value="" selected=now.is_empty()>"as detected"</option>
                {options.collect_view()}
            </select>
        </label>
    }
    .into_any()
}

fn zone_name(minutes: i16) -> String {
    let (sign, size) = (if minutes < 0 { '-' } else { '+' }, minutes.unsigned_abs());
    if minutes == 0 { "UTC".to_owned() } else { format!("UTC{sign}{:02}:{:02}", size / 60, size % 60) }
}
