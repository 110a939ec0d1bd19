//! The nearest rows of a reference: a k-d tree whose leaves are blocks of rows.
//!
//! Bentley, "Multidimensional binary search trees used for associative searching", CACM 1975. A node splits its rows in
//! halves at the median of the column in which they spread most; a search goes to the nearer half first and leaves out
//! what lies in a box that is farther than the k nearest found so far. In many columns nearly every leaf is looked at, and
//! the search costs what comparing with every row costs, in SIMD.

use serde::{Deserialize, Serialize};

use super::blocks::{Blocks, LANES};
use super::prepare::Scaler;
use super::sample::{choose, take};
use crate::common::extreme::{larger, smaller};
use crate::feature::Matrix;

/// More neighbours are never asked for.
pub const MOST_NEIGHBOURS: usize = 1 << 20;

/// A reference row and its distance from a point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Neighbour {
    /// Squared Euclidean distance.
    pub squared: f32,
    /// Place of the row in the reference's own order.
    pub row: u32,
}

/// A searchable reference of rows.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct Neighbours {
    blocks: Blocks,
    nodes: Vec<Node>,
    /// Smallest value of a node's rows in column c, at `node * columns + c`.
    least: Vec<f32>,
    /// Largest value.
    most: Vec<f32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
enum Node {
    /// One block.
    Leaf(u32),
    /// Two further nodes.
    Inner(u32, u32),
}

impl Neighbours {
    /// A reference of rows without missing values, and the order that it keeps them in: `order[place]` is the row.
    pub fn new(rows: &Matrix) -> (Self, Vec<u32>) {
        let mut order: Vec<u32> = (0..rows.rows() as u32).collect();
        let mut made = Self::default();
        // Ranges of `order` with the node that stands for them.
        let mut open = Vec::new();
        if !order.is_empty() {
            made.node(rows, &order);
            open.push((0, 0, order.len()));
        }
        while let Some((node, from, to)) = open.pop() {
            if to - from <= LANES {
                made.nodes[node] = Node::Leaf((from / LANES) as u32);
                continue;
            }
            let column = made.widest(node, rows.columns);
            // Whole blocks go left, so that every block but the last is full.
            let middle = from + ((to - from).div_ceil(LANES) / 2) * LANES;
            order[from..to].select_nth_unstable_by(middle - from, |&a, &b| {
                let [x, y] = [a, b].map(|row| rows.row(row as usize)[column]);
                x.total_cmp(&y).then(a.cmp(&b))
            });
            let left = made.node(rows, &order[from..middle]);
            let right = made.node(rows, &order[middle..to]);
            made.nodes[node] = Node::Inner(left as u32, right as u32);
            open.extend([(left, from, middle), (right, middle, to)]);
        }
        // Inside a block, rows keep their own order.
        order.chunks_mut(LANES).for_each(<[u32]>::sort_unstable);
        made.blocks = Blocks::new(rows, &order);
        (made, order)
    }

    /// A new node for some rows, with their box.
    fn node(&mut self, rows: &Matrix, order: &[u32]) -> usize {
        let from = self.least.len();
        self.least.resize(from + rows.columns, f32::INFINITY);
        self.most.resize(from + rows.columns, f32::NEG_INFINITY);
        for &row in order {
            let bounds = self.least[from..].iter_mut().zip(&mut self.most[from..]);
            for ((least, most), &value) in bounds.zip(rows.row(row as usize)) {
                (*least, *most) = (smaller(*least, value), larger(*most, value));
            }
        }
        self.nodes.push(Node::Leaf(0));
        self.nodes.len() - 1
    }

    fn widest(&self, node: usize, columns: usize) -> usize {
        let spread = |column: usize| self.most[node * columns + column] - self.least[node * columns + column];
        (0..columns).fold(0, |best, column| if spread(column) > spread(best) { column } else { best })
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.blocks.rows()
    }

    /// As [`super::Detector::is_sound`]. Children stand behind their node, so that every way down ends, and each has one parent,
    /// so that there are no more ways than nodes.
    pub fn is_sound(&self) -> bool {
        let children = self.nodes.iter().filter_map(|node| match *node {
            Node::Leaf(_) => None,
            Node::Inner(left, right) => Some([left, right]),
        });
        let mut children: Vec<u32> = children.flatten().collect();
        children.sort_unstable();
        let leads_on = |(index, node): (usize, &Node)| match *node {
            Node::Leaf(block) => (block as usize) < self.blocks.count(),
            Node::Inner(left, right) => {
                [left, right].iter().all(|&child| (index + 1..self.nodes.len()).contains(&(child as usize)))
            }
        };
        let bounds = Some(self.least.len()) == self.nodes.len().checked_mul(self.columns());
        self.blocks.is_sound()
            && bounds
            && self.most.len() == self.least.len()
            && self.nodes.iter().enumerate().all(leads_on)
            && children.windows(2).all(|pair| pair[0] < pair[1])
    }

    /// Number of columns.
    pub fn columns(&self) -> usize {
        self.blocks.columns
    }

    /// Value of the row at a place in a column.
    pub fn value(&self, row: u32, column: usize) -> f32 {
        self.blocks.value(row as usize, column)
    }

    /// Squared distance from a point to a node's box. Once it is beyond `enough`, the sum is cut short.
    fn to_box(&self, node: u32, point: &[f32], enough: f32) -> f32 {
        const WIDTH: usize = 8;
        let columns = self.columns();
        let from = node as usize * columns;
        let (least, most) = (&self.least[from..][..columns], &self.most[from..][..columns]);
        let outside = |least: f32, most: f32, value: f32| {
            let distance = larger(larger(least - value, value - most), 0.0);
            distance * distance
        };
        let (wide_least, rest_least) = least.as_chunks::<WIDTH>();
        let (wide_most, rest_most) = most.as_chunks::<WIDTH>();
        let (wide_point, rest_point) = point.as_chunks::<WIDTH>();
        let rest = rest_least.iter().zip(rest_most).zip(rest_point);
        let mut total: f32 = rest.map(|((&least, &most), &value)| outside(least, most, value)).sum();
        // A few chunks at a time are summed lane by lane, in SIMD.
        for ((least, most), point) in wide_least.chunks(8).zip(wide_most.chunks(8)).zip(wide_point.chunks(8)) {
            let mut sums = [0.0_f32; WIDTH];
            for ((least, most), point) in least.iter().zip(most).zip(point) {
                for (lane, sum) in sums.iter_mut().enumerate() {
                    *sum += outside(least[lane], most[lane], point[lane]);
                }
            }
            total += sums.iter().sum::<f32>();
            if total >= enough {
                break;
            }
        }
        total
    }

    /// The `k` nearest rows to a point, nearest first, without the point itself: one row at distance 0 is left out. (A row
    /// that was fitted thus finds its neighbours, and a new row that is equal to a fitted one is taken for it.)
    pub fn others(&self, point: &[f32], k: usize, found: &mut Vec<Neighbour>) {
        self.nearest(point, k + 1, found);
        if found.first().is_some_and(|nearest| nearest.squared <= 0.0) {
            found.remove(0);
        } else {
            found.truncate(k);
        }
    }

    /// The `k` nearest rows to a point, nearest first; fewer if there are not as many.
    pub fn nearest(&self, point: &[f32], k: usize, found: &mut Vec<Neighbour>) {
        found.clear();
        if self.nodes.is_empty() || k == 0 {
            return;
        }
        let mut worst = f32::INFINITY;
        let mut open = vec![(0_u32, 0.0_f32)];
        while let Some((node, distance)) = open.pop() {
            if distance >= worst {
                continue;
            }
            match self.nodes[node as usize] {
                Node::Inner(left, right) => {
                    let (to_left, to_right) = (self.to_box(left, point, worst), self.to_box(right, point, worst));
                    // The nearer one is on top.
                    if to_left <= to_right {
                        open.extend([(right, to_right), (left, to_left)]);
                    } else {
                        open.extend([(left, to_left), (right, to_right)]);
                    }
                }
                Node::Leaf(block) => {
                    let distances = self.blocks.squared_distances(block as usize, point);
                    // Most blocks hold no nearer row; this is seen without a branch by row.
                    if distances.iter().map(|&squared| u32::from(squared < worst)).sum::<u32>() == 0 {
                        continue;
                    }
                    for (lane, &squared) in distances.iter().enumerate() {
                        if squared < worst {
                            if found.len() == k {
                                found.pop();
                            }
                            let place = found.partition_point(|other| other.squared <= squared);
                            found.insert(place, Neighbour { squared, row: block * LANES as u32 + lane as u32 });
                            if found.len() == k {
                                worst = found[k - 1].squared;
                            }
                        }
                    }
                }
            }
        }
    }

    /// By column, the mean squared difference between a point and some rows: what makes up their distances.
    pub fn terms(&self, point: &[f32], rows: &[Neighbour]) -> Vec<f32> {
        let term = |column: usize| {
            let squares = rows.iter().map(|other| {
                let distance = f64::from(point[column]) - f64::from(self.value(other.row, column));
                distance * distance
            });
            (squares.sum::<f64>() / rows.len().max(1) as f64) as f32
        };
        (0..self.columns()).map(term).collect()
    }
}

/// A thinned, standardised sample in which rows look for their neighbours.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Space {
    scaler: Scaler,
    /// Its rows.
    pub reference: Neighbours,
}

impl Space {
    /// At most `most` rows of a sample, chosen by `seed`; also these rows, standardised, and the order that
    /// [`Neighbours::new`] gives.
    pub fn fit(sample: &Matrix, most: usize, seed: u64) -> (Self, Matrix, Vec<u32>) {
        let thinned = take(sample, &choose(sample.rows(), most.max(1), seed));
        let scaler = Scaler::fit(&thinned);
        let rows = scaler.matrix(&thinned);
        let (reference, order) = Neighbours::new(&rows);
        (Self { scaler, reference }, rows, order)
    }

    /// Number of features of a row.
    pub fn features(&self) -> usize {
        self.scaler.columns()
    }

    /// As [`super::Detector::is_sound`].
    pub fn is_sound(&self) -> bool {
        self.scaler.is_sound() && self.reference.is_sound() && self.reference.columns() == self.features()
    }

    /// About how many multiply-adds it takes to find a row's neighbours.
    pub fn work(&self) -> usize {
        self.reference.rows() * self.features()
    }

    /// Calls `each` with the `k` nearest other rows of each row of `values`, which are as they come.
    pub fn each(&self, values: &[f32], k: usize, each: &mut dyn FnMut(&[Neighbour])) {
        let mut scaled = vec![0.0; self.features()];
        let mut found = Vec::new();
        for row in values.chunks_exact(self.features().max(1)) {
            self.scaler.apply(row, &mut scaled);
            self.reference.others(&scaled, k, &mut found);
            each(&found);
        }
    }

    /// The squared differences of a row to its `k` nearest others, by feature.
    pub fn attribute(&self, row: &[f32], k: usize) -> Vec<f32> {
        let mut scaled = vec![0.0; self.features()];
        self.scaler.apply(row, &mut scaled);
        let mut found = Vec::new();
        self.reference.others(&scaled, k, &mut found);
        self.reference.terms(&scaled, &found)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn by_comparing(rows: &Matrix, point: &[f32], k: usize) -> Vec<f32> {
        let mut all: Vec<f32> = (0..rows.rows())
            .map(|row| rows.row(row).iter().zip(point).fold(0.0, |sum, (a, b)| sum + (b - a) * (b - a)))
            .collect();
        all.sort_unstable_by(f32::total_cmp);
        all.truncate(k);
        all
    }

    proptest! {
        #[test]
        fn the_nearest_are_those_that_comparing_with_all_finds(
            columns in 1_usize..6,
            values in prop::collection::vec(0_i8..40, 0..900),
            point in prop::collection::vec(-5_i8..45, 6),
            k in 1_usize..30,
        ) {
            let count = values.len() / columns * columns;
            let rows = Matrix { columns, values: values[..count].iter().map(|&value| f32::from(value)).collect() };
            let point: Vec<f32> = point[..columns].iter().map(|&value| f32::from(value)).collect();
            let (neighbours, order) = Neighbours::new(&rows);
            let mut found = Vec::new();
            neighbours.nearest(&point, k, &mut found);
            let distances: Vec<f32> = found.iter().map(|other| other.squared).collect();
            prop_assert_eq!(distances, by_comparing(&rows, &point, k));
            for other in &found {
                let row = rows.row(order[other.row as usize] as usize);
                let squared: f32 = row.iter().zip(&point).map(|(a, b)| (a - b) * (a - b)).sum();
                prop_assert!((squared - other.squared).abs() < 1e-3);
            }
        }
    }

    #[test]
    fn a_row_is_not_its_own_neighbour_but_its_twin_is() {
        let rows = Matrix { columns: 1, values: vec![1.0, 4.0, 4.0, 9.0] };
        let (neighbours, _) = Neighbours::new(&rows);
        let mut found = Vec::new();
        let mut distances = |point: f32| {
            neighbours.others(&[point], 2, &mut found);
            found.iter().map(|other| other.squared).collect::<Vec<_>>()
        };
        assert_eq!(distances(1.0), [9.0, 9.0]);
        assert_eq!(distances(4.0), [0.0, 9.0]);
        assert_eq!(distances(5.0), [1.0, 1.0]);
    }

    #[test]
    fn nothing_has_no_neighbours() {
        let (neighbours, _) = Neighbours::new(&Matrix::new(3));
        let mut found = Vec::new();
        neighbours.others(&[1.0, 2.0, 3.0], 5, &mut found);
        assert!(found.is_empty());
    }
}
