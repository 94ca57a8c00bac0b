//! What a file holds.

use std::path::Path;

use crate::error::Result;
use crate::optimizer::Optimizer;
use crate::output::OutputTensor;
use crate::read;
use crate::tree::Tree;
use crate::view::View;
use crate::write::Format;

/// What was recognised, by content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Safetensors,
    TorchZip,
    TorchLegacy,
    Npz,
    /// Several files with an index.
    Sharded,
}

impl Kind {
    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Safetensors => "safetensors",
            Self::TorchZip => "torch.save",
            Self::TorchLegacy => "torch.save, legacy format",
            Self::Npz => "npz",
            Self::Sharded => "sharded",
        }
    }
}

/// How to read.
#[derive(Debug, Clone, Default)]
pub struct OpenOptions {
    /// The path of the state dict inside of the file: `ema`, `a.b`.
    pub key: Option<String>,
    pub part: Part,
    /// The place of what is read besides, so that no note says that it was left out.
    pub besides: Option<String>,
}

/// What is wanted of a file.
#[derive(Debug, Clone, Default)]
pub enum Part {
    #[default]
    Weights,
    /// The state of an optimizer: where it lies, if there are several.
    Optimizer(Option<String>),
    /// All of a training checkpoint, but for the state of the optimizer at this place.
    Whole(String),
}

#[derive(Debug, Clone)]
pub struct Tensor {
    pub name: String,
    pub view: View,
}

/// The tensors of a file, in its order.
#[derive(Debug, Clone)]
pub struct Checkpoint {
    pub kind: Kind,
    pub tensors: Vec<Tensor>,
    /// If that was wanted, and then there are no tensors.
    pub optimizer: Option<Optimizer>,
    /// If all was wanted, and then there are no tensors either.
    pub tree: Option<Tree>,
    /// What was left out or changed, a line each.
    pub notes: Vec<String>,
    /// Bytes of all files.
    pub size: u64,
}

impl Checkpoint {
    /// Reads everything but the elements.
    pub fn open(path: &Path, options: &OpenOptions) -> Result<Self> {
        read::open(path, options)
    }

    /// Reads a file as it is: no part is chosen, no name is changed. For files that were written here.
    pub fn open_plain(path: &Path) -> Result<Self> {
        read::open_plain(path)
    }

    /// The same for a file that is in memory.
    pub fn from_bytes(bytes: Vec<u8>, options: &OpenOptions) -> Result<Self> {
        read::of_bytes(bytes, options)
    }

    /// Renames a tensor, or all whose names start with these parts; `to` may be empty. Says how many there were.
    pub fn rename(&mut self, from: &str, to: &str) -> Result<usize> {
        read::rename(&mut self.tensors, from, to)
    }

    pub fn get(&self, name: &str) -> Option<&View> {
        self.tensors.iter().find(|tensor| tensor.name == name).map(|tensor| &tensor.view)
    }

    /// All tensors as they are, in the dtypes that MLX reads from `format`.
    pub fn outputs(&self, format: Format) -> Result<Vec<OutputTensor>> {
        self.tensors
            .iter()
            .map(|tensor| OutputTensor::new(tensor.name.clone(), tensor.view.clone()).cast(format.keeps(tensor.view.dtype())))
            .collect()
    }

    /// More than this can't honestly come out of it: eight times its size covers tied weights and widened floats.
    pub fn output_limit(&self) -> u64 {
        const SMALL: u64 = 64 << 20;
        self.size.saturating_mul(8).max(SMALL)
    }
}
