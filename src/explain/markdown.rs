//! Text as text in Markdown.

/// Escapes every mark of ASCII punctuation with a backslash (`CommonMark` 0.31, 2.4), which leaves nothing that could begin a
/// link, an image, HTML, an entity or a block, nor a bare address that a renderer would turn into a link. Blanks and line
/// ends become one blank; control characters and those that turn the direction of text are left out.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    let mut blank = true;
    for c in text.chars() {
        match c {
            c if c.is_whitespace() => {
                if !blank {
                    out.push(' ');
                }
                blank = true;
                continue;
            }
            c if c.is_control() => continue,
            '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' => continue,
            c if c.is_ascii_punctuation() => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
        blank = false;
    }
    out.truncate(out.trim_end().len());
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nothing_is_left_to_render() {
        assert_eq!(escape("![x](http://e/?q)"), r"\!\[x\]\(http\:\/\/e\/\?q\)");
        assert_eq!(escape("  <b>\r\n\t# 1. &lt; \u{1b}[0m \u{202e}x "), r"\<b\> \# 1\. \&lt\; \[0m x");
    }

    proptest! {
        #[test]
        fn every_mark_is_escaped_and_no_line_begins(text in "\\PC*|[\\\\`*_<>\\[\\]()#\\n ]{0,20}") {
            let escaped = escape(&text);
            prop_assert!(!escaped.contains('\n') && !escaped.starts_with(' '));
            let mut chars = escaped.chars();
            while let Some(c) = chars.next() {
                prop_assert!(!c.is_ascii_punctuation() || c == '\\' && chars.next().is_some_and(|c| c.is_ascii_punctuation()));
            }
        }
    }
}
