//! All of one row: why it stands out, its fields, and its text as it is in the file.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::app::Ui;
use super::around_row::AroundRow;
use super::badge;
use super::command::{Command, Step};
use super::detail_finding;
use super::live::{live, watch};
use super::model::RowLabel;
use crate::common::number::number as written;
use crate::filter::Expr;
use crate::filter::expr::Field;
use crate::geometry::{json, number};
use crate::view::{Reason, RowDetail};

/// Longest value that can be searched for with a click, in bytes.
const LONGEST: usize = 200;

/// Loads the detail of the selected row while the drawer is open.
pub(super) fn load(ui: Ui) -> RwSignal<Option<RowDetail>> {
    let detail = RwSignal::new(None::<RowDetail>);
    watch(move || {
        let (session, selection) = (ui.session, ui.selection);
        // Scores may have come since the row was opened.
        session.scores.track();
        let row = selection.row.get().filter(|_| selection.detail.get());
        let (Some(client), Some(row)) = (session.client(), row) else {
            detail.set(None);
            return;
        };
        let run = session.run.get();
        // What was chosen in the list of findings is what is told of its row.
        let spot = selection.finding.get();
        let chosen = spot.and_then(|spot| untrack(|| ui.grouped.group(spot.entry)));
        let group = chosen.map_or(0, |group| group.number);
        spawn_local(async move {
            let answer = client.detail(row, group).await;
            let here = (selection.row.get_untracked(), selection.finding.get_untracked());
            let wanted = session.is_current(run) && here == (Some(row), spot);
            if wanted && selection.detail.get_untracked() {
                detail.set(answer);
            }
        });
    });
    detail
}

/// The drawer. It does not take the focus: keys go on moving the selection, and the drawer follows.
#[component]
pub(super) fn DetailDrawer(
    /// What [`load`] loads.
    detail: RwSignal<Option<RowDetail>>,
) -> impl IntoView {
    let ui = Ui::here();
    let raw_open = RwSignal::new(false);
    let open = Memo::new(move |_| ui.selection.detail.get());
    let step = move |step| move |_| ui.send(Command::Move(step));
    let shown = move || detail.with(|detail| detail.as_ref().map(|detail| body(ui, detail, raw_open).into_any()));
    let title = move || {
        let row = ui.selection.row.get();
        row.map_or_else(|| "Row".to_owned(), |row| format!("Row {}", number::group(row + 1)))
    };
    live(move || {
        open.get().then(|| {
            view! {
                <aside class="detail pane" aria-label="Row detail" data-testid="detail">
                    <div class="pane-head">
                        <h2>{live(title)}</h2>
                        <button class="push" aria-label="Previous row" on:click=step(Step::Previous)>"↑"</button>
                        <button aria-label="Next row" on:click=step(Step::Next)>"↓"</button>
                        <button data-testid="copy-json" on:click=move |_| ui.send(Command::CopyRecord)>
                            "Copy JSON"
                        </button>
                        <button
                            data-testid="copy-link"
                            title="Copy a link to the search, the order and this row (l); the data is not in the link"
                            on:click=move |_| ui.send(Command::CopyLink)
                        >
                            "Link"
                        </button>
                        <button
                            aria-label="Close the detail"
                            data-testid="detail-close"
                            on:click=move |_| ui.send(Command::Close)
                        >
                            "✕"
                        </button>
                    </div>
                    <div class="scroll detail-body" tabindex="0" aria-live="polite">
                        {live(shown)}
                    </div>
                </aside>
            }
            .into_any()
        })
    })
}

fn body(ui: Ui, detail: &RowDetail, raw_open: RwSignal<bool>) -> impl IntoView + use<> {
    let finding = &detail.finding;
    let row = &finding.row;
    let file = ui
        .session
        .files
        .with_untracked(|files| files.get(row.file as usize).map(|file| file.name.clone()).unwrap_or_default());
    let (range, dark) = (ui.session.score_range.get(), ui.preferences.dark.get());
    let threshold = ui.session.threshold.with(|cut| cut.as_ref().map_or(f32::MAX, |cut| cut.score));
    let scored = row.score.is_some();
    let facts = [
        ("time", row.time.map_or_else(|| "none that can be read".into(), |at| ui.preferences.written_time(at))),
        ("file", file),
        ("record", number::group(row.line + 1)),
        ("byte", number::group(finding.byte)),
    ];
    let facts = facts.map(|(name, value)| {
        view! { <div><dt>{name}</dt><dd class="data">{value}</dd></div> }
    });
    let bad = row.bad.then(|| {
        view! { <p class="note">"This record could not be read as the file’s format; it is kept as its text."</p> }
    });
    // A row that nothing speaks against has no kind.
    let anomalous = row.score.is_some_and(|score| score >= threshold);
    let kind = anomalous.then(|| view! { <span class="kind" data-testid="detail-kind">{finding.kind.clone()}</span> });
    let why = scored.then(|| {
        view! {
            <h3>"Why it scores as it does"</h3>
            <p data-testid="detail-reason">{finding.reason.clone()}</p>
            {detail_finding::finding(ui, finding)}
            {finding.facts.actual.is_empty().then(|| reasons(&finding.reasons))}
            {scores(detail)}
        }
    });
    let client = ui.session.client();
    let fields = detail.fields.iter().map(|(name, value)| {
        let field = client.as_ref().filter(|_| (1..=LONGEST).contains(&value.len()));
        let narrow = field.and_then(|client| client.field_named(name)).map(|field| narrow(ui, &field, value));
        // A list or an object within a field is laid out; any other value stands as it is.
        let value = json::pretty(value).unwrap_or_else(|| value.clone());
        view! { <dt>{name.clone()}</dt><dd>{value}{narrow}</dd> }
    });
    view! {
        <div class="detail-head">
            {badge::score(row.score, anomalous, range, dark, None)}
            {kind}
            <span class="quiet">{scored.then(|| number::top_share(finding.calibrated))}</span>
            <span class=badge::level_class(row.level)>{badge::level_text(row.level)}</span>
        </div>
        <dl class="facts">{facts.into_iter().collect_view()}</dl>
        <RowLabel />
        {bad}
        {why}
        <AroundRow />
        <h3>"Fields"</h3>
        <dl class="fields data">{fields.collect_view()}</dl>
        {raw(detail, raw_open)}
    }
}

/// Ways from a value to the rows with it, and to those without it.
fn narrow(ui: Ui, field: &Field, value: &str) -> impl IntoView + use<> {
    let button = |sign: &'static str, title: &'static str, present: bool| {
        let part = Expr::value(field.clone(), value, present);
        let add = move |_| {
            let expr = ui.looking.expr.with_untracked(|expr| expr.with(part.clone()));
            ui.send(Command::Narrow(expr));
        };
        view! {
            <button class="bare narrow" title=title aria-label=format!("{title}: {value}") on:click=add>{sign}</button>
        }
    };
    view! {
        {button("+", "Show only rows with this value", true)}
        {button("−", "Show only rows without this value", false)}
    }
}

/// What the detector says in its own scale beside what that comes to, and the same of its members.
fn scores(detail: &RowDetail) -> Option<AnyView> {
    let whole = detail.detectors.first()?;
    let listed = number::score(detail.finding.score);
    let listed = match detail.finding.group {
        Some(_) => Some(format!("The row’s score, {listed}, is that of its finding.")),
        None if detail.finding.score < whole.unit => {
            Some(format!("The row’s score, {listed}, is half of it: rows that belong to a finding come first."))
        }
        None => None,
    };
    let calibrated = number::top_share(detail.finding.calibrated);
    let lines = detail.detectors.iter().enumerate().map(|(place, score)| {
        let kind = score.detector;
        view! {
            <tr data-testid="detector-score" data-detector=kind.name() class:member-score={place > 0}>
                <th scope="row" title=kind.reading()>{kind.title()}</th>
                <td class="data number">{written(f64::from(score.raw))}</td>
                <td class="data number">{number::score(score.unit)}</td>
                <td class="data number">{(place == 0).then(|| calibrated.clone())}</td>
            </tr>
        }
    });
    Some(
        view! {
            <table class="reasons scores">
                <thead>
                    <tr>
                        <th scope="col">"detector"</th>
                        <th scope="col" class="number">"raw"</th>
                        <th scope="col" class="number">"0 to 1"</th>
                        <th scope="col" class="number">"calibrated"</th>
                    </tr>
                </thead>
                <tbody>{lines.collect_view()}</tbody>
            </table>
            <p class="quiet reading">{whole.detector.reading()} " " {listed}</p>
        }
        .into_any(),
    )
}

fn reasons(reasons: &[Reason]) -> impl IntoView + use<> {
    let lines = reasons.iter().map(|reason| {
        view! {
            <tr data-testid="reason">
                <th scope="row">{reason.feature.clone()}</th>
                <td class="data">{reason.value.clone()}</td>
                <td>{reason.expected.clone()}</td>
                <td class="data weight">
                    {format!("{:.0} %", reason.weight * 100.0)}
                    <meter min="0" max="1" value=reason.weight.to_string() aria-hidden="true"></meter>
                </td>
            </tr>
        }
    });
    view! {
        <table class="reasons">
            <thead>
                <tr>
                    <th scope="col">"feature"</th>
                    <th scope="col">"actual"</th>
                    <th scope="col">"expected"</th>
                    <th scope="col">"part"</th>
                </tr>
            </thead>
            <tbody>{lines.collect_view()}</tbody>
        </table>
    }
}

/// The record's text, when asked for. Whether it is open stays as it was from row to row.
fn raw(detail: &RowDetail, open: RwSignal<bool>) -> impl IntoView + use<> {
    let cut = detail.raw_bytes > detail.raw.len() as u64;
    let note = cut.then(|| {
        format!("The first {} of {}", number::bytes(detail.raw.len() as u64), number::bytes(detail.raw_bytes))
    });
    let text = detail.raw.clone();
    let label = live(move || if open.get() { "Hide raw text" } else { "Show raw text" }.to_owned());
    let shown = live(move || {
        open.get().then(|| {
            view! {
                <p class="quiet">{note.clone()}</p>
                <pre class="data raw" data-testid="detail-raw">{text.clone()}</pre>
            }
            .into_any()
        })
    });
    view! {
        <button
            data-testid="show-raw"
            aria-expanded=live(move || open.get().to_string())
            on:click=move |_| open.update(|open| *open = !*open)
        >
            {label}
        </button>
        {shown}
    }
}
