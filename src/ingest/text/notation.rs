//! Patterns as text, so that the table of known formats reads like the lines it is about.
//!
//! ```text
//! {name}          a word, up to the literal that follows       {name:time} {name:level} {name:number} …
//! {name:any}      anything up to the literal that follows      {name:a|b|c}   one of these texts
//! {}  {:any}      the same, but of no interest                 {name:=a|b}    the same, read again by the next value
//! {:request}      method, path and protocol in quotes          {:tag}         program and process id before a colon
//! {? … ?}         there or not                                 {name:rest}    all that is left
//! blank           at least one blank                           ~              any number of blanks
//! line feed       the next line of the same event
//! {{ }}           braces
//! ```

use super::LinePattern;
use super::part::{Kind, MOST_FIELDS, Part};
use super::time;

/// Compiles a pattern; `None` where the notation is wrong.
pub(super) fn compile(name: &str, joins: bool, notation: &str) -> Option<LinePattern> {
    let mut compiler = Compiler::default();
    let mut options = Vec::new();
    let mut rest = notation;
    while let Some(first) = rest.chars().next() {
        if let Some(behind) = rest.strip_prefix("{?") {
            options.push(compiler.parts.len());
            compiler.parts.push(Part::Optional(0));
            rest = behind;
        } else if let Some(behind) = rest.strip_prefix("?}") {
            let opened = options.pop()?;
            let length = compiler.parts.len() - opened - 1;
            compiler.parts[opened] = Part::Optional(u16::try_from(length).ok()?);
            compiler.sealed = compiler.parts.len();
            rest = behind;
        } else if let Some(behind) = rest.strip_prefix("{{") {
            compiler.literal('{');
            rest = behind;
        } else if let Some(behind) = rest.strip_prefix("}}") {
            compiler.literal('}');
            rest = behind;
        } else if let Some(inside) = rest.strip_prefix('{') {
            let (value, behind) = inside.split_once('}')?;
            compiler.value(value, behind)?;
            rest = behind;
        } else {
            match first {
                ' ' => compiler.parts.push(Part::Blanks),
                '\n' => compiler.parts.push(Part::NextLine),
                '~' => compiler.parts.push(Part::MaybeBlanks),
                other => compiler.literal(other),
            }
            rest = &rest[first.len_utf8()..];
        }
    }
    (options.is_empty() && compiler.fields.len() <= MOST_FIELDS)
        .then(|| LinePattern::new(name.into(), compiler.fields, compiler.parts, joins))
}

#[derive(Default)]
struct Compiler {
    fields: Vec<String>,
    parts: Vec<Part>,
    /// Number of parts up to the end of the last optional group: no literal goes on over it.
    sealed: usize,
}

impl Compiler {
    fn literal(&mut self, character: char) {
        let mut buffer = [0; 4];
        let bytes = character.encode_utf8(&mut buffer).as_bytes();
        match self.parts[self.sealed..].last_mut() {
            Some(Part::Literal(literal)) => literal.extend_from_slice(bytes),
            _ => self.parts.push(Part::Literal(bytes.to_vec())),
        }
    }

    /// The field of a name; the same for the same name.
    fn field(&mut self, name: &str) -> u16 {
        let place = self.fields.iter().position(|field| field == name).unwrap_or_else(|| {
            self.fields.push(name.into());
            self.fields.len() - 1
        });
        place as u16
    }

    fn value(&mut self, value: &str, behind: &str) -> Option<()> {
        let (name, kind) = value.split_once(':').unwrap_or((value, ""));
        match kind {
            "request" => {
                let fields = ["method", "path", "protocol"].map(|name| self.field(name));
                self.parts.push(Part::Request(fields));
                return Some(());
            }
            "tag" => {
                let (service, pid) = (self.field("service"), self.field("pid"));
                self.parts.push(Part::Tag(service, Some(pid)));
                return Some(());
            }
            _ => {}
        }
        let field = if name.is_empty() { None } else { Some(self.field(name)) };
        let until = behind.split("?}").next().unwrap_or_default().split(['{', '~']).next().unwrap_or_default();
        let until = until.replace("}}", "}");
        let texts = |choices: &str| choices.split('|').map(|text| text.as_bytes().to_vec()).collect();
        let kind = match kind {
            "" if name == "time" => Kind::Time(time::ANY),
            "" if name == "level" => Kind::Level { letter: false },
            "" => Kind::Word(behind.bytes().next().filter(|byte| !matches!(byte, b' ' | b'{' | b'~' | b'?'))),
            "time" => Kind::Time(time::ANY),
            "iso" => Kind::Time(time::YEAR_FIRST),
            "ctime" => Kind::Time(time::DAY_AND_NAME),
            "month" => Kind::Time(time::NAME_AND_DAY),
            "dated" => Kind::Time(time::YEAR_FIRST | time::DAY_AND_NAME | time::YEAR_LAST | time::COMPACT),
            "glog" => Kind::Time(time::GLOG),
            "short" => Kind::Time(time::NO_YEAR | time::YEAR_FIRST),
            "number" => Kind::Number,
            "decimal" => Kind::Decimal,
            "name" => Kind::Name,
            "quoted" => Kind::Quoted,
            "group" => Kind::Group(b'['),
            "structured" => Kind::Structured(Vec::new()),
            "rest" => Kind::Rest,
            "any" if !until.is_empty() => Kind::Any(until.as_bytes().to_vec()),
            choices if choices.starts_with('=') => Kind::Ahead(texts(&choices[1..])),
            choices if choices.contains('|') => Kind::Choice(texts(choices)),
            _ => return None,
        };
        self.parts.push(Part::Value(field, kind));
        Some(())
    }
}
