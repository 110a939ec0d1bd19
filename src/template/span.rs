//! Values of several words: what stands between the same text in many messages.
//!
//! `The Print Spooler service entered the running state` and `The BITS service entered …` differ in a stretch that has not
//! as many words in each. All stretches of a few words are tried: messages that are equal before and behind theirs ask
//! whether it is one value.

use rustc_hash::{FxHashMap, FxHashSet};

use super::apart::Apart;
use super::cluster::{CROSSED, Form};
use super::judge::{Knowledge, VOCABULARY};
use super::words::{
    ANNOUNCES, GRAMMAR, SPAN, Symbol, UPPER, VALUE, Word, Words, bare, has_gap, is_affix, is_closed, is_slot, is_value,
    is_word, mark_byte,
};
use crate::common::hash::{absorb, mix};

/// Most tokens of such a value.
pub(super) const WIDEST: usize = 10;
/// Most such values in a form.
pub(super) const SPANS: usize = 4;
/// Most stretches that are looked at in a round.
const STRETCHES: usize = 2_000_000;
/// Longest form that is looked at.
const LONGEST: usize = 64;
/// So many stretches that stand in several places together are names.
const RECURRING: usize = 3;
/// Marks that may stand between the words of a value.
pub(super) const INSIDE: &[u8] = b".-'/&";

/// Forms that are equal before and behind a stretch.
struct Bucket {
    /// Form, and where its stretch ends.
    members: Vec<(u32, u16)>,
    start: u16,
    distinct: usize,
    parts: Vec<Symbol>,
}

/// A value wherever it stands.
fn unspaced(filler: &[Symbol]) -> Vec<Symbol> {
    let mut filler = filler.to_vec();
    if let Some(first) = filler.first_mut() {
        *first = bare(*first);
    }
    filler
}

/// One round: makes stretches that vary a value. `None`: there are none.
#[inline(never)]
pub(super) fn spans(forms: &[Form], words: &Words, knowledge: &mut Knowledge) -> Option<Vec<Form>> {
    let (mut phrases, mut found) = (Vec::new(), Vec::new());
    let buckets = buckets(forms);
    let recurring = recurring(forms, &buckets);
    let mut accepted: Vec<Bucket> = buckets
        .into_iter()
        .filter_map(|(members, start)| {
            let stretch = Stretch::of(forms, &members, start, words)?;
            let distinct = stretch.fillers.len();
            if distinct < stretch.needed(knowledge, &recurring) || stretch.spans() > SPANS {
                return None;
            }
            found.extend(stretch.vocabulary());
            if distinct >= VOCABULARY && stretch.apart.symbols.len() == 1 {
                phrases.extend(stretch.fillers.iter().map(|filler| unspaced(filler)));
            }
            Some(Bucket { members, start, distinct, parts: stretch.apart.symbols })
        })
        .collect();
    if accepted.is_empty() {
        return None;
    }
    knowledge.phrases.extend(phrases);
    knowledge.values.extend(found);
    let symbols = |bucket: &Bucket| &forms[bucket.members[0].0 as usize].symbols;
    // Of stretches within one another the shortest.
    let width = |bucket: &Bucket| bucket.members[0].1 - bucket.start;
    accepted.sort_by(|a, b| {
        (b.distinct.cmp(&a.distinct))
            .then_with(|| width(a).cmp(&width(b)))
            .then_with(|| symbols(a).cmp(symbols(b)))
            .then_with(|| a.start.cmp(&b.start))
    });
    let mut used = vec![false; forms.len()];
    let mut merged = Vec::with_capacity(forms.len());
    for bucket in accepted {
        if bucket.members.iter().any(|&(member, _)| used[member as usize]) {
            continue;
        }
        let start = usize::from(bucket.start);
        let (first, end) = bucket.members[0];
        let symbols = &forms[first as usize].symbols;
        let symbols = [&symbols[..start], &bucket.parts, &symbols[usize::from(end)..]].concat();
        if bucket.distinct >= VOCABULARY {
            for (place, _) in bucket.parts.iter().enumerate().filter(|(_, part)| is_value(**part)) {
                knowledge.contexts.learn(&symbols, start + place);
            }
        }
        let mut form = Form { symbols, ..Form::default() };
        for &(member, _) in &bucket.members {
            used[member as usize] = true;
            form.take(&forms[member as usize]);
        }
        merged.push(form);
    }
    merged.extend(forms.iter().zip(used).filter(|(_, used)| !used).map(|(form, _)| form.clone()));
    Some(merged)
}

/// In how many places each stretch of several words stands where two others or more stand too, by its hash.
fn recurring(forms: &[Form], buckets: &[(Vec<(u32, u16)>, u16)]) -> FxHashMap<u64, u32> {
    let mut places = FxHashMap::default();
    for (members, start) in buckets.iter().filter(|(members, _)| members.len() >= RECURRING) {
        let fillers =
            members.iter().map(|&(form, end)| &forms[form as usize].symbols[usize::from(*start)..usize::from(end)]);
        let several: FxHashSet<u64> = fillers.filter(|filler| filler.len() > 1).map(phrase).collect();
        #[expect(clippy::iter_over_hash_type, reason = "sums do not depend on the order")]
        for phrase in several {
            *places.entry(phrase).or_insert(0) += 1;
        }
    }
    places
}

/// The hash of a value wherever it stands.
fn phrase(filler: &[Symbol]) -> u64 {
    let first = filler.first().map_or(0, |&first| absorb(0, u64::from(bare(first))));
    filler.iter().skip(1).fold(first, |hash, &symbol| absorb(hash, u64::from(symbol)))
}

/// Groups of two forms and more that are equal before and behind a stretch of a few tokens.
fn buckets(forms: &[Form]) -> Vec<(Vec<(u32, u16)>, u16)> {
    let mut keys: Vec<(u64, u32, u16, u16)> = Vec::new();
    for (index, form) in forms.iter().enumerate() {
        let symbols = &form.symbols;
        let spans = symbols.iter().filter(|&&symbol| bare(symbol) == SPAN).count();
        if symbols.len() > LONGEST || spans >= SPANS || keys.len() >= STRETCHES {
            continue;
        }
        // Of what stands behind each place, read backwards.
        let mut behind = vec![0_u64; symbols.len() + 1];
        for (at, &symbol) in symbols.iter().enumerate().rev() {
            behind[at] = absorb(behind[at + 1], u64::from(symbol) + 1);
        }
        let mut before = 0;
        for start in 0..symbols.len() {
            for end in start + 1..=symbols.len().min(start + WIDEST) {
                if !may_be_value(form, start, end) {
                    if !inside(symbols[end - 1], end - 1 > start) {
                        break;
                    }
                    continue;
                }
                let key = mix(before ^ mix(behind[end] ^ u64::from(symbols[start] & 1)));
                keys.push((key, index as u32, start as u16, end as u16));
            }
            before = absorb(before, u64::from(symbols[start]) + 1);
        }
    }
    keys.sort_unstable();
    let groups = keys.chunk_by(|a, b| a.0 == b.0).filter(|group| group.len() > 1);
    let members = |group: &[(u64, u32, u16, u16)]| group.iter().map(|key| (key.1, key.3)).collect::<Vec<_>>();
    let groups = groups.map(|group| (members(group), group[0].2));
    groups.filter(|(members, start)| fits(forms, members, *start)).collect()
}

/// Whether a token can stand inside of a value; `later`: not as the first one.
fn inside(symbol: Symbol, later: bool) -> bool {
    bare(symbol) != SPAN && (is_slot(symbol) || later && mark_byte(symbol).is_some_and(|mark| INSIDE.contains(&mark)))
}

/// Whether a stretch can be a value: one token that is a word or value, or several, the first and last of which are.
pub(super) fn may_be_value(form: &Form, start: usize, end: usize) -> bool {
    let stretch = &form.symbols[start..end];
    match stretch {
        [one] => is_slot(*one),
        [first, between @ .., last] => {
            let all = is_slot(*first) && is_slot(*last) && between.iter().all(|&symbol| inside(symbol, true));
            let spans = stretch.iter().any(|&symbol| bare(symbol) == SPAN);
            // A value of a form that is no longer what its messages are may be several tokens itself.
            let values = stretch.iter().any(|&symbol| bare(symbol) == VALUE);
            all && !spans && (form.exact || !values) && stretch.iter().any(|&symbol| is_word(symbol))
        }
        [] => false,
    }
}

/// Whether forms are really equal outside of their stretches.
fn fits(forms: &[Form], members: &[(u32, u16)], start: u16) -> bool {
    let around = |&(member, end): &(u32, u16)| {
        let symbols = &forms[member as usize].symbols;
        (symbols.get(..usize::from(start)), symbols.get(usize::from(end)..))
    };
    let first = around(&members[0]);
    first.0.is_some() && members[1..].iter().all(|member| around(member) == first)
}

/// What stands in a place of forms that are equal before and behind it.
struct Stretch<'a> {
    before: &'a [Symbol],
    behind: &'a [Symbol],
    /// Different ones.
    fillers: Vec<&'a [Symbol]>,
    /// The values in it, and the words that all have in between.
    apart: Apart,
    words: &'a Words,
}

impl<'a> Stretch<'a> {
    /// `None` where all are single tokens, or begin or end alike.
    fn of(forms: &'a [Form], members: &[(u32, u16)], start: u16, words: &'a Words) -> Option<Self> {
        let start = usize::from(start);
        let mut seen = FxHashSet::default();
        let all = members.iter().map(|&(member, end)| &forms[member as usize].symbols[start..usize::from(end)]);
        let fillers: Vec<&[Symbol]> = all.filter(|filler| seen.insert(*filler)).collect();
        let several = fillers.iter().any(|filler| filler.len() > 1);
        let differ =
            |end: fn(&[Symbol]) -> Option<&Symbol>| fillers.iter().any(|filler| end(filler) != end(fillers[0]));
        let (first, end) = members[0];
        let symbols = &forms[first as usize].symbols;
        let ends = differ(<[Symbol]>::first) && differ(<[Symbol]>::last);
        let apart = Apart::of(&fillers)?;
        (several && ends).then(|| Self {
            apart,
            before: &symbols[..start],
            behind: &symbols[usize::from(end)..],
            fillers,
            words,
        })
    }

    /// How many values of several words there would be.
    fn spans(&self) -> usize {
        let all = self.before.iter().chain(&self.apart.symbols).chain(self.behind);
        all.filter(|&&symbol| bare(symbol) == SPAN).count()
    }

    /// The words of values, where there are enough of them to say that they are values wherever they stand.
    fn vocabulary(&self) -> impl Iterator<Item = Symbol> {
        let enough = self.apart.words.iter().filter(|words| words.len() >= VOCABULARY).flatten().copied();
        enough.filter(|&symbol| self.words.get(symbol).is_some_and(|word| !word.is(GRAMMAR)))
    }

    fn share(&self, holds: impl Fn(&[Symbol]) -> bool) -> f64 {
        let worded: Vec<_> = self.fillers.iter().filter(|filler| filler.iter().copied().any(is_word)).collect();
        worded.iter().filter(|filler| holds(filler)).count() as f64 / worded.len().max(1) as f64
    }

    /// Whether marks stand on both sides.
    fn delimited(&self) -> bool {
        let open = self.before.last().copied().and_then(mark_byte);
        let close = self.behind.first().map(|&symbol| mark_byte(symbol));
        matches!(open, Some(b'(' | b'[' | b'<' | b'{' | b'"' | b'\'' | b'=' | b':' | b'|' | b','))
            && matches!(close, Some(Some(b')' | b']' | b'>' | b'}' | b'"' | b'\'' | b'|' | b',' | b';')))
    }

    /// Whether all look like proper names: a capital first, and not capitals only.
    fn proper(&self) -> bool {
        let word = |symbol: Symbol| self.words.get(symbol);
        let name = |filler: &[Symbol]| {
            let first = filler.first().and_then(|&symbol| word(symbol));
            first.is_some_and(|word| word.text.starts_with(|first: char| first.is_uppercase()))
        };
        let shouts = |filler: &[Symbol]| filler.iter().all(|&symbol| word(symbol).is_some_and(|word| word.is(UPPER)));
        self.share(name) >= 1.0 && self.share(shouts) < 0.5 && self.before.iter().any(|&symbol| is_word(symbol))
    }

    /// Whether they stand where messages begin, or behind nothing but labels: `warning: …`, `msg="…`.
    fn begins(&self) -> bool {
        let label = |at: usize| {
            let sign = self.before.get(at + 1).filter(|&&sign| !has_gap(sign));
            matches!(sign.and_then(|&sign| mark_byte(sign)), Some(b':' | b'='))
        };
        let opens =
            self.before.last().is_none_or(|&last| is_affix(last) || matches!(mark_byte(last), Some(b':' | b'"')));
        let words = self.before.iter().enumerate().filter(|(_, symbol)| is_slot(**symbol));
        opens && words.count() <= 1 && (0..self.before.len()).all(|at| !is_slot(self.before[at]) || label(at))
    }

    /// Whether what is said of them follows: `pull of the image: no such host`.
    fn heads(&self) -> bool {
        let colon =
            |symbol: Option<&Symbol>| symbol.is_some_and(|&mark| mark_byte(mark) == Some(b':') && !has_gap(mark));
        (self.begins() || colon(self.before.last())) && colon(self.behind.first())
    }

    /// Whether they stand where messages end.
    fn ends(&self) -> bool {
        self.behind.iter().all(|&symbol| is_affix(symbol))
    }

    /// Whether they end the message and are no titles: what it says at last, such as why something failed.
    fn concludes(&self) -> bool {
        let title = |filler: &[Symbol]| {
            let capital = |word: &Word| word.text.starts_with(char::is_uppercase) || word.is(GRAMMAR);
            filler.iter().filter_map(|&symbol| self.words.get(symbol)).all(capital)
        };
        self.ends() && self.share(title) < 0.5
    }

    /// The share of those that begin or end with a word that says something.
    fn says(&self) -> f64 {
        self.share(|filler| {
            let ends = [filler.first(), filler.last()];
            ends.iter().any(|end| end.and_then(|&symbol| self.words.get(symbol)).is_some_and(|word| word.is(GRAMMAR)))
        })
    }

    /// How many different ones make it a value.
    fn needed(&self, knowledge: &Knowledge, recurring: &FxHashMap<u64, u32>) -> usize {
        let count = |symbols: &[Symbol]| symbols.iter().filter(|&&symbol| is_word(symbol)).count();
        let constants = count(self.before) + count(&self.apart.symbols) + count(self.behind);
        let told = |symbols: &[Symbol]| {
            symbols
                .iter()
                .filter_map(|&symbol| self.words.get(symbol))
                .any(|word| !is_closed(&word.text.to_ascii_lowercase()))
        };
        if ![self.before, &self.apart.symbols, self.behind].into_iter().any(told) {
            return usize::MAX;
        }
        let known = |filler: &&[Symbol]| match **filler {
            [one] => knowledge.values.contains(&bare(one)) || matches!(bare(one), VALUE | SPAN),
            _ => knowledge.phrases.contains(&unspaced(filler)),
        };
        let concludes = self.concludes();
        if !concludes && self.apart.symbols.len() == 1 && self.fillers.iter().all(known) {
            return 2;
        }
        // The same names in several places: what was started is what was stopped.
        let often =
            |filler: &&&[Symbol]| filler.len() > 1 && recurring.get(&phrase(filler)).is_some_and(|&places| places > 1);
        if !concludes && !self.begins() && self.fillers.iter().filter(often).count() >= RECURRING && self.says() < 0.5 {
            return RECURRING;
        }
        let delimited = self.delimited();
        let announced =
            self.before.last().and_then(|&symbol| self.words.get(symbol)).is_some_and(|word| word.is(ANNOUNCES));
        let proper = self.proper();
        let mut need = if delimited || announced || proper { 3 } else { 4 };
        if !delimited {
            need += match self.says() {
                share if share >= 0.5 => 16,
                share if share > 0.0 => 1,
                _ => 0,
            };
            // Messages begin with what they are about, and end with what is said about it.
            need += 2 * usize::from(self.begins()) + 4 * usize::from(self.ends()) + 16 * usize::from(self.heads());
        }
        // Little text around says little about what is long.
        need += 2 * self.apart.longest.saturating_sub(constants) + if constants < 2 { 4 } else { 0 };
        if self.fillers.iter().any(|filler| matches!(filler, [one] if matches!(bare(*one), VALUE | SPAN))) {
            need = need.min(if constants >= 4 { 2 } else { 3 });
        }
        // Values apart from one another vary independently.
        if self.apart.symbols.len() > 1 {
            need = (need + 2).max(CROSSED);
        }
        need
    }
}

#[cfg(test)]
mod tests {
    use crate::template::table::tests::texts;
    use crate::template::{Catalog, ShapeTable};

    #[test]
    fn names_of_one_word_and_of_several_are_values_of_one_place() {
        let messages = ["Print Spooler", "BITS", "Windows Update", "Time"]
            .map(|name| format!("The {name} service entered the running state"));
        assert_eq!(texts(&messages), ["The <*> service entered the running state"]);
    }

    #[test]
    fn what_all_have_in_between_parts_two_values() {
        let messages: Vec<String> = ["id", "name", "user id"]
            .iter()
            .flat_map(|column| {
                ["orders", "items", "old carts"].map(|table| format!("read {column} from {table} in time"))
            })
            .collect();
        assert_eq!(texts(&messages), ["read <*> from <*> in time"]);
    }

    #[test]
    fn what_messages_end_with_is_what_they_say() {
        let messages = ["Permission denied", "No such file or directory", "Exec format error", "timed out"]
            .map(|reason| format!("Error loading the program image: {reason}"));
        assert_eq!(texts(&messages).len(), 4);
        assert_eq!(
            texts(&["disk is full", "disk of the node is full", "disk under test is full"].map(str::to_owned)).len(),
            3
        );
    }

    #[test]
    fn why_something_failed_is_said_however_often_it_is_said() {
        let reasons = ["No space left on device", "Permission denied", "Address already in use", "Broken pipe"];
        let messages: Vec<String> = reasons
            .iter()
            .flat_map(|reason| [format!("write to disk failed: {reason}"), format!("bind failed: {reason}")])
            .collect();
        assert_eq!(texts(&messages).len(), 8);
    }

    #[test]
    fn what_was_started_and_stopped_has_a_name() {
        let names = ["Rotate log files", "Docker Engine", "Daily download of packages", "the Snap Daemon"];
        let messages: Vec<String> =
            names.iter().flat_map(|name| [format!("Starting {name}..."), format!("Stopped {name}.")]).collect();
        assert_eq!(texts(&messages), ["Starting <*>...", "Stopped <*>."]);
        let once = names.map(|name| format!("Stopped {name}."));
        assert_eq!(texts(&once).len(), 4, "in one place");
    }

    #[test]
    fn an_unknown_name_of_several_words_fits_as_a_whole() {
        let names = ["Oak Shield", "Bow", "Cloak of Shadows", "Health Potion", "Iron Sword 2"];
        let mut table = ShapeTable::default();
        for (place, name) in names.iter().enumerate() {
            table.add(format!("the hero picked up {name} in the cave at 10.0.0.1").as_bytes(), place as u64);
        }
        let catalog = Catalog::build(&table);
        let other = b"the hero picked up Ring of Far Sight in the cave at 10.0.0.7";
        assert_eq!(catalog.find(other), Some(0));
        let values = catalog.parameters(other, 0).unwrap_or_default();
        let values: Vec<&[u8]> = values.iter().map(|value| &other[value.start..value.end]).collect();
        assert_eq!(values, [b"Ring of Far Sight".as_slice(), b"10.0.0.7"]);
        assert_eq!(catalog.templates()[0].typed_text(), "the hero picked up <*> in the cave at <ip>");
    }

    #[test]
    fn what_failed_is_said_and_why_it_did() {
        let whats = ["pull of the image", "health check", "upload", "bulk sync of the peers", "exec", "stats of it"];
        let whys = ["no such host", "connection refused", "permission denied", "device or resource busy"];
        let pairs = whats.iter().flat_map(|what| whys.iter().map(move |why| format!("msg=\"{what}: {why}\" id=7")));
        let found = texts(&pairs.collect::<Vec<_>>());
        let says_what = |text: &String| whats.iter().any(|what| text.starts_with(&format!("msg=\"{what}: ")));
        assert!(found.iter().all(says_what), "{found:?}");
    }
}
