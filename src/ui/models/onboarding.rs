//! What the loaded model makes of the files: gatekeeper, translator, pre-flight, and the verdict.

use std::sync::Arc;

use leptos::prelude::*;

use super::super::app::Ui;
use super::super::command::Command;
use super::super::live::live;
use super::super::number_box::{decimal, typed};
use super::Wish;
use super::drift_view::drift;
use crate::common::text::some_of;
use crate::geometry::number;
use crate::model::check::{Gate, Limits, Preflight, Severity, Translated, Unseen, advice_for};
use crate::model::{Report, Verdict};

/// The verdict in words, and a class for it.
fn verdict(verdict: Verdict) -> (&'static str, &'static str) {
    match verdict {
        Verdict::Compatible => ("Compatible", "good"),
        Verdict::CompatibleWithWarnings => ("Compatible, with warnings", "fair"),
        Verdict::Retrain => ("Retrain: a model of such files is needed", "poor"),
        Verdict::Unsupported => ("Unsupported: what the model goes by is not there", "poor"),
    }
}

/// The report.
#[component]
pub(super) fn Onboarding() -> impl IntoView {
    let ui = Ui::here();
    let report: Memo<Option<Arc<Report>>> = Memo::new(move |_| ui.session.now(|now| now.report.clone()));
    live(move || report.get().map(|report| told(ui, &report).into_any()))
}

fn told(ui: Ui, report: &Report) -> impl IntoView + use<> {
    let (words, class) = verdict(report.verdict);
    let name = format!("{:?}", report.verdict);
    let comparable = report.preflight.comparable;
    let reasons = report.reasons.iter().map(|reason| view! { <li>{reason.clone()}</li> }).collect_view();
    let waits = Memo::new(move |_| ui.models.waits());
    let go_on = live(move || {
        waits.get().then(|| {
            view! {
                <p class="acts" data-testid="blocked">
                    <strong>"Nothing is scored."</strong>
                    <button
                        class="primary"
                        on:click=move |_| ui.send(Command::OfModels(Wish::Leave))
                    >
                        "Fit to these files instead"
                    </button>
                    {comparable.then(|| view! {
                        <button
                            data-testid="score-anyway"
                            title="Scores may mean something else than in the files that the model was fitted to"
                            on:click=move |_| ui.send(Command::OfModels(Wish::ScoreAnyway))
                        >
                            "Score all the same"
                        </button>
                    })}
                </p>
            }
            .into_any()
        })
    });
    view! {
        <div class=format!("verdict {class}") data-testid="verdict" data-verdict=name>
            <h3>{words}</h3>
            <ul class="reasons-list" data-testid="verdict-reasons">{reasons}</ul>
            {go_on}
        </div>
        {gatekeeper(ui, report)}
        {translator(&report.translator)}
        {preflight(ui, &report.preflight, report.limits)}
    }
}

fn gatekeeper(ui: Ui, report: &Report) -> impl IntoView + use<> {
    let gate = &report.gatekeeper;
    let (status, told) = match gate.status {
        Gate::AsIs if gate.missing.is_empty() => ("as_is", "The fields have the names that the model knows."),
        Gate::AsIs => ("as_is", "The fields that are there have the names that the model knows."),
        Gate::Normalized => ("normalized", "Some fields have other names, and are known by these."),
        Gate::Unsupported => ("unsupported", "What the model needs is not there."),
    };
    let named = ui.session.names();
    let aliases = gate.aliases.iter().map(|alias| {
        let known = alias.model.clone();
        let undo = named.iter().any(|(other, _)| *other == known).then(|| {
            view! {
                " "
                <button
                    class="link"
                    on:click=move |_| ui.send(Command::OfModels(Wish::Name(known.clone(), None)))
                >
                    "not so"
                </button>
            }
        });
        view! {
            <tr data-testid="alias">
                <th scope="row" class="data">{alias.model.clone()}</th>
                <td class="data">{alias.file.clone()}</td>
                <td class="quiet">{alias.why.clone()} {undo}</td>
            </tr>
        }
    });
    let aliases = (!gate.aliases.is_empty()).then(|| {
        view! {
            <table class="grid">
                <thead>
                    <tr><th scope="col">"in the model"</th><th scope="col">"in these files"</th><th scope="col">"because"</th></tr>
                </thead>
                <tbody>{aliases.collect_view()}</tbody>
            </table>
        }
    });
    let missing = (!gate.missing.is_empty())
        .then(|| view! { <p class="warn">"Missing: "{some_of(gate.missing.iter().map(String::as_str))}</p> });
    let free = &gate.free;
    let nameless = gate.nameless.iter().filter(|_| !free.is_empty()).map(|known| name_field(ui, known.clone(), free));
    let nameless = nameless.collect_view();
    // What can be said here needs no advice.
    let can_say = |advice: &String| !free.is_empty() && advice_for(&gate.nameless, free) == *advice;
    let advice = gate.advice.iter().filter(|advice| !can_say(advice));
    let advice = advice.map(|advice| view! { <p>{advice.clone()}</p> }).collect_view();
    let lacking = (!gate.missing.is_empty())
        .then(|| view! { <span class="kind warn">{format!("{} missing", gate.missing.len())}</span> });
    view! {
        <h3>"Gatekeeper" <span class="kind" data-testid="gate">{status}</span> {lacking}</h3>
        <p class="quiet">{told}</p>
        {aliases}
        {missing}
        {nameless}
        {advice}
    }
}

/// Which of the files' fields one of the model's is, for the person to say.
fn name_field(ui: Ui, known: String, free: &[String]) -> impl IntoView + use<> {
    let options =
        free.iter().map(|field| view! { <option value=field.clone()>{field.clone()}</option> }).collect_view();
    let [label, field] = [known.clone(), known.clone()];
    let choose = move |event| {
        let field = event_target_value(&event);
        ui.send(Command::OfModels(Wish::Name(known.clone(), Some(field))));
    };
    view! {
        <label class="line" data-testid="name-field" data-field=field>
            <span><span class="data">{label}</span>" is here"</span>
            <select on:change=choose>
                <option value="" selected=true disabled=true>"none of these fields"</option>
                {options}
            </select>
        </label>
    }
}

fn translator(translated: &[Translated]) -> impl IntoView + use<> {
    let lines = translated.iter().map(|field| {
        view! {
            <tr data-testid="translated">
                <th scope="row" class="data">{field.field.clone()}</th>
                <td>{field.kind.clone()}</td>
                <td class="data number">{number::group(field.values)}</td>
                <td class="data number" class:warn={field.without > 0}>{number::group(field.without)}</td>
            </tr>
        }
    });
    (!translated.is_empty()).then(|| {
        view! {
            <h3>"Translator"</h3>
            <table class="grid">
                <thead>
                    <tr>
                        <th scope="col">"field"</th>
                        <th scope="col">"read as"</th>
                        <th scope="col" class="number">"coerced"</th>
                        <th scope="col" class="number" title="Rows that have no value, or one that is no such value">"not coerced"</th>
                    </tr>
                </thead>
                <tbody>{lines.collect_view()}</tbody>
            </table>
        }
    })
}

fn preflight(ui: Ui, flight: &Preflight, limits: Limits) -> impl IntoView + use<> {
    let told = format!(
        "{}, {} of them compared; a feature’s index (PSI) tells how differently it is distributed.",
        number::counted(flight.rows, "row"),
        number::group(flight.sampled)
    );
    let list = |title: &'static str, names: &[String]| {
        let shown = some_of(names.iter().map(String::as_str));
        (!names.is_empty())
            .then(|| view! { <p><span class="quiet">{title}</span>" "<span class="data">{shown}</span></p> })
    };
    let unseen = flight.unseen_categories.iter().chain(&flight.unseen_templates).map(unseen).collect_view();
    let one_hot = flight.one_hot.iter().map(|field| {
        let absent =
            if field.absent.is_empty() { "none".to_owned() } else { some_of(field.absent.iter().map(String::as_str)) };
        view! {
            <p data-testid="one-hot">
                <span class="data">{field.field.clone()}</span>
                {format!(" one-hot: {} as in training; ", number::counted(field.columns, "column"))}
                {number::counted(field.as_other, "row")}" counted as other; values without rows: "{absent}
            </p>
        }
    });
    let one_hot = one_hot.collect_view();
    let mut drifts: Vec<_> = flight.drift.iter().collect();
    // What matters most comes first.
    drifts.sort_by(|a, b| b.psi.total_cmp(&a.psi));
    let severe = drifts.iter().filter(|drift| drift.severity > Severity::None).count();
    let drifts = drifts.into_iter().map(drift).collect_view();
    let limit = move |name: &'static str, value: f64, set: fn(Limits, f64) -> Limits| {
        view! {
            <label>
                {name}" from "
                <input
                    class="data percent"
                    type="text"
                    inputmode="decimal"
                    data-testid=format!("limit-{name}")
                    prop:value=value.to_string()
                    on:change=move |event| {
                        let wanted = "an index of 0 or more, moderate no higher than major";
                        let fits = |text: &str| {
                            let limits = set(limits, decimal(text)?);
                            (limits.moderate <= limits.major).then_some(limits)
                        };
                        if let Some(limits) = typed(ui, &event, fits, &value.to_string(), wanted) {
                            ui.send(Command::OfModels(Wish::Check(limits)));
                        }
                    }
                />
            </label>
        }
    };
    view! {
        <h3>"Pre-flight"</h3>
        <p class="quiet">{told}</p>
        {list("Missing features:", &flight.missing_features)}
        {list("Fields that the model does not know:", &flight.extra_fields)}
        {unseen}
        {one_hot}
        <div class="take-along">
            <span class="quiet">
                {(!flight.drift.is_empty()).then(|| format!("{severe} of {} differ;", flight.drift.len()))}
            </span>
            {limit("moderate", limits.moderate, |limits, moderate| Limits { moderate, ..limits })}
            {limit("major", limits.major, |limits, major| Limits { major, ..limits })}
            <span class="legend quiet">
                <span class="key-first">"training"</span>
                <span class="key-second">"these files"</span>
            </span>
        </div>
        <div class="drifts">{drifts}</div>
    }
}

fn unseen(unseen: &Unseen) -> impl IntoView + use<> {
    let examples = unseen.examples.iter().map(|(value, rows)| {
        view! { <li><span class="data">{value.clone()}</span>" "<span class="quiet">{number::counted(*rows, "row")}</span></li> }
    });
    let examples = examples.collect_view();
    view! {
        <details class="unseen" data-testid="unseen" data-field=unseen.field.clone()>
            <summary>
                <span class="data">{unseen.field.clone()}</span>
                {format!(": {} not seen in training, in {}", number::counted(unseen.values, "value"), number::counted(unseen.rows, "row"))}
            </summary>
            <ul>{examples}</ul>
        </details>
    }
}
