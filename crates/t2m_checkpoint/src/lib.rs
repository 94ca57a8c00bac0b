//! Checkpoints in and out.
//!
//! [`Checkpoint::open`] reads what tensors a file holds, never their elements: a [`View`] is a strided window on the file. Whoever converts makes a list of
//! [`OutputTensor`]s, each of which says which views it consists of, and [`write`] reads and writes them block by block. Nothing of a checkpoint is ever executed.

mod cast;
mod checkpoint;
mod dtype;
mod error;
mod float8;
mod gather;
mod optimizer;
mod output;
mod permute;
mod plan;
mod read;
mod source;
mod tree;
mod verify;
mod view;
mod write;

pub use checkpoint::{Checkpoint, Kind, OpenOptions, Part, Tensor};
pub use dtype::Dtype;
pub use error::{Error, Result};
pub use optimizer::{Optimizer, OptimizerNames};
pub use output::{Compute, OutputTensor};
pub use plan::{Direction, Plan, Planned, Strictness};
pub use tree::Tree;
pub use verify::{Verdict, verify};
pub use view::{Storage, View};
pub use write::{Format, WriteOptions, Written, check, sweep_on_interrupt, write};
