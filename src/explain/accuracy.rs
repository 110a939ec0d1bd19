//! How well a labeller labels: against limits, a person's labels, or a column of the log; with intervals, because there are
//! often few.

use std::collections::BTreeMap;

use crate::finding::evaluate::Confusion;

/// Most groups that are told apart.
const GROUPS: usize = 200;

/// A row with a label and a truth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// What is counted apart, such as `pay · pay-2`.
    pub group: String,
    /// What the labeller says.
    pub called: bool,
    /// What is true.
    pub anomalous: bool,
}

/// Counts over all cases, and for each group in the order of names.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Accuracy {
    /// All.
    pub all: Confusion,
    /// By group.
    pub groups: Vec<(String, Confusion)>,
}

impl Accuracy {
    /// Counts.
    pub fn of(cases: &[Case]) -> Self {
        let mut groups: BTreeMap<&str, Vec<&Case>> = BTreeMap::new();
        for case in cases {
            groups.entry(&case.group).or_default().push(case);
        }
        let count = |cases: &[&Case]| {
            let called: Vec<bool> = cases.iter().map(|case| case.called).collect();
            let anomalous: Vec<bool> = cases.iter().map(|case| case.anomalous).collect();
            Confusion::of(&called, &anomalous)
        };
        let all: Vec<&Case> = cases.iter().collect();
        let groups = groups.into_iter().take(GROUPS).map(|(name, cases)| (name.to_owned(), count(&cases))).collect();
        Self { all: count(&all), groups }
    }
}

/// The interval in which a share lies with a confidence of 95 % (Wilson 1927), from `hits` out of `of`; `None` out of none.
pub fn wilson(hits: u64, of: u64) -> Option<(f64, f64)> {
    const Z: f64 = 1.959_963_984_540_054;
    if of == 0 {
        return None;
    }
    let (n, share) = (of as f64, hits as f64 / of as f64);
    let middle = share + Z * Z / (2.0 * n);
    let spread = Z * libm::sqrt(share * (1.0 - share) / n + Z * Z / (4.0 * n * n));
    let whole = 1.0 + Z * Z / n;
    Some((((middle - spread) / whole).max(0.0), ((middle + spread) / whole).min(1.0)))
}

/// Whether a cell of a label column says that its row is anomalous, as numbers above 0 do; `None` if it says neither.
pub fn flag(cell: &str) -> Option<bool> {
    match cell.trim().to_ascii_lowercase().as_str() {
        "true" | "yes" | "y" | "anomaly" | "anomalous" | "abnormal" | "attack" | "fail" | "failed" => Some(true),
        "-" | "false" | "no" | "n" | "normal" | "ordinary" | "benign" | "success" | "ok" => Some(false),
        other => other.parse::<f64>().ok().filter(|number| !number.is_nan()).map(|number| number > 0.0),
    }
}

/// Whether a cell can be nothing but what [`flag`] reads: a word for it, 0 or 1.
pub fn is_flag(cell: &str) -> bool {
    let number = cell.trim().parse::<f64>().ok();
    flag(cell).is_some() && number.is_none_or(|number| number.to_bits() == 0 || number.to_bits() == 1_f64.to_bits())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases_are_counted_in_all_and_by_group() {
        let case = |group: &str, called, anomalous| Case { group: group.into(), called, anomalous };
        let cases = [case("b", true, true), case("a", true, false), case("b", false, true), case("a", false, false)];
        let accuracy = Accuracy::of(&cases);
        assert_eq!((accuracy.all.f1(), accuracy.all.true_negatives), (0.5, 1));
        let names: Vec<&str> = accuracy.groups.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!((names, accuracy.groups[1].1.recall()), (vec!["a", "b"], 0.5));
    }

    #[test]
    fn intervals_are_wilsons() {
        // From R: binom::binom.confint(8, 10, methods = "wilson").
        let (low, high) = wilson(8, 10).unwrap();
        assert!((low - 0.490_162_5).abs() < 1e-6 && (high - 0.943_317_8).abs() < 1e-6, "{low} {high}");
        assert!(wilson(0, 0).is_none() && wilson(0, 5).unwrap().0 < 1e-9 && wilson(5, 5).unwrap().1 > 1.0 - 1e-9);
    }

    #[test]
    fn label_columns_say_yes_and_no_in_many_ways() {
        assert_eq!(
            ["1", " Anomaly", "normal", "0", "-", "maybe", ""].map(flag).map(|flag| flag.map(u8::from)),
            [Some(1), Some(1), Some(0), Some(0), Some(0), None, None]
        );
    }
}
