//! Writes tensors to files: where every byte goes is known first, then threads fill the places block by block. A file appears whole under its name, or not at all.

mod engine;
mod npz;
mod place;
mod safetensors;

use std::path::{Path, PathBuf};

use crate::dtype::Dtype;
use crate::error::{Result, refuse, shown};
use crate::output::OutputTensor;

pub use place::sweep_on_interrupt;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Safetensors,
    Npz,
}

impl Format {
    /// By the suffix, as `mx.load` tells it.
    pub fn of_path(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()? {
            "safetensors" => Some(Self::Safetensors),
            "npz" => Some(Self::Npz),
            _ => None,
        }
    }

    /// The dtype in which a tensor is kept, so that `mx.load` can read it.
    pub fn keeps(self, dtype: Dtype) -> Dtype {
        match (self, dtype) {
            (_, Dtype::C32 | Dtype::C128) => Dtype::C64,
            (Self::Safetensors, Dtype::F64) => Dtype::F32,
            (Self::Safetensors, float8) if float8.is_float8() => Dtype::Bf16,
            (Self::Npz, dtype) if dtype == Dtype::Bf16 || dtype.is_float8() => Dtype::F32,
            (_, dtype) => dtype,
        }
    }
}

/// How to write. `Default` is one file of safetensors for MLX.
pub struct WriteOptions<'a> {
    pub format: Format,
    /// For the header of safetensors: `format` is `mlx` or `pt`.
    pub metadata: Vec<(String, String)>,
    /// Cut into files of at most so many bytes of tensors. `path` is then the folder, or the name of the only file that the shards are named after.
    pub shard_size: Option<u64>,
    /// More bytes than this are refused: a few bytes of a hostile file describe terabytes.
    pub limit: u64,
    /// Is told how many more bytes were written.
    pub progress: Option<&'a (dyn Fn(u64) + Sync)>,
}

impl Default for WriteOptions<'_> {
    fn default() -> Self {
        let metadata = vec![("format".into(), "mlx".into())];
        Self { format: Format::Safetensors, metadata, shard_size: None, limit: u64::MAX, progress: None }
    }
}

/// What was written.
#[derive(Debug, Default)]
pub struct Written {
    /// The files, an index first.
    pub files: Vec<PathBuf>,
    pub bytes: u64,
    /// Tensors in which finite values became infinite, and how many.
    pub overflowed: Vec<(String, u64)>,
}

/// What of a wish to write can be refused before anything is written.
pub fn check(outputs: &[OutputTensor], path: &Path, options: &WriteOptions<'_>) -> Result<()> {
    if options.shard_size.is_none() {
        place::check(path)?;
    }
    tensors(outputs, options)
}

/// Writes all tensors. On an error nothing of it stays, and what was there before is untouched.
pub fn write(outputs: &[OutputTensor], path: &Path, options: &WriteOptions<'_>) -> Result<Written> {
    tensors(outputs, options)?;
    match (options.format, options.shard_size) {
        (Format::Safetensors, Some(most)) => safetensors::write_shards(outputs, path, most, options),
        (Format::Safetensors, None) => safetensors::write_one(outputs, path, options),
        (Format::Npz, None) => npz::write(outputs, path, options),
        (Format::Npz, Some(_)) => Err(refuse!("npz is not sharded; choose safetensors")),
    }
}

fn tensors(outputs: &[OutputTensor], options: &WriteOptions<'_>) -> Result<()> {
    let mut names: Vec<&str> = outputs.iter().map(|tensor| tensor.name.as_str()).collect();
    names.sort_unstable();
    if let Some(twice) = names.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(refuse!("two tensors would be called {}", shown(twice[0])));
    }
    if names.binary_search(&"__metadata__").is_ok() {
        return Err(refuse!("a tensor can't be called `__metadata__`"));
    }
    let total = outputs.iter().try_fold(0u64, |sum, tensor| sum.checked_add(tensor.bytes()));
    match total {
        Some(total) if total <= options.limit => Ok(()),
        _ => Err(refuse!(
            "the tensors are {} bytes when written out, far more than the file has; it is hostile, or holds views that repeat its data",
            total.map_or_else(|| "over 2^64".into(), |total| total.to_string())
        )),
    }
}
