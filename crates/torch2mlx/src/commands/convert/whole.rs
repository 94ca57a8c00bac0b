//! `--whole`: all that a training saved, as the `load_state` of ports reads it. Weights stay under PyTorch's names, which `load_state_dict` of a port takes; the
//! state of the optimizer becomes that of MLX's.

use std::collections::HashSet;

use anyhow::anyhow;
use serde_json::{Value, json};
use t2m_checkpoint::{Checkpoint, Format, OpenOptions, OutputTensor, Part, Tree};

use super::place::Place;
use super::planned::Plans;
use super::{of_input, optimizer, told};
use crate::args::ConvertArgs;

pub(super) fn run(args: &ConvertArgs, place: &Place) -> anyhow::Result<u8> {
    if place.format != Format::Safetensors || place.shard_size.is_some() {
        return Err(anyhow!("{}: a whole checkpoint is one file that ends in `.safetensors`", place.path.display()));
    }
    let Some(plans) = args.class.as_deref().map(Plans::of).transpose()? else { return Err(anyhow!("--whole needs --for")) };
    let read = optimizer::Read::of(args)?;
    let at = read.place(args).unwrap_or_default();
    let model = super::open(args, Some(at.clone())).map_err(of_input(args))?;
    // Nothing of it is written: it says whether this is a checkpoint of the class.
    plans.weights(args, &model)?;
    let (state, notes, _) = optimizer::planned(args, &read, place.format, &plans, &model)?;
    let options = OpenOptions { part: Part::Whole(at), ..OpenOptions::default() };
    let checkpoint = Checkpoint::open(&args.checkpoint, &options).map_err(of_input(args))?;
    let mut packed = Packed { outputs: Vec::new(), names: HashSet::new(), state };
    let tree = checkpoint.tree.as_ref().unwrap_or(&Tree::None);
    let layout = packed.json(tree, "").map_err(of_input(args))?.to_string();
    let limit = checkpoint.output_limit();
    t2m_checkpoint::check(&packed.outputs, &place.path, &super::options(args, place, limit, None, None)).map_err(of_input(args))?;
    if !args.quiet {
        told::before(args, place, &checkpoint, &packed.outputs);
        notes.iter().for_each(|note| tell!("note: {note}"));
    }
    let ok = super::write(args, place, &packed.outputs, limit, checkpoint.size, Some(layout)).map_err(of_input(args))?;
    if !args.quiet {
        tell!("Conversion complete!");
    }
    Ok(if ok { crate::OK } else { crate::FOUND })
}

struct Packed {
    outputs: Vec<OutputTensor>,
    names: HashSet<String>,
    /// What stands in the place of PyTorch's optimizer.
    state: Vec<OutputTensor>,
}

impl Packed {
    /// As `save_state` of `mappings/helpers/save_state.py` has it: what JSON lacks is a pair of its kind and contents.
    fn json(&mut self, tree: &Tree, path: &str) -> t2m_checkpoint::Result<Value> {
        Ok(match tree {
            Tree::None => Value::Null,
            Tree::Bool(value) => json!(value),
            Tree::Int(value) => json!(value),
            Tree::Float(value) if value.is_finite() => json!(value),
            // JSON has no infinity.
            Tree::Float(value) => {
                let hex: String = value.to_le_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
                json!(["number", ["<f8", hex]])
            }
            Tree::Text(text) => json!(text),
            Tree::Tensor(view) => {
                let name = self.named(path);
                let output = OutputTensor::new(name.clone(), view.clone());
                let kept = Format::Safetensors.keeps(output.dtype);
                self.outputs.push(output.cast(kept)?);
                json!(["array", name])
            }
            Tree::List(items) => json!(["list", self.items(items, path)?]),
            Tree::Tuple(items) => json!(["tuple", self.items(items, path)?]),
            Tree::Set(items) => json!(["set", self.items(items, path)?]),
            Tree::Dict(entries) => self.dict(entries, path)?,
            Tree::Namespace(entries) => json!(["object", ["argparse:Namespace", self.dict(entries, path)?]]),
            Tree::Optimizer => {
                let front = if path.is_empty() { String::new() } else { format!("{path}.") };
                let state = std::mem::take(&mut self.state);
                let layout = optimizer::layout(&state, &front);
                for mut output in state {
                    output.name = format!("{front}{}", output.name);
                    self.names.insert(output.name.clone());
                    self.outputs.push(output);
                }
                layout
            }
        })
    }

    fn items(&mut self, items: &[Tree], path: &str) -> t2m_checkpoint::Result<Vec<Value>> {
        items.iter().enumerate().map(|(i, item)| self.json(item, &joined(path, &i.to_string()))).collect()
    }

    fn dict(&mut self, entries: &[(Tree, Tree)], path: &str) -> t2m_checkpoint::Result<Value> {
        let entry = |(key, value): &(Tree, Tree)| {
            let name = match key {
                Tree::Text(text) => text.clone(),
                Tree::Int(number) => number.to_string(),
                _ => String::new(),
            };
            Ok(json!([self.json(key, "")?, self.json(value, &joined(path, &name))?]))
        };
        let entries = entries.iter().map(entry).collect::<t2m_checkpoint::Result<Vec<Value>>>()?;
        Ok(json!(["dict", entries]))
    }

    /// `{"a": {"b": x}, "a.b": y}` has one name twice.
    fn named(&mut self, path: &str) -> String {
        let mut name = path.to_owned();
        while !self.names.insert(name.clone()) {
            name.push('\'');
        }
        name
    }
}

fn joined(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}
