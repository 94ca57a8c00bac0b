//! The state of an optimizer for the parameters of a class. PyTorch numbers them, in the order of the model's parameters and group by group; names come from
//! the checkpoint of the model. Where shapes leave more than one way, nothing is guessed.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::apply::{Direction, Outputs};
use super::required::Seen;
use super::walk::{Holds, Walked};
use super::{Plan, Planned};
use crate::checkpoint::{Checkpoint, Kind, Tensor};
use crate::dtype::Dtype;
use crate::error::{Result, refuse, shown};
use crate::optimizer::{Kept, Names, Optimizer, OptimizerNames, STEP};
use crate::output::OutputTensor;

/// A tensor of the model that may be a parameter.
struct Candidate<'a> {
    tensor: &'a Tensor,
    /// The plan says that it is one.
    certain: bool,
}

/// Where a group is in the candidates' order: more ways to count are not followed.
const MOST_WAYS: usize = 1 << 20;

impl Plan {
    /// The state under the names and in the layouts that the port's optimizer has: `optimizer.state` as a flat tree.
    ///
    /// # Errors
    /// It is not known which parameter a number means, or what is kept.
    pub fn optimizer(&self, class: &str, model: &Checkpoint, optimizer: &Optimizer, names: &OptimizerNames) -> Result<Planned> {
        let Some((root, _)) = self.classes.get_key_value(class) else { return Err(refuse!("the plan has no class `{class}`")) };
        let kept = optimizer.kept();
        if kept.is_empty() {
            return Err(refuse!("the optimizer keeps nothing of its parameters: it made no step, or is an SGD without momentum"));
        }
        let table = names.of(optimizer)?;
        let prefix = self.prefix(root, &model.tensors);
        let (mut outputs, mut notes) = (Vec::new(), Vec::new());
        let resolved = self.resolved(root, &prefix, model)?;
        let places = places_of(&resolved, model, optimizer, table, &mut notes)?;
        let unknown = places.values().filter(|tensor| !resolved.contains_key(&tensor.name)).count();
        if unknown > 0 {
            notes.push(format!("left out the state of {unknown} parameters that `{class}` does not have"));
        }
        let mut same: HashMap<_, Vec<&Tensor>> = HashMap::new();
        for tensor in model.tensors.iter().filter(|tensor| tensor.view.count() > 0) {
            same.entry(tensor.view.place()).or_default().push(tensor);
        }
        let several = optimizer.groups.len() > 1;
        let steps = steps(optimizer)?;
        for (number, group) in optimizer.groups.iter().enumerate() {
            let front = if several { format!("{number}.") } else { String::new() };
            let (mut counted, mut told) = (HashMap::new(), HashSet::new());
            for &slot in &kept {
                let Some(name) = table.get(slot) else { continue };
                let mut placed = Outputs::default();
                for key in &group.parameters {
                    let Some((_, value)) = optimizer.state.get(key).and_then(|kept| kept.iter().find(|(name, _)| name == slot)) else {
                        continue;
                    };
                    let Some(tensor) = places.get(key.as_str()) else { continue };
                    let is_number = table.numbers.contains_key(slot);
                    let (view, number) = match value {
                        Kept::Tensor(view) if is_number => (None, view.number()?),
                        Kept::Number(number) if is_number => (None, Some(*number)),
                        Kept::Tensor(view) => (Some(view), None),
                        Kept::Number(_) => (None, None),
                        Kept::Other(what) => return Err(refuse!("the state {} of {} is {what}", shown(slot), shown(&tensor.name))),
                    };
                    if view.is_none() && number.is_none() {
                        let what = if is_number { "no number" } else { "a number" };
                        return Err(refuse!("the state {} of {} is {what}", shown(slot), shown(&tensor.name)));
                    }
                    if let Some(view) = view
                        && !table.fits(slot, view.shape(), tensor.view.shape())
                    {
                        return Err(refuse!(
                            "the state {} of {} has the shape {:?}, and the parameter {:?}",
                            shown(slot),
                            shown(&tensor.name),
                            view.shape(),
                            tensor.view.shape()
                        ));
                    }
                    // A module under two names is twice among the parameters of MLX; a tied weight is not.
                    let mut names: Vec<&Walked<'_>> = Vec::new();
                    for tensor in same.get(&tensor.view.place()).unwrap_or(&vec![*tensor]) {
                        if let Some(walked) = resolved.get(&tensor.name)
                            && !names.iter().any(|there| there.name == walked.name)
                        {
                            names.push(walked);
                        }
                    }
                    for walked in names {
                        counted.insert(walked.name.as_str(), step_of(optimizer, key)?.unwrap_or(0));
                        table.check_layout(slot, walked)?;
                        if let Some(view) = view {
                            placed.place(walked, view, Direction::ToMlx)?;
                        } else if let Some(number) = number {
                            outputs.push(OutputTensor::number(
                                format!("{front}{}.{name}", walked.name),
                                Dtype::F32,
                                &(number as f32).to_le_bytes(),
                            ));
                        }
                    }
                }
                for mut output in placed.finish()? {
                    for (more, value) in table.set.iter().filter(|_| table.state.contains_key(slot)) {
                        let value = u8::from(*value);
                        let name = format!("{front}{}.{more}", output.name);
                        outputs.push(OutputTensor::number(name, Dtype::Bool, &[value]));
                    }
                    // PyTorch counts the steps of each parameter. MLX's own optimizers have no use for that; those of a port that leave out parameters
                    // without a gradient do.
                    if let Some(&step) = counted.get(output.name.as_str())
                        && told.insert(output.name.clone())
                    {
                        outputs.push(whole_number(format!("{front}{}.{STEP}", output.name), step));
                    }
                    output.name = format!("{front}{}.{name}", output.name);
                    outputs.push(output);
                }
            }
            outputs.push(whole_number(format!("{front}{STEP}"), steps.1));
            match group.rate {
                Some(rate) => outputs.push(OutputTensor::number(format!("{front}learning_rate"), Dtype::F32, &(rate as f32).to_le_bytes())),
                None => notes.push("the optimizer has no learning rate: set it after loading".to_owned()),
            }
        }
        if steps.0 != steps.1 {
            notes.push(format!(
                "its parameters were updated {} to {} times, and MLX counts the steps of all: it goes on with {}",
                steps.0, steps.1, steps.1
            ));
        }
        let without = places.keys().filter(|key| optimizer.state.get(**key).is_none_or(Vec::is_empty)).count();
        if without > 0 {
            notes.push(format!("{without} of {} parameters have no state yet", places.len()));
        }
        Ok(Planned { outputs, notes })
    }

    /// What the names of a model's tensors become. Ties are decided by the whole model: a part of it may lack one side.
    fn resolved<'p>(&'p self, root: &'p str, prefix: &str, model: &Checkpoint) -> Result<HashMap<String, Walked<'p>>> {
        let (mut seen, mut known) = (Seen::default(), Vec::new());
        for tensor in &model.tensors {
            let Some(name) = tensor.name.strip_prefix(prefix) else { continue };
            let walked = self.walk(root, name, Direction::ToMlx, &mut |read, written, places| seen.visit(read, written, places));
            if let Some(walked) = walked.map_err(|reason| refuse!("{reason}"))? {
                seen.name(name);
                known.push((name, &tensor.view, walked));
            }
        }
        let gone = self.untie(root, &seen, &mut known, &mut Vec::new())?;
        let mut resolved: HashMap<String, Walked<'p>> =
            known.into_iter().map(|(name, _, walked)| (format!("{prefix}{name}"), walked)).collect();
        for (target, source) in gone {
            if let Some(walked) = resolved.get(&format!("{prefix}{source}")).cloned() {
                resolved.insert(format!("{prefix}{target}"), walked);
            }
        }
        Ok(resolved)
    }
}

/// The tensor of the model that each number of the optimizer means.
fn places_of<'a>(
    resolved: &HashMap<String, Walked<'_>>,
    model: &'a Checkpoint,
    optimizer: &'a Optimizer,
    table: &Names,
    notes: &mut Vec<String>,
) -> Result<HashMap<&'a str, &'a Tensor>> {
    if let Some(named) = by_name(model, optimizer) {
        return Ok(named);
    }
    notes.push("the optimizer has numbers in place of names: they are taken for the parameters in the model's order".to_owned());
    if !matches!(model.kind, Kind::TorchZip | Kind::TorchLegacy) {
        return Err(refuse!(
            "the optimizer has numbers in place of names, which mean the parameters in the model's order, and {} files have another order; \
             convert the weights from a file of `torch.save`",
            model.kind.name()
        ));
    }
    let (mut candidates, mut places, mut names): (Vec<Candidate<'a>>, _, _) = (Vec::new(), HashSet::new(), HashSet::new());
    for tensor in model.tensors.iter().filter(|tensor| tensor.view.dtype().is_float() || tensor.view.dtype().is_complex()) {
        let walked = resolved.get(&tensor.name);
        let holds = walked.map_or(Holds::Nothing, |walked| walked.holds);
        // Tied weights are one parameter, also where the file has them twice.
        if holds != Holds::Buffer && (tensor.view.count() == 0 || places.insert(tensor.view.place())) {
            let is_new = walked.is_none_or(|walked| names.insert(walked.name.as_str()));
            candidates.push(Candidate { tensor, certain: holds == Holds::Parameter && is_new });
        }
    }
    let shape = |key: &String| shape_of(optimizer.state.get(key)?, table);
    let shapes: Vec<Vec<Option<Vec<u64>>>> = optimizer.groups.iter().map(|group| group.parameters.iter().map(shape).collect()).collect();
    let groups: Vec<Vec<Option<&[u64]>>> = shapes.iter().map(|group| group.iter().map(Option::as_deref).collect()).collect();
    let total: usize = groups.iter().map(Vec::len).sum();
    // All parameters; all but what may be a buffer; all but what is frozen.
    let can_skip: [&dyn Fn(&Candidate<'_>) -> bool; 3] = [&|_| false, &|candidate| !candidate.certain, &|_| true];
    for can_skip in can_skip {
        match ways(&candidates, &groups, can_skip) {
            Ways::None => {}
            Ways::One(places) => {
                let key = |(group, place): (usize, usize)| optimizer.groups[group].parameters[place].as_str();
                return Ok(places.into_iter().map(|(place, candidate)| (key(place), candidates[candidate].tensor)).collect());
            }
            Ways::Many => {
                return Err(refuse!(
                    "the {total} numbers of the optimizer may mean the parameters in more than one way, since several have the same shape; \
                     save the state of an optimizer that was made of `model.named_parameters()`"
                ));
            }
        }
    }
    Err(refuse!(
        "the optimizer has {total} parameters in {} groups, which are not the {} of the checkpoint in their order",
        groups.len(),
        candidates.len()
    ))
}

/// The shape of the parameter of which this is kept: factors of it are shorter along an axis.
fn shape_of(kept: &[(String, Kept)], table: &Names) -> Option<Vec<u64>> {
    let tensors = kept.iter().filter_map(|(name, kept)| match kept {
        Kept::Tensor(view) if name != STEP && !table.numbers.contains_key(name) => Some(view.shape().to_vec()),
        _ => None,
    });
    tensors.reduce(|all, shape| all.iter().zip(&shape).map(|(a, b)| *a.max(b)).collect())
}

/// Where the optimizer's file has names.
fn by_name<'a>(model: &'a Checkpoint, optimizer: &'a Optimizer) -> Option<HashMap<&'a str, &'a Tensor>> {
    let tensors: HashMap<&str, &Tensor> = model.tensors.iter().map(|tensor| (tensor.name.as_str(), tensor)).collect();
    let mut places = HashMap::new();
    for group in &optimizer.groups {
        for (i, key) in group.parameters.iter().enumerate() {
            // A number is no name, even where the model's names are numbers.
            let name = group.names.get(i).or(Some(key).filter(|key| !key.bytes().all(|byte| byte.is_ascii_digit())))?;
            let plain = name.split('.').filter(|part| *part != "_orig_mod").collect::<Vec<_>>().join(".");
            let found = [plain.as_str(), plain.strip_prefix("module.").unwrap_or(&plain)];
            places.insert(key.as_str(), *found.iter().find_map(|name| tensors.get(*name))?);
        }
    }
    Some(places)
}

/// How often a parameter was updated, if that is counted.
fn step_of(optimizer: &Optimizer, key: &str) -> Result<Option<u64>> {
    let Some((_, kept)) = optimizer.state.get(key).and_then(|kept| kept.iter().find(|(name, _)| name == STEP)) else { return Ok(None) };
    let number = match kept {
        Kept::Number(number) => Some(*number),
        Kept::Tensor(view) => view.number()?,
        Kept::Other(_) => None,
    };
    let number = number.filter(|number| *number >= 0.0 && number.fract() == 0.0 && *number < 1e15);
    number.map(|number| Some(number as u64)).ok_or_else(|| refuse!("a count of steps that is no number"))
}

/// The fewest and the most updates of a parameter.
fn steps(optimizer: &Optimizer) -> Result<(u64, u64)> {
    let mut range: Option<(u64, u64)> = None;
    for key in optimizer.groups.iter().flat_map(|group| &group.parameters) {
        if let Some(step) = step_of(optimizer, key)? {
            range = Some(range.map_or((step, step), |(least, most)| (least.min(step), most.max(step))));
        }
    }
    Ok(range.unwrap_or_default())
}

fn whole_number(name: String, number: u64) -> OutputTensor {
    OutputTensor::number(name, Dtype::U64, &number.to_le_bytes())
}

enum Ways {
    None,
    /// Places in groups and the candidates that are there.
    One(Vec<((usize, usize), usize)>),
    Many,
}

/// How groups that each keep the candidates' order may share them.
fn ways(candidates: &[Candidate<'_>], groups: &[Vec<Option<&[u64]>>], can_skip: &dyn Fn(&Candidate<'_>) -> bool) -> Ways {
    /// A candidate and the group that took it, after others.
    struct Step {
        before: usize,
        group: Option<usize>,
        many: bool,
    }
    let total: usize = groups.iter().map(Vec::len).sum();
    let mut steps = vec![Step { before: 0, group: None, many: false }];
    let mut open: BTreeMap<Vec<u32>, usize> = BTreeMap::from([(vec![0; groups.len()], 0)]);
    for (i, candidate) in candidates.iter().enumerate() {
        let mut next: BTreeMap<Vec<u32>, usize> = BTreeMap::new();
        for (places, before) in &open {
            let taken: usize = places.iter().map(|place| *place as usize).sum();
            let takers = groups.iter().enumerate().filter(|(group, shapes)| {
                let shape = shapes.get(places[*group] as usize);
                shape.is_some_and(|shape| shape.is_none_or(|shape| shape == candidate.tensor.view.shape()))
            });
            let takers: Vec<Option<usize>> = takers.map(|(group, _)| Some(group)).collect();
            let is_left_out = can_skip(candidate) && candidates.len() - i > total - taken;
            for group in takers.into_iter().chain(is_left_out.then_some(None)) {
                let mut places = places.clone();
                if let Some(group) = group {
                    places[group] += 1;
                }
                let many = steps[*before].many;
                match next.get(&places) {
                    Some(&there) => steps[there].many = true,
                    None => {
                        steps.push(Step { before: *before, group, many });
                        next.insert(places, steps.len() - 1);
                    }
                }
            }
            if steps.len() * groups.len().max(1) > MOST_WAYS {
                return Ways::Many;
            }
        }
        open = next;
    }
    let end: Vec<u32> = groups.iter().map(|group| group.len() as u32).collect();
    let Some(&(mut at)) = open.get(&end) else { return Ways::None };
    let mut left: Vec<usize> = groups.iter().map(Vec::len).collect();
    let mut found = Vec::new();
    for i in (0..candidates.len()).rev() {
        let step = &steps[at];
        if step.many {
            return Ways::Many;
        }
        if let Some(group) = step.group {
            left[group] -= 1;
            found.push(((group, left[group]), i));
        }
        at = step.before;
    }
    Ways::One(found)
}
