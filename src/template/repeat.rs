//! Lists of things that are written alike: `Segment(base=1, size=2),Segment(base=9, size=2)` is as many segments as there
//! were.

/// Most tokens of one of them.
const WIDEST: usize = 24;
/// Fewest: a list of shorter ones is one of values.
const SHORTEST: usize = 3;

/// A token, for what a list is made of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Role {
    /// A comma or a semicolon.
    Separator,
    /// Another mark, or one with a blank: equal only to itself.
    Mark(u64),
    /// A word or a value; the number says which.
    Slot(u64),
    /// Anything else, equal to nothing.
    Other,
}

impl Role {
    /// A mark's.
    pub(super) fn mark(byte: u8, gap: bool, several: bool) -> Self {
        Self::Mark(u64::from(byte) | u64::from(gap) << 8 | u64::from(several) << 9)
    }
}

/// The places of tokens that repeat what stands before them, with the separators, and the places of the first ones where
/// something else stands in a later one.
#[derive(Default, Debug)]
pub(super) struct Repeats {
    pub left_out: Vec<bool>,
    pub vary: Vec<usize>,
}

/// What repeats in a message or form of `length` tokens. `None`: nothing does.
pub(super) fn repeats(length: usize, role: impl Fn(usize) -> Role) -> Option<Repeats> {
    let mut found = Repeats { left_out: vec![false; length], vary: Vec::new() };
    let mut at = 0;
    let mut any = false;
    while at + 2 * SHORTEST < length {
        let width = (SHORTEST..=WIDEST)
            .take_while(|width| at + 2 * width < length)
            .find(|&width| role(at + width) == Role::Separator && alike(&role, at, at + width + 1, width));
        let Some(width) = width else {
            at += 1;
            continue;
        };
        let mut next = at + width;
        while next + width < length && role(next) == Role::Separator && alike(&role, at, next + 1, width) {
            found.left_out[next..=next + width].fill(true);
            found
                .vary
                .extend((0..width).filter(|place| role(at + place) != role(next + 1 + place)).map(|place| at + place));
            next += width + 1;
        }
        any = true;
        at = next;
    }
    found.vary.sort_unstable();
    found.vary.dedup();
    any.then_some(found)
}

/// Whether two stretches are written alike: equal marks, one pair of brackets at least that begins at a name or a mark,
/// and equal names of what they are and of what is in them.
fn alike(role: &impl Fn(usize) -> Role, a: usize, b: usize, width: usize) -> bool {
    let mark = |at: usize, marks: &[u8]| matches!(role(at), Role::Mark(mark) if marks.iter().any(|&byte| mark == u64::from(byte)));
    let fits = |place: usize| match (role(a + place), role(b + place)) {
        // A name before a sign is a key or the name of a call.
        (Role::Slot(one), Role::Slot(other)) => one == other || !mark(a + place + 1, b"=(:[{"),
        (one, other) => one == other && one != Role::Other,
    };
    let brackets = |places: std::ops::Range<usize>| {
        places.clone().any(|at| mark(at, b"([{")) && places.clone().any(|at| mark(at, b")]}"))
    };
    // In brackets they are a list, however they are written.
    let inside = || a.checked_sub(1).is_some_and(|before| mark(before, b"([{"));
    let quote = |at: usize| matches!(role(at), Role::Mark(mark) if b"'\"`".contains(&(mark as u8)));
    let quoted = || width == SHORTEST && quote(a) && quote(a + 2) && !inside();
    let closed = mark(a + width - 1, b")]}") && brackets(a..a + width) || quoted();
    closed && (0..width).all(fits) && balanced(role, a, width)
}

/// Whether brackets that open in a stretch close in it.
fn balanced(role: &impl Fn(usize) -> Role, from: usize, width: usize) -> bool {
    let mut depth = 0_usize;
    for at in from..from + width {
        match role(at) {
            Role::Mark(mark) if b"([{".iter().any(|&byte| mark == u64::from(byte)) => depth += 1,
            Role::Mark(mark) if b")]}".iter().any(|&byte| mark == u64::from(byte)) => match depth.checked_sub(1) {
                Some(less) => depth = less,
                None => return false,
            },
            _ => {}
        }
    }
    depth == 0
}

#[cfg(test)]
mod tests {
    use crate::template::table::tests::texts;
    use crate::template::{Catalog, ShapeTable};

    fn deleted(count: usize) -> String {
        let segment = |at: usize| format!("Segment(base={at}, size={})", at * 7);
        format!("deleting {} of the log", (0..count).map(segment).collect::<Vec<_>>().join(","))
    }

    fn assigned(count: usize) -> String {
        let names = ["orders", "mail", "audit", "shop"];
        let replica =
            |at: usize| format!("{} -> Buffer({at}, {})", names[at % 4], ", 7".repeat(at).trim_start_matches(", "));
        format!("assigned Map({}) to all", (1..=count).map(replica).collect::<Vec<_>>().join(", "))
    }

    #[test]
    fn any_number_of_things_written_alike_are_one_template() {
        let mut messages: Vec<String> = (1..5).map(deleted).collect();
        assert_eq!(texts(&messages), ["deleting Segment(base=<*>, size=<*>) of the log"]);
        messages.extend((1..5).map(assigned));
        assert!(
            texts(&messages).contains(&"assigned Map(<*> -> Buffer(<*>)) to all".to_owned()),
            "{:?}",
            texts(&messages)
        );

        let mut table = ShapeTable::default();
        table.add(deleted(1).as_bytes(), 0);
        table.add(deleted(2).as_bytes(), 1);
        let catalog = Catalog::build(&table);
        for count in 1..5 {
            let other = deleted(count);
            assert_eq!(catalog.find(other.as_bytes()), Some(0));
            assert!(catalog.parameters(other.as_bytes(), 0).is_some());
        }
    }

    #[test]
    fn always_as_many_or_with_other_keys_stay() {
        assert_eq!(
            texts(&[deleted(2), deleted(2)]),
            ["deleting Segment(base=<*>, size=<*>),Segment(base=<*>, size=<*>) of the log"]
        );
        let keys = ["made A(x=1, y=2) for us", "made A(x=1, y=2), B(x=1, y=2) for us"];
        assert_eq!(texts(&keys).len(), 2);
    }

    #[test]
    fn names_in_quotes_are_a_list_of_any_length() {
        let messages = ["dags 'a1', 'b2' read from 7", "dags 'a1' read from 7", "dags 'x', 'y', 'z' read from 9"];
        assert_eq!(texts(&messages), ["dags '<*>' read from <*>"]);
    }
}
