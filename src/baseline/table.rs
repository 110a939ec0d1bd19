//! One baseline per template, and the rates of levels and services.

use serde::{Deserialize, Serialize};

use super::clock::Clock;
use super::series::Series;
use super::sketch::{Expected, LogSketch};
use crate::common::near::nearest;
use crate::record::column::NO_TIME;
use crate::record::packed::{Ids, Numbers};
use crate::record::segment::NO_TEMPLATE;
use crate::record::{Column, Dataset, Role, Segment};

/// Durations that a template needs before one of them can be called unusual.
pub const LEAST_DURATIONS: u64 = 20;
/// More services or instances than this are no services.
pub const MAX_NAMES: usize = 4096;

/// What is known of one template. Merging is addition.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct TemplateStats {
    /// Rows.
    pub rows: u64,
    /// Rows by level.
    pub levels: [u64; 9],
    /// Durations in milliseconds.
    pub durations: LogSketch,
    /// Sum of the durations in microseconds, and of their squares: whole numbers, so that no order of adding matters.
    sum: i128,
    squares: u128,
    /// Rows over time.
    pub rate: Series,
    /// First and last row in the order of files and bytes ([`Segment::place_among_all`]).
    pub places: Option<(u64, u64)>,
    /// Earliest and latest time, in nanoseconds.
    pub times: Option<(i64, i64)>,
}

impl TemplateStats {
    fn add_duration(&mut self, millis: f64) {
        // Beyond ten thousand years a duration is a mistake, and its square too large to add up.
        let micros = nearest(millis.clamp(-3e14, 3e14) * 1000.0);
        self.durations.add(millis);
        self.sum += i128::from(micros);
        let micros = micros.unsigned_abs();
        // Browsers multiply in 64 bits only.
        let square = match u32::try_from(micros) {
            Ok(micros) => u128::from(u64::from(micros).pow(2)),
            Err(_) => u128::from(micros).pow(2),
        };
        self.squares = self.squares.saturating_add(square);
    }

    /// Mean and standard deviation of the durations in milliseconds; `None` with fewer than two.
    pub fn moments(&self) -> Option<(f64, f64)> {
        let count = self.durations.count();
        if count < 2 {
            return None;
        }
        let mean = self.sum as f64 / count as f64;
        let variance = (self.squares as f64 / count as f64 - mean * mean).max(0.0);
        Some((mean / 1000.0, libm::sqrt(variance) / 1000.0))
    }

    /// What is ordinary for its durations; `None` with too few.
    pub fn expected(&self) -> Option<Expected> {
        self.durations.expected(LEAST_DURATIONS)
    }

    /// Rows of level WARN and above.
    pub fn problems(&self) -> u64 {
        self.levels[crate::record::Level::Warn as usize..].iter().sum()
    }

    fn merge(&mut self, other: &Self) {
        self.rows += other.rows;
        self.levels.iter_mut().zip(other.levels).for_each(|(mine, more)| *mine += more);
        self.durations.merge(&other.durations);
        self.sum += other.sum;
        self.squares = self.squares.saturating_add(other.squares);
        self.rate.merge(&other.rate);
        self.places = wider(self.places, other.places);
        self.times = wider(self.times, other.times);
    }
}

/// The least and the greatest of both.
fn wider<T: Ord>(mine: Option<(T, T)>, other: Option<(T, T)>) -> Option<(T, T)> {
    match (mine, other) {
        (Some((a, b)), Some((c, d))) => Some((a.min(c), b.max(d))),
        (mine, other) => mine.or(other),
    }
}

/// The baselines of all templates, levels and services.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct Baselines {
    /// By template.
    pub templates: Vec<TemplateStats>,
    /// All rows over time.
    pub total: Series,
    /// Rows of each level over time.
    pub levels: Vec<Series>,
    /// Rows of each service over time, in the order of [`Names::services`].
    pub services: Vec<Series>,
}

/// The names of services and instances in one order for all shards.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct Names {
    /// Services, sorted.
    pub services: Vec<String>,
    /// Instances, sorted.
    pub instances: Vec<String>,
}

impl Names {
    /// For each code of a segment's category column: the name's place in a list; code 0 and unknown names have none.
    pub fn places(names: &[String], column: Option<&Column>) -> Vec<Option<u32>> {
        let Some(Column::Category(values)) = column else { return Vec::new() };
        let find = |value: &String| names.binary_search(value).ok().map(|place| place as u32);
        std::iter::once(None).chain(values.values.iter().map(find)).collect()
    }
}

/// The columns of a segment that baselines look at.
pub struct View<'a> {
    /// Time of each row.
    pub time: Option<usize>,
    levels: Option<&'a [u8]>,
    durations: Option<&'a Numbers>,
    keys: Option<&'a Ids>,
    segment: &'a Segment,
}

impl<'a> View<'a> {
    /// A view on one segment.
    pub fn new(dataset: &Dataset, segment: &'a Segment) -> Self {
        let column = |role| dataset.role(role).and_then(|column| segment.columns.get(column));
        Self {
            time: dataset.role(Role::Time),
            levels: match column(Role::Level) {
                Some(Column::Level(levels)) => Some(levels),
                _ => None,
            },
            durations: match column(Role::Duration) {
                Some(Column::Number(values)) => Some(values),
                _ => None,
            },
            keys: match column(Role::Correlation) {
                Some(Column::Id(keys)) => Some(keys),
                _ => None,
            },
            segment,
        }
    }

    /// The template of a row.
    pub fn template(&self, row: usize) -> Option<u32> {
        self.segment.templates.get(row).copied().filter(|&template| template != NO_TEMPLATE)
    }

    /// The level of a row as a number; 0 for none.
    pub fn level(&self, row: usize) -> u8 {
        self.levels.and_then(|levels| levels.get(row)).copied().unwrap_or(0)
    }

    /// The duration of a row in milliseconds.
    pub fn duration(&self, row: usize) -> Option<f64> {
        let from_text = || self.segment.durations.get(row).map(|&millis| f64::from(millis));
        let from_field = self.durations.and_then(|values| values.get(row)).filter(|value| !value.is_nan());
        from_field.or_else(from_text).filter(|value| !value.is_nan())
    }

    /// The hash of the session key of a row; 0 for none.
    pub fn key(&self, row: usize) -> u64 {
        self.keys.and_then(|keys| keys.get(row)).unwrap_or(0)
    }

    /// The hashes of the session keys of all rows; `None` where rows have none.
    pub fn keys(&self) -> Option<&'a Ids> {
        self.keys
    }

    /// The earliest and the latest time of the rows, if any has one.
    pub fn times(&self) -> Option<(i64, i64)> {
        let Column::Time(times) = self.segment.columns.get(self.time?)? else { return None };
        let of_all = times.iter().filter(|&time| time != NO_TIME).map(|time| (time, time));
        of_all.reduce(|(first, last), (time, _)| (first.min(time), last.max(time)))
    }

    /// The time of a row.
    pub fn when(&self, row: usize) -> Option<i64> {
        self.segment.time(self.time, row)
    }
}

impl Baselines {
    /// Baselines without rows.
    pub fn new(templates: usize, names: &Names) -> Self {
        Self {
            templates: vec![TemplateStats::default(); templates],
            total: Series::default(),
            levels: vec![Series::default(); 9],
            services: vec![Series::default(); names.services.len()],
        }
    }

    /// Counts the rows of segments.
    pub fn of<'a>(
        dataset: &Dataset,
        segments: impl Iterator<Item = &'a Segment>,
        templates: usize,
        names: &Names,
        clock: Option<Clock>,
    ) -> Self {
        let mut all = Self::new(templates, names);
        segments.for_each(|segment| all.add(dataset, segment, names, clock));
        // Each row with a time has a level, if only that of having none.
        for level in &all.levels {
            all.total.merge(level);
        }
        all
    }

    /// Counts the rows of a segment. Never inlined: a browser goes on with the slow form of a function until it returns.
    #[inline(never)]
    fn add(&mut self, dataset: &Dataset, segment: &Segment, names: &Names, clock: Option<Clock>) {
        let view = View::new(dataset, segment);
        let service_column = dataset.role(Role::Service).and_then(|column| segment.columns.get(column));
        let services = Names::places(&names.services, service_column);
        let mut clock = clock.map(Clock::follow);
        for row in 0..segment.rows() {
            let time = view.when(row);
            let bin = clock.as_mut().zip(time).map(|(clock, time)| clock.bin(time));
            let level = view.level(row).min(8);
            let place = segment.place_among_all(row);
            if let Some(bin) = bin {
                self.levels[usize::from(level)].add(bin, 1, place);
                if let Some(Column::Category(values)) = service_column
                    && let Some(Some(service)) = values.codes.get(row).and_then(|&code| services.get(usize::from(code)))
                {
                    self.services[*service as usize].add(bin, 1, place);
                }
            }
            let Some(stats) = view.template(row).and_then(|template| self.templates.get_mut(template as usize)) else {
                continue;
            };
            stats.rows += 1;
            stats.levels[usize::from(level)] += 1;
            stats.places = wider(stats.places, Some((place, place)));
            stats.times = wider(stats.times, time.map(|time| (time, time)));
            if let Some(bin) = bin {
                stats.rate.add(bin, 1, place);
            }
            if let Some(millis) = view.duration(row) {
                stats.add_duration(millis);
            }
        }
    }

    /// Adds the counts of another shard.
    pub fn merge(&mut self, other: &Self) {
        self.templates.iter_mut().zip(&other.templates).for_each(|(mine, theirs)| mine.merge(theirs));
        self.total.merge(&other.total);
        self.levels.iter_mut().zip(&other.levels).for_each(|(mine, theirs)| mine.merge(theirs));
        self.services.iter_mut().zip(&other.services).for_each(|(mine, theirs)| mine.merge(theirs));
    }

    /// What is ordinary at any time: for each template rows, levels and durations, without when they were.
    #[must_use]
    pub fn timeless(&self) -> Self {
        let timeless = |stats: &TemplateStats| TemplateStats { rate: Series::default(), places: None, ..stats.clone() };
        Self { templates: self.templates.iter().map(timeless).collect(), ..Self::default() }
    }

    /// Rows that have a template.
    pub fn rows(&self) -> u64 {
        self.templates.iter().map(|stats| stats.rows).sum()
    }
}
