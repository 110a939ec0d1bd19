//! [`Expr`] → [`Condition`]: names become columns, texts become times, numbers and levels.

mod name;
mod value;

pub(super) use value::DAY;

use super::condition::{Condition, Leaf, Op, Range, TextTest};
use super::error::QueryError;
use super::expr::{Comparison, Expr, Field, Pattern, Term, Test};
use super::parse::Parsed;
use super::text::regex;
use crate::common::hash::hash_bytes;
use crate::common::text::{parse_infinity, parse_number};
use crate::record::assign::correlation::clean_id;
use crate::record::level::LevelScale;
use crate::record::{Dataset, DurationUnit, Kind, Level, Reading, Role};
use crate::template::Template;

pub use name::field_of;
use name::{PREDICTED, Target};

/// What a search is about.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The columns.
    pub dataset: &'a Dataset,
    /// The files' names.
    pub files: &'a [String],
    /// Earliest and latest time of the log: `-3h` is counted back from the latest.
    pub times: Option<(i64, i64)>,
    /// Rows are anomalous from this bin of the score histogram on.
    pub anomalous: Option<u32>,
    /// Rows are predicted to be anomalous, by a forest of labelled rows, from this bin on.
    pub predicted: Option<u32>,
    /// The templates of the messages; none while they are not known.
    pub templates: &'a [Template],
}

/// Resolves a search. What it names must exist, and its values must fit.
pub fn bind(parsed: &Parsed, context: Context<'_>) -> Result<Condition, QueryError> {
    let mut binder = Binder { context, places: parsed.places.iter(), ops: Vec::new(), leaves: Vec::new() };
    binder.expr(&parsed.expr)?;
    Ok(Condition { ops: binder.ops, leaves: binder.leaves })
}

struct Binder<'a> {
    context: Context<'a>,
    places: std::slice::Iter<'a, usize>,
    ops: Vec<Op>,
    leaves: Vec<Leaf>,
}

impl Binder<'_> {
    /// Trees are as deep as their text nests, which [`super::parse::MAX_DEPTH`] bounds.
    fn expr(&mut self, expr: &Expr) -> Result<(), QueryError> {
        match expr {
            Expr::All => self.leaf(Leaf::Always(true)),
            Expr::Not(part) => {
                self.expr(part)?;
                self.ops.push(Op::Not);
            }
            Expr::And(parts) | Expr::Or(parts) => {
                for part in parts {
                    self.expr(part)?;
                }
                let count = parts.len() as u16;
                self.ops.push(if matches!(expr, Expr::And(_)) { Op::And(count) } else { Op::Or(count) });
            }
            Expr::Term(term) => {
                let at = self.places.next().copied().unwrap_or(0);
                let wrong = |message| QueryError::new(at, message);
                let (leaves, missing) = self.context.leaves(term).map_err(wrong)?;
                let mut count = leaves.len();
                for leaf in leaves {
                    self.leaf(leaf);
                }
                if let Some(missing) = missing {
                    self.leaf(missing);
                    self.ops.push(Op::Not);
                    count += 1;
                }
                if count > 1 {
                    self.ops.push(Op::Or(count as u16));
                }
            }
        }
        Ok(())
    }

    fn leaf(&mut self, leaf: Leaf) {
        self.ops.push(Op::Leaf(self.leaves.len() as u16));
        self.leaves.push(leaf);
    }
}

/// A test with its lists and comparisons brought to one form.
enum Asked<'a> {
    Exists,
    Is(&'a Pattern),
    Exactly(&'a str),
    /// Ends, and whether each is open.
    Between(Option<&'a str>, Option<&'a str>, bool, bool),
}

impl Context<'_> {
    /// The leaves of a term, and the one that must not hold; any of them will do. The error is a sentence.
    fn leaves(&self, term: &Term) -> Result<(Vec<Leaf>, Option<Leaf>), String> {
        let only = |leaf| Ok((vec![leaf], None));
        match term {
            Term::Text(Pattern::Glob(pieces)) => {
                let raw = Leaf::Raw(inner(pieces));
                Ok((std::iter::once(raw).chain(self.equal(pieces)).collect(), None))
            }
            Term::Text(Pattern::Regex { pattern, any_case }) => {
                regex(pattern, *any_case)?;
                only(Leaf::RawRegex(pattern.clone(), *any_case))
            }
            Term::Anomaly => match self.anomalous {
                Some(bin) => only(Leaf::AtLeast(bin)),
                None => Err("Rows have no scores yet: wait until they are scored.".into()),
            },
            Term::Field(field, test) => {
                let target = self.target(field)?;
                let asked = match test {
                    Test::Exists => Asked::Exists,
                    Test::Is(pattern) => return self.values(target, std::slice::from_ref(pattern)),
                    Test::In(patterns) => return self.values(target, patterns),
                    Test::Exactly(text) if text.is_empty() => {
                        return self.values(target, &[Pattern::literal("")]);
                    }
                    Test::Exactly(text) => Asked::Exactly(text),
                    Test::Compare(Comparison::Above, text) => Asked::Between(Some(text), None, true, false),
                    Test::Compare(Comparison::AtLeast, text) => Asked::Between(Some(text), None, false, false),
                    Test::Compare(Comparison::Below, text) => Asked::Between(None, Some(text), false, true),
                    Test::Compare(Comparison::AtMost, text) => Asked::Between(None, Some(text), false, false),
                    Test::Between(low, high) => {
                        Asked::Between(low.value.as_deref(), high.value.as_deref(), low.open, high.open)
                    }
                };
                only(self.leaf(target, &asked)?)
            }
        }
    }

    /// The condition that `name=value` is in other languages, where there is a field of that name. It stays a text as well: logs
    /// are full of such.
    fn equal(&self, pieces: &[String]) -> Option<Leaf> {
        let (name, value) = pieces.first()?.split_once('=')?;
        let value = value.strip_prefix('=').unwrap_or(value);
        let target = self.target(&Field::Named(name.to_owned())).ok()?;
        let pieces = std::iter::once(value.to_owned()).chain(pieces[1..].iter().cloned()).collect::<Vec<_>>();
        let pattern = Pattern::Glob(pieces);
        (pattern != Pattern::literal("")).then(|| self.leaf(target, &Asked::Is(&pattern)).ok())?
    }

    /// Any of some values. An empty one (`user:""`) is that there is none, for nothing tells a field that is empty from one
    /// that is missing.
    fn values(&self, target: Target, patterns: &[Pattern]) -> Result<(Vec<Leaf>, Option<Leaf>), String> {
        let (empty, others): (Vec<_>, Vec<_>) = patterns.iter().partition(|pattern| **pattern == Pattern::literal(""));
        let leaves =
            others.into_iter().map(|pattern| self.leaf(target, &Asked::Is(pattern))).collect::<Result<_, _>>()?;
        let missing = if empty.is_empty() { None } else { Some(self.leaf(target, &Asked::Exists)?) };
        Ok((joined(leaves), missing))
    }

    fn leaf(&self, target: Target, asked: &Asked<'_>) -> Result<Leaf, String> {
        match target {
            Target::File => self.file(asked),
            Target::Template => self.template(asked),
            Target::Row => Ok(Leaf::Row(position("row", asked)?)),
            Target::Line => Ok(Leaf::Line(position("line", asked)?)),
            Target::Score => Ok(Leaf::Score(number_range("score", asked, &|text| parse_number(text.as_bytes()))?)),
            Target::Predicted => {
                let untrained = "No detector is trained on labels yet: Label does that, and predicts all rows.";
                let bin = self.predicted.ok_or_else(|| untrained.to_owned())?;
                let read = |text: &str| match text {
                    "true" => Some(1.0),
                    "false" => Some(0.0),
                    text => parse_number(text.as_bytes()),
                };
                Ok(Leaf::Predicted(bin, number_range(PREDICTED, asked, &read)?))
            }
            Target::Took => took(asked),
            Target::Any => match asked {
                Asked::Is(Pattern::Glob(pieces)) => Ok(Leaf::AnyValue(vec![TextTest::Holds(inner(pieces))])),
                Asked::Is(pattern) => Ok(Leaf::AnyValue(vec![text_test(pattern, true)?])),
                Asked::Exactly(text) => Ok(Leaf::AnyValue(vec![TextTest::Exactly((*text).to_owned())])),
                Asked::Exists | Asked::Between(..) => {
                    Err("Any field (*) can only be searched for a text, as in *:timeout.".into())
                }
            },
            Target::Column(column) => self.of_column(column, asked),
        }
    }

    /// A test of a column's values.
    fn of_column(&self, index: usize, asked: &Asked<'_>) -> Result<Leaf, String> {
        let spec = &self.dataset.columns[index];
        let name = spec.role.map_or(spec.name.as_str(), |role| role.name());
        let column = index as u32;
        // Texts that read like prose are searched, others compared.
        let prose = matches!(spec.kind, Kind::Message | Kind::Text);
        match (spec.kind, asked) {
            (Kind::Text | Kind::Sequence | Kind::Date, Asked::Exists) => {
                Ok(Leaf::Value(column, vec![TextTest::Present]))
            }
            (_, Asked::Exists) => Ok(Leaf::Exists(column)),
            (_, Asked::Exactly(text)) => Ok(Leaf::Value(column, vec![TextTest::Exactly((*text).to_owned())])),
            (Kind::Level, asked) => levels(asked, &|text| self.level(index, text)).map(Leaf::Levels),
            (Kind::Time, Asked::Is(Pattern::Glob(pieces))) if pieces.len() == 1 => {
                if let Some((from, to)) = value::clock(&pieces[0]) {
                    return Ok(Leaf::Clock(from, to));
                }
                let (from, to) = value::time(&pieces[0], self.times)?;
                Ok(Leaf::Time(from, to))
            }
            (Kind::Time, Asked::Between(low, high, low_open, high_open)) => {
                if let Some((from, to)) = low.and_then(value::clock).zip(high.and_then(value::clock)) {
                    let to = if *high_open { to.0 - 1 } else { to.1 };
                    return Ok(Leaf::Clock(from.0 + i64::from(*low_open), to));
                }
                if let Some((from, to)) = low.zip(*high) {
                    let [first, last] = [value::time(from, self.times)?, value::time(to, self.times)?];
                    value::in_order(first.0 <= last.1, from, to)?;
                }
                let from = match low {
                    Some(low) => value::time(low, self.times)?.0.saturating_add(i64::from(*low_open)),
                    None => i64::MIN,
                };
                let to = match high {
                    Some(high) => {
                        let (from, to) = value::time(high, self.times)?;
                        if *high_open { from.saturating_sub(1) } else { to }
                    }
                    None => i64::MAX,
                };
                Ok(Leaf::Time(from, to))
            }
            (Kind::Number, asked @ (Asked::Between(..) | Asked::Is(_))) => {
                let duration = spec.role == Some(Role::Duration);
                let plain = |text: &[u8]| parse_number(text).or_else(|| parse_infinity(text));
                let unit = spec.unit().unwrap_or_default();
                let read = |text: &str| if duration { value::duration(text, unit) } else { plain(text.as_bytes()) };
                let no_duration = |text: &str| value::no_duration(text, unit);
                match asked {
                    Asked::Is(Pattern::Glob(pieces)) if pieces.len() == 1 => match read(&pieces[0]) {
                        Some(number) => Ok(Leaf::Number(column, Range::only(number))),
                        None if duration => Err(no_duration(&pieces[0])),
                        None => Ok(Leaf::Value(column, vec![TextTest::Whole(pieces.clone())])),
                    },
                    Asked::Is(pattern) => Ok(Leaf::Value(column, vec![text_test(pattern, false)?])),
                    asked if duration => {
                        value::range(asked.ends(), &read, &no_duration).map(|range| Leaf::Number(column, range))
                    }
                    asked => number_range(name, asked, &read).map(|range| Leaf::Number(column, range)),
                }
            }
            (Kind::Id, Asked::Is(Pattern::Glob(pieces))) if pieces.len() == 1 => {
                Ok(match clean_id(pieces[0].as_bytes()) {
                    Some(id) => Leaf::Id(column, hash_bytes(&id).max(1)),
                    None => Leaf::Value(column, vec![TextTest::Whole(pieces.clone())]),
                })
            }
            (Kind::Sequence, Asked::Is(Pattern::Glob(pieces))) if pieces.len() == 1 => {
                let test = parse_number(pieces[0].as_bytes())
                    .map_or_else(|| TextTest::Whole(pieces.clone()), |number| TextTest::Number(Range::only(number)));
                Ok(Leaf::Value(column, vec![test]))
            }
            (_, Asked::Is(pattern)) => Ok(Leaf::Value(column, vec![text_test(pattern, prose)?])),
            (_, asked @ Asked::Between(..)) => {
                let range = number_range(name, asked, &|text| parse_number(text.as_bytes()))?;
                Ok(Leaf::Value(column, vec![TextTest::Number(range)]))
            }
        }
    }

    /// How the files' texts of a column are read.
    fn readings(&self, index: usize) -> impl Iterator<Item = Reading> {
        let fields = self.dataset.files.iter().flat_map(|plan| &plan.fields);
        fields.filter(move |(_, column, _)| *column as usize == index).map(|(.., reading)| *reading)
    }

    /// A level by any of its names, or by the number that the files have for it.
    fn level(&self, index: usize, text: &str) -> Result<Level, String> {
        value::level(text).or_else(|wrong| {
            let mut scales = self.readings(index).filter_map(|reading| match reading {
                Reading::Level(scale) if scale != LevelScale::Text => Some(scale.parse(text.as_bytes())),
                _ => None,
            });
            scales.find(|level| *level != Level::Unknown).ok_or(wrong)
        })
    }

    /// A template by its number, or by its text as it is shown or with `<*>` for every variable.
    fn template(&self, asked: &Asked<'_>) -> Result<Leaf, String> {
        let all = self.templates;
        if all.is_empty() {
            return Err("Templates are known when all rows are read.".into());
        }
        let numbered =
            |text: &str| text.parse::<u32>().ok().filter(|&number| (1..=all.len()).contains(&(number as usize)));
        let test = match asked {
            Asked::Exists => return Ok(Leaf::Templates((0..all.len() as u32).collect())),
            Asked::Is(Pattern::Glob(pieces)) if pieces.len() == 1 => match numbered(&pieces[0]) {
                Some(number) => return Ok(Leaf::Templates(vec![number - 1])),
                None => TextTest::Whole(pieces.clone()),
            },
            Asked::Is(pattern) => text_test(pattern, false)?,
            Asked::Exactly(text) => TextTest::Exactly((*text).to_owned()),
            Asked::Between(..) => {
                return Err(
                    "A template is asked for by its number or text, as in template:3 or template:*timeout*.".into()
                );
            }
        };
        let test = super::text::Test::new(&test);
        let fits = |template: &Template| {
            test.passes(template.typed_text().as_bytes()) || test.passes(template.text().as_bytes())
        };
        let found: Vec<u32> = (0..).zip(all).filter(|(_, template)| fits(template)).map(|(index, _)| index).collect();
        if found.is_empty() {
            return Err("No template is written so; put stars around a part of one, as in template:*timeout*.".into());
        }
        Ok(Leaf::Templates(found))
    }

    fn file(&self, asked: &Asked<'_>) -> Result<Leaf, String> {
        let test = match asked {
            Asked::Is(pattern) => text_test(pattern, false)?,
            Asked::Exactly(text) => TextTest::Exactly((*text).to_owned()),
            Asked::Exists => return Ok(Leaf::Always(true)),
            Asked::Between(..) => return Err("A file is asked for by its name, as in file:app*.".into()),
        };
        let test = super::text::Test::new(&test);
        let fits = |name: &String| {
            let last = name.rsplit(['/', '\\']).next().unwrap_or(name);
            test.passes(name.as_bytes()) || test.passes(last.as_bytes())
        };
        let files: Vec<u32> = (0_u32..).zip(self.files).filter(|(_, name)| fits(name)).map(|(file, _)| file).collect();
        if files.is_empty() {
            let names: Vec<&str> = self.files.iter().map(String::as_str).take(5).collect();
            return Err(format!(
                "No file is called so; there are {}. A field of the log that is called file is written \"file\".",
                names.join(", ")
            ));
        }
        Ok(Leaf::Files(files))
    }
}

impl<'a> Asked<'a> {
    fn ends(&self) -> (Option<&'a str>, Option<&'a str>, bool, bool) {
        match self {
            Self::Between(low, high, low_open, high_open) => (*low, *high, *low_open, *high_open),
            _ => (None, None, false, false),
        }
    }
}

/// The test of a pattern; `prose`: anywhere in the text.
fn text_test(pattern: &Pattern, prose: bool) -> Result<TextTest, String> {
    Ok(match pattern {
        Pattern::Glob(pieces) if prose => TextTest::Holds(inner(pieces)),
        Pattern::Glob(pieces) => TextTest::Whole(pieces.clone()),
        Pattern::Regex { pattern, any_case } => {
            regex(pattern, *any_case)?;
            TextTest::Regex(pattern.clone(), *any_case)
        }
    })
}

/// The pieces of a pattern that may stand anywhere: stars at its ends say nothing.
fn inner(pieces: &[String]) -> Vec<String> {
    pieces.iter().filter(|piece| !piece.is_empty()).cloned().collect()
}

/// Tests of one column's texts as one leaf, levels as one; others stay apart.
fn joined(leaves: Vec<Leaf>) -> Vec<Leaf> {
    let mut all: Vec<Leaf> = Vec::with_capacity(leaves.len());
    for leaf in leaves {
        match (all.last_mut(), leaf) {
            (Some(Leaf::Value(column, tests)), Leaf::Value(same, more)) if *column == same => tests.extend(more),
            (Some(Leaf::Levels(levels)), Leaf::Levels(more)) => *levels |= more,
            (Some(Leaf::Files(files)), Leaf::Files(more)) => files.extend(more),
            (Some(Leaf::Templates(templates)), Leaf::Templates(more)) => templates.extend(more),
            (_, leaf) => all.push(leaf),
        }
    }
    all
}

/// Levels as bits.
fn levels(asked: &Asked<'_>, read: &dyn Fn(&str) -> Result<Level, String>) -> Result<u16, String> {
    let chosen = |test: &dyn Fn(Level) -> bool| {
        Level::ALL.into_iter().filter(|level| test(*level)).fold(0, |bits, level| bits | 1 << (level as u8))
    };
    Ok(match asked {
        Asked::Is(Pattern::Glob(pieces)) if pieces.len() == 1 => {
            let wanted = read(&pieces[0])?;
            chosen(&|level| level == wanted)
        }
        Asked::Is(pattern) => {
            let test = super::text::Test::new(&text_test(pattern, false)?);
            chosen(&|level| test.passes(level.name().as_bytes()) || test.passes(level.name().to_lowercase().as_bytes()))
        }
        asked => {
            let (low, high, low_open, high_open) = asked.ends();
            let ends = low.zip(high);
            let low = low.map(read).transpose()?;
            let high = high.map(read).transpose()?;
            if let Some((from, to)) = ends {
                value::in_order(low <= high, from, to)?;
            }
            chosen(&|level| {
                level > Level::Unknown
                    && low.is_none_or(|low| level > low || level == low && !low_open)
                    && high.is_none_or(|high| level < high || level == high && !high_open)
            })
        }
    })
}

/// Numbers of rows, which are counted from 1 for a person.
fn position(name: &str, asked: &Asked<'_>) -> Result<Range, String> {
    let range = number_range(name, asked, &|text| parse_number(text.replace(',', "").as_bytes()))?;
    Ok(Range { low: range.low - 1.0, high: range.high - 1.0, ..range })
}

fn number_range(name: &str, asked: &Asked<'_>, read: &dyn Fn(&str) -> Option<f64>) -> Result<Range, String> {
    let wrong = |text: &str| format!("{name} can only be compared with a number, and {text:?} is none.");
    range_of(name, asked, read, &wrong)
}

/// Durations are kept with fewer digits than a search may have.
fn took(asked: &Asked<'_>) -> Result<Leaf, String> {
    let unit = DurationUnit::Milliseconds;
    let read = |text: &str| value::duration(text, unit).map(|millis| f64::from(millis as f32));
    range_of(Role::Duration.name(), asked, &read, &|text| value::no_duration(text, unit)).map(Leaf::Took)
}

/// The numbers that are asked for. `wrong`: what to say of a text that is none.
fn range_of(
    name: &str,
    asked: &Asked<'_>,
    read: &dyn Fn(&str) -> Option<f64>,
    wrong: &dyn Fn(&str) -> String,
) -> Result<Range, String> {
    match asked {
        Asked::Is(Pattern::Glob(pieces)) if pieces.len() == 1 => {
            read(&pieces[0]).map(Range::only).ok_or_else(|| wrong(&pieces[0]))
        }
        Asked::Exactly(text) => read(text).map(Range::only).ok_or_else(|| wrong(text)),
        Asked::Exists => Ok(Range::ALL),
        Asked::Is(_) => Err(format!("{name} is a number: compare it, as in {name}:>10 or {name}:[10 TO 20].")),
        asked @ Asked::Between(..) => value::range(asked.ends(), read, wrong),
    }
}

#[cfg(test)]
mod tests;
