//! Bytes that are read where they are asked for. No file is mapped: a file that shrinks meanwhile is an error and not a signal, and what was read is no
//! resident memory.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use crate::error::{Result, refuse};

#[derive(Debug)]
pub(crate) struct Source {
    bytes: Bytes,
    len: u64,
}

#[derive(Debug)]
enum Bytes {
    File(File),
    Memory(Vec<u8>),
}

impl Source {
    pub(crate) fn open(path: &Path) -> Result<Arc<Self>> {
        let file = File::open(path).map_err(|error| io_error(&error))?;
        let there = file.metadata().map_err(|error| io_error(&error))?;
        if !there.is_file() {
            return Err(refuse!("is not a regular file; save it to disk first"));
        }
        Ok(Arc::new(Self { bytes: Bytes::File(file), len: there.len() }))
    }

    pub(crate) fn of_file(file: File) -> Result<Arc<Self>> {
        let len = file.metadata().map_err(|error| io_error(&error))?.len();
        Ok(Arc::new(Self { bytes: Bytes::File(file), len }))
    }

    pub(crate) fn memory(bytes: Vec<u8>) -> Arc<Self> {
        Arc::new(Self { len: bytes.len() as u64, bytes: Bytes::Memory(bytes) })
    }

    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    /// Fills `into` from `offset` on.
    pub(crate) fn read_at(&self, offset: u64, into: &mut [u8]) -> Result<()> {
        if offset.checked_add(into.len() as u64).is_none_or(|end| end > self.len) {
            return Err(refuse!("the file ends too early; it is truncated"));
        }
        match &self.bytes {
            Bytes::File(file) => read_exact_at(file, offset, into).map_err(|error| match error.kind() {
                std::io::ErrorKind::UnexpectedEof => refuse!("the file became shorter while it was read"),
                _ => io_error(&error),
            }),
            Bytes::Memory(bytes) => {
                // In bounds: checked above against the length.
                let start = offset as usize;
                into.copy_from_slice(&bytes[start..start + into.len()]);
                Ok(())
            }
        }
    }

    pub(crate) fn vec_at(&self, offset: u64, len: usize) -> Result<Vec<u8>> {
        if offset.checked_add(len as u64).is_none_or(|end| end > self.len) {
            return Err(refuse!("the file ends too early; it is truncated"));
        }
        let mut bytes = vec![0; len];
        self.read_at(offset, &mut bytes)?;
        Ok(bytes)
    }

    /// The first bytes, fewer where there are fewer.
    pub(crate) fn head(&self, most: usize) -> Result<Vec<u8>> {
        self.vec_at(0, usize::try_from(self.len).map_or(most, |len| len.min(most)))
    }
}

/// The system's words without Rust's `(os error 13)`, in lower case.
pub(crate) fn io_error(error: &std::io::Error) -> crate::error::Error {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut chars = text.chars();
    let lower: String = chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect());
    crate::error::Error::new(lower)
}

#[cfg(unix)]
fn read_exact_at(file: &File, offset: u64, into: &mut [u8]) -> std::io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, into, offset)
}

#[cfg(unix)]
pub(crate) fn write_all_at(file: &File, offset: u64, bytes: &[u8]) -> std::io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, offset)
}

#[cfg(windows)]
fn read_exact_at(file: &File, mut offset: u64, mut into: &mut [u8]) -> std::io::Result<()> {
    while !into.is_empty() {
        let n = std::os::windows::fs::FileExt::seek_read(file, into, offset)?;
        if n == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        offset += n as u64;
        into = &mut into[n..];
    }
    Ok(())
}

#[cfg(windows)]
pub(crate) fn write_all_at(file: &File, mut offset: u64, mut bytes: &[u8]) -> std::io::Result<()> {
    while !bytes.is_empty() {
        let n = std::os::windows::fs::FileExt::seek_write(file, bytes, offset)?;
        if n == 0 {
            return Err(std::io::ErrorKind::WriteZero.into());
        }
        offset += n as u64;
        bytes = &bytes[n..];
    }
    Ok(())
}
