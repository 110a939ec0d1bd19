//! The form on the start screen that makes a synthetic log.

use leptos::prelude::*;

use super::app::Ui;
use super::browser;
use super::command::Command;
use super::live::live;
use super::synthetic_log::Wanted;
use crate::geometry::number;
use crate::platform::making::Order;
use crate::synthetic::settings::{ANOMALY_RATE, START};
use crate::synthetic::{Format, Kind, Limit, Rates, Settings};

/// Most rows: the log lies in what the browser has room for until the tab is closed.
const MOST_ROWS: u64 = 10_000_000;
/// Bytes of a row, about, as JSON Lines and as CSV.
const ROW_BYTES: [u64; 2] = [237, 118];

/// What stands in the fields.
#[derive(Clone, Copy)]
struct Fields {
    rows: RwSignal<String>,
    percent: RwSignal<String>,
    seed: RwSignal<String>,
    csv: RwSignal<bool>,
    /// By [`Kind::index`]; empty for its part of all.
    kinds: RwSignal<Vec<String>>,
}

impl Fields {
    fn rows(self) -> Option<u64> {
        let digits = self.rows.with(|text| text.replace([' ', ',', '\u{a0}'], ""));
        digits.parse().ok().filter(|rows| (1..=MOST_ROWS).contains(rows))
    }

    /// What the fields ask for; the error is a sentence.
    fn read(self) -> Result<Order, String> {
        let rows = self.rows().ok_or_else(|| format!("Rows must be from 1 to {}.", number::group(MOST_ROWS)))?;
        let seed = self.seed.with(|text| text.trim().parse());
        let seed = seed.map_err(|_| "The seed must be a whole number, 0 or more.".to_owned())?;
        let mut rates = Rates::total(share(&self.percent.get())?);
        for (kind, text) in Kind::ALL.into_iter().zip(self.kinds.get()) {
            if !text.trim().is_empty() {
                rates.set(kind, share(&text)?);
            }
        }
        let format = if self.csv.get() { Format::Csv } else { Format::JsonLines };
        Ok(Order { settings: Settings { seed, limit: Limit::Rows(rows), start: START, rates }, format })
    }
}

/// Percent as a share.
fn share(text: &str) -> Result<f64, String> {
    let percent: f64 = text.trim().parse().unwrap_or(-1.0);
    let valid = (0.0..=50.0).contains(&percent);
    if valid { Ok(percent / 100.0) } else { Err("Rates must be from 0 to 50 %.".into()) }
}

/// Rows, rates, format and seed.
pub(super) fn form(ui: Ui) -> AnyView {
    let store = ui.synthetic_log;
    let fields = Fields {
        rows: RwSignal::new("20,000".to_owned()),
        percent: RwSignal::new((ANOMALY_RATE * 100.0).to_string()),
        seed: RwSignal::new("7".to_owned()),
        csv: RwSignal::new(false),
        kinds: RwSignal::new(vec![String::new(); Kind::COUNT]),
    };
    let order = Memo::new(move |_| fields.read());
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if let (Ok(order), None) = (order.get_untracked(), store.rows.get_untracked()) {
            ui.send(Command::OfSynthetic(Wanted::Make(order)));
        }
    };
    let size = move || {
        let bytes = ROW_BYTES[usize::from(fields.csv.get())];
        fields.rows().map_or_else(String::new, |rows| format!("about {}", number::bytes(rows * bytes)))
    };
    let told = live(move || match (store.rows.get(), order.get()) {
        (Some(rows), _) => format!("{} made", number::counted(rows, "row")),
        (None, Err(reason)) => reason,
        (None, Ok(_)) if store.trouble.with(String::is_empty) => size(),
        (None, Ok(_)) => store.trouble.get(),
    });
    let wrong = live(move || order.with(Result::is_err) || store.trouble.with(|text| !text.is_empty()));
    // Not drawn anew with each row that is made: a press would miss it.
    let working = Memo::new(move |_| store.rows.with(Option::is_some));
    let action = live(move || {
        let view = if working.get() {
            view! {
                <button
                    type="button"
                    data-testid="generate-stop"
                    on:click=move |event| {
                        // The same button becomes the one that submits, before the browser does what a press of it does.
                        event.prevent_default();
                        ui.send(Command::OfSynthetic(Wanted::Stop));
                    }
                >
                    "Stop"
                </button>
            }
            .into_any()
        } else {
            view! {
                <button
                    type="submit"
                    class="primary"
                    data-testid="generate-open"
                    disabled=live(move || order.with(Result::is_err))
                >
                    "Make and open"
                </button>
            }
            .into_any()
        };
        Some(view)
    });
    // It stands below what is on the screen already.
    request_animation_frame(|| {
        browser::show("generator-form");
        browser::focus("generate-rows");
    });
    view! {
        <section class="generator" id="generator-form" data-testid="generator" aria-label="Make a synthetic log">
            <div class="generator-head">
                <h2>"Make a synthetic log"</h2>
                <button
                    class="link"
                    data-testid="generate-close"
                    on:click=move |_| ui.send(Command::OfSynthetic(Wanted::Form(false)))
                >
                    "Close"
                </button>
            </div>
            <p class="quiet">
                "The services of an invented parcel carrier over a few hours or days, with anomalies whose places are known: \
                 what is found can be measured against them. Equal settings give equal logs."
            </p>
            <form on:submit=submit>
                <div class="generator-fields">
                    {field("Rows", "generate-rows", fields.rows)}
                    {field("Anomalies, % of sessions", "generate-percent", fields.percent)}
                    {field("Seed", "generate-seed", fields.seed)}
                    <label>
                        <span>"Format"</span>
                        <select
                            data-testid="generate-format"
                            on:change=move |event| fields.csv.set(event_target_value(&event) == "csv")
                        >
                            <option value="jsonl">"JSON Lines"</option>
                            <option value="csv">"CSV"</option>
                        </select>
                    </label>
                </div>
                <details>
                    <summary>"Rates by kind of anomaly, % of sessions"</summary>
                    <div class="generator-fields generator-kinds">{kinds(fields)}</div>
                </details>
                <div class="generator-actions">
                    {action}
                    <progress
                        aria-label="Rows made"
                        class:over=live(move || store.rows.with(Option::is_none))
                        max="100"
                        value=live(move || {
                            let made = store.rows.get().unwrap_or(0);
                            number::percent_done(made, fields.rows().unwrap_or(u64::MAX)).to_string()
                        })
                    ></progress>
                    <span class:quiet=true class:warn=wrong role="status" data-testid="generate-told">{told}</span>
                </div>
            </form>
        </section>
    }
    .into_any()
}

fn field(label: &'static str, id: &'static str, value: RwSignal<String>) -> AnyView {
    view! {
        <label>
            <span>{label}</span>
            <input
                type="text"
                inputmode="decimal"
                autocomplete="off"
                id=id
                data-testid=id
                prop:value=live(move || value.get())
                on:input=move |event| value.set(event_target_value(&event))
            />
        </label>
    }
    .into_any()
}

fn kinds(fields: Fields) -> Vec<AnyView> {
    let one = |kind: Kind| {
        let usual = live(move || {
            let all = fields.percent.with(|text| share(text)).unwrap_or(0.0);
            number::percent_value(all * kind.share())
        });
        view! {
            <label>
                <span>{kind.name().replace('_', " ")}</span>
                <input
                    type="text"
                    inputmode="decimal"
                    autocomplete="off"
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
    };
    Kind::ALL.map(one).into()
}
