//! Walking rows down perfect binary trees, many rows at a time.
//!
//! A tree of depth d is `2^d` places for inner nodes, level by level: place 1 is the root, the children of n are 2n and
//! 2n + 1, place 0 is not used. A row goes right where its value is above the node's threshold. With the usual depth of 8,
//! the upper four levels are compared for all rows of a tile at once (15 comparisons a row, in SIMD, beat four dependent
//! look-ups), and the lower four are walked by [`GROUP`] rows together, so that their look-ups overlap. There is no branch
//! on data, and arrays of a fixed size let the compiler leave out the checks of places.

/// Rows that are walked together; the result does not depend on it.
pub const TILE: usize = 64;
/// Rows whose look-ups overlap.
const GROUP: usize = 16;
/// Inner places of a tree of depth 8.
const PLACES: usize = 256;
/// Inner places of its upper four levels.
const UPPER: usize = 16;

/// Trees of one depth, one after the other.
#[derive(Clone, Copy, Debug)]
pub struct Trees<'a> {
    /// Depth of every tree.
    pub depth: u32,
    /// Which feature a node compares; `2^depth` a tree.
    pub features: &'a [u16],
    /// With what; `2^depth` a tree.
    pub thresholds: &'a [f32],
    /// What each leaf adds; the last `2^depth` of `2^(depth + 1)` places a tree.
    pub values: &'a [f32],
}

/// Adds to `sums` what each row's leaves are worth, tree by tree. `rows` has no missing values, and at most [`TILE`] rows of
/// `columns` values; every feature is below `columns`.
pub fn walk(trees: Trees<'_>, rows: &[f32], columns: usize, sums: &mut [f64; TILE]) {
    if 1 << trees.depth == PLACES {
        match columns {
            0..=4 => return walk_padded::<4>(trees, rows, columns, sums),
            5..=8 => return walk_padded::<8>(trees, rows, columns, sums),
            9..=16 => return walk_padded::<16>(trees, rows, columns, sums),
            17..=32 => return walk_padded::<32>(trees, rows, columns, sums),
            33..=64 => return walk_padded::<64>(trees, rows, columns, sums),
            _ => {}
        }
    }
    walk_any(trees, rows, columns, sums);
}

/// Trees of any depth, rows of any width.
#[inline(never)]
fn walk_any(trees: Trees<'_>, rows: &[f32], columns: usize, sums: &mut [f64; TILE]) {
    let places = 1_usize << trees.depth;
    let each = trees.features.chunks_exact(places).zip(trees.thresholds.chunks_exact(places));
    for ((features, thresholds), values) in each.zip(trees.values.chunks_exact(2 * places)) {
        for (row, sum) in rows.chunks_exact(columns.max(1)).zip(sums.iter_mut()) {
            let mut node = 1;
            for _ in 0..trees.depth {
                let above = row[features[node] as usize] > thresholds[node];
                node = 2 * node + usize::from(above);
            }
            *sum += f64::from(values[node]);
        }
    }
}

/// Trees of depth 8, rows of at most `S` (a power of two) values.
#[inline(never)]
fn walk_padded<const S: usize>(trees: Trees<'_>, rows: &[f32], columns: usize, sums: &mut [f64; TILE]) {
    let mut padded = [[0.0_f32; S]; TILE];
    let mut across = [[0.0_f32; TILE]; S];
    for (lane, row) in rows.chunks_exact(columns.max(1)).take(TILE).enumerate() {
        for (column, &value) in row.iter().enumerate() {
            padded[lane][column] = value;
            across[column][lane] = value;
        }
    }
    let (features, _) = trees.features.as_chunks::<PLACES>();
    let (thresholds, _) = trees.thresholds.as_chunks::<PLACES>();
    let (values, _) = trees.values.as_chunks::<{ 2 * PLACES }>();
    let (groups, _) = padded.as_chunks::<GROUP>();
    for ((features, thresholds), values) in features.iter().zip(thresholds).zip(values) {
        let upper = upper_levels(features, thresholds, &across);
        let (upper, _) = upper.as_chunks::<GROUP>();
        let (sums, _) = sums.as_chunks_mut::<GROUP>();
        for ((rows, upper), sums) in groups.iter().zip(upper).zip(sums) {
            let mut nodes = upper.map(|node| node as usize);
            for _ in 4..8 {
                for (node, row) in nodes.iter_mut().zip(rows) {
                    let at = *node & (PLACES - 1);
                    let above = row[features[at] as usize & (S - 1)] > thresholds[at];
                    *node = 2 * at + usize::from(above);
                }
            }
            for (sum, node) in sums.iter_mut().zip(nodes) {
                *sum += f64::from(values[node & (2 * PLACES - 1)]);
            }
        }
    }
}

/// The node of the fifth level that each row comes to.
fn upper_levels<const S: usize>(
    features: &[u16; PLACES],
    thresholds: &[f32; PLACES],
    across: &[[f32; TILE]; S],
) -> [u32; TILE] {
    let values: [&[f32; TILE]; UPPER] = std::array::from_fn(|node| &across[features[node] as usize & (S - 1)]);
    let limits: [f32; UPPER] = std::array::from_fn(|node| thresholds[node]);
    let mut nodes = [0; TILE];
    for (lane, node) in nodes.iter_mut().enumerate() {
        // All ones where the row goes right.
        let right = |node: usize| 0_u32.wrapping_sub(u32::from(values[node][lane] > limits[node]));
        let either = |mask: u32, left: u32, right: u32| (left & !mask) | (right & mask);
        let first = right(1);
        let second = either(first, right(2), right(3));
        let third = either(first, either(second, right(4), right(5)), either(second, right(6), right(7)));
        let fourth = either(
            first,
            either(second, either(third, right(8), right(9)), either(third, right(10), right(11))),
            either(second, either(third, right(12), right(13)), either(third, right(14), right(15))),
        );
        *node = UPPER as u32 + (first & 8) + (second & 4) + (third & 2) + (fourth & 1);
    }
    nodes
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_pcg::Pcg64Mcg;

    use super::*;

    #[test]
    fn every_way_to_walk_comes_to_the_same_leaves() {
        let mut random = Pcg64Mcg::seed_from_u64(1);
        for columns in [1, 3, 4, 5, 8, 13, 16, 20, 32, 33, 64, 65, 200] {
            let features: Vec<u16> = (0..3 * PLACES).map(|_| random.random_range(0..columns as u32) as u16).collect();
            let thresholds: Vec<f32> = (0..3 * PLACES).map(|_| f32::from(random.random_range(0..9_u8))).collect();
            let values: Vec<f32> = (0..6 * PLACES).map(|_| random.random()).collect();
            let trees = Trees { depth: 8, features: &features, thresholds: &thresholds, values: &values };
            for rows in [0, 1, 15, 16, 63, 64] {
                let rows: Vec<f32> = (0..rows * columns).map(|_| f32::from(random.random_range(0..10_u8))).collect();
                let (mut fast, mut plain) = ([0.5; TILE], [0.5; TILE]);
                walk(trees, &rows, columns, &mut fast);
                walk_any(trees, &rows, columns, &mut plain);
                let count = rows.len() / columns;
                assert_eq!(fast[..count].to_vec(), plain[..count].to_vec(), "{columns} columns");
            }
        }
    }
}
