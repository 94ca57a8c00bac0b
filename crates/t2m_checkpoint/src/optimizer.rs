//! The state of an optimizer, as PyTorch's `optimizer.state_dict()` has it: numbers in place of names.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use serde::Deserialize;

use crate::checkpoint::{Checkpoint, OpenOptions, Part};
use crate::error::{Result, refuse, shown, some_of};
use crate::view::View;

#[derive(Debug, Clone)]
pub struct Optimizer {
    pub(crate) groups: Vec<Group>,
    /// What it keeps of each parameter, by the parameter's number.
    pub(crate) state: HashMap<String, Vec<(String, Kept)>>,
    /// Where it lay, and what was left out.
    pub notes: Vec<String>,
    /// Bytes of its file.
    pub size: u64,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Group {
    pub rate: Option<f64>,
    /// Numbers, or names as FSDP has them.
    pub parameters: Vec<String>,
    /// Of an optimizer that was made of `named_parameters()`.
    pub names: Vec<String>,
}

#[derive(Debug, Clone)]
pub(crate) enum Kept {
    Tensor(View),
    Number(f64),
    /// Something else, by its kind.
    Other(&'static str),
}

impl Optimizer {
    /// Reads the state of an optimizer from a file of `torch.save`; `place` chooses one of several.
    pub fn open(path: &Path, place: Option<&str>) -> Result<Self> {
        let part = Part::Optimizer(place.map(str::to_owned));
        let checkpoint = Checkpoint::open(path, &OpenOptions { key: None, part })?;
        let optimizer = checkpoint.optimizer.ok_or_else(|| {
            refuse!(
                "is a {} file, which holds no state of an optimizer; that is in a file of `torch.save`, which --optimizer-from names",
                checkpoint.kind.name()
            )
        })?;
        Ok(Self { notes: checkpoint.notes, size: checkpoint.size, ..optimizer })
    }

    /// What it keeps of parameters, apart from counts of steps.
    pub(crate) fn kept(&self) -> BTreeSet<&str> {
        self.state.values().flatten().map(|(name, _)| name.as_str()).filter(|name| *name != STEP).collect()
    }
}

/// How many updates there were. PyTorch counts them for each parameter, MLX once.
pub(crate) const STEP: &str = "step";

/// What optimizers of PyTorch keep of a parameter, and under which names the port keeps it.
#[derive(Debug, Deserialize)]
pub struct OptimizerNames {
    optimizer: Vec<Names>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Names {
    /// Those that keep the same, in words.
    pub is: String,
    pub state: BTreeMap<String, String>,
    /// What only some of them keep.
    #[serde(default)]
    pub perhaps: BTreeMap<String, String>,
    /// What the port says of each parameter besides.
    #[serde(default)]
    pub set: BTreeMap<String, bool>,
}

impl OptimizerNames {
    /// The optimizer that keeps this. The state does not say which one it is of.
    pub(crate) fn of(&self, kept: &BTreeSet<&str>) -> Result<&Names> {
        let fits = |names: &&Names| {
            names.state.keys().all(|name| kept.contains(name.as_str()))
                && kept.iter().all(|name| names.state.contains_key(*name) || names.perhaps.contains_key(*name))
        };
        self.optimizer.iter().find(fits).ok_or_else(|| {
            let known: Vec<&str> = self.optimizer.iter().map(|names| names.is.as_str()).collect();
            refuse!("an optimizer that keeps {} has no counterpart here; known are {}", some_of(kept.iter().copied()), known.join(", "))
        })
    }
}

impl Names {
    /// The port's name of what is kept.
    pub(crate) fn get(&self, kept: &str) -> Result<&str> {
        let name = self.state.get(kept).or_else(|| self.perhaps.get(kept));
        name.map(String::as_str).ok_or_else(|| refuse!("what an optimizer keeps as {} is not known", shown(kept)))
    }
}
