//! Which pattern the lines of a file have.

use super::known::{KNOWN, Known};
use super::part::{self, Kind, MOST_FIELDS, Part};
use super::{LinePattern, learn, named, time};

/// Most lines that are looked at.
const LOOK: usize = 2_000;
/// Bytes of a line that are looked at.
const LONGEST: usize = 8 << 10;
/// Most keys of structured data that become fields, and the longest of them in bytes.
const MOST_KEYS: usize = 16;
const LONGEST_KEY: usize = 64;

/// The share of the lines that must fit where the time is announced.
const ANNOUNCED: f64 = 0.05;

/// The share of the lines that fit a format that is known, whatever else they may be.
const SURE: f64 = 0.95;

fn cut(line: &[u8]) -> &[u8] {
    &line[..line.len().min(LONGEST)]
}

/// The lines that hold something.
fn written<'a>(lines: &[&'a [u8]]) -> Vec<&'a [u8]> {
    let lines = lines.iter().map(|line| cut(super::first_line(line)));
    lines.filter(|line| !line.trim_ascii().is_empty()).take(LOOK).collect()
}

/// The pattern of sampled lines, if they have one, and the share (0..=1) of the lines that fit it. Lines that do not fit may
/// go on with the event before them ([`LinePattern::begins`]).
pub fn recognise(lines: &[&[u8]]) -> Option<(LinePattern, f64)> {
    let lines = written(lines);
    if let Some(pattern) = named::pattern(&lines) {
        let records: Vec<&[u8]> = lines.into_iter().filter(|line| !pattern.is_remark(line)).collect();
        let share = share(&pattern, &records);
        return (share >= 0.5).then_some((pattern, share));
    }
    // What is indented goes on with something, unless most lines are.
    let mut heads: Vec<&[u8]> = lines.iter().copied().filter(|line| !line[0].is_ascii_whitespace()).collect();
    if heads.len() * 20 < lines.len() {
        heads.clone_from(&lines);
    }
    let (mut pattern, carries) = best(&heads)?;
    if carries {
        pattern = with_carried(pattern, &heads);
    }
    let share = share(&pattern, &lines);
    Some((pattern, share))
}

/// The known format of which nearly all lines are.
pub fn known(lines: &[&[u8]]) -> Option<LinePattern> {
    let lines = written(lines);
    let pattern = KNOWN.iter().filter_map(Known::pattern).find(|pattern| share(pattern, &lines) >= SURE)?;
    Some(without_unused(pattern, &lines))
}

/// The pattern that fits best, and whether it carries lines of other formats.
fn best(heads: &[&[u8]]) -> Option<(LinePattern, bool)> {
    let known = KNOWN.iter().filter_map(|known| {
        let pattern = known.pattern()?;
        let share = share(&pattern, heads);
        let needed = if announced(&pattern) { ANNOUNCED } else { needed(&pattern) };
        (share >= needed).then_some((pattern, share, known.carries))
    });
    let known = known.reduce(|best, next| if next.1 > best.1 { next } else { best });
    let learned = learn::learn(heads).map(|pattern| {
        let share = share(&pattern, heads);
        (pattern, share, false)
    });
    let learned = learned.filter(|(pattern, share, _)| *share >= needed(pattern));
    let (pattern, _, carries) = match (known, learned) {
        // What is known has names for its fields, so it wins even if it fits a few lines less.
        (Some(known), Some(learned)) if known.1 + 0.02 < learned.1 => learned,
        (known, learned) => known.or(learned)?,
    };
    Some((with_keys(without_unused(pattern, heads), heads), carries))
}

/// Takes the messages apart too, where most of them have one format. Its fields come behind the carrier's own; a
/// message that does not fit stays whole.
fn with_carried(outer: LinePattern, lines: &[&[u8]]) -> LinePattern {
    let Some(message) = outer.fields.iter().position(|field| field == "message") else { return outer };
    let mut messages = Vec::new();
    for line in lines {
        outer.read(line, &mut |field, place| {
            if field == message {
                messages.push(&line[place]);
            }
        });
    }
    let Some((inner, _)) = best(&messages)
        .filter(|(inner, _)| share(inner, &messages) >= 0.5 && inner.fields.len() + outer.fields.len() <= MOST_FIELDS)
    else {
        return outer;
    };
    let mut fields = outer.fields;
    let places: Vec<u16> = inner
        .fields
        .into_iter()
        .map(|field| {
            if field == "message" {
                return message as u16;
            }
            fields.push(field);
            (fields.len() - 1) as u16
        })
        .collect();
    named::unique(&mut fields);
    let mut carried = inner.parts;
    move_fields(&mut carried, &places);
    let mut parts = outer.parts;
    let rest = parts.len() - 1;
    parts.splice(rest..rest, std::iter::once(Part::Optional(carried.len() as u16)).chain(carried));
    LinePattern::new(format!("{}: {}", outer.name, inner.name), fields, parts, outer.joins)
}

fn share(pattern: &LinePattern, lines: &[&[u8]]) -> f64 {
    let fit = lines.iter().filter(|line| pattern.fits(line)).count();
    if lines.is_empty() { 0.0 } else { fit as f64 / lines.len() as f64 }
}

/// The share of the lines that are not indented which must fit. Where a line begins with a full time there is little doubt, and
/// the others may be what a program printed; a format without a time must fit more often, one without a level nearly always.
fn needed(pattern: &LinePattern) -> f64 {
    let time = pattern.parts.iter().position(|part| matches!(part, Part::Value(_, Kind::Time(_))));
    let leads = time.is_some_and(|time| {
        let dated =
            matches!(pattern.parts[time], Part::Value(_, Kind::Time(forms)) if forms & (time::CLOCK | time::DATE) == 0);
        dated
            && pattern.parts[..time]
                .iter()
                .all(|part| matches!(part, Part::Literal(_) | Part::Value(_, Kind::Ahead(_))))
    });
    let opening = &pattern.parts[..pattern.opening];
    let opens_with =
        |is: &dyn Fn(&Kind) -> bool| opening.iter().any(|part| matches!(part, Part::Value(_, kind) if is(kind)));
    if leads {
        0.2
    } else if opens_with(&|kind| matches!(kind, Kind::Time(_) | Kind::Choice(_))) {
        0.5
    } else if opens_with(&|kind| matches!(kind, Kind::Level { .. })) {
        0.6
    } else {
        0.9
    }
}

/// Whether the time of a known format stands behind words that say so: `# Time: …`. Of the lines of an event, however many it
/// has, only the first begins like that.
fn announced(pattern: &LinePattern) -> bool {
    let time = pattern.parts.iter().position(|part| matches!(part, Part::Value(_, Kind::Time(_))));
    let ahead = &pattern.parts[..time.unwrap_or(0)];
    let words = |part: &Part| matches!(part, Part::Literal(text) if text.iter().any(u8::is_ascii_alphabetic));
    ahead.iter().any(words) && ahead.iter().all(|part| matches!(part, Part::Literal(_) | Part::Blanks))
}

/// Gives the keys of structured data (RFC 5424) fields of their own: the first that the lines name.
fn with_keys(mut pattern: LinePattern, lines: &[&[u8]]) -> LinePattern {
    let place = pattern.parts.iter().position(|part| matches!(part, Part::Value(Some(_), Kind::Structured(_))));
    let Some(place) = place else { return pattern };
    let Part::Value(Some(whole), _) = pattern.parts[place] else { return pattern };
    let mut keys: Vec<Vec<u8>> = Vec::new();
    for line in lines {
        let mut data = 0..0;
        pattern.read(line, &mut |field, place| {
            if field == usize::from(whole) {
                data = place;
            }
        });
        part::structured(&line[data], &mut |key, _| {
            if keys.len() < MOST_KEYS
                && key.len() <= LONGEST_KEY
                && !key.is_empty()
                && !keys.iter().any(|known| known == key)
            {
                keys.push(key.to_vec());
            }
        });
    }
    let first = pattern.fields.len();
    pattern.fields.extend(keys.iter().map(|key| String::from_utf8_lossy(key).into_owned()));
    named::unique(&mut pattern.fields);
    let keys = keys.into_iter().enumerate().map(|(at, key)| (key, (first + at) as u16)).collect();
    pattern.parts[place] = Part::Value(Some(whole), Kind::Structured(keys));
    pattern
}

/// Drops the optional parts that none of the lines has, and their fields, so that no column stays empty for sure.
fn without_unused(pattern: LinePattern, lines: &[&[u8]]) -> LinePattern {
    let mut used = vec![false; pattern.fields.len()];
    for line in lines {
        pattern.read(line, &mut |field, _| used[field] = true);
    }
    let fields_of = |part: &Part| match part {
        Part::Value(field, _) => field.iter().copied().collect(),
        Part::Request(fields) => fields.to_vec(),
        Part::Tag(name, pid) => [*name].into_iter().chain(*pid).collect(),
        _ => Vec::new(),
    };
    let mut parts = Vec::new();
    let mut at = 0;
    while let Some(part) = pattern.parts.get(at) {
        if let Part::Optional(length) = part {
            let inside = &pattern.parts[at + 1..=at + usize::from(*length)];
            let fields: Vec<u16> = inside.iter().flat_map(fields_of).collect();
            let nested = inside.iter().any(|part| matches!(part, Part::Optional(_)));
            // What stands on further lines is not in sight.
            let further = inside.contains(&Part::NextLine);
            let kept = nested || further || fields.is_empty() || fields.iter().any(|field| used[usize::from(*field)]);
            if kept {
                parts.extend_from_slice(&pattern.parts[at..=at + inside.len()]);
            }
            at += 1 + inside.len();
        } else {
            parts.push(part.clone());
            at += 1;
        }
    }
    let kept: Vec<u16> = parts.iter().flat_map(fields_of).collect();
    let mut places = vec![0_u16; pattern.fields.len()];
    let mut fields = Vec::new();
    for (old, name) in pattern.fields.iter().enumerate() {
        places[old] = fields.len() as u16;
        if kept.contains(&(old as u16)) {
            fields.push(name.clone());
        }
    }
    move_fields(&mut parts, &places);
    LinePattern { more: pattern.more, ..LinePattern::new(pattern.name, fields, parts, pattern.joins) }
}

/// Gives the fields of parts other places.
fn move_fields(parts: &mut [Part], places: &[u16]) {
    let moved = |field: &mut u16| *field = places[usize::from(*field)];
    for part in parts {
        match part {
            Part::Value(field, kind) => {
                field.iter_mut().for_each(moved);
                if let Kind::Structured(keys) = kind {
                    for (_, field) in keys {
                        moved(field);
                    }
                }
            }
            Part::Request(fields) => fields.iter_mut().for_each(moved),
            Part::Tag(name, pid) => {
                moved(name);
                pid.iter_mut().for_each(moved);
            }
            Part::Literal(_) | Part::Blanks | Part::MaybeBlanks | Part::NextLine | Part::Optional(_) => {}
        }
    }
}
