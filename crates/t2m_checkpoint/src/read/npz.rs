//! npz: a zip of arrays.

use std::sync::Arc;

use super::zip::{Entry, Zip};
use crate::checkpoint::{Checkpoint, Kind, OpenOptions, Tensor};
use crate::dtype::Dtype;
use crate::error::{Result, refuse, shown};
use crate::source::Source;
use crate::view::{Storage, View, row_major};

const LONGEST_HEADER: u64 = 64 << 10;

pub(crate) fn read(zip: &Zip, options: &OpenOptions) -> Result<Checkpoint> {
    let mut arrays = zip.entries.iter().filter(|entry| entry.name.ends_with(".npy")).peekable();
    if arrays.peek().is_none() {
        return Err(refuse!("is a zip archive without a pickle or arrays, so no checkpoint"));
    }
    let mut unpacked = super::inflate::Budget::of(zip.source.len());
    let mut tensors = Vec::new();
    for entry in arrays {
        let name = entry.name.strip_suffix(".npy").unwrap_or_default().to_owned();
        let view = array(zip, entry, &mut unpacked).map_err(|error| error.at(shown(&name)))?;
        tensors.push(Tensor { name, view });
    }
    let others: Vec<&str> = zip.entries.iter().map(|entry| entry.name.as_str()).filter(|name| !name.ends_with(".npy")).collect();
    let mut notes = if others.is_empty() { Vec::new() } else { vec![format!("left out {}, no arrays", crate::error::some_of(others))] };
    if let Some(key) = &options.key {
        super::names::choose(&mut tensors, key, &mut notes)?;
    }
    Ok(Checkpoint { kind: Kind::Npz, tensors, optimizer: None, tree: None, notes, size: zip.source.len() })
}

fn array(zip: &Zip, entry: &Entry, unpacked: &mut super::inflate::Budget) -> Result<View> {
    let (source, start, size) = if entry.is_deflated() {
        let source = unpacked.inflate(&zip.source, entry)?;
        let size = source.len();
        (source, 0, size)
    } else {
        let (start, size) = entry.stored()?;
        (Arc::clone(&zip.source), start, size)
    };
    npy(&source, start, size)
}

fn npy(source: &Arc<Source>, start: u64, size: u64) -> Result<View> {
    let head = source.vec_at(start, size.min(12) as usize)?;
    let length = match head.as_slice() {
        [0x93, b'N', b'U', b'M', b'P', b'Y', 1, _, a, b, ..] => (10, u64::from(u16::from_le_bytes([*a, *b]))),
        [0x93, b'N', b'U', b'M', b'P', b'Y', 2 | 3, _, a, b, c, d] => (12, u64::from(u32::from_le_bytes([*a, *b, *c, *d]))),
        _ => return Err(refuse!("is no array of a known version")),
    };
    let data = length.0 + length.1;
    if length.1 > LONGEST_HEADER || data > size {
        return Err(refuse!("the header of an array is damaged"));
    }
    let text = source.vec_at(start + length.0, length.1 as usize)?;
    let header = Header::parse(&String::from_utf8_lossy(&text)).ok_or_else(|| refuse!("the header of an array is damaged"))?;
    let (order, name) = header.descr.split_at_checked(1).unwrap_or_default();
    // MLX writes its bfloat16 as two bytes without a meaning.
    let dtype = if name == "V2" { Some(Dtype::Bf16) } else { Dtype::from_npy(name) };
    let dtype = dtype.filter(|_| matches!(order, "<" | ">" | "|" | "=")).ok_or_else(|| match name.starts_with('O') {
        true => refuse!("an array of Python objects, which only a pickle tells; save plain arrays"),
        false => refuse!("the dtype {} has no counterpart", shown(&header.descr)),
    })?;
    let mut storage = Storage::new(Arc::clone(source), start + data, size - data)?;
    storage.big_endian = order == ">";
    let mut strides = row_major(&header.shape);
    if header.fortran {
        let reversed: Vec<u64> = header.shape.iter().rev().copied().collect();
        strides = row_major(&reversed).map(|strides| strides.into_iter().rev().collect());
    }
    let strides = strides.ok_or_else(|| refuse!("the shape {:?} is beyond all memory", header.shape))?;
    let view = View::new(storage, dtype, 0, header.shape, strides)?;
    if view.bytes() != size - data {
        return Err(refuse!("an array has {} bytes, and its shape needs {}", size - data, view.bytes()));
    }
    Ok(view)
}

/// The dict of a header, which is written as Python.
struct Header {
    descr: String,
    fortran: bool,
    shape: Vec<u64>,
}

impl Header {
    fn parse(text: &str) -> Option<Self> {
        let after = |key: &str| {
            let at = ["'", "\""].iter().find_map(|quote| text.find(&format!("{quote}{key}{quote}")))?;
            Some(text[at + key.len() + 2..].trim_start().strip_prefix(':')?.trim_start())
        };
        let descr = after("descr")?;
        let quote = descr.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
        let descr = descr[1..].split(quote).next()?.to_owned();
        let fortran = match after("fortran_order")? {
            rest if rest.starts_with("True") => true,
            rest if rest.starts_with("False") => false,
            _ => return None,
        };
        let shape = after("shape")?.strip_prefix('(')?.split(')').next()?;
        let dims = shape.split(',').map(str::trim).filter(|dim| !dim.is_empty());
        // Python 2 wrote `3L`.
        let shape = dims.map(|dim| dim.trim_end_matches('L').parse().ok()).collect::<Option<Vec<u64>>>()?;
        Some(Self { descr, fortran, shape })
    }
}
