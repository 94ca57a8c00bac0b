//! Reads bytes one after the other, from a part of a file.

use std::sync::Arc;

use crate::error::{Result, refuse};
use crate::source::Source;

const CHUNK: u64 = 64 << 10;

pub(crate) struct Cursor {
    source: Arc<Source>,
    buffer: Vec<u8>,
    /// Of the next byte, in the buffer.
    at: usize,
    /// Of the first byte behind the buffer.
    next: u64,
    end: u64,
}

impl Cursor {
    pub(crate) fn new(source: &Arc<Source>, start: u64, len: u64) -> Self {
        Self { source: Arc::clone(source), buffer: Vec::new(), at: 0, next: start, end: start + len }
    }

    /// Where the next byte is in the file.
    pub(crate) fn position(&self) -> u64 {
        self.next - (self.buffer.len() - self.at) as u64
    }

    pub(crate) fn left(&self) -> u64 {
        self.end - self.position()
    }

    pub(crate) fn byte(&mut self) -> Result<u8> {
        if self.at == self.buffer.len() {
            self.fill()?;
        }
        self.at += 1;
        Ok(self.buffer[self.at - 1])
    }

    fn fill(&mut self) -> Result<()> {
        let len = CHUNK.min(self.end - self.next);
        if len == 0 {
            return Err(ends());
        }
        self.buffer.resize(len as usize, 0);
        self.source.read_at(self.next, &mut self.buffer)?;
        self.next += len;
        self.at = 0;
        Ok(())
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let mut out = [0; N];
        for byte in &mut out {
            *byte = self.byte()?;
        }
        Ok(out)
    }

    /// So many bytes. What a length field says is checked before memory is taken.
    pub(crate) fn bytes(&mut self, len: u64) -> Result<Vec<u8>> {
        if len > self.left() {
            return Err(ends());
        }
        let mut out = Vec::with_capacity(len as usize);
        while (out.len() as u64) < len {
            if self.at == self.buffer.len() {
                self.fill()?;
            }
            let most = (len as usize - out.len()).min(self.buffer.len() - self.at);
            out.extend_from_slice(&self.buffer[self.at..self.at + most]);
            self.at += most;
        }
        Ok(out)
    }

    pub(crate) fn skip(&mut self, len: u64) -> Result<()> {
        if len > self.left() {
            return Err(ends());
        }
        let buffered = (self.buffer.len() - self.at) as u64;
        if len <= buffered {
            self.at += len as usize;
        } else {
            self.at = self.buffer.len();
            self.next += len - buffered;
        }
        Ok(())
    }

    /// Up to the end of the line, which is left out.
    pub(crate) fn line(&mut self) -> Result<Vec<u8>> {
        const LONGEST: usize = 1 << 16;
        let mut out = Vec::new();
        loop {
            match self.byte()? {
                b'\n' => return Ok(out),
                _ if out.len() >= LONGEST => return Err(refuse!("a line of its pickle is too long")),
                byte => out.push(byte),
            }
        }
    }
}

fn ends() -> crate::error::Error {
    refuse!("its pickle ends too early; the file is truncated")
}
