//! Contamination on a slider: equal steps multiply, because 0.01 % and 0.1 % differ as much as 1 % and 10 %.

/// Smallest contamination that can be chosen.
pub const LOWEST: f64 = 0.0001;
/// Largest contamination that can be chosen.
pub const HIGHEST: f64 = 0.5;
/// Positions of the slider, from 0 to this.
pub const STEPS: f64 = 1000.0;

/// The contamination at a slider position, rounded to three digits as the number box shows it.
pub fn contamination(position: f64) -> f64 {
    let part = (position / STEPS).clamp(0.0, 1.0);
    let value = LOWEST * (HIGHEST / LOWEST).powf(part);
    let digits = 10_f64.powf(2.0 - value.log10().floor());
    (value * digits).round() / digits
}

/// The slider position of a contamination.
pub fn position(contamination: f64) -> f64 {
    let value = contamination.clamp(LOWEST, HIGHEST);
    ((value / LOWEST).ln() / (HIGHEST / LOWEST).ln() * STEPS).round()
}

/// What is typed into the number box, in percent; `None` where that is no share of rows that could be anomalous.
pub fn parse_percent(text: &str) -> Option<f64> {
    let number = text.trim().trim_end_matches('%').trim().replace(',', ".");
    let value: f64 = number.parse().ok()?;
    (value > 0.0 && value <= 100.0 * HIGHEST).then(|| (value / 100.0).max(LOWEST))
}

/// Most rows of a list before a person asked for more: nobody reads thousands, and of a large file that has nothing unusual
/// a share would call as many so.
const FIRST_ROWS: f64 = 300.0;

/// The contamination before a person chose one: 1 %, but ten rows where there are few, never more than a tenth, and 300 rows
/// where there are many.
pub fn first_contamination(rows: u64) -> f64 {
    let rows = rows as f64;
    if rows == 0.0 { 0.01 } else { (10.0 / rows).clamp(0.01, 0.1).min(FIRST_ROWS / rows).max(LOWEST) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_the_slider_are_the_ends_of_the_range() {
        assert!((contamination(0.0) - LOWEST).abs() < 1e-12);
        assert!((contamination(STEPS) - HIGHEST).abs() < 1e-12);
        assert!(position(LOWEST).abs() < 1e-12);
        assert!((position(HIGHEST) - STEPS).abs() < 1e-12);
    }

    #[test]
    fn a_position_survives_the_way_there_and_back() {
        for at in (0..=1000).map(f64::from) {
            assert!((position(contamination(at)) - at).abs() <= 1.0, "{at}");
        }
    }

    #[test]
    fn typed_numbers() {
        assert_eq!(parse_percent("5"), Some(0.05));
        assert_eq!(parse_percent(" 2,5 % "), Some(0.025));
        assert_eq!(parse_percent("50%"), Some(HIGHEST));
        assert_eq!(parse_percent("99"), None);
        assert_eq!(parse_percent("0.000001"), Some(LOWEST));
        assert_eq!(parse_percent("0"), None);
        assert_eq!(parse_percent("x"), None);
        assert_eq!(parse_percent("NaN"), None);
    }

    #[test]
    fn small_files_start_with_ten_rows_or_a_tenth() {
        assert!((first_contamination(20) - 0.1).abs() < 1e-12);
        assert!((first_contamination(500) - 0.02).abs() < 1e-12);
        assert!((first_contamination(20_000) - 0.01).abs() < 1e-12);
    }

    #[test]
    fn large_files_start_with_a_list_that_can_be_read() {
        assert!((first_contamination(1_000_000) - 0.000_3).abs() < 1e-12);
        assert!((first_contamination(u64::MAX) - LOWEST).abs() < 1e-12);
    }
}
