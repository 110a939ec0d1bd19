//! The form that makes a synthetic log, to look at here or to save with the truth about its anomalies.

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, File};

use super::app::Ui;
use super::browser;
use super::command::Command;
use super::live::live;
use crate::geometry::number;
use crate::synthetic::settings::{ANOMALY_RATE, START};
use crate::synthetic::{Format, Kind, Limit, Log, Rates, Settings};

/// Most rows: the log lies in the tab's memory until it is saved or forgotten.
const MOST_ROWS: u64 = 5_000_000;
/// Rows between two looks at the clock.
const ROWS_AT_ONCE: u32 = 200;
/// Milliseconds after which the page gets its thread back.
const SLICE: f64 = 12.0;

/// What stands in the fields.
#[derive(Clone, Copy)]
struct Fields {
    rows: RwSignal<String>,
    percent: RwSignal<String>,
    seed: RwSignal<String>,
    format: RwSignal<String>,
    /// By [`Kind::index`]; empty for its part of all.
    kinds: RwSignal<Vec<String>>,
}

impl Fields {
    /// The settings that the fields say; the error is a sentence.
    fn read(self) -> Result<(Settings, Format), String> {
        let rows: u64 = self.rows.with_untracked(|text| text.trim().parse()).unwrap_or(0);
        if !(1..=MOST_ROWS).contains(&rows) {
            return Err(format!("Rows must be from 1 to {}", number::group(MOST_ROWS)));
        }
        let seed = self.seed.with_untracked(|text| text.trim().parse());
        let seed = seed.map_err(|_| "The seed must be a whole number".to_owned())?;
        let mut rates = Rates::total(share(&self.percent.get_untracked())?);
        for (kind, text) in Kind::ALL.into_iter().zip(self.kinds.get_untracked()) {
            if !text.trim().is_empty() {
                rates.set(kind, share(&text)?);
            }
        }
        let format = if self.format.with_untracked(|name| name == "csv") { Format::Csv } else { Format::JsonLines };
        Ok((Settings { seed, limit: Limit::Rows(rows), start: START, rates }, format))
    }
}

/// Percent as a share.
fn share(text: &str) -> Result<f64, String> {
    let percent: f64 = text.trim().parse().unwrap_or(-1.0);
    let valid = (0.0..=50.0).contains(&percent);
    if valid { Ok(percent / 100.0) } else { Err("Rates must be from 0 to 50 %".into()) }
}

/// What is done with the log once it is made.
#[derive(Clone, Copy, PartialEq)]
enum Then {
    Open,
    Save,
}

/// Rows, rates, format and seed, and what to do with the log.
#[component]
pub(super) fn GeneratorForm() -> impl IntoView {
    let ui = Ui::here();
    let fields = Fields {
        rows: RwSignal::new("20000".to_owned()),
        percent: RwSignal::new((ANOMALY_RATE * 100.0).to_string()),
        seed: RwSignal::new("7".to_owned()),
        format: RwSignal::new("jsonl".to_owned()),
        kinds: RwSignal::new(vec![String::new(); Kind::COUNT]),
    };
    let made = RwSignal::new(None::<u64>);
    let start = move |then: Then| {
        if made.get_untracked().is_some() {
            return;
        }
        match fields.read() {
            Ok((settings, format)) => make(ui, made, settings, format, then),
            Err(reason) => ui.selection.say(reason),
        }
    };
    let text = |label: &'static str, id: &'static str, value: RwSignal<String>| {
        view! {
            <label>
                <span>{label}</span>
                <input
                    type="text"
                    inputmode="decimal"
                    data-testid=id
                    prop:value=live(move || value.get())
                    on:input=move |event| value.set(event_target_value(&event))
                />
            </label>
        }
        .into_any()
    };
    let of_kinds = Kind::ALL.map(|kind| {
        let usual = live(move || {
            let all: f64 = fields.percent.with(|text| text.trim().parse()).unwrap_or(0.0);
            format!("{:.3}", all * kind.share())
        });
        view! {
            <label>
                <span>{kind.name().replace('_', " ")}</span>
                <input
                    type="text"
                    inputmode="decimal"
                    data-testid=format!("generate-{}", kind.name())
                    placeholder=usual
                    on:input=move |event| {
                        let value = event_target_value(&event);
                        fields.kinds.update(|kinds| if let Some(text) = kinds.get_mut(kind.index()) { *text = value });
                    }
                />
            </label>
        }
        .into_any()
    });
    let progress = live(move || made.get().map_or_else(String::new, |rows| format!("{} rows …", number::group(rows))));
    let busy = move || live(move || made.get().is_some());
    view! {
        <details class="generator" data-testid="generator">
            <summary>"Make a synthetic log…"</summary>
            <form on:submit=move |event| {
                event.prevent_default();
                start(Then::Open);
            }>
                <p class="quiet">
                    "The services of an invented parcel carrier, with anomalies at known places. Equal settings give equal logs."
                </p>
                <div class="generator-fields">
                    {text("Rows", "generate-rows", fields.rows)}
                    {text("Anomalies, % of sessions", "generate-percent", fields.percent)}
                    {text("Seed", "generate-seed", fields.seed)}
                    <label>
                        <span>"Format"</span>
                        <select
                            data-testid="generate-format"
                            on:change=move |event| fields.format.set(event_target_value(&event))
                        >
                            <option value="jsonl">"JSON Lines"</option>
                            <option value="csv">"CSV"</option>
                        </select>
                    </label>
                </div>
                <details>
                    <summary>"Rates by kind, % of sessions"</summary>
                    <div class="generator-fields">{Vec::from(of_kinds)}</div>
                </details>
                <div class="generator-actions">
                    <button type="submit" data-testid="generate-open" disabled=busy()>
                        "Open it here"
                    </button>
                    <button
                        type="button"
                        data-testid="generate-save"
                        title="Save the log, and the truth about its anomalies as JSON Lines"
                        disabled=busy()
                        on:click=move |_| start(Then::Save)
                    >
                        "Save"
                    </button>
                    <span class="quiet" role="status">{progress}</span>
                </div>
            </form>
        </details>
    }
}

/// Makes a log in slices, between which the page does what else there is to do.
fn make(ui: Ui, made: RwSignal<Option<u64>>, settings: Settings, format: Format, then: Then) {
    made.set(Some(0));
    let run = ui.session.run.get_untracked();
    spawn_local(async move {
        let mut log = Log::new(settings, format);
        let (parts, truths) = (js_sys::Array::new(), js_sys::Array::new());
        let (mut rows, mut truth) = (Vec::new(), Vec::new());
        let mut more = true;
        while more {
            let began = browser::now();
            while more && browser::now() - began < SLICE {
                more = log.write(ROWS_AT_ONCE, &mut rows, &mut truth);
            }
            parts.push(&piece(&rows));
            truths.push(&piece(&truth));
            rows.clear();
            truth.clear();
            browser::pause().await;
            // Files that came meanwhile were wanted later; the form and its signals are gone with the start screen.
            if !ui.session.is_current(run) {
                return;
            }
            made.try_set(Some(log.rows()));
        }
        made.try_set(None);
        let name = format!("synthetic-{}.{}", settings.seed, format.ending());
        let done = match then {
            Then::Open => File::new_with_blob_sequence(&parts, &name).ok().map(|file| {
                ui.send(Command::AddFiles(vec![file]));
                String::new()
            }),
            Then::Save => {
                let known = format!("synthetic-{}-truth.jsonl", settings.seed);
                let blobs = (Blob::new_with_blob_sequence(&parts), Blob::new_with_blob_sequence(&truths));
                let blobs = (blobs.0.ok(), blobs.1.ok());
                let saved = blobs.0.and_then(|log| browser::save(&log, &name));
                saved.and(blobs.1).and_then(|truth| browser::save(&truth, &known)).map(|()| {
                    let rows = number::counted(log.rows(), "row");
                    format!("Saved {rows} as {name}, and the truth as {known}")
                })
            }
        };
        match done {
            Some(text) if text.is_empty() => {}
            Some(text) => ui.selection.say(text),
            None => ui.selection.say("The browser refused to keep the log"),
        }
    });
}

/// Bytes as a blob, which the browser may put on disk; nothing where it refuses.
fn piece(bytes: &[u8]) -> JsValue {
    let parts = js_sys::Array::of1(&js_sys::Uint8Array::from(bytes));
    Blob::new_with_u8_array_sequence(&parts).map_or(JsValue::from_str(""), JsCast::unchecked_into)
}
