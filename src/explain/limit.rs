//! From which duration on a row is slow: what a person says of an instance of a service, or what is ordinary for it.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::baseline::table::LEAST_DURATIONS;
use crate::baseline::{LogSketch, Pairs};

/// Most limits that are taken from the log.
const MOST: usize = 200;
/// A duration is slow from so many robust standard deviations of the logarithms above the median, as outliers are in
/// Iglewicz and Hoaglin, How to Detect and Handle Outliers, 1993 …
const SLOW: f64 = 3.5;
/// … and not below so many times the median, however regular the rest is.
const LEAST_TIMES: f64 = 2.0;
/// No limit is shorter, in milliseconds: where all durations are 0, the clock tells none.
const SHORTEST: f64 = 0.001;

/// What counts as slow for one instance of one service.
#[derive(Clone, Debug, PartialEq)]
pub struct Limit {
    /// The service; empty for all.
    pub service: String,
    /// The instance; empty for all.
    pub instance: String,
    /// Durations above it are anomalous, in milliseconds.
    pub milliseconds: f64,
}

impl Limit {
    /// Whether it holds for a service and an instance. What it does not name may be any, and so may what is not known
    /// (`None`).
    pub fn fits(&self, service: Option<&str>, instance: Option<&str>) -> bool {
        let fits = |named: &str, name: Option<&str>| named.is_empty() || name.is_none_or(|name| name == named);
        fits(&self.service, service) && fits(&self.instance, instance)
    }
}

/// Limits that were taken from the durations of a log.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Taken {
    /// In the order of names.
    pub limits: Vec<Limit>,
    /// Pairs of a service and an instance with durations, but too few to say what is ordinary.
    pub too_few: usize,
    /// Pairs beyond the two hundred with the most durations.
    pub left_out: usize,
}

/// What is slow for each instance of each service, from the robust baseline of all its durations. An instance with fewer than
/// [`LEAST_DURATIONS`], and rows that name none, get the limit of their service, where that has as many; rows of no service
/// that of all.
pub fn taken(pairs: &Pairs) -> Taken {
    let mut taken = Taken::default();
    let mut found: Vec<(u64, Limit)> = Vec::new();
    let mut all = LogSketch::default();
    // The durations of a service, and whether some of its rows need a limit that holds for it as a whole.
    let mut services: BTreeMap<&str, (LogSketch, bool)> = BTreeMap::new();
    let of = |service: &str, instance: &str, durations: &LogSketch| {
        let expected = durations.expected(LEAST_DURATIONS)?;
        let slow = libm::exp(expected.median + (SLOW * expected.spread).max(libm::log(LEAST_TIMES)));
        let milliseconds = rounded(slow.max(SHORTEST));
        Some((durations.count(), Limit { service: service.to_owned(), instance: instance.to_owned(), milliseconds }))
    };
    for (service, instance, durations) in pairs.iter() {
        all.merge(durations);
        let (whole, needed) = services.entry(service).or_default();
        whole.merge(durations);
        match of(service, instance, durations) {
            Some(limit) if !instance.is_empty() => found.push(limit),
            limit => {
                taken.too_few += usize::from(limit.is_none());
                *needed = true;
            }
        }
    }
    for (service, (whole, _)) in services.iter().filter(|(_, (_, needed))| *needed) {
        found.extend(of(service, "", if service.is_empty() { &all } else { whole }));
    }
    found.sort_by_key(|(durations, _)| Reverse(*durations));
    taken.left_out = found.len().saturating_sub(MOST);
    found.truncate(MOST);
    taken.limits = found.into_iter().map(|(_, limit)| limit).collect();
    taken.limits.sort_by(|a, b| (&a.service, &a.instance).cmp(&(&b.service, &b.instance)));
    taken
}

/// Two digits and a bit: a limit is to be read and said. Never less than it was.
fn rounded(milliseconds: f64) -> f64 {
    let step = libm::pow(10.0, libm::floor(libm::log10(milliseconds.max(1e-3))) - 1.0);
    let steps = libm::ceil(milliseconds / step - 1e-9);
    // Below one, a division by a whole number comes closer to what is written than a product.
    if step < 1.0 { steps / libm::round(1.0 / step) } else { steps * step }
}

/// The limit of a service and an instance: of those that fit, the one that names most.
pub fn limit<'a>(limits: &'a [Limit], service: &str, instance: &str) -> Option<&'a Limit> {
    let named = |limit: &&Limit| (!limit.service.is_empty(), !limit.instance.is_empty());
    limits.iter().filter(|limit| limit.fits(Some(service), Some(instance))).max_by_key(named)
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
            .ok_or_else(|| format!("{value} has no \"ms\" of 0 or more"))
    };
    values.iter().map(limit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(service: &str, instance: &str, milliseconds: f64) -> Limit {
        Limit { service: service.into(), instance: instance.into(), milliseconds }
    }

    fn count(pairs: &mut Pairs, service: &str, instance: &str, milliseconds: f64) {
        pairs.merge(Pairs::from_iter([(service.to_owned(), instance.to_owned(), milliseconds)]));
    }

    #[test]
    fn limits_come_from_what_is_ordinary_of_each_pair() {
        let mut pairs = Pairs::default();
        // A few that hang do not change what is ordinary; two are too few to tell, and get what holds for their service.
        for n in 0..200 {
            count(&mut pairs, "pay", "p1", if n % 20 == 0 { 90_000.0 } else { f64::from(100 + n % 5) });
            count(&mut pairs, "web", &format!("w{}", n / 2), f64::from(10 + n % 9));
        }
        count(&mut pairs, "mail", "m1", 5.0);
        // Of a coarse clock.
        (0..100).for_each(|n| count(&mut pairs, "cache", "c1", if n < 60 { 0.0 } else { f64::from(1 + n % 2) }));
        let taken = taken(&pairs);
        let found: Vec<_> =
            taken.limits.iter().map(|limit| (limit.service.as_str(), limit.instance.as_str())).collect();
        assert_eq!((found, taken.too_few, taken.left_out), (vec![("cache", "c1"), ("pay", "p1"), ("web", "")], 101, 0));
        assert!((200.0..230.0).contains(&taken.limits[1].milliseconds), "{taken:?}");
        assert!((25.0..60.0).contains(&taken.limits[2].milliseconds), "{taken:?}");
        assert!((2.0..50.0).contains(&taken.limits[0].milliseconds), "{taken:?}");
    }

    #[test]
    fn of_very_many_pairs_those_with_the_most_durations_get_a_limit() {
        let mut pairs = Pairs::default();
        for (pair, n) in (0..300).flat_map(|pair| (0..20 + pair).map(move |n| (pair, n))) {
            count(&mut pairs, "pod", &format!("{pair:03}"), f64::from(50 + n % 7));
        }
        let taken = taken(&pairs);
        assert_eq!((taken.limits.len(), taken.left_out, taken.limits[0].instance.as_str()), (200, 100, "100"));
    }

    #[test]
    fn limits_can_be_edited_and_said() {
        let limits = [of("pay", "p1", 204.0), of("pay", "", 90.0), of("", "", 5.0)];
        assert_eq!(read_limits(&limits_json(&limits)).unwrap(), limits);
        assert_eq!(read_limits(" "), Ok(Vec::new()));
        assert!(read_limits("{}").is_err() && read_limits("[{\"service\":\"a\"}]").is_err());
        let limit = |service, instance| limit(&limits, service, instance).map(|limit| limit.milliseconds);
        assert_eq!([limit("pay", "p1"), limit("pay", "p2"), limit("web", "")], [Some(204.0), Some(90.0), Some(5.0)]);
        let rounded = [4128.3, 204.0, 0.0123, 7.0, 99.5].map(|limit| rounded(limit).to_string());
        assert_eq!(rounded, ["4200", "210", "0.013", "7", "100"]);
    }
}
