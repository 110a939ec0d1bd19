//! What a finding says, before anyone reads it. There are thousands, of which a person reads some: sentences are made of these
//! where they are shown ([`super::words`]).

use serde::{Deserialize, Serialize};

use super::episode::Episode;
use super::evidence::Oddity;
use super::rate::RateChange;
use super::spell::Spell;
use super::unusual::Unusual;
use crate::session::Flaw;

/// What is unusual.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum About {
    /// A row of a template.
    Row {
        /// The template.
        template: u32,
        /// How it differs.
        oddity: Oddity,
    },
    /// A session.
    Flaw(Flaw),
    /// An instance for a while.
    Episode(Episode),
    /// A rate.
    Rate(RateChange),
    /// When a template's rows end or begin.
    Spell(Spell),
    /// A template.
    Template(Unusual),
}

impl About {
    /// When it was, in nanoseconds, if it lasted and may have made other things odd meanwhile: an instance that failed, an
    /// outbreak of problems, a silence.
    pub fn disturbed(&self) -> Option<(i64, i64)> {
        match self {
            Self::Episode(episode) => Some(episode.times).filter(|_| !episode.unlike.is_slow()),
            Self::Rate(change) => Some(change.times).filter(|_| change.disturbs()),
            Self::Row { .. } | Self::Flaw(_) | Self::Spell(_) | Self::Template(_) => None,
        }
    }
}

/// What is told of a finding besides what it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Beside {
    /// What it is one of.
    pub one_of: Option<OneOf>,
    /// The instance that was slow meanwhile, by [`crate::baseline::table::Names::instances`].
    pub slow_instance: Option<u32>,
    /// Rows of its group that are of other rare kinds.
    pub other_kinds: u32,
}

/// What a finding stands for one of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OneOf {
    /// So many sessions that differ in all the same ways.
    Alike(u64),
    /// So many sessions or rows of one incident.
    Incident {
        /// How many.
        parts: u64,
        /// Whether they are sessions.
        sessions: bool,
        /// Whether all are odd in the way that the finding is about.
        alike: bool,
    },
}
