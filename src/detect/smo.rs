//! The one-class problem by sequential minimal optimisation: min ½ αᵀKα with 0 ≤ α ≤ 1 and Σα = ν·n.
//!
//! Fan, Chen and Lin, "Working set selection using second order information for training support vector machines", JMLR
//! 2005, which is what LIBSVM (and so scikit-learn) does: two rows at a time exchange some of their α, the pair that
//! violates the optimum most, until no pair violates it by more than a tolerance.

use super::progress::{Cancelled, Progress, tell};

/// Of LIBSVM: the optimum may be violated by this much in the gradient.
const TOLERANCE: f64 = 1e-3;
/// Values of kernel columns that are kept: 64 MiB.
const CACHE: usize = 16 << 20;
/// Row visits (steps × rows) after which the best solution so far is taken: some seconds. Hardly ever reached.
const MOST_VISITS: u64 = 6_000_000_000;

/// What the solver found.
#[derive(Clone, Debug, PartialEq)]
pub struct Solution {
    /// Weight of each row, 0..=1.
    pub alphas: Vec<f64>,
    /// Kα: the weighted sum of kernels at each row.
    pub densities: Vec<f64>,
    /// The sum at the boundary: rows below it are outside.
    pub rho: f64,
}

/// Columns of the kernel matrix, the last ones used kept.
struct Columns<'a> {
    kernel: &'a dyn Fn(usize, &mut Vec<f32>),
    slots: Vec<(usize, Vec<f32>)>,
    slot_of: Vec<u32>,
    next: usize,
    most: usize,
}

const NO_SLOT: u32 = u32::MAX;

impl Columns<'_> {
    /// The slot that holds a column.
    fn load(&mut self, row: usize, keep: Option<usize>) -> usize {
        if self.slot_of[row] != NO_SLOT {
            return self.slot_of[row] as usize;
        }
        let slot = if self.slots.len() < self.most {
            self.slots.push((row, Vec::new()));
            self.slots.len() - 1
        } else {
            if keep == Some(self.next) {
                self.next = (self.next + 1) % self.most;
            }
            let slot = self.next;
            self.next = (self.next + 1) % self.most;
            self.slot_of[self.slots[slot].0] = NO_SLOT;
            slot
        };
        self.slots[slot].0 = row;
        (self.kernel)(row, &mut self.slots[slot].1);
        self.slot_of[row] = slot as u32;
        slot
    }
}

/// Solves for `rows` rows with Σα = `total`. `kernel` writes the kernels of one row with all rows, 1 with itself. `order`
/// lists the rows; the first ones start with α = 1, which is quick when they are those that will end there. The solution
/// does not depend on it, up to the tolerance.
pub fn solve(
    rows: usize,
    total: f64,
    order: &[u32],
    kernel: &dyn Fn(usize, &mut Vec<f32>),
    progress: &mut Progress<'_>,
) -> Result<Solution, Cancelled> {
    let mut alphas = vec![0.0_f64; rows];
    let mut gradient = vec![0.0_f64; rows];
    let most = (CACHE / rows.max(1)).clamp(2, rows.max(2));
    let mut columns = Columns { kernel, slots: Vec::new(), slot_of: vec![NO_SLOT; rows], next: 0, most };
    let mut rest = total;
    let pause = (2_000_000 / rows.max(1)).max(1);
    for (place, &row) in order.iter().enumerate() {
        if rest <= 0.0 {
            break;
        }
        let alpha = rest.min(1.0);
        alphas[row as usize] = alpha;
        rest -= alpha;
        let slot = columns.load(row as usize, None);
        for (sum, &value) in gradient.iter_mut().zip(&columns.slots[slot].1) {
            *sum += alpha * f64::from(value);
        }
        if place.is_multiple_of(pause) {
            tell(progress, place, (2.0 * total) as usize)?;
        }
    }
    let steps = MOST_VISITS / rows.max(1) as u64;
    for step in 0..steps.min(u64::from(u32::MAX / 4)) as usize {
        if step.is_multiple_of(pause) {
            // Nobody knows how many steps it takes; twice the rows is usual.
            tell(progress, rows + step, 2 * rows + step)?;
        }
        // The row that gains most from more weight, and the one that then gains most from less.
        let mut up = None;
        let mut least = f64::INFINITY;
        for (row, (&alpha, &slope)) in alphas.iter().zip(&gradient).enumerate() {
            if alpha < 1.0 && slope <= least {
                (up, least) = (Some(row), slope);
            }
        }
        let Some(up) = up else { break };
        let up_slot = columns.load(up, None);
        let column = &columns.slots[up_slot].1;
        let (mut down, mut best, mut most_slope) = (None, 0.0, f64::NEG_INFINITY);
        for (row, ((&alpha, &slope), &kernel)) in alphas.iter().zip(&gradient).zip(column).enumerate() {
            if alpha > 0.0 {
                most_slope = most_slope.max(slope);
                let difference = slope - least;
                if difference > 0.0 {
                    let gain = difference * difference / curvature(kernel);
                    if gain >= best {
                        (down, best) = (Some(row), gain);
                    }
                }
            }
        }
        let Some(down) = down.filter(|_| most_slope - least >= TOLERANCE) else { break };
        let down_slot = columns.load(down, Some(up_slot));
        let (to_up, to_down) = (&columns.slots[up_slot].1, &columns.slots[down_slot].1);
        let wanted = (gradient[down] - gradient[up]) / curvature(to_up[down]);
        let moved = wanted.min(1.0 - alphas[up]).min(alphas[down]);
        if moved <= 0.0 {
            break;
        }
        // Exactly at a bound, so that rounding leaves no row in between.
        alphas[up] = if moved >= 1.0 - alphas[up] { 1.0 } else { alphas[up] + moved };
        alphas[down] = if moved >= alphas[down] { 0.0 } else { alphas[down] - moved };
        for ((sum, &more), &less) in gradient.iter_mut().zip(to_up).zip(to_down) {
            *sum += moved * (f64::from(more) - f64::from(less));
        }
    }
    let rho = boundary(&alphas, &gradient);
    Ok(Solution { alphas, densities: gradient, rho })
}

/// Second derivative of the objective along an exchange between two rows of this kernel.
fn curvature(kernel: f32) -> f64 {
    (2.0 - 2.0 * f64::from(kernel)).max(1e-12)
}

/// The gradient where α is free; between the two bounds where none is.
fn boundary(alphas: &[f64], gradient: &[f64]) -> f64 {
    let (mut sum, mut free) = (0.0, 0_u32);
    let (mut low, mut high) = (f64::NEG_INFINITY, f64::INFINITY);
    for (&alpha, &slope) in alphas.iter().zip(gradient) {
        if alpha >= 1.0 {
            low = low.max(slope);
        } else if alpha <= 0.0 {
            high = high.min(slope);
        } else {
            sum += slope;
            free += 1;
        }
    }
    match (free, low.is_finite(), high.is_finite()) {
        (0, true, true) => f64::midpoint(low, high),
        (0, true, false) => low,
        (0, false, true) => high,
        (0, false, false) => 0.0,
        _ => sum / f64::from(free),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::detect::never_cancelled;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        /// The conditions of Karush, Kuhn and Tucker: what makes a solution of a convex problem the solution.
        #[test]
        fn the_solution_is_optimal(points in prop::collection::vec(0.0_f32..4.0, 1..60), nu in 0.05_f64..0.95) {
            let kernel = |row: usize, column: &mut Vec<f32>| {
                column.clear();
                column.extend(points.iter().map(|point| libm::expf(-(point - points[row]) * (point - points[row]))));
            };
            let total = nu * points.len() as f64;
            let order: Vec<u32> = (0..points.len() as u32).collect();
            let solution = solve(points.len(), total, &order, &kernel, &mut never_cancelled).unwrap();
            prop_assert!((solution.alphas.iter().sum::<f64>() - total).abs() < 1e-9);
            let mut column = Vec::new();
            for (row, &alpha) in solution.alphas.iter().enumerate() {
                kernel(row, &mut column);
                let density: f64 = column.iter().zip(&solution.alphas).map(|(&kernel, alpha)| f64::from(kernel) * alpha).sum();
                prop_assert!((density - solution.densities[row]).abs() < 1e-6);
                prop_assert!((0.0..=1.0).contains(&alpha));
                prop_assert!(alpha <= 0.0 || density <= solution.rho + 2.0 * TOLERANCE, "weight inside");
                prop_assert!(alpha >= 1.0 || density >= solution.rho - 2.0 * TOLERANCE, "no weight outside");
            }
        }
    }
}
