//! A whole checkpoint by the plan.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::required::{Seen, join};
use super::walk::{LayerEntry, Walked};
use super::{Entry, Plan};
use crate::checkpoint::Tensor;
use crate::dtype::Dtype;
use crate::error::{Result, refuse, some_of};
use crate::output::OutputTensor;
use crate::view::View;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    ToMlx,
    ToPytorch,
}

/// What is no error.
#[derive(Debug, Clone, Copy, Default)]
pub struct Strictness {
    /// The checkpoint may lack what the class has.
    pub allow_missing: bool,
    /// What the class does not have is left out.
    pub allow_extra: bool,
}

/// A checkpoint for the other side.
#[derive(Debug)]
pub struct Planned {
    pub outputs: Vec<OutputTensor>,
    /// What was left out or added, a line each.
    pub notes: Vec<String>,
}

/// Tensors by their names on the other side, in order.
#[derive(Default)]
pub(super) struct Outputs {
    whole: Vec<OutputTensor>,
    names: BTreeSet<String>,
    /// Parts of what is one array there: how many there are, along which axis they lie, and those that were found.
    joined: BTreeMap<String, (usize, usize, BTreeMap<usize, View>)>,
    dropped: Vec<String>,
}

impl Plan {
    /// The tensors under their names and in their layouts on the other side. `class` is a class of the plan.
    ///
    /// # Errors
    /// The checkpoint does not fit the class; the message lists the names.
    pub fn apply(&self, class: &str, tensors: &[Tensor], direction: Direction, strictness: Strictness) -> Result<Planned> {
        let Some((root, _)) = self.classes.get_key_value(class) else { return Err(refuse!("the plan has no class `{class}`")) };
        let prefix = if direction == Direction::ToMlx { self.prefix(root, tensors) } else { String::new() };
        let mut notes = Vec::new();
        if !prefix.is_empty() {
            notes.push(format!("the names below `{prefix}` are those of `{class}`"));
        }
        let (mut seen, mut known, mut extra) = (Seen::default(), Vec::new(), Vec::new());
        for tensor in tensors {
            let Some(name) = tensor.name.strip_prefix(&prefix) else {
                extra.push(tensor.name.as_str());
                continue;
            };
            let walked = self.walk(root, name, direction, &mut |read, written, places| seen.visit(read, written, places));
            match walked.map_err(|reason| refuse!("{reason}"))? {
                Some(walked) => {
                    seen.name(name);
                    known.push((name, &tensor.view, walked));
                }
                None => extra.push(tensor.name.as_str()),
            }
        }
        if known.is_empty() {
            return Err(refuse!(
                "no name of the checkpoint is one of `{class}`: it has {}",
                some_of(tensors.iter().map(|t| t.name.as_str()))
            ));
        }
        let mut wrong = Vec::new();
        if !extra.is_empty() {
            let what = format!("{} that `{class}` does not have: {}", keys(extra.len()), some_of(extra.iter().copied()));
            if strictness.allow_extra { notes.push(format!("left out {what}")) } else { wrong.push(what) }
        }
        let mut outputs = Outputs::default();
        match direction {
            Direction::ToMlx => {
                let missing = seen.missing(self);
                if !missing.is_empty() {
                    let what = format!(
                        "{} of `{class}` that the checkpoint lacks: {}",
                        keys(missing.len()),
                        some_of(missing.iter().map(String::as_str))
                    );
                    if strictness.allow_missing { notes.push(what) } else { wrong.push(what) }
                }
                wrong.extend(self.wrong_shapes(&seen, &known));
                refuse_wrong(&wrong)?;
                let left = seen.left_to_model(self);
                if !left.is_empty() {
                    let names = some_of(left.iter().map(String::as_str));
                    let what = "the checkpoint seems to lack buffers, which the model makes by itself";
                    notes.push(format!("{what}: {names}; where `load_weights` asks for them, give it `strict=False`"));
                }
                self.untie(root, &seen, &mut known, &mut notes)?;
            }
            Direction::ToPytorch => {
                refuse_wrong(&wrong)?;
                self.tie(&seen, &known, &mut outputs)?;
            }
        }
        for (_, view, walked) in known {
            outputs.place(&walked, view, direction)?;
        }
        if direction == Direction::ToMlx {
            let counts = seen.without_count(self);
            if !counts.is_empty() {
                notes.push(format!("{} of batches that old checkpoints lack, set to zero", keys(counts.len())));
            }
            for name in counts {
                let walked = self.walk(root, &name, direction, &mut |_, _, _| {}).ok().flatten();
                let name = walked.map_or(name, |walked| walked.name);
                outputs.add(OutputTensor::computed(name, Dtype::I64, Vec::new(), Arc::new(|| Ok(vec![0; 8]))))?;
            }
        }
        if !outputs.dropped.is_empty() {
            let dropped = some_of(outputs.dropped.iter().map(String::as_str));
            notes.push(format!("left out {} that MLX has no place for: {dropped}", keys(outputs.dropped.len())));
        }
        Ok(Planned { outputs: outputs.finish()?, notes })
    }

    /// What stands before the names of the class, as in checkpoints of Lightning: `net.`
    pub(super) fn prefix(&self, class: &str, tensors: &[Tensor]) -> String {
        let Some(class) = self.classes.get(class) else { return String::new() };
        let has = |part: &str| {
            class.members.keys().any(|name| super::matches(name, part))
                || class.extends.iter().filter_map(|layer| self.layers.get(layer)).any(|layer| layer.contains_key(part))
        };
        let count = |prefix: &str| {
            let first =
                |tensor: &&Tensor| tensor.name.strip_prefix(prefix).is_some_and(|name| has(name.split('.').next().unwrap_or_default()));
            tensors.iter().filter(first).count()
        };
        if count("") > 0 {
            return String::new();
        }
        let ends = |name: &str| -> Vec<String> { name.match_indices('.').take(3).map(|(at, _)| name[..=at].to_owned()).collect() };
        let prefixes: BTreeSet<String> = tensors.iter().flat_map(|tensor| ends(&tensor.name)).collect();
        let mut counted: Vec<(usize, String)> = prefixes.into_iter().map(|prefix| (count(&prefix), prefix)).collect();
        counted.sort_by_key(|(n, prefix)| (std::cmp::Reverse(*n), prefix.len()));
        match counted.as_slice() {
            [(n, _), (second, _), ..] if n == second => String::new(),
            [(n, prefix), ..] if *n > 0 => prefix.clone(),
            _ => String::new(),
        }
    }

    /// A tied parameter is there once in a port. Says which names went, and which stand for them.
    pub(super) fn untie<'p>(
        &'p self,
        root: &'p str,
        seen: &Seen<'p>,
        known: &mut Vec<(&str, &View, Walked<'p>)>,
        notes: &mut Vec<String>,
    ) -> Result<Vec<(String, String)>> {
        let mut gone = Vec::new();
        for (prefix, _, class) in seen.classes() {
            for (target, source, certain) in self.classes[class].all_ties() {
                let (target, source) = (join(prefix, target), join(prefix, source));
                let find = |name: &str| known.iter().position(|(known, ..)| *known == name);
                let Some(at) = find(&target) else { continue };
                match find(&source) {
                    Some(other) => {
                        let equal = equal(known[at].1, known[other].1)?;
                        if certain || equal {
                            known.remove(at);
                        }
                        if certain && !equal {
                            notes.push(format!("left out `{target}`, which the port ties to `{source}`, and which has other values"));
                        }
                        if certain || equal {
                            gone.push((target, source));
                        }
                    }
                    None => {
                        let walked = self.walk(root, &source, Direction::ToMlx, &mut |_, _, _| {}).map_err(|reason| refuse!("{reason}"))?;
                        match walked {
                            Some(walked) => known[at].2 = walked,
                            None => return Err(refuse!("`{target}` is tied to `{source}`, which `{class}` does not have")),
                        }
                    }
                }
            }
        }
        Ok(gone)
    }

    /// PyTorch's state has a tied parameter under all its names.
    pub(super) fn tie(&self, seen: &Seen<'_>, known: &[(&str, &View, Walked<'_>)], outputs: &mut Outputs) -> Result<()> {
        for (_, prefix, class) in seen.classes() {
            for (target_path, source, _) in self.classes[class].all_ties() {
                let (target, source) = (join(prefix, target_path), join(prefix, source));
                let find = |name: &str| known.iter().find(|(_, _, walked)| walked.name == name);
                let is_known = || matches!(self.walk(class, target_path, Direction::ToMlx, &mut |_, _, _| {}), Ok(Some(_)));
                if let (None, Some((_, view, walked)), true) = (find(&target), find(&source), is_known()) {
                    // One tensor in PyTorch, so its layout there is that of the source.
                    let prefix = target.rfind('.').map_or(0, |dot| dot + 1);
                    let entry = walked.entry.filter(|found| !found.entry.is_plain()).map(|found| LayerEntry { prefix, ..found });
                    let walked = Walked { name: target, entry, ..walked.clone() };
                    outputs.place(&walked, view, Direction::ToPytorch)?;
                }
            }
        }
        Ok(())
    }
}

/// Whether two tensors hold the same: a file may have a tied weight twice.
fn equal(a: &View, b: &View) -> Result<bool> {
    if a.is_same(b) {
        return Ok(true);
    }
    if (a.dtype(), a.shape()) != (b.dtype(), b.shape()) {
        return Ok(false);
    }
    // Row by row: embeddings are large.
    let rows = a.shape().first().copied().unwrap_or(0);
    let step = (ROWS_AT_ONCE / (a.bytes() / rows.max(1)).max(1)).max(1);
    for start in (0..rows).step_by(usize::try_from(step).unwrap_or(usize::MAX)) {
        let len = step.min(rows - start);
        if a.slice(0, start, len)?.read()? != b.slice(0, start, len)?.read()? {
            return Ok(false);
        }
    }
    Ok(rows > 0 || a.read()? == b.read()?)
}

/// Bytes of rows that are compared at once.
const ROWS_AT_ONCE: u64 = 1 << 20;

fn refuse_wrong(wrong: &[String]) -> Result<()> {
    if wrong.is_empty() { Ok(()) } else { Err(refuse!("{}", wrong.join("; "))) }
}

pub(super) fn keys(n: usize) -> String {
    if n == 1 { "one name".to_owned() } else { format!("{n} names") }
}

impl Outputs {
    fn add(&mut self, output: OutputTensor) -> Result<()> {
        if !self.names.insert(output.name.clone()) {
            return Err(refuse!("two tensors become `{}`", output.name));
        }
        self.whole.push(output);
        Ok(())
    }

    pub(super) fn place(&mut self, walked: &Walked<'_>, view: &View, direction: Direction) -> Result<()> {
        let name = &walked.name;
        let Some(LayerEntry { prefix, key, entry, part }) = walked.entry else { return self.add(OutputTensor::new(name, view.clone())) };
        if entry.drop {
            self.dropped.push(name.clone());
            return Ok(());
        }
        let leaf = name.get(prefix..).unwrap_or_default();
        if !entry.is_plain() && leaf != key && Some(leaf) != entry.name.as_deref() {
            return Err(refuse!("`{name}`: the plan says how `{key}` is kept, and not what a norm makes of it"));
        }
        let full = |name: &String| format!("{}{name}", walked.name.get(..prefix).unwrap_or_default());
        let view = match (&entry.axes, direction) {
            (None, _) => view.clone(),
            (Some(axes), Direction::ToMlx) => view.permute(axes)?,
            (Some(axes), Direction::ToPytorch) => {
                view.permute(&inverse(axes).ok_or_else(|| refuse!("`{name}`: no order of axes: {axes:?}"))?)?
            }
        };
        let (to_many, to_one) = match direction {
            Direction::ToMlx => (&entry.split, &entry.join),
            Direction::ToPytorch => (&entry.join, &entry.split),
        };
        if let Some(names) = to_many {
            for (name, part) in names.iter().zip(parts(&view, name, names.len(), entry)?) {
                self.add(OutputTensor::new(full(name), part))?;
            }
            return Ok(());
        }
        if let Some(names) = to_one {
            let (_, _, found) = self.joined.entry(name.clone()).or_insert_with(|| (names.len(), entry.axis, BTreeMap::new()));
            found.insert(part, view);
            return Ok(());
        }
        self.add(OutputTensor::new(name, view))
    }

    pub(super) fn finish(mut self) -> Result<Vec<OutputTensor>> {
        for (name, (count, axis, found)) in std::mem::take(&mut self.joined) {
            if found.len() != count {
                return Err(refuse!("`{name}` is made of {count} tensors, and the checkpoint has {} of them", found.len()));
            }
            self.add(OutputTensor::joined(name, axis, found.into_values().collect())?)?;
        }
        Ok(self.whole)
    }
}

/// Equal parts along the entry's axis.
fn parts(view: &View, name: &str, count: usize, entry: &Entry) -> Result<Vec<View>> {
    let length = view.shape().get(entry.axis).copied().unwrap_or(0);
    let count = count as u64;
    if count == 0 || length % count != 0 {
        return Err(refuse!("`{name}` has {length} rows, which are not {count} equal parts"));
    }
    (0..count).map(|i| view.slice(entry.axis, i * (length / count), length / count)).collect()
}

fn inverse(axes: &[usize]) -> Option<Vec<usize>> {
    (0..axes.len()).map(|axis| axes.iter().position(|a| *a == axis)).collect()
}
