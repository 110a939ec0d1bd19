//! Rare kinds of rows that stand right beside each other are told once: what a runtime wrote in several lines as it died.

use std::collections::BTreeMap;

use super::evidence::{OddRow, Oddity};

/// Bytes from the begin of a row to that of the next one, at most.
const NEAR: u64 = 1024;
/// Nanoseconds between them, at most.
const SOON: u64 = 1_000_000_000;

/// For rare templates that stand beside another one: the template that stands for both.
#[inline(never)]
pub(super) fn traces(rows: &[OddRow]) -> BTreeMap<u32, u32> {
    let is_rare = |row: &&OddRow| row.key == 0 && matches!(row.oddity, Oddity::Template | Oddity::Unseen);
    let mut rare: Vec<&OddRow> = rows.iter().filter(is_rare).collect();
    rare.sort_by_key(|row| row.place);
    let mut counts: BTreeMap<u32, usize> = BTreeMap::new();
    let mut beside: BTreeMap<(u32, u32), usize> = BTreeMap::new();
    for row in &rare {
        *counts.entry(row.template).or_default() += 1;
    }
    for pair in rare.windows(2).filter(|pair| are_near(pair[0], pair[1])) {
        let (a, b) = (pair[0].template, pair[1].template);
        *beside.entry((a.min(b), a.max(b))).or_default() += 1;
    }
    // Of templates that hang together each knows a lower one, but the lowest.
    let mut lower: BTreeMap<u32, u32> = BTreeMap::new();
    for ((a, b), times) in beside {
        let count = |template| counts.get(&template).copied().unwrap_or(0);
        // Not if one is often without the other.
        if a == b || 2 * times < count(a).max(count(b)) {
            continue;
        }
        let (a, b) = (lowest(&mut lower, a), lowest(&mut lower, b));
        if a != b {
            lower.insert(a.max(b), a.min(b));
        }
    }
    let templates: Vec<u32> = lower.keys().copied().collect();
    templates.into_iter().map(|template| (template, lowest(&mut lower, template))).collect()
}

/// The lowest template that one hangs together with; what is on the way there knows it from now on.
fn lowest(lower: &mut BTreeMap<u32, u32>, template: u32) -> u32 {
    let mut lowest = template;
    while let Some(&next) = lower.get(&lowest) {
        lowest = next;
    }
    let mut at = template;
    while let Some(next) = lower.get_mut(&at).filter(|next| **next != lowest) {
        at = std::mem::replace(next, lowest);
    }
    lowest
}

/// Places hold the file in their highest bits, so that rows of two files are never near.
fn are_near(a: &OddRow, b: &OddRow) -> bool {
    let soon = match (a.time, b.time) {
        (Some(a), Some(b)) => a.abs_diff(b) <= SOON,
        (None, None) => true,
        _ => false,
    };
    b.place - a.place <= NEAR && soon
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(&(template, place, seconds): &(u32, u64, i64)) -> OddRow {
        OddRow {
            strength: 3.0,
            alone: 3.0,
            place,
            key: 0,
            template,
            instance: None,
            time: Some(seconds * 1_000_000_000),
            oddity: Oddity::Template,
        }
    }

    fn of(rows: &[(u32, u64, i64)]) -> Vec<(u32, u32)> {
        traces(&rows.iter().rev().map(row).collect::<Vec<_>>()).into_iter().collect()
    }

    #[test]
    fn lines_of_a_trace_stand_for_each_other() {
        // A frame's second line is seen twice.
        let panic = [(9, 100, 5), (4, 200, 5), (7, 300, 5), (2, 400, 5), (7, 500, 5)];
        assert_eq!(of(&panic), [(4, 2), (7, 2), (9, 2)]);
        let twice = [panic, panic.map(|(template, place, seconds)| (template, place + 90_000, seconds + 60))].concat();
        assert_eq!(of(&twice), [(4, 2), (7, 2), (9, 2)]);
    }

    #[test]
    fn others_do_not() {
        assert_eq!(of(&[(1, 100, 5), (2, 2000, 5)]), [], "far");
        assert_eq!(of(&[(1, 100, 5), (2, 200, 50)]), [], "late");
        assert_eq!(of(&[(1, 100, 5), (2, 200, 5), (1, 9000, 60), (1, 19_000, 90)]), [], "once of three times");
        assert_eq!(of(&[(1, 100, 5), (2, (1 << 48) + 150, 5)]), [], "another file");
    }
}
