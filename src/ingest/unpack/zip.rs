//! zip archives: the central directory at the end, and the files themselves where that is lost.

use super::ReadError;
use super::Step;
use super::label::label;
use super::list::{Candidate, Found, View};
use super::tar::is_resource;

const LOCAL: [u8; 4] = *b"PK\x03\x04";
const CENTRAL: [u8; 4] = *b"PK\x01\x02";
const DESCRIPTOR: [u8; 4] = *b"PK\x07\x08";
const END: [u8; 4] = *b"PK\x05\x06";
const END_64: [u8; 4] = *b"PK\x06\x06";
const LOCATOR_64: [u8; 4] = *b"PK\x06\x07";

const LOCAL_BYTES: usize = 30;
const CENTRAL_BYTES: usize = 46;
const END_BYTES: usize = 22;
const LOCATOR_BYTES: usize = 20;
const END_64_BYTES: usize = 56;

/// Most bytes of content that a byte of deflate gives (258 for two bits), and one of zstd (a block of 128 KiB is more than
/// one byte).
const DEFLATE_RATIO: u64 = 1032;
const ZSTD_RATIO: u64 = 128 << 10;

/// Bit of the flags: the content is encrypted.
const ENCRYPTED: u16 = 1;
/// Bit of the flags: the sizes stand behind the content.
const DESCRIBED: u16 = 8;

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    bytes.get(at..at + 2).and_then(|bytes| bytes.try_into().ok()).map_or(0, u16::from_le_bytes)
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map_or(0, u32::from_le_bytes)
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..at + 8).and_then(|bytes| bytes.try_into().ok()).map_or(0, u64::from_le_bytes)
}

/// Finds the files of an archive.
pub(super) fn list(view: &mut View<'_>, found: &mut Found) -> Result<(), ReadError> {
    if let Some(directory) = directory(view)? {
        return central(view, found, &directory);
    }
    found.note("The end of this zip archive is missing, with its list of files; what comes before is read.");
    walk(view, found)
}

/// The list of files of an archive.
struct Directory {
    from: u64,
    to: u64,
    /// Bytes before the archive: a program that unpacks it, say.
    before: u64,
}

/// Looks for the list at the end of the archive, behind which only a comment stands.
fn directory(view: &mut View<'_>) -> Result<Option<Directory>, ReadError> {
    let total = view.length()?;
    let base = total.saturating_sub((END_BYTES + usize::from(u16::MAX)) as u64);
    let tail = view.read(base, (total - base) as usize)?;
    let starts = memchr::memmem::rfind_iter(tail, &END);
    let fits = |&at: &usize| tail.len() >= at + END_BYTES + usize::from(u16_at(tail, at + 20));
    let Some(at) = { starts }.find(fits) else { return Ok(None) };
    let end = &tail[at..at + END_BYTES];
    let (mut size, mut offset) = (u64::from(u32_at(end, 12)), u64::from(u32_at(end, 16)));
    let mut to = base + at as u64;
    let locator = at.checked_sub(LOCATOR_BYTES).and_then(|from| tail.get(from..at));
    if let Some(locator) = locator.filter(|locator| locator.starts_with(&LOCATOR_64)) {
        let said = u64_at(locator, 8);
        let usual = to.saturating_sub((LOCATOR_BYTES + END_64_BYTES) as u64);
        for place in [said, usual] {
            let end = view.read(place, END_64_BYTES)?;
            if end.len() == END_64_BYTES && end.starts_with(&END_64) {
                (size, offset, to) = (u64_at(end, 40), u64_at(end, 48), place);
                break;
            }
        }
    }
    let from = to.checked_sub(size);
    Ok(from.map(|from| Directory { from, to, before: from.saturating_sub(offset) }))
}

/// What headers say of a file.
struct Entry {
    flags: u16,
    method: u16,
    crc: u32,
    packed: u64,
    size: u64,
    local: u64,
}

impl Entry {
    /// Replaces sizes that don't fit into 32 bits by those of the extra field.
    fn widen(&mut self, extra: &[u8]) {
        let mut rest = extra;
        while rest.len() >= 4 {
            let (tag, length) = (u16_at(rest, 0), usize::from(u16_at(rest, 2)));
            let Some(mut field) = rest.get(4..4 + length) else { return };
            rest = &rest[4 + length..];
            if tag != 1 {
                continue;
            }
            for value in [&mut self.size, &mut self.packed, &mut self.local] {
                if *value == u64::from(u32::MAX) && field.len() >= 8 {
                    *value = u64_at(field, 0);
                    field = &field[8..];
                }
            }
        }
    }

    /// The steps to the content, or why there are none. `total`: length of the archive. What the headers say may be
    /// anything: the sizes in the steps are such as there could be.
    fn steps(&self, data: u64, total: u64) -> Result<Vec<Step>, String> {
        let length = self.packed.min(total.saturating_sub(data));
        let slice = Step::Slice { offset: data, length };
        let most = |ratio: u64| Some(self.size.min(length.saturating_mul(ratio)));
        let method = match self.method {
            _ if self.flags & ENCRYPTED != 0 => {
                return Err("This file is encrypted; unpack it with its password and drop what it holds.".into());
            }
            0 => return Ok(vec![slice]),
            8 => return Ok(vec![slice, Step::Deflate { size: most(DEFLATE_RATIO), crc: Some(self.crc) }]),
            93 => return Ok(vec![slice, Step::Zstd { size: most(ZSTD_RATIO) }]),
            9 => "deflate64",
            12 => "bzip2",
            14 => "lzma",
            95 => "xz",
            98 => "ppmd",
            99 => "AES encryption",
            _ => "a rare method",
        };
        Err(format!("This file is packed with {method}, which is not read; unpack it and drop what it holds."))
    }
}

fn central(view: &mut View<'_>, found: &mut Found, directory: &Directory) -> Result<(), ReadError> {
    let total = view.length()?;
    let mut at = directory.from;
    while at < directory.to && found.goes_on(view.unpacked()) {
        let head = view.read(at, CENTRAL_BYTES)?;
        if head.len() < CENTRAL_BYTES || !head.starts_with(&CENTRAL) {
            found.note("The list of files of this zip archive is damaged; those before the damage are read.");
            return Ok(());
        }
        let mut entry = Entry {
            flags: u16_at(head, 8),
            method: u16_at(head, 10),
            crc: u32_at(head, 16),
            packed: u64::from(u32_at(head, 20)),
            size: u64::from(u32_at(head, 24)),
            local: u64::from(u32_at(head, 42)),
        };
        // Unix keeps the kind of a file in the upper half of the attributes: a link's content is a path.
        let is_link = head[5] == 3 && u32_at(head, 38) >> 28 == 0o12;
        let [name, extra, comment] = [28, 30, 32].map(|at| usize::from(u16_at(head, at)));
        let rest = view.read(at + CENTRAL_BYTES as u64, name + extra)?;
        entry.widen(rest.get(name..).unwrap_or_default());
        let name_bytes = rest.get(..name).unwrap_or_default().to_vec();
        at += (CENTRAL_BYTES + name + extra + comment) as u64;
        found.looked();
        if is_link || name_bytes.ends_with(b"/") || is_resource(&name_bytes) || entry.size == 0 {
            continue;
        }
        found.push(Candidate { name: shown(&name_bytes, at), steps: Vec::new(), refusal: None });
        let place = directory.before.saturating_add(entry.local);
        let steps = match view.peek(place, LOCAL_BYTES)? {
            local if local.len() == LOCAL_BYTES && local.starts_with(&LOCAL) => {
                let data = LOCAL_BYTES + usize::from(u16_at(&local, 26)) + usize::from(u16_at(&local, 28));
                let data = place.saturating_add(data as u64);
                if data.saturating_add(entry.packed) > total {
                    found.note("This zip archive ends before the content of some of its files does.");
                }
                entry.steps(data, total)
            }
            _ => Err("This file is not where the list of the zip archive says; the archive is damaged.".into()),
        };
        if let Some(candidate) = found.last_mut() {
            match steps {
                Ok(steps) => candidate.steps = steps,
                Err(refusal) => candidate.refusal = Some(refusal),
            }
        }
    }
    Ok(())
}

/// Reads the archive from its beginning, file by file.
fn walk(view: &mut View<'_>, found: &mut Found) -> Result<(), ReadError> {
    let total = view.length()?;
    let mut at = 0_u64;
    while found.goes_on(view.unpacked()) {
        let head = view.read(at, LOCAL_BYTES)?;
        if head.len() < LOCAL_BYTES || !head.starts_with(&LOCAL) {
            return Ok(());
        }
        let mut entry = Entry {
            flags: u16_at(head, 6),
            method: u16_at(head, 8),
            crc: u32_at(head, 14),
            packed: u64::from(u32_at(head, 18)),
            size: u64::from(u32_at(head, 22)),
            local: 0,
        };
        let [name, extra] = [26, 28].map(|at| usize::from(u16_at(head, at)));
        let rest = view.read(at + LOCAL_BYTES as u64, name + extra)?;
        entry.widen(rest.get(name..).unwrap_or_default());
        let name = rest.get(..name).unwrap_or_default().to_vec();
        let data = at + (LOCAL_BYTES + rest.len()) as u64;
        found.looked();
        let mut steps = entry.steps(data, total);
        let last;
        if entry.flags & DESCRIBED != 0 && entry.packed == 0 {
            // Where the content ends is only seen by unpacking it.
            (steps, last) = if (entry.method, entry.flags & ENCRYPTED) == (8, 0) {
                let measured = view.measure(data)?;
                let size = measured.map(|(size, _)| size);
                entry.size = size.unwrap_or(u64::MAX);
                entry.packed = measured.map_or(total.saturating_sub(data), |(_, packed)| packed);
                let slice = Step::Slice { offset: data, length: entry.packed };
                (Ok(vec![slice, Step::Deflate { size, crc: None }]), size.is_none())
            } else {
                (Err("Where this file ends can't be told without the end of the zip archive.".into()), true)
            };
        } else {
            last = data.saturating_add(entry.packed) > total;
        }
        if !name.ends_with(b"/") && !is_resource(&name) && (entry.size > 0 || steps.is_err()) {
            let (steps, refusal) = match steps {
                Ok(steps) => (steps, None),
                Err(refusal) => (Vec::new(), Some(refusal)),
            };
            found.push(Candidate { name: shown(&name, at), steps, refusal });
        }
        if last {
            return Ok(());
        }
        at = behind(view, data.saturating_add(entry.packed), entry.flags)?;
    }
    Ok(())
}

/// Where the next file begins, behind the sizes that may follow the content.
fn behind(view: &mut View<'_>, at: u64, flags: u16) -> Result<u64, ReadError> {
    if flags & DESCRIBED == 0 {
        return Ok(at);
    }
    let bytes = view.read(at, 28)?;
    let next = |&length: &usize| {
        let next = bytes.get(length..length + 4).unwrap_or_default();
        next == LOCAL || next == CENTRAL
    };
    let lengths = if bytes.starts_with(&DESCRIPTOR) { [16, 24] } else { [12, 20] };
    Ok(at + lengths.iter().find(|length| next(length)).map_or(lengths[0], |&length| length) as u64)
}

fn shown(name: &[u8], at: u64) -> String {
    let label = label(name);
    if label.is_empty() { format!("file at byte {at}") } else { label }
}
