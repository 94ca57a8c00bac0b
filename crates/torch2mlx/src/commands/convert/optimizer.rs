//! `--optimizer OUT`: the state of an optimizer, with the transforms of the weights.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, anyhow};
use serde_json::{Value, json};
use t2m_checkpoint::{Checkpoint, Format, Optimizer, OptimizerNames, OutputTensor};
use t2m_semantic::tables::MAPPINGS;

use super::place::Place;
use super::planned::Plans;
use crate::args::{ConvertArgs, Framework};

/// What is written beside the weights.
pub(super) struct State {
    pub(super) place: Place,
    pub(super) outputs: Vec<OutputTensor>,
    /// Where it was, and what was left out.
    pub(super) notes: Vec<String>,
    /// Bytes of the file that it comes from.
    pub(super) size: u64,
}

impl State {
    pub(super) fn layout(&self) -> String {
        layout(&self.outputs, "").to_string()
    }

    /// More bytes than this can't honestly come out of the files; `weights` is the limit for the checkpoint.
    pub(super) fn limit(&self, weights: u64) -> u64 {
        weights.max(self.size.saturating_mul(8))
    }
}

/// How names make a tree, as the `load_state` of ports reads it: dicts, and lists where names are numbers, as `tree_unflatten` has it. `front` stands before
/// the names in the file.
pub(super) fn layout(outputs: &[OutputTensor], front: &str) -> Value {
    let mut root = Tree::default();
    for output in outputs {
        let place = output.name.split('.').fold(&mut root, |tree, part| tree.0.entry(part.to_owned()).or_default());
        place.1 = Some(format!("{front}{}", output.name));
    }
    root.json()
}

/// Parts of names, and the name that ends here.
#[derive(Default)]
struct Tree(BTreeMap<String, Tree>, Option<String>);

impl Tree {
    fn json(&self) -> Value {
        if let (true, Some(name)) = (self.0.is_empty(), &self.1) {
            return json!(["array", name]);
        }
        let numbers: Option<BTreeMap<usize, &Tree>> = self.0.iter().map(|(part, tree)| Some((part.parse().ok()?, tree))).collect();
        // A list with far places is no list of layers.
        const GAPS: usize = 10_000;
        match numbers.and_then(|numbers| Some((numbers.keys().next_back().copied().filter(|last| *last < GAPS)?, numbers))) {
            Some((last, numbers)) => {
                let items: Vec<Value> =
                    (0..=last).map(|i| numbers.get(&i).map_or_else(|| json!(["dict", []]), |tree| tree.json())).collect();
                json!(["list", items])
            }
            None => json!(["dict", self.0.iter().map(|(part, tree)| json!([part, tree.json()])).collect::<Vec<_>>()]),
        }
    }
}

/// The state of an optimizer as its file has it.
pub(super) enum Read {
    OfPytorch(Optimizer),
    OfMlx(Checkpoint),
}

impl Read {
    pub(super) fn of(args: &ConvertArgs) -> anyhow::Result<Self> {
        let of_file = |error: t2m_checkpoint::Error| anyhow!("{}: {error}", file(args).display());
        let key = args.optimizer_key.as_deref();
        Ok(match args.to {
            Framework::Mlx => Self::OfPytorch(Optimizer::open(file(args), key).map_err(of_file)?),
            Framework::Pytorch => {
                let mut state = Checkpoint::open_plain(file(args)).map_err(of_file)?;
                // In one file with the weights, as a port saves a dict of both.
                if let Some(key) = key.or(args.optimizer_from.is_none().then_some("optimizer")) {
                    let front = format!("{key}.");
                    state.tensors.retain(|tensor| tensor.name.starts_with(&front));
                    state.tensors.iter_mut().for_each(|tensor| drop(tensor.name.drain(..front.len())));
                }
                without_settings(&mut state);
                Self::OfMlx(state)
            }
        })
    }

    /// Where it lies, if that is in the file of the weights.
    pub(super) fn place(&self, args: &ConvertArgs) -> Option<String> {
        match self {
            Self::OfPytorch(optimizer) if args.optimizer_from.is_none() => Some(optimizer.place.clone()),
            _ => None,
        }
    }
}

/// Where a port saves the settings of the groups too, the arrays are in `state`.
fn without_settings(state: &mut Checkpoint) {
    const FRONT: &str = "state.";
    if state.tensors.iter().all(|tensor| tensor.name.starts_with(FRONT) || tensor.name.starts_with("param_groups.")) {
        state.tensors.retain(|tensor| tensor.name.starts_with(FRONT));
        state.tensors.iter_mut().for_each(|tensor| drop(tensor.name.drain(..FRONT.len())));
    }
}

/// The file that the state is in.
fn file(args: &ConvertArgs) -> &Path {
    args.optimizer_from.as_ref().unwrap_or(&args.checkpoint)
}

/// The state as the optimizer of the other side has it. Errors name the file that it is in.
pub(super) fn state(
    args: &ConvertArgs,
    read: &Read,
    out: &Path,
    weights: &Place,
    plans: &Plans,
    model: &Checkpoint,
) -> anyhow::Result<State> {
    let place = Place::of_optimizer(args, out, weights)?;
    let (outputs, notes, size) = planned(args, read, place.format, plans, model)?;
    Ok(State { place, outputs, notes, size })
}

/// What is written in this format, the notes, and the bytes of the file that it comes from.
pub(super) fn planned(
    args: &ConvertArgs,
    read: &Read,
    format: Format,
    plans: &Plans,
    model: &Checkpoint,
) -> anyhow::Result<(Vec<OutputTensor>, Vec<String>, u64)> {
    let of_file = |error: t2m_checkpoint::Error| anyhow!("{}: {error}", file(args).display());
    let text = MAPPINGS.get_file("names/optimizer_state.toml").and_then(|file| file.contents_utf8()).unwrap_or_default();
    let names: OptimizerNames = toml::from_str(text).context("mappings/names/optimizer_state.toml")?;
    // MLX has no float64, PyTorch's rates are of it.
    let keeps = |dtype| if matches!(read, Read::OfMlx(_)) { dtype } else { format.keeps(dtype) };
    let (planned, notes, size) = match read {
        Read::OfPytorch(optimizer) => {
            let planned = plans.plan.optimizer(&plans.class, model, optimizer, &names).map_err(of_file)?;
            (planned, optimizer.notes.clone(), optimizer.size)
        }
        Read::OfMlx(state) => {
            let is = args.optimizer_class.as_deref();
            let planned = plans.plan.optimizer_for_pytorch(&plans.class, &state.tensors, &names, is).map_err(of_file)?;
            (planned, Vec::new(), state.size)
        }
    };
    // As they are: the moments of a training stay as exact as they were.
    let kept = |tensor: OutputTensor| {
        let dtype = keeps(tensor.dtype);
        tensor.cast(dtype)
    };
    let outputs = planned.outputs.into_iter().map(kept).collect::<t2m_checkpoint::Result<_>>().map_err(of_file)?;
    Ok((outputs, notes.into_iter().chain(planned.notes).collect(), size))
}
