//! tar archives: ustar, with the long names of GNU tar and of pax.

use super::ReadError;
use super::Step;
use super::label::label;
use super::list::{Candidate, Found, View};

const BLOCK: usize = 512;
/// Longest pax header or long name that is looked at, in bytes.
const MAX_EXTRA: u64 = 1 << 20;

/// Whether a block is the header of a tar's file: its checksum is right.
pub(super) fn is_header(head: &[u8]) -> bool {
    let Some(head) = head.get(..BLOCK) else { return false };
    let Some(said) = number(&head[148..156]).and_then(|said| i64::try_from(said).ok()) else { return false };
    // The checksum's own field counts as blanks.
    let sum = |value: fn(u8) -> i64| -> i64 {
        let outside = head[..148].iter().chain(&head[156..]);
        outside.map(|&byte| value(byte)).sum::<i64>() + 8 * i64::from(b' ')
    };
    // Old programs summed signed characters.
    head[0] != 0 && (sum(i64::from) == said || sum(|byte| i64::from(byte.cast_signed())) == said)
}

/// A number of a header: octal digits, or the bytes of a large number.
fn number(field: &[u8]) -> Option<u64> {
    if let [first, rest @ ..] = field
        && first & 0x80 != 0
    {
        let first = u64::from(first & 0x7f);
        return rest.iter().try_fold(first, |value, &byte| value.checked_mul(256)?.checked_add(u64::from(byte)));
    }
    let digits = field.iter().skip_while(|&&byte| byte == b' ').take_while(|byte| !matches!(byte, 0 | b' '));
    digits.copied().try_fold(0_u64, |value, byte| match byte {
        b'0'..=b'7' => value.checked_mul(8)?.checked_add(u64::from(byte - b'0')),
        _ => None,
    })
}

/// What headers before a file's own say of it.
#[derive(Default)]
struct Ahead {
    name: Option<Vec<u8>>,
    size: Option<u64>,
    sparse: bool,
}

/// Finds the files of an archive.
pub(super) fn list(view: &mut View<'_>, found: &mut Found) -> Result<(), ReadError> {
    let mut at = 0_u64;
    let mut ahead = Ahead::default();
    let mut files = 0;
    while found.goes_on(view.unpacked()) {
        let block = view.read(at, BLOCK)?;
        if block.len() < BLOCK {
            let in_header = block.iter().any(|&byte| byte != 0);
            return cut_off(view, in_header, found);
        }
        if block.iter().all(|&byte| byte == 0) {
            return Ok(());
        }
        let Some(size) = number(&block[124..136]).filter(|_| is_header(block)) else {
            found.note("This tar archive is damaged; the files before the damage are read.");
            return Ok(());
        };
        let (kind, own_name) = (block[156], name_of(block));
        let data = at.saturating_add(BLOCK as u64);
        match kind {
            b'x' | b'X' => {
                pax(view.read(data, size.min(MAX_EXTRA) as usize)?, &mut ahead);
                at = after(data, size);
                continue;
            }
            b'L' => {
                let name = view.read(data, size.min(MAX_EXTRA) as usize)?;
                ahead.name = Some(name.split(|&byte| byte == 0).next().unwrap_or_default().to_vec());
                at = after(data, size);
                continue;
            }
            b'g' | b'K' => {
                at = after(data, size);
                continue;
            }
            _ => {}
        }
        let Ahead { name, size: long_size, sparse } = std::mem::take(&mut ahead);
        // A hard link has a size, but its content is elsewhere.
        let size = if kind == b'1' { 0 } else { long_size.unwrap_or(size) };
        let name = name.unwrap_or(own_name);
        at = after(data, size);
        found.looked();
        let is_file = matches!(kind, b'0' | 0 | b'7' | b'S') && !name.ends_with(b"/");
        if !is_file || size == 0 || is_resource(&name) {
            continue;
        }
        files += 1;
        let label = Some(label(&name)).filter(|label| !label.is_empty());
        let mut candidate = Candidate {
            name: label.unwrap_or_else(|| format!("file {files}")),
            steps: vec![Step::Slice { offset: data, length: size }],
            refusal: None,
        };
        if sparse || kind == b'S' {
            candidate.refusal = Some("This is a sparse file of a tar archive, which is not read.".into());
        }
        found.push(candidate);
    }
    Ok(())
}

/// Folders of a Mac's archive that hold what is no content.
pub(super) fn is_resource(name: &[u8]) -> bool {
    name.starts_with(b"__MACOSX/") || name.starts_with(b"./__MACOSX/")
}

/// The archive ends without its two empty blocks, as few do that are whole, and all that are cut off.
fn cut_off(view: &mut View<'_>, in_header: bool, found: &mut Found) -> Result<(), ReadError> {
    let total = view.length()?;
    if let Some(last) = found.last_mut()
        && let [Step::Slice { offset, length }] = &mut last.steps[..]
        && offset.saturating_add(*length) > total
    {
        *length = total.saturating_sub(*offset);
        let empty = *length == 0;
        found.note("This tar archive ends inside one of its files; what is there of it is read.");
        if empty {
            found.pop();
        }
    } else if in_header {
        found.note(
            "This tar archive ends where another of its files begins: that one and what was behind it are missing.",
        );
    } else {
        found.note(
            "This tar archive does not say where it ends: if it was cut off, what was behind its last file is missing.",
        );
    }
    Ok(())
}

/// The next header behind content.
fn after(data: u64, size: u64) -> u64 {
    let blocks = size.checked_next_multiple_of(BLOCK as u64).unwrap_or(u64::MAX);
    data.saturating_add(blocks)
}

fn name_of(block: &[u8]) -> Vec<u8> {
    let text = |field: &[u8]| field.split(|&byte| byte == 0).next().unwrap_or_default().to_vec();
    let name = text(&block[..100]);
    let prefix = text(&block[345..500]);
    // GNU's own header has other things in the place of the prefix.
    if &block[257..263] == b"ustar\0" && !prefix.is_empty() { [&prefix[..], b"/", &name].concat() } else { name }
}

/// Records of a pax header: `length key=value\n`.
fn pax(mut records: &[u8], ahead: &mut Ahead) {
    while let Some(blank) = memchr::memchr(b' ', records.get(..20.min(records.len())).unwrap_or_default()) {
        let length = std::str::from_utf8(&records[..blank]).ok().and_then(|digits| digits.parse::<usize>().ok());
        let Some(record) = length.and_then(|length| records.get(blank + 1..length)) else { return };
        records = &records[blank + 1 + record.len()..];
        let record = record.strip_suffix(b"\n").unwrap_or(record);
        let Some(equals) = memchr::memchr(b'=', record) else { continue };
        let (key, value) = (&record[..equals], &record[equals + 1..]);
        match key {
            b"path" => ahead.name = Some(value.to_vec()),
            b"size" => ahead.size = std::str::from_utf8(value).ok().and_then(|digits| digits.parse().ok()),
            _ if key.starts_with(b"GNU.sparse.") => ahead.sparse = true,
            _ => {}
        }
    }
}
