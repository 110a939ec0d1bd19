//! How the analysis stands: all that the page shows besides pages of rows.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use crate::detect::Kind;
use crate::feature::FeatureChoice;
use crate::finding::{Group, ScoreHistogram};
use crate::model::Report;
use crate::model::check::Limits;
use crate::record::mapping::Mapping;
use crate::template::Hand;
use crate::view::{FieldReport, FileReport, Stage};

/// What the person chose. Two analyses with equal settings and bytes give equal findings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Seed of every random choice.
    pub seed: u64,
    /// The detector of single rows; without one it is an ensemble where rows are numbers only, and an isolation forest, which
    /// is several times faster, where findings of messages come first.
    pub detector: Option<Kind>,
    /// Members of an ensemble.
    pub members: Vec<Kind>,
    /// Share of the rows that each member of a voting ensemble calls anomalous.
    pub contamination: f64,
    /// What goes into the features.
    pub features: FeatureChoice,
    /// A saved model ([`crate::model`]) that scores instead of a detector that is fitted to the files.
    pub model: Option<ByteBuf>,
    /// Columns of the saved model without a role, each with the field of the files that the person says it is.
    pub names: Vec<(String, String)>,
    /// Where drift from the saved model begins.
    pub limits: Limits,
    /// Whether to end once the files are held against the saved model.
    pub check_only: bool,
    /// Whether to wait for [`Conductor::score_anyway`](super::Conductor::score_anyway) where the check says that a model of such
    /// files is needed.
    pub ask_first: bool,
    /// Trees of an isolation forest.
    pub trees: u32,
    /// Rows that each tree sees (ψ in the paper).
    pub subsample: u32,
    /// What the person says of the files' fields.
    pub mapping: Mapping,
    /// What they said of files before, by [`fingerprint`](crate::record::mapping::fingerprint): it counts again where nothing
    /// else is said.
    pub remembered: Vec<(u64, Mapping)>,
    /// What they changed of the templates.
    pub hand: Hand,
    /// Most rows that are ranked as findings; more are found with a filter.
    pub ranked: u32,
    /// Bytes of a file that one task parses.
    pub segment_bytes: u64,
    /// Bytes that the columns of all workers together may take; reading stops there and what was read stays usable.
    pub memory_budget: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            seed: 7,
            detector: None,
            members: Kind::MEMBERS.to_vec(),
            contamination: 0.05,
            features: FeatureChoice::default(),
            model: None,
            names: Vec::new(),
            limits: Limits::default(),
            check_only: false,
            ask_first: false,
            trees: 100,
            subsample: 256,
            mapping: Mapping::default(),
            remembered: Vec::new(),
            hand: Hand::default(),
            ranked: 10_000,
            segment_bytes: 4 << 20,
            memory_budget: 2 << 30,
        }
    }
}

/// What a detector is fitted by.
#[derive(Clone, Debug, PartialEq)]
pub struct Learning {
    /// [`Settings::detector`].
    pub detector: Option<Kind>,
    /// [`Settings::members`].
    pub members: Vec<Kind>,
    /// [`Settings::contamination`].
    pub contamination: f64,
    /// [`Settings::features`].
    pub features: FeatureChoice,
}

impl Learning {
    /// What settings say of it.
    pub fn of(settings: &Settings) -> Self {
        Self {
            detector: settings.detector,
            members: settings.members.clone(),
            contamination: settings.contamination,
            features: settings.features.clone(),
        }
    }

    /// Enters it into settings.
    pub fn enter(self, settings: &mut Settings) {
        let Self { detector, members, contamination, features } = self;
        (settings.detector, settings.members) = (detector, members);
        (settings.contamination, settings.features) = (contamination, features);
    }
}

/// Which rows are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Filter {
    /// Every row.
    All,
    /// Rows whose score falls into this bin or a higher one ([`crate::finding::threshold`]).
    AtLeast(u32),
    /// Rows that meet the condition of this number ([`super::Request::Filter`]). Shards know the newest; what is asked about an
    /// older one is answered with [`super::Answer::Stale`].
    Where(u32),
}

/// How the analysis stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// Where it is.
    pub stage: Stage,
    /// Progress and trouble of each file.
    pub files: Vec<FileReport>,
    /// The mapping in force, and the number under which to remember it; once the files were looked at.
    pub mapping: (u64, Mapping),
    /// The dataset's columns, roles first.
    pub fields: Vec<FieldReport>,
    /// Rows read so far; these can be looked at already.
    pub rows: u64,
    /// The detector that rows are scored with, or that is being fitted.
    pub detector: Kind,
    /// What it is fitted by.
    pub learning: Learning,
    /// Whether rows that have scores are being scored anew.
    pub again: bool,
    /// How far the fit of the detector is, 0..=1.
    pub fitted: f32,
    /// What the saved model makes of the files, once they were held against it.
    pub report: Option<Arc<Report>>,
    /// Rows scored so far.
    pub scored: u64,
    /// All scores, once every row has one and the highest are ranked. Thresholds are read off it.
    pub scores: Option<Arc<ScoreHistogram>>,
    /// The lowest bin of a row that belongs to a finding of more than the row detector: what a first threshold includes.
    pub found: Option<u32>,
    /// The findings, grouped, best first.
    pub groups: Arc<[Group]>,
    /// Whether the person stopped the reading.
    pub cancelled: bool,
}
