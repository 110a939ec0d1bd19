//! What the detail says of a row's finding: what it compares, and the other rows that belong to it.

use leptos::prelude::*;

use super::app::Ui;
use super::badge;
use super::command::Command;
use super::live::{live, watch};
use crate::common::number::number;
use crate::geometry::number::{counted, group};
use crate::view::FindingView;

/// Rows of the group that are listed at most, around the one that is shown.
const LISTED: usize = 24;

/// Kind, expectation and rows of a finding; nothing for a row that only the row detector looked at.
pub(super) fn finding(ui: Ui, finding: &FindingView) -> AnyView {
    let Some(number_of) = finding.group else { return ().into_any() };
    let facts = &finding.facts;
    let z = facts.z.map(|z| {
        view! { <div><dt>"z"</dt><dd class="data" data-testid="detail-z">{number((z * 10.0).round() / 10.0)}</dd></div> }
    });
    let compared = (!facts.actual.is_empty()).then(|| {
        view! {
            <dl class="compared">
                <div><dt>"actual"</dt><dd data-testid="detail-actual">{facts.actual.clone()}</dd></div>
                <div><dt>"expected"</dt><dd data-testid="detail-expected">{facts.expected.clone()}</dd></div>
                {z}
            </dl>
        }
    });
    let rows = ui
        .session
        .groups
        .with_untracked(|groups| groups.iter().find(|group| group.number == number_of).map_or(0, |group| group.rows));
    if rows > 1 {
        watch(move || ui.grouped.load(number_of));
    }
    let here = finding.row.row;
    let others = live(move || {
        let all = ui.grouped.rows_of(number_of)?;
        let at = all.iter().position(|row| row.row.row >= here).unwrap_or(0);
        let from = at.saturating_sub(LISTED / 2).min(all.len().saturating_sub(LISTED));
        let lines = all.iter().skip(from).take(LISTED).map(|row| line(ui, row, here)).collect_view();
        Some(lines.into_any())
    });
    let belongs = (rows > 1).then(|| {
        let note = (rows > LISTED as u64).then(|| format!(", {} around this one", group(LISTED as u64)));
        view! {
            <h3>{counted(rows, "row")}" of this finding"<span class="quiet">{note}</span></h3>
            <ol class="of-finding" data-testid="of-finding">{others}</ol>
        }
    });
    view! {
        {compared}
        {belongs}
    }
    .into_any()
}

fn line(ui: Ui, found: &FindingView, here: u64) -> impl IntoView + use<> {
    let row = found.row.row;
    let level = found.row.level;
    view! {
        <li>
            <button
                class="bare data"
                aria-current=(row == here).then_some("true")
                data-testid="of-finding-row"
                data-row=row.to_string()
                title=format!("{}: {}", found.kind, found.reason)
                on:click=move |_| ui.send(Command::OpenRow(row))
            >
                <span class="quiet">{badge::clock(ui.preferences, ui.several_days.get(), &found.row)}</span>
                <span class=badge::level_class(level)>{badge::level_text(level)}</span>
                <span class="member-message">{found.message.clone()}</span>
            </button>
        </li>
    }
}
