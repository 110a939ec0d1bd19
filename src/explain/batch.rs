//! Labels of many rows: windows of them, what is still open, and what was asked again. Each row gets one label.

use std::collections::BTreeMap;

use super::label::{self, Label};

/// What has become of the rows.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    windows: Vec<Window>,
    /// Rows with a label.
    labels: BTreeMap<u64, Label>,
    /// Rows that have none and will get none, and why.
    failed: BTreeMap<u64, String>,
    /// Labels of rows that were not asked about.
    invented: u64,
}

#[derive(Clone, Debug)]
struct Window {
    rows: Vec<u64>,
    /// Whether these were asked about before.
    again: bool,
}

impl Batch {
    /// Windows of `size` rows, in the order given.
    pub fn new(rows: &[u64], size: usize) -> Self {
        let windows = rows.chunks(size.max(1)).map(|rows| Window { rows: rows.to_vec(), again: false }).collect();
        Self { windows, ..Self::default() }
    }

    /// How many windows there are so far.
    pub fn windows(&self) -> usize {
        self.windows.len()
    }

    /// The rows of a window.
    pub fn rows(&self, window: usize) -> &[u64] {
        self.windows.get(window).map_or(&[], |window| &window.rows)
    }

    /// Takes in the answer about a window. Rows that it leaves out, or labels in two ways, are asked about again once, in
    /// halves if the answer was too long (`cut`): gives the numbers of these new windows.
    pub fn hear(&mut self, window: usize, answer: &str, cut: bool) -> Vec<usize> {
        let Some(Window { rows, again }) = self.windows.get(window).cloned() else { return Vec::new() };
        let heard = label::read(answer, &rows);
        self.invented += heard.invented.len() as u64;
        let open = heard.again();
        for (row, label) in heard.labels {
            self.failed.remove(&row);
            self.labels.entry(row).or_insert(label);
        }
        if open.is_empty() {
            return Vec::new();
        }
        if again {
            for row in open {
                self.failed.insert(row, "the model left it out twice, or contradicted itself".to_owned());
            }
            return Vec::new();
        }
        let size = if cut { open.len().div_ceil(2) } else { open.len() };
        let first = self.windows.len();
        self.windows.extend(open.chunks(size).map(|rows| Window { rows: rows.to_vec(), again: true }));
        (first..self.windows.len()).collect()
    }

    /// A window will not be answered.
    pub fn give_up(&mut self, window: usize, why: &str) {
        for row in self.windows.get(window).into_iter().flat_map(|window| &window.rows) {
            if !self.labels.contains_key(row) {
                self.failed.insert(*row, why.to_owned());
            }
        }
    }

    /// Rows with a label.
    pub fn labels(&self) -> &BTreeMap<u64, Label> {
        &self.labels
    }

    /// Rows without a label, and why.
    pub fn failed(&self) -> &BTreeMap<u64, String> {
        &self.failed
    }

    /// How many labels were of rows that were not asked about.
    pub fn invented(&self) -> u64 {
        self.invented
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn says(rows: &[u64]) -> String {
        let labels: Vec<String> =
            rows.iter().map(|row| format!(r#"{{"row":{row},"anomaly":{},"reason":"r"}}"#, row % 2)).collect();
        format!(r#"{{"labels":[{}]}}"#, labels.join(","))
    }

    #[test]
    fn what_is_left_out_is_asked_again_once() {
        let mut batch = Batch::new(&[1, 2, 3, 4, 5], 4);
        assert_eq!((batch.windows(), batch.rows(1)), (2, &[5][..]));
        assert_eq!(batch.hear(0, &says(&[2, 9]), true), [2, 3]);
        assert_eq!((batch.rows(2), batch.rows(3), batch.invented()), (&[1, 3][..], &[4][..], 1));
        assert_eq!(batch.hear(2, &says(&[1, 3]), false), [0; 0]);
        assert_eq!(batch.hear(3, "sorry", false), [0; 0]);
        batch.give_up(1, "no");
        assert_eq!(batch.labels().keys().copied().collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(batch.failed().keys().copied().collect::<Vec<_>>(), [4, 5]);
    }

    proptest! {
        #[test]
        fn each_row_ends_in_one_place(
            count in 0_u64..60, size in 0_usize..12, answers in prop::collection::vec((any::<u64>(), any::<bool>()), 1..8),
        ) {
            let rows: Vec<u64> = (0..count).map(|row| row * 7).collect();
            let mut batch = Batch::new(&rows, size);
            let mut answers = answers.into_iter().cycle();
            let mut window = 0;
            while window < batch.windows() {
                let (mask, cut) = answers.next().unwrap();
                let said: Vec<u64> =
                    batch.rows(window).iter().copied().filter(|row| mask >> (row % 64) & 1 == 1).collect();
                batch.hear(window, &says(&said), cut);
                window += 1;
            }
            prop_assert!(batch.windows() <= 3 * rows.len());
            let mut ended: Vec<u64> = batch.labels().keys().chain(batch.failed().keys()).copied().collect();
            ended.sort_unstable();
            prop_assert_eq!(ended, rows);
        }
    }
}
