//! What a shard knows, as a file.

use serde_bytes::ByteBuf;

use super::lead::Fitted;
use super::shard::Shard;
use crate::model::{About, Saved};
use crate::view::LearnedView;

/// A detector with all that it takes to use it on other files; `None` before rows have features.
#[inline(never)]
pub(super) fn model(shard: &Shard, fitted: &Fitted, about: About) -> Option<ByteBuf> {
    let encoder = shard.encoder.as_ref()?;
    let (catalog, baselines, sessions) = shard.hybrid.learned();
    let model = Saved {
        about,
        columns: Saved::columns_of(&shard.dataset),
        recipe: encoder.recipe().clone(),
        survey: encoder.survey().clone(),
        detector: fitted.model.clone(),
        reference: fitted.reference.clone(),
        distributions: fitted.distributions.clone(),
        catalog,
        baselines,
        sessions,
    };
    Some(model.compact().to_bytes().into())
}

/// What was learned, for a person; `None` before that.
#[inline(never)]
pub(super) fn learned(shard: &Shard) -> Option<LearnedView> {
    let (encoder, fitted) = (shard.encoder.as_ref()?, shard.fitted.as_ref()?);
    Some(LearnedView::of(&fitted.model, encoder.recipe(), &fitted.distributions))
}
