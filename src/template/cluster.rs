//! Shapes that differ only in what varies → one form.
//!
//! Every pair of shapes that differ in one word is a question: are these two messages, or one with a word for a value? Many
//! different words in the same place of the same text say that it is a value, and how many are needed depends on what
//! stands around it and on what they look like. All shapes are in view, so neither the order of the messages nor the way
//! they were split plays a role.

use rustc_hash::{FxHashMap, FxHashSet};

use super::affix::Affixes;
use super::bracket::lists;
use super::colons::colons;
use super::group::groups;
use super::judge::{Knowledge, Slot, VOCABULARY, needed};
use super::keys::keys;
use super::odd::odd;
use super::repeat::{Role, repeats};
use super::span::spans;
use super::words::{REST, SPAN, Symbol, VALUE, Words, bare, has_gap, is_slot, is_word, mark, mark_byte};
use crate::common::hash::{hash_pair, mix};

/// Rounds of merging; nearly always a few are enough.
const ROUNDS: usize = 32;
/// Longest form that is looked at for pairs of slots.
const PAIR_SLOTS: usize = 24;
/// Most pairs of slots that are looked at in a round.
const PAIRS: usize = 2_000_000;

/// Fewest combinations that say that two places vary independently.
pub(super) const CROSSED: usize = 4;

/// From so many forms that look alike on, only words that are not usual are tried in pairs.
const MANY: u32 = 1000;

/// Compounds that a form may have.
pub(super) const COMPOUNDS: usize = 3;

/// Messages of one template, perhaps of several shapes.
#[derive(Clone, Debug, Default)]
pub(super) struct Form {
    pub symbols: Vec<Symbol>,
    pub count: u64,
    /// Indices of its shapes.
    pub shapes: Vec<u32>,
    /// Of those whose values are written unlike those of the others ([`super::odd`]).
    pub odd: Vec<u32>,
    /// Its symbols are one for one the tokens of its messages.
    pub exact: bool,
}

impl Form {
    /// Takes in the messages of another one.
    pub(super) fn take(&mut self, other: &Self) {
        self.count += other.count;
        self.shapes.extend(&other.shapes);
        self.odd.extend(&other.odd);
        self.exact &= other.exact;
    }
}

/// Merges forms to a fixed point. The result is in order of symbols.
pub(super) fn cluster(forms: Vec<Form>, words: &Words) -> Vec<Form> {
    let mut forms = unite(forms);
    let affixes = Affixes::take_off(&mut forms, words);
    let mut forms = compound(lists(collapse(unite(forms))));
    let mut knowledge = Knowledge::default();
    for _ in 0..ROUNDS {
        let mut changed = false;
        for (place, way) in WAYS.iter().enumerate() {
            while let Some(merged) = way(&forms, words, &mut knowledge) {
                forms = compound(lists(collapse(unite(merged))));
                changed = true;
                // What differs in one word is the plainest: all of it comes before anything else.
                if place > 0 {
                    break;
                }
            }
        }
        if !changed {
            break;
        }
    }
    affixes.put_on(forms)
}

/// Makes some forms one, if it finds any that are.
type Way = fn(&[Form], &Words, &mut Knowledge) -> Option<Vec<Form>>;

/// The ways to merge forms, in the order in which they are tried.
const WAYS: [Way; 10] = [
    |forms, words, knowledge| merge_once(forms, words, knowledge, 1),
    cross,
    |forms, words, _| keys(forms, words),
    |forms, words, _| colons(forms, words),
    |forms, words, knowledge| knowledge.contexts.apply(forms, words),
    spans,
    |forms, words, _| odd(forms, words),
    |forms, words, knowledge| merge_once(forms, words, knowledge, 2),
    |forms, _, _| groups(forms),
    |forms, words, knowledge| knowledge.names.apply(forms, words),
];

/// Makes forms of equal symbols one, in order of symbols.
#[inline(never)]
pub(super) fn unite(mut forms: Vec<Form>) -> Vec<Form> {
    forms.sort_by(|a, b| a.symbols.cmp(&b.symbols));
    let mut united: Vec<Form> = Vec::with_capacity(forms.len());
    for form in forms {
        match united.last_mut() {
            Some(last) if last.symbols == form.symbols => {
                last.take(&form);
            }
            _ => united.push(form),
        }
    }
    united
}

/// Gives the forms of each group with several members the symbols that `common` finds for all of them. `None`: it finds
/// none for any.
pub(super) fn alike<'a, T: 'a>(
    forms: &[Form],
    groups: impl Iterator<Item = &'a [T]>,
    form: impl Fn(&T) -> usize,
    common: impl Fn(&[T]) -> Option<Vec<Symbol>>,
) -> Option<Vec<Form>> {
    let mut out = forms.to_vec();
    let mut changed = false;
    for members in groups.filter(|members| members.len() > 1) {
        let Some(symbols) = common(members) else { continue };
        for member in members {
            let form = &mut out[form(member)];
            form.exact &= !symbols.iter().any(|&symbol| bare(symbol) == SPAN);
            form.symbols.clone_from(&symbols);
        }
        changed = true;
    }
    changed.then_some(out)
}

/// Lists of values, separated by blanks, commas or semicolons, and of things that are written alike: where they are of
/// different lengths in otherwise equal forms, they are one.
#[inline(never)]
fn collapse(forms: Vec<Form>) -> Vec<Form> {
    let mut lengths: FxHashMap<Vec<Symbol>, (usize, bool)> = FxHashMap::default();
    let short: Vec<Option<Vec<Symbol>>> = forms.iter().map(|form| collapsed(&form.symbols)).collect();
    for (form, short) in forms.iter().zip(&short) {
        let key = short.as_ref().unwrap_or(&form.symbols);
        if !key.iter().any(|&symbol| bare(symbol) == VALUE) {
            continue;
        }
        let length = form.symbols.len();
        let entry = lengths.entry(key.clone()).or_insert((length, false));
        entry.1 |= entry.0 != length;
    }
    let mut out = Vec::with_capacity(forms.len());
    let mut changed = false;
    for (mut form, short) in forms.into_iter().zip(short) {
        if let Some(short) = short.filter(|short| lengths.get(short).is_some_and(|entry| entry.1)) {
            form.symbols = short;
            form.exact = false;
            changed = true;
        }
        out.push(form);
    }
    if changed { unite(out) } else { out }
}

fn collapsed(symbols: &[Symbol]) -> Option<Vec<Symbol>> {
    let mut short: Vec<Symbol> = Vec::with_capacity(symbols.len());
    for (at, &symbol) in symbols.iter().enumerate() {
        let rest = bare(symbol) == REST && short.last().is_some_and(|&last| bare(last) == VALUE);
        if rest || bare(symbol) == VALUE && at > 0 {
            let run = has_gap(symbol) && short.last().is_some_and(|&last| bare(last) == VALUE);
            let separated = matches!(short.last().and_then(|&last| mark_byte(last)), Some(b',' | b';'))
                && short.len() >= 2
                && bare(short[short.len() - 2]) == VALUE;
            if separated {
                short.pop();
            }
            if run || separated || rest {
                continue;
            }
        }
        short.push(symbol);
    }
    if let Some(found) = repeats(short.len(), |at| role(short[at])) {
        for &at in &found.vary {
            short[at] = VALUE | short[at] & 1;
        }
        let mut left_out = found.left_out.iter();
        short.retain(|_| left_out.next() != Some(&true));
    }
    (short.len() < symbols.len()).then_some(short)
}

/// What a token is for a list of things that are written alike.
fn role(symbol: Symbol) -> Role {
    match mark_byte(symbol) {
        Some(b',' | b';') => Role::Separator,
        Some(byte) => Role::mark(byte, has_gap(symbol), bare(symbol) != mark(&[byte])),
        None if is_slot(symbol) && bare(symbol) != SPAN => Role::Slot(u64::from(bare(symbol))),
        None => Role::Other,
    }
}

/// `name:80`, `name[0]` and `Some(7)` are one value where another form has one value in their place.
#[inline(never)]
fn compound(mut forms: Vec<Form>) -> Vec<Form> {
    for _ in 0..COMPOUNDS {
        let known: FxHashSet<&[Symbol]> = forms.iter().map(|form| form.symbols.as_slice()).collect();
        let shorter: Vec<Option<Vec<Symbol>>> = forms
            .iter()
            .map(|form| {
                let symbols = &form.symbols;
                (0..symbols.len()).find_map(|at| {
                    let length = compound_length(&symbols[at..])?;
                    // Some text has to be equal.
                    let others = symbols[..at].iter().chain(&symbols[at + length..]);
                    if !others.copied().any(is_word) {
                        return None;
                    }
                    let value = [VALUE | (symbols[at] & 1)];
                    let whole = [&symbols[..at], &value, &symbols[at + length..]].concat();
                    known.contains(whole.as_slice()).then_some(whole)
                })
            })
            .collect();
        if shorter.iter().all(Option::is_none) {
            break;
        }
        for (form, shorter) in forms.iter_mut().zip(shorter) {
            if let Some(shorter) = shorter {
                (form.symbols, form.exact) = (shorter, false);
            }
        }
        forms = unite(forms);
    }
    forms
}

/// The number of symbols of a `name:value`, `name[value]` or `name(value)` at the beginning.
fn compound_length(symbols: &[Symbol]) -> Option<usize> {
    let tight = |at: usize| symbols.get(at).copied().filter(|&symbol| !has_gap(symbol));
    let (mark, value) = (tight(1).and_then(mark_byte)?, tight(2)?);
    if !is_slot(symbols[0]) || bare(symbols[0]) == SPAN || value != VALUE {
        return None;
    }
    match mark {
        b':' => Some(3),
        b'[' if tight(3).and_then(mark_byte) == Some(b']') => Some(4),
        b'(' if tight(3).and_then(mark_byte) == Some(b')') => Some(4),
        _ => None,
    }
}

/// For each form, the slots in which another form differs from it and is equal to it everywhere else.
#[inline(never)]
pub(super) fn siblings(forms: &[Form]) -> Vec<Vec<u16>> {
    let mut slots = vec![Vec::new(); forms.len()];
    for (members, differing) in buckets(forms, 1) {
        for member in members {
            slots[member as usize].extend(&differing);
        }
    }
    slots
}

/// A place where forms differ: the forms that are equal everywhere else.
struct Bucket {
    members: Vec<u32>,
    slots: Vec<u16>,
    /// Different words, least over the slots.
    distinct: usize,
}

/// One round over all single slots, or all pairs of slots. `None`: nothing was merged.
#[inline(never)]
fn merge_once(forms: &[Form], words: &Words, knowledge: &mut Knowledge, width: usize) -> Option<Vec<Form>> {
    let mut accepted: Vec<Bucket> = Vec::new();
    let mut vocabulary = Vec::new();
    let buckets = buckets(forms, width);
    if width == 1 {
        count_places(forms, &buckets, words, knowledge);
    }
    for (members, slots) in buckets {
        let mut distinct = usize::MAX;
        let all = slots.iter().all(|&slot| {
            let slot = Slot::of(forms, &members, slot as usize, words, knowledge);
            distinct = distinct.min(slot.distinct());
            slot.distinct() >= needed(&slot, width)
        });
        if all {
            for &slot in &slots {
                vocabulary.extend(Slot::of(forms, &members, slot as usize, words, knowledge).vocabulary());
            }
            accepted.push(Bucket { members, slots, distinct });
        }
    }
    if accepted.is_empty() {
        return None;
    }
    knowledge.values.extend(vocabulary);
    accepted.sort_by(|a, b| {
        let symbols = |bucket: &Bucket| &forms[bucket.members[0] as usize].symbols;
        b.distinct.cmp(&a.distinct).then_with(|| symbols(a).cmp(symbols(b))).then_with(|| a.slots.cmp(&b.slots))
    });
    let mut used = vec![false; forms.len()];
    let mut merged = Vec::with_capacity(forms.len());
    for bucket in accepted {
        if bucket.members.iter().any(|&member| used[member as usize]) {
            continue;
        }
        let mut form =
            Form { symbols: forms[bucket.members[0] as usize].symbols.clone(), exact: true, ..Form::default() };
        for &slot in &bucket.slots {
            let span = bucket.members.iter().any(|&member| bare(forms[member as usize].symbols[slot as usize]) == SPAN);
            let symbol = &mut form.symbols[slot as usize];
            *symbol = if span { SPAN } else { VALUE } | (*symbol & 1);
        }
        for &slot in &bucket.slots {
            knowledge.names.learn(forms, &bucket.members, slot, bucket.distinct);
        }
        for &member in &bucket.members {
            used[member as usize] = true;
            form.take(&forms[member as usize]);
        }
        if bucket.distinct >= VOCABULARY {
            for &slot in &bucket.slots {
                knowledge.contexts.learn(&form.symbols, slot as usize);
            }
        }
        merged.push(form);
    }
    merged.extend(forms.iter().zip(used).filter(|(_, used)| !used).map(|(form, _)| form.clone()));
    Some(merged)
}

/// Counts in how many places each word stands where two others or more stand too.
#[inline(never)]
fn count_places(forms: &[Form], buckets: &[(Vec<u32>, Vec<u16>)], words: &Words, knowledge: &mut Knowledge) {
    let mut places = FxHashMap::default();
    for (members, slots) in buckets.iter().filter(|(members, _)| members.len() >= 3) {
        let slot = Slot::of(forms, members, slots[0] as usize, words, knowledge);
        if slot.different() >= 3 {
            slot.found().for_each(|word| *places.entry(word).or_insert(0) += 1);
        }
    }
    knowledge.places = places;
}

/// Pairs of places whose words occur in more combinations than either has words: what is said in one message does not
/// depend on what is said elsewhere in it, so both are what it is said about. All places that vary so become values.
#[inline(never)]
fn cross(forms: &[Form], words: &Words, knowledge: &mut Knowledge) -> Option<Vec<Form>> {
    let mut varies: Vec<Vec<u16>> = vec![Vec::new(); forms.len()];
    let mut found = Vec::new();
    for (members, slots) in buckets(forms, 2) {
        let sides: Vec<Slot<'_>> =
            slots.iter().map(|&slot| Slot::of(forms, &members, slot as usize, words, knowledge)).collect();
        let different: usize = sides.iter().map(Slot::different).sum();
        let crossed = members.len() >= CROSSED.max(different) && sides.iter().all(|side| side.different() >= 2);
        if crossed && !sides.iter().any(Slot::says) {
            for side in &sides {
                found.extend(side.found());
            }
            for &member in &members {
                varies[member as usize].extend(&slots);
            }
        }
    }
    if found.is_empty() {
        return None;
    }
    knowledge.values.extend(found);
    let mut merged = forms.to_vec();
    for (form, places) in merged.iter_mut().zip(varies) {
        for &place in &places {
            let symbol = &mut form.symbols[place as usize];
            *symbol = if bare(*symbol) == SPAN { SPAN } else { VALUE } | (*symbol & 1);
        }
        for place in places {
            knowledge.contexts.learn(&form.symbols, place as usize);
        }
    }
    Some(merged)
}

/// How often a word stands in a place of forms that look alike: with as many tokens and the same marks.
///
/// Where very many forms look alike, a word that most of them have in a place is constant there, and need not be tried as
/// one of two variables: the number of pairs is what bounds the size of the task.
#[derive(Default)]
struct Usual {
    sizes: FxHashMap<u64, u32>,
    words: FxHashMap<(u64, u16, Symbol), u32>,
}

impl Usual {
    fn of(forms: &[Form]) -> Self {
        let mut usual = Self::default();
        for form in forms {
            *usual.sizes.entry(outline(form)).or_insert(0) += 1;
        }
        for form in forms {
            let outline = outline(form);
            if usual.sizes[&outline] >= MANY {
                for (at, &symbol) in form.symbols.iter().enumerate().filter(|(_, symbol)| is_word(**symbol)) {
                    *usual.words.entry((outline, at as u16, symbol)).or_insert(0) += 1;
                }
            }
        }
        usual
    }

    /// The places of words that are not usual.
    fn others(&self, form: &Form, mut slots: Vec<usize>) -> Vec<usize> {
        let outline = outline(form);
        let size = self.sizes.get(&outline).copied().unwrap_or(0);
        slots.retain(|&at| {
            let symbol = form.symbols[at];
            let count = self.words.get(&(outline, at as u16, symbol)).copied().unwrap_or(0);
            is_word(symbol) && count <= size / 2
        });
        slots
    }
}

fn outline(form: &Form) -> u64 {
    let marks = form.symbols.iter().enumerate().filter(|(_, symbol)| !is_slot(**symbol));
    marks
        .fold(form.symbols.len() as u64, |hash, (at, &symbol)| hash_pair(hash, hash_pair(at as u64, u64::from(symbol))))
}

/// Groups of forms that are equal but for `width` slots, two forms at least.
#[inline(never)]
fn buckets(forms: &[Form], width: usize) -> Vec<(Vec<u32>, Vec<u16>)> {
    let mut keys: Vec<(u64, u32, [u16; 2])> = Vec::new();
    let usual = if width == 2 { Usual::of(forms) } else { Usual::default() };
    for (index, form) in forms.iter().enumerate() {
        let hashes: Vec<u64> =
            form.symbols.iter().enumerate().map(|(at, &symbol)| hash_pair(at as u64, u64::from(symbol))).collect();
        let whole = hashes.iter().fold(form.symbols.len() as u64, |sum, hash| sum.wrapping_add(*hash));
        let slots: Vec<usize> = (0..form.symbols.len()).filter(|&at| is_slot(form.symbols[at])).collect();
        // What is left out of the sum is left out with its place and its blank.
        let without =
            |at: usize| mix(hash_pair(at as u64, u64::from(form.symbols[at] & 1) ^ u64::MAX)).wrapping_sub(hashes[at]);
        if width == 1 {
            keys.extend(slots.iter().map(|&at| (whole.wrapping_add(without(at)), index as u32, [at as u16, 0])));
        } else if slots.len() <= PAIR_SLOTS && keys.len() < PAIRS {
            let slots = usual.others(form, slots);
            for (place, &a) in slots.iter().enumerate() {
                for &b in &slots[place + 1..] {
                    let key = whole.wrapping_add(without(a)).wrapping_add(without(b));
                    keys.push((key, index as u32, [a as u16, b as u16]));
                }
            }
        }
    }
    keys.sort_unstable();
    let groups = keys.chunk_by(|a, b| a.0 == b.0).filter(|group| group.len() > 1);
    let mut found: Vec<_> = groups
        .map(|group| (group.iter().map(|key| key.1).collect(), group[0].2[..width].to_vec()))
        .collect::<Vec<(Vec<u32>, Vec<u16>)>>();
    found.retain(|(members, slots)| fits(forms, members, slots));
    found
}

/// Whether forms are really equal outside of the slots: hashes only say so with high probability.
fn fits(forms: &[Form], members: &[u32], slots: &[u16]) -> bool {
    let first = &forms[members[0] as usize].symbols;
    members[1..].iter().all(|&member| {
        let other = &forms[member as usize].symbols;
        other.len() == first.len()
            && first.iter().zip(other).enumerate().all(|(at, (a, b))| a == b || slots.contains(&(at as u16)))
    })
}
