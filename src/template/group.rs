//! What stands in brackets: values of any inside.
//!
//! `CMD (run-parts /etc/cron.hourly)` and `CMD (cd / && test -x sa1)` have nothing in common inside, and all outside.

use super::cluster::Form;
use super::keys::WIDE;
use super::words::{SPAN, Symbol, bare, has_gap, is_word, mark, mark_byte};
use crate::common::hash::{absorb, mix};

/// Most tokens in brackets that can be a value.
pub(super) const WIDEST: usize = 24;
/// Fewest different texts in brackets that make them a value.
const TEXTS: usize = 3;
/// Most brackets that are looked at in a round.
const GROUPS: usize = 1_000_000;

/// Where the bracket at `open` closes. `mark_at`: the mark at a place, if one stands there; `None` behind the last token.
pub(super) fn closing(mark_at: impl Fn(usize) -> Option<Option<u8>>, open: usize) -> Option<usize> {
    let opens = mark_at(open)??;
    let closes = match opens {
        b'[' => b']',
        b'(' => b')',
        b'{' => b'}',
        b'<' => b'>',
        _ => return None,
    };
    let mut depth = 0_usize;
    for at in open + 1..=open + 1 + WIDEST {
        match mark_at(at)? {
            Some(mark) if mark == closes && depth == 0 => return Some(at),
            Some(mark) if mark == closes => depth -= 1,
            Some(mark) if mark == opens => depth += 1,
            _ => {}
        }
    }
    None
}

/// [`closing`] of a form.
pub(super) fn closing_of(symbols: &[Symbol], open: usize) -> Option<usize> {
    closing(|at| symbols.get(at).map(|&symbol| mark_byte(symbol)), open)
}

/// A form, and where its brackets begin and end inside.
type Member = (u32, u16, u16);

/// Forms that are equal but for what stands in one pair of brackets.
struct Bucket {
    members: Vec<Member>,
    texts: usize,
}

/// Makes forms one that differ in one pair of brackets, where the insides are of many kinds. `None`: there are none.
pub(super) fn groups(forms: &[Form]) -> Option<Vec<Form>> {
    let mut accepted: Vec<Bucket> = buckets(forms).into_iter().filter_map(|members| judged(forms, members)).collect();
    let symbols = |bucket: &Bucket| &forms[bucket.members[0].0 as usize].symbols;
    accepted.sort_by(|a, b| {
        (b.texts.cmp(&a.texts))
            .then_with(|| symbols(a).cmp(symbols(b)))
            .then_with(|| a.members[0].1.cmp(&b.members[0].1))
    });
    let mut out = forms.to_vec();
    let mut used = vec![false; forms.len()];
    for bucket in &accepted {
        if bucket.members.iter().any(|&(member, ..)| used[member as usize]) {
            continue;
        }
        let (first, start, end) = bucket.members[0];
        let (before, behind) = outside(forms, (first, start, end));
        let gap = forms[first as usize].symbols[usize::from(start)] & 1;
        let merged = [before, &[SPAN | gap], behind].concat();
        for &(member, ..) in &bucket.members {
            used[member as usize] = true;
            out[member as usize].exact = false;
            out[member as usize].symbols.clone_from(&merged);
        }
    }
    (!accepted.is_empty()).then_some(out)
}

/// Groups of forms that are equal outside of one pair of brackets.
fn buckets(forms: &[Form]) -> Vec<Vec<Member>> {
    let mut keys: Vec<(u64, Member)> = Vec::new();
    for (index, form) in forms.iter().enumerate() {
        let symbols = &form.symbols;
        if keys.len() >= GROUPS {
            break;
        }
        // Of what stands behind each place, read backwards.
        let mut behind = vec![0_u64; symbols.len() + 1];
        for (at, &symbol) in symbols.iter().enumerate().rev() {
            behind[at] = absorb(behind[at + 1], u64::from(symbol) + 1);
        }
        let mut before = 0;
        for (open, &symbol) in symbols.iter().enumerate() {
            before = absorb(before, u64::from(symbol) + 1);
            // What is glued to a name is a part of it.
            let close = closing_of(symbols, open).filter(|&close| close > open + 1 && has_gap(symbol));
            if let Some(close) = close {
                let key = mix(before ^ mix(behind[close] ^ u64::from(symbols[open + 1] & 1)));
                keys.push((key, (index as u32, open as u16 + 1, close as u16)));
            }
        }
    }
    keys.sort_unstable();
    let groups = keys.chunk_by(|a, b| a.0 == b.0).filter(|group| group.len() > 1);
    let members = groups.map(|group| group.iter().map(|key| key.1).collect());
    members.filter(|members: &Vec<Member>| fits(forms, members)).collect()
}

fn outside(forms: &[Form], (form, start, end): Member) -> (&[Symbol], &[Symbol]) {
    let symbols = &forms[form as usize].symbols;
    (&symbols[..usize::from(start)], &symbols[usize::from(end)..])
}

/// Whether forms are really equal outside of their brackets: hashes only say so with high probability.
fn fits(forms: &[Form], members: &[Member]) -> bool {
    let first = outside(forms, members[0]);
    members[1..].iter().all(|&member| outside(forms, member) == first)
}

/// A bucket whose insides are a value: different ones, of several tokens, that are no lists of keys, with text around them.
fn judged(forms: &[Form], members: Vec<Member>) -> Option<Bucket> {
    let inside = |&(form, start, end): &Member| &forms[form as usize].symbols[usize::from(start)..usize::from(end)];
    let mut texts: Vec<&[Symbol]> = members.iter().map(inside).collect();
    texts.sort_unstable();
    texts.dedup();
    let (before, behind) = outside(forms, members[0]);
    let around = || before.iter().chain(behind).copied();
    let words = around().filter(|&symbol| is_word(symbol)).count();
    let spans = around().filter(|&symbol| bare(symbol) == SPAN).count();
    let value = texts.iter().any(|text| matches!(text, [one] if bare(*one) == SPAN));
    let needed = match words {
        0 => return None,
        _ if value => 2,
        1 => TEXTS + 2,
        _ => TEXTS,
    };
    let several = texts.iter().any(|text| text.len() > 1);
    let keys = texts.iter().any(|text| text.contains(&mark(b"=")));
    (several && !keys && spans < WIDE && texts.len() >= needed).then_some(Bucket { members, texts: texts.len() })
}

#[cfg(test)]
mod tests {
    use crate::template::table::tests::texts;
    use crate::template::{Catalog, ShapeTable};

    const JOBS: [&str; 4] = [
        "the user ran a job (run-parts --report /etc/hourly) in time",
        "the user ran a job (cd / && test -x /sbin/x) in time",
        "the user ran a job (sync) in time",
        "the user ran a job ([ -d /run ] || { date; }) in time",
    ];

    #[test]
    fn texts_of_any_kind_in_brackets_are_one_value() {
        assert_eq!(texts(&JOBS), ["the user ran a job (<*>) in time"]);
    }

    #[test]
    fn keys_in_brackets_and_calls_are_told_apart() {
        let intents =
            ["{ act=a b=c }", "{ b=x }", "{ act=a typ=b b=c }"].map(|inside| format!("start the intent {inside}"));
        assert_eq!(texts(&intents).len(), 3);
        let calls =
            ["open(a, b)", "open()", "open(a b c)", "open(the door)"].map(|call| format!("the call {call} failed"));
        assert!(texts(&calls).len() > 2);
    }

    #[test]
    fn another_text_fits_and_is_the_value() {
        let mut table = ShapeTable::default();
        for (place, message) in JOBS.iter().enumerate() {
            table.add(message.as_bytes(), place as u64);
        }
        let catalog = Catalog::build(&table);
        let other = b"the user ran a job (echo (a) > /b/c; exit 1) in time";
        assert_eq!(catalog.find(other), Some(0));
        let values = catalog.parameters(other, 0).unwrap_or_default();
        let values: Vec<&[u8]> = values.iter().map(|value| &other[value.start..value.end]).collect();
        assert_eq!(values, [b"echo (a) > /b/c; exit 1".as_slice()]);
    }
}
