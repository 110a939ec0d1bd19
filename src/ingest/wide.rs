//! A wider look at a file than its samples are: all of a small file, pieces from all over a large one.
//!
//! The samples say what the fields mean. This look adds what they can't know: fields that a burst of rows has and no sampled
//! row, values of fields that were empty in every sampled row, and which ids there are, for keys that tie the rows of several
//! files together.

use std::cmp::Reverse;

use rustc_hash::FxHashMap;

use super::cut::{Cutter, Part};
use super::sniff::{Detection, Field, VALUES_FEW, shown};
use super::source::{ByteSource, ReadError};
use super::{Layout, MAX_FIELDS, MAX_RECORD};
use crate::common::hash::hash_bytes;

/// A file of at most so many bytes is looked at as a whole; of one that is unpacked from its start, so much.
const WHOLE: usize = 8 << 20;
/// Pieces of a larger file.
const PIECES: u64 = 32;
/// Bytes of a piece.
const PIECE_BYTES: usize = 32 << 10;
/// Most fields that no sampled row has; the most frequent are kept.
const MOST_NEW: usize = 200;
/// Most of them in one object within rows. Where there are more, names are data.
const MOST_WITHIN: usize = 32;
/// Longest name of a field, in bytes.
const LONGEST_NAME: usize = 200;
/// Fields whose ids are kept.
const ID_FIELDS: usize = 64;
/// Ids that are kept of a field: those of the lowest hashes, so that two files keep the same ones of those that both have.
const MOST_IDS: usize = 2048;
/// Fewer ids than this are a category.
const LEAST_IDS: usize = 16;
/// How much of a value is searched for ids.
const SEARCHED: usize = 512;
/// Shorter numbers are met by chance.
const LEAST_DIGITS: usize = 6;
/// Lengths of ids.
const ID_LENGTHS: std::ops::RangeInclusive<usize> = 4..=64;

/// Adds to a detection what the samples can't know. `head` is the start of the file, `names` those of the fields of CSV and
/// text.
///
/// # Errors
///
/// Bytes could not be read; what was found before is lost.
#[inline(never)]
pub(super) fn look(
    source: &mut dyn ByteSource,
    file: u32,
    head: &[u8],
    names: &[String],
    detection: &mut Detection,
) -> Result<(), ReadError> {
    let mut look = Look::new(&detection.layout, names, &detection.fields);
    // A document that holds all rows is looked at as a whole or not at all.
    let most = if detection.layout.unfold.is_some() { MAX_RECORD } else { WHOLE };
    let size = source.size(file);
    match size.filter(|&size| size > most as u64 && source.reads_in_place(file)) {
        None => {
            let mut bytes = head.to_vec();
            let more = most.saturating_sub(bytes.len());
            source.read(file, head.len() as u64, more, &mut bytes)?;
            let ended = bytes.len() < most || size == Some(bytes.len() as u64);
            look.take(&bytes, detection.data_start as usize, ended);
        }
        Some(size) => {
            let places: Vec<_> = (1..PIECES).map(|piece| (size / PIECES * piece, PIECE_BYTES)).collect();
            for bytes in source.read_pieces(file, &places)? {
                if let Some(start) = look.cutter.guess(&bytes, 1) {
                    look.take(&bytes, start, false);
                }
            }
        }
    }
    let Look { fields, rows, known, .. } = look;
    take_over(detection, fields, rows, known);
    Ok(())
}

/// Puts what was seen of fields into the detection.
#[inline(never)]
fn take_over(detection: &mut Detection, mut seen: Vec<Seen>, rows: u32, known: usize) {
    let new = seen.split_off(known.min(seen.len()));
    for (field, seen) in detection.fields.iter_mut().zip(seen) {
        field.ids = seen.ids.finish();
        if field.present == 0 {
            (field.values, field.share) = (seen.values, f64::from(seen.rows) / f64::from(rows.max(1)));
        }
    }
    let mut within: FxHashMap<String, usize> = FxHashMap::default();
    for seen in &new {
        *within.entry(parent(&seen.name).to_owned()).or_default() += 1;
    }
    let are_names =
        |name: &str| parent(name).is_empty() || within.get(parent(name)).is_none_or(|&fields| fields <= MOST_WITHIN);
    let mut new: Vec<(usize, Seen)> =
        new.into_iter().filter(|seen| seen.rows > 0 && are_names(&seen.name)).enumerate().collect();
    new.sort_by_key(|(place, seen)| (Reverse(seen.rows), *place));
    new.truncate(MOST_NEW.min(MAX_FIELDS.saturating_sub(detection.fields.len())));
    new.sort_by_key(|(place, _)| *place);
    detection.fields.extend(new.into_iter().map(|(_, seen)| Field {
        share: f64::from(seen.rows) / f64::from(rows.max(1)),
        name: seen.name,
        values: seen.values,
        nested: seen.nested,
        ids: seen.ids.finish(),
        ..Field::default()
    }));
}

/// The object that a field stands in, by its name; empty for the row itself.
fn parent(name: &str) -> &str {
    name.rsplit_once('.').map_or("", |(parent, _)| parent)
}

/// Counts the fields of rows.
struct Look<'a> {
    layout: &'a Layout,
    names: &'a [String],
    cutter: Cutter,
    index: FxHashMap<String, usize>,
    /// Those of the samples, then others.
    fields: Vec<Seen>,
    /// How many are those of the samples.
    known: usize,
    rows: u32,
}

/// What was seen of a field.
#[derive(Default)]
struct Seen {
    name: String,
    rows: u32,
    nested: bool,
    /// Whether values are of use.
    lacks_values: bool,
    values: Vec<String>,
    ids: Ids,
}

impl<'a> Look<'a> {
    fn new(layout: &'a Layout, names: &'a [String], fields: &[Field]) -> Self {
        let seen =
            |field: &Field| Seen { name: field.name.clone(), lacks_values: field.present == 0, ..Seen::default() };
        Self {
            layout,
            names,
            cutter: Cutter::new(layout),
            index: fields.iter().map(|field| field.name.clone()).zip(0..).collect(),
            fields: fields.iter().map(seen).collect(),
            known: fields.len(),
            rows: 0,
        }
    }

    /// Looks at the records of some bytes, from the one at `start` on. `ended`: whether the file ends with them.
    fn take(&mut self, bytes: &[u8], start: usize, ended: bool) {
        let mut at = self.cutter.skip(bytes, start);
        while at < bytes.len()
            && let Some(cut) = self.cutter.cut(bytes, at, ended)
        {
            match cut.part {
                Part::Record => {
                    let layout = self.layout;
                    layout.rows(&bytes[cut.start..cut.end], &mut |row| self.row(row));
                }
                Part::Remark => {}
                Part::Tail => break,
            }
            let next = self.cutter.skip(bytes, cut.next);
            if next <= at {
                break;
            }
            at = next;
        }
    }

    fn row(&mut self, row: &[u8]) {
        self.rows = self.rows.saturating_add(1);
        let Self { layout, names, index, fields, .. } = self;
        // Rows tend to have their fields in the same order.
        let mut next = 0;
        layout.list(row, names, &mut |name, text, nested| {
            let place = match fields.get(next) {
                Some(field) if field.name == name => next,
                _ => match index.get(name) {
                    Some(&place) => place,
                    // Nobody gave a field such a name, or so many names.
                    None if name.len() > LONGEST_NAME || fields.len() >= 2 * MAX_FIELDS => return,
                    None => {
                        index.insert(name.to_owned(), fields.len());
                        fields.push(Seen { name: name.to_owned(), lacks_values: true, ..Seen::default() });
                        fields.len() - 1
                    }
                },
            };
            next = place + 1;
            let field = &mut fields[place];
            field.nested |= nested;
            if text.is_empty() {
                return;
            }
            field.rows += 1;
            if field.lacks_values && field.values.len() < VALUES_FEW {
                field.values.push(shown(text));
            }
            if place < ID_FIELDS && !nested {
                field.ids.search(text);
            }
        });
    }
}

/// Hashes of the ids in a field's values.
#[derive(Default)]
struct Ids {
    hashes: Vec<u32>,
    /// Higher ones are not kept.
    highest: Option<u32>,
}

impl Ids {
    fn search(&mut self, text: &[u8]) {
        for hash in id_hashes(text) {
            if self.highest.is_none_or(|highest| hash < highest) {
                self.hashes.push(hash);
            }
        }
        if self.hashes.len() > 4 * MOST_IDS {
            self.shrink();
        }
    }

    fn shrink(&mut self) {
        self.hashes.sort_unstable();
        self.hashes.dedup();
        if self.hashes.len() > MOST_IDS {
            self.hashes.truncate(MOST_IDS);
            self.highest = self.hashes.last().copied();
        }
    }

    fn finish(mut self) -> Vec<u32> {
        self.shrink();
        if self.hashes.len() < LEAST_IDS { Vec::new() } else { self.hashes }
    }
}

/// The hashes of what may be ids in a text: words of letters, digits, dashes and underscores with a digit in them, short
/// numbers excepted. Capitals are like small letters.
pub fn id_hashes(text: &[u8]) -> impl Iterator<Item = u32> {
    let text = &text[..text.len().min(SEARCHED)];
    let words = text.split(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')));
    let is_id = |word: &&[u8]| {
        let digits = word.iter().filter(|byte| byte.is_ascii_digit()).count();
        ID_LENGTHS.contains(&word.len()) && digits > 0 && (digits < word.len() || digits >= LEAST_DIGITS)
    };
    words.filter(is_id).map(|id| {
        let mut lower = [0; 64];
        let lower = &mut lower[..id.len()];
        lower.copy_from_slice(id);
        lower.make_ascii_lowercase();
        (hash_bytes(lower) >> 32) as u32
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::sniff::sniff;
    use crate::ingest::source::Memory;

    /// Rows, of which those at some places have a field that no other has.
    fn rows(count: usize, odd: std::ops::Range<usize>, ordinary: &str, burst: &str) -> String {
        let row = |at: usize| if odd.contains(&at) { burst } else { ordinary }.replace('#', &at.to_string());
        (0..count).map(row).collect()
    }

    #[track_caller]
    fn check(text: &str, field: &str, values: usize) {
        let found = sniff(&mut Memory(vec![text.as_bytes().to_vec()]), 0).unwrap();
        let names: Vec<&str> = found.fields.iter().map(|field| field.name.as_str()).collect();
        let found_field = found.fields.iter().find(|found| found.name == field);
        let found_field = found_field.unwrap_or_else(|| panic!("{field} is not in {names:?}"));
        assert_eq!((found_field.present, found_field.values.len()), (0, values));
        assert!(found_field.coverage(found.sampled) > 0.0 && found_field.coverage(found.sampled) < 0.01);
    }

    #[test]
    fn fields_of_a_burst_are_found() {
        let (plain, burst) = ("{\"a\":#,\"b\":\"x # y\"}\n", "{\"a\":#,\"e\":\"Denied\",\"b\":\"x\"}\n");
        check(&rows(20_000, 7000..7010, plain, burst), "e", 10);
        // In a file that is not looked at as a whole, a burst that is as long as pieces are apart.
        let (long, more) = (plain.replace('x', &"x ".repeat(60)), burst.replace('x', &"x ".repeat(60)));
        check(&rows(120_000, 37_000..38_100, &long, &more.replace("Denied", &"d".repeat(3000))), "e", 40);
        let (plain, burst) = ("ts=# level=info msg=\"x y\"\n", "ts=# level=info code=E7 msg=\"x y\"\n");
        check(&rows(30_000, 9000..9010, plain, burst), "code", 10);
        let (plain, burst) = ("{\"a\":#,\"b\":\"x\"},", "{\"a\":#,\"b\":\"x\",\"e\":\"Denied\"},");
        let document = rows(30_000, 9000..9010, plain, burst);
        check(&format!("{{\"Records\":[{}]}}", document.trim_end_matches(',')), "e", 10);
        check(&format!("[{}]", document.trim_end_matches(',')), "e", 10);
    }

    #[test]
    fn values_that_no_sampled_row_has_are_found() {
        let (plain, burst) = ("{\"a\":#,\"e\":null}\n", "{\"a\":#,\"e\":\"Denied\"}\n");
        check(&rows(60_000, 20_000..20_010, plain, burst), "e", 10);
        let table = rows(60_000, 20_000..20_010, "#,x,\n", "#,x,Denied\n");
        check(&format!("a,b,e\n{table}"), "e", 10);
    }

    #[test]
    fn names_that_are_data_are_not_all_kept() {
        let rows = (0..30_000).map(|at| format!("{{\"a\":{at},\"k{}\":1}}\n", at / 7)).collect::<Vec<_>>().concat();
        let found = sniff(&mut Memory(vec![rows.into_bytes()]), 0).unwrap();
        let new = found.fields.iter().filter(|field| field.present == 0).count();
        assert!((1..=MOST_NEW).contains(&new), "{new}");
    }

    #[test]
    fn two_files_keep_the_same_ids() {
        let of = |from: usize| {
            let rows = (from..from + 6000).map(|at| format!("{{\"id\":\"REQ-{at}\"}}\n")).collect::<Vec<_>>().concat();
            sniff(&mut Memory(vec![rows.into_bytes()]), 0).unwrap().fields.remove(0).ids
        };
        let (left, right) = (of(0), of(3000));
        assert_eq!((left.len(), right.len()), (MOST_IDS, MOST_IDS));
        let both = left.iter().filter(|id| right.binary_search(id).is_ok()).count();
        assert!(both > MOST_IDS / 3, "{both}");
        assert_eq!(
            id_hashes(b"call REQ-0aX1 of 12").collect::<Vec<_>>(),
            id_hashes(b"\"req-0ax1\"").collect::<Vec<_>>()
        );
    }
}
