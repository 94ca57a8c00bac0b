//! npz: a zip of `NAME.npy`, stored.

use std::path::Path;

use super::engine::{Placed, fill};
use super::place::Place;
use super::{WriteOptions, Written};
use crate::error::{Result, refuse, shown};
use crate::output::OutputTensor;
use crate::source::{io_error, write_all_at};

/// Names are UTF-8.
const UTF8: u16 = 1 << 11;
/// 1980-01-01: the same input gives the same bytes.
const DATE: u16 = 33;
const ZIP64: u32 = u32::MAX;
/// Version of the format that knows 64-bit sizes.
const VERSION: u16 = 45;

struct Member {
    name: String,
    /// Of the local header.
    offset: u64,
    /// The `.npy` header.
    head: Vec<u8>,
    size: u64,
}

impl Member {
    /// The local header always has its sizes in 64 bits, so that its length is known before.
    fn data_offset(&self) -> u64 {
        self.offset + 30 + self.name.len() as u64 + 20
    }
}

pub(super) fn write(outputs: &[OutputTensor], path: &Path, options: &WriteOptions<'_>) -> Result<Written> {
    let place = Place::new(path)?;
    let mut members = Vec::with_capacity(outputs.len());
    let mut placed = Vec::with_capacity(outputs.len());
    let mut offset = 0u64;
    for tensor in outputs {
        let head = npy_header(tensor)?;
        let name = format!("{}.npy", tensor.name);
        if name.len() > usize::from(u16::MAX) {
            return Err(refuse!("{}: a name of {} bytes is too long for npz", shown(&tensor.name), name.len()));
        }
        let size = head.len() as u64 + tensor.bytes();
        let member = Member { name, offset, head, size };
        placed.push(Placed { tensor, offset: member.data_offset() + member.head.len() as u64 });
        offset = member.data_offset() + size;
        members.push(member);
    }
    let file = place.file();
    file.set_len(offset).map_err(|error| io_error(&error))?;
    let filled = fill(file, &placed, true, options.progress)?;
    let mut written = Written::default();
    let mut directory = Vec::new();
    for ((member, tensor), filled) in members.iter().zip(outputs).zip(filled) {
        if filled.overflows > 0 {
            written.overflowed.push((tensor.name.clone(), filled.overflows));
        }
        let mut crc = crc32fast::Hasher::new();
        crc.update(&member.head);
        crc.combine(&crc32fast::Hasher::new_with_initial_len(filled.crc, tensor.bytes()));
        let crc = crc.finalize();
        let mut local = local_header(member, crc);
        local.extend_from_slice(&member.head);
        write_all_at(file, member.offset, &local).map_err(|error| io_error(&error))?;
        directory.extend_from_slice(&central_header(member, crc));
    }
    let size = directory.len() as u64;
    directory.extend_from_slice(&end(members.len() as u64, size, offset));
    write_all_at(file, offset, &directory).map_err(|error| io_error(&error))?;
    written.bytes = offset + directory.len() as u64;
    written.files.push(place.finish()?);
    Ok(written)
}

/// The header of one array, padded so that what follows is aligned as NumPy does it.
fn npy_header(tensor: &OutputTensor) -> Result<Vec<u8>> {
    let name = tensor.dtype.npy().ok_or_else(|| refuse!("{}: npz holds no {}", shown(&tensor.name), tensor.dtype))?;
    let order = if tensor.dtype.size() == 1 { '|' } else { '<' };
    let dims: Vec<String> = tensor.shape.iter().map(u64::to_string).collect();
    let comma = if dims.len() == 1 { "," } else { "" };
    let mut dict = format!("{{'descr': '{order}{name}', 'fortran_order': False, 'shape': ({}{comma}), }}", dims.join(", "));
    let length = (10 + dict.len() + 1).next_multiple_of(64) - 10;
    dict.extend(std::iter::repeat_n(' ', length - dict.len() - 1));
    dict.push('\n');
    let mut head = b"\x93NUMPY\x01\x00".to_vec();
    // At most 64 dimensions of ten digits.
    head.extend_from_slice(&(length as u16).to_le_bytes());
    head.extend_from_slice(dict.as_bytes());
    Ok(head)
}

fn local_header(member: &Member, crc: u32) -> Vec<u8> {
    let mut out = b"PK\x03\x04".to_vec();
    for field in [VERSION, UTF8, 0, 0, DATE] {
        out.extend_from_slice(&field.to_le_bytes());
    }
    for field in [crc, ZIP64, ZIP64] {
        out.extend_from_slice(&field.to_le_bytes());
    }
    for field in [member.name.len() as u16, 20] {
        out.extend_from_slice(&field.to_le_bytes());
    }
    out.extend_from_slice(member.name.as_bytes());
    for field in [1u16, 16] {
        out.extend_from_slice(&field.to_le_bytes());
    }
    for field in [member.size, member.size] {
        out.extend_from_slice(&field.to_le_bytes());
    }
    out
}

fn central_header(member: &Member, crc: u32) -> Vec<u8> {
    let mut out = b"PK\x01\x02".to_vec();
    for field in [VERSION, VERSION, UTF8, 0, 0, DATE] {
        out.extend_from_slice(&field.to_le_bytes());
    }
    for field in [crc, ZIP64, ZIP64] {
        out.extend_from_slice(&field.to_le_bytes());
    }
    // Name, extra field, comment, disk, attributes.
    for field in [member.name.len() as u16, 28, 0, 0, 0] {
        out.extend_from_slice(&field.to_le_bytes());
    }
    // Rights of a plain file, then the offset, which is in the extra field.
    for field in [0o100_644u32 << 16, ZIP64] {
        out.extend_from_slice(&field.to_le_bytes());
    }
    out.extend_from_slice(member.name.as_bytes());
    for field in [1u16, 24] {
        out.extend_from_slice(&field.to_le_bytes());
    }
    for field in [member.size, member.size, member.offset] {
        out.extend_from_slice(&field.to_le_bytes());
    }
    out
}

/// The ends of the directory, in both sizes.
fn end(count: u64, size: u64, offset: u64) -> Vec<u8> {
    let mut out = b"PK\x06\x06".to_vec();
    out.extend_from_slice(&44u64.to_le_bytes());
    for field in [VERSION, VERSION] {
        out.extend_from_slice(&field.to_le_bytes());
    }
    out.extend_from_slice(&[0; 8]);
    for field in [count, count, size, offset] {
        out.extend_from_slice(&field.to_le_bytes());
    }
    out.extend_from_slice(b"PK\x06\x07\0\0\0\0");
    out.extend_from_slice(&(offset + size).to_le_bytes());
    out.extend_from_slice(&1u32.to_le_bytes());
    out.extend_from_slice(b"PK\x05\x06\0\0\0\0");
    out.extend_from_slice(&[0xff; 12]);
    out.extend_from_slice(&[0; 2]);
    out
}
