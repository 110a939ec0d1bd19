//! Templates as a list of them shows them.

use serde::{Deserialize, Serialize};

use crate::baseline::{Clock, Series, TemplateStats};
use crate::record::Level;
use crate::template::catalog::render;
use crate::template::{Part, Template, ValueKind};

/// Bars of a template's rows over time.
pub const BARS: usize = 48;

/// What is known of the durations of a template, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Durations {
    /// Rows that have one.
    pub count: u64,
    /// Median.
    pub median: f64,
    /// 95 % quantile.
    pub high: f64,
    /// Mean and standard deviation; with two durations and more.
    pub moments: Option<(f64, f64)>,
}

/// A template and its rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TemplateView {
    /// Its number, from 1 for the most frequent.
    pub number: u32,
    /// Its text and variables.
    pub parts: Vec<Part>,
    /// Number of rows.
    pub rows: u64,
    /// Rows of level ERROR and above.
    pub errors: u64,
    /// Earliest and latest time of its rows, in nanoseconds.
    pub times: Option<(i64, i64)>,
    /// Its rows over the time of the data, in [`BARS`] equal bars at most; empty where rows have no time.
    pub bars: Vec<u32>,
    /// Its durations, where it has some.
    pub durations: Option<Durations>,
    /// The change by hand that made it, by its place in [`crate::template::Hand`].
    pub change: Option<u32>,
}

impl TemplateView {
    /// A template with what is ordinary for it. `index`: in the catalogue.
    pub fn new(index: u32, template: &Template, stats: &TemplateStats, clock: Option<Clock>) -> Self {
        let durations = &stats.durations;
        let quantiles = durations.quantile(0.5).zip(durations.quantile(0.95));
        Self {
            number: index + 1,
            parts: template.parts.clone(),
            rows: stats.rows,
            errors: stats.levels[Level::Error as usize..].iter().sum(),
            times: stats.times,
            bars: clock.map(|clock| bars(&stats.rate, clock)).unwrap_or_default(),
            durations: quantiles.map(|(median, high)| Durations {
                count: durations.count(),
                median,
                high,
                moments: stats.moments(),
            }),
            change: template.change,
        }
    }

    /// Its text, variables written by their kinds.
    pub fn text(&self) -> String {
        render(&self.parts, |kind| kind)
    }

    /// Its text, variables written `<*>`: how changes by hand name it.
    pub fn plain_text(&self) -> String {
        render(&self.parts, |_| ValueKind::Any)
    }
}

/// Counts of a clock's bins in at most [`BARS`] bars. A bin at the edge of two is shared by them: else bars of two bins would
/// stand between bars of one.
fn bars(rate: &Series, clock: Clock) -> Vec<u32> {
    let bins = clock.bins();
    let count = bins.min(BARS);
    let mut sums = vec![0_u64];
    for rows in rate.dense(bins) {
        sums.push(sums[sums.len() - 1] + u64::from(rows));
    }
    let up_to = |bar: usize| {
        let (bin, part) = (bar * bins / count, (bar * bins % count) as u64);
        let inside = sums.get(bin + 1).map_or(0, |next| next - sums[bin]);
        sums[bin] + inside * part / count as u64
    };
    (0..count).map(|bar| u32::try_from(up_to(bar + 1) - up_to(bar)).unwrap_or(u32::MAX)).collect()
}

/// A row of a template.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TemplateSample {
    /// A number drawn by the row's place: the rows of the lowest are the samples, however the files were cut.
    pub rank: u64,
    /// 0-based index over all rows.
    pub row: u64,
    /// Its time in nanoseconds.
    pub time: Option<i64>,
    /// Its level.
    pub level: Level,
    /// Its score.
    pub score: Option<f32>,
    /// Its message, shortened.
    pub message: String,
    /// Where the values of the template's variables are in the message, in bytes.
    pub values: Vec<(u32, u32)>,
}

/// The samples of all shards: those of the lowest ranks, in the order of rows.
pub fn merge_samples(mut samples: Vec<TemplateSample>, most: usize) -> Vec<TemplateSample> {
    samples.sort_by_key(|sample| (sample.rank, sample.row));
    samples.truncate(most);
    samples.sort_by_key(|sample| sample.row);
    samples
}

/// Rows of templates, by index of the template.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TemplateCounts {
    /// All rows that a search shows, also those of no template.
    pub all: u64,
    /// Those that a search shows.
    pub rows: Vec<u64>,
    /// Those of them that are of level ERROR and above.
    pub errors: Vec<u64>,
    /// Those of them that are anomalous.
    pub anomalous: Vec<u64>,
}

/// The same of one template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// Rows that a search shows.
    pub rows: u64,
    /// Those of them that are of level ERROR and above.
    pub errors: u64,
    /// Those of them that are anomalous.
    pub anomalous: u64,
}

impl TemplateCounts {
    /// No rows of so many templates.
    pub fn new(templates: usize) -> Self {
        let none = vec![0; templates];
        Self { all: 0, rows: none.clone(), errors: none.clone(), anomalous: none }
    }

    /// Adds the counts of another shard.
    pub fn merge(&mut self, other: &Self) {
        self.all += other.all;
        let lists =
            [(&mut self.rows, &other.rows), (&mut self.errors, &other.errors), (&mut self.anomalous, &other.anomalous)];
        for (mine, theirs) in lists {
            mine.resize(mine.len().max(theirs.len()), 0);
            mine.iter_mut().zip(theirs).for_each(|(mine, theirs)| *mine += theirs);
        }
    }

    /// The rows of a template. All of its rows before anything was counted.
    pub fn of(&self, view: &TemplateView) -> Counted {
        let at = |counts: &[u64]| counts.get(view.number as usize - 1).copied();
        Counted {
            rows: at(&self.rows).unwrap_or(view.rows),
            errors: at(&self.errors).unwrap_or(view.errors),
            anomalous: at(&self.anomalous).unwrap_or(0),
        }
    }
}

/// What a list of templates is sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TemplateKey {
    /// Its number.
    Number,
    /// Its text.
    Text,
    /// Number of rows.
    Rows,
    /// Its first row's time.
    First,
    /// Its last row's time.
    Last,
    /// Median of its durations.
    Median,
    /// Their 95 % quantile.
    High,
    /// Share of its rows that are errors.
    Errors,
    /// Share of its rows that are anomalous.
    Anomalies,
}

/// The templates that have `needle` in their text (in any case), in an order: their places in `list`. What has no value comes
/// last either way; of equals the more frequent comes first.
pub fn arrange(
    list: &[TemplateView],
    counts: &TemplateCounts,
    needle: &str,
    key: TemplateKey,
    descending: bool,
) -> Vec<usize> {
    let needle = needle.to_lowercase();
    let share = |part: u64, rows: u64| Some(part as f64 / rows.max(1) as f64);
    let mut keyed: Vec<(Option<f64>, String, usize)> = Vec::new();
    for (place, view) in list.iter().enumerate() {
        let text = view.text().to_lowercase();
        if !text.contains(&needle) {
            continue;
        }
        let counted = counts.of(view);
        let value = match key {
            TemplateKey::Number | TemplateKey::Text => Some(f64::from(view.number)),
            TemplateKey::Rows => Some(counted.rows as f64),
            TemplateKey::First => view.times.map(|times| times.0 as f64),
            TemplateKey::Last => view.times.map(|times| times.1 as f64),
            TemplateKey::Median => view.durations.map(|durations| durations.median),
            TemplateKey::High => view.durations.map(|durations| durations.high),
            TemplateKey::Errors => share(counted.errors, counted.rows),
            TemplateKey::Anomalies => share(counted.anomalous, counted.rows),
        };
        keyed.push((value, if key == TemplateKey::Text { text } else { String::new() }, place));
    }
    keyed.sort_by(|a, b| {
        let turned = |order: std::cmp::Ordering| if descending { order.reverse() } else { order };
        let values = match (a.0, b.0) {
            (Some(x), Some(y)) => turned(a.1.cmp(&b.1).then(x.total_cmp(&y))),
            (x, y) => y.is_some().cmp(&x.is_some()),
        };
        values.then(list[a.2].number.cmp(&list[b.2].number))
    });
    keyed.into_iter().map(|(.., place)| place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(number: u32, text: &str, rows: u64, median: Option<f64>) -> TemplateView {
        TemplateView {
            number,
            parts: vec![Part::Text(text.to_owned()), Part::Variable(ValueKind::Ip)],
            rows,
            errors: 0,
            times: None,
            bars: Vec::new(),
            durations: median.map(|median| Durations { count: 9, median, high: median, moments: None }),
            change: None,
        }
    }

    #[test]
    fn a_list_is_searched_and_sorted() {
        let list = [
            view(1, "user from ", 90, Some(4.0)),
            view(2, "Answer to ", 50, None),
            view(3, "timeout of ", 50, Some(9.0)),
        ];
        let mut counts = TemplateCounts { all: 30, anomalous: vec![1, 0, 20], ..TemplateCounts::default() };
        counts.merge(&TemplateCounts { all: 5, anomalous: vec![0, 0, 5], ..TemplateCounts::default() });
        let sorted = |key, descending| arrange(&list, &counts, "", key, descending);
        assert_eq!(sorted(TemplateKey::Rows, true), [0, 1, 2], "of equals the more frequent first");
        assert_eq!(sorted(TemplateKey::Rows, false), [1, 2, 0]);
        assert_eq!(sorted(TemplateKey::Text, false), [1, 2, 0]);
        assert_eq!(sorted(TemplateKey::Text, true), [0, 2, 1]);
        assert_eq!(sorted(TemplateKey::Median, false), [0, 2, 1], "what has none comes last");
        assert_eq!(sorted(TemplateKey::Median, true), [2, 0, 1], "either way");
        assert_eq!(sorted(TemplateKey::Anomalies, true), [2, 0, 1]);
        let none = TemplateCounts::default();
        assert_eq!(arrange(&list, &none, "OF <ip", TemplateKey::Rows, true), [2]);
        let shown = TemplateCounts { all: 10, rows: vec![0, 7, 3], errors: vec![0, 1, 3], anomalous: vec![0, 7, 0] };
        assert_eq!(arrange(&list, &shown, "", TemplateKey::Rows, true), [1, 2, 0], "as many as the search shows");
        assert_eq!(arrange(&list, &shown, "", TemplateKey::Anomalies, true), [1, 0, 2]);
        assert_eq!(arrange(&list, &shown, "", TemplateKey::Errors, true), [2, 1, 0]);
    }

    #[test]
    fn samples_of_shards_are_those_of_the_lowest_ranks() {
        let sample = |rank, row| TemplateSample {
            rank,
            row,
            time: None,
            level: Level::Info,
            score: None,
            message: String::new(),
            values: Vec::new(),
        };
        let all: Vec<TemplateSample> = [(5, 1), (2, 9), (9, 0), (1, 4)].map(|(rank, row)| sample(rank, row)).to_vec();
        let rows = |samples: Vec<TemplateSample>| samples.iter().map(|sample| sample.row).collect::<Vec<_>>();
        assert_eq!(rows(merge_samples(all.clone(), 2)), [4, 9]);
        for cut in 0..=all.len() {
            let parts = [all[cut..].to_vec(), all[..cut].to_vec()].map(|part| merge_samples(part, 2));
            assert_eq!(rows(merge_samples(parts.concat(), 2)), [4, 9]);
        }
    }

    #[test]
    fn bars_hold_every_row_once() {
        for rows in [10, 50_000, 10_000_000] {
            let clock = Clock::new((0, 1_000_000), rows);
            let mut rate = Series::default();
            for time in (0..=1_000_000).step_by(1000) {
                rate.add(clock.bin(time), 2, 0);
            }
            let bars = bars(&rate, clock);
            assert!(bars.len() <= BARS && bars.len() >= 32);
            assert_eq!(bars.iter().sum::<u32>(), 2002);
            let (least, most) = (bars.iter().min().unwrap(), bars.iter().max().unwrap());
            // The last bin may reach beyond the last row.
            assert!(most - least <= 8, "rows that come evenly have bars of one height: {bars:?}");
        }
    }
}
