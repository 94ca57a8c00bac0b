//! The way back: the state of a port's optimizer, under the names of PyTorch's parameters and of what its optimizers keep of them.

use std::collections::{BTreeMap, BTreeSet};

use super::apply::{Direction, Outputs};
use super::required::Seen;
use super::walk::Walked;
use super::{Plan, Planned};
use crate::checkpoint::Tensor;
use crate::dtype::Dtype;
use crate::error::{Result, refuse, shown};
use crate::optimizer::{Names, OptimizerNames, STEP};
use crate::output::OutputTensor;
use crate::view::View;

/// What an optimizer of MLX keeps of no parameter, besides the count of steps.
const RATE: &str = "learning_rate";

/// The state of a group: what is kept of each parameter, by the port's name, and of all.
#[derive(Default)]
struct State<'a> {
    parameters: BTreeMap<&'a str, BTreeMap<&'a str, &'a View>>,
    step: Option<f64>,
    rate: Option<f64>,
}

/// A parameter of a group: its name in the port, what is kept of it, and its name in PyTorch.
type Parameter<'a, 'p> = (&'a str, &'a BTreeMap<&'a str, &'a View>, Walked<'p>);

impl Plan {
    /// `NAME.exp_avg`, `NAME.step` and so on. The state does not always say which optimizer it is of; `is` does.
    ///
    /// # Errors
    /// It is not known what is kept, or of which parameter.
    pub fn optimizer_for_pytorch(&self, class: &str, tensors: &[Tensor], names: &OptimizerNames, is: Option<&str>) -> Result<Planned> {
        let Some((root, _)) = self.classes.get_key_value(class) else { return Err(refuse!("the plan has no class `{class}`")) };
        let groups = groups(tensors)?;
        let parameters = groups.values().flat_map(|group| group.parameters.values());
        let kept: BTreeSet<&str> = parameters.flat_map(BTreeMap::keys).copied().filter(|name| *name != STEP).collect();
        if kept.is_empty() {
            return Err(refuse!("holds nothing that an optimizer of MLX keeps of parameters, such as `NAME.m`"));
        }
        let table = names.of_port(&kept, is)?;
        let (mut outputs, mut fresh) = (Vec::new(), 0);
        for (number, group) in &groups {
            let (mut seen, mut known) = (Seen::default(), Vec::new());
            for (name, kept) in &group.parameters {
                let walked = self.walk(root, name, Direction::ToPytorch, &mut |read, written, places| seen.visit(read, written, places));
                let Some(walked) = walked.map_err(|reason| refuse!("{reason}"))? else {
                    return Err(refuse!("the optimizer keeps something of {}, which `{class}` does not have", shown(name)));
                };
                seen.name(name);
                if table.has_begun(kept)? { known.push((*name, kept, walked)) } else { fresh += 1 }
            }
            for (slot, here) in table.slots() {
                let kept: Vec<(&str, &View, Walked<'_>)> =
                    known.iter().filter_map(|(name, kept, walked)| Some((*name, *kept.get(here)?, walked.clone()))).collect();
                let mut placed = Outputs::default();
                self.tie(&seen, &kept, &mut placed)?;
                for (_, view, walked) in &kept {
                    table.check_layout(slot, walked)?;
                    placed.place(walked, view, Direction::ToPytorch)?;
                }
                for mut output in placed.finish()? {
                    output.name = format!("{}.{slot}", output.name);
                    outputs.push(output);
                }
            }
            if table.counts {
                outputs.extend(self.steps(group, &seen, &known)?);
            }
            if let Some(rate) = group.rate {
                outputs.push(OutputTensor::number(format!("param_groups.{number}.lr"), Dtype::F64, &double_of(rate as f32).to_le_bytes()));
            }
        }
        let mut notes = vec![format!("the optimizer is {}", table.name())];
        if fresh > 0 {
            notes.push(format!("{fresh} parameters have no state yet"));
        }
        Ok(Planned { outputs, notes })
    }

    /// How often each parameter was updated: the port counts that for it, or for all.
    fn steps(&self, group: &State<'_>, seen: &Seen<'_>, known: &[Parameter<'_, '_>]) -> Result<Vec<OutputTensor>> {
        let mut steps: BTreeMap<String, f64> = BTreeMap::new();
        let mut tied = Vec::new();
        for (name, kept, walked) in known {
            let step = kept.get(STEP).map_or(Ok(group.step), |view| view.number())?;
            let step = step.ok_or_else(|| refuse!("nothing says how often {} was updated", shown(name)))?;
            steps.extend(walked.torch_names().into_iter().map(|name| (name, step)));
            let plain = Walked { name: walked.name.clone(), entry: None, ..walked.clone() };
            let mut placed = Outputs::default();
            if let Some(view) = kept.values().next() {
                self.tie(seen, &[(*name, *view, plain)], &mut placed)?;
            }
            tied.extend(placed.finish()?.into_iter().map(|output| (output.name, step)));
        }
        for (name, step) in tied {
            steps.entry(name).or_insert(step);
        }
        let output = |(name, step): (String, f64)| OutputTensor::number(format!("{name}.{STEP}"), Dtype::F32, &(step as f32).to_le_bytes());
        Ok(steps.into_iter().map(output).collect())
    }
}

/// The groups of a state by their numbers: `0.NAME.m` of several, as `states.0.NAME.m` of `MultiOptimizer`, and `NAME.m` of one.
fn groups(tensors: &[Tensor]) -> Result<BTreeMap<usize, State<'_>>> {
    let is_multi = tensors.iter().all(|tensor| tensor.name.starts_with("states."));
    let name_of = |tensor: &'_ Tensor| -> usize { if is_multi { "states.".len().min(tensor.name.len()) } else { 0 } };
    let numbered = |name: &str| name.split_once('.').and_then(|(number, rest)| Some((number.parse::<usize>().ok()?, rest.len())));
    let is_of_all = |name: &str| name == STEP || name == RATE;
    let has_groups = !tensors.iter().any(|tensor| is_of_all(&tensor.name[name_of(tensor)..]))
        && tensors.iter().any(|tensor| {
            let name = &tensor.name[name_of(tensor)..];
            numbered(name).is_some_and(|(_, rest)| is_of_all(&name[name.len() - rest..]))
        });
    let mut groups: BTreeMap<usize, State<'_>> = BTreeMap::new();
    for tensor in tensors {
        let name = &tensor.name[name_of(tensor)..];
        let (number, name) = match numbered(name).filter(|_| has_groups) {
            Some((number, rest)) => (number, &name[name.len() - rest..]),
            None if has_groups => return Err(refuse!("{} belongs to none of the groups of the optimizer", shown(name))),
            None => (0, name),
        };
        let group = groups.entry(number).or_default();
        match name.rsplit_once('.') {
            Some((name, slot)) => {
                group.parameters.entry(name).or_default().insert(slot, &tensor.view);
            }
            None if name == STEP => group.step = tensor.view.number()?,
            None if name == RATE => group.rate = tensor.view.number()?,
            None => return Err(refuse!("what an optimizer keeps as {} is not known", shown(name))),
        }
    }
    Ok(groups)
}

impl Walked<'_> {
    /// The parameters of PyTorch that one of the port is made of.
    fn torch_names(&self) -> Vec<String> {
        match &self.entry {
            Some(found) if found.entry.drop => Vec::new(),
            Some(found) => {
                let front = self.name.get(..found.prefix).unwrap_or_default();
                found
                    .entry
                    .join
                    .as_ref()
                    .map_or_else(|| vec![self.name.clone()], |names| names.iter().map(|name| format!("{front}{name}")).collect())
            }
            None => vec![self.name.clone()],
        }
    }
}

impl Names {
    /// Whether the optimizer has updated a parameter: SGD of a port says so.
    fn has_begun(&self, kept: &BTreeMap<&str, &View>) -> Result<bool> {
        for (name, value) in &self.set {
            if let Some(view) = kept.get(name.as_str())
                && view.number()?.is_some_and(|number| (number != 0.0) != *value)
            {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Numbers and factors of a weight don't go the way of the weight.
    pub(super) fn check_layout(&self, slot: &str, walked: &Walked<'_>) -> Result<()> {
        let is_changed = walked.entry.is_some_and(|found| !found.entry.is_plain());
        match is_changed && (self.numbers.contains_key(slot) || self.factors.contains(slot)) {
            true => Err(refuse!("{} of {}, which the port keeps in another form, is not converted", shown(slot), shown(&walked.name))),
            false => Ok(()),
        }
    }
}

/// The shortest number that MLX, which keeps rates in float32, keeps as this one: the 0.001 that was given, and not 0.0010000000474974513.
fn double_of(rate: f32) -> f64 {
    rate.to_string().parse().unwrap_or(f64::from(rate))
}
