//! Labels from a language model: choose rows, see what it costs and what is sent, buy, look at them, correct them.

use leptos::prelude::*;

use super::label_accuracy::LabelAccuracy;
use super::label_draw::{draw, is_truth};
use super::label_limits::LabelLimits;
use super::label_run::start;
use super::label_table::LabelTable;
use super::labels::{Choice, MOST_ROWS, Run, Sampling, prepare};
use super::ledger::Ledger;
use super::preview::preview;
use super::recorded;
use super::redaction::Redaction;
use super::settings::ModelSettings;
use super::store::ModelStore;
use super::warm_panel::WarmPanel;
use crate::explain::{Binding, Encoding, Row, Table, request};
use crate::geometry::number;
use crate::record::Role;
use crate::ui::app::Ui;
use crate::ui::live::{live, watch};

/// The pane.
#[component]
pub(in crate::ui) fn LabelPanel() -> impl IntoView {
    let ui = Ui::here();
    let store = ModelStore::here();
    watch(move || prepare(ui, store));
    view! {
        <section class="model-panel pane" aria-label="Label" data-testid="label-panel">
            <div class="scroll model-body" tabindex="0">
                <div class="line">
                    <h2>"Labels for rows"</h2>
                    <span class="quiet">
                        "A language model says of each row whether it is anomalous. Nothing is sent before you have seen it."
                    </span>
                </div>
                {choices(ui, store)}
                {live(move || {
                    let said = store.labelling.chosen_by.get()?;
                    Some(view! { <p class="quiet" data-testid="label-chosen">{said}</p> }.into_any())
                })}
                {live(move || recorded::way_to_labels(ui, store))}
                {live(move || budget(ui, store))}
                {live(move || progress(ui, store))}
                <LabelAccuracy />
                <WarmPanel />
                <LabelTable />
                <ModelSettings />
                <Redaction />
                <Ledger />
            </div>
        </section>
    }
}

/// A number that is chosen within bounds.
fn number_field(
    store: ModelStore,
    name: &'static str,
    testid: &'static str,
    bounds: (u32, u32),
    get: fn(&Choice) -> u32,
    set: fn(&mut Choice, u32),
) -> AnyView {
    let choice = store.labelling.choice;
    let change = move |event| {
        if let Ok(value) = event_target_value(&event).trim().parse::<u32>() {
            choice.update(|choice| set(choice, value.clamp(bounds.0, bounds.1)));
        }
    };
    view! {
        <label class="stack">
            {name}
            <input
                type="number"
                class="data short"
                min=bounds.0.to_string()
                max=bounds.1.to_string()
                data-testid=testid
                prop:value=live(move || choice.with(|choice| get(choice).to_string()))
                on:change=change
            />
        </label>
    }
    .into_any()
}

fn choices(ui: Ui, store: ModelStore) -> AnyView {
    let labelling = store.labelling;
    let choice = labelling.choice;
    let samplings = [
        (Sampling::Disputed, "disputed", "where detectors disagree"),
        (Sampling::Threshold, "threshold", "nearest to the threshold"),
        (Sampling::Spread, "spread", "stratified: spread over the log"),
        (Sampling::All, "all", "from the first on"),
    ];
    let choose = move |event| {
        let chosen = event_target_value(&event);
        if let Some((sampling, ..)) = samplings.into_iter().find(|(_, value, _)| *value == chosen) {
            choice.update(|choice| choice.sampling = sampling);
        }
    };
    let options = samplings.map(|(sampling, value, text)| {
        let selected = untrack(|| choice.with(|choice| choice.sampling == sampling));
        view! { <option value=value selected=selected>{text}</option> }
    });
    let encode = move |event| {
        let csv = event_target_value(&event) == "csv";
        choice.update(|choice| choice.encoding = if csv { Encoding::Csv } else { Encoding::JsonLines });
    };
    let truths = live(move || {
        let drawn = labelling.drawn.get();
        let names: Vec<String> =
            drawn.iter().flat_map(|table| table.columns.iter().filter(|name| is_truth(table, name)).cloned()).collect();
        let chosen = choice.with(|choice| choice.truth.clone());
        let options = names.into_iter().map(|name| {
            let selected = chosen.as_ref() == Some(&name);
            view! { <option value=name.clone() selected=selected>{name.clone()}</option> }
        });
        options.collect_view().into_any()
    });
    let set_truth = move |event| {
        let name = event_target_value(&event);
        choice.update(|choice| choice.truth = Some(name).filter(|name| !name.is_empty()));
    };
    view! {
        <div class="line">
            {number_field(store, "Rows", "label-rows", (1, MOST_ROWS), |choice| choice.rows, |choice, rows| choice.rows = rows)}
            <label class="stack">
                "Which"
                <select data-testid="label-sampling" on:change=choose>
                    {options.into_iter().collect_view()}
                </select>
            </label>
            {number_field(store, "Rows per request", "label-window", (1, 100), |choice| choice.window as u32, |choice, rows| {
                choice.window = rows as usize;
            })}
            <label class="stack">
                "Written as"
                <select data-testid="label-encoding" on:change=encode>
                    <option value="json">"JSON lines"</option>
                    <option value="csv">"CSV"</option>
                </select>
            </label>
            {number_field(store, "Requests per minute", "label-rate", (1, 10_000), |choice| choice.per_minute, |choice, rate| {
                choice.per_minute = rate;
            })}
            <label class="stack">
                "Truth (not sent)"
                <select data-testid="label-truth" on:change=set_truth>
                    <option value="">"in no column"</option>
                    {truths}
                </select>
            </label>
            <button
                class="push"
                data-testid="label-draw"
                disabled=live(move || labelling.drawing.get() || labelling.busy())
                on:click=move |_| draw(ui, store)
            >
                {live(move || if labelling.drawn.with(Option::is_some) { "Choose rows again" } else { "Choose rows" }.to_owned())}
            </button>
        </div>
        <LabelLimits />
    }
    .into_any()
}

/// Where the rows of a table have what is of a role.
pub(super) fn place_of(ui: Ui, table: &Table, role: Role) -> Option<usize> {
    ui.session.fields.with_untracked(|fields| {
        let field = fields.iter().find(|field| field.role == Some(role))?;
        table.columns.iter().position(|column| *column == field.name)
    })
}

/// A cell that is not empty, where its place is known.
pub(super) fn cell(row: &Row, place: Option<usize>) -> Option<&str> {
    row.cells.get(place?).map(String::as_str).filter(|cell| !cell.is_empty())
}

/// What is left to be bought, what it takes, and its first request.
fn budget(ui: Ui, store: ModelStore) -> Option<AnyView> {
    let labelling = store.labelling;
    let trouble =
        labelling.trouble.get().map(|why| view! { <p class="note" role="alert" data-testid="label-trouble">{why}</p> });
    let stopped = labelling.stopped.get().map(|why| view! { <p class="note" data-testid="label-stopped">{why}</p> });
    let run = labelling.run.get().filter(|_| !labelling.busy());
    let Some(run) = run else { return trouble.map(IntoAny::into_any) };
    let (left, all) = (run.order.borrow().len() as u64, run.batch.borrow().windows() as u64);
    let rate = u64::from(labelling.choice.with(|choice| choice.per_minute));
    let minutes = left.saturating_sub(1) / rate;
    // How long answers take is not known; how long it takes to ask is.
    let time = match minutes {
        0 => "all can be asked within a minute".to_owned(),
        minutes => format!("asking takes at least {}", number::counted(minutes, "minute")),
    };
    let text = if left == 0 {
        "All chosen rows have been asked about; nothing is left to be sent.".to_owned()
    } else {
        let kept = if left < all { format!(" ({} of {} were bought before)", all - left, all) } else { String::new() };
        format!(
            "{}{kept}, about {} tokens with the answers; at {rate} a minute {time}",
            number::counted(left, "request"),
            number::group(run.tokens),
        )
    };
    let ready = (left > 0).then(|| first(ui, store, &run));
    Some(
        view! {
            {trouble}
            {stopped}
            <p data-testid="label-budget">{text}</p>
            {ready}
        }
        .into_any(),
    )
}

fn first(ui: Ui, store: ModelStore, run: &std::rc::Rc<Run>) -> AnyView {
    let missing = store.missing();
    let count = run.order.borrow().len();
    let shown = RwSignal::new(1_usize);
    let run_of = StoredValue::new_local(run.clone());
    let request = live(move || {
        let run = run_of.get_value();
        let window = run.order.borrow().get(shown.get().clamp(1, count) - 1).copied()?;
        let rows = run.batch.borrow().rows(window).to_vec();
        let (parcel, redactor) = run.parcel(&rows, Binding::Schema, store.fence.get_value())?;
        let address = store.address(&parcel.request.url);
        let tokens = request::estimated_tokens(&parcel.request.body);
        Some(preview(&parcel, &address, tokens, &redactor))
    });
    view! {
        <div class="ahead">
            <div class="line">
                <h3>"What would be sent"</h3>
                <label class="check">
                    "request"
                    <input
                        type="number"
                        class="data short"
                        min="1"
                        max=count.to_string()
                        prop:value="1"
                        on:change=move |event| {
                            if let Ok(number) = event_target_value(&event).parse() {
                                shown.set(number);
                            }
                        }
                    />
                    {format!("of {}", number::group(count as u64))}
                </label>
            </div>
            {request}
            <div class="line">
                <button
                    class="primary"
                    data-testid="label-send"
                    disabled=live(move || missing.with(Option::is_some))
                    on:click=move |_| start(ui, store)
                >
                    {format!("Send all {}", number::group(count as u64))}
                </button>
                {recorded::labels(ui, store, run)}
                <span class="quiet">{live(move || missing.get().unwrap_or_default().to_owned())}</span>
            </div>
        </div>
    }
    .into_any()
}

/// How far it is.
fn progress(ui: Ui, store: ModelStore) -> Option<AnyView> {
    let labelling = store.labelling;
    let drawn = labelling.drawn.get()?;
    let labels = labelling.labels;
    let ids: std::rc::Rc<Vec<u64>> = std::rc::Rc::new(drawn.rows.iter().map(|row| row.id - 1).collect());
    let total = ids.len() as u64;
    let ids = StoredValue::new_local(ids);
    let done = move || {
        let ids = ids.get_value();
        labels.with(|labels| ids.iter().filter(|row| labels.get(row).is_some_and(|label| label.said.is_some())).count())
            as u64
    };
    let failed = move || {
        labelling.failed.with(|failed| {
            let mut reasons: Vec<&String> = failed.values().collect();
            reasons.sort_unstable();
            reasons.dedup();
            let reasons: Vec<String> = reasons.into_iter().take(3).cloned().collect();
            (!failed.is_empty()).then(|| {
                format!("{} got no label: {}", number::counted(failed.len() as u64, "row"), reasons.join("; "))
            })
        })
    };
    let invented = move || {
        let invented = labelling.invented.get();
        (invented > 0).then(|| {
            let labels = number::counted(invented, "label");
            let text = format!("{labels} of rows that were not asked about: not taken");
            view! { <p class="note" data-testid="label-invented">{text}</p> }.into_any()
        })
    };
    let controls = labelling.queue.get().map(|queue| {
        let (pausing, cancelling) = (queue.clone(), queue);
        let pause = move |_| {
            let paused = !pausing.paused.get();
            pausing.paused.set(paused);
            labelling.paused.set(paused);
        };
        view! {
            <span role="status" class="quiet" data-testid="label-waiting">
                {live(move || labelling.waiting.get().unwrap_or_else(|| "asking".to_owned()))}
            </span>
            <button data-testid="label-pause" on:click=pause>
                {live(move || if labelling.paused.get() { "Go on" } else { "Pause" }.to_owned())}
            </button>
            <button
                data-testid="label-cancel"
                on:click=move |_| {
                    cancelling.paused.set(false);
                    cancelling.cancel();
                    ui.selection.say("Stopped; labels that were bought are kept");
                }
            >
                "Stop"
            </button>
        }
    });
    Some(
        view! {
            <div class="line">
                <progress max=total.to_string() value=live(move || done().to_string())></progress>
                <span data-testid="label-progress">
                    {live(move || format!("{} of {} labelled", number::group(done()), number::counted(total, "row")))}
                </span>
                {controls}
            </div>
            {live(move || failed().map(|text| view! { <p class="note" data-testid="label-failed">{text}</p> }.into_any()))}
            {live(invented)}
        }
        .into_any(),
    )
}
