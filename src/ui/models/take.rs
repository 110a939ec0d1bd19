//! Models among the files that are given.

use std::rc::Rc;

use js_sys::{Array, Promise, Reflect, Uint8Array};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::File;

use super::super::app::Ui;
use super::super::command::Command;
use super::super::live::live;
use super::super::selection::Pane;
use super::super::session::Cut;
use super::super::{frame, perform};
use super::{Loaded, Wish};
use crate::common::text::some_of;
use crate::engine::inspect::{Inspect, Inspected};
use crate::geometry::number;
use crate::model::file::{MAGIC, MOST_FILE_BYTES};
use crate::platform::shelf::Shelf;
use crate::platform::spare;

/// Takes files as they are given: models by their first bytes or their ending, all others to be analysed.
pub(in super::super) fn take_files(ui: Ui, files: Vec<File>) {
    let before = ui.session.look_up();
    spawn_local(async move {
        let are_models = are_models(&files).await;
        let (models, data): (Vec<_>, Vec<_>) = files.into_iter().zip(are_models).partition(|(_, is_model)| *is_model);
        // Only one can score.
        let mut models = models.into_iter().map(|(file, _)| file);
        let (last, others) = (models.next_back(), models.map(|file| file.name()).collect::<Vec<_>>());
        let taken = match &last {
            Some(file) => Some(take_file(ui, file, ui.models.take_turn()).await),
            None => None,
        };
        let data: Vec<File> = data.into_iter().map(|(file, _)| file).collect();
        if !data.is_empty() {
            perform::add_files(ui, data);
            if taken == Some(Taken::Refused) {
                // The files are scored without the model that came with them: that must not go unseen.
                ui.selection.pane.set(Pane::Models);
            }
        } else if taken == Some(Taken::Loaded) {
            ui.selection.clear();
            ui.session.again();
        } else {
            ui.session.look_back(before);
        }
        if let (Some(last), Some(Taken::Loaded), false) = (last, taken, others.is_empty()) {
            let others = some_of(others.iter().map(String::as_str));
            ui.selection.say(format!("One model scores at a time: {} is taken, and not {others}", last.name()));
        }
    });
}

/// What became of a model that was to be loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// It scores from the next analysis on.
    Loaded,
    /// It can't be used; that was said.
    Refused,
    /// Meanwhile another one was wished for, or none.
    Overtaken,
}

/// Loads a model from a file that the person chose, and scores with it.
pub(super) fn take_chosen(ui: Ui, file: File) {
    let turn = ui.models.take_turn();
    spawn_local(async move { score_if(ui, take_file(ui, &file, turn).await) });
}

/// The same of a kept model.
pub(super) fn take_kept(ui: Ui, number: u32, name: String) {
    let turn = ui.models.take_turn();
    spawn_local(async move {
        let Some(file) = Shelf::open().await.file(number).await else {
            ui.selection.say("The browser no longer has this model");
            return;
        };
        score_if(ui, take_bytes(ui, &name, file, &name, turn).await);
    });
}

fn score_if(ui: Ui, taken: Taken) {
    if taken == Taken::Loaded {
        ui.selection.clear();
        ui.session.again();
    }
}

/// Whether each file is a model, as far as its first bytes or its ending tell.
async fn are_models(files: &[File]) -> Vec<bool> {
    let heads = Array::new();
    for file in files {
        let head = file.slice_with_f64_and_f64(0.0, MAGIC.len() as f64);
        heads.push(&head.map_or(JsValue::NULL, |head| JsValue::from(head.array_buffer())));
    }
    let heads = JsFuture::from(Promise::all_settled(&heads)).await.map(|heads| Array::from(&heads)).unwrap_or_default();
    let has_magic = |place: usize| {
        let value = Reflect::get(&heads.get(place as u32), &"value".into()).ok()?;
        (!value.is_falsy()).then(|| Uint8Array::new(&value).to_vec() == MAGIC)
    };
    let is_model = |(place, file): (usize, &File)| has_magic(place) == Some(true) || name_of(file).is_some();
    files.iter().enumerate().map(is_model).collect()
}

/// Loads a model from a file.
async fn take_file(ui: Ui, file: &File, turn: u32) -> Taken {
    if file.size() > MOST_FILE_BYTES as f64 {
        return refuse(ui, &file.name(), "It is larger than any model.");
    }
    let Ok(bytes) = JsFuture::from(file.array_buffer()).await else {
        return refuse(ui, &file.name(), "It can't be read: it was changed, moved or removed.");
    };
    let name = name_of(file).unwrap_or_else(|| file.name());
    take_bytes(ui, &name, Uint8Array::new(&bytes).to_vec(), &file.name(), turn).await
}

/// The name of a file that says that it is a model, without saying so.
fn name_of(file: &File) -> Option<String> {
    let name = file.name();
    let (name, ending) = name.rsplit_once('.')?;
    ending.eq_ignore_ascii_case("model").then(|| name.to_owned())
}

/// Loads a model that is kept, or `named` otherwise in a file.
async fn take_bytes(ui: Ui, name: &str, file: Vec<u8>, named: &str, turn: u32) -> Taken {
    let models = ui.models;
    let found = spare::inspect(&file, Inspect::Describe).await;
    if !models.is_turn(turn) {
        return Taken::Overtaken;
    }
    match found {
        Ok(Inspected::Described(description)) => {
            let file = serde_bytes::ByteBuf::from(file);
            ui.session.cut.set(Some(Cut::Score(description.about.threshold)));
            ui.session.set_model(Some(file.clone()));
            models.trouble.set(None);
            models.loaded.set(Some(Rc::new(Loaded { name: name.to_owned(), file, description: *description })));
            ui.selection.say(format!("Model {name} is loaded"));
            Taken::Loaded
        }
        // That was not asked for.
        Ok(Inspected::Onnx(_)) => Taken::Overtaken,
        Err(reason) => refuse(ui, named, &reason),
    }
}

fn refuse(ui: Ui, name: &str, reason: &str) -> Taken {
    ui.models.trouble.set(Some(format!("{name} was not loaded. {reason}")));
    ui.selection.say(format!("{name} was not loaded"));
    Taken::Refused
}

/// What is told of a model where no file is open yet.
pub(super) fn tell_on_start(ui: Ui) {
    let models = ui.models;
    let told = live(move || {
        if let Some(trouble) = models.trouble.get() {
            return Some(view! { <p class="note" role="alert" data-testid="model-trouble">{trouble}</p> }.into_any());
        }
        models.loaded.get().map(|loaded| {
            let about = &loaded.description.about;
            let fitted = format!(" ({}, fitted to {})", about.detector.title(), number::counted(about.rows, "row"));
            view! {
                <p class="note ready" data-testid="model-ready">
                    <span>
                        "Model "<strong>{loaded.name.clone()}</strong>{fitted}
                        " is loaded: files that you drop are checked against it and scored by it. "
                    </span>
                    <button on:click=move |_| ui.send(Command::OfModels(Wish::Leave))>"Without it"</button>
                </p>
            }
            .into_any()
        })
    });
    frame::fill("of-model", told.into_any());
}
