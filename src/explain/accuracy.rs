//! How well a labeller labels: against limits, a person's labels, or a column of the log; with intervals, because there are
//! often few.

use std::collections::BTreeMap;

use super::label::Limit;
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

/// The limit of a service and an instance, in milliseconds: of those that fit, the one that names most.
pub fn limit(limits: &[Limit], service: &str, instance: &str) -> Option<f64> {
    let fits = |limit: &&Limit| {
        (limit.service.is_empty() || limit.service == service)
            && (limit.instance.is_empty() || limit.instance == instance)
    };
    let named = |limit: &&Limit| (!limit.service.is_empty(), !limit.instance.is_empty());
    limits.iter().filter(fits).max_by_key(named).map(|limit| limit.milliseconds)
}

/// Limits from durations that are mostly ordinary, per service and instance: the median and six times the median deviation
/// from it, at least twice the median. Pairs with fewer than ten durations get none.
pub fn limits_of(durations: &[(String, String, f64)]) -> Vec<Limit> {
    let mut pairs: BTreeMap<(&str, &str), Vec<f64>> = BTreeMap::new();
    for (service, instance, milliseconds) in durations.iter().filter(|(_, _, milliseconds)| milliseconds.is_finite()) {
        pairs.entry((service, instance)).or_default().push(*milliseconds);
    }
    let limit = |((service, instance), mut values): ((&str, &str), Vec<f64>)| {
        if values.len() < 10 {
            return None;
        }
        let middle = median(&mut values);
        let mut deviations: Vec<f64> = values.iter().map(|value| (value - middle).abs()).collect();
        let milliseconds = (middle + 6.0 * median(&mut deviations)).max(2.0 * middle);
        let milliseconds = libm::ceil(milliseconds);
        Some(Limit { service: service.to_owned(), instance: instance.to_owned(), milliseconds })
    };
    pairs.into_iter().take(GROUPS).filter_map(limit).collect()
}

/// The middle one of some numbers, the upper of two.
fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// Limits as JSON that a person can edit.
pub fn limits_json(limits: &[Limit]) -> String {
    let line = |limit: &Limit| {
        serde_json::json!({ "service": limit.service, "instance": limit.instance, "ms": limit.milliseconds })
            .to_string()
    };
    let lines: Vec<String> = limits.iter().map(line).collect();
    format!("[{}]", lines.join(",\n "))
}

/// Reads limits from JSON; the error is a sentence.
pub fn read_limits(text: &str) -> Result<Vec<Limit>, String> {
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    let values: Vec<serde_json::Value> =
        serde_json::from_str(text).map_err(|error| format!("no list of limits in JSON: {error}"))?;
    let limit = |value: &serde_json::Value| {
        let text = |name: &str| value.get(name).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
        let milliseconds = value.get("ms").and_then(serde_json::Value::as_f64).filter(|ms| *ms >= 0.0);
        milliseconds
            .map(|milliseconds| Limit { service: text("service"), instance: text("instance"), milliseconds })
            .ok_or_else(|| format!("{value} has no \"ms\""))
    };
    values.iter().map(limit).collect()
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
    fn limits_come_from_what_is_ordinary_and_can_be_edited() {
        let mut durations: Vec<_> =
            (0..20).map(|n| ("pay".to_owned(), "p1".to_owned(), f64::from(100 + n % 5))).collect();
        durations.push(("pay".into(), "p1".into(), 90_000.0));
        durations.push(("web".into(), String::new(), 1.0));
        let limits = limits_of(&durations);
        assert_eq!(limits, [Limit { service: "pay".into(), instance: "p1".into(), milliseconds: 204.0 }]);
        assert_eq!(read_limits(&limits_json(&limits)).unwrap(), limits);
        assert_eq!(read_limits(" "), Ok(Vec::new()));
        assert!(read_limits("{}").is_err() && read_limits("[{\"service\":\"a\"}]").is_err());
        let mut limits = limits;
        limits.push(Limit { service: String::new(), instance: String::new(), milliseconds: 5.0 });
        assert_eq!([limit(&limits, "pay", "p1"), limit(&limits, "web", "")], [Some(204.0), Some(5.0)]);
    }

    #[test]
    fn label_columns_say_yes_and_no_in_many_ways() {
        assert_eq!(
            ["1", " Anomaly", "normal", "0", "-", "maybe", ""].map(flag).map(|flag| flag.map(u8::from)),
            [Some(1), Some(1), Some(0), Some(0), Some(0), None, None]
        );
    }
}
