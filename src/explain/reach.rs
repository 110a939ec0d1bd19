//! Whom the page may speak to: what its Content-Security-Policy says.
//!
//! The policy is the one place where that is written, so the page can't be made to send anywhere that its policy does not
//! name, and what it offers is what the browser will let it do.

/// Servers on this machine, as a policy names them.
const LOCAL: [&str; 2] = ["http://localhost:*", "http://127.0.0.1:*"];

/// Whom the page may speak to, besides its own site.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Reach {
    /// The origin at which Gemini answers.
    pub gemini: Option<String>,
    /// Whether servers on this machine may be asked.
    pub local: bool,
}

impl Reach {
    /// Reads a Content-Security-Policy.
    pub fn of_policy(policy: &str) -> Self {
        let connect = policy.split(';').filter_map(|directive| directive.trim().strip_prefix("connect-src "));
        let sources: Vec<&str> = connect.take(1).flat_map(str::split_ascii_whitespace).collect();
        let origin =
            |source: &&&str| (source.starts_with("https://") || source.starts_with("http://")) && !source.contains('*');
        Self {
            gemini: sources.iter().find(origin).map(|origin| origin.trim_end_matches('/').to_owned()),
            local: LOCAL.iter().all(|local| sources.contains(local)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_says_whom_the_page_may_speak_to() {
        let page = include_str!("../../index.html");
        let reach = Reach::of_policy(page.split_once("Content-Security-Policy\" content=\"").unwrap().1);
        assert_eq!(reach, Reach { gemini: Some(super::super::request::GEMINI.into()), local: false });
        let local = Reach::of_policy(
            "default-src 'none'; connect-src 'self' http://localhost:* http://127.0.0.1:*; base-uri 'none'",
        );
        assert_eq!(local, Reach { gemini: None, local: true });
        for none in ["", "connect-src 'none'", "connect-src 'self' *", "connect-src https://*.example.org"] {
            assert_eq!(Reach::of_policy(none), Reach::default(), "{none}");
        }
    }
}
