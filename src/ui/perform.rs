//! What each [`Command`] does.

use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::File;

use super::app::Ui;
use super::browser;
use super::command::{Command, Step};
use super::selection::{List, Pane};
use super::session::Cut;
use super::{findings, intake, link, model, models, narrow, stories, synthetic_log, travel};
use crate::engine::Filter;
use crate::geometry::{json, number};

/// Fulfils a wish.
pub(super) fn perform(ui: Ui, command: Command) {
    let Ui { session, selection, .. } = ui;
    match command {
        Command::PickFiles => intake::pick_files(),
        Command::AddFiles(files) => models::take_files(ui, files),
        Command::New => {
            session.clear();
            ui.models.clear();
            selection.clear();
            selection.anomalies_only.set(false);
            ui.looking.clear();
            selection.pane.set(Pane::Findings);
            selection.say("");
        }
        Command::Cancel => {
            if let Some(client) = session.client() {
                client.cancel();
                selection.say("Reading stopped; what was read is analysed");
            }
        }
        Command::SetRole(field, role) => {
            selection.clear();
            let change = match role {
                Some(role) => format!("{field} is now the {}", role.name()),
                None => format!("{field} has no role now"),
            };
            session.set_role(&field, role, move |in_place| selection.say(format!("{change}; {}", again(in_place))));
        }
        Command::Correct(correction) => {
            selection.clear();
            session.correct(correction, move |in_place| selection.say(again(in_place)));
        }
        Command::ExportMapping => {
            let json = session.mapping.with_untracked(|(_, mapping)| mapping.to_json());
            let blob = browser::blob_of_text(&json, "application/json");
            if blob.and_then(|blob| browser::save(&blob, &format!("{}-mapping.json", session.name()))).is_none() {
                selection.say("The browser did not save the file");
            }
        }
        Command::SetContamination(share) => session.cut.set(Some(Cut::Contamination(share))),
        Command::Label(anomalous) => model::say(ui, anomalous),
        Command::SetScore(score) => session.cut.set(Some(Cut::Score(score))),
        Command::SetTop(rows) => session.cut.set(Some(Cut::Top(rows))),
        Command::SetKnee => session.cut.set(Some(Cut::Knee)),
        Command::OfModels(wish) => models::perform(ui, wish),
        Command::ToggleAnomaliesOnly => {
            if session.threshold.with_untracked(Option::is_some) {
                selection.anomalies_only.update(|only| *only = !*only);
                selection.pane.set(Pane::Rows);
            } else {
                selection.say("Rows have no scores yet");
            }
        }
        Command::Show(pane) => {
            selection.pane.set(pane);
            if ui.preferences.narrow.get_untracked() {
                // A narrow screen shows the detail in the pane's place.
                selection.detail.set(false);
            }
        }
        Command::Move(step) => travel::step(ui, step),
        Command::Seek(sought, forward) => travel::seek(ui, sought, forward),
        Command::FocusSearch => {
            selection.pane.set(Pane::Rows);
            if let Some(input) = ui.search_input.get_untracked() {
                let _ = input.focus();
                input.select();
            }
        }
        Command::Type(text) => narrow::type_in(ui, text),
        Command::Search(text) => narrow::search(ui, text),
        Command::Narrow(expr) => narrow::narrow(ui, &expr),
        Command::Brush(times) => narrow::brush(ui, times),
        Command::Stop => narrow::stop(ui),
        Command::Sort(by) => narrow::sort(ui, by),
        Command::ToggleValues if ui.preferences.narrow.get_untracked() => {
            let shown = selection.pane.get_untracked() == Pane::Values;
            selection.pane.set(if shown { Pane::Rows } else { Pane::Values });
        }
        Command::ToggleValues => {
            let (values, shown) = (ui.preferences.values, untrack(|| ui.values()));
            if !shown && ui.preferences.middle.get_untracked() {
                // There is room for them or for the detail.
                selection.detail.set(false);
            }
            if untrack(|| values.get()) == shown {
                values.toggle();
            }
        }
        Command::ToggleTimes => ui.preferences.times.toggle(),
        Command::Arrange(change) => ui.preferences.arrange(ui.columns.get_untracked().as_slice(), change),
        Command::ToggleZone => ui.preferences.local.toggle(),
        Command::OpenPosition(position) => {
            selection.list.set(List::Rows);
            selection.detail.set(true);
            travel::to_position(ui, position);
        }
        Command::OpenFinding(spot) => {
            selection.list.set(List::Findings);
            selection.detail.set(true);
            travel::to_finding(ui, spot);
        }
        Command::Unfold(entry, open) => findings::unfold(ui, entry, open),
        Command::ToggleKind(kind) => {
            // Places in the list mean other findings now.
            selection.finding.set(None);
            ui.grouped.kinds.update(|kinds| kinds.0 ^= kind.0);
        }
        Command::ChangeTemplates(hand) => {
            selection.clear();
            session.change_templates(hand);
            selection.say("Templates changed");
        }
        Command::OpenRow(row) => {
            selection.detail.set(true);
            travel::to_row(ui, row);
        }
        Command::OpenCell(grid, column, level) => {
            selection.detail.set(true);
            travel::to_cell(ui, grid, column, level);
        }
        Command::OfSessions(wish) => stories::perform(ui, wish),
        Command::OfSynthetic(wanted) => synthetic_log::perform(ui, wanted),
        Command::OpenDetail if stories::enter(ui) => {}
        Command::OpenDetail => {
            selection.detail.set(true);
            if selection.row.get_untracked().is_none() {
                travel::step(ui, Step::First);
            }
        }
        Command::Close => {
            if selection.help.get_untracked() {
                selection.help.set(false);
            } else if selection.detail.get_untracked() || !stories::close(ui) {
                selection.detail.set(false);
            }
        }
        Command::CopyRecord => copy_record(ui),
        Command::CopyLink => link::copy(ui),
        Command::ExportCsv => export_csv(ui),
        Command::ToggleTheme => intake::toggle_theme(),
        Command::ToggleHelp => selection.help.update(|help| *help = !*help),
    }
}

/// How a change of what fields mean is applied.
fn again(in_place: bool) -> &'static str {
    if in_place {
        "Applied to the columns at hand; no file was read"
    } else {
        "reading the files again: the columns at hand have too little for it"
    }
}

/// Analyses files together with those that are there.
pub(super) fn add_files(ui: Ui, files: Vec<File>) {
    if files.is_empty() {
        return;
    }
    ui.selection.clear();
    ui.selection.say("");
    ui.session.add(files);
}

fn copy_record(ui: Ui) {
    let (Some(client), Some(row)) = (ui.session.client(), ui.selection.row.get_untracked()) else {
        ui.selection.say("No row is selected");
        return;
    };
    spawn_local(async move {
        let Some(detail) = client.detail(row, 0).await else { return };
        // A record that is JSON is copied as it stands: numbers stay numbers, to their last digit.
        let whole = detail.raw_bytes <= detail.raw.len() as u64;
        let pretty = if whole { json::pretty(&detail.raw) } else { None };
        let text = pretty.unwrap_or_else(|| {
            let fields = detail.fields.iter();
            json::object(fields.map(|(name, value)| (name.as_str(), value.as_str())))
        });
        ui.selection.say(if browser::copy(&text).await {
            format!("Copied row {} as JSON", number::group(row + 1))
        } else {
            "The browser does not let this page copy".to_owned()
        });
    });
}

fn export_csv(ui: Ui) {
    let Ui { session, selection, .. } = ui;
    let Some(client) = session.client() else { return };
    if session.exporting.get_untracked().is_some() {
        return;
    }
    let run = session.run.get_untracked();
    let filter = ui.listing.get_untracked().filter;
    let rows = ui.shown.get_untracked();
    let predicted = session.predicted.with_untracked(Option::is_some);
    let part = match filter {
        Filter::All => "rows",
        Filter::AtLeast(_) => "anomalies",
        Filter::Where(_) => "found",
    };
    session.exporting.set(Some(0));
    spawn_local(async move {
        let progress = move |done| {
            if session.is_current(run) {
                session.exporting.set(Some(done));
            }
        };
        let made = client.export_csv(filter, predicted, progress).await;
        if !session.is_current(run) {
            return;
        }
        session.exporting.set(None);
        let blob = match made {
            Ok(blob) => blob,
            Err(reason) => {
                selection.say(format!("Nothing was saved: {reason}"));
                return;
            }
        };
        let name = format!("{}-{part}.csv", session.name());
        selection.say(match browser::save(&blob, &name) {
            Some(()) => format!("Saved {} as {name}", number::counted(rows, "row")),
            None => format!("The browser refused to save {name}"),
        });
    });
}
