//! Which pattern the lines of a file have.

use super::known::KNOWN;
use super::part::{self, Kind, Part};
use super::{LinePattern, learn, named};

/// Most lines that are looked at.
const LOOK: usize = 2_000;
/// Most keys of structured data that become fields, and the longest of them in bytes.
const MOST_KEYS: usize = 16;
const LONGEST_KEY: usize = 64;

/// The pattern of sampled lines, if they have one, and the share (0..=1) of the lines that fit it. Lines that do not fit may
/// go on with the event before them ([`LinePattern::begins`]).
pub fn recognise(lines: &[&[u8]]) -> Option<(LinePattern, f64)> {
    let lines: Vec<&[u8]> = lines
        .iter()
        .map(|line| super::first_line(line))
        .filter(|line| !line.trim_ascii().is_empty())
        .take(LOOK)
        .collect();
    if let Some(pattern) = named::pattern(&lines) {
        let records: Vec<&[u8]> = lines.into_iter().filter(|line| !pattern.is_remark(line)).collect();
        let share = share(&pattern, &records);
        return (share >= 0.5).then_some((pattern, share));
    }
    // What is indented goes on with something.
    let heads: Vec<&[u8]> = lines.iter().copied().filter(|line| !line[0].is_ascii_whitespace()).collect();
    let known = KNOWN.iter().filter_map(|known| {
        let pattern = known.pattern()?;
        let of_heads = share(&pattern, &heads);
        (of_heads >= needed(&pattern)).then_some((pattern, of_heads))
    });
    let known = known.reduce(|best, next| if next.1 > best.1 { next } else { best });
    let learned = learn::learn(&heads).map(|pattern| {
        let of_heads = share(&pattern, &heads);
        (pattern, of_heads)
    });
    let learned = learned.filter(|(pattern, of_heads)| *of_heads >= needed(pattern));
    let (pattern, _) = match (known, learned) {
        // What is known has names for its fields, so it wins even if it fits a few lines less.
        (Some(known), Some(learned)) if known.1 + 0.02 < learned.1 => learned,
        (known, learned) => known.or(learned)?,
    };
    let pattern = with_keys(without_unused(pattern, &heads), &heads);
    let share = share(&pattern, &lines);
    Some((pattern, share))
}

fn share(pattern: &LinePattern, lines: &[&[u8]]) -> f64 {
    let fit = lines.iter().filter(|line| pattern.fits(line)).count();
    if lines.is_empty() { 0.0 } else { fit as f64 / lines.len() as f64 }
}

/// The share of the lines that are not indented which must fit. Where a line begins with a full time there is little doubt, and
/// the others may be what a program printed; a format without a time must fit nearly always.
fn needed(pattern: &LinePattern) -> f64 {
    let time = pattern.parts.iter().position(|part| matches!(part, Part::Value(_, Kind::Time(_))));
    let leads = time.is_some_and(|time| {
        pattern.parts[..time].iter().all(|part| matches!(part, Part::Literal(_) | Part::Value(_, Kind::Ahead(_))))
    });
    if leads {
        0.2
    } else if pattern.parts[..pattern.opening]
        .iter()
        .any(|part| matches!(part, Part::Value(_, Kind::Time(_) | Kind::Choice(_))))
    {
        0.5
    } else {
        0.9
    }
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
fn without_unused(mut pattern: LinePattern, lines: &[&[u8]]) -> LinePattern {
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
            let kept = nested || fields.is_empty() || fields.iter().any(|field| used[usize::from(*field)]);
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
    let moved = |field: &mut u16| *field = places[usize::from(*field)];
    for part in &mut parts {
        match part {
            Part::Value(Some(field), _) => moved(field),
            Part::Request(fields) => fields.iter_mut().for_each(moved),
            Part::Tag(name, pid) => {
                moved(name);
                pid.iter_mut().for_each(moved);
            }
            _ => {}
        }
    }
    pattern = LinePattern::new(pattern.name, fields, parts, pattern.joins);
    pattern
}
