//! The pattern of lines of an unknown format, learned from what they have in common.
//!
//! A cursor stands in every sampled line. In each step the part is sought that nearly all lines have at their cursors: a
//! time, a level, a bracket, a separator; the cursors move behind it, and lines that do not have it drop out. A plain word
//! is taken for the time being: it belongs to the head only if something follows within a few words that messages
//! do not begin with. Where the last such mark was, the message begins. No rule knows a system.

use std::collections::{BTreeMap, BTreeSet};

use super::part::{self, Found, Kind, Part};
use super::time::{self, Forms};
use super::{LinePattern, level, named};

/// Most parts of a learned head.
const MOST_PARTS: usize = 48;
/// Words at a line's beginning among which its first time is sought.
const TIME_WITHIN: usize = 5;
/// Most plain words between two marks; and before the first.
const MOST_WORDS: usize = 3;
const MOST_WORDS_AT_START: usize = 4;
/// Most marks before a time: `####<`.
const MOST_MARKS: usize = 8;
/// Shares of the lines, in percent: for a part that all lines have, for a separator, for a name before a colon.
const NEARLY_ALL: usize = 90;
const SEPARATOR: usize = 85;
const TAG: usize = 80;
/// Fewest lines from which the width of a column is read.
const FEWEST_FOR_WIDTH: usize = 20;
/// Separators that stand between blanks.
const SEPARATORS: [&[u8]; 5] = [b" - ", b" : ", b" | ", b" -- ", b" --- "];

/// The pattern of the lines that begin an event among these; `None` where they have no time and no level in common.
pub(super) fn learn(lines: &[&[u8]]) -> Option<LinePattern> {
    let heads = heads(lines);
    if heads.is_empty() {
        return None;
    }
    let mut learner = Learner::new(heads);
    learner.run();
    learner.finish()
}

/// Lines whose first time stands where most lines have theirs, in the same form; without times, those that begin with a level.
fn heads<'a>(lines: &[&'a [u8]]) -> Vec<&'a [u8]> {
    let first_times: Vec<Option<(usize, Forms)>> = lines.iter().map(|line| first_time(line)).collect();
    let mut counts: Vec<((usize, Forms), usize)> = Vec::new();
    for place in first_times.iter().flatten() {
        match counts.iter_mut().find(|(known, _)| known == place) {
            Some((_, count)) => *count += 1,
            None => counts.push((*place, 1)),
        }
    }
    // The first of the most frequent.
    let best = counts.into_iter().reduce(|best, next| if next.1 > best.1 { next } else { best });
    if let Some((place, count)) = best
        && count * 10 >= lines.len()
    {
        return lines.iter().zip(first_times).filter(|(_, at)| *at == Some(place)).map(|(line, _)| *line).collect();
    }
    lines.iter().copied().filter(|line| level::span(unbracketed(line)).is_some()).collect()
}

/// The marks that a text begins with.
fn leading_marks(text: &[u8]) -> &[u8] {
    &text[..text.iter().take(MOST_MARKS).take_while(|byte| byte.is_ascii_punctuation()).count()]
}

fn unbracketed(text: &[u8]) -> &[u8] {
    &text[leading_marks(text).len()..]
}

/// In which word the first time of a line stands, and its form.
fn first_time(line: &[u8]) -> Option<(usize, Forms)> {
    let mut at = 0;
    for words in 0..TIME_WITHIN {
        let text = unbracketed(&line[at..]);
        if let Some((_, form)) = time::span(text) {
            return Some((words, form));
        }
        at += part::word(&line[at..]);
        at += line[at..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    }
    None
}

/// What a field of the pattern seems to be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Time(u8),
    Level,
    Number,
    Bracketed,
    Word,
    Tag,
    Pid,
    /// What the instance behind it is one of.
    Service,
    Instance,
}

struct Learner<'a> {
    lines: Vec<&'a [u8]>,
    /// Lines that fit so far, and where in them the next part begins.
    cursors: Vec<(usize, usize)>,
    parts: Vec<Part>,
    roles: Vec<Role>,
    /// Number of parts up to each mark and to the last one; number of plain words since.
    marks: Vec<usize>,
    sure: usize,
    words: usize,
    /// Whether a time or a level was found.
    anchored: bool,
    has_level: bool,
    /// The bracket that closes an open one.
    open: Option<u8>,
    /// A tab or a bar, where the last fields were separated by it.
    delimiter: Option<u8>,
}

impl<'a> Learner<'a> {
    fn new(lines: Vec<&'a [u8]>) -> Self {
        Self {
            cursors: (0..lines.len()).map(|line| (line, 0)).collect(),
            lines,
            parts: Vec::new(),
            roles: Vec::new(),
            marks: Vec::new(),
            sure: 0,
            words: 0,
            anchored: false,
            has_level: false,
            open: None,
            delimiter: None,
        }
    }

    fn run(&mut self) {
        while self.parts.len() < MOST_PARTS && self.cursors.len() * 20 >= self.lines.len() * 17 {
            let ended = self.count(<[u8]>::is_empty);
            // What begins with an object is the message: its keys are no words of the head. Others may stand among them.
            let objects = self.count(begins_object);
            if self.is_share(ended, 15) || self.anchored && objects * 2 >= self.cursors.len() {
                break;
            }
            if self.blanks()
                || self.close()
                || self.time()
                || self.level()
                || self.group()
                || self.separator()
                || self.glued_mark()
                || self.delimited()
            {
                continue;
            }
            if self.tag() || !(self.separator_ahead() || self.word()) {
                break;
            }
        }
    }

    fn texts(&self) -> impl Iterator<Item = &'a [u8]> + '_ {
        self.cursors.iter().map(|&(line, at)| &self.lines[line][at..])
    }

    fn count(&self, is: impl Fn(&[u8]) -> bool) -> usize {
        self.texts().filter(|text| is(text)).count()
    }

    /// Whether so many lines are at least this share of those that fit so far.
    fn is_share(&self, count: usize, percent: usize) -> bool {
        !self.cursors.is_empty() && count * 100 >= self.cursors.len() * percent
    }

    fn have(&self, percent: usize, is: impl Fn(&[u8]) -> bool) -> bool {
        self.is_share(self.count(is), percent)
    }

    /// Takes a part: cursors move behind it, lines without it drop out.
    fn push(&mut self, part: Part) {
        let mut found = Found::new();
        self.cursors.retain_mut(|(line, at)| {
            let line = self.lines[*line];
            match part::step(&part, line, line, *at, &mut found) {
                Some(next) => {
                    *at = next;
                    true
                }
                None => false,
            }
        });
        self.parts.push(part);
    }

    /// Takes parts that lines may lack.
    fn push_optional(&mut self, parts: Vec<Part>) {
        let mut found = Found::new();
        for (line, at) in &mut self.cursors {
            let line = self.lines[*line];
            let end = parts.iter().try_fold(*at, |at, part| part::step(part, line, line, at, &mut found));
            *at = end.unwrap_or(*at);
        }
        self.parts.push(Part::Optional(parts.len() as u16));
        self.parts.extend(parts);
    }

    fn push_value(&mut self, kind: Kind, role: Role) {
        let field = self.roles.len() as u16;
        self.roles.push(role);
        self.push(Part::Value(Some(field), kind));
    }

    /// What was taken so far belongs to the head.
    fn mark(&mut self) {
        self.sure = self.parts.len();
        self.marks.push(self.sure);
        self.words = 0;
    }

    fn blanks(&mut self) -> bool {
        let blank = self.count(|text| matches!(text.first(), Some(b' ' | b'\t')));
        if self.is_padding() {
            self.push(Part::MaybeBlanks);
            true
        } else if self.is_share(blank, NEARLY_ALL) {
            let tabs = self.have(NEARLY_ALL, |text| text.first() == Some(&b'\t'));
            self.delimiter = if tabs { Some(b'\t') } else { self.delimiter.filter(|delimiter| *delimiter != b'\t') };
            self.push(Part::Blanks);
            true
        } else if self.is_share(blank, 1) && blank > 0 {
            self.push(Part::MaybeBlanks);
            true
        } else {
            false
        }
    }

    /// Whether most levels are shorter than the longest, as it is in `[INFO ]` and `[ERROR]`.
    fn is_padding(&self) -> bool {
        let ends = |mark: &u8| Some(*mark) == self.open || matches!(mark, b'|' | b':');
        let padded = |text: &[u8]| text.first() == Some(&b' ') && text.trim_ascii_start().first().is_some_and(ends);
        matches!(self.parts.last(), Some(Part::Value(..)))
            && self.roles.last() == Some(&Role::Level)
            && self.have(NEARLY_ALL, |text| padded(text) || text.first().is_some_and(ends))
            && self.texts().any(padded)
    }

    fn time(&mut self) -> bool {
        // The marks before a line's first time are taken as they are, those before others may only be brackets.
        let leading = self.texts().next().map(leading_marks).filter(|_| self.parts.is_empty()).unwrap_or_default();
        for marks in [b"", leading, b"[", b"(", b"<"] {
            let inside = |text: &'a [u8]| text.strip_prefix(marks);
            let mut counts: Vec<(Forms, usize)> = Vec::new();
            for form in self.texts().filter_map(|text| Some(time::span(inside(text)?)?.1)) {
                match counts.iter_mut().find(|(known, _)| *known == form) {
                    Some((_, count)) => *count += 1,
                    None => counts.push((form, 1)),
                }
            }
            let all = counts.iter().map(|(_, count)| count).sum();
            let Some((form, _)) = counts.iter().copied().reduce(|best, next| if next.1 > best.1 { next } else { best })
            else {
                continue;
            };
            if !self.is_share(all, NEARLY_ALL) || time::rank(form) < 2 && self.anchored && self.words > 0 {
                continue;
            }
            if let Some(last) = marks.last() {
                self.push(Part::Literal(marks.to_vec()));
                self.open = Some(*last).filter(|last| matches!(last, b'[' | b'(' | b'<' | b'{')).map(part::closing);
            }
            let forms = counts.iter().fold(0, |forms, (form, _)| forms | form);
            self.push_value(Kind::Time(forms), Role::Time(time::rank(form)));
            self.anchored = true;
            self.mark();
            return true;
        }
        false
    }

    fn level(&mut self) -> bool {
        if self.has_level {
            return false;
        }
        for bracket in [None, Some(b'['), Some(b'('), Some(b'<'), Some(b'|')] {
            let inside = |text: &'a [u8]| match bracket {
                None => Some(text),
                // Bars stand between fields too.
                Some(b'|') if !matches!(self.parts.last(), Some(Part::Blanks)) || text.get(1) == Some(&b' ') => None,
                Some(bracket) => text.strip_prefix(&[bracket]).map(<[u8]>::trim_ascii_start),
            };
            let texts: Vec<&[u8]> = self.texts().filter_map(inside).collect();
            let words = texts.iter().filter(|text| level::span(text).is_some()).count();
            let letters = texts.iter().filter(|text| level::is_letter(text)).count();
            let letter = self.anchored && letters > words;
            if !self.is_share(words + if letter { letters } else { 0 }, NEARLY_ALL) {
                continue;
            }
            // A level of the program's own, in capitals where levels stand, is a level too.
            let capitals = texts.iter().all(|text| {
                level::span(text).is_some() || text.iter().take_while(|byte| byte.is_ascii_uppercase()).count() >= 4
            });
            if let Some(bracket) = bracket {
                self.push(Part::Literal(vec![bracket]));
                self.open = Some(part::closing(bracket));
                self.push(Part::MaybeBlanks);
            }
            let stop = texts.first().and_then(|text| text.get(level::span(text)?)).copied();
            let kind = if letter {
                Kind::Level { letter }
            } else if capitals && words < texts.len() && texts.len() == self.cursors.len() {
                Kind::Word(self.open.or(stop.filter(|stop| !matches!(stop, b' ' | b'\t'))))
            } else {
                Kind::Level { letter: false }
            };
            self.push_value(kind, Role::Level);
            (self.anchored, self.has_level) = (true, true);
            self.mark();
            return true;
        }
        false
    }

    /// The end of brackets that hold more than one part.
    fn close(&mut self) -> bool {
        let Some(close) = self.open else { return false };
        if !self.have(NEARLY_ALL, |text| text.first() == Some(&close)) {
            return false;
        }
        self.push(Part::Literal(vec![close]));
        self.open = None;
        self.mark();
        true
    }

    fn group(&mut self) -> bool {
        for open in [b'[', b'<', b'('] {
            // What stands in quotes was written to be read.
            let groups = self.count(|text| part::group(text, open).is_some_and(|end| end > 1 && text[1] != b'"'));
            let is_near = self.words == 0 || self.words == 1 && self.is_share(groups, 98);
            let has_place = self.anchored || self.parts.is_empty() && open == b'[';
            if !is_near || !has_place || !self.is_share(groups, NEARLY_ALL) {
                continue;
            }
            let numbers =
                self.count(|text| part::group(text, open).is_some_and(|end| is_number(text[1..end].trim_ascii())));
            let role = if self.is_share(numbers, NEARLY_ALL) { Role::Number } else { Role::Bracketed };
            self.push_value(Kind::Group(open), role);
            self.mark();
            return true;
        }
        false
    }

    /// `-`, `|`, `:`, `---` between blanks.
    fn separator(&mut self) -> bool {
        let may_stand = self.words <= 1 && (self.anchored || self.parts.is_empty());
        if !may_stand || !self.have(SEPARATOR, |text| lone_mark(text).is_some()) {
            return false;
        }
        let first = self.texts().find_map(lone_mark).unwrap_or_default().to_vec();
        self.delimiter = (first == b"|").then_some(b'|');
        // A dash where the lines begin stands for a value that is missing in these, not in others.
        let is_value = self.parts.is_empty() && first == b"-";
        if !is_value && self.have(99, |text| lone_mark(text) == Some(&first)) {
            self.push(Part::Literal(first));
        } else {
            self.push(Part::Value(None, Kind::Word(None)));
        }
        self.mark();
        true
    }

    /// A mark directly behind a time, a level or a bracket: `10:30:17, `, `INFO: `, `17:250|`.
    fn glued_mark(&mut self) -> bool {
        if self.sure == 0
            || self.sure != self.parts.len()
            || matches!(self.parts.last(), Some(Part::Literal(_))) && self.open.is_none()
        {
            return false;
        }
        let Some(byte) = self.texts().find_map(|text| text.first()).copied() else { return false };
        let allowed = matches!(byte, b':' | b',' | b';' | b'|') || self.open.is_some() && byte.is_ascii_punctuation();
        if !allowed || !self.have(NEARLY_ALL, |text| text.first() == Some(&byte)) {
            return false;
        }
        self.delimiter = (byte == b'|').then_some(b'|');
        self.push(Part::Literal(vec![byte]));
        self.mark();
        true
    }

    /// A field up to the next bar or tab, in lines that separate their fields by these.
    fn delimited(&mut self) -> bool {
        if self.sure == 0 || self.parts.len() > self.sure + 1 {
            return false;
        }
        let Some(delimiter) = self.delimiter else { return false };
        let near = |text: &[u8]| memchr::memchr(delimiter, &text[..text.len().min(80)]);
        if !self.have(95, |text| near(text).is_some()) {
            return false;
        }
        let numbers = self.count(|text| near(text).is_some_and(|end| is_number(text[..end].trim_ascii())));
        let role = if self.is_share(numbers, NEARLY_ALL) { Role::Number } else { Role::Word };
        self.push_value(Kind::Any(vec![delimiter]), role);
        if delimiter != b'\t' {
            self.push(Part::Literal(vec![delimiter]));
        }
        self.mark();
        true
    }

    /// A name before a colon ends the head.
    fn tag(&mut self) -> bool {
        if !self.anchored || self.words > 1 || !self.have(TAG, |text| part::tag(text).is_some_and(|tag| tag.is_word)) {
            return false;
        }
        // Behind another word it may as well be the beginning of a sentence that all lines have.
        let texts: Vec<&[u8]> = self.texts().collect();
        let mut names = texts.iter().filter(|text| part::tag(text).is_some()).map(|text| &text[..part::word(text)]);
        let first = names.next();
        let is_constant = names.all(|name| Some(name) == first);
        if self.words > 0 && is_constant {
            return false;
        }
        let has_pid = texts.iter().any(|text| part::tag(text).is_some_and(|tag| tag.pid.is_some()));
        let field = self.roles.len() as u16;
        if !has_pid && self.roles.last() == Some(&Role::Word) && self.is_instance() {
            self.roles.pop();
            self.roles.extend([Role::Service, Role::Instance]);
        } else {
            self.roles.push(Role::Tag);
        }
        if has_pid {
            self.roles.push(Role::Pid);
        }
        self.push_optional(vec![Part::Tag(field, has_pid.then_some(field + 1))]);
        // Some write the level behind the name: `queries: info: client …`.
        let has_level = |text: &[u8]| level::span(text).is_some_and(|end| text.get(end) == Some(&b':'));
        if !self.has_level && self.have(TAG, has_level) {
            let field = self.roles.len() as u16;
            self.roles.push(Role::Level);
            let kind = Kind::Level { letter: false };
            self.push_optional(vec![Part::Value(Some(field), kind), Part::Literal(b":".to_vec()), Part::MaybeBlanks]);
        }
        self.mark();
        true
    }

    /// Whether the name before a colon is an instance of what the word before it names: `scale wg-2: …`. Most have a number,
    /// each is always with the same word, and there are more of them than words, of which there are several.
    fn is_instance(&self) -> bool {
        let mut service_of: BTreeMap<&[u8], &[u8]> = BTreeMap::new();
        for &(line, at) in &self.cursors {
            let (before, text) = self.lines[line].split_at(at);
            let Some(name) = part::tag(text).map(|tag| &text[..tag.name]) else { continue };
            let before = before.trim_ascii_end();
            let from = before.iter().rposition(u8::is_ascii_whitespace).map_or(0, |blank| blank + 1);
            let service = &before[from..];
            if *service_of.entry(name).or_insert(service) != service {
                return false;
            }
        }
        let numbered = service_of.keys().filter(|name| name.iter().any(u8::is_ascii_digit)).count();
        let services: BTreeSet<&[u8]> = service_of.values().copied().collect();
        services.len() > 1 && service_of.len() > services.len() && numbered * 2 >= service_of.len()
    }

    /// A separator behind a few words, most often behind the first of them: `name *64 - message`. Lines may lack it.
    fn separator_ahead(&mut self) -> bool {
        if !self.anchored || self.words > 0 {
            return false;
        }
        let mut found = Found::new();
        for separator in SEPARATORS {
            let ahead = Part::Value(None, Kind::Near(separator.to_vec()));
            let all = self.texts().filter(|text| part::step(&ahead, text, text, 0, &mut found).is_some()).count();
            let second = self.count(|text| text[part::word(text)..].starts_with(separator));
            let sure = self.is_share(second, 50) || self.lines.len() >= FEWEST_FOR_WIDTH && self.is_share(all, 98);
            if self.is_share(all, NEARLY_ALL) && sure {
                let field = self.roles.len() as u16;
                self.roles.push(Role::Word);
                let value = Part::Value(Some(field), Kind::Near(separator.to_vec()));
                self.push_optional(vec![value, Part::Literal(separator.to_vec()), Part::MaybeBlanks]);
                self.mark();
                return true;
            }
        }
        false
    }

    /// A plain word; it is a mark if it stands in a column of its own.
    fn word(&mut self) -> bool {
        let most = if self.anchored { MOST_WORDS } else { MOST_WORDS_AT_START };
        if self.words >= most {
            return false;
        }
        let stop = self.open;
        let lengths: Vec<(usize, usize)> = self
            .texts()
            .filter_map(|text| {
                let length = word_end(text, stop)?;
                let gap = text[length..].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
                Some((length, gap))
            })
            .filter(|(length, _)| *length > 0)
            .collect();
        if !self.is_share(lengths.len(), SEPARATOR) {
            return false;
        }
        let numbers = self.count(|text| is_number(&text[..word_end(text, stop).unwrap_or(text.len())]));
        let wide = lengths.iter().filter(|(_, gap)| *gap > 1).count();
        let width = lengths[0].0 + lengths[0].1;
        let aligned = lengths.iter().filter(|(length, gap)| length + gap == width).count();
        // One word that most lines begin with is no column.
        let others = lengths.iter().filter(|(length, _)| *length != lengths[0].0).count();
        let varied = others * 10 >= lengths.len() && (lengths.len() - others) * 10 >= lengths.len();
        let in_column = stop.is_none()
            && self.anchored
            && lengths.len() >= FEWEST_FOR_WIDTH
            && (self.words == 0 && self.is_share(numbers, 98)
                || self.words <= 1 && (self.is_share(wide, NEARLY_ALL) || varied && self.is_share(aligned, 95)));
        let role = if self.is_share(numbers, NEARLY_ALL) { Role::Number } else { Role::Word };
        self.push_value(Kind::Word(stop), role);
        self.words += 1;
        if in_column {
            self.mark();
        }
        true
    }

    /// Whether most lines have nothing behind so many parts.
    fn ends_at(&self, parts: usize) -> bool {
        let rest = |line: &&[u8]| {
            part::run(&self.parts[..parts], line, line, &mut Found::new())
                .is_some_and(|end| line[end..].trim_ascii().is_empty())
        };
        self.lines.iter().filter(|line| rest(line)).count() * 2 > self.lines.len()
    }

    fn finish(mut self) -> Option<LinePattern> {
        // What is always last is the message, whatever stands around it.
        while self.marks.len() > 1 && self.ends_at(self.sure) {
            self.marks.pop();
            self.sure = self.marks.last().copied().unwrap_or(0);
        }
        self.parts.truncate(self.sure);
        // A word like "error" alone may begin any sentence.
        let marked = self.parts.iter().any(|part| matches!(part, Part::Literal(_) | Part::Value(_, Kind::Time(_))));
        if !self.anchored || !marked {
            return None;
        }
        let kept = self.parts.iter().map(|part| match part {
            Part::Value(Some(field), _) => usize::from(*field) + 1,
            Part::Tag(name, pid) => usize::from(pid.unwrap_or(*name)) + 1,
            _ => 0,
        });
        self.roles.truncate(kept.max().unwrap_or(0));
        let mut names = names(&self.roles);
        names.push("message".into());
        named::unique(&mut names);
        self.parts.push(Part::MaybeBlanks);
        self.parts.push(Part::Value(Some(self.roles.len() as u16), Kind::Rest));
        let name = if self.roles.iter().any(|role| matches!(role, Role::Time(_))) {
            "Text with time"
        } else {
            "Text with level"
        };
        Some(LinePattern::new(name.into(), names, self.parts, true))
    }
}

/// Where a word ends before the end of the line.
fn word_end(text: &[u8], stop: Option<u8>) -> Option<usize> {
    text.iter().position(|byte| Some(*byte) == stop || matches!(byte, b' ' | b'\t'))
}

/// A JSON object with a first key.
fn begins_object(text: &[u8]) -> bool {
    text.strip_prefix(b"{").is_some_and(|inside| inside.trim_ascii_start().starts_with(b"\""))
}

/// A number of at most ten digits: a process, a thread.
fn is_number(text: &[u8]) -> bool {
    (1..=10).contains(&text.len()) && text.iter().all(u8::is_ascii_digit)
}

/// A separator of one to four marks that stands alone.
fn lone_mark(text: &[u8]) -> Option<&[u8]> {
    let length =
        text.iter().take_while(|byte| matches!(byte, b'-' | b'|' | b':' | b'=' | b'>' | b'~' | b'*' | b'#')).count();
    ((1..=4).contains(&length) && matches!(text.get(length), Some(b' ' | b'\t'))).then(|| &text[..length])
}

/// Names for fields of which only the place and the form are known.
fn names(roles: &[Role]) -> Vec<String> {
    let best_time = roles.iter().filter_map(|role| if let Role::Time(rank) = role { Some(*rank) } else { None }).max();
    let level = roles.iter().position(|role| *role == Role::Level);
    let mut taken: Vec<&str> = Vec::new();
    let mut first = |names: &[&'static str]| {
        let name = names.iter().find(|name| !taken.contains(*name)).copied();
        taken.extend(name);
        name.map(String::from)
    };
    let has_tag = roles.iter().any(|role| matches!(role, Role::Tag | Role::Instance));
    let has_pid = roles.contains(&Role::Pid);
    let mut names = Vec::new();
    for (at, role) in roles.iter().enumerate() {
        // Programs write their logger behind the level, or last in the head.
        let is_logger = !has_tag && (level.is_some_and(|level| at > level) || at + 1 == roles.len());
        // What comes before any time or level may be the number of the line.
        let is_first = !roles[..at].iter().any(|role| matches!(role, Role::Time(_) | Role::Level));
        let name = match role {
            Role::Time(rank) if Some(*rank) == best_time => first(&["time"]),
            Role::Level => first(&["level"]),
            Role::Pid => first(&["pid"]),
            Role::Number if has_pid || is_first => None,
            Role::Number => first(&["pid", "tid"]),
            Role::Tag if has_pid => first(&["service"]),
            Role::Service => first(&["service"]),
            Role::Instance => first(&["instance"]),
            Role::Tag => first(&["logger", "component"]),
            Role::Bracketed => first(&["thread", "context"]),
            Role::Word if is_logger => first(&["logger"]),
            Role::Time(_) | Role::Word => None,
        };
        names.push(name.unwrap_or_else(|| format!("column {}", at + 1)));
    }
    names
}
