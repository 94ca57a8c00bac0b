//! Recognises files by their content.

mod safetensors;

use std::path::Path;
use std::sync::Arc;

use crate::checkpoint::{Checkpoint, OpenOptions};
use crate::error::{Result, refuse};
use crate::source::Source;

pub(crate) fn open(path: &Path, options: &OpenOptions) -> Result<Checkpoint> {
    let source = Source::open(path)?;
    single(&source, options)
}

/// Reads one file.
pub(crate) fn single(source: &Arc<Source>, options: &OpenOptions) -> Result<Checkpoint> {
    let head = source.head(16)?;
    match head.as_slice() {
        [] => Err(refuse!("the file is empty")),
        [_, _, _, _, _, _, _, _, b'{', ..] => safetensors::read(source, options),
        _ => Err(refuse!("is no checkpoint that is known here")),
    }
}
