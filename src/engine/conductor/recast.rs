//! Another mapping for rows that were read already.

use std::sync::Arc;

use serde_bytes::ByteBuf;

use super::{Conductor, Gathering, Phase};
use crate::engine::bytes::decode;
use crate::engine::catalog::Ask;
use crate::engine::merged;
use crate::engine::part::Part;
use crate::engine::recast::{Recasted, Recasting};
use crate::engine::{Query, Request};
use crate::finding::threshold::BINS;
use crate::finding::{Groups, Ranking};
use crate::record::Dataset;
use crate::record::mapping::Mapping;

impl Conductor {
    /// Asks every shard for the columns under another mapping. Where each gives some, [`Self::recast`] goes on with them; where
    /// one doesn't, or nothing is to be asked, the files have to be read again.
    pub fn ask_recast(&self, mapping: &Mapping) -> Vec<Ask> {
        // A saved model has its own say in how columns are read.
        if self.settings.model.is_some() { Vec::new() } else { self.ask_columns(mapping) }
    }

    /// Asks every shard for the columns without the saved model. As for [`Self::ask_recast`], [`Self::leave_model`] goes on
    /// with them, or the files have to be read again.
    pub fn ask_leave_model(&self, mapping: &Mapping) -> Vec<Ask> {
        if self.settings.model.is_some() { self.ask_columns(mapping) } else { Vec::new() }
    }

    fn ask_columns(&self, mapping: &Mapping) -> Vec<Ask> {
        if !matches!(self.phase, Phase::Done) {
            return Vec::new();
        }
        let detections: Vec<(ByteBuf, Option<i64>)> = self.detections();
        let query = Query::Recast { detections, mapping: mapping.clone() };
        (0..self.busy.len()).map(|worker| (worker, query.clone())).collect()
    }

    /// Analyses the rows again with other columns, without reading them; `false` where something else is under way.
    pub fn recast(&mut self, mapping: Mapping, to: Recasting) -> bool {
        if !matches!(self.phase, Phase::Done) {
            return false;
        }
        self.settings.mapping = mapping;
        self.dataset = Dataset { columns: to.columns, files: Vec::new() };
        (self.recipe, self.times, self.report, self.scores, self.found) = (None, None, None, None, None);
        self.bins = vec![0; BINS];
        (self.scored, self.fitted) = (0, 0.0);
        (self.ranking, self.groups, self.grouped) = (Ranking::default(), Groups::default(), Arc::default());
        self.gather(Gathering::Recasts, &Request::Recast { dataset: to.dataset });
        true
    }

    /// Analyses the rows again without the saved model, without reading them: templates are made of them and a detector is
    /// fitted to them. `false` where something else is under way.
    pub fn leave_model(&mut self, mapping: Mapping, to: Recasting) -> bool {
        let left = self.recast(mapping, to);
        if left {
            self.settings.model = None;
        }
        left
    }

    /// Goes on as after reading.
    pub(super) fn recasted(&mut self, parts: &[Part]) {
        // Some bytes per segment: they are here.
        let parts: Vec<Recasted> = parts.iter().filter_map(|part| decode(part)).collect();
        self.memory = parts.iter().map(|part| part.memory).sum();
        self.edges = parts.into_iter().flat_map(|part| part.edges).collect();
        self.survey();
    }

    /// Tells shards how rows without a time stand among those of other files, and has all rows counted.
    pub(super) fn survey(&mut self) {
        let edges = std::mem::take(&mut self.edges);
        if self.files.len() > 1 {
            self.tell_all(&Request::Carry { times: merged::carries(&edges) });
        }
        self.gather(Gathering::Surveys, &Request::Survey);
    }
}
