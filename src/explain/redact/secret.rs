//! Keys and tokens that give themselves away by their form.

use std::ops::Range;

use memchr::memmem;

use super::network::{run, word_before};
use super::pair::is_escape;

/// From `-----BEGIN … PRIVATE KEY…-----` to the end of its block (RFC 7468), or of the text where that was cut off.
pub(super) fn private_keys(text: &[u8], add: &mut impl FnMut(Range<usize>)) {
    let mut at = 0;
    while let Some(begin) = memmem::find(&text[at..], b"-----BEGIN ").map(|place| at + place) {
        let title = begin + 11;
        let title_end = run(text, title, |byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b' ');
        if memmem::find(&text[title..title_end], b"PRIVATE KEY").is_none() {
            at = title_end;
            continue;
        }
        let end = memmem::find(&text[title_end..], b"-----END ").map_or(text.len(), |place| {
            let label = title_end + place + 9;
            let close = run(text, label, |byte| byte.is_ascii_alphanumeric() || byte == b' ');
            run(text, close, |byte| byte == b'-')
        });
        add(begin..end);
        at = end;
    }
}

fn is_base64url(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'=')
}

/// A header that is a JSON object in base64url, `eyJ…`, and one to four parts more, joined by dots.
pub(super) fn json_web_tokens(text: &[u8], add: &mut impl FnMut(Range<usize>)) {
    let mut at = 0;
    while let Some(begin) = memmem::find(&text[at..], b"eyJ").map(|place| at + place) {
        let mut end = run(text, begin, is_base64url);
        at = end;
        if word_before(text, begin) || end - begin < 10 {
            continue;
        }
        let mut parts = 1;
        while parts < 5 && text.get(end) == Some(&b'.') {
            let next = run(text, end + 1, is_base64url);
            // An unsigned token ends in a dot; the direct encryption of RFC 7516 has an empty part.
            if next == end + 1 && parts != 1 && text.get(next) != Some(&b'.') {
                break;
            }
            (end, parts) = (next, parts + 1);
        }
        if parts > 1 && end - at > 4 {
            add(begin..end);
            at = end;
        }
    }
}

/// What follows a prefix: at least so many bytes of letters and digits, and of the marks named.
struct Form {
    prefix: &'static [u8],
    least: usize,
    marks: &'static [u8],
}

const fn form(prefix: &'static str, least: usize, marks: &'static str) -> Form {
    Form { prefix: prefix.as_bytes(), least, marks: marks.as_bytes() }
}

/// Prefixes that issuers document for their keys and tokens.
const FORMS: [Form; 52] = [
    // Amazon Web Services
    form("AKIA", 16, ""),
    form("ASIA", 16, ""),
    form("ABIA", 16, ""),
    form("ACCA", 16, ""),
    // Google: keys of its API consoles, keys bound to an account, OAuth tokens and client secrets
    form("AIza", 30, "-_"),
    form("AQ.", 16, "-_."),
    form("ya29.", 16, "-_."),
    form("1//0", 20, "-_"),
    form("GOCSPX-", 20, "-_"),
    // GitHub and GitLab
    form("ghp_", 30, "_"),
    form("gho_", 30, "_"),
    form("ghu_", 30, "_"),
    form("ghs_", 30, "_.-"),
    form("ghr_", 30, "_"),
    form("github_pat_", 20, "_"),
    form("glpat-", 16, "-_."),
    form("gldt-", 16, "-_."),
    form("glrt-", 16, "-_."),
    form("glptt-", 16, "-_."),
    // Slack
    form("xoxb-", 10, "-"),
    form("xoxp-", 10, "-"),
    form("xoxa-", 10, "-"),
    form("xoxr-", 10, "-"),
    form("xoxs-", 10, "-"),
    form("xoxe-", 10, "-."),
    form("xoxe.", 10, "-."),
    form("xoxc-", 10, "-"),
    form("xoxd-", 10, "-%"),
    form("xapp-", 10, "-"),
    // Stripe
    form("sk_live_", 10, "_"),
    form("sk_test_", 10, "_"),
    form("rk_live_", 10, "_"),
    form("rk_test_", 10, "_"),
    form("pk_live_", 10, "_"),
    form("whsec_", 16, "_+/="),
    // Language models
    form("sk-", 20, "-_"),
    form("xai-", 20, "-_"),
    form("gsk_", 20, "_"),
    form("hf_", 20, "_"),
    form("r8_", 20, "_"),
    // Registries and platforms
    form("npm_", 30, "_"),
    form("pypi-", 16, "-_"),
    form("dop_v1_", 32, "_"),
    form("shpat_", 20, "_"),
    form("shpss_", 20, "_"),
    form("SG.", 20, "-_."),
    form("hvs.", 20, "-_."),
    form("hvb.", 20, "-_."),
    form("dckr_pat_", 16, "-_"),
    form("dapi", 32, ""),
    form("PMAK-", 20, "-"),
    form("AGE-SECRET-KEY-1", 20, ""),
];

/// Keys that begin as in [`FORMS`], where no word stands directly before.
pub(super) fn api_keys(text: &[u8], add: &mut impl FnMut(Range<usize>)) {
    let mut at = 0;
    while at < text.len() {
        if !text[at].is_ascii_alphanumeric() {
            at += 1;
            continue;
        }
        let word = if is_escape(text, at) { at + 1 } else { at };
        at = run(text, at, |byte| byte.is_ascii_alphanumeric() || byte >= 0x80);
        if word_before(text, word) {
            continue;
        }
        for form in &FORMS {
            if !text[word..].starts_with(form.prefix) {
                continue;
            }
            let rest = word + form.prefix.len();
            let mut end = run(text, rest, |byte| byte.is_ascii_alphanumeric() || form.marks.contains(&byte));
            while end > rest && matches!(text[end - 1], b'.' | b'-' | b'%') {
                end -= 1;
            }
            // Names with hyphens, `sk-learn-some-package`, have no digit; keys of that length practically always do.
            if end - rest >= form.least && text[rest..end].iter().any(u8::is_ascii_digit) {
                add(word..end);
                at = at.max(end);
                break;
            }
        }
    }
}
