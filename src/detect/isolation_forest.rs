//! Isolation Forest: rows that random splits separate early are anomalous.
//!
//! Liu, Ting and Zhou, "Isolation forest", ICDM 2008. Each tree is grown on ψ rows of the sample: a node draws a feature
//! that varies among its rows, and a threshold uniformly between that feature's smallest and largest value, until a row is
//! alone or the depth limit ⌈log2 ψ⌉ is reached. A row's path length h in a tree is the depth of its leaf plus c(n) for the
//! n training rows that share the leaf, where c(n) = 2(ln(n − 1) + γ) − 2(n − 1)/n is the mean path length of an
//! unsuccessful search in a binary search tree of n nodes. The raw score is 2^(−E\[h\] / c(ψ)): near 1 for rows that separate
//! early, about 0.5 and less for ordinary ones.
//!
//! The trees share their luck out evenly, so that another seed changes less. Each is by itself the paper's: its rows are a
//! random subset, its splits are uniform. But together they take rows dealt from one shuffle after the other, and at each of
//! the upper nodes their splits (a feature and the share of its range, as one number) are one from each of as many equal
//! parts as there are trees, a Latin hypercube: `McKay`, Beckman and Conover, "A comparison of three methods for selecting
//! values of input variables in the analysis of output from a computer code", 1979. Over the classical sets that takes a fifth
//! off the deviation of the ROC-AUC between seeds, as half as many trees again would.
//!
//! It sees each row by itself, and each feature by itself: a value that is odd only in combination with another one is
//! found late, and a value that is ordinary among all rows but late for its own kind of message is not found at all.
//!
//! One addition, for features whose rare values are the point (how rare a category or a message is, how severe a level): a
//! value that one row in a million has is in no tree's subsample, so no tree would know that there is anything to split.
//! Such a feature comes with its largest value over all rows, and every tree gets one more row that has it; so with smallest
//! ones. Without such features the forest is the paper's.
//!
//! Trees are stored as perfect trees of the limit's depth ([`super::walk`]), so that scoring a row is the same few
//! comparisons in every tree. A leaf above the limit is a subtree whose leaves all hold the same value.
//!
//! Attribution follows Saabas, "Interpreting random forests", 2014: walking down a tree, each split changes the mean path
//! length of the training rows in the node; the change is credited to the split's feature. The credits of a row sum up to
//! the difference between its path length and the mean one.

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use serde::{Deserialize, Serialize};

use super::Detector;
use super::prepare::medians;
use super::progress::{Cancelled, Progress, tell};
use super::regions::Regions;
use super::sample::take;
use super::walk::{TILE, Trees, walk};
use crate::common::extreme::{larger, smaller};
use crate::common::hash::hash_pair;
use crate::feature::Matrix;

/// Euler's constant γ.
const EULER: f64 = 0.577_215_664_901_532_9;

/// The parameters under the paper's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForestParams {
    /// Number of trees t, 1..=1,000.
    pub trees: u32,
    /// Subsample size ψ, 2..=4,096.
    pub subsample: u32,
    /// Seed of all random choices.
    pub seed: u64,
}

impl ForestParams {
    /// Parameters within their bounds.
    #[must_use]
    pub fn checked(self) -> Self {
        Self { trees: self.trees.clamp(1, 1000), subsample: self.subsample.clamp(2, 4096), ..self }
    }
}

/// A fitted forest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IsolationForest {
    features: usize,
    /// Depth of every tree.
    depth: u32,
    /// c(ψ) for the ψ rows that each tree was grown on.
    normaliser: f64,
    /// What stands in for a missing value: the median of each feature in the sample.
    medians: Vec<f32>,
    /// `2^depth` places for inner nodes a tree, as [`Trees`] has them.
    split_features: Vec<u16>,
    thresholds: Vec<f32>,
    /// Mean path length of the training rows in each node, `2^(depth + 1)` places a tree; the last half is the leaves.
    paths: Vec<f32>,
}

/// A node of a tree.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TreeNode {
    /// Rows whose feature is at most the threshold go left.
    Split {
        /// Which feature.
        feature: u16,
        /// The threshold.
        threshold: f32,
        /// Place of the left child in the list of nodes.
        left: u32,
        /// Place of the right child.
        right: u32,
    },
    /// A row's path ends here.
    Leaf {
        /// Its length.
        length: f32,
    },
}

/// The mean path length of an unsuccessful search among `n` rows, c(n).
pub fn normaliser(n: usize) -> f64 {
    match n {
        0 | 1 => 0.0,
        2 => 1.0,
        _ => 2.0 * (libm::log((n - 1) as f64) + EULER) - 2.0 * (n - 1) as f64 / n as f64,
    }
}

impl IsolationForest {
    /// Fits a forest to a sample. A sample without rows or without columns gives a forest that scores every row alike.
    /// `extremes`: by feature, the smallest and the largest value over all rows where every tree is to know of it; empty for
    /// none.
    pub fn fit(
        sample: &Matrix,
        params: ForestParams,
        extremes: [&[Option<f32>]; 2],
        progress: &mut Progress<'_>,
    ) -> Result<Self, Cancelled> {
        let params = params.checked();
        let rows = sample.rows();
        let subsample = rows.min(params.subsample as usize);
        let depth = subsample.max(2).next_power_of_two().ilog2();
        let mut forest = Self {
            features: sample.columns,
            depth,
            normaliser: normaliser(subsample),
            medians: medians(sample),
            split_features: Vec::new(),
            thresholds: Vec::new(),
            paths: Vec::new(),
        };
        let mut deal = Deal::new(rows, params.seed);
        let strata = Strata::new(params.trees, params.seed);
        for tree in 0..params.trees {
            let random = Pcg64Mcg::seed_from_u64(hash_pair(params.seed, u64::from(tree)));
            let drawn = grounds(sample, deal.take(subsample), &forest.medians, extremes);
            let mut grower =
                Grower { sample: &drawn, tree, strata: &strata, random, forest: &mut forest, inner: 0, nodes: 0 };
            grower.grow();
            tell(progress, tree as usize + 1, params.trees as usize)?;
        }
        Ok(forest)
    }

    /// Places of inner nodes in a tree.
    fn inner(&self) -> usize {
        1 << self.depth
    }

    /// Places of all nodes in a tree.
    fn nodes(&self) -> usize {
        2 << self.depth
    }

    /// Which rows no tree tells apart; `None` if there are too many kinds of them.
    pub fn regions(&self) -> Option<Regions> {
        let mut features: Vec<(Vec<f32>, f32)> = self.medians.iter().map(|&median| (Vec::new(), median)).collect();
        for (&feature, &threshold) in self.split_features.iter().zip(&self.thresholds) {
            // Nothing is above an infinite one: it is no split.
            if threshold < f32::INFINITY {
                features.get_mut(usize::from(feature))?.0.push(threshold);
            }
        }
        Regions::new(features)
    }

    /// Number of trees.
    pub fn trees(&self) -> usize {
        self.thresholds.len() / self.inner()
    }

    /// c(ψ), which mean path lengths are divided by; 0 when nothing was learned, and every row scores 0.5.
    pub fn normaliser(&self) -> f64 {
        self.normaliser
    }

    /// What stands in for a missing value, by feature.
    pub fn medians(&self) -> &[f32] {
        &self.medians
    }

    /// The nodes of a tree, the root first, without those that no row comes to.
    pub fn tree(&self, tree: usize) -> Vec<TreeNode> {
        let (inner, nodes) = (self.inner(), self.nodes());
        let mut made = vec![TreeNode::Leaf { length: 0.0 }];
        // Places in the perfect tree, and in the list.
        let mut open = vec![(1, 0)];
        while let Some((place, number)) = open.pop() {
            let split = (place < inner)
                .then(|| (self.split_features[tree * inner + place], self.thresholds[tree * inner + place]));
            made[number] = match split {
                Some((feature, threshold)) if threshold < f32::INFINITY => {
                    let (left, right) = (made.len(), made.len() + 1);
                    made.extend([TreeNode::Leaf { length: 0.0 }; 2]);
                    open.extend([(2 * place, left), (2 * place + 1, right)]);
                    TreeNode::Split { feature, threshold, left: left as u32, right: right as u32 }
                }
                // Every row goes left from here.
                Some(_) => {
                    open.push((2 * place, number));
                    continue;
                }
                None => TreeNode::Leaf { length: self.paths[tree * nodes + place] },
            };
        }
        made
    }

    /// Adds the path lengths of up to [`TILE`] rows, tree by tree.
    fn walk(&self, rows: &[f32], lengths: &mut [f64; TILE]) {
        let trees = Trees {
            depth: self.depth,
            features: &self.split_features,
            thresholds: &self.thresholds,
            values: &self.paths,
        };
        walk(trees, rows, self.features, lengths);
    }
}

impl Detector for IsolationForest {
    fn features(&self) -> usize {
        self.features
    }

    fn work(&self) -> usize {
        self.trees() * self.depth as usize
    }

    fn raw(&self, values: &[f32], scores: &mut Vec<f32>) {
        if self.features == 0 || self.normaliser <= 0.0 {
            let rows = values.len().checked_div(self.features).unwrap_or(0);
            scores.resize(scores.len() + rows, 0.5);
            return;
        }
        let per_tree = 1.0 / (self.trees() as f64 * self.normaliser);
        let mut tile = Vec::with_capacity(TILE * self.features);
        for chunk in values.chunks(TILE * self.features) {
            tile.clear();
            tile.extend_from_slice(chunk);
            for row in tile.chunks_exact_mut(self.features) {
                fill_missing(row, &self.medians);
            }
            let mut lengths = [0.0; TILE];
            self.walk(&tile, &mut lengths);
            let count = chunk.len() / self.features;
            scores.extend(lengths[..count].iter().map(|length| libm::exp2(-length * per_tree) as f32));
        }
    }

    /// It is in 0..=1 already.
    fn unit(&self, raw: f32) -> f32 {
        raw
    }

    fn is_sound(&self) -> bool {
        const DEEPEST: u32 = 12;
        let features = self.split_features.iter().all(|&feature| usize::from(feature) < self.features.max(1));
        (1..=DEEPEST).contains(&self.depth)
            && features
            && self.medians.len() == self.features
            && self.split_features.len() == self.thresholds.len()
            && self.thresholds.len().is_multiple_of(self.inner())
            && self.paths.len() == 2 * self.thresholds.len()
    }

    fn attribute(&self, row: &[f32]) -> Vec<f32> {
        if self.features == 0 {
            return Vec::new();
        }
        let mut credits = vec![0.0_f32; self.features];
        let mut row = row.to_vec();
        fill_missing(&mut row, &self.medians);
        let (inner, nodes) = (self.inner(), self.nodes());
        for tree in 0..self.trees() {
            let paths = &self.paths[tree * nodes..][..nodes];
            let mut node = 1;
            for _ in 0..self.depth {
                let feature = self.split_features[tree * inner + node] as usize;
                let above = row[feature] > self.thresholds[tree * inner + node];
                let child = 2 * node + usize::from(above);
                // A shorter path than expected pushes the score up.
                credits[feature] += paths[node] - paths[child];
                node = child;
            }
        }
        let trees = self.trees().max(1) as f32;
        credits.iter().map(|credit| credit / trees).collect()
    }
}

fn fill_missing(row: &mut [f32], medians: &[f32]) {
    for (value, &median) in row.iter_mut().zip(medians) {
        if value.is_nan() {
            *value = median;
        }
    }
}

/// Nodes of a tree whose splits are spread over the trees: those of its first six levels.
const STRATIFIED: usize = 64;

/// Deals rows from one shuffle after the other.
struct Deal {
    random: Pcg64Mcg,
    rows: Vec<u32>,
    dealt: usize,
}

impl Deal {
    fn new(rows: usize, seed: u64) -> Self {
        let random = Pcg64Mcg::seed_from_u64(hash_pair(seed, u64::from_le_bytes(*b"the deal")));
        // All are dealt: the first to take some has them shuffled.
        Self { random, rows: (0..rows as u32).collect(), dealt: rows }
    }

    /// The next `count` rows, of a new shuffle where fewer are left of the last.
    fn take(&mut self, count: usize) -> &[u32] {
        if self.rows.len() - self.dealt < count {
            shuffle(&mut self.rows, &mut self.random);
            self.dealt = 0;
        }
        self.dealt += count;
        &self.rows[self.dealt - count..self.dealt]
    }
}

/// For each of the upper nodes the order in which trees take their parts of what there is to draw.
struct Strata {
    trees: u32,
    orders: Vec<u32>,
}

impl Strata {
    fn new(trees: u32, seed: u64) -> Self {
        let mut random = Pcg64Mcg::seed_from_u64(hash_pair(seed, u64::from_le_bytes(*b"the node")));
        let mut orders: Vec<u32> = (0..STRATIFIED as u32).flat_map(|_| 0..trees).collect();
        orders.chunks_exact_mut(trees as usize).for_each(|order| shuffle(order, &mut random));
        Self { trees, orders }
    }

    /// A number in 0..1, of which the trees have one in each of their equal parts; any, at a lower node.
    fn draw(&self, node: usize, tree: u32, random: &mut Pcg64Mcg) -> f64 {
        let within: f64 = random.random();
        if node >= STRATIFIED {
            return within;
        }
        let part = self.orders[node * self.trees as usize + tree as usize];
        (f64::from(part) + within) / f64::from(self.trees)
    }
}

fn shuffle(values: &mut [u32], random: &mut Pcg64Mcg) {
    for place in 0..values.len() {
        let other = random.random_range(place..values.len());
        values.swap(place, other);
    }
}

/// The rows that one tree is grown on, without missing values.
fn grounds(sample: &Matrix, rows: &[u32], medians: &[f32], extremes: [&[Option<f32>]; 2]) -> Matrix {
    let mut drawn = take(sample, rows);
    for row in drawn.values.chunks_mut(sample.columns.max(1)) {
        fill_missing(row, medians);
    }
    for extremes in extremes.iter().filter(|extremes| rows.len() > 1 && extremes.iter().any(Option::is_some)) {
        // The first row of the subsample, but for the features that come with such a value.
        let mut row = drawn.row(0).to_vec();
        for (value, extreme) in row.iter_mut().zip(*extremes) {
            *value = extreme.unwrap_or(*value);
        }
        drawn.push(&row);
    }
    drawn
}

/// Grows one tree into the forest's arrays.
struct Grower<'a> {
    sample: &'a Matrix,
    /// Number of the tree.
    tree: u32,
    strata: &'a Strata,
    random: Pcg64Mcg,
    forest: &'a mut IsolationForest,
    /// First places of this tree.
    inner: usize,
    nodes: usize,
}

impl Grower<'_> {
    fn grow(&mut self) {
        self.inner = self.forest.thresholds.len();
        self.nodes = self.forest.paths.len();
        let (inner, nodes) = (self.forest.inner(), self.forest.nodes());
        // Nodes that are never split send every row left, to a leaf of the same value.
        self.forest.split_features.resize(self.inner + inner, 0);
        self.forest.thresholds.resize(self.inner + inner, f32::INFINITY);
        self.forest.paths.resize(self.nodes + nodes, 0.0);
        let mut rows: Vec<u32> = (0..self.sample.rows() as u32).collect();
        self.node(1, 0, &mut rows);
    }

    /// Grows the node and all below it; gives the sum of the path lengths of its rows.
    fn node(&mut self, node: usize, depth: u32, rows: &mut [u32]) -> f64 {
        let split = if depth < self.forest.depth && rows.len() > 1 { self.draw_split(node, rows) } else { None };
        let Some((feature, threshold)) = split else {
            let path = f64::from(depth) + normaliser(rows.len());
            self.fill(node, depth, path as f32);
            return path * rows.len() as f64;
        };
        self.forest.split_features[self.inner + node] = feature as u16;
        self.forest.thresholds[self.inner + node] = threshold;
        // Stable order keeps the result independent of how the partition is done.
        let (mut left, mut right): (Vec<u32>, Vec<u32>) =
            rows.iter().partition(|&&row| self.sample.row(row as usize)[feature] <= threshold);
        let sum = self.node(2 * node, depth + 1, &mut left) + self.node(2 * node + 1, depth + 1, &mut right);
        self.forest.paths[self.nodes + node] = (sum / rows.len() as f64) as f32;
        sum
    }

    /// A feature that varies among the rows, and a threshold that leaves rows on both sides; `None` when all rows are equal.
    fn draw_split(&mut self, node: usize, rows: &[u32]) -> Option<(usize, f32)> {
        let columns = self.sample.columns;
        let drawn = self.strata.draw(node, self.tree, &mut self.random) * columns as f64;
        let first = (drawn as usize).min(columns.checked_sub(1)?);
        if let Some(threshold) = self.threshold(first, drawn - first as f64, rows) {
            return Some((first, threshold));
        }
        // All rows have the same value of it: any other feature, as long as there is one.
        let mut candidates: Vec<u32> = (0..columns as u32).filter(|&feature| feature as usize != first).collect();
        for tried in 0..candidates.len() {
            let other = self.random.random_range(tried..candidates.len());
            candidates.swap(tried, other);
            let (feature, share) = (candidates[tried] as usize, self.random.random());
            if let Some(threshold) = self.threshold(feature, share, rows) {
                return Some((feature, threshold));
            }
        }
        None
    }

    /// What lies a share of the way from a feature's smallest value to its largest; `None` where these are the same. An
    /// infinite value stands beyond all others: it is what is split off.
    fn threshold(&self, feature: usize, share: f64, rows: &[u32]) -> Option<f32> {
        let values = rows.iter().map(|&row| self.sample.row(row as usize)[feature]);
        let (mut min, mut max) = (f32::INFINITY, f32::NEG_INFINITY);
        for value in values.clone() {
            min = smaller(min, value);
            max = larger(max, value);
        }
        let threshold = (f64::from(min) + share * (f64::from(max) - f64::from(min))) as f32;
        (min < max).then(|| match threshold {
            _ if min == f32::NEG_INFINITY => min,
            threshold if threshold < max => threshold,
            // It is infinite, or rounding has reached the largest value, which must stay above.
            _ => values.filter(|value| *value < max).fold(min, larger),
        })
    }

    /// Gives a leaf's path length to the node and to all below it.
    fn fill(&mut self, node: usize, depth: u32, path: f32) {
        self.forest.paths[self.nodes + node] = path;
        if depth < self.forest.depth {
            self.fill(2 * node, depth + 1, path);
            self.fill(2 * node + 1, depth + 1, path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::never_cancelled;

    const PARAMS: ForestParams = ForestParams { trees: 100, subsample: 256, seed: 7 };

    /// A cloud around the origin, and one row far from it.
    fn cloud(rows: usize) -> Matrix {
        let mut random = Pcg64Mcg::seed_from_u64(1);
        let mut matrix = Matrix::new(3);
        for _ in 0..rows {
            let mut normal = || (0..12).map(|_| random.random::<f32>()).sum::<f32>() - 6.0;
            matrix.push(&[normal(), normal(), normal()]);
        }
        matrix.push(&[9.0, 9.0, 9.0]);
        matrix
    }

    fn fit(rows: &Matrix, largest: &[Option<f32>]) -> IsolationForest {
        IsolationForest::fit(rows, PARAMS, [&[], largest], &mut never_cancelled).unwrap()
    }

    fn scores(forest: &IsolationForest, rows: &Matrix) -> Vec<f32> {
        let mut scores = Vec::new();
        forest.score(rows, &mut scores);
        scores
    }

    #[test]
    fn the_normaliser_is_the_papers() {
        assert!((normaliser(256) - 10.244_770_920_116_851).abs() < 1e-9);
        assert!((normaliser(2) - 1.0).abs() < 1e-12);
        assert!(normaliser(1).abs() < 1e-12);
    }

    #[test]
    fn a_row_far_from_all_others_scores_highest_and_its_feature_is_named() {
        let rows = cloud(2000);
        let forest = fit(&rows, &[]);
        let scores = scores(&forest, &rows);
        let best = (0..scores.len()).max_by(|&a, &b| scores[a].total_cmp(&scores[b])).unwrap();
        assert_eq!(best, 2000);
        assert!(scores[2000] > 0.65, "{}", scores[2000]);
        let mean = scores.iter().sum::<f32>() / scores.len() as f32;
        assert!((0.35..0.55).contains(&mean), "{mean}");
        let credits = forest.attribute(&[0.0, 9.0, 0.0]);
        assert!(credits[1] > credits[0].abs() * 3.0 && credits[1] > credits[2].abs() * 3.0, "{credits:?}");
    }

    #[test]
    fn infinite_values_stand_beyond_all_others_on_both_sides() {
        for infinite in [f32::INFINITY, f32::NEG_INFINITY] {
            let mut rows = cloud(1000);
            for row in 0..10 {
                rows.values[300 * row] = infinite;
            }
            let scores = scores(&fit(&rows, &[]), &rows);
            let above = |least: f32| scores[..1000].iter().filter(|score| **score > least).count();
            let least = (0..10).map(|row| scores[100 * row]).fold(f32::INFINITY, f32::min);
            assert!(above(least) < 20, "{infinite}: {} rows score above {least}", above(least));
        }
    }

    #[test]
    fn credits_sum_up_to_the_difference_in_path_length() {
        let rows = cloud(500);
        let forest = fit(&rows, &[]);
        let mean: f64 = (0..100).map(|tree| f64::from(forest.paths[tree * forest.nodes() + 1])).sum::<f64>() / 100.0;
        for row in [0, 17, 500] {
            let mut length = [0.0; TILE];
            forest.walk(rows.row(row), &mut length);
            let credit: f32 = forest.attribute(rows.row(row)).iter().sum();
            assert!((mean - length[0] / 100.0 - f64::from(credit)).abs() < 1e-3);
        }
    }

    #[test]
    fn a_row_scores_the_same_in_any_company() {
        let rows = cloud(300);
        let forest = fit(&rows, &[]);
        let together = scores(&forest, &rows);
        for row in [0, 63, 64, 299, 300] {
            let mut alone = Matrix::new(3);
            alone.push(rows.row(row));
            assert_eq!(scores(&forest, &alone), [together[row]]);
        }
    }

    #[test]
    fn degenerate_samples_score_alike() {
        let mut equal = Matrix::new(2);
        for _ in 0..50 {
            equal.push(&[1.0, f32::NAN]);
        }
        let forest = fit(&equal, &[]);
        assert!(scores(&forest, &equal).windows(2).all(|pair| pair[0].total_cmp(&pair[1]).is_eq()));
        let mut one = Matrix::new(2);
        one.push(&[1.0, 2.0]);
        assert_eq!(scores(&fit(&one, &[]), &one), [0.5]);
        let nothing = fit(&Matrix::new(0), &[]);
        assert!(scores(&nothing, &Matrix::new(0)).is_empty());
    }

    #[test]
    fn a_value_that_no_subsample_holds_is_found_all_the_same() {
        // One row in a hundred thousand is rare; the sample does not have it.
        let mut sample = Matrix::new(2);
        let mut random = Pcg64Mcg::seed_from_u64(1);
        for _ in 0..5000 {
            sample.push(&[1.0, random.random()]);
        }
        let mut rows = Matrix::new(2);
        rows.push(&[17.0, 0.5]);
        rows.push(&[1.0, 0.5]);
        let unaware = scores(&fit(&sample, &[]), &rows);
        assert!((unaware[0] - unaware[1]).abs() < 1e-6);
        let aware = scores(&fit(&sample, &[Some(17.0), None]), &rows);
        assert!(aware[0] > aware[1] + 0.2, "{aware:?}");
        rows.values[0] = -17.0;
        let forest = IsolationForest::fit(&sample, PARAMS, [&[Some(-17.0), None], &[]], &mut never_cancelled).unwrap();
        let aware = scores(&forest, &rows);
        assert!(aware[0] > aware[1] + 0.2, "{aware:?}");
    }

    #[test]
    fn missing_values_count_as_the_median() {
        let mut rows = cloud(200);
        rows.push(&[f32::NAN, f32::NAN, f32::NAN]);
        let forest = fit(&rows, &[]);
        let mut median = Matrix::new(3);
        median.push(&forest.medians.clone());
        let last = *scores(&forest, &rows).last().unwrap();
        assert_eq!(scores(&forest, &median), [last]);
    }
}
