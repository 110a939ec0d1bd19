//! What goes into the features, and what became of it.

use leptos::prelude::*;

use super::app::Ui;
use super::detection_panel::choose;
use super::live::live;
use crate::common::number::number;
use crate::feature::FeatureChoice;
use crate::feature::choice::{Categories, Group};
use crate::feature::recipe::{HOLDS_LABELS, TOO_MANY};
use crate::geometry::number::{counted, percent};
use crate::view::{FieldReport, LearnedFeature};

/// Fields that are listed one by one.
const MOST: usize = 100;
/// Features whose values are told.
const MOST_FEATURES: usize = 200;

/// The words for a group.
fn words(group: Group) -> (&'static str, &'static str) {
    match group {
        Group::Numbers => ("Numbers", "fields of numbers"),
        Group::Categories => ("Categories", "fields with few values"),
        Group::Duration => ("Duration", "how long something took"),
        Group::Level => ("Level", "how severe"),
        Group::Template => ("Template", "how rare the kind of message is"),
        Group::Hour => ("Hour", "of the day"),
        Group::Session => ("Session", "rows, errors, length of the row’s session"),
    }
}

/// Presets, groups and single fields.
#[component]
pub(super) fn Features() -> impl IntoView {
    let ui = Ui::here();
    let models = ui.models;
    let locked = move || models.loaded.get().is_some();
    let preset = move |(name, told): (&'static str, &'static str)| {
        let preset = move || FeatureChoice::preset(name).map(|preset| without_labels(ui, preset));
        let is_chosen = move || preset().is_some_and(|preset| models.draft.with(|draft| draft.features == preset));
        view! {
            <button
                class="choice"
                title=told
                disabled=live(locked)
                data-testid=format!("preset-{name}")
                aria-pressed=live(move || is_chosen().to_string())
                on:click=move |_| {
                    if let Some(preset) = untrack(preset) {
                        choose(ui, |draft| draft.features = preset);
                    }
                }
            >
                {name}
            </button>
        }
    };
    let group = move |group: Group| {
        let (name, told) = words(group);
        view! {
            <label class="check" title=told>
                <input
                    type="checkbox"
                    disabled=live(locked)
                    data-testid=format!("group-{}", group.name())
                    prop:checked=live(move || models.draft.with(|draft| draft.features.has(group)))
                    on:change=move |event| {
                        let on = event_target_checked(&event);
                        choose(ui, |draft| {
                            draft.features = untrack(|| without_labels(ui, draft.features.with_group(group, on)));
                        });
                    }
                />
                {name}
            </label>
        }
    };
    let categories = move |value: Categories, name: &'static str| {
        view! {
            <option value=name selected=live(move || models.draft.with(|draft| draft.features.categories == value))>
                {name}
            </option>
        }
    };
    let fields = live(move || {
        let (choice, locked) = (models.draft.with(|draft| draft.features.clone()), locked());
        ui.session.fields.with(|fields| {
            let listed = fields.iter().take(MOST).map(|field| row(ui, field, &choice, locked));
            listed.collect_view().into_any()
        })
    });
    view! {
        <h3>"Features"</h3>
        <div class="presets" role="group" aria-label="Presets">
            {FeatureChoice::PRESETS.map(preset).into_iter().collect_view()}
        </div>
        <div class="groups" role="group" aria-label="Groups of features">
            {Group::ALL.map(group).into_iter().collect_view()}
            <label class="check">
                "Categories as"
                <select
                    disabled=live(locked)
                    data-testid="categories-as"
                    on:change=move |event| {
                        let one_hot = event_target_value(&event) == "one-hot";
                        let categories = if one_hot { Categories::OneHot } else { Categories::Rarity };
                        choose(ui, |draft| draft.features.categories = categories);
                    }
                >
                    {categories(Categories::Rarity, "rarity")}
                    {categories(Categories::OneHot, "one-hot")}
                </select>
            </label>
        </div>
        <table class="grid features" data-testid="feature-fields">
            <thead>
                <tr>
                    <th scope="col">"field"</th>
                    <th scope="col">"kind"</th>
                    <th scope="col">"in the features now"</th>
                </tr>
            </thead>
            <tbody>{fields}</tbody>
        </table>
    }
}

/// Features without a field.
pub(super) fn without(features: &FeatureChoice, field: &FieldReport) -> FeatureChoice {
    match field.group.filter(|group| group.is_of_fields()) {
        Some(group) => features.with_field(&field.name, field.role, group, false),
        None => features.clone(),
    }
}

/// Features without the column of which the person said that it holds the labels: only by its own box does it come back.
fn without_labels(ui: Ui, features: FeatureChoice) -> FeatureChoice {
    let Some(label) = ui.models.label.get() else { return features };
    ui.session.fields.with(|fields| match fields.iter().find(|field| field.name == label) {
        Some(field) => without(&features, field),
        None => features,
    })
}

fn row(ui: Ui, field: &FieldReport, choice: &FeatureChoice, locked: bool) -> AnyView {
    let group = field.group;
    let (name, role) = (field.name.clone(), field.role);
    let on = choice.takes(&name, role, group);
    let single = group.filter(|group| group.is_of_fields());
    let label = name.clone();
    let check = match single {
        Some(group) => {
            let choose = move |event| {
                let on = event_target_checked(&event);
                choose(ui, |draft| draft.features = draft.features.with_field(&name, role, group, on));
            };
            view! {
                <label class="check">
                    <input type="checkbox" disabled=locked prop:checked=on data-testid="field-feature" data-field=label.clone() on:change=choose />
                    {label}
                </label>
            }
            .into_any()
        }
        // The group decides.
        None => view! { <span class="no-choice">{label}</span> }.into_any(),
    };
    let holds_labels = field.feature.starts_with("not used") && ui.models.label.get().as_deref() == Some(&field.name);
    let feature = if holds_labels { format!("not used: {HOLDS_LABELS}") } else { field.feature.clone() };
    view! {
        <tr>
            <th scope="row" class="data">{check}</th>
            <td class="quiet">{field.kind.clone()}</td>
            <td class="quiet" title=feature.clone()>{feature.clone()}</td>
        </tr>
    }
    .into_any()
}

/// The features of the rows that were learned from.
#[component]
pub(super) fn Learned() -> impl IntoView {
    let ui = Ui::here();
    live(move || {
        let learned = ui.models.learned.get()?;
        let constant = learned.features.iter().filter(|feature| feature.is_constant()).count() as u64;
        let missing = learned.features.iter().filter(|feature| feature.missing > 0.0).count() as u64;
        let mut told = vec![format!(
            "{} of {}, {}",
            counted(learned.features.len() as u64, "feature"),
            counted(learned.rows, "sampled row"),
            learned.detector.scaling()
        )];
        if missing > 0 {
            told.push(format!("{missing} with missing values, for which the median stands"));
        }
        if constant > 0 {
            told.push(format!(
                "{constant} always the same, which {} nothing",
                if constant == 1 { "counts" } else { "count" }
            ));
        }
        let beyond = ui.session.fields.with(|fields| fields.iter().filter(|field| field.is_beyond()).count() as u64);
        if beyond > 0 {
            told.push(format!(
                "{} not looked at: {TOO_MANY}, leave others out to take them in",
                counted(beyond, "field")
            ));
        }
        let told = told.join("; ");
        let members = (!learned.members.is_empty()).then(|| {
            let names: Vec<&str> = learned.members.iter().map(|member| member.title()).collect();
            view! { <p class="quiet">"Members: "{names.join(", ")}</p> }
        });
        let lines = learned.features.iter().take(MOST_FEATURES).map(line).collect_view();
        let more = learned.features.len().saturating_sub(MOST_FEATURES) as u64;
        let more = (more > 0).then(|| view! { <p class="quiet">"and "{counted(more, "other feature")}</p> });
        Some(
            view! {
                <h3>"What was learned from"</h3>
                <p class="quiet" data-testid="learned">{told}</p>
                {members}
                <table class="grid features" data-testid="learned-features">
                    <thead>
                        <tr>
                            <th scope="col">"feature"</th>
                            <th scope="col">"number"</th>
                            <th scope="col" class="number">"missing"</th>
                            <th scope="col" class="number">"least"</th>
                            <th scope="col" class="number">"most"</th>
                            <th scope="col" class="number">"mean ± deviation"</th>
                        </tr>
                    </thead>
                    <tbody>{lines}</tbody>
                </table>
                {more}
            }
            .into_any(),
        )
    })
}

fn line(feature: &LearnedFeature) -> impl IntoView + use<> {
    let short = |value: f64| if value.is_nan() { "–".to_owned() } else { number(value) };
    let missing = if feature.missing > 0.0 { percent(f64::from(feature.missing)) } else { "–".to_owned() };
    let spread = if feature.is_constant() {
        "always the same".to_owned()
    } else {
        format!("{} ± {}", short(feature.moments.0), short(feature.moments.1))
    };
    view! {
        <tr class:constant=feature.is_constant()>
            <th scope="row" class="data" title=feature.name.clone()>{feature.name.clone()}</th>
            <td class="quiet">{feature.encoding.clone()}</td>
            <td class="data number">{missing}</td>
            <td class="data number">{short(f64::from(feature.range.0))}</td>
            <td class="data number">{short(f64::from(feature.range.1))}</td>
            <td class="data number">{spread}</td>
        </tr>
    }
}
