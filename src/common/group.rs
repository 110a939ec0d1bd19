//! Sorting by few numbers.

/// Items of one group after those of another, each group in the items' order; and where each ends. `groups` are the items',
/// below `count`.
pub fn grouped<T: Copy + Default>(items: &[T], groups: &[u32], count: usize) -> (Vec<T>, Vec<u32>) {
    let mut places = vec![0_u32; count];
    for &group in groups {
        places[group as usize] += 1;
    }
    let mut before = 0;
    for place in &mut places {
        before += std::mem::replace(place, before);
    }
    let mut sorted = vec![T::default(); items.len()];
    for (&item, &group) in items.iter().zip(groups) {
        let place = &mut places[group as usize];
        sorted[*place as usize] = item;
        *place += 1;
    }
    // Each place moved on to the end of its group.
    (sorted, places)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_keep_the_order_of_items() {
        assert_eq!(
            grouped(&['a', 'b', 'c', 'd', 'e'], &[2, 0, 2, 3, 0], 4),
            (vec!['b', 'e', 'a', 'c', 'd'], vec![2, 2, 4, 5])
        );
        assert_eq!(grouped::<u8>(&[], &[], 2), (vec![], vec![0, 0]));
    }
}
