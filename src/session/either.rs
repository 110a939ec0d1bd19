//! Steps that stand for each other: a session has one of them, and never two, as it ends well or badly.

/// Share of the sessions with a step that must have one of its alternatives for these to be missed.
const RULE: f64 = 0.97;
/// Least share of these sessions that has any single one.
const LEAST_SHARE: f64 = 0.02;
/// Least share of the sessions with both steps in which the alternative comes on the same side.
const SAME_SIDE: f64 = 0.9;
/// Most steps that are looked at beside one; the most frequent ones.
const MOST: usize = 32;

/// Steps of which a session has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Either {
    /// The most frequent one first.
    pub(super) steps: Vec<u32>,
    /// Sessions that have one of them beside the step that they belong to.
    pub(super) have: u64,
    /// Whether they come after that step.
    pub(super) after: bool,
}

/// The alternatives beside a step that `of` sessions have. `pair(a, b)`: sessions in which `a` comes before `b`, of `paired`
/// steps.
pub(super) fn alternatives(step: usize, of: u64, paired: usize, pair: &dyn Fn(usize, usize) -> u64) -> Vec<Either> {
    let mut found: Vec<Either> = Vec::new();
    for after in [true, false] {
        let with = |other: usize| {
            let (behind, before) = (pair(step, other), pair(other, step));
            let (same, both) = (if after { behind } else { before }, behind + before);
            let counts = both as f64 >= LEAST_SHARE * of as f64 && same as f64 >= SAME_SIDE * both as f64;
            (counts && (both as f64) < RULE * of as f64).then_some((both, other))
        };
        let mut beside: Vec<(u64, usize)> = (0..paired).filter(|&other| other != step).filter_map(with).collect();
        beside.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        beside.truncate(MOST);
        // The most frequent ones may be of no alternative: each is tried as its first.
        for &first in &beside {
            let mut chosen = vec![first];
            for &other in beside.iter().filter(|other| **other != first) {
                if chosen.iter().all(|one| pair(one.1, other.1) + pair(other.1, one.1) == 0) {
                    chosen.push(other);
                }
            }
            let have: u64 = chosen.iter().map(|one| one.0).sum();
            if chosen.len() < 2 || (have as f64) < RULE * of as f64 {
                continue;
            }
            chosen.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
            let steps: Vec<u32> = chosen.into_iter().map(|one| one.1 as u32).collect();
            let either = Either { steps, have, after };
            if !found.contains(&either) {
                found.push(either);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Alternatives beside step 0 of sessions, each with its steps in order.
    fn beside_first(sessions: &[(&[usize], u64)]) -> Vec<Either> {
        let pair = |a: usize, b: usize| {
            let in_order = |steps: &&(&[usize], u64)| {
                let at = |step| steps.0.iter().position(|&other| other == step);
                at(a).zip(at(b)).is_some_and(|(a, b)| a < b)
            };
            sessions.iter().filter(in_order).map(|(_, times)| times).sum()
        };
        let of = sessions.iter().filter(|(steps, _)| steps.contains(&0)).map(|(_, times)| times).sum();
        alternatives(0, of, 8, &pair)
    }

    #[test]
    fn each_session_ends_in_one_of_its_ways() {
        // 4 is there or not, and 1, 2 and 3 are ways to end; one session lacks its end.
        let sessions: [(&[usize], u64); 6] =
            [(&[0, 4, 1], 50), (&[0, 1], 20), (&[0, 4, 2], 20), (&[0, 2], 5), (&[0, 4, 3], 4), (&[0, 4], 1)];
        assert_eq!(beside_first(&sessions), [Either { steps: vec![1, 2, 3], have: 99, after: true }]);
    }

    #[test]
    fn what_comes_together_or_on_either_side_is_no_alternative() {
        assert!(beside_first(&[(&[0, 1], 50), (&[0, 2], 40), (&[0, 1, 2], 10)]).is_empty());
        assert!(beside_first(&[(&[0, 1], 30), (&[1, 0], 30), (&[0, 2], 40)]).is_empty());
        assert!(beside_first(&[(&[0, 1], 50), (&[0, 2], 30), (&[0], 20)]).is_empty(), "too many have neither");
        assert!(beside_first(&[(&[0, 1], 100)]).is_empty(), "one step is a rule of its own");
    }
}
