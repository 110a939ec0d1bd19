//! Two sessions side by side: what one has that the other has not.

/// One place of an alignment. Steps are positions in the two sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Both have it.
    Same(usize, usize),
    /// Only the first has it, and it is not the step before again.
    Added(usize),
    /// Only the first has it: the step before, again.
    Repeated(usize),
    /// Only the second has it.
    Missing(usize),
}

/// Longest sessions that are aligned step by step; of longer ones the rest is added or missing.
const LONGEST: usize = 1000;

/// Aligns the steps of a session with those of another, as few changes as possible (longest common subsequence).
/// Both are template ids in order.
pub fn align(session: &[u32], other: &[u32]) -> Vec<Change> {
    let (a, b) = (&session[..session.len().min(LONGEST)], &other[..other.len().min(LONGEST)]);
    let width = b.len() + 1;
    // common[i][j]: the most steps that a[i..] and b[j..] have in common.
    let mut common = vec![0_u16; (a.len() + 1) * width];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            common[i * width + j] = if a[i] == b[j] {
                common[(i + 1) * width + j + 1] + 1
            } else {
                common[(i + 1) * width + j].max(common[i * width + j + 1])
            };
        }
    }
    let mut changes = Vec::new();
    let extra = |i: usize| if i > 0 && session[i - 1] == session[i] { Change::Repeated(i) } else { Change::Added(i) };
    let (mut i, mut j) = (0, 0);
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && a[i] == b[j] {
            changes.push(Change::Same(i, j));
            (i, j) = (i + 1, j + 1);
        } else if j == b.len() || i < a.len() && common[(i + 1) * width + j] >= common[i * width + j + 1] {
            changes.push(extra(i));
            i += 1;
        } else {
            changes.push(Change::Missing(j));
            j += 1;
        }
    }
    changes.extend((a.len()..session.len()).map(extra));
    changes.extend((b.len()..other.len()).map(Change::Missing));
    changes
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn missing_added_and_repeated_steps_are_told_apart() {
        use Change::{Added, Missing, Repeated, Same};
        assert_eq!(align(&[1, 2, 4], &[1, 2, 3, 4]), [Same(0, 0), Same(1, 1), Missing(2), Same(2, 3)]);
        assert_eq!(align(&[1, 2, 2, 2, 3], &[1, 2, 3]), [Same(0, 0), Same(1, 1), Repeated(2), Repeated(3), Same(4, 2)]);
        assert_eq!(align(&[1, 9, 2], &[1, 2]), [Same(0, 0), Added(1), Same(2, 1)]);
        assert_eq!(align(&[], &[5]), [Missing(0)]);
    }

    proptest! {
        #[test]
        fn every_step_of_both_comes_once_and_in_order(a in prop::collection::vec(0..5_u32, 0..30), b in prop::collection::vec(0..5_u32, 0..30)) {
            let changes = align(&a, &b);
            let of_a: Vec<usize> = changes.iter().filter_map(|change| match *change {
                Change::Same(i, _) | Change::Added(i) | Change::Repeated(i) => Some(i),
                Change::Missing(_) => None,
            }).collect();
            let of_b: Vec<usize> = changes.iter().filter_map(|change| match *change {
                Change::Same(_, j) | Change::Missing(j) => Some(j),
                _ => None,
            }).collect();
            prop_assert_eq!(of_a, (0..a.len()).collect::<Vec<_>>());
            prop_assert_eq!(of_b, (0..b.len()).collect::<Vec<_>>());
            for change in changes {
                if let Change::Same(i, j) = change {
                    prop_assert_eq!(a[i], b[j]);
                }
            }
        }
    }
}
