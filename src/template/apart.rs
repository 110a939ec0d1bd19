//! Stretches of several words → the values in them, and the words that all of them have in between.

use super::words::{SPAN, Symbol, VALUE, bare, is_slot, is_word};

/// What is equal in stretches, and what is not.
pub(super) struct Apart {
    /// What stands for all of them: words that all have, and values.
    pub symbols: Vec<Symbol>,
    /// Tokens of the longest value.
    pub longest: usize,
    /// The different single words of each value.
    pub words: Vec<Vec<Symbol>>,
}

impl Apart {
    /// Parts stretches at the words that all of them have, once and in the same order. `None` where something else than
    /// values is in between.
    pub(super) fn of(stretches: &[&[Symbol]]) -> Option<Self> {
        let first = stretches.first()?;
        let common: Vec<Symbol> =
            first.iter().copied().filter(|&symbol| is_word(symbol) && once(stretches, symbol)).collect();
        let split: Option<Vec<Vec<&[Symbol]>>> = stretches.iter().map(|stretch| split(stretch, &common)).collect();
        let split = split?;
        let mut apart = Self { symbols: Vec::new(), longest: 0, words: Vec::new() };
        for place in 0..=common.len() {
            let values: Vec<&[Symbol]> = split.iter().filter_map(|parts| parts.get(place).copied()).collect();
            apart.add(&values)?;
            apart.symbols.extend(common.get(place));
        }
        Some(apart)
    }

    /// Appends what stands in one place.
    fn add(&mut self, values: &[&[Symbol]]) -> Option<()> {
        let first = values.first()?;
        if values.iter().all(|value| value == first) {
            self.symbols.extend_from_slice(first);
            return Some(());
        }
        let gap = |value: &[Symbol]| value.first().filter(|&&symbol| is_slot(symbol)).map(|symbol| symbol & 1);
        let (begin, ends) = (gap(first)?, |value: &&[Symbol]| value.last().is_some_and(|&symbol| is_slot(symbol)));
        let alike = values.iter().all(|value| gap(value) == Some(begin));
        if !alike || !values.iter().all(ends) {
            return None;
        }
        let longest = values.iter().map(|value| value.len()).max().unwrap_or(0);
        let single = values.iter().filter_map(|value| if let [one] = value { Some(bare(*one)) } else { None });
        let mut words: Vec<Symbol> = single.filter(|&symbol| is_word(symbol)).collect();
        words.sort_unstable();
        words.dedup();
        let span = longest > 1 || values.iter().any(|value| value.iter().any(|&symbol| bare(symbol) == SPAN));
        self.symbols.push(if span { SPAN } else { VALUE } | begin);
        self.longest = self.longest.max(longest);
        self.words.push(words);
        Some(())
    }
}

/// Whether each stretch has a symbol once.
fn once(stretches: &[&[Symbol]], symbol: Symbol) -> bool {
    stretches.iter().all(|stretch| stretch.iter().filter(|&&other| other == symbol).count() == 1)
}

/// What stands before, between and behind words; `None` where they are in another order.
fn split<'a>(stretch: &'a [Symbol], common: &[Symbol]) -> Option<Vec<&'a [Symbol]>> {
    let ordered = stretch.iter().filter(|symbol| common.contains(symbol)).eq(common);
    ordered.then(|| stretch.split(|symbol| common.contains(symbol)).collect())
}
