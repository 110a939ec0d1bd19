//! A few pages of a long list, and which page to ask for next.
//!
//! A request is never queued: when one ends, the next is for what is visible then. Pages that were wanted only while the
//! scrollbar rushed past are never asked for.

/// Rows of one page.
pub const PAGE: u64 = 64;
/// Pages that are kept; enough for the visible ones and some to go back to.
const KEPT: usize = 24;

/// The pages at hand.
#[derive(Clone, Debug)]
pub struct Pages<T> {
    pages: Vec<Page<T>>,
    clock: u64,
}

#[derive(Clone, Debug)]
struct Page<T> {
    index: u64,
    used: u64,
    /// Rows that the page was to have when it was asked for; a list that is still growing has more later.
    due: u64,
    rows: Vec<T>,
}

impl<T> Default for Pages<T> {
    fn default() -> Self {
        Self { pages: Vec::new(), clock: 0 }
    }
}

impl<T> Pages<T> {
    /// The row at a position, if its page is here.
    pub fn get(&self, position: u64) -> Option<&T> {
        let page = self.page(position / PAGE)?;
        page.rows.get((position % PAGE) as usize)
    }

    fn page(&self, index: u64) -> Option<&Page<T>> {
        self.pages.iter().find(|page| page.index == index)
    }

    /// The page to ask for next so that `count` rows from `first` can be shown, out of `total`; `None` when all are here.
    /// `asked` are pages that were asked for and have not come.
    pub fn wanted(&self, first: u64, count: u64, total: u64, asked: &[u64]) -> Option<u64> {
        let end = (first + count).min(total);
        if first >= end {
            return None;
        }
        (first / PAGE..=(end - 1) / PAGE).find(|&index| {
            let here = self.page(index).map_or(0, |page| page.due);
            here < due(index, total) && !asked.contains(&index)
        })
    }

    /// Keeps a page that was asked for when the list had `total` rows, in the place of the one that was not used for
    /// longest. A page that came shorter than was due is not asked for again until the list grows.
    pub fn insert(&mut self, index: u64, total: u64, rows: Vec<T>) {
        self.clock += 1;
        let page = Page { index, used: self.clock, due: due(index, total), rows };
        if let Some(old) = self.pages.iter_mut().find(|page| page.index == index) {
            *old = page;
        } else if self.pages.len() < KEPT {
            self.pages.push(page);
        } else if let Some(oldest) = self.pages.iter_mut().min_by_key(|page| page.used) {
            *oldest = page;
        }
    }

    /// Marks what is visible, so that it is kept.
    pub fn touch(&mut self, first: u64, count: u64) {
        self.clock += 1;
        let visible = first / PAGE..=(first + count) / PAGE;
        for page in &mut self.pages {
            if visible.contains(&page.index) {
                page.used = self.clock;
            }
        }
    }

    /// Wants every page again; what is here is shown until it comes.
    pub fn stale(&mut self) {
        for page in &mut self.pages {
            page.due = 0;
        }
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.pages.clear();
    }
}

/// How many rows a page has in a list of `total`.
fn due(index: u64, total: u64) -> u64 {
    total.saturating_sub(index * PAGE).min(PAGE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(index: u64) -> Vec<u64> {
        (index * PAGE..(index + 1) * PAGE).collect()
    }

    #[test]
    fn asks_for_what_is_visible_and_missing() {
        let mut pages = Pages::default();
        assert_eq!(pages.wanted(60, 10, 1000, &[]), Some(0));
        assert_eq!(pages.wanted(60, 10, 1000, &[0]), Some(1));
        pages.insert(0, 1000, page(0));
        pages.insert(1, 1000, page(1));
        assert_eq!(pages.wanted(60, 10, 1000, &[]), None);
        assert_eq!(pages.get(63), Some(&63));
        assert_eq!(pages.get(64), Some(&64));
        assert_eq!(pages.wanted(0, 10, 0, &[]), None, "an empty list wants nothing");
    }

    #[test]
    fn a_page_that_was_short_is_asked_for_again_when_the_list_grew() {
        let mut pages = Pages::default();
        pages.insert(0, 3, vec![0, 1, 2]);
        assert_eq!(pages.wanted(0, 10, 3, &[]), None);
        assert_eq!(pages.wanted(0, 10, 50, &[]), Some(0));
        pages.insert(0, 50, vec![0, 1, 2]);
        assert_eq!(pages.wanted(0, 10, 50, &[]), None, "never asked for twice in vain");
    }

    #[test]
    fn stale_pages_are_shown_until_they_come_again() {
        let mut pages = Pages::default();
        pages.insert(0, 50, page(0));
        pages.stale();
        assert_eq!(pages.get(7), Some(&7));
        assert_eq!(pages.wanted(0, 10, 50, &[]), Some(0));
    }

    #[test]
    fn the_page_unused_for_longest_goes_first() {
        let mut pages = Pages::default();
        for index in 0..KEPT as u64 {
            pages.insert(index, 10_000, page(index));
        }
        pages.touch(0, 10);
        pages.insert(99, 10_000, page(99));
        assert!(pages.get(0).is_some(), "visible a moment ago");
        assert!(pages.get(PAGE).is_none() || pages.get(2 * PAGE).is_none());
        assert!(pages.get(99 * PAGE).is_some());
    }
}
