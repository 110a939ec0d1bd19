//! Rows that are held are scored anew, by another detector or other features: no byte of a file is read for it.
//!
//! ```text
//! Recipe ─▶ Event::Chosen ─ Choose ─▶ (numbers of sessions) ─▶ Sample, Fit, Load, Score ─▶ Take, Together, Rank
//!                                                              └──────── GiveUp: rows have what they had
//! ```

use serde::{Deserialize, Serialize};

use crate::feature::{FeatureChoice, Recipe};

/// Asked of a shard.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Refit {
    /// Which features a choice comes to → [`super::Event::Chosen`].
    Recipe {
        /// The choice.
        features: FeatureChoice,
    },
    /// Rows are scored by these features next.
    Choose {
        /// The features.
        recipe: Recipe,
    },
    /// Rows keep the scores that they have.
    GiveUp,
    /// From now on rows have the scores that were made last.
    Take,
}
