//! Compressed records of npz, unpacked into files without a name that vanish with the process.

use std::io::{Read, Write};
use std::sync::Arc;

use super::zip::Entry;
use crate::error::{Result, refuse, shown};
use crate::source::{Source, io_error};

/// What may still be unpacked: a few bytes can stand for terabytes.
pub(crate) struct Budget(u64);

impl Budget {
    /// Deflate packs floats to two thirds at best, and zeros to a thousandth.
    pub(crate) fn of(len: u64) -> Self {
        const SMALL: u64 = 64 << 20;
        Self(len.saturating_mul(8).max(SMALL))
    }

    pub(crate) fn inflate(&mut self, source: &Arc<Source>, entry: &Entry) -> Result<Arc<Source>> {
        let mut rest =
            self.0.checked_sub(entry.size).ok_or_else(|| refuse!("unpacks to far more than the file has; it is hostile, or all zeros"))?;
        std::mem::swap(&mut self.0, &mut rest);
        let packed = Part { source, at: entry.start, end: entry.start + entry.packed };
        let mut unpacked = flate2::read::DeflateDecoder::new(packed).take(entry.size + 1);
        let mut file = tempfile::tempfile().map_err(|error| io_error(&error))?;
        let mut piece = vec![0; 1 << 18];
        let mut total = 0;
        loop {
            let n =
                unpacked.read(&mut piece).map_err(|_| refuse!("the record {} does not unpack; the file is damaged", shown(&entry.name)))?;
            if n == 0 {
                break;
            }
            total += n as u64;
            file.write_all(&piece[..n]).map_err(|error| io_error(&error))?;
        }
        if total != entry.size {
            return Err(refuse!("the record {} unpacks to another size than the directory says", shown(&entry.name)));
        }
        Source::of_file(file)
    }
}

struct Part<'a> {
    source: &'a Source,
    at: u64,
    end: u64,
}

impl Read for Part<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let n = (into.len() as u64).min(self.end - self.at) as usize;
        self.source.read_at(self.at, &mut into[..n]).map_err(|error| std::io::Error::other(error.to_string()))?;
        self.at += n as u64;
        Ok(n)
    }
}
