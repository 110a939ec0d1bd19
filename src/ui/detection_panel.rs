//! Which detector scores the rows: the choice, its fit, and what it has learned.

use leptos::prelude::*;

use super::app::Ui;
use super::command::Command;
use super::detection_features::{Features, Learned};
use super::live::live;
use super::loss_curve::LossCurve;
use super::models::Wish;
use crate::detect::Kind;
use crate::engine::snapshot::Learning;
use crate::geometry::{number, slider};

/// The panel.
#[component]
pub(super) fn DetectionPanel() -> impl IntoView {
    view! {
        <section class="detection pane" aria-label="Detection" data-testid="detection">
            <Fitting />
            <div class="scroll detection-body" tabindex="0">
                <div class="detection-columns">
                    <Detectors />
                    <div>
                        <Features />
                        <LossCurve />
                        <Learned />
                    </div>
                </div>
            </div>
        </section>
    }
}

/// The line above: what scores now, and how to fit what is chosen instead.
#[component]
fn Fitting() -> impl IntoView {
    let ui = Ui::here();
    let (session, models) = (ui.session, ui.models);
    let in_force = live(move || {
        if let Some(loaded) = models.loaded.get() {
            return format!("Scored by the model {}", loaded.name);
        }
        if models.working().is_some() {
            return format!("Fitting: {}", session.now(|now| now.detector.title()));
        }
        match models.learned.get() {
            Some(learned) if learned.features.is_empty() => "No field tells the rows apart".to_owned(),
            Some(learned) => format!("Scored by {}", learned.detector.title()),
            None if session.scores.with(Option::is_some) => "No detector was fitted".to_owned(),
            None => "Nothing is scored yet".to_owned(),
        }
    });
    let working = Memo::new(move |_| models.working());
    let changed = Memo::new(move |_| models.draft.get() != models.in_force.get());
    let unfit = Memo::new(move |_| models.learned.with(Option::is_none));
    let ready = Memo::new(move |_| session.done.get() && working.get().is_none() && session.rows.get() > 0);
    let no_members = Memo::new(move |_| {
        let has = |draft: &Learning| draft.detector.is_some_and(Kind::is_ensemble) && draft.members.is_empty();
        models.draft.with(has)
    });
    let no_features = Memo::new(move |_| models.draft.with(|draft| draft.features.is_empty()));
    let what = live(move || match () {
        () if models.loaded.get().is_some() => {
            "A loaded model learns nothing; its detector and features are its own.".to_owned()
        }
        () if working.get().is_some() => "Rows keep their scores until all have new ones.".to_owned(),
        () if no_members.get() => "An ensemble needs members.".to_owned(),
        () if no_features.get() => "A detector needs features.".to_owned(),
        () if changed.get() => "No file is read again for it.".to_owned(),
        () => String::new(),
    });
    let act = live(move || {
        if let Some(done) = working.get() {
            return view! {
                <progress max="100" value=format!("{:.0}", done * 100.0) aria-label="Progress of the fit"></progress>
                <button
                    class="primary"
                    data-testid="stop-fit"
                    on:click=move |_| ui.send(Command::OfModels(Wish::Stop))
                >
                    "Stop"
                </button>
            }
            .into_any();
        }
        if models.loaded.get().is_some() {
            return view! {
                <button data-testid="leave-model" on:click=move |_| ui.send(Command::OfModels(Wish::Leave))>
                    "Fit to these files instead"
                </button>
            }
            .into_any();
        }
        let disabled =
            live(move || !ready.get() || !(changed.get() || unfit.get()) || no_members.get() || no_features.get());
        let back = live(move || {
            changed.get().then(|| {
                view! {
                    <button on:click=move |_| {
                        ui.send(Command::OfModels(Wish::Choose(models.in_force.get_untracked())));
                    }>"Take back"</button>
                }
                .into_any()
            })
        });
        view! {
            {back}
            <button
                class="primary"
                data-testid="fit"
                disabled=disabled
                on:click=move |_| ui.send(Command::OfModels(Wish::Fit))
            >
                "Fit"
            </button>
        }
        .into_any()
    });
    view! {
        <div class="pane-head">
            <strong data-testid="in-force">{in_force}</strong>
            <span class="quiet">{what}</span>
            <span class="push"></span>
            {act}
        </div>
    }
}

/// Changes what is chosen.
pub(super) fn choose(ui: Ui, change: impl FnOnce(&mut Learning)) {
    let mut draft = ui.models.draft.get_untracked();
    change(&mut draft);
    ui.send(Command::OfModels(Wish::Choose(draft)));
}

/// All detectors, each with how to read its scores.
#[component]
fn Detectors() -> impl IntoView {
    let ui = Ui::here();
    let models = ui.models;
    let usual = move || {
        if ui.session.has_messages() { Kind::IsolationForest } else { Kind::Ensemble }
    };
    let option = move |kind: Option<Kind>| {
        let value = kind.map_or("automatic", Kind::name);
        let title = live(move || match kind {
            Some(kind) => kind.title().to_owned(),
            None => format!("Automatic: {}", usual().title()),
        });
        let words = kind.map(|kind| {
            view! {
                <span class="quiet">{kind.strength()}</span>
                <span class="quiet reading">{kind.reading()}</span>
            }
        });
        let automatic = kind.is_none().then(|| {
            view! {
                <span class="quiet">
                    "The forest where messages say most of it, as findings of messages come first; the ensemble for tables."
                </span>
            }
        });
        let members = kind.filter(|kind| kind.is_ensemble()).map(|kind| {
            live(move || (models.draft.with(|draft| draft.detector) == Some(kind)).then(|| members(ui, kind)))
        });
        view! {
            <div class="detector" class:picked=live(move || models.draft.with(|draft| draft.detector) == kind)>
                <label>
                    <input
                        type="radio"
                        name="detector"
                        value=value
                        data-testid=format!("detector-{value}")
                        disabled=live(move || models.loaded.get().is_some())
                        prop:checked=live(move || models.draft.with(|draft| draft.detector) == kind)
                        on:change=move |_| choose(ui, |draft| draft.detector = kind)
                    />
                    <strong>{title}</strong>
                    {words}
                    {automatic}
                </label>
                {members}
            </div>
        }
        .into_any()
    };
    view! {
        <fieldset class="detectors">
            <legend>"Detector"</legend>
            {std::iter::once(None).chain(Kind::ALL.map(Some)).map(option).collect_view()}
        </fieldset>
    }
}

/// Which detectors an ensemble is made of.
fn members(ui: Ui, kind: Kind) -> AnyView {
    let models = ui.models;
    let member = move |member: Kind| {
        view! {
            <label class="check">
                <input
                    type="checkbox"
                    data-testid=format!("member-{}", member.name())
                    prop:checked=live(move || models.draft.with(|draft| draft.members.contains(&member)))
                    on:change=move |event| {
                        let on = event_target_checked(&event);
                        choose(ui, |draft| {
                            draft.members.retain(|other| *other != member);
                            if on {
                                draft.members.push(member);
                            }
                            // In one order, whatever the order of the clicks.
                            draft.members.sort_by_key(|kind| Kind::ALL.iter().position(|other| other == kind));
                        });
                    }
                />
                {member.title()}
            </label>
        }
    };
    let share = (kind == Kind::EnsembleVote).then(|| {
        view! {
            <label class="check">
                "Each calls"
                <input
                    class="data percent"
                    type="text"
                    inputmode="decimal"
                    data-testid="vote-share"
                    prop:value=live(move || number::percent_value(models.draft.with(|draft| draft.contamination)))
                    on:change=move |event| {
                        if let Some(share) = slider::parse_percent(&event_target_value(&event)) {
                            choose(ui, |draft| draft.contamination = share);
                        }
                    }
                />
                "% anomalous"
            </label>
        }
    });
    let kinds = Kind::ALL.into_iter().filter(|kind| !kind.is_ensemble());
    view! { <div class="members" role="group" aria-label="Members">{kinds.map(member).collect_view()} {share}</div> }
        .into_any()
}
