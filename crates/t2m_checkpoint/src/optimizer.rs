//! The state of an optimizer, as PyTorch's `optimizer.state_dict()` has it: numbers in place of names.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use serde::Deserialize;

use crate::checkpoint::{Checkpoint, OpenOptions, Part};
use crate::error::{Result, refuse, some_of};
use crate::view::View;

#[derive(Debug, Clone)]
pub struct Optimizer {
    pub(crate) groups: Vec<Group>,
    /// What it keeps of each parameter, by the parameter's number.
    pub(crate) state: HashMap<String, Vec<(String, Kept)>>,
    /// Where it lay in its file.
    pub place: String,
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
    /// What it is set up with, by name: `betas`, `momentum`.
    pub settings: BTreeSet<String>,
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
        let checkpoint = Checkpoint::open(path, &OpenOptions { part, ..OpenOptions::default() })?;
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
    /// Those that keep the same.
    pub is: Vec<String>,
    #[serde(default)]
    pub state: BTreeMap<String, String>,
    /// What only some of them keep, or of some parameters.
    #[serde(default)]
    pub perhaps: BTreeMap<String, String>,
    /// What is one number for each parameter.
    #[serde(default)]
    pub numbers: BTreeMap<String, String>,
    /// Those of `perhaps` that have the length 1 along an axis.
    #[serde(default)]
    pub factors: BTreeSet<String>,
    /// What tells it from others that keep the same.
    pub setting: Option<String>,
    /// PyTorch's counts the steps of each parameter.
    #[serde(default = "yes")]
    pub counts: bool,
    /// What the port says of each parameter besides.
    #[serde(default)]
    pub set: BTreeMap<String, bool>,
}

fn yes() -> bool {
    true
}

impl OptimizerNames {
    /// The optimizer that keeps this. The state does not say which one it is of; what its groups are set up with tells some.
    pub(crate) fn of(&self, optimizer: &Optimizer) -> Result<&Names> {
        let kept = optimizer.kept();
        let has = |setting: &String| optimizer.groups.iter().any(|group| group.settings.contains(setting));
        let fits = |names: &&Names| {
            names.setting.as_ref().is_none_or(has)
                && names.state.keys().chain(names.numbers.keys()).all(|name| kept.contains(name.as_str()))
                && kept.iter().all(|name| names.get(name).is_some())
        };
        self.optimizer.iter().find(fits).ok_or_else(|| {
            refuse!("an optimizer that keeps {} has no counterpart here; known are {}", some_of(kept.iter().copied()), self.known())
        })
    }

    /// The optimizer whose port keeps this, under the port's names. `is` is its name in PyTorch.
    pub(crate) fn of_port(&self, kept: &BTreeSet<&str>, is: Option<&str>) -> Result<&Names> {
        let called = |names: &&Names| is.is_none_or(|is| names.is.iter().any(|name| name == is));
        if let (Some(is), false) = (is, self.optimizer.iter().any(|names| called(&names))) {
            return Err(refuse!("the state of {is} has no counterpart here; known are {}", self.known()));
        }
        let fits = |names: &&Names| {
            names.state.values().chain(names.numbers.values()).all(|name| kept.contains(name.as_str()))
                && kept.iter().all(|name| names.slots().any(|(_, port)| port == *name) || names.set.contains_key(*name))
        };
        let found: Vec<&Names> = self.optimizer.iter().filter(|names| called(names) && fits(names)).collect();
        let kept = || some_of(kept.iter().copied());
        match (found.as_slice(), is) {
            ([names], _) => Ok(names),
            ([], Some(is)) => Err(refuse!("the port of {is} keeps something else of a parameter than {}", kept())),
            ([], None) => Err(refuse!("no optimizer of a port keeps {} of a parameter; known are {}", kept(), self.known())),
            (several, _) => {
                let names: Vec<String> = several.iter().map(|names| names.name()).collect();
                Err(refuse!("{} may be the state of {}; --optimizer-class says which", kept(), names.join(", of ")))
            }
        }
    }

    fn known(&self) -> String {
        self.optimizer.iter().flat_map(|names| &names.is).map(String::as_str).collect::<Vec<_>>().join(", ")
    }
}

impl Names {
    /// Those that keep the same, in words.
    pub(crate) fn name(&self) -> String {
        self.is.join(" or ")
    }

    /// PyTorch's names of what is kept, and the port's.
    pub(crate) fn slots(&self) -> impl Iterator<Item = (&str, &str)> {
        self.state.iter().chain(&self.perhaps).chain(&self.numbers).map(|(slot, port)| (slot.as_str(), port.as_str()))
    }

    /// The port's name of what is kept.
    pub(crate) fn get(&self, kept: &str) -> Option<&str> {
        self.slots().find(|(slot, _)| *slot == kept).map(|(_, port)| port)
    }

    /// Whether what is kept may have this shape.
    pub(crate) fn fits(&self, kept: &str, shape: &[u64], parameter: &[u64]) -> bool {
        let is_factor = self.factors.contains(kept);
        shape.len() == parameter.len() && shape.iter().zip(parameter).all(|(a, b)| a == b || (is_factor && *a == 1))
    }
}
