//! A text that every match of a regular expression holds.
//!
//! Expressions are matched at a few megabytes a second, texts are found at a hundred times that: so records are searched for
//! such a text first. Only what stands at the top level of the expression counts, outside of groups, classes and choices;
//! that is enough for what people write into a search box.

/// The longest text that a match must hold, in any case, as far as it is easily seen.
pub(super) fn of_regex(pattern: &str) -> Option<String> {
    // Flags could change what the rest means, such as whether blanks count.
    if pattern.replace("(?:", "").contains("(?") {
        return None;
    }
    let mut best = String::new();
    let mut run = String::new();
    let mut end = |run: &mut String| {
        if run.len() > best.len() {
            best.clone_from(run);
        }
        run.clear();
    };
    let mut depth = 0_usize;
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        let literal = match c {
            '\\' => match chars.next() {
                // A character by its number: its digits are no text.
                Some('x' | 'u' | 'U') => return None,
                // An escaped mark is itself; an escaped letter is a class or a place.
                Some(mark) if mark.is_ascii_punctuation() && !matches!(mark, '<' | '>') => Some(mark),
                _ => None,
            },
            '[' => {
                skip_class(&mut chars)?;
                None
            }
            '(' => {
                depth += 1;
                None
            }
            ')' => {
                depth = depth.checked_sub(1)?;
                None
            }
            '|' if depth == 0 => return None,
            '{' => {
                chars.by_ref().find(|c| *c == '}')?;
                None
            }
            '.' | '^' | '$' | '*' | '+' | '?' | '|' => None,
            c => Some(c),
        };
        // What may be repeated may be missing; even `a+` ends a run, for its repetitions may stand in between.
        let repeated = matches!(chars.peek(), Some('*' | '?' | '{' | '+'));
        match literal {
            Some(c) if depth == 0 && !repeated => run.push(c),
            _ => end(&mut run),
        }
    }
    end(&mut run);
    // A byte or two are in nearly every record.
    (best.len() >= 3).then_some(best)
}

/// Skips a class whose bracket is read. `None` for one with another inside: rare, and not worth following.
fn skip_class(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<()> {
    if chars.peek() == Some(&'^') {
        chars.next();
    }
    let mut first = true;
    loop {
        match chars.next()? {
            ']' if !first => return Some(()),
            '[' => return None,
            '\\' => {
                chars.next()?;
            }
            _ => {}
        }
        first = false;
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn texts_that_a_match_must_hold() {
        let check = |pattern: &str, text: Option<&str>| assert_eq!(of_regex(pattern).as_deref(), text, "{pattern}");
        check("time(out|r) after", Some(" after"));
        check("^request \\d{3} /api\\.v12", Some(" /api.v12"));
        check("abcd?efg", Some("abc"));
        check("abc+def", Some("def"));
        check("abc{2}def", Some("def"));
        check("timeout|refused", None);
        check("(timeout|refused)", None);
        check("[timeout]+", None);
        check("[]abc]xyz", Some("xyz"));
        check("[[:alpha:]]xyz", None);
        check("(?i)timeout", None);
        check("(?:a)timeout", Some("timeout"));
        check("abcd\\bnext|", None);
        check("abcd\\bnex", Some("abcd"));
        check("\\x41bcd", None);
        check("ab", None);
    }

    proptest! {
        #[test]
        fn whatever_matches_holds_it(
            pattern in r"([abc]{1,4}|\(|\)|\[|\]|\||\*|\+|\?|\.|\\\.|\\d|\\x61|\{2\}|\^|\(\?:){1,8}", text in "[abc.1]{0,24}",
        ) {
            if let (Ok(regex), Some(held)) = (regex_lite::Regex::new(&pattern), of_regex(&pattern)) {
                prop_assert!(!regex.is_match(&text) || text.contains(&held), "{}: {} in {}", pattern, held, text);
            }
        }
    }
}
