//! The directory of a zip archive: names and where their bytes are. Contents are read at their place and never through a checksum: PyTorch can write archives without.

use std::collections::HashMap;
use std::sync::Arc;

use crate::error::{Result, refuse, shown};
use crate::source::Source;

const END: [u8; 4] = *b"PK\x05\x06";
const END64: [u8; 4] = *b"PK\x06\x06";
const LOCATOR64: [u8; 4] = *b"PK\x06\x07";
const CENTRAL: [u8; 4] = *b"PK\x01\x02";
const LOCAL: [u8; 4] = *b"PK\x03\x04";
/// The longest end record: 22 bytes and a comment.
const LONGEST_END: usize = 22 + 65535;
/// A hundred bytes for each of two million records.
const LARGEST_DIRECTORY: u64 = 200 << 20;

#[derive(Debug)]
pub(crate) struct Zip {
    pub source: Arc<Source>,
    pub entries: Vec<Entry>,
    by_name: HashMap<String, usize>,
}

#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub name: String,
    pub method: u16,
    encrypted: bool,
    /// Bytes in the file.
    pub packed: u64,
    /// Bytes when unpacked, as the directory says.
    pub size: u64,
    /// Of the local header.
    header: u64,
    /// Of the first byte of the content.
    pub start: u64,
}

impl Entry {
    /// The bytes as they are in the file, or why they can't be used.
    pub(crate) fn stored(&self) -> Result<(u64, u64)> {
        if self.encrypted {
            return Err(refuse!("the record {} is encrypted", shown(&self.name)));
        }
        if self.method != 0 || self.packed != self.size {
            return Err(refuse!(
                "the record {} is compressed, which torch.save never does; load and save the file with PyTorch",
                shown(&self.name)
            ));
        }
        Ok((self.start, self.size))
    }

    pub(crate) fn is_deflated(&self) -> bool {
        self.method == 8 && !self.encrypted
    }
}

impl Zip {
    pub(crate) fn read(source: &Arc<Source>) -> Result<Self> {
        let (count, size, offset, end) = find_directory(source)?;
        if offset.checked_add(size) != Some(end) {
            return Err(refuse!("the archive's directory is not where its end says; the file is damaged"));
        }
        if size > LARGEST_DIRECTORY || count > size / 46 {
            return Err(refuse!("an archive's directory of {size} bytes for {count} records; the file is damaged"));
        }
        let directory = source.vec_at(offset, size as usize)?;
        let mut entries = Vec::with_capacity(count as usize);
        let mut rest = directory.as_slice();
        while !rest.is_empty() {
            entries.push(central(&mut rest)?);
        }
        if entries.len() as u64 != count {
            return Err(refuse!("the archive's directory holds {} records, and its end says {count}", entries.len()));
        }
        drop(directory);
        let mut by_name = HashMap::with_capacity(entries.len());
        for (i, entry) in entries.iter_mut().enumerate() {
            locate(source, entry, offset)?;
            if by_name.insert(entry.name.clone(), i).is_some() {
                return Err(refuse!("two records are called {}; the file is damaged or hostile", shown(&entry.name)));
            }
        }
        let mut places: Vec<(u64, u64)> = entries.iter().map(|entry| (entry.header, entry.start + entry.packed)).collect();
        places.sort_unstable();
        if places.windows(2).any(|pair| pair[0].1 > pair[1].0) {
            return Err(refuse!("records of the archive overlap; the file is damaged or hostile"));
        }
        Ok(Self { source: Arc::clone(source), entries, by_name })
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Entry> {
        self.by_name.get(name).map(|&i| &self.entries[i])
    }
}

/// Number of records, size and offset of the directory, and where its end record starts.
fn find_directory(source: &Source) -> Result<(u64, u64, u64, u64)> {
    let tail_len = source.len().min(LONGEST_END as u64);
    let tail_start = source.len() - tail_len;
    let tail = source.vec_at(tail_start, tail_len as usize)?;
    let truncated = || refuse!("the archive has no end; the file is truncated");
    // The comment reaches to the end of the file.
    let at = (0..tail.len().saturating_sub(21))
        .rev()
        .find(|&at| tail[at..at + 4] == END && at + 22 + usize::from(u16_at(&tail, at + 20)) == tail.len())
        .ok_or_else(truncated)?;
    let record = &tail[at..at + 22];
    let end = tail_start + at as u64;
    let plain = (u64::from(u16_at(record, 10)), u64::from(u32_at(record, 12)), u64::from(u32_at(record, 16)));
    if end >= 20 {
        let locator = source.vec_at(end - 20, 20)?;
        if locator[..4] == LOCATOR64 {
            let at = u64_at(&locator, 8);
            let record = if at.checked_add(56).is_some_and(|stop| stop <= end) { source.vec_at(at, 56)? } else { Vec::new() };
            if record.get(..4) != Some(&END64) {
                return Err(refuse!("the archive's 64-bit end is not where it should be; the file is damaged"));
            }
            return Ok((u64_at(&record, 32), u64_at(&record, 40), u64_at(&record, 48), at));
        }
    }
    Ok((plain.0, plain.1, plain.2, end))
}

/// One record of the directory.
fn central(rest: &mut &[u8]) -> Result<Entry> {
    let damaged = || refuse!("the archive's directory is damaged");
    let head = rest.get(..46).filter(|head| head[..4] == CENTRAL).ok_or_else(damaged)?;
    let (name, extra, comment) = (usize::from(u16_at(head, 28)), usize::from(u16_at(head, 30)), usize::from(u16_at(head, 32)));
    let tail = rest.get(46..46 + name + extra + comment).ok_or_else(damaged)?;
    let mut entry = Entry {
        name: String::from_utf8_lossy(&tail[..name]).into_owned(),
        method: u16_at(head, 10),
        encrypted: u16_at(head, 8) & 1 != 0,
        packed: u64::from(u32_at(head, 20)),
        size: u64::from(u32_at(head, 24)),
        header: u64::from(u32_at(head, 42)),
        start: 0,
    };
    let mut fields = &tail[name..name + extra];
    while fields.len() >= 4 {
        let (id, len) = (u16_at(fields, 0), usize::from(u16_at(fields, 2)));
        let body = fields.get(4..4 + len).ok_or_else(damaged)?;
        if id == 1 {
            // Those that did not fit, in this order.
            let mut words = body.as_chunks::<8>().0.iter().map(|word| u64::from_le_bytes(*word));
            for field in [&mut entry.size, &mut entry.packed, &mut entry.header] {
                if *field == u64::from(u32::MAX) {
                    *field = words.next().ok_or_else(damaged)?;
                }
            }
        }
        fields = &fields[4 + len..];
    }
    *rest = &rest[46 + name + extra + comment..];
    Ok(entry)
}

/// Where the content starts: only the record's own header tells.
fn locate(source: &Source, entry: &mut Entry, directory: u64) -> Result<()> {
    let name = shown(&entry.name);
    let damaged = || refuse!("the record {name} is not where the directory says; the file is damaged");
    if entry.header.checked_add(30).is_none_or(|end| end > directory) {
        return Err(damaged());
    }
    let head = source.vec_at(entry.header, 30)?;
    if head[..4] != LOCAL {
        return Err(damaged());
    }
    let (length, extra) = (u64::from(u16_at(&head, 26)), u64::from(u16_at(&head, 28)));
    entry.start = entry.header + 30 + length + extra;
    if entry.start.checked_add(entry.packed).is_none_or(|end| end > directory) {
        return Err(refuse!("the record {name} reaches beyond its place; the file is damaged"));
    }
    if length != entry.name.len() as u64 || source.vec_at(entry.header + 30, length as usize)? != entry.name.as_bytes() {
        // A name that is not UTF-8 was replaced above and can't be compared.
        if !entry.name.contains('\u{fffd}') {
            return Err(refuse!("the record {name} has another name at its place; the file is damaged or hostile"));
        }
    }
    Ok(())
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from(u32_at(bytes, at)) | u64::from(u32_at(bytes, at + 4)) << 32
}
