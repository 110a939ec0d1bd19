//! What a shard knows, as a file.

use serde_bytes::ByteBuf;

use super::lead::Fitted;
use super::shard::Shard;
use crate::model::{About, Saved};

/// A detector with all that it takes to use it on other files; `None` before rows have features.
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
