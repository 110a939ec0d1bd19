//! Detectors in words, for a person who chooses one.

use super::Kind;

impl Kind {
    /// What a person calls it.
    pub fn title(self) -> &'static str {
        match self {
            Self::IsolationForest => "Isolation Forest",
            Self::OneClassSvm => "One-Class SVM",
            Self::Lof => "Local Outlier Factor",
            Self::Knn => "Nearest neighbours",
            Self::Autoencoder => "Autoencoder",
            Self::RobustZ => "Robust z",
            Self::Rarity => "Rarity",
            Self::Ensemble => "Ensemble",
            Self::EnsembleVote => "Ensemble by vote",
        }
    }

    /// How to read its raw scores; of all, higher is more abnormal.
    pub fn reading(self) -> &'static str {
        match self {
            Self::IsolationForest => {
                "0 to 1: how early random splits set the row apart; ordinary rows have about 0.5 or less."
            }
            Self::OneClassSvm => {
                "Below 0 inside of the region that holds most rows, above 0 outside; without an upper end."
            }
            Self::Lof => {
                "How many times denser the row’s neighbours lie than the row: about 1 is ordinary, 2 is half as dense."
            }
            Self::Knn => "Distance to the nearest rows, in standard deviations: 0 for a row that has equals.",
            Self::Autoencoder => {
                "How badly a small network gives the row back: about 1 is ordinary, without an upper end."
            }
            Self::RobustZ => "Mean distance from the medians, in robust standard deviations: about 0.8 is ordinary.",
            Self::Rarity => {
                "Mean surprise of the row’s values, in bits: 0 for a row like all others, 10 for one in a thousand."
            }
            Self::Ensemble => {
                "0 to 1: how far the row stands out for the two members that it stands out most for; 0.5 for one row in ten."
            }
            Self::EnsembleVote => "The share of the members that call the row anomalous: 0, ⅓, ⅔ or 1 for three.",
        }
    }

    /// What it sees, and what it does not.
    pub fn strength(self) -> &'static str {
        match self {
            Self::IsolationForest => "Sees values that are odd by themselves; fast on any number of rows.",
            Self::OneClassSvm => "Sees odd combinations; takes groups of like anomalies for ordinary.",
            Self::Lof => "Sees what is odd for its own group of rows; erratic where many rows are equal.",
            Self::Knn => "Sees what is far from everything, also in combinations.",
            Self::Autoencoder => "Sees broken relations between features; learns what is frequent.",
            Self::RobustZ => "Sees each feature by itself; hardly moved by anomalies in the data.",
            Self::Rarity => "Sees what occurs seldom: codes, flags, counts; does not know that two values are near.",
            Self::Ensemble => "Sees what two of its members see; the best on most tables.",
            Self::EnsembleVote => "Counts how many members agree; few different scores.",
        }
    }

    /// What it does to the features before it looks at them.
    pub fn scaling(self) -> &'static str {
        match self {
            Self::IsolationForest => "taken as they are",
            Self::RobustZ => "scaled by median and median deviation",
            Self::Rarity => "cut into values or bins",
            Self::Ensemble | Self::EnsembleVote => "scaled as each member needs",
            Self::OneClassSvm | Self::Lof | Self::Knn | Self::Autoencoder => "scaled to mean 0 and deviation 1",
        }
    }
}
