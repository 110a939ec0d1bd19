//! The lines of the list of templates: a template, what can be done with it, one of its rows.

use leptos::attr::custom::custom_attribute;
use leptos::prelude::*;
use web_sys::Event;

use super::app::Ui;
use super::badge;
use super::command::Command;
use super::live::live;
use crate::common::number::duration;
use crate::filter::Expr;
use crate::filter::expr::Field;
use crate::geometry::outline::Spot;
use crate::geometry::{number, spark, ticks};
use crate::template::{Change, Part};
use crate::view::template::{Counted, TemplateCounts};
use crate::view::{TemplateSample, TemplateView};

/// Height of a line, as in the style sheet.
pub(super) const TEMPLATE_ROW: f64 = 26.0;

/// With two significant digits: quantiles are known to within two percent or so.
fn rounded(milliseconds: f64) -> f64 {
    format!("{milliseconds:.1e}").parse().unwrap_or(milliseconds)
}

/// A template. `state`: whether it is open, marked, chosen; `all`: all rows that the search shows.
pub(super) fn template(
    ui: Ui,
    entry: u64,
    view: &TemplateView,
    state: (bool, bool, bool),
    all: u64,
    counts: &TemplateCounts,
) -> AnyView {
    let (open, marked, chosen) = state;
    let number = view.number;
    let place = ui.templates.outline.with(|outline| outline.place_of(Spot::entry(entry)));
    let share = |part: u64, whole: u64| match part {
        0 => String::new(),
        part => number::percent(part as f64 / whole.max(1) as f64),
    };
    let Counted { rows, errors, anomalous } = counts.of(view);
    let times = view.times.unzip();
    let durations = view.durations;
    let spread = durations.and_then(|durations| {
        let (mean, deviation) = durations.moments?;
        Some(format!("mean {} ± {}", duration(mean), duration(deviation)))
    });
    let mark = move |event: Event| {
        let on = event_target_checked(&event);
        ui.templates.marked.update(|marked| {
            if on {
                marked.insert(number);
            } else {
                marked.remove(&number);
            }
        });
    };
    let bars = (!view.bars.is_empty()).then(|| {
        view! {
            <svg viewBox=format!("0 0 {} {}", view.bars.len(), spark::HEIGHT) preserveAspectRatio="none" aria-hidden="true">
                <path d=spark::bars(&view.bars)></path>
            </svg>
        }
    });
    view! {
        <div
            class="table-row template-row"
            class:chosen=chosen
            class:open=open
            role="row"
            {..custom_attribute("aria-level", "1")}
            aria-expanded=open.to_string()
            id=format!("template-{place}")
            data-testid="template-row"
            data-entry=entry.to_string()
            data-number=number.to_string()
            data-rows=view.rows.to_string()
        >
            <div class="cell t-mark" role="gridcell">
                <input
                    type="checkbox"
                    tabindex="-1"
                    aria-label=format!("Mark template {number} to merge it")
                    data-testid="mark"
                    prop:checked=marked
                    on:click=|event| event.stop_propagation()
                    on:change=mark
                />
            </div>
            <div class="cell t-number number only-wide quiet" role="gridcell">{number}</div>
            <div class="cell t-text" role="gridcell" title=view.text() data-testid="template-text">
                {view.change.map(|_| view! { <span class="by-hand" data-testid="made-by-hand">"by hand"</span> })}
                {text(&view.parts)}
            </div>
            <div class="cell t-rows number" role="gridcell">{number::group(rows)}</div>
            <div class="cell t-share number only-wide quiet" role="gridcell">{share(rows, all)}</div>
            <div class="cell t-bars" role="gridcell">{bars}</div>
            <div class="cell t-part number" class:some=anomalous != 0 role="gridcell" data-testid="template-anomalous">
                {share(anomalous, rows)}
            </div>
            <div class="cell t-errors number only-wide" class:level-error=errors != 0 role="gridcell">
                {share(errors, rows)}
            </div>
            <div class="cell t-time-span number only-wide" role="gridcell" title=spread>
                {durations.map(|durations| duration(rounded(durations.median)))}
            </div>
            <div class="cell t-time-span number only-wide" role="gridcell">
                {durations.map(|durations| duration(rounded(durations.high)))}
            </div>
            <div class="cell t-seen only-wide" role="gridcell" title=whole(ui, times.0)>{moment(ui, times.0)}</div>
            <div class="cell t-seen t-last only-wide" role="gridcell" title=whole(ui, times.1)>{moment(ui, times.1)}</div>
        </div>
    }
    .into_any()
}

/// A template's text; what varies is marked.
fn text(parts: &[Part]) -> impl IntoView + use<> {
    let part = |part: &Part| match part {
        Part::Text(text) => text.clone().into_any(),
        Part::Variable(kind) => {
            let (name, unit) = kind.placeholder().trim_start_matches('<').split_once('>').unwrap_or_default();
            let name = if name == "*" { "any" } else { name };
            view! { <span class="parameter">{name}</span>{unit} }.into_any()
        }
    };
    parts.iter().map(part).collect_view()
}

/// A time with all its parts.
fn whole(ui: Ui, at: Option<i64>) -> Option<String> {
    let (date, clock) = ticks::table_time(ui.preferences.local_time(at?));
    Some(format!("{date} {clock}"))
}

/// A time without its year and its parts of a second; without its date where all rows are of about a day.
fn moment(ui: Ui, at: Option<i64>) -> Option<String> {
    let at = ui.preferences.local_time(at?);
    if ui.templates.dated.get() {
        return Some(ticks::day_time(at));
    }
    Some(ticks::apart(&ticks::table_time(at).1, '.').0.to_owned())
}

/// What can be done with an open template, and what its line has no room for.
pub(super) fn actions(ui: Ui, entry: u64, view: &TemplateView, chosen: bool) -> AnyView {
    let place = ui.templates.outline.with(|outline| outline.place_of(Spot { entry, member: Some(0) }));
    let button = |name: &'static str, testid: &'static str, present: bool| {
        let part = Expr::value(Field::Named("template".into()), &view.text(), present);
        let known = part.clone();
        let pressed = live(move || {
            let part = known.clone();
            ui.looking.expr.with(|expr| expr.with(part) == *expr).to_string()
        });
        let turn = move |_| {
            let expr = ui.looking.expr.with_untracked(|expr| {
                let with = expr.with(part.clone());
                if with == *expr { expr.without(&part) } else { with }
            });
            ui.send(Command::Narrow(expr));
        };
        view! { <button class="choice small" data-testid=testid aria-pressed=pressed on:click=turn>{name}</button> }
    };
    let spread = view.durations.and_then(|durations| {
        let (mean, deviation) = durations.moments?;
        Some(format!("mean {} ± {}", duration(mean), duration(deviation)))
    });
    let undo = view.change.map(|change| {
        let undo = move |_| {
            let hand = ui.session.hand.with_untracked(|hand| hand.without(change as usize));
            ui.send(Command::ChangeTemplates(hand));
        };
        view! {
            <span class="quiet">"made by hand"</span>
            <button class="small" data-testid="undo" on:click=undo>"Undo"</button>
        }
    });
    view! {
        <div
            class="template-line template-actions"
            class:chosen=chosen
            role="row"
            {..custom_attribute("aria-level", "2")}
            id=format!("template-{place}")
            data-testid="template-actions"
            on:click=|event| event.stop_propagation()
        >
            {button("Show only", "only", true)}
            {button("Leave out", "leave-out", false)}
            {split(ui, view)}
            {undo}
            <span class="quiet data only-wide">{spread}</span>
        </div>
    }
    .into_any()
}

/// Splitting a template by a value: which variable, and which of the values that its samples have.
fn split(ui: Ui, view: &TemplateView) -> AnyView {
    let kinds = view.parts.iter().filter_map(|part| match part {
        Part::Variable(kind) => Some(kind.placeholder()),
        Part::Text(_) => None,
    });
    let names: Vec<String> = (1..).zip(kinds).map(|(place, name)| format!("{place}: {name}")).collect();
    if names.is_empty() || view.rows < 2 {
        return ().into_any();
    }
    let chosen = RwSignal::new(0_usize);
    let value = RwSignal::new(String::new());
    let samples = ui.templates.samples_of(view.number);
    let values = move |parameter: usize| {
        let samples = samples.as_ref();
        let mut values: Vec<String> = samples
            .into_iter()
            .flat_map(|samples| samples.iter())
            .filter_map(|sample| value_of(sample, parameter))
            .collect();
        values.sort();
        values.dedup();
        values
    };
    let options = names.into_iter().enumerate().map(|(place, name)| {
        view! { <option value=place.to_string()>{name}</option> }
    });
    // The list only proposes: any value can be written.
    let list = format!("values-{}", view.number);
    let proposed: Vec<Vec<String>> = (0..view.parts.len()).map(&values).collect();
    let proposals = live(move || {
        let values = proposed.get(chosen.get()).cloned().unwrap_or_default();
        values.into_iter().map(|value| view! { <option value=value></option> }).collect_view().into_any()
    });
    let template = view.plain_text();
    let split = move |_| {
        let change = Change::Split {
            template: template.clone(),
            parameter: chosen.get_untracked() as u32,
            value: value.get_untracked(),
        };
        let hand = ui.session.hand.with_untracked(|hand| hand.with(change));
        ui.send(Command::ChangeTemplates(hand));
    };
    view! {
        <span class="quiet split-by">"Split off rows with"</span>
        <select
            class="data small"
            aria-label="Variable to split by"
            data-testid="split-parameter"
            on:change=move |event| chosen.set(event_target_value(&event).parse().unwrap_or(0))
        >
            {options.collect_view()}
        </select>
        <span class="quiet">"="</span>
        <input
            type="text"
            class="data small split-value"
            aria-label="Value to split off"
            list=list.clone()
            data-testid="split-value"
            on:input=move |event| value.set(event_target_value(&event))
        />
        <datalist id=list>{proposals}</datalist>
        <button
            class="small"
            data-testid="split"
            disabled=live(move || value.with(String::is_empty))
            on:click=split
        >
            "Split"
        </button>
    }
    .into_any()
}

/// The value of a variable in a sample.
fn value_of(sample: &TemplateSample, parameter: usize) -> Option<String> {
    let &(from, to) = sample.values.get(parameter)?;
    sample.message.get(from as usize..to as usize).map(str::to_owned)
}

/// A row of an open template.
pub(super) fn sample(ui: Ui, spot: Spot, view: &TemplateView, line: u64, chosen: bool) -> AnyView {
    let place = ui.templates.outline.with(|outline| outline.place_of(spot));
    let samples = ui.templates.samples_of(view.number);
    let sample = samples.as_ref().and_then(|samples| samples.get(line as usize));
    let level = sample.map(|sample| sample.level).unwrap_or_default();
    let threshold = ui.session.threshold.with(|cut| cut.as_ref().map_or(f32::MAX, |cut| cut.score));
    let (range, dark) = (ui.session.score_range.get(), ui.preferences.dark.get());
    let score = sample.map(|sample| {
        badge::score(sample.score, sample.score.is_some_and(|score| score >= threshold), range, dark, None)
    });
    view! {
        <div
            class="template-line template-sample data"
            class:chosen=chosen
            role="row"
            {..custom_attribute("aria-level", "2")}
            id=format!("template-{place}")
            data-testid=sample.map(|_| "template-sample")
            data-sample=sample.map(|sample| sample.row.to_string())
        >
            <span class="t-sample-row quiet only-wide">{sample.map(|sample| number::group(sample.row + 1))}</span>
            <span class="t-sample-time quiet">{sample.and_then(|sample| moment(ui, sample.time))}</span>
            <span class="t-sample-score only-wide">{score}</span>
            <span class=badge::level_class(level)>{badge::level_text(level)}</span>
            <span class="t-sample-text">{sample.map(marked)}</span>
        </div>
    }
    .into_any()
}

/// A message with its values marked.
fn marked(sample: &TemplateSample) -> impl IntoView + use<> {
    let mut pieces = Vec::new();
    let mut at = 0;
    let text = sample.message.as_str();
    for &(from, to) in &sample.values {
        let (from, to) = (from as usize, to as usize);
        let (Some(before), Some(value)) = (text.get(at..from), text.get(from..to)) else { break };
        pieces.push(before.to_owned().into_any());
        pieces.push(view! { <span class="parameter">{value.to_owned()}</span> }.into_any());
        at = to;
    }
    pieces.push(text.get(at..).unwrap_or_default().to_owned().into_any());
    pieces
}
