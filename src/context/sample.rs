//! What is shown of a list that is too long to be shown whole: its ends, what matters, and the neighbourhood of a place.
//!
//! What is left out is always counted, in its place.

use serde::{Deserialize, Serialize};

/// A part of a list as it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Part {
    /// This entry.
    Shown(usize),
    /// A stretch of entries that are left out.
    LeftOut {
        /// The first of them.
        from: usize,
        /// How many; at least two.
        count: usize,
    },
}

/// What is wanted of a sample.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Wanted {
    /// Most entries, besides those that were opened.
    pub most: u32,
    /// Stretches that a person opened: the first entry of each, and how many.
    pub opened: Vec<(u32, u32)>,
}

impl Wanted {
    /// At most so many.
    pub fn most(most: u32) -> Self {
        Self { most, opened: Vec::new() }
    }
}

/// Chooses from a list of `length` entries: an eighth of what is wanted from either end, as many on either side of `at`,
/// then those of which `matters` says so (the first and the last where there are too many), then more from either end.
/// Shorter lists are shown whole.
pub fn sample(length: usize, at: Option<usize>, matters: impl Fn(usize) -> bool, wanted: &Wanted) -> Vec<Part> {
    let most = wanted.most as usize;
    let mut shown = vec![length <= most; length];
    if length > most {
        let some = (most / 8).max(1);
        let around = at.filter(|&at| at < length).map(|at| at.saturating_sub(some)..(at + some + 1).min(length));
        for place in (0..some).chain(length - some..length).chain(around.unwrap_or_default()) {
            shown[place] = true;
        }
        let left = |shown: &[bool]| most.saturating_sub(shown.iter().filter(|shown| **shown).count());
        let ends = |shown: &mut [bool], places: &[usize]| {
            let chosen = left(shown).min(places.len());
            let (first, last) = (chosen.div_ceil(2), chosen / 2);
            for &place in places[..first].iter().chain(&places[places.len() - last..]) {
                shown[place] = true;
            }
        };
        let more: Vec<usize> = (0..length).filter(|&place| !shown[place] && matters(place)).collect();
        ends(&mut shown, &more);
        let rest: Vec<usize> = (0..length).filter(|&place| !shown[place]).collect();
        ends(&mut shown, &rest);
        for &(from, count) in &wanted.opened {
            let from = (from as usize).min(length);
            shown[from..from.saturating_add(count as usize).min(length)].fill(true);
        }
    }
    let mut parts = Vec::new();
    let mut place = 0;
    for alike in shown.chunk_by(|a, b| a == b) {
        // A single entry takes no more room than to say that it was left out.
        if alike[0] || alike.len() == 1 {
            parts.extend((place..place + alike.len()).map(Part::Shown));
        } else {
            parts.push(Part::LeftOut { from: place, count: alike.len() });
        }
        place += alike.len();
    }
    parts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_long_list_keeps_its_ends_its_errors_and_the_neighbourhood() {
        let parts = sample(10_000, Some(5000), |place| place == 777, &Wanted::most(16));
        let mut expected: Vec<Part> = (0..5).map(Part::Shown).collect();
        expected.extend([
            Part::LeftOut { from: 5, count: 772 },
            Part::Shown(777),
            Part::LeftOut { from: 778, count: 4220 },
        ]);
        expected.extend((4998..5003).map(Part::Shown));
        expected.push(Part::LeftOut { from: 5003, count: 4992 });
        expected.extend((9995..10_000).map(Part::Shown));
        assert_eq!(parts, expected);
    }

    #[test]
    fn what_was_opened_is_shown_besides() {
        let wanted = Wanted { most: 8, opened: vec![(10, 5), (90, 50)] };
        let parts = sample(100, None, |_| false, &wanted);
        let shown: Vec<usize> =
            parts.iter().filter_map(|part| if let Part::Shown(at) = part { Some(*at) } else { None }).collect();
        assert_eq!(shown, [0, 1, 2, 3, 10, 11, 12, 13, 14, 90, 91, 92, 93, 94, 95, 96, 97, 98, 99]);
    }

    proptest! {
        #[test]
        fn every_entry_is_shown_or_counted_once(
            length in 0..400_usize, at in prop::option::of(0..500_usize), every in 1..9_usize, most in 0..50_u32,
        ) {
            let parts = sample(length, at, |place| place % every == 0, &Wanted::most(most));
            let mut next = 0;
            for part in &parts {
                next = match *part {
                    Part::Shown(place) => { prop_assert_eq!(place, next); place + 1 }
                    Part::LeftOut { from, count } => { prop_assert_eq!(from, next); prop_assert!(count > 1); from + count }
                };
            }
            prop_assert_eq!(next, length);
            if let Some(at) = at.filter(|&at| at < length) {
                prop_assert!(parts.contains(&Part::Shown(at)));
            }
        }
    }
}
