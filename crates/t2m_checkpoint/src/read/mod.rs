//! Recognises files by their content.

mod inflate;
mod names;
mod npz;
mod pickle;
mod safetensors;
mod sharded;
mod strangers;
mod torch;
mod zip;

use std::path::Path;
use std::sync::Arc;

pub(crate) use names::rename;

use crate::checkpoint::{Checkpoint, OpenOptions};
use crate::error::Result;
use crate::source::Source;

pub(crate) fn open(path: &Path, options: &OpenOptions) -> Result<Checkpoint> {
    let mut checkpoint = any(path, options)?;
    names::unwrap(&mut checkpoint.tensors, &mut checkpoint.notes)?;
    Ok(checkpoint)
}

pub(crate) fn open_plain(path: &Path) -> Result<Checkpoint> {
    any(path, &OpenOptions::default())
}

/// Without a look at names.
fn any(path: &Path, options: &OpenOptions) -> Result<Checkpoint> {
    if path.is_dir() {
        sharded::read_folder(path, options)
    } else {
        let source = Source::open(path)?;
        match sharded::is_index(path, &source) {
            true => sharded::read_index(path, &source, options),
            false => single(&source, options),
        }
    }
}

pub(crate) fn of_bytes(bytes: Vec<u8>, options: &OpenOptions) -> Result<Checkpoint> {
    let mut checkpoint = single(&Source::memory(bytes), options)?;
    names::unwrap(&mut checkpoint.tensors, &mut checkpoint.notes)?;
    Ok(checkpoint)
}

/// Reads one file.
pub(crate) fn single(source: &Arc<Source>, options: &OpenOptions) -> Result<Checkpoint> {
    let head = source.head(64)?;
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        let zip = zip::Zip::read(source)?;
        if let Some(checkpoint) = torch::read_zip(&zip, options)? {
            return Ok(checkpoint);
        }
        return npz::read(&zip, options);
    }
    // The frame of protocol 4 stands between the protocol and the number.
    if head.first() == Some(&0x80) && head.windows(torch::MAGIC.len()).take(16).any(|window| window == torch::MAGIC) {
        return torch::read_legacy(source, options);
    }
    if let Some(stranger) = strangers::recognise(&head, source) {
        return Err(stranger);
    }
    if head.get(8) == Some(&b'{') {
        return safetensors::read(source, options);
    }
    Err(strangers::unknown(&head))
}
