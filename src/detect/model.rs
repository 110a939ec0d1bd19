//! Which detectors there are, and how any of them is fitted.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::autoencoder::AutoencoderParams;
use super::ensemble::Join;
use super::knn::KnnParams;
use super::lof::LofParams;
use super::one_class_svm::SvmParams;
use super::progress::{Cancelled, Progress, part};
use super::{
    Autoencoder, Detector, Ensemble, ForestParams, IsolationForest, Knn, LocalOutlierFactor, OneClassSvm, Rarity,
    RobustZ, sample,
};
use crate::feature::Matrix;

/// The detectors that a person can choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Kind {
    /// [`IsolationForest`].
    IsolationForest,
    /// [`OneClassSvm`].
    OneClassSvm,
    /// [`LocalOutlierFactor`].
    Lof,
    /// [`Knn`].
    Knn,
    /// [`Autoencoder`].
    Autoencoder,
    /// [`RobustZ`].
    RobustZ,
    /// [`Rarity`].
    Rarity,
    /// [`Ensemble`], calibrated: the default of [`Self::MEMBERS`].
    Ensemble,
    /// [`Ensemble`] by vote of the same members.
    EnsembleVote,
}

impl Kind {
    /// All, in the order that they are shown in.
    pub const ALL: [Self; 9] = [
        Self::IsolationForest,
        Self::OneClassSvm,
        Self::Lof,
        Self::Knn,
        Self::Autoencoder,
        Self::RobustZ,
        Self::Rarity,
        Self::Ensemble,
        Self::EnsembleVote,
    ];

    /// Members of the ensembles.
    pub const MEMBERS: [Self; 3] = [Self::IsolationForest, Self::RobustZ, Self::Knn];

    /// The name on the command line and in saved files.
    pub fn name(self) -> &'static str {
        match self {
            Self::IsolationForest => "isolation-forest",
            Self::OneClassSvm => "one-class-svm",
            Self::Lof => "lof",
            Self::Knn => "knn",
            Self::Autoencoder => "autoencoder",
            Self::RobustZ => "robust-z",
            Self::Rarity => "rarity",
            Self::Ensemble => "ensemble",
            Self::EnsembleVote => "ensemble-vote",
        }
    }

    /// Whether it is made of others.
    pub fn is_ensemble(self) -> bool {
        matches!(self, Self::Ensemble | Self::EnsembleVote)
    }

    /// The detector of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// What fitting may be told; the defaults suit samples of some thousand rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FitOptions {
    /// Seed of every random choice.
    pub seed: u64,
    /// Trees of an isolation forest.
    pub trees: u32,
    /// Rows that each tree sees.
    pub subsample: u32,
    /// Share of the sample outside of a one-class SVM.
    pub nu: f64,
    /// Share of the rows that a member of a voting ensemble calls anomalous.
    pub contamination: f64,
    /// Members of an ensemble; ensembles among them are left out.
    pub members: Vec<Kind>,
    /// Most rows that detectors which compare rows with rows keep: what bounds a model's size and its time per row.
    pub reference: usize,
    /// As in [`IsolationForest::fit`]; empty for none.
    pub smallest: Vec<Option<f32>>,
    /// The same.
    pub largest: Vec<Option<f32>>,
    /// By feature, what a value is that no row has but rows of other files may; as in [`sample::with_unseen`], empty for none.
    pub unseen: Vec<Option<f32>>,
}

impl Default for FitOptions {
    fn default() -> Self {
        Self {
            seed: 7,
            trees: 100,
            subsample: 256,
            nu: 0.1,
            contamination: 0.05,
            members: Kind::MEMBERS.to_vec(),
            reference: 4096,
            smallest: Vec::new(),
            largest: Vec::new(),
            unseen: Vec::new(),
        }
    }
}

/// Comparisons of values (rows × reference rows × columns) that scoring may take: some seconds.
const COMPARISONS: f64 = 3e10;
/// Most rows of a reference.
const MOST_ROWS: usize = 100_000;
/// In so few columns a search for neighbours leaves out nearly all comparisons.
const FEW_COLUMNS: usize = 6;
/// Most values of a reference: 16 MiB.
const REFERENCE_VALUES: usize = 4 << 20;

impl FitOptions {
    /// The largest reference with which so many rows can be scored in some seconds: all rows, for most tables.
    pub fn reference_for(rows: usize, columns: usize) -> usize {
        let columns = columns.max(1);
        if columns <= FEW_COLUMNS {
            return MOST_ROWS;
        }
        let affordable = COMPARISONS / (rows.max(1) as f64 * columns as f64);
        (affordable as usize).clamp(256, MOST_ROWS)
    }

    /// The reference within its bound in values.
    fn rows(&self, columns: usize) -> usize {
        self.reference.min(REFERENCE_VALUES / columns.max(1)).max(64)
    }
}

/// A fitted detector.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Model {
    /// Liu, Ting and Zhou, 2008.
    IsolationForest(IsolationForest),
    /// Schölkopf and others, 2001.
    OneClassSvm(OneClassSvm),
    /// Breunig and others, 2000.
    Lof(LocalOutlierFactor),
    /// Ramaswamy and others, 2000.
    Knn(Knn),
    /// Hawkins and others, 2002.
    Autoencoder(Autoencoder),
    /// Iglewicz and Hoaglin, 1993.
    RobustZ(RobustZ),
    /// Rare values and rare rows.
    Rarity(Rarity),
    /// Several of the others.
    Ensemble(Ensemble),
}

impl Model {
    /// Which it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::IsolationForest(_) => Kind::IsolationForest,
            Self::OneClassSvm(_) => Kind::OneClassSvm,
            Self::Lof(_) => Kind::Lof,
            Self::Knn(_) => Kind::Knn,
            Self::Autoencoder(_) => Kind::Autoencoder,
            Self::RobustZ(_) => Kind::RobustZ,
            Self::Rarity(_) => Kind::Rarity,
            Self::Ensemble(fitted) if fitted.is_vote() => Kind::EnsembleVote,
            Self::Ensemble(_) => Kind::Ensemble,
        }
    }

    /// Which detectors it is made of, where it is an ensemble.
    pub fn members(&self) -> Vec<Kind> {
        match self {
            Self::Ensemble(fitted) => fitted.members().map(Self::kind).collect(),
            _ => Vec::new(),
        }
    }

    /// The autoencoder that it is, or that is among its members.
    pub fn autoencoder(&self) -> Option<&Autoencoder> {
        match self {
            Self::Autoencoder(fitted) => Some(fitted),
            Self::Ensemble(fitted) => {
                let mut members = fitted.members();
                members.find_map(|model| if let Self::Autoencoder(fitted) = model { Some(fitted) } else { None })
            }
            _ => None,
        }
    }

    /// The detector.
    pub fn detector(&self) -> &dyn Detector {
        match self {
            Self::IsolationForest(fitted) => fitted,
            Self::OneClassSvm(fitted) => fitted,
            Self::Lof(fitted) => fitted,
            Self::Knn(fitted) => fitted,
            Self::Autoencoder(fitted) => fitted,
            Self::RobustZ(fitted) => fitted,
            Self::Rarity(fitted) => fitted,
            Self::Ensemble(fitted) => fitted,
        }
    }

    /// Fits a detector to a sample.
    pub fn fit(
        kind: Kind,
        sample: &Matrix,
        options: &FitOptions,
        progress: &mut Progress<'_>,
    ) -> Result<Self, Cancelled> {
        let (seed, reference) = (options.seed, options.rows(sample.columns));
        let network_rows = {
            let most = REFERENCE_VALUES / sample.columns.max(1);
            AutoencoderParams::default().reference.min(most).max(64)
        };
        let most = match kind {
            // A forest splits what varies within its sample, and an ensemble asks its members.
            Kind::IsolationForest | Kind::Ensemble | Kind::EnsembleVote => None,
            Kind::RobustZ | Kind::Rarity => Some(usize::MAX),
            Kind::Autoencoder => Some(network_rows),
            Kind::OneClassSvm | Kind::Lof | Kind::Knn => Some(reference),
        };
        let with_unseen = |most| sample::with_unseen(sample, &options.unseen, most, seed);
        let sample = &*most.map_or(Cow::Borrowed(sample), with_unseen);
        Ok(match kind {
            Kind::IsolationForest => {
                let params = ForestParams { trees: options.trees, subsample: options.subsample, seed };
                let extremes = [options.smallest.as_slice(), &options.largest];
                Self::IsolationForest(IsolationForest::fit(sample, params, extremes, progress)?)
            }
            Kind::OneClassSvm => {
                let params = SvmParams { nu: options.nu, reference, seed };
                Self::OneClassSvm(OneClassSvm::fit(sample, params, progress)?)
            }
            Kind::Lof => {
                let params = LofParams { reference, seed, ..LofParams::default() };
                Self::Lof(LocalOutlierFactor::fit(sample, params, progress)?)
            }
            Kind::Knn => {
                let params = KnnParams { reference, seed, ..KnnParams::default() };
                Self::Knn(Knn::fit(sample, params, progress)?)
            }
            Kind::Autoencoder => {
                let params = AutoencoderParams { seed, reference: network_rows, ..AutoencoderParams::default() };
                Self::Autoencoder(Autoencoder::fit(sample, params, progress)?)
            }
            Kind::RobustZ => Self::RobustZ(RobustZ::fit(sample, progress)?),
            Kind::Rarity => Self::Rarity(Rarity::fit(sample, progress)?),
            Kind::Ensemble => Self::ensemble(sample, options, Join::Calibrated, progress)?,
            Kind::EnsembleVote => Self::ensemble(sample, options, Join::Vote(options.contamination), progress)?,
        })
    }

    fn ensemble(
        sample: &Matrix,
        options: &FitOptions,
        join: Join,
        progress: &mut Progress<'_>,
    ) -> Result<Self, Cancelled> {
        let chosen = || options.members.iter().copied().filter(|kind| !kind.is_ensemble());
        let count = chosen().count() as f32 + 1.0;
        let mut members = Vec::new();
        for (index, kind) in chosen().enumerate() {
            let (from, to) = (index as f32 / count, (index + 1) as f32 / count);
            let mut progress = part(progress, from, to);
            members.push(if kind == Kind::Knn {
                // A smaller reference and more neighbours: groups of like anomalies hide each other less.
                let (reference, seed) = (options.rows(sample.columns).min(2048), options.seed);
                let params = KnnParams { k: 20, reference, seed };
                let sample = sample::with_unseen(sample, &options.unseen, reference, seed);
                Self::Knn(Knn::fit(&sample, params, &mut progress)?)
            } else {
                Self::fit(kind, sample, options, &mut progress)?
            });
        }
        let mut last = part(progress, (count - 1.0) / count, 1.0);
        Ok(Self::Ensemble(Ensemble::new(sample, members, join, options.seed, &mut last)?))
    }
}
