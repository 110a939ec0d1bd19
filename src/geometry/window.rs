//! A window on more rows than an element can be high.
//!
//! Browsers limit the height of an element (Chromium to 33 million pixels, Firefox to about 18 million), so past
//! [`SPACER_LIMIT`] the scrollbar is a scaled picture of the true position. The true position, `top`, counts pixels of the
//! whole content and is kept by the caller: wheel and keys move it exactly, dragging the scrollbar moves it by the scale.

/// Highest element that carries the scrollbar, in pixels; below every browser's limit.
pub const SPACER_LIMIT: f64 = 10_000_000.0;

/// What there is to scroll: rows of one height in a viewport.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Extent {
    /// How many rows there are.
    pub rows: u64,
    /// Height of each, in pixels.
    pub row_height: f64,
    /// Height of the visible part, in pixels, without a header.
    pub viewport: f64,
}

/// The rows to draw.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    /// The first row that is at least partly visible.
    pub first: u64,
    /// How many to draw from there.
    pub count: u32,
    /// How far the first one is scrolled out at the top, in pixels.
    pub shift: f64,
}

impl Extent {
    /// Height of all rows.
    pub fn content(&self) -> f64 {
        self.rows as f64 * self.row_height
    }

    /// Height of the element that carries the scrollbar.
    pub fn spacer(&self) -> f64 {
        self.content().min(SPACER_LIMIT)
    }

    /// The largest position: the last row stands at the bottom.
    pub fn max_top(&self) -> f64 {
        (self.content() - self.viewport).max(0.0)
    }

    /// Content pixels per scrollbar pixel; 1 while the content fits an element.
    fn scale(&self) -> f64 {
        let room = self.spacer() - self.viewport;
        if room > 0.0 { self.max_top() / room } else { 1.0 }
    }

    /// Where the scrollbar stands for a position.
    pub fn bar_of(&self, top: f64) -> f64 {
        top / self.scale()
    }

    /// The position after the scrollbar went from `old` to `new`.
    ///
    /// A step of less than a viewport is a touch or a smooth scroll, which must move the content under the finger by the
    /// same number of pixels; a larger one is a jump on the scrollbar.
    pub fn after_scroll(&self, top: f64, old: f64, new: f64) -> f64 {
        let scale = self.scale();
        let at_an_end = new <= 0.0 || new >= self.spacer() - self.viewport - 0.5;
        let top =
            if scale <= 1.0 || at_an_end || (new - old).abs() > self.viewport { new * scale } else { top + new - old };
        self.clamp(top)
    }

    /// The nearest position that exists.
    pub fn clamp(&self, top: f64) -> f64 {
        top.clamp(0.0, self.max_top())
    }

    /// The rows to draw at a position.
    pub fn window(&self, top: f64) -> Window {
        let top = self.clamp(top);
        let first = (top / self.row_height).floor();
        let shift = top - first * self.row_height;
        let first = first as u64;
        let fitting = ((self.viewport + shift) / self.row_height).ceil() as u64;
        Window { first, count: fitting.min(self.rows.saturating_sub(first)) as u32, shift }
    }

    /// The position nearest to `top` in which a row is wholly visible; a row far away comes to the middle, so that what
    /// stands around it is seen.
    pub fn reveal(&self, top: f64, row: u64) -> f64 {
        let upper = row as f64 * self.row_height;
        let lower = upper + self.row_height - self.viewport;
        let far = top - upper > 2.0 * self.row_height || lower - top > 2.0 * self.row_height;
        self.clamp(if far {
            f64::midpoint(upper, lower)
        } else if top > upper {
            upper
        } else if top < lower {
            lower
        } else {
            top
        })
    }

    /// Whole rows that fit; what a page key moves by.
    pub fn page(&self) -> u64 {
        ((self.viewport / self.row_height) as u64).max(2) - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: Extent = Extent { rows: 1000, row_height: 20.0, viewport: 500.0 };
    const HUGE: Extent = Extent { rows: 50_000_000, row_height: 20.0, viewport: 500.0 };

    #[test]
    fn a_small_table_scrolls_natively() {
        assert!((SMALL.spacer() - 20_000.0).abs() < 1e-9);
        assert!((SMALL.after_scroll(0.0, 0.0, 130.0) - 130.0).abs() < 1e-9);
        assert_eq!(SMALL.window(130.0), Window { first: 6, count: 26, shift: 10.0 });
    }

    #[test]
    fn the_last_row_of_a_huge_table_is_reached_and_stands_at_the_bottom() {
        assert!((HUGE.spacer() - SPACER_LIMIT).abs() < 1e-9);
        let bottom = HUGE.after_scroll(0.0, 0.0, SPACER_LIMIT - 500.0);
        let window = HUGE.window(bottom);
        assert_eq!(window.first + u64::from(window.count), HUGE.rows);
        assert!((HUGE.bar_of(bottom) - (SPACER_LIMIT - 500.0)).abs() < 1.0);
    }

    #[test]
    fn every_row_of_a_huge_table_can_be_reached_by_small_steps() {
        let middle = HUGE.after_scroll(0.0, 0.0, 4_000_000.0);
        let bar = HUGE.bar_of(middle);
        let next = HUGE.after_scroll(middle, bar, bar + 20.0);
        assert_eq!(HUGE.window(next).first, HUGE.window(middle).first + 1);
    }

    #[test]
    fn positions_stay_inside() {
        for extent in [SMALL, HUGE, Extent { rows: 0, ..SMALL }, Extent { rows: 3, ..SMALL }] {
            for top in [-5.0, 0.0, 1e3, 1e18] {
                let window = extent.window(top);
                assert!(window.first + u64::from(window.count) <= extent.rows);
                assert!(window.count as f64 * extent.row_height <= extent.viewport + 40.0);
            }
        }
    }

    #[test]
    fn revealing_moves_as_little_as_it_can() {
        assert!((SMALL.reveal(100.0, 10) - 100.0).abs() < 1e-9, "visible already");
        assert!((SMALL.reveal(100.0, 4) - 80.0).abs() < 1e-9, "at the top edge");
        assert!((SMALL.reveal(100.0, 30) - 120.0).abs() < 1e-9, "at the bottom edge");
        assert!((SMALL.reveal(100.0, 100) - 1760.0).abs() < 1e-9, "from far away to the middle");
        assert!((SMALL.reveal(0.0, 999) - SMALL.max_top()).abs() < 1e-9);
    }
}
