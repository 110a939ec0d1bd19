//! What can be asked for of the detector and of models, and what it does.

use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::File;

use super::super::app::Ui;
use super::super::browser;
use super::take;
use crate::engine::inspect::{Inspect, Inspected};
use crate::engine::snapshot::Learning;
use crate::geometry::number;
use crate::model::About;
use crate::model::check::Limits;
use crate::platform::shelf::{Card, Shelf};
use crate::platform::spare;
use crate::record::Role;
use crate::view::FieldReport;
use crate::view::scores::ScoreForm;

/// A wish of the person.
#[derive(Clone, Debug)]
pub enum Wish {
    /// Choose a detector or features; nothing is fitted yet.
    Choose(Learning),
    /// Fit what is chosen.
    Fit,
    /// Stop the fit, or the scoring after it.
    Stop,
    /// Keep the model in the browser under a name.
    Keep(String),
    /// Save the model as a file.
    Download(String),
    /// Save the model's forest as ONNX.
    Onnx(String),
    /// Save the scores of all rows.
    Scores(ScoreForm),
    /// Load a model from a file, and score with it.
    Load(File),
    /// Score with a kept model.
    Use(u32),
    /// Save a kept model as a file.
    DownloadKept(u32),
    /// Give a kept model another name.
    Rename(u32, String),
    /// Forget a kept model.
    Forget(u32),
    /// Go on without the loaded model.
    Leave,
    /// Score although the check speaks against it.
    ScoreAnyway,
    /// Hold the files against the model with other limits.
    Check(Limits),
    /// Take a field of the files for one of the model's, or no longer.
    Name(String, Option<String>),
}

/// Fulfils a wish.
pub(in super::super) fn perform(ui: Ui, wish: Wish) {
    let (session, selection, models) = (ui.session, ui.selection, ui.models);
    match wish {
        Wish::Choose(learning) => models.draft.set(learning),
        Wish::Fit => {
            let begun = session.client().is_some_and(|client| client.refit(models.draft.get_untracked()));
            selection.say(if begun { "Fitting; no file is read for it" } else { "The analysis is still at work" });
        }
        Wish::Stop => {
            if let Some(client) = session.client() {
                // While the first detector is fitted there is nothing to go back to.
                let first = session.scores.with_untracked(Option::is_none);
                let is_message = |field: &FieldReport| field.role == Some(Role::Message);
                let is_log = session.fields.with_untracked(|fields| fields.iter().any(is_message));
                client.stop_fit();
                selection.say(match (first, is_log) {
                    (false, _) => "Stopped; rows have the scores that they had",
                    (true, true) => "Stopped; without a detector, rows are scored by their findings alone",
                    (true, false) => "Stopped; without a detector all rows score the same",
                });
            }
        }
        Wish::Keep(name) => spawn_local(keep(ui, name)),
        Wish::Download(name) => spawn_local(async move {
            if let Some((file, _)) = current(ui).await {
                save(ui, &file, &format!("{name}.model"));
            }
        }),
        Wish::Onnx(name) => spawn_local(async move {
            let Some((file, _)) = current(ui).await else { return };
            match spare::inspect(&file, Inspect::Onnx).await {
                Ok(Inspected::Onnx(onnx)) => save(ui, &onnx, &format!("{name}.onnx")),
                Ok(Inspected::Described(_)) => {}
                Err(reason) => selection.say(reason),
            }
        }),
        Wish::Scores(form) => scores(ui, form),
        Wish::Load(file) => take::take_chosen(ui, file),
        Wish::Use(number) => take::take_kept(ui, number, name_of(ui, number)),
        Wish::DownloadKept(number) => spawn_local(async move {
            match Shelf::open().await.file(number).await {
                Some(file) => save(ui, &file, &format!("{}.model", name_of(ui, number))),
                None => selection.say("The browser no longer has this model"),
            }
        }),
        Wish::Rename(number, name) => {
            let card = models.list.with_untracked(|list| list.iter().find(|(other, _)| *other == number).cloned());
            let Some((_, card)) = card.filter(|_| !name.trim().is_empty()) else { return };
            spawn_local(async move {
                let card = Card { name: name.trim().to_owned(), ..card };
                let shelf = Shelf::open().await;
                shelf.rewrite(number, &card).await;
                models.list.set(shelf.list().await);
            });
        }
        Wish::Forget(number) => spawn_local(async move {
            let name = name_of(ui, number);
            let shelf = Shelf::open().await;
            shelf.forget(number).await;
            models.list.set(shelf.list().await);
            selection.say(format!("Model {name} is deleted"));
        }),
        Wish::Leave => {
            models.clear();
            session.cut.set(None);
            selection.clear();
            session.leave_model(move |in_place| {
                selection.say(if in_place {
                    "Without a model; a detector is fitted to the rows at hand, no file is read"
                } else {
                    "Without a model; reading the files again, as it had its say in the columns"
                });
            });
        }
        Wish::ScoreAnyway => {
            if let Some(client) = session.client() {
                client.score_anyway();
                selection.say("The rows get scores, although the check speaks against it");
            }
        }
        Wish::Check(limits) => {
            if let Some(client) = session.client() {
                client.check_again(limits);
            }
        }
        Wish::Name(known, field) => {
            selection.say(match &field {
                Some(field) => format!("Reading the files again, with {field} as the model’s {known}"),
                None => format!("Reading the files again; no field is chosen for the model’s {known}"),
            });
            selection.clear();
            session.name_field(known, field);
        }
    }
}

fn name_of(ui: Ui, number: u32) -> String {
    let found = ui.models.list.with_untracked(|list| list.iter().find(|(other, _)| *other == number).cloned());
    found.map_or_else(|| "model".to_owned(), |(_, card)| card.name)
}

fn save(ui: Ui, bytes: &[u8], name: &str) {
    let blob = browser::blob_of_bytes(bytes);
    ui.selection.say(match blob.and_then(|blob| browser::save(&blob, name)) {
        Some(()) => format!("Saved {name}, {}", number::bytes(bytes.len() as u64)),
        None => format!("The browser refused to save {name}"),
    });
}

/// What scores mean now.
fn about(ui: Ui) -> Option<About> {
    if let Some(loaded) = ui.models.loaded.get_untracked() {
        return Some(loaded.description.about.clone());
    }
    let bin = ui.session.threshold.with_untracked(|cut| cut.as_ref().map(|cut| cut.bin))?;
    ui.session.client()?.about(bin)
}

/// The model that scores, as a file: the loaded one, or the one that was fitted here.
async fn current(ui: Ui) -> Option<(Vec<u8>, About)> {
    let about = about(ui)?;
    if let Some(loaded) = ui.models.loaded.get_untracked() {
        return Some((loaded.file.to_vec(), about));
    }
    let file = ui.session.client()?.model(about.clone()).await;
    if file.is_none() {
        ui.selection.say("No detector was fitted, so there is no model");
    }
    Some((file?, about))
}

async fn keep(ui: Ui, name: String) {
    let Some((file, about)) = current(ui).await else { return };
    let features = ui.models.learned.with_untracked(|learned| learned.as_ref().map_or(0, |now| now.features.len()));
    let card = Card {
        name,
        kept: js_sys::Date::now(),
        bytes: file.len() as u64,
        detector: about.detector.title().to_owned(),
        rows: about.rows,
        features: features as u64,
        source: match about.files.as_slice() {
            [] => String::new(),
            [only] => only.clone(),
            [first, others @ ..] => format!("{first} and {} more", others.len()),
        },
    };
    let shelf = Shelf::open().await;
    let kept = shelf.keep(&card, &file).await;
    ui.models.list.set(shelf.list().await);
    ui.selection.say(if kept {
        format!("Model {} is kept in this browser, {}", card.name, number::bytes(card.bytes))
    } else {
        "The browser does not keep anything for this page; save the model as a file".to_owned()
    });
}

fn scores(ui: Ui, form: ScoreForm) {
    let (session, selection) = (ui.session, ui.selection);
    let (Some(client), Some(about)) = (session.client(), about(ui)) else { return };
    if session.exporting.get_untracked().is_some() {
        return;
    }
    let run = session.run.get_untracked();
    session.exporting.set(Some(0));
    spawn_local(async move {
        let progress = move |done| {
            if session.is_current(run) {
                session.exporting.set(Some(done));
            }
        };
        let made = client.export_scores(&about, form, progress).await;
        if !session.is_current(run) {
            return;
        }
        session.exporting.set(None);
        let ending = if form == ScoreForm::Csv { "csv" } else { "jsonl" };
        let name = format!("{}-scores.{ending}", session.name());
        selection.say(match made {
            Ok(blob) if browser::save(&blob, &name).is_some() => format!("Saved the scores as {name}"),
            Ok(_) => format!("The browser refused to save {name}"),
            Err(reason) => format!("Nothing was saved: {reason}"),
        });
    });
}
