//! A message → tokens: words, marks and values, in one pass.
//!
//! What a value is follows from how it is written, never from who wrote it: numbers, addresses, paths, times, identifiers,
//! what stands in quotes. Words stay words here, however often they vary; that is for [`super::cluster`] to find, which
//! sees all messages.

use super::kind::ValueKind;
use super::phrase::Phrases;
use super::value::{self, Class};
use super::{address, frame, plain, quote, traits};

/// Longest part of a message that is looked at, in bytes. What follows is one token, [`Class::Rest`].
pub const MAX_BYTES: usize = 2048;
/// Most tokens of a message; what follows is one token, [`Class::Rest`].
pub const MAX_TOKENS: usize = 200;
/// How far a closing quote is looked for, in bytes.
pub(super) const MAX_QUOTED: usize = 512;

/// ASCII letters, and every byte of a character that is not ASCII.
pub(super) const LETTER: u8 = 1;
pub(super) const DIGIT: u8 = 2;
/// Marks that may stand inside of identifiers, numbers and paths.
pub(super) const INNER: u8 = 4;
pub(super) const BLANK: u8 = 8;
pub(super) const CHUNK: u8 = LETTER | DIGIT | INNER;

pub(super) static CLASSES: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut classes = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = match byte as u8 {
            b'a'..=b'z' | b'A'..=b'Z' | 0x80.. => LETTER,
            b'0'..=b'9' => DIGIT,
            b'_' | b'$' | b'@' | b'*' | b'\\' | b'/' | b'+' | b'%' | b'~' | b'&' | b'!' | b'?' | b'-' | b'.' => INNER,
            b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c => BLANK,
            _ => 0,
        };
        byte += 1;
    }
    classes
}

/// The class of the byte at a place; 0 beyond the end.
#[inline]
pub(super) fn class_at(text: &[u8], at: usize) -> u8 {
    text.get(at).map_or(0, |&byte| CLASSES[usize::from(byte)])
}

/// Whether a letter or digit stands at a place.
#[inline]
pub(super) fn alphanumeric_at(text: &[u8], at: usize) -> bool {
    class_at(text, at) & (LETTER | DIGIT) != 0
}

/// A stretch of a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Token {
    /// First byte.
    pub start: usize,
    /// Byte after the last.
    pub end: usize,
    /// Whether blanks stand before it.
    pub gap: bool,
    /// What it is.
    pub class: Class,
}

/// What stands before a token.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Before {
    Nothing,
    Word,
    Value,
    Mark(u8),
}

/// The tokens of a message, in order. Everything but blanks belongs to a token.
#[derive(Clone, Debug)]
pub struct Lexer<'a> {
    text: &'a [u8],
    /// Where the part that is looked at ends.
    end: usize,
    at: usize,
    tokens: usize,
    /// Before a value whose end is known: the end, and what it is.
    known: Option<(usize, ValueKind)>,
    /// Before the method of a quoted request: where its closing quote is.
    request: Option<usize>,
    /// The closing quote that comes next, which opens nothing.
    closing: usize,
    /// What the last token was, and where.
    before: Before,
    last: (usize, usize),
    /// No brace closes from here on.
    open_brace: bool,
    /// Where the call begins and ends in a message that is nothing but a frame of a stack.
    call: (usize, usize),
    /// Lines that have been looked at.
    lines: usize,
}

impl<'a> Lexer<'a> {
    /// The tokens of `message`.
    pub fn new(message: &'a [u8]) -> Self {
        let mut end = message.len();
        if end > MAX_BYTES {
            // Half a token would be another token.
            let blank = message[..MAX_BYTES].iter().rev().take(MAX_QUOTED).position(|&byte| byte == b' ');
            end = MAX_BYTES - blank.unwrap_or(0);
        }
        Self {
            text: message,
            end,
            at: 0,
            tokens: 0,
            known: None,
            request: None,
            closing: usize::MAX,
            before: Before::Nothing,
            last: (0, 0),
            open_brace: false,
            call: frame::call(&message[..end]).unwrap_or((usize::MAX, 0)),
            lines: 1,
        }
    }

    /// The bytes of a token of this message.
    pub fn bytes(&self, token: &Token) -> &'a [u8] {
        &self.text[token.start..token.end]
    }

    fn token(&mut self, end: usize, gap: bool, class: Class) -> Token {
        let start = self.at;
        self.before = match class {
            Class::Mark => Before::Mark(self.text[start]),
            Class::Value(_) => Before::Value,
            Class::Word | Class::Numbered | Class::Rest => Before::Word,
        };
        self.last = (start, end);
        self.at = end;
        self.tokens += 1;
        Token { start, end, gap, class }
    }

    /// The next token.
    #[inline]
    pub(super) fn step(&mut self) -> Option<Token> {
        let from = self.at;
        let blanks = self.text[..self.end].get(from..).unwrap_or_default().iter();
        self.at += blanks.take_while(|&&byte| CLASSES[usize::from(byte)] == BLANK).count();
        let gap = self.at > from;
        if gap
            && (self.at - from > 1 || self.text[from] != b' ')
            && let Some(end) = self.skipped(from)
        {
            return Some(self.token(end, gap, Class::Rest));
        }
        if self.at == self.call.0 {
            self.call.0 = usize::MAX;
            return Some(self.token(self.call.1, gap, Class::Value(ValueKind::Any)));
        }
        if let Some((end, kind)) = self.known {
            (self.known, self.request) = (None, None);
            return Some(self.token(end, gap, Class::Value(kind)));
        }
        let Some(&byte) = self.text[..self.end].get(self.at).filter(|_| self.tokens < MAX_TOKENS) else {
            self.request = None;
            return (self.at < self.text.len()).then(|| self.token(self.text.len(), gap, Class::Rest));
        };
        if let Some(close) = self.request.take() {
            // What follows the method is one value.
            self.known = Some((close, ValueKind::Path));
        }
        Some(match CLASSES[usize::from(byte)] {
            0 => self.bracket(byte, gap),
            INNER => self.inner(byte, gap),
            LETTER => match plain::word(&self.text[..self.end], self.at) {
                Some(end) => self.token(end, gap, Class::Word),
                None => self.chunk(gap),
            },
            _ => match plain::number(&self.text[..self.end], self.at) {
                Some(end) => {
                    let (end, class) = value::number(&self.text[..self.end], self.at, end);
                    self.token(end, gap, class)
                }
                None => self.chunk(gap),
            },
        })
    }

    /// Where the frames of a stack end that begin behind the blanks from `from` on: further lines of the message that are
    /// no text, or too many.
    #[cold]
    fn skipped(&mut self, from: usize) -> Option<usize> {
        let line = |at: usize| {
            let line = &self.text[at..self.end];
            &line[..memchr::memchr(b'\n', line).unwrap_or(line.len())]
        };
        let blanks = &self.text[from..self.at];
        let mut start = from + memchr::memrchr(b'\n', blanks)? + 1;
        if self.at >= self.end || from == 0 || self.known.is_some() {
            return None;
        }
        let mut end = None;
        while start < self.end
            && (self.lines >= frame::LINES || frame::is_frame(line(start)) || line(start).trim_ascii().is_empty())
        {
            let length = line(start).len();
            if !line(start).trim_ascii().is_empty() {
                end = Some(start + length);
            }
            start += length + 1;
        }
        self.lines += 1;
        // What is beyond the part that is looked at goes with it.
        end.map(|end| if start >= self.end { self.text.len() } else { end })
    }

    /// Takes the phrase that comes next, if one does: whether blanks stand before it, and its words.
    #[inline]
    pub(super) fn phrase<'p>(&mut self, phrases: &'p mut Phrases) -> Option<(bool, &'p [u64])> {
        if self.known.is_some() || self.request.is_some() || self.call.1 > 0 {
            return None;
        }
        let text = &self.text[..self.end];
        let gap = text.get(self.at) == Some(&b' ');
        let start = self.at + usize::from(gap);
        if class_at(text, start) != LETTER {
            return None;
        }
        let phrase = phrases.find(text, start)?;
        if self.tokens + phrase.elements.len() > MAX_TOKENS {
            return None;
        }
        self.at = start + phrase.len();
        self.tokens += phrase.elements.len();
        self.before = if phrase.marked { Before::Mark(text[self.at - 1]) } else { Before::Word };
        self.last = (start + phrase.last, self.at);
        Some((gap, &phrase.elements))
    }

    /// A mark, and all equal ones that follow it directly: how long a row of dots is says nothing.
    fn mark(&mut self, gap: bool) -> Token {
        let byte = self.text[self.at];
        let mut end = self.at + 1;
        if CLASSES[usize::from(byte)] == INNER || matches!(byte, b'=' | b'<' | b'>' | b'|' | b'#') {
            while end < self.end && self.text[end] == byte {
                end += 1;
            }
        }
        self.token(end, gap, Class::Mark)
    }

    /// What begins with a mark that may stand inside of a word.
    fn inner(&mut self, byte: u8, gap: bool) -> Token {
        let text = &self.text[..self.end];
        let (one, two) = (class_at(text, self.at + 1), class_at(text, self.at + 2));
        let next = text.get(self.at + 1).copied().unwrap_or(0);
        let begins = match byte {
            b'-' | b'+' => one == DIGIT || next == b'.' && two == DIGIT || one == LETTER && self.is_random(),
            // `.kibana`, but no method of what a bracket closes.
            b'.' if one == LETTER => {
                gap || matches!(self.before, Before::Nothing | Before::Mark(b'[' | b'(' | b'=' | b'<'))
            }
            b'.' => one == DIGIT || next == b'/' || next == b'.' && text.get(self.at + 2) == Some(&b'/'),
            b'~' => next == b'/',
            // The root, unless it divides two values.
            b'/' if one & CHUNK == 0 && gap && self.before == Before::Word => {
                return self.token(self.at + 1, gap, Class::Value(ValueKind::Path));
            }
            b'/' => one & (LETTER | DIGIT) != 0 || matches!(next, b'_' | b'.' | b'~' | b'-' | b'/' | b'$'),
            b'\\' => {
                if let Some(length) = self.escaped_quote() {
                    return self.token(self.at + length, gap, Class::Mark);
                }
                next == b'\\' || one == LETTER
            }
            b'_' | b'$' => one & (LETTER | DIGIT) != 0 || next == b'_',
            _ => false,
        };
        if begins { self.chunk(gap) } else { self.mark(gap) }
    }

    /// Whether the chunk that begins here is one of random letters, the first of which may be a mark.
    fn is_random(&self) -> bool {
        let rest = &self.text[self.at..self.end];
        let length = rest.iter().take(129).take_while(|&&byte| CLASSES[usize::from(byte)] & CHUNK != 0).count();
        value::is_random(&rest[..length])
    }

    /// A quote that is written as an escape, and what it quotes. Gives the length of the escape.
    fn escaped_quote(&mut self) -> Option<usize> {
        let text = &self.text[..self.end];
        let length = quote::escaped_quote(text, self.at)?;
        let (quote, inside) = (&text[self.at..self.at + length], self.at + length);
        if self.at != self.closing && class_at(text, inside) != BLANK {
            let limit = text.len().min(inside + MAX_QUOTED);
            if let Some(found) = memchr::memmem::find(&text[inside..limit], quote) {
                self.closing = inside + found;
                self.known = Some((self.closing, ValueKind::Quoted));
            }
        }
        Some(length)
    }

    /// A run of letters, digits and marks that may stand inside of words, or more if it is a value that has others inside.
    fn chunk(&mut self, gap: bool) -> Token {
        let text = &self.text[..self.end];
        let mut seen = 0;
        let mut end = self.at;
        loop {
            let rest = text.get(end..).unwrap_or_default();
            for &byte in rest {
                let own = traits::TRAITS[usize::from(byte)];
                if own == 0 || own == traits::DOT {
                    break;
                }
                seen |= own;
                end += 1;
            }
            let Some(&byte) = text.get(end) else { break };
            let own = traits::TRAITS[usize::from(byte)];
            if own == 0 {
                // `Class#method`
                let letters = seen & !traits::BEYOND_HEX == traits::LETTER;
                if byte != b'#' || class_at(text, end + 1) != LETTER || !letters {
                    break;
                }
                seen |= traits::OTHER;
            }
            // Two or more dots in a row end what stands before them, but `a/../b` is a path.
            if byte == b'.' && end > self.at + 1 && text[end - 1] == b'.' && alphanumeric_at(text, end - 2) {
                end -= 1;
                seen = traits::of(&text[self.at..end]);
                break;
            }
            seen |= own;
            end += 1;
        }
        let next = text.get(end).copied().unwrap_or(0);
        let (end, class) = if seen & !traits::BEYOND_HEX == traits::LETTER && next != b':' {
            if end - self.at <= 3 && self.is_switch(end) {
                (end, Class::Value(ValueKind::Literal))
            } else if self.is_account(end) {
                (end, Class::Value(ValueKind::Id))
            } else {
                value::letters(text, self.at, end, seen)
            }
        } else {
            value::chunk(text, self.at, end, seen)
        };
        if self.before == Before::Mark(b'=')
            && !gap
            && let Some(end) = quote::attached_braces(text, end)
        {
            return self.token(end, gap, Class::Value(ValueKind::Id));
        }
        self.token(end, gap, class)
    }

    /// `on`, `off`, `yes` or `no` that stands between marks or other values: no preposition and no negation does.
    fn is_switch(&self, end: usize) -> bool {
        let opened = matches!(self.before, Before::Value | Before::Mark(b'(' | b'[' | b'=' | b',' | b'|'));
        if !opened || !quote::is_switch(&self.text[self.at..end]) {
            return false;
        }
        let rest = &self.text[end..self.end];
        let rest = rest.trim_ascii_start();
        let word = rest.iter().take(4).take_while(|byte| byte.is_ascii_alphabetic()).count();
        matches!(rest.first(), None | Some(b')' | b']' | b'}' | b',' | b';' | b'|')) || quote::is_switch(&rest[..word])
    }

    /// The name of an account that every system has, where accounts are named.
    fn is_account(&self, end: usize) -> bool {
        if !quote::is_account(&self.text[self.at..end]) {
            return false;
        }
        match self.before {
            Before::Mark(open) => matches!(open, b'(' | b'[' | b'=' | b'<'),
            Before::Word => quote::announces_account(&self.text[self.last.0..self.last.1]),
            Before::Nothing | Before::Value => false,
        }
    }

    /// A mark that stands in no word.
    fn bracket(&mut self, byte: u8, gap: bool) -> Token {
        let text = &self.text[..self.end];
        match byte {
            b'"' | b'\'' | b'`' if self.at != self.closing => {
                if let Some(close) = closing_quote(text, self.at, byte) {
                    self.closing = close;
                    if quote::is_request(&text[self.at + 1..close]) {
                        self.request = Some(close);
                    } else if !quote::is_sentence(text, self.at, close) {
                        self.known = Some((close, ValueKind::Quoted));
                    }
                }
            }
            b'{' if !self.open_brace => match quote::object_end(text, self.at) {
                quote::Object::Ends(end) => return self.token(end, gap, Class::Value(ValueKind::Json)),
                quote::Object::Open => self.open_brace = true,
                quote::Object::None => {}
            },
            b'<' if class_at(text, self.at + 1) == DIGIT => {
                // `<1 sec` says how much, `<1>` which.
                let digits =
                    text[self.at + 1..].iter().take_while(|&&byte| CLASSES[usize::from(byte)] & CHUNK != 0).count();
                let end = self.at + 1 + digits;
                let (end, class) = value::chunk(text, self.at + 1, end, traits::of(&text[self.at + 1..end]));
                if matches!(class, Class::Value(_)) && text.get(end) != Some(&b'>') {
                    return self.token(end, gap, class);
                }
            }
            b':' if text.get(self.at + 1) == Some(&b':') && !alphanumeric_at(text, self.at.wrapping_sub(1)) => {
                if let Some((end, kind)) = address::colons(text, self.at) {
                    return self.token(end, gap, Class::Value(kind));
                }
            }
            _ => {}
        }
        self.mark(gap)
    }
}

impl Iterator for Lexer<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        self.step()
    }
}

/// Where the quote that opens at `at` closes, if it quotes a value: it does not stand in a word, like an apostrophe, and
/// its inside neither begins with a blank nor is a key.
fn closing_quote(text: &[u8], at: usize, quote: u8) -> Option<usize> {
    if alphanumeric_at(text, at.wrapping_sub(1)) || class_at(text, at + 1) == BLANK {
        return None;
    }
    let limit = text.len().min(at + MAX_QUOTED);
    let mut close = at + 1;
    loop {
        let byte = *text[..limit].get(close)?;
        let closes = byte == quote || quote == b'`' && byte == b'\'';
        // An apostrophe inside of the quoted text closes nothing.
        if closes && (quote == b'"' || !alphanumeric_at(text, close + 1)) {
            break;
        }
        close += if byte == b'\\' && close + 1 < limit { 2 } else { 1 };
    }
    if alphanumeric_at(text, close + 1) {
        return None;
    }
    let before = text[..at].iter().rev().find(|&&byte| byte != b' ');
    let key = text.get(close + 1) == Some(&b':') && matches!(before, Some(b'{' | b','));
    (!key).then_some(close)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Words and numbers that are found at once are those that all rules find.
        #[test]
        fn plain_tokens_are_what_all_rules_find(
            text in "([a-zA-Z]{1,9}|[a-f]{7,9}|o[nf]{1,2}|true|root|admin|nobody|user|Jan|Mon|null|[0-9]{1,4}|ms|KB|[-.:/=,#{}()@\"'_]| |é){0,16}",
        ) {
            let mut lexer = Lexer::new(text.as_bytes());
            loop {
                let mut slow = lexer.clone();
                let Some(token) = lexer.next() else { break };
                if slow.known.is_none() && alphanumeric_at(text.as_bytes(), token.start) && token.class != Class::Rest {
                    slow.at = token.start;
                    prop_assert_eq!(slow.chunk(token.gap), token);
                }
            }
        }
    }

    /// Values as their placeholders, numbered names with `#` in front, marks and words as they are.
    fn shown(message: &str) -> String {
        let lexer = Lexer::new(message.as_bytes());
        let mut text = String::new();
        for token in lexer {
            if token.gap && !text.is_empty() {
                text.push(' ');
            }
            match token.class {
                Class::Value(kind) => text.push_str(kind.placeholder()),
                Class::Numbered => text.extend(["#", &message[token.start..token.end]]),
                Class::Rest => text.push_str("<rest>"),
                Class::Word | Class::Mark => text.push_str(&message[token.start..token.end]),
            }
        }
        text
    }

    #[track_caller]
    fn check(cases: &[(&str, &str)]) {
        for (message, expected) in cases {
            assert_eq!(shown(message), *expected, "{message}");
        }
    }

    #[test]
    fn numbers_and_quantities() {
        check(&[
            ("a 5 -5 +5 .5 1.5 1e-5 12,345", "a <num> <num> <num> <num> <num> <num> <num>"),
            ("took 87ms, 1.2 s, 1h30m", "took <duration>, <duration>, <duration>"),
            ("free 5.2 KB of 12MB", "free <size> of <size>"),
            ("403 bytes (1.20 KB) sent", "<size> sent"),
            ("lifetime <1 sec", "lifetime <duration>"),
            ("tag <1>", "tag <<num>>"),
            ("5 seconds", "<num> seconds"),
            ("98% of 3/4", "<num>% of <num>"),
            ("0x1f deadbeef 12ab34cd", "<hex> <hex> <hex>"),
            ("v1.2.3 and 6.1.7601.23505 and 1:2.38.1-5", "<version> and <version> and <id>"),
        ]);
    }

    #[test]
    fn addresses() {
        check(&[
            ("10.0.0.1 10.0.0.1:80 /10.0.0.1:80 node/10.0.0.1 10.0.0.0/8.", "<ip> <ip> <ip> <ip> <ip>."),
            ("::1 fe80::1 ::ffff:10.0.0.1 std::string", "<ip> <ip> <ip> std::string"),
            ("00:11:43:e3:ba:c3", "<mac>"),
            ("mail.corp.example.org wpad.local:80 localhost:8080", "<host> <host> <host>"),
            ("org.apache.Foo mapred.job.id", "org.apache.Foo mapred.job.id"),
            ("see https://a.b/c?d=e&f=g#h).", "see <url>)."),
            ("bob@example.com", "<email>"),
            ("1b4e28ba-2fa1-11d2-883f-0016d3cca427", "<uuid>"),
            ("java.lang.Object@1f2e3d", "java.lang.Object@<hex>"),
        ]);
    }

    #[test]
    fn paths() {
        check(&[
            ("open /etc/passwd: no", "open <path>: no"),
            ("C:\\Windows\\a.dll and \\\\host\\share", "<path> and <path>"),
            ("./a ../b ~/c a/b/c a/b.c", "<path> <path> <path> <path> <path>"),
            ("read/write and I/O", "read/write and I/O"),
            ("cd / now", "cd <path> now"),
            ("/a?b=c&d=e", "<path>"),
            ("\"GET /a HTTP/1.1\" 200", "\"GET <path>\" <num>"),
        ]);
    }

    #[test]
    fn times() {
        check(&[
            ("at 2015-07-29T17:41:44.747Z.", "at <time>."),
            ("2016/9/27:20:40:53.744 x", "<time> x"),
            ("2015-07-29 17:41:44,747 x", "<time> x"),
            ("29/Jul/2015:17:41:44 +0000]", "<time>]"),
            ("Sat Jun 18 02:08:10 2005 and Sat Jun 18 02:08:10 UTC 2005", "<time> and <time>"),
            ("Sat, 18 Jun 2005 02:08:10 +0000", "<time>"),
            ("09:05 09:05:07.123", "<time> <time>"),
            ("May be 2005-06-03-15.42.50.675872", "May be <time>"),
            ("12.2.0-14 1.14.10-1", "<num> <num>"),
        ]);
    }

    #[test]
    fn names() {
        check(&[
            ("eth0 ssh2 node12 task-12 xyz123", "#eth0 ssh2 #node12 <id> <id>"),
            ("IPv4 md5", "IPv4 md5"),
            ("m-aeee2b4e web-12 job_00ff00", "<id> <id> <id>"),
            ("sha256=00ff00 p99=5 aa1= bb2==", "sha256=<hex> p99=<num> #aa1= #bb2=="),
            ("key kJ8sd9ZqPwlR2mXa0Q== is, kJ8sd9ZqPwl/2mXa0Q+= too", "key <id> is, <id> too"),
            ("true nil null truely", "<literal> <literal> <literal> truely"),
            ("( on off ) on time =yes", "( <literal> <literal> ) on time =<literal>"),
            ("for root from root", "for <id> from root"),
            ("Foo#bar #12", "Foo#bar #<num>"),
            ("BP-10-1444:blk_10_27", "<id>"),
            ("ws=WorkSource{10113}", "ws=<id>"),
            ("[MgFnNYUWFnFcQuFxOQ0vrZ] [kJ8sd9ZqPwlR2mXa0Q-] is -oSwSA4LfOOh5ZAJl+ too", "[<id>] [<id>] is <id> too"),
            ("[logs/ODj1DhbYoLZ9ySZhde3pY-] of Resident-Area-Network2- is", "[<path>] of #Resident-Area-Network2- is"),
        ]);
    }

    #[test]
    fn quotes_and_objects() {
        check(&[
            ("name \"View Lock\" don't 'a b'", "name \"<text>\" don't '<text>'"),
            ("name=\"\" x", "name=\"<text>\" x"),
            ("\\042alt0\\042 is", "\\042<text>\\042 is"),
            ("\"Pod started\" pod=\"a\"", "\"Pod started\" pod=\"<text>\""),
            ("msg=\"disk full\" id=5", "msg=\"disk full\" id=<num>"),
            ("\"Pod started\" message=\"all is well\"", "\"Pod started\" message=\"<text>\""),
            ("got {\"a\": {\"b\": \"}\"}} done {}", "got <json> done <json>"),
            ("open { \"a\": 1", "open { \"a\": <num>"),
        ]);
    }

    #[test]
    fn marks() {
        check(&[
            ("Start........0", "Start........<num>"),
            ("a -> b --flag", "a -> b --flag"),
            ("zoë: größe=5", "zoë: größe=<num>"),
            ("", ""),
        ]);
    }

    #[test]
    fn long_messages_end_in_a_rest() {
        let long = "word ".repeat(MAX_BYTES);
        let tokens: Vec<Token> = Lexer::new(long.as_bytes()).collect();
        assert_eq!(tokens.len(), MAX_TOKENS + 1);
        assert_eq!(tokens.last().map(|token| token.class), Some(Class::Rest));
        assert_eq!(tokens.last().map(|token| token.end), Some(long.len()));
    }
}
