//! A look into a saved model, without any rows: its bytes are anyone's, so it is a worker that reads them.

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use crate::model::{About, Saved, onnx};
use crate::view::LearnedView;

/// What a model is looked into for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Inspect {
    /// To tell what it is.
    Describe,
    /// To write its forest as ONNX.
    Onnx,
}

/// What there was to see.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Inspected {
    /// What it is.
    Described(Box<Description>),
    /// Its forest.
    Onnx(ByteBuf),
}

/// What a saved model is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Description {
    /// Where it comes from, and what its scores mean.
    pub about: About,
    /// What was learned.
    pub learned: LearnedView,
    /// How many templates it knows.
    pub templates: u64,
}

/// Looks into a model; an error is a sentence for the person.
#[inline(never)]
pub(super) fn inspect(model: &[u8], what: Inspect) -> Result<Inspected, String> {
    let saved = Saved::from_bytes(model).map_err(|error| error.to_string())?;
    match what {
        Inspect::Describe => {
            let learned = LearnedView::of(&saved.detector, &saved.recipe, &saved.distributions);
            let templates = saved.catalog.templates().len() as u64;
            Ok(Inspected::Described(Box::new(Description { about: saved.about, learned, templates })))
        }
        Inspect::Onnx => onnx::export(&saved).map(|bytes| Inspected::Onnx(bytes.into())),
    }
}
